"""Debian's nginx and HAProxy as hops in front of or behind the proxy.

They are given a socket that listens already: no port has to be guessed, and no start waited for.
A hop that takes none (`takes_socket=False`) opens the same port itself, and its start is waited for.
"""

import contextlib
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile

from support.proxy import PATIENCE_S, NotSeen, wait_until

# nginx.org/en/docs/http/websocket.html
NGINX_PASSES_UPGRADES = """\
proxy_http_version 1.1;
proxy_set_header Upgrade $http_upgrade;
proxy_set_header Connection "upgrade";
"""

# Where Debian's packages put them.
NGINX_MODULES = "/usr/lib/nginx/modules"


def program(name):
    path = shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")
    assert path, f"there is no {name}: ./dev install"
    return path


class Neighbour:
    """A running hop to 127.0.0.1:`upstream_port`. Leaving it stops it and fails if that goes
    wrong."""

    def __init__(self, name, configure, upstream_port, *, takes_socket=True):
        self._folder = tempfile.TemporaryDirectory(prefix="lastframe-hop-")
        self._socket = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port = self._socket.getsockname()[1]
        self._errors = tempfile.TemporaryFile("w+")
        descriptor = self._socket.fileno()
        arguments, environment = configure(pathlib.Path(self._folder.name), descriptor, self.port,
                                           upstream_port)
        if not takes_socket:
            self._socket.close()
        self._process = subprocess.Popen(
            [program(name), *map(str, arguments)], pass_fds=[descriptor] if takes_socket else [],
            stdin=subprocess.DEVNULL, stdout=self._errors, stderr=self._errors,
            env={**os.environ, **environment})
        if not takes_socket:
            self._wait_until_it_accepts()

    def _wait_until_it_accepts(self):
        def accepts():
            if self._process.poll() is not None:
                raise NotSeen(f"it ended with {self._process.returncode}:\n{self._said()}")
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
                return True
            return False
        try:
            wait_until(accepts, "a hop that accepts connections")
        except BaseException:
            self._process.kill()
            self._process.wait()
            self._folder.cleanup()
            raise

    def _said(self):
        self._errors.seek(0)
        return self._errors.read()

    def __enter__(self):
        return self

    def reload(self):
        """nginx: a new process takes over, the old one serves its connections to their end."""
        self._process.send_signal(signal.SIGHUP)

    def __exit__(self, kind, *_):
        had_ended = self._process.poll() is not None
        self._process.terminate()
        self._process.wait(PATIENCE_S)
        self._socket.close()
        self._folder.cleanup()
        text = self._said()
        self._errors.close()
        assert not had_ended, f"it had ended with {self._process.returncode}:\n{text}"


def nginx(upstream_port, settings=NGINX_PASSES_UPGRADES, *, main="", listen=""):
    """`settings` go to its `location /`, `main` to the top of its configuration, `listen` are
    words behind its port."""
    def configure(folder, descriptor, port, upstream):
        temporary = "\n".join(f"{kind}_temp_path {folder}/{kind};"
                              for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        # Root gives its folders away otherwise.
        user = "user root root;" if os.geteuid() == 0 else ""
        path = folder / "nginx.conf"
        path.write_text(f"""\
{user}
{main}
daemon off;
pid {folder}/nginx.pid;
error_log stderr crit;
events {{ worker_connections 256; }}
http {{
    access_log off;
    {temporary}
    server {{
        listen 127.0.0.1:{port} {listen};
        location / {{
            proxy_pass http://127.0.0.1:{upstream};
            {settings}
        }}
    }}
}}
""")
        # NGINX lists sockets that another nginx left behind; it takes those that it would open.
        return ["-p", folder, "-e", "stderr", "-c", path], {"NGINX": f"{descriptor};"}
    return Neighbour("nginx", configure, upstream_port)


def nginx_stream(upstream_port, settings=""):
    """nginx as a hop for any TCP; `settings` go to its `server`."""
    def configure(folder, descriptor, port, upstream):
        user = "user root root;" if os.geteuid() == 0 else ""
        path = folder / "nginx.conf"
        path.write_text(f"""\
{user}
load_module {NGINX_MODULES}/ngx_stream_module.so;
daemon off;
pid {folder}/nginx.pid;
error_log stderr crit;
events {{ worker_connections 256; }}
stream {{
    server {{
        listen 127.0.0.1:{port};
        proxy_pass 127.0.0.1:{upstream};
        {settings}
    }}
}}
""")
        return ["-p", folder, "-e", "stderr", "-c", path], {"NGINX": f"{descriptor};"}
    return Neighbour("nginx", configure, upstream_port)


def haproxy(upstream_port, mode, *, bind_words="", server_words="", lines="", tunnel="1h", **timeouts):
    """`mode`: http or tcp. `bind_words`, `server_words` stand behind those; `lines`: of the backend.
    `tunnel`, `connect`, `client`, `server`: its time-outs."""
    times = {"connect": "30s", "client": "1h", "server": "1h", "tunnel": tunnel, **timeouts}
    limits = "\n".join(f"    timeout {name} {time}" for name, time in times.items())
    def configure(folder, descriptor, _, upstream):
        path = folder / "haproxy.cfg"
        path.write_text(f"""\
global
    maxconn 256
defaults
    mode {mode}
{limits}
frontend hop
    bind fd@{descriptor} {bind_words}
    default_backend service
backend service
    {lines}
    server service 127.0.0.1:{upstream} {server_words}
""")
        return ["-db", "-f", path], {}
    return Neighbour("haproxy", configure, upstream_port)
