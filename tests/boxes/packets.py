"""Two taps: tcpdump on loopback, one capture for the client's side of a box, one for the echo's."""

import contextlib
import json
import os
import re
import subprocess
import threading

from support.neighbours import program
from support.proxy import BINARY, PATIENCE_S, wait_until


RESTS = 300  # looks at a file's size, 5 ms apart


def absence():
    """Why packets cannot be captured and what to do about it, or None."""
    try:
        program("tcpdump")
    except AssertionError:
        return "no tcpdump: apt install tcpdump"
    return None if os.geteuid() == 0 else "capturing packets needs root"


class Tap:
    """What passes to and from a port of loopback, written to `path` while the context is entered."""

    def __init__(self, path, port):
        self.path, self._diagnostics = path, []
        user = ("-Z", "root") if os.geteuid() == 0 else ()
        self._process = subprocess.Popen(
            [program("tcpdump"), *user, "-i", "lo", "-s", "0", "-B", "65536", "-U", "-w", path, "tcp",
             "port", str(port)], stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self):
        for line in self._process.stderr:
            self._diagnostics.append(line)

    def _said(self, pattern):
        return re.search(pattern, "".join(self._diagnostics))

    def __enter__(self):
        wait_until(lambda: self._said("listening on") or self._process.poll() is not None,
                   "tcpdump's first word")
        assert self._process.poll() is None, "".join(self._diagnostics)
        return self

    def __exit__(self, *_):
        self._wait_until_written()
        self._process.terminate()
        self._process.wait(PATIENCE_S)
        self._reader.join(PATIENCE_S)
        lost = self._said(r"(\d+) packets dropped by kernel")
        assert lost and lost.group(1) == "0", "".join(self._diagnostics)

    def _wait_until_written(self):
        """tcpdump has no word for that. It gets packets a second after they passed, or earlier."""
        sizes = [-1]

        def rests():
            sizes.append(os.path.getsize(self.path))
            return len(sizes) > RESTS and len(set(sizes[-RESTS:])) == 1
        wait_until(rests, f"the end of {self.path}")


@contextlib.contextmanager
def taps(folder, before, after):
    """Captures at the ports `before` and `after`; their paths."""
    with Tap(folder / "before.pcap", before) as one, Tap(folder / "after.pcap", after) as other:
        yield one.path, other.path


def difference(before, after):
    """What `lastframe diff` says of the two captures."""
    done = subprocess.run([str(BINARY), "diff", before, after, "--json"], capture_output=True,
                          text=True, timeout=20 * PATIENCE_S, check=False)
    assert done.stdout, done.stderr
    return json.loads(done.stdout)
