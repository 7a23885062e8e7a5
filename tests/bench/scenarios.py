"""What is measured: the traffic of each scenario, and the figures that it gives."""

import dataclasses
import json
import os
import pathlib
import re
import subprocess
import time

import peers
from peers import Transport
from processes import Failure, Process

LOAD_PAIR = peers.LOAD_PAIR


@dataclasses.dataclass(frozen=True)
class Row:
    """A line of the tables; smaller values are better in all of them."""
    key: str
    title: str
    unit: str


ROWS = [
    Row("small", "64 B, one in flight, 100 connections", "us/message"),
    Row("pipelined", "64 B, 16 in flight, 100 connections", "us/message"),
    Row("medium", "16 KiB, 20 connections", "us/message"),
    Row("large_ascii", "1 MiB ASCII, 4 connections", "ns/KiB"),
    Row("large_binary", "1 MiB binary, 4 connections", "ns/KiB"),
    Row("large_utf8", "1 MiB dense UTF-8, 4 connections", "ns/KiB"),
    Row("deflate_small", "64 B deflated, one in flight, 100 connections", "us/message"),
    Row("deflate_medium", "16 KiB deflated, 20 connections", "us/message"),
    Row("latency_p50", "echo, 1 connection, p50", "us"),
    Row("latency_p99", "echo, 1 connection, p99", "us"),
    Row("connection", "connect + upgrade + echo + close", "us/connection"),
    Row("idle_memory", "memory for each idle connection", "bytes"),
    Row("idle_cpu", "CPU with all connections idle", "ms/s"),
    Row("deflate_small_memory", "memory for each connection after 64 B deflated", "bytes"),
    Row("deflate_medium_memory", "memory for each connection after 16 KiB deflated", "bytes"),
    Row("tls_small", "TLS 1.3, 64 B, one in flight, 100 connections", "us/message"),
    Row("tls_medium", "TLS 1.3, 16 KiB, 20 connections", "us/message"),
    Row("tls_connection", "TLS 1.3, connect + handshake + upgrade + echo + close", "us/connection"),
    Row("tls_handshake", "TLS 1.3, connect + handshake + close", "us/handshake"),
    Row("tls_idle_memory", "TLS 1.3, memory for each idle connection", "bytes"),
    Row("minted_known", "intercepted connection, its name's certificate is known", "us/connection"),
    Row("minted_new", "intercepted connection, its name's certificate is made", "us/connection"),
    Row("instructions", "user-space instructions, 64 B message", "instructions"),
    Row("tls_instructions", "TLS 1.3, user-space instructions, 64 B message", "instructions"),
]


@dataclasses.dataclass(frozen=True)
class Settings:
    core: int
    rounds: int
    seconds: float
    warm_up: float
    idle_connections: int
    idle_seconds: float
    is_quick: bool


@dataclasses.dataclass
class Bench:
    """What a measurement needs: where to run, and whom to talk to."""
    settings: Settings
    folder: pathlib.Path
    echo_port: int = 0
    credentials: peers.Credentials | None = None  # that proxies show
    running: dict = dataclasses.field(default_factory=dict)  # (peer, transport) -> (process, port)
    wrong: list = dataclasses.field(default_factory=list)  # what must not happen, in words

    def client(self, mode, port, *arguments, watch=None):
        """Runs the load client to its end, which it finds itself; its result as a dict."""
        command = [LOAD_PAIR, mode, "--port", port, *arguments]
        if watch:
            command += ["--watch", watch.pid]
        with Process("client", command, self.folder, self.settings.core, pipes=True) as process:
            text = process.child.communicate()[0]
            if not text:
                raise Failure(f"the load client said nothing:\n{process.diagnostics()}")
        return json.loads(text.splitlines()[-1])

    def reach(self, peer, transport, server_name=peers.SERVER_NAME):
        """(process, port, the client's arguments): of a proxy that runs."""
        process, port = self.running[peer, transport]
        return process, port, () if transport is Transport.PLAIN else ("--tls", server_name)

    def check(self, scenario, peer, result):
        if result["errors"]:
            self.wrong.append(f"{scenario}, {peer}: {result['errors']} errors, the first: "
                              f"{result['first_error']}")
        elif peer != "mitmproxy" and result["total_echo_frames"] != result["total_echoes"]:
            self.wrong.append(f"{scenario}, {peer}: frames were split or joined")

    def interval(self):
        return ["--seconds", self.settings.seconds, "--warm-up", self.settings.warm_up]


@dataclasses.dataclass(frozen=True)
class Traffic:
    """A load, the CPU of which is divided by what was relayed: an echo is two messages."""
    name: str
    arguments: tuple
    kib: float = 0  # of a message; 0 gives us for each message in place of ns for each KiB
    with_mitmproxy: bool = False
    peers: tuple = ()  # those that take part; none named: all
    transport: Transport = Transport.PLAIN
    is_fresh = False
    with_direct = False

    def measure(self, bench, peer):
        process, port, tls = bench.reach(peer, self.transport)
        result = bench.client("load", port, *tls, *self.arguments, *bench.interval(), watch=process)
        bench.check(self.name, peer, result)
        if result["echoes"] == 0:
            return {}
        nanoseconds = result["cpu_ns"] / (2 * result["echoes"])
        return {self.name: nanoseconds / self.kib if self.kib else nanoseconds / 1000}


@dataclasses.dataclass(frozen=True)
class Latency:
    name: str = "latency"
    transport = Transport.PLAIN
    with_mitmproxy = False
    is_fresh = False
    with_direct = True

    def measure(self, bench, peer):
        port = bench.echo_port if peer == peers.DIRECT else bench.reach(peer, self.transport)[1]
        result = bench.client("latency", port, *bench.interval())
        bench.check(self.name, peer, result)
        if "p50_us" not in result:
            return {}
        return {"latency_p50": result["p50_us"], "latency_p99": result["p99_us"]}


@dataclasses.dataclass(frozen=True)
class Connections:
    name: str = "connection"
    transport: Transport = Transport.PLAIN
    mode: str = "rate"
    server_name: str = peers.SERVER_NAME
    with_mitmproxy: bool = False
    able: tuple = ()  # those that can do it at all; none named: all
    is_fresh = False
    with_direct = False

    def measure(self, bench, peer):
        process, port, tls = bench.reach(peer, self.transport, self.server_name)
        result = bench.client(self.mode, port, *tls, "--connections", 16, *bench.interval(),
                              watch=process)
        bench.check(self.name, peer, result)
        if result["finished_connections"] == 0:
            return {}
        return {self.name: result["cpu_ns"] / result["finished_connections"] / 1000}


@dataclasses.dataclass(frozen=True)
class Idle:
    """Connections that have done their handshake and perhaps some echoes, and then do nothing. A
    process of its own each time: memory that a process has used once says nothing about what
    connections cost."""
    name: str = "idle"
    memory_row: str = "idle_memory"
    cpu_row: str | None = "idle_cpu"
    arguments: tuple = ()  # the echoes
    most_connections: int | None = None
    peers: tuple = ()
    transport: Transport = Transport.PLAIN
    with_mitmproxy = False
    is_fresh = True
    with_direct = False

    def measure(self, bench, peer):
        process, port, tls = bench.reach(peer, self.transport)
        first = bench.client("load", port, *tls, "--connections", 1, "--messages", 1)
        bench.check(self.name, peer, first)
        before = process.resident_bytes()
        count = bench.settings.idle_connections
        if self.most_connections:
            count = min(count, self.most_connections)
        with Process("client", [LOAD_PAIR, "idle", "--port", port, "--connections", count,
                                *tls, *self.arguments],
                     bench.folder, bench.settings.core, pipes=True) as client:
            line = client.child.stdout.readline()
            if not line or json.loads(line)["open"] != count:
                rest = client.child.communicate()[0]
                bench.wrong.append(f"{self.name}, {peer}: {count} connections wanted: {line.strip()} "
                                   f"{rest.strip()} {client.diagnostics().strip()}")
                return {}
            time.sleep(1)  # the handshakes' own work ends
            figures = {self.memory_row: (process.resident_bytes() - before) / count}
            if self.cpu_row:
                figures[self.cpu_row] = self.busy_ms_per_s(bench, process)
            result = json.loads(client.child.communicate()[0].splitlines()[-1])
            bench.check(self.name, peer, result)
        return figures

    @staticmethod
    def busy_ms_per_s(bench, process):
        cpu, began = process.cpu_ns(), time.monotonic()
        time.sleep(bench.settings.idle_seconds)
        busy_ms = (process.cpu_ns() - cpu) / 1e6
        return busy_ms / (time.monotonic() - began)


# Compressed messages are bytes like others to who does not look into them: two such are enough.
DEFLATED = ("--payload", "deflated")
BESIDE_DEFLATE = ("lastframe", "floor", "haproxy-tcp")
BESIDE_MEMORY = ("lastframe", "haproxy-tcp")
# The others wait for a request, and take an end in its place for no orderly one.
WITHOUT_REQUESTS = ("lastframe", "haproxy-tcp", "haproxy-tcp-tuned")

SCENARIOS = [
    Traffic("small", ("--size", 64, "--connections", 100), with_mitmproxy=True),
    Traffic("pipelined", ("--size", 64, "--connections", 100, "--depth", 16)),
    Traffic("medium", ("--size", 16384, "--connections", 20), with_mitmproxy=True),
    Traffic("large_ascii", ("--size", 1 << 20, "--connections", 4), kib=1024),
    Traffic("large_binary", ("--size", 1 << 20, "--connections", 4, "--payload", "binary"),
            kib=1024),
    Traffic("large_utf8", ("--size", 1 << 20, "--connections", 4, "--payload", "utf8"), kib=1024),
    Traffic("deflate_small", ("--size", 64, "--connections", 100, *DEFLATED), peers=BESIDE_DEFLATE),
    Traffic("deflate_medium", ("--size", 16384, "--connections", 20, *DEFLATED),
            peers=BESIDE_DEFLATE),
    Latency(),
    Connections(with_mitmproxy=True),
    Idle(),
    Idle("idle_deflate_small", "deflate_small_memory", None,
         ("--size", 64, "--messages", 100, *DEFLATED), 2000, BESIDE_MEMORY),
    Idle("idle_deflate_medium", "deflate_medium_memory", None,
         ("--size", 16384, "--messages", 4, *DEFLATED), 2000, BESIDE_MEMORY),
    Traffic("tls_small", ("--size", 64, "--connections", 100), transport=Transport.TLS),
    Traffic("tls_medium", ("--size", 16384, "--connections", 20), transport=Transport.TLS),
    Connections("tls_connection", Transport.TLS),
    Connections("tls_handshake", Transport.TLS, "handshakes", able=WITHOUT_REQUESTS),
    Idle("tls_idle", "tls_idle_memory", None, (), 2000, transport=Transport.TLS),
    Connections("minted_known", Transport.MINTED),
    Connections("minted_new", Transport.MINTED, server_name=f"*.{peers.SERVER_NAME}"),
]


COUNTED = {"instructions": Transport.PLAIN, "tls_instructions": Transport.TLS}  # row -> transport


def instructions(bench, peer, transport):
    """User-space instructions of one relayed 64 B message: callgrind's difference of two runs, so
    that start, connections and end cancel out."""
    few, many, connections = 500, 2500, 20
    counts = []
    for messages in (few, many):
        report = bench.folder / f"callgrind.{peer.name}.{transport.value}.{messages}"
        wrapper = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={report}"]
        process, port = bench.running[peer.name, transport] = peer.start(bench, transport, wrapper)
        with process:
            _, _, tls = bench.reach(peer.name, transport)
            result = bench.client("load", port, *tls, "--connections", connections, "--size", 64,
                                  "--messages", messages)
            bench.check("instructions", peer.name, result)
        found = re.search(r"^(?:totals|summary): (\d+)", report.read_text(), re.M)
        if not found:
            raise Failure(f"{peer.name}: callgrind left no total")
        counts.append(int(found.group(1)))
    return (counts[1] - counts[0]) / (2 * connections * (many - few))


def start_echo_server(bench):
    process = Process("echo", [LOAD_PAIR, "echo"], bench.folder, bench.settings.core, pipes=True)
    line = process.child.stdout.readline()
    if not line:
        process.stop()
        raise Failure(f"the echo server did not start:\n{process.diagnostics()}")
    bench.echo_port = json.loads(line)["port"]
    return process


def describe_machine():
    def first(pattern, path):
        try:
            found = re.search(pattern, pathlib.Path(path).read_text(), re.M)
        except OSError:
            return "unknown"
        return found.group(1) if found else "unknown"

    kernel = subprocess.run(["uname", "-sr"], capture_output=True, text=True).stdout.strip()
    return {"processor": first(r"^model name\s*: (.+)$", "/proc/cpuinfo"), "kernel": kernel,
            "system": first(r'^PRETTY_NAME="(.+)"$', "/etc/os-release")}
