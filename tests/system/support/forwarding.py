"""Pairs of real programs with a forward proxy between them, which the client is told of.

In place of another port a client gets the server's own URL and "proxy"; all else is as in
support/pairs.py: every scenario runs directly and through the proxy, with the same events.
"""

import json
import pathlib
import subprocess
import tempfile

from support.endpoints import Endpoint
from support.own_authority import OwnAuthority
from support.pairs import PairTests
from support.proxy import BINARY, NotSeen, Proxy, wait_until

HOST = "localhost"  # a name, for certificates and records


def listeners(*each):
    """A configuration of these listeners, as values."""
    return json.dumps({"log": {"file": "{log}", "format": "json"}, "listeners": list(each)})


def listener(mode, name="way", **keys):
    return {"name": name, "listen": "127.0.0.1:0", "mode": mode, **keys}


def make_authority(folder):
    """The local authority that an intercepting proxy mints under; its certificate's path."""
    done = subprocess.run([str(BINARY), "ca", "create", "--dir", str(folder)], capture_output=True,
                          text=True)
    assert done.returncode == 0, done.stderr
    return pathlib.Path(folder) / "ca.pem"


def pair_of(certificate):
    return {"cert": str(certificate), "key": str(certificate.with_name("ca-key.pem"))}


class ForwardPair(PairTests):
    """`tls`: None, "intercept" or "pass": whether servers speak TLS, and what becomes of it."""

    tls = None

    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(cls.enterClassContext(tempfile.TemporaryDirectory()))
        cls.start_endpoints()
        cls.server_port = cls.running_server.answer()["port"]
        cls.proxy = cls.enterClassContext(Proxy(config=listeners(cls.listener())))
        cls.proxy_port = cls.proxy.port()
        cls.start_client()
        cls.records_seen = 0

    @classmethod
    def start_endpoints(cls):
        command = list(cls.server)
        if cls.tls:
            cls.authority = OwnAuthority(cls.folder)
            pair = cls.authority.issue("service", f"DNS:{HOST}")
            command.append(json.dumps({"tls": [str(path) for path in pair]}))
        cls.running_server = Endpoint(command)
        cls.addClassCleanup(cls.running_server.stop)

    @classmethod
    def listener(cls):
        if not cls.tls:
            return listener("forward")
        cls.minting = make_authority(cls.folder / "minting")
        return listener("forward", tls={
            "authority": pair_of(cls.minting),
            "alpn": "http1",
            "pass_through": [HOST] if cls.tls == "pass" else ["elsewhere.test"],
        }, upstream_tls={"ca": str(cls.authority.certificate)})

    @classmethod
    def start_client(cls):
        cls.running_client = Endpoint(cls.client)
        cls.addClassCleanup(cls.running_client.stop)

    def question(self, scenario, is_direct):
        scheme = "wss" if self.tls else "ws"
        asked = {"url": f"{scheme}://{HOST}:{self.server_port}{scenario.path}",
                 "subprotocols": scenario.subprotocols, "steps": scenario.steps}
        if not is_direct:
            asked["proxy"] = f"http://127.0.0.1:{self.proxy_port}"
        if self.tls:
            is_minted = self.tls == "intercept" and not is_direct
            asked["ca"] = str(self.minting if is_minted else self.authority.certificate)
        return asked

    def run_scenario(self, scenario):
        is_torn = scenario.close and (scenario.close.code == 1006 or scenario.close.fin_follows)
        if self.tls and is_torn:
            self.skipTest("how a connection with TLS is torn off is these programs' own affair")
        super().run_scenario(scenario)

    def client_for(self, is_direct):
        return self.running_client

    def observe(self, scenario, port):
        self.assertIsNone(self.lost, "a program of this pair did not survive an earlier scenario")
        is_direct = port == self.server_port
        try:
            client = self.client_for(is_direct).ask(self.question(scenario, is_direct))
            server = self.running_server.answer()
        except NotSeen:
            type(self).lost = scenario.name
            raise
        self.assertEqual(server["path"], scenario.path)
        return client, server["events"]

    def next_record(self):
        cls = type(self)
        cls.records_seen += 1

        def ours():  # a browser has errands of its own
            return [record for record in cls.proxy.records()
                    if record["server"] == f"127.0.0.1:{self.server_port}"]
        wait_until(lambda: len(ours()) >= cls.records_seen, "the next record")
        self.assertEqual(len(ours()), cls.records_seen)
        record = ours()[-1]
        self.assertEqual(record["host"], f"{HOST}:{self.server_port}")
        if self.tls:
            self.assertEqual(record["tls"]["client"]["handling"], "intercepted")
        else:
            self.assertIsNone(record["tls"])
        return record
