"""Chromium tells a page nothing but 1006; its Close says on the wire what went wrong."""

import threading
import unittest

from support import frames
from support.endpoints import Endpoint, node
from support.provoked import Provoked, answer_upgrade, last_record, proxy_to
from support.raw_peers import Background, Listener

# What the server sends behind its 101; the rule, Chromium's own text, the cause.
FAULTS = {
    "a masked frame": (frames.server_frame(b"hello", mask=frames.MASK), "server_frame_masked",
                       "masked", "protocol_violation"),
    "bad UTF-8": (frames.server_frame(b"caf\xe9 au lait"), "text_not_utf8",
                  "UTF-8", "invalid_utf8"),
    "a reserved bit": (frames.server_frame(b"hello", rsv=2), "reserved_bit_set",
                       "reserved bit", "protocol_violation"),
    "compression that nobody agreed on": (frames.server_frame(b"hello", rsv=4), "reserved_bit_set",
                                          "reserved bit", "compression_mismatch"),
    "an unknown opcode": (frames.server_frame(b"hello", opcode=5), "reserved_opcode",
                          "[oO]pcode", "protocol_violation"),
    "a fragment of nothing": (frames.server_frame(b"hello", opcode=frames.CONTINUATION),
                              "continuation_without_message", "continuation", "protocol_violation"),
}


class Chromium(Provoked):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.page = cls.enterClassContext(Endpoint(node("chromium_page.js")))

    def met(self, data):
        """(the record, the page's events) of a page whose server sends `data` behind the 101."""
        with Listener() as listener, proxy_to(listener.address[1]) as proxy:
            def serve():
                peer = listener.accept()
                answer_upgrade(peer)
                peer.send(frames.server_frame(b"first"))
                peer.send(data)
                peer.receive_to_end()
                peer.close()
            serving = Background(serve)
            events = self.page.ask({"url": f"ws://127.0.0.1:{proxy.port()}/chat"})
            serving.join()
            return last_record(proxy), events

    def test_the_page_sees_1006_and_the_record_says_why(self):
        for name, (data, rule, text, cause) in FAULTS.items():
            with self.subTest(name):
                record, events = self.met(data)
                self.assertEqual(events[0], {"event": "open"})
                self.assertEqual(events[-1], {"event": "close", "code": 1006, "reason": "",
                                              "clean": False})
                self.assert_closed(record, 1002, "client")
                self.assertEqual(record["violations"][0]["rule"], rule)
                self.assertEqual(record["violations"][0]["side"], "server")
                self.assertRegex(record["close"]["reason"], f"(?i){text}")
                self.assert_verdict(record, cause, "server", "certain",
                                    rf"Frame 2 from the server.*{rule}",
                                    r"The client sent Close 1002 \d+ ms later",
                                    rf"(?i)The client's reason says \".*{text}")
                self.assertIn("close event 1006, wasClean false", record["views"]["browser"])

    def test_an_http_page_in_place_of_a_frame(self):
        page = frames.sized_response("502 Bad Gateway", b"<h1>oops</h1>",
                                     [("Content-Type", "text/html")])
        record, events = self.met(page)
        self.assertEqual(events[-1]["code"], 1006)
        self.assert_verdict(record, "injected_bytes", "hop_behind", "certain", r"HTTP/1\.1 502")

    def test_a_page_that_is_left(self):
        with Listener() as listener, proxy_to(listener.address[1]) as proxy, \
                Endpoint(node("chromium_page.js")) as page:
            opened = threading.Event()

            def serve():
                peer = listener.accept()
                answer_upgrade(peer)
                opened.set()
                body = peer.receive_to_end()[0]
                peer.close()
                return body
            serving = Background(serve)
            page.tell({"url": f"ws://127.0.0.1:{proxy.port()}/chat"})
            self.assertTrue(opened.wait(30))
            page.stop()
            serving.join()
            record = last_record(proxy)
        self.assertEqual(record["close"]["initiator"], "client")
        self.assertIn(record["cause"]["id"], ("client_left", "client_gone"))
        self.assertEqual(record["cause"]["party"], "nobody")

    def test_a_component_that_is_mounted_twice(self):
        """The first socket is closed before its 101; the same page asks again at once."""
        with Listener() as listener, proxy_to(listener.address[1]) as proxy:
            def serve():
                first = listener.accept()
                second = listener.accept()
                answer_upgrade(second)  # its request has come, and the first one still waits
                first.receive_to_end()
                first.close()
                second.receive(2)
                second.send(frames.close_from("server", 1000))
                second.receive_to_end()
                second.close()
            serving = Background(serve)
            events = self.page.ask({"url": f"ws://127.0.0.1:{proxy.port()}/chat", "twice": True})
            serving.join()
            records = proxy.wait_for_records(2)
        self.assertEqual(events[-1]["code"], 1000)
        left = next(each for each in records if each["event"] == "handshake_failed")
        self.assertEqual(left["handshake"]["outcome"], "abandoned")
        self.assert_verdict(left, "client_opened_twice", left["cause"]["party"], "likely",
                            r"before the server had answered", r"asked for another connection")


if __name__ == "__main__":
    unittest.main()
