"""One box: whether it is installed, its version, and how it is started with its configuration.

A configuration has two parts: `matters`, which the page shows, and the frame around it, which only
keeps a box within its temporary folder. `{port}`, `{upstream}` and `{folder}` are filled in.
"""

import contextlib
import dataclasses
import os
import pathlib
import re
import shutil
import subprocess
from collections.abc import Callable

from support.neighbours import Neighbour, program
from support.proxy import BINARY, Proxy

SHOWN_PORTS = {"port": 8080, "upstream": 9465}
HERE = pathlib.Path(__file__).resolve().parent


@dataclasses.dataclass(frozen=True)
class IdleTimeout:
    """A box's own, of 3 s: what the page shows of it, and a configuration that has it."""
    setting: str
    matters: str  # in place of Box.matters
    arguments: tuple = ()  # besides Box.arguments
    seconds: int = 3


@dataclasses.dataclass(frozen=True)
class Box:
    name: str  # the row of the page, never renamed: a link to it
    program: str
    package: str
    matters: str
    frame: str = "{matters}"  # the file around it
    file: str = "box.conf"
    arguments: tuple = ()
    environment: dict = dataclasses.field(default_factory=dict)
    takes_socket: bool = False
    version_of: tuple = ("--version",)
    user: str = ""  # whom it becomes when root starts it
    around: Callable = None  # (port of the box, port of the echo): what the probe has to go through
    note: str = ""
    silence: str = ""  # how long its documentation lets a connection be silent, and where it says so
    idle: IdleTimeout | None = None

    def absence(self):
        """Why it cannot be measured and what to do about it, or None."""
        try:
            program(self.program)
        except AssertionError:
            return f"no {self.program}: {self._how_to_install()}"
        if self.package == "http-proxy" and not (HERE / "node/node_modules").is_dir():
            return f"no {self.package}: {self._how_to_install()}"
        return None

    def program_name(self):
        """What it is called where versions are told."""
        return "http-proxy" if self.package == "http-proxy" else self.program

    def shown(self):
        """The part of its configuration that matters, with ports for readers."""
        return filled(self.matters, SHOWN_PORTS).strip("\n")

    def _how_to_install(self):
        if self.package == "http-proxy":
            return "apt install nodejs npm; npm ci --prefix tests/boxes/node (or ./dev boxes)"
        return f"apt install {self.package} (or ./dev boxes)"

    def version(self):
        if self.package == "http-proxy":
            return _first_number((HERE / "node/node_modules/http-proxy/package.json").read_text())
        done = subprocess.run([program(self.program), *self.version_of], capture_output=True,
                              text=True, timeout=60, check=False)
        return _first_number(done.stdout + done.stderr)

    @contextlib.contextmanager
    def running(self, upstream, idle=None):
        """(port for a client, the box's own port): it stands in front of the port `upstream`; with
        the time-out `idle`."""
        def configure(folder, descriptor, port, upstream_port):
            fill = {"matters": idle.matters if idle else self.matters, "folder": folder, "port": port,
                    "descriptor": descriptor, "upstream": upstream_port, "here": HERE,
                    "user_line": "user root root;" if os.geteuid() == 0 else ""}
            text = filled(self.frame, fill)
            (folder / self.file).write_text(text)
            if self.user and os.geteuid() == 0:
                shutil.chown(folder, self.user)
            arguments = self.arguments + (idle.arguments if idle else ())
            return ([filled(word, fill) for word in arguments],
                    {key: filled(value, fill) for key, value in self.environment.items()})

        with Neighbour(self.program, configure, upstream, takes_socket=self.takes_socket) as hop:
            if not self.around:
                yield hop.port, hop.port
                return
            with self.around(hop.port, upstream) as outer:
                yield outer, hop.port


def filled(text, values):
    """`{name}` of these names, in this order: configurations are full of other braces."""
    for key, value in values.items():
        text = text.replace("{" + key + "}", str(value))
    return text


def _first_number(text):
    found = re.search(r"\d+\.\d+(\.\d+)?", text)
    return found.group(0) if found else "unknown"


class Direct:
    """No box at all: what the measuring itself says."""
    name, package, matters, note, silence, idle = "no box", "", "", "", "", None

    def absence(self):
        return None

    def version(self):
        return ""

    def program_name(self):
        return self.name

    def shown(self):
        return filled(self.matters, SHOWN_PORTS).strip("\n")

    @contextlib.contextmanager
    def running(self, upstream, idle=None):
        yield upstream, upstream


class Lastframe(Direct):
    """The control: it must change nothing."""
    name = "lastframe"
    matters = "lastframe proxy --listen 127.0.0.1:{port} --upstream ws://127.0.0.1:{upstream}\n"

    def version(self):
        done = subprocess.run([BINARY, "--version"], capture_output=True, text=True, timeout=60,
                              check=False)
        return _first_number(done.stdout)

    @contextlib.contextmanager
    def running(self, upstream, idle=None):
        with Proxy(f"ws://127.0.0.1:{upstream}") as proxy:
            yield proxy.port(), proxy.port()
