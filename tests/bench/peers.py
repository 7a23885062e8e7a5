"""The proxies that are compared: how each is configured, started and known to be ready."""

import dataclasses
import enum
import os
import pathlib
import re
import shlex
import shutil
import socket
import subprocess
from collections.abc import Callable

from processes import Failure, Process

ROOT = pathlib.Path(__file__).resolve().parents[2]
LASTFRAME = pathlib.Path(os.environ.get("LASTFRAME", ROOT / "build/release/proxy/lastframe"))
ANOTHER = os.environ.get("LASTFRAME_ANOTHER")  # another build, or the same with other arguments
LOAD_PAIR = pathlib.Path(os.environ.get(
    "LASTFRAME_BENCH_PEER", ROOT / "build/release/tests/bench/lastframe_bench_peer"))
SERVER_NAME = "bench.example"  # in the certificate that they all show
MOST_CONNECTIONS = 4500  # haproxy refuses much more under an open-files limit of 20,000


class Transport(enum.Enum):
    """What the client speaks with a proxy. Behind it the upstream speaks ws:// always."""
    PLAIN = "plain"
    TLS = "tls"  # with a certificate from a file
    MINTED = "minted"  # with certificates that the proxy makes itself


@dataclasses.dataclass(frozen=True)
class Credentials:
    """A self-signed certificate that may sign others, ECDSA P-256, and its key."""
    certificate: pathlib.Path
    key: pathlib.Path
    both: pathlib.Path  # in one file, as haproxy wants them

    @staticmethod
    def make(folder):
        made = Credentials(folder / "certificate.pem", folder / "key.pem", folder / "both.pem")
        done = subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
             "-noenc", "-days", "30", "-subj", f"/CN={SERVER_NAME}", "-keyout", made.key, "-out",
             made.certificate, "-addext", f"subjectAltName=DNS:{SERVER_NAME}", "-addext",
             "keyUsage=digitalSignature,keyCertSign"], capture_output=True, text=True)
        if done.returncode != 0:
            raise Failure(f"openssl made no certificate:\n{done.stderr[-2000:]}")
        made.key.chmod(0o600)
        made.both.touch(0o600)
        made.both.write_text(made.certificate.read_text() + made.key.read_text())
        return made


@dataclasses.dataclass(frozen=True)
class Setting:
    """What a proxy's configuration is made of."""
    folder: pathlib.Path  # files may be written to it
    port: int
    upstream_port: int
    transport: Transport
    credentials: Credentials


@dataclasses.dataclass(frozen=True)
class Peer:
    name: str
    what: str
    program: str
    package: str
    version_flag: str
    command: Callable  # Setting -> argument list
    transports: tuple = (Transport.PLAIN, Transport.TLS)

    def path(self):
        if self.program == "lastframe":
            return str(LASTFRAME.resolve()) if os.access(LASTFRAME, os.X_OK) else None
        if self.program == "another":
            return str(pathlib.Path(ANOTHER).resolve()) if os.access(ANOTHER, os.X_OK) else None
        if self.program == LOAD_PAIR.name:
            return str(LOAD_PAIR.resolve()) if os.access(LOAD_PAIR, os.X_OK) else None
        return shutil.which(self.program, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")

    def absence(self):
        """Why it cannot be measured and what to do, or None."""
        if self.path():
            return None
        if self.program == "lastframe":
            return "not built: build the release preset, or name the binary in LASTFRAME"
        if self.program == "another":
            return f"LASTFRAME_ANOTHER is no program: {ANOTHER}"
        return f"not installed: apt install {self.package}"

    def version(self):
        if not self.version_flag:
            return "of this tree"
        try:
            done = subprocess.run([self.path(), self.version_flag], capture_output=True, text=True,
                                  timeout=20)
        except (OSError, subprocess.TimeoutExpired):
            return "unknown"
        found = re.search(r"\d+\.\d+[\w.]*(-[\w.+~]+)?", done.stdout + done.stderr)
        return found.group(0) if found else "unknown"

    def start(self, bench, transport, wrapper=()):
        """(process, port), once it accepts connections. `wrapper` goes before the command."""
        folder = bench.folder / f"{self.name}.{transport.value}"
        folder.mkdir(exist_ok=True)
        port = free_port()
        setting = Setting(folder, port, bench.echo_port, transport, bench.credentials)
        command = [self.path(), *self.command(setting)]
        process = Process(self.name, [*wrapper, *command], folder, bench.settings.core)
        try:
            if self.program in ("lastframe", "another"):
                process.wait_until(lambda: re.search("^listening ", process.diagnostics(), re.M),
                                   "its line 'listening NAME ADDR'")
            else:
                process.wait_until(lambda: accepts(port), "it accepted a connection")
        except BaseException:
            process.stop()
            raise
        return process, port


def accepts(port):
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
        return True
    except OSError:
        return False


_next_port = 20000  # below the ports that the kernel gives to outgoing connections


def free_port():
    global _next_port
    while _next_port < 32000:
        _next_port += 1
        with socket.socket() as trial:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                trial.bind(("127.0.0.1", _next_port))
                return _next_port
            except OSError:
                continue
    raise Failure("no free port between 20000 and 32000")


def lastframe(setting, arguments="LASTFRAME_ARGUMENTS"):
    listen, upstream = f"127.0.0.1:{setting.port}", f"ws://127.0.0.1:{setting.upstream_port}"
    files = f"{{cert: {setting.credentials.certificate}, key: {setting.credentials.key}}}"
    if setting.transport is Transport.PLAIN:
        where = ["--listen", listen, "--upstream", upstream]
    else:
        tls = f"certificates: [{files}]" if setting.transport is Transport.TLS else f"authority: {files}"
        path = setting.folder / "lastframe.yaml"
        path.write_text(f"listeners: [{{name: bench, listen: {listen}, upstream: {upstream}, "
                        f"tls: {{{tls}}}}}]\n")
        where = ["--config", path]
    more = shlex.split(os.environ.get(arguments, ""))
    log = [] if "--log" in more else ["--log", setting.folder / "records.jsonl", "--log-format", "json"]
    return ["proxy", *where, "--workers", "1", *log, *more]


def another(setting):
    return lastframe(setting, "LASTFRAME_ANOTHER_ARGUMENTS")


def haproxy(mode, settings="", bind=""):
    """`bind`: what is said of a listener with TLS besides its certificate."""
    def command(setting):
        path = setting.folder / "haproxy.cfg"
        is_plain = setting.transport is Transport.PLAIN
        tls = "" if is_plain else f"ssl crt {setting.credentials.both} {bind}"
        path.write_text(f"""\
global
    nbthread 1
    maxconn {MOST_CONNECTIONS}
    {settings}
defaults
    mode {mode}
    maxconn {MOST_CONNECTIONS}
    timeout connect 5s
    timeout client 1h
    timeout server 1h
    timeout tunnel 1h
frontend bench
    bind 127.0.0.1:{setting.port} {tls}
    default_backend echo
backend echo
    server echo 127.0.0.1:{setting.upstream_port}
""")
        return ["-db", "-f", path]
    return command


def nginx(settings="", tls_settings=""):
    def command(setting):
        folder = setting.folder
        is_plain = setting.transport is Transport.PLAIN
        ssl, tls = ("", "") if is_plain else ("ssl", (
            f"ssl_certificate {setting.credentials.certificate}; "
            f"ssl_certificate_key {setting.credentials.key}; ssl_protocols TLSv1.2 TLSv1.3; "
            + tls_settings))
        path = folder / "nginx.conf"
        temporary = "\n".join(
            f"    {kind}_temp_path {folder}/{kind};"
            for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        # Root gives its folders away otherwise, which a user namespace with one user cannot do.
        user = "user root root;" if os.geteuid() == 0 else ""
        path.write_text(f"""\
{user}
daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log stderr warn;
events {{ worker_connections {2 * MOST_CONNECTIONS}; }}
http {{
    access_log off;
{temporary}
    server {{
        listen 127.0.0.1:{setting.port} {ssl};
        {tls}
        location / {{
            proxy_pass http://127.0.0.1:{setting.upstream_port};
            proxy_http_version 1.1;
            proxy_set_header Upgrade $http_upgrade;
            proxy_set_header Connection "upgrade";
            proxy_read_timeout 1h;
            proxy_send_timeout 1h;
            {settings}
        }}
    }}
}}
""")
        return ["-p", folder, "-e", "stderr", "-c", path]
    return command


def mitmproxy(setting):
    return ["-q", "--mode", f"reverse:http://127.0.0.1:{setting.upstream_port}", "--listen-host",
            "127.0.0.1", "--listen-port", str(setting.port), "--set", f"confdir={setting.folder}",
            "--set", "flow_detail=0"]


def floor(setting):
    return ["relay", "--port", str(setting.port), "--upstream", str(setting.upstream_port)]


# The order of the tables and of every round.
PEERS = [
    Peer("lastframe", "inspection on, session records to a file, 1 worker", "lastframe", "",
         "--version", lastframe, tuple(Transport)),
    Peer("floor", "a bare epoll relay that looks at nothing: what any relay of this shape costs here",
         "lastframe_bench_peer", "", "", floor, (Transport.PLAIN,)),
    Peer("haproxy-http", "http mode, as installed", "haproxy", "haproxy", "-v", haproxy("http")),
    Peer("haproxy-tcp", "tcp mode, as installed", "haproxy", "haproxy", "-v", haproxy("tcp")),
    Peer("haproxy-tcp-tuned", "tcp mode, tune.bufsize 65536; with TLS also no-tls-tickets", "haproxy",
         "haproxy", "-v", haproxy("tcp", "tune.bufsize 65536", "no-tls-tickets")),
    Peer("nginx", "as installed", "nginx", "nginx", "-v", nginx()),
    Peer("nginx-tuned", "proxy_buffer_size 64k, proxy_buffers 8 64k; with TLS also "
         "ssl_session_tickets off", "nginx", "nginx", "-v",
         nginx("proxy_buffer_size 64k; proxy_buffers 8 64k;", "ssl_session_tickets off;")),
    Peer("mitmproxy", "mitmdump in reverse mode: the one that inspects, too", "mitmdump",
         "mitmproxy", "--version", mitmproxy, (Transport.PLAIN,)),
]
if ANOTHER:
    PEERS.insert(1, Peer("another", "the lastframe that $LASTFRAME_ANOTHER names", "another", "",
                         "--version", another, tuple(Transport)))
BY_NAME = {peer.name: peer for peer in PEERS}
DIRECT = "direct"  # no proxy at all: what the load pair itself takes


def named(text):
    """The peers of a list like "lastframe,haproxy": exact names, or the program's name for all."""
    chosen = []
    for word in text.split(","):
        found = [p for p in PEERS if word == p.name] or [p for p in PEERS if word == p.program]
        if not found:
            raise Failure(f"no peer '{word}'; there are: {', '.join(BY_NAME)}")
        chosen += found
    return [peer for peer in PEERS if peer in chosen]
