"""The client and server programs of these tests: child processes that speak JSON lines."""

import contextlib
import json
import pathlib
import queue
import subprocess
import sys
import tempfile
import threading

from support.proxy import PATIENCE_S, NotSeen

SYSTEM = pathlib.Path(__file__).resolve().parents[1]
NODE = SYSTEM / "node"


def node(script, **options):
    """The command that runs node/SCRIPT, with `options` as JSON in its first argument."""
    return ["node", str(NODE / script), *_as_arguments(options)]


def python(script, **options):
    """The same for python/SCRIPT, with the interpreter that runs the test."""
    return [sys.executable, str(SYSTEM / "python" / script), *_as_arguments(options)]


def _as_arguments(options):
    return [json.dumps(options)] if options else []


def need_node_modules():
    assert (NODE / "node_modules").is_dir(), (
        "the npm packages of tests/system/node are missing; run: npm ci --prefix tests/system/node")


class Endpoint:
    """A running client or server. It ends when its standard input closes."""

    def __init__(self, command):
        if command[0] == "node":
            need_node_modules()
        self.name = pathlib.Path(command[1]).name
        self._errors = tempfile.TemporaryFile("w+")
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._errors, text=True)
        self._lines = queue.Queue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self):
        for line in self._process.stdout:
            self._lines.put(line)
        self._lines.put(None)

    def errors(self):
        self._errors.seek(0)
        return self._errors.read()

    def answer(self):
        """The next line that the program prints, as a value."""
        try:
            line = self._lines.get(timeout=PATIENCE_S)
        except queue.Empty:
            raise NotSeen(f"{self.name} said nothing within {PATIENCE_S:.0f} s:\n"
                          + self.errors()) from None
        if line is None:
            raise NotSeen(f"{self.name} ended early:\n{self.errors()}")
        return json.loads(line)

    def tell(self, what):
        """Sends one line."""
        with contextlib.suppress(BrokenPipeError):  # the answer tells that it ended, and why
            self._process.stdin.write(json.dumps(what) + "\n")
            self._process.stdin.flush()

    def ask(self, question):
        """Sends one line; the line that answers it."""
        self.tell(question)
        return self.answer()

    def kill(self):
        """SIGKILL: the kernel ends its connections, and it cannot say a word."""
        self._process.kill()
        self._process.wait()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.close()
        try:
            self._process.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._reader.join()
        self._process.stdout.close()
        self._errors.close()
