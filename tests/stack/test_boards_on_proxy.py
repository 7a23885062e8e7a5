"""Every query of every board against a real proxy, with traffic that gives it something to show."""

import json
import pathlib
import sys
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests/system"), str(ROOT / "tests/dashboards")]
from board_rules import panels_with_data  # noqa: E402
from endings import Endings  # noqa: E402
from interpolation import interpolated, label_lists  # noqa: E402
from scraping import TOKEN, Prometheus  # noqa: E402
from support import frames  # noqa: E402
from support.admin import Reader  # noqa: E402
from support.certificates import Certificates  # noqa: E402
from support.raw_peers import Listener, Service, what_a_client_sees  # noqa: E402
from support.receiver import Receiver  # noqa: E402
from watched import Watched, free_port  # noqa: E402

BOARDS = [json.loads(file.read_text()) for file in sorted((ROOT / "dashboards").glob("*.json"))]
SHOWN_S = 120
PLAIN = ("chat", "crowd", "idle", "size")
# What takes a day, or half a minute of silence at least.
QUIET = {"Against the last day", "Ends after a famous silence"}


class BoardsOnProxy(Endings, unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.services = {name: cls.enterClassContext(Listener()) for name in PLAIN}
        cls.refusing = cls.enterClassContext(Service(frames.sized_response("403 Forbidden")))
        receiver = cls.enterClassContext(Receiver())
        certificates = cls.enterClassContext(Certificates())
        pair = certificates.leaf()
        listeners = {name: (service.upstream, {}) for name, service in cls.services.items()}
        listeners |= {
            "refusing": (cls.refusing.upstream, {}),
            "gone": (f"ws://127.0.0.1:{free_port()}", {}),
            "not-tls": (f"wss://127.0.0.1:{cls.refusing.address[1]}", {}),
            "tls": (cls.refusing.upstream,
                    {"tls": {"certificates": [{"cert": pair.file, "key": pair.key_file}]}}),
            "ports": (cls.refusing.upstream, {"source_addresses": ["192.0.2.1"]})}
        cls.proxy = cls.enterClassContext(Watched(
            listeners, f"log: {{http: [{{name: kept, url: '{receiver.url()}', format: json_lines, "
            "batch: {interval: 500ms}}]}"))
        cls.prometheus = cls.enterClassContext(Prometheus([cls.proxy.admin]))
        cls.prometheus.wait_for_value("up == 1")
        cls.traffic()

    @classmethod
    def traffic(cls):
        self = cls()
        cls.reader = Reader(cls.proxy.admin, headers=(("Authorization", f"Bearer {TOKEN}"),))
        cls.addClassCleanup(cls.reader.close)
        cls.stays = self.opened("chat")
        for end in cls.stays:
            cls.addClassCleanup(end.close)
        for _ in range(2):  # what a series had before its first scrape is told apart by boards
            self.speak()
            self.misbehave()
            self.fail_to_open()
            self.crowd_ends("crowd")
            time.sleep(2)
        self.end_when_idle("idle", 2.0)
        self.end_at_a_size("size", 70000)
        cls.prometheus.wait_for_value("sum(lastframe_mass_closes_total)", lambda value: value >= 2)
        time.sleep(3)  # a few scrapes of all this

    def speak(self):
        client, server = self.stays
        for data, opcode in ((b"hello", 1), (b"\0" * 3000, 2), (b"x" * 70000, 1)):
            client.send(frames.client_frame(data, opcode=opcode))
            server.expect(frames.client_frame(data, opcode=opcode))
            server.send(frames.server_frame(data, opcode=opcode))
            client.expect(frames.server_frame(data, opcode=opcode))
        for one, other, frame in ((client, server, frames.client_frame),
                                  (server, client, frames.server_frame)):
            one.send(frame(b"ping", opcode=9))
            other.expect(frame(b"ping", opcode=9))
            answer = frames.server_frame if frame is frames.client_frame else frames.client_frame
            other.send(answer(b"ping", opcode=10))
            one.expect(answer(b"ping", opcode=10))
        self.end_with_close("chat", 5)
        self.end_without_close("chat", 3)

    def misbehave(self):
        for from_server, data in ((False, frames.frame(b"hi")), (True, b"\xff" * 20),
                                  (True, b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n")):
            client, server = self.opened("chat")
            one, other = (server, client) if from_server else (client, server)
            one.send(data)
            other.expect(data)
            server.close()
            client.receive_to_end()
            client.close()

    def fail_to_open(self):
        client = self.proxy.dial("refusing")
        client.send(frames.upgrade_request())
        client.receive(12)
        client.close()
        for name in ("gone", "not-tls", "tls", "ports"):
            what_a_client_sees(("127.0.0.1", self.proxy.port(name)), frames.upgrade_request())
        self.proxy.dial("refusing").close()

    def answers(self, expression, is_instant):
        query = interpolated(expression, SHOWN_S, 5, 1)
        if is_instant:
            return self.prometheus.ask("query", query=query)["result"]
        now = time.time()
        return self.prometheus.ask("query_range", query=query, start=now - SHOWN_S, end=now,
                                   step=5)["result"]

    def test_every_panel(self):
        for board in BOARDS:
            for panel in panels_with_data(board):
                with self.subTest(board=board["title"], panel=panel["title"]):
                    found = [self.answers(target["expr"], target["instant"])
                             for target in panel["targets"]]
                    self.assertEqual(any(found), panel["title"] not in QUIET, found)

    def test_every_annotation(self):
        for board in BOARDS:
            for annotation in board["annotations"]["list"]:
                with self.subTest(board=board["title"], annotation=annotation["name"]):
                    self.answers(annotation["expr"], False)

    def test_every_variable(self):
        for board in BOARDS:
            for name, label, selector in label_lists(board):
                with self.subTest(board=board["title"], variable=name):
                    self.assertTrue(self.prometheus.ask(
                        f"label/{label}/values",
                        **{"match[]": interpolated(selector, SHOWN_S, 5, 1)}))


if __name__ == "__main__":
    unittest.main()
