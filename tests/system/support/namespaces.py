"""A client, a gateway and a server, each with a network of its own (network namespaces):

    client eth0 ---- eth1 gateway eth0 ---- eth0 server

A socket belongs to the network that it was made in, whoever uses it afterwards: so tests make
theirs `inside()` and use them as any other.
"""

import contextlib
import ctypes
import os
import pathlib
import re
import socket
import subprocess
import unittest

from support.proxy import ROOT
from support.raw_peers import Listener, Peer

_CLONE_NEWNET = 0x40000000
_LIBC = ctypes.CDLL(None, use_errno=True)

# By IP version: the network on each side of the gateway. Ours ends in .1, theirs in .2.
CLIENTS = {4: "10.77.1.", 6: "fd77:1::"}
SERVERS = {4: "10.77.2.", 6: "fd77:2::"}


def _enter(path):
    with open(path, encoding="ascii") as network:
        if _LIBC.setns(network.fileno(), _CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), f"setns {path}")


class Network:
    def __init__(self, name, back):
        self.name = f"lastframe-{os.getpid()}-{name}"
        self.path = f"/run/netns/{self.name}"
        self._back = back  # a file that stands for the test's own network

    def run(self, script):
        """A shell script in this network."""
        done = subprocess.run(["ip", "netns", "exec", self.name, "bash", "-euc", script],
                              capture_output=True, text=True)
        assert done.returncode == 0, f"{script}\n{done.stderr}"
        return done.stdout

    @contextlib.contextmanager
    def inside(self):
        _enter(self.path)
        try:
            yield
        finally:
            _enter(self._back)

    def enter(self):
        """For a child process, before it becomes another program."""
        _enter(self.path)


class Networks:
    """All three, connected. Skips the test where the system does not let us make them."""

    def __init__(self):
        self._own = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        self._all = [Network(name, f"/proc/self/fd/{self._own}")
                     for name in ("client", "gateway", "server")]
        self.client, self.gateway, self.server = self._all

    def __enter__(self):
        try:
            for network in self._all:
                made = subprocess.run(["ip", "netns", "add", network.name], capture_output=True,
                                      text=True)
                if made.returncode != 0:
                    raise unittest.SkipTest(f"no network namespaces here: {made.stderr.strip()}")
                network.run("ip link set lo up")
            self._connect(self.client, "eth1", CLIENTS)
            self._connect(self.server, "eth0", SERVERS)
            self.gateway.run("sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1")
        except FileNotFoundError as missing:
            raise unittest.SkipTest(f"there is no {missing.filename}: ./dev install") from None
        except BaseException:
            self.__exit__()
            raise
        return self

    def _connect(self, other, gateway_interface, prefixes):
        gateway = self.gateway
        done = subprocess.run(["ip", "link", "add", "eth0", "netns", other.name, "type", "veth",
                               "peer", "name", gateway_interface, "netns", gateway.name],
                              capture_output=True, text=True)
        if done.returncode != 0:
            raise unittest.SkipTest(f"no veth pairs here: {done.stderr.strip()}")
        for network, interface, host in ((gateway, gateway_interface, 1), (other, "eth0", 2)):
            network.run(f"ip addr add {prefixes[4]}{host}/24 dev {interface}\n"
                        f"ip -6 addr add {prefixes[6]}{host}/64 dev {interface} nodad\n"
                        f"ip link set {interface} up")
        other.run(f"ip route add default via {prefixes[4]}1\n"
                  f"ip -6 route add default via {prefixes[6]}1")

    def __exit__(self, *_):
        for network in self._all:
            subprocess.run(["ip", "netns", "del", network.name], capture_output=True)
        os.close(self._own)

    def listen(self, network, host, port):
        with network.inside():
            return PortListener(host, port)

    def connect(self, network, address):
        with network.inside():
            family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
            sock = socket.socket(family, socket.SOCK_STREAM)
        sock.settimeout(10)
        try:
            sock.connect(address)
        except BaseException:
            sock.close()
            raise
        return Peer(sock)


class PortListener(Listener):
    """On a port that the test names."""

    def __init__(self, host, port):
        super().__init__(host=host, port=port)

    def accept_from(self):
        """(the stream, the address that it seems to come from)."""
        sock, address = self.socket.accept()
        return Peer(sock), address[0]


def commands(page, what):
    """The shell block of docs/PAGE that begins with the comment "# WHAT", as it stands there."""
    text = (ROOT / "docs" / page).read_text()
    blocks = re.findall(r"```sh\n# ([^\n]*)\n(.*?)```", text, re.S)
    found = [block for title, block in blocks if title == what]
    assert len(found) == 1, f"docs/{page} has {len(found)} blocks \"# {what}\""
    return found[0]


def own_folder(path, user):
    """Lets a process of another user write there."""
    for each in (pathlib.Path(path), *pathlib.Path(path).rglob("*")):
        os.chown(each, user, user)
