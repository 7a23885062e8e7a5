"""One proxy with a listener for each case, so that the record of a case is found by its name."""

import json
import re

from support.proxy import Proxy, wait_until
from support.provoked import Provoked
from support.raw_peers import RESET, Peer, what_a_client_sees


def label(name):
    """The name of a case as that of a listener."""
    return re.sub("[^a-z0-9]+", "-", name.lower())


def lines_of(name, upstream, **keys):
    """A listener of the configuration; values are JSON, which YAML can read."""
    keys = {"name": label(name), "listen": "127.0.0.1:0", "upstream": upstream, **keys}
    return "\n".join(f"{'    ' if i else '  - '}{key}: {json.dumps(value)}"
                     for i, (key, value) in enumerate(keys.items()))


def proxy_of(listeners):
    """`listeners`: name -> (upstream, keys)."""
    lines = [lines_of(name, upstream, **keys) for name, (upstream, keys) in listeners.items()]
    lines = ["log: {file: '{log}', format: json}", "listeners:", *lines, ""]
    return Proxy(config="\n".join(lines))


def certified(pair, chain=None, **keys):
    """The value of `tls` for a listener that shows this certificate."""
    return {"certificates": [{"cert": pair.chain_file(chain), "key": pair.key_file}], **keys}


class Case:
    """What a failure must come to. `evidence`: regexes; `more`: fields of `tls.failure`."""

    def __init__(self, fault, cause, party, confidence, *evidence, candidates=(), **more):
        self.fault, self.verdict = fault, (cause, party, confidence)
        self.evidence, self.candidates, self.more = evidence, candidates, more


class TlsFailures(Provoked):
    """`start()` once for a class; `check()` for each case."""

    @classmethod
    def start(cls, listeners):
        cls.proxy = proxy_of(listeners)
        cls.addClassCleanup(cls.proxy.process.stderr.close)  # once it has been read to its end
        cls.enterClassContext(cls.proxy)

    @classmethod
    def keep(cls, server):
        """Closes it behind the class."""
        cls.addClassCleanup(server.close)
        return server

    def port(self, name):
        return self.proxy.port(label(name))

    def dial(self, name):
        client = Peer.connect(("127.0.0.1", self.port(name)))
        self.addCleanup(client.close)
        return client

    def see_reset(self, name):
        """A plain client of this listener says nothing, and is reset; perhaps at once."""
        _, data, how = what_a_client_sees(("127.0.0.1", self.port(name)))
        self.assertEqual((data, how), (b"", RESET))

    def records_of(self, name):
        return [each for each in self.proxy.records() if each["listener"] == label(name)]

    def record_of(self, name):
        """The one record of this listener."""
        found = wait_until(lambda: self.records_of(name), f"a record of {name}")
        self.assertEqual(len(found), 1, found)
        return found[0]

    def check(self, name, leg, case):
        record = self.record_of(name)
        shown = json.dumps({key: record[key] for key in (
            "event", "close", "stream_ends", "tls", "cause")}, indent=1)
        self.assertEqual(record["event"], "tls_failed", shown)
        close = record["close"]
        self.assertEqual((close["code"], close["ending"], close["clean"]),
                         (1015, "tls_failed", False), shown)
        failure = record["tls"]["failure"]
        self.assertEqual((failure["leg"], failure["fault"]), (leg, case.fault), shown)
        for key, value in case.more.items():
            self.assertEqual(failure[key], value, f"{key}: {shown}")
        self.assert_verdict(record, *case.verdict, *case.evidence, candidates=case.candidates)
        return record
