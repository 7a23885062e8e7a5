"""`lastframe probe` and `lastframe echo`, as a test or a measurement runs them."""

import contextlib
import json
import re
import subprocess

from support.proxy import BINARY, PATIENCE_S


def run(*arguments, patience_s=8 * PATIENCE_S):
    return subprocess.run([str(BINARY), *map(str, arguments)], capture_output=True, text=True,
                          timeout=patience_s, check=False)


def probe(*arguments, **options):
    """(exit code, the JSON object)"""
    done = run("probe", "--json", *arguments, **options)
    assert done.stdout, done.stderr
    return done.returncode, json.loads(done.stdout)


@contextlib.contextmanager
def echo(*arguments):
    """The port of a running echo; it must end with 0 when it is asked to."""
    process = subprocess.Popen([str(BINARY), "echo", "--listen", "127.0.0.1:0", *map(str, arguments)],
                               stderr=subprocess.PIPE, text=True)
    try:
        line = process.stderr.readline()
        yield int(re.fullmatch(r"listening echo 127\.0\.0\.1:(\d+)\n", line).group(1))
    finally:
        process.terminate()
        code = process.wait(PATIENCE_S)
        process.stderr.close()
    assert code == 0, code
