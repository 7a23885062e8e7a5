"""The curl program, asked for one URL."""

import subprocess

from support import frames
from support.proxy import PATIENCE_S

UPGRADE = ("--http1.1", "-H", "Connection: Upgrade", "-H", "Upgrade: websocket", "-H",
           f"Sec-WebSocket-Key: {frames.KEY}", "-H", "Sec-WebSocket-Version: 13")


class Done:
    """What curl printed. `head` and `status` are those of the last response."""

    def __init__(self, code, text, errors):
        self.code, self.text, self.errors = code, text, errors
        rest, self.head, self.body = text, "", ""
        while rest.startswith("HTTP/"):
            self.head, _, rest = rest.partition("\n\n")
        self.body = rest
        self.status = int(self.head.split()[1]) if self.head else None

    def __repr__(self):
        return f"curl: {self.code}, {self.text!r}, {self.errors!r}"


class Running:
    def __init__(self, arguments):
        self._process = subprocess.Popen(
            ["curl", "--silent", "--show-error", "--include", "--noproxy", "", "--max-time",
             str(PATIENCE_S), *map(str, arguments)],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def finished(self):
        text, errors = self._process.communicate()
        return Done(self._process.returncode, text.decode(errors="replace").replace("\r\n", "\n"),
                    errors.decode(errors="replace"))


def curl(*arguments):
    return Running(arguments).finished()


curl.start = lambda *arguments: Running(arguments)
