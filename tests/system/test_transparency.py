"""Every byte and every end passes unchanged, in both directions, whatever it is.

Run with LASTFRAME_DIRECT=1 the same tests show that a connection without a proxy does the same.
"""

import time
import unittest

from support.between import RelayTest, needs_proxy
from support.frames import (BINARY, CONTINUATION, MASK, PING, PONG, client_frame, close_from, frame,
                            frame_from, masked, noise, response, server_frame, upgrade_request,
                            upgrade_response)
from support.raw_peers import RESET, assert_same_bytes

SIDES = ("client", "server")
MIB = 1 << 20


class Ends(RelayTest):
    """FIN arrives as FIN, RST as RST, each behind the data that came before it."""

    def test_a_fin_passes_and_the_other_direction_stays_open(self):
        for sender in SIDES:
            with self.subTest(sender=sender), self.directed(sender) as (here, there):
                here.send(frame_from(sender, b"last words"))
                here.finish()
                there.expect_fin(frame_from(sender, b"last words"))
                here.expect_silence()
                there.send(b"still here")
                here.expect(b"still here")
                there.finish()
                here.expect_fin()

    def test_a_half_closed_connection_carries_megabytes_the_other_way(self):
        data = noise(4 * MIB)
        for sender in SIDES:
            with self.subTest(half_closed_by=sender), self.directed(sender) as (here, there):
                here.finish()
                there.expect_fin()
                sending = there.send_in_background(data, then_finish=True)
                here.expect_fin(data)
                sending.join()

    def test_a_fin_without_a_single_byte_passes(self):
        for sender in SIDES:
            with self.subTest(sender=sender), self.directed(sender, self.pair) as (here, there):
                here.finish()
                there.expect_fin()
                there.finish()
                here.expect_fin()

    def test_both_sides_end_at_once(self):
        client, server = self.upgraded()
        with self.relay.stopped():
            client.send(close_from("client", 1000))
            server.send(close_from("server", 1001))
            client.finish()
            server.finish()
        client.expect_fin(close_from("server", 1001))
        server.expect_fin(close_from("client", 1000))

    def test_both_sides_reset_at_once_and_the_next_connection_works(self):
        for _ in range(20):
            client, server = self.upgraded()
            with self.relay.stopped():
                client.reset()
                server.reset()
        client, server = self.upgraded()
        client.send(b"alive")
        server.expect(b"alive")

    def reset_phases(self):
        """name -> (client, server) in this phase; what was sent has arrived."""
        opening, answer = upgrade_request(), upgrade_response()

        def in_request_head():
            client, server = self.pair()
            client.send(opening[:40])
            server.expect(opening[:40])
            return client, server

        def before_the_101():
            client, server = self.pair()
            client.send(opening)
            server.expect(opening)
            return client, server

        def in_response_head():
            client, server = before_the_101()
            server.send(answer[:40])
            client.expect(answer[:40])
            return client, server

        def mid_frame():
            client, server = self.upgraded()
            for here, there, side in ((client, server, "client"), (server, client, "server")):
                half = frame_from(side, b"x" * 100)[:50]
                here.send(half)
                there.expect(half)
            return client, server

        def closes(*sides):
            def connect():
                client, server = self.upgraded()
                for side in sides:
                    here, there = (client, server) if side == "client" else (server, client)
                    here.send(close_from(side, 1000))
                    there.expect(close_from(side, 1000))
                return client, server
            return connect

        return {
            "before any byte": self.pair, "in the request head": in_request_head,
            "between request and 101": before_the_101, "in the response head": in_response_head,
            "after the 101": self.upgraded, "mid-frame": mid_frame,
            "after the client's Close": closes("client"),
            "after the server's Close": closes("server"),
            "after both Closes": closes("client", "server"),
        }

    def test_a_reset_is_a_reset_in_every_phase(self):
        for phase, connect in self.reset_phases().items():
            for sender in SIDES:
                with self.subTest(phase=phase, sender=sender):
                    with self.directed(sender, connect) as (here, there):
                        here.reset()
                        there.expect_reset()

    def test_a_fin_is_a_fin_in_every_phase(self):
        for phase, connect in self.reset_phases().items():
            for sender in SIDES:
                with self.subTest(phase=phase, sender=sender):
                    with self.directed(sender, connect) as (here, there):
                        here.finish()
                        there.expect_fin()
                        there.finish()
                        here.expect_fin()

    def test_data_arrives_before_the_reset_behind_it(self):
        for size in (1, 64 * 1024, 5 * MIB):
            data = noise(size)
            for sender in SIDES:
                with self.subTest(size=size, sender=sender), self.directed(sender) as (here, there):
                    def send_and_reset(here=here, data=data):
                        here.send(data)
                        here.reset_behind_data()
                    with self.in_background(send_and_reset):
                        there.expect_reset(data)

    def test_data_arrives_before_the_reset_when_the_reader_is_late(self):
        data = noise(64 * 1024)
        for sender in SIDES:
            with self.subTest(sender=sender), self.directed(sender) as (here, there):
                here.send(data)
                here.reset_behind_data()
                time.sleep(0.3)  # the lateness itself
                there.expect_reset(data)

    def test_a_reset_at_once_behind_a_frame_loses_nothing_that_was_delivered(self):
        """Data and RST are found in one turn: the data goes first."""
        data = server_frame(noise(30000))
        for sender in SIDES:
            with self.subTest(sender=sender), self.directed(sender) as (here, there):
                with self.relay.stopped():
                    here.send(data)
                    here.reset_behind_data()
                there.expect_reset(data)

    def test_a_fin_then_a_late_reset(self):
        for sender in SIDES:
            with self.subTest(sender=sender), self.directed(sender) as (here, there):
                here.send(b"bye")
                here.finish()
                there.expect(b"bye")
                there.expect_fin()
                here.reset()
                there.expect_late_reset()

    def test_a_reader_that_left_resets_the_writer(self):
        """A close with unread bytes is a RST, and a write to what is closed draws one."""
        for sender in SIDES:
            with self.subTest(sender=sender), self.directed(sender) as (here, there):
                there.leave()
                here.expect_fin()
                here.send(b"anyone?")
                here.expect_late_reset()

    def test_a_close_with_unread_data_is_a_reset(self):
        for sender in SIDES:
            with self.subTest(sender=sender), self.directed(sender) as (here, there):
                here.send(b"unread")
                there.wait_until_readable()
                there.close()
                here.expect_reset()

    @needs_proxy
    def test_a_reset_found_by_send_before_recv_still_passes_behind_the_data(self):
        """The proxy's own send to the side that reset may find it, whichever comes first."""
        data = noise(2000)
        for sender in SIDES:
            for client_first in (True, False):
                with self.subTest(sender=sender, other_side_sends_first=client_first):
                    with self.directed(sender) as (here, there):
                        with self.relay.stopped():
                            if client_first:
                                there.send(b"into the reset")
                            here.send(data)
                            here.reset_behind_data()
                            if not client_first:
                                there.send(b"into the reset")
                        there.expect_reset(data)

    def test_all_that_was_acknowledged_arrives_before_a_reset(self):
        """The reader stalls until every buffer on the way is full, and only then the RST comes."""
        data = noise(64 * MIB)
        for sender in SIDES:
            for answer in (b"", b"into the reset"):
                with self.subTest(sender=sender, answer=answer):
                    with self.directed(sender) as (here, there):
                        sent = here.send_until_stalled(data)
                        there.send(answer)
                        acknowledged = sent - here.unacknowledged()
                        here.reset()
                        got, how = there.receive_to_end()
                        self.assertEqual(how, RESET)
                        assert_same_bytes(data[:len(got)], got)
                        self.assertGreaterEqual(len(got), acknowledged)

    def test_a_late_byte_after_both_closes_does_not_cut_queued_data(self):
        """Megabytes, a Close each way, then one more byte at the side that is still sending."""
        data = noise(4 * MIB) + close_from("server", 1000)
        client, server = self.upgraded()
        client.send(close_from("client", 1000))
        server.expect(close_from("client", 1000))
        sending = server.send_in_background(data, then_finish=True)
        client.send(b"late")
        client.expect_fin(data)
        sending.join()
        server.expect(b"late")


class Bytes(RelayTest):
    """Order, sizes, cuts: what is sent is what arrives."""

    def test_urgent_data_keeps_its_place(self):
        for sender in SIDES:
            with self.subTest(sender=sender), self.directed(sender) as (here, there):
                there.keep_urgent_inline()
                here.send(b"before")
                here.send_urgent(b"urgent!")
                here.send(b"after")
                there.expect(b"beforeurgent!after")
                here.send_urgent(b"?")
                here.finish()
                there.expect_fin(b"?")

    def test_much_data_around_urgent_bytes_keeps_its_order(self):
        blocks = [noise(5000) for _ in range(50)]
        for sender in SIDES:
            with self.subTest(sender=sender), self.directed(sender) as (here, there):
                there.keep_urgent_inline()
                with self.in_background(lambda: [
                        (here.send(block), here.send_urgent(b"!")) for block in blocks]):
                    there.expect(b"".join(block + b"!" for block in blocks))

    def streams(self):
        """The first 300 bytes or so of each direction, in the order of their turns."""
        return {
            "client": (upgrade_request() + client_frame(b"hello" * 10)
                       + client_frame(b"x" * 60) + close_from("client", 1000)),
            "server": (upgrade_response() + server_frame(b"answer" * 10)
                       + server_frame(b"p", opcode=PING) + server_frame(b"x" * 80)
                       + close_from("server", 1000, "bye")),
        }

    def cut(self, sender, offset):
        """A connection whose `sender` has sent its first `offset` bytes, and they arrived."""
        streams = self.streams()
        client, server = self.pair()
        if sender == "server":
            client.send(streams["client"])
            server.expect(streams["client"])
        here, there = (client, server) if sender == "client" else (server, client)
        here.send(streams[sender][:offset])
        there.expect(streams[sender][:offset])
        return client, server

    def rests(self, sender):
        stream = self.streams()[sender]
        self.assertGreater(len(stream), 250)
        return [(offset, stream[offset:]) for offset in range(len(stream) + 1)]

    def test_a_pause_at_every_offset_changes_nothing(self):
        for sender in SIDES:
            for offset, rest in self.rests(sender):
                with self.subTest(sender=sender, offset=offset), \
                        self.directed(sender, lambda: self.cut(sender, offset)) as (here, there):
                    here.send(rest)
                    there.expect(rest)
                    here.finish()
                    there.expect_fin()

    def test_a_fin_at_every_offset_passes(self):
        for sender in SIDES:
            for offset, _ in self.rests(sender):
                with self.subTest(sender=sender, offset=offset), \
                        self.directed(sender, lambda: self.cut(sender, offset)) as (here, there):
                    here.finish()
                    there.expect_fin()
                    there.finish()
                    here.expect_fin()

    def test_a_reset_at_every_offset_passes(self):
        for sender in SIDES:
            for offset, _ in self.rests(sender):
                with self.subTest(sender=sender, offset=offset), \
                        self.directed(sender, lambda: self.cut(sender, offset)) as (here, there):
                    here.reset()
                    there.expect_reset()

    def test_byte_by_byte_both_ways(self):
        streams = self.streams()
        client, server = self.pair()
        client.send_each(bytes([byte]) for byte in streams["client"])
        server.expect(streams["client"])
        server.send_each(bytes([byte]) for byte in streams["server"])
        client.expect(streams["server"])

    def test_a_thousand_frames_in_one_write(self):
        for sender in SIDES:
            with self.subTest(sender=sender), self.directed(sender) as (here, there):
                data = b"".join(frame_from(sender, b"%d" % number) for number in range(1000))
                sending = here.send_in_background(data, then_finish=True)
                there.expect_fin(data)
                sending.join()

    def test_frames_glued_to_the_101_arrive(self):
        client, server = self.pair()
        client.send(upgrade_request())
        server.expect(upgrade_request())
        glued = upgrade_response() + server_frame(b"first") + server_frame(b"", opcode=PING)
        server.send(glued)
        client.expect(glued)
        client.send(client_frame(b"", opcode=PONG))
        server.expect(client_frame(b"", opcode=PONG))

    def test_everything_of_a_short_life_in_one_write_each_way(self):
        client, server = self.pair()
        with self.relay.stopped():
            client.send(self.streams()["client"])
            client.finish()
            server.send(self.streams()["server"])
            server.finish()
        server.expect_fin(self.streams()["client"])
        client.expect_fin(self.streams()["server"])

    def test_early_frames_before_the_101_arrive(self):
        early = b"".join(client_frame(b"early %d" % number) for number in range(20))
        client, server = self.pair()
        client.send(upgrade_request() + early)
        server.expect(upgrade_request() + early)
        server.send(upgrade_response() + server_frame(b"got them"))
        client.expect(upgrade_response() + server_frame(b"got them"))

    def test_much_early_data_before_the_101_arrives(self):
        """More than any analysis would hold for later."""
        early = client_frame(noise(MIB), opcode=BINARY)
        client, server = self.pair()
        sending = client.send_in_background(upgrade_request() + early)
        server.expect(upgrade_request() + early)
        sending.join()
        server.send(upgrade_response())
        client.expect(upgrade_response())

    def test_early_frames_before_a_refusal_arrive(self):
        early = client_frame(b"too hopeful")
        refusal = response("403 Forbidden", [("Content-Length", 0)])
        client, server = self.pair()
        client.send(upgrade_request() + early)
        server.expect(upgrade_request() + early)
        server.send(refusal)
        client.expect(refusal)
        client.send(early)
        server.expect(early)

    def test_a_hundred_thousand_one_byte_fragments(self):
        count = 100_000
        for sender in SIDES:
            with self.subTest(sender=sender), self.directed(sender) as (here, there):
                middle = frame_from(sender, b"x", opcode=CONTINUATION, fin=False)
                data = (frame_from(sender, b"x", opcode=BINARY, fin=False) + middle * (count - 2)
                        + frame_from(sender, b"x", opcode=CONTINUATION))
                sending = here.send_in_background(data, then_finish=True)
                there.expect_fin(data)
                sending.join()

    def test_ten_thousand_writes_of_one_frame_each(self):
        for sender in SIDES:
            with self.subTest(sender=sender), self.directed(sender) as (here, there):
                frames = [frame_from(sender, b"%d" % number) for number in range(10_000)]
                with self.in_background(lambda: here.send_each(frames)):
                    there.expect(b"".join(frames))

    def test_messages_of_16_mib_both_ways_at_once(self):
        client, server = self.upgraded()
        up = client_frame(noise(16 * MIB), opcode=BINARY)
        down = server_frame(noise(16 * MIB), opcode=BINARY)
        sending = [client.send_in_background(up, then_finish=True),
                   server.send_in_background(down, then_finish=True)]
        with self.in_background(lambda: server.expect_fin(up)):
            client.expect_fin(down)
        for each in sending:
            each.join()

    def test_a_reader_that_stalls_on_8_mib_and_a_fin_loses_nothing(self):
        for sender in SIDES:
            with self.subTest(sender=sender), self.directed(sender) as (here, there):
                data = noise(8 * MIB)
                sending = here.send_in_background(data, then_finish=True)
                here.wait_until_stalled()
                there.expect_fin(data)
                sending.join()
                there.finish()
                here.expect_fin()

    def test_a_stalled_direction_does_not_stall_the_other(self):
        for sender in SIDES:
            with self.subTest(stalled=sender), self.directed(sender) as (here, there):
                data = noise(8 * MIB)
                sending = here.send_in_background(data)
                here.wait_until_stalled()
                back = noise(100_000)
                there.send(back)
                here.expect(back)
                there.expect(data)
                sending.join()

    def test_the_server_may_speak_first(self):
        for banner in (b"SSH-2.0-OpenSSH_9.2\r\n", b"220 mail.example.test ESMTP\r\n", b"\x00"):
            with self.subTest(banner=banner):
                client, server = self.pair()
                server.send(banner)
                client.expect(banner)
                client.send(b"EHLO me\r\n")
                server.expect(b"EHLO me\r\n")


class UnixSockets(RelayTest):
    """The same between unix sockets, where a RST does not exist."""

    server_options = {"unix": True}

    def test_bytes_and_fins_pass(self):
        for sender in SIDES:
            with self.subTest(sender=sender), self.directed(sender) as (here, there):
                data = noise(MIB)
                sending = here.send_in_background(data, then_finish=True)
                there.expect_fin(data)
                sending.join()
                there.send(b"still open")
                there.finish()
                here.expect_fin(b"still open")

    def test_a_stalled_reader_loses_nothing(self):
        for sender in SIDES:
            with self.subTest(sender=sender), self.directed(sender) as (here, there):
                data = noise(8 * MIB)
                sending = here.send_in_background(data, then_finish=True)
                here.wait_until_stalled()
                there.expect_fin(data)
                sending.join()


class TwoWorkers(Ends):
    """Every end once more with two workers."""

    proxy_options = {"arguments": ["--workers", "2"]}


class IPv6(RelayTest):
    """The same over IPv6."""

    server_options = {"host": "::1"}
    proxy_options = {"listen": "[::1]:0"}

    def test_bytes_fins_and_resets_pass(self):
        for sender in SIDES:
            with self.subTest(sender=sender), self.directed(sender) as (here, there):
                here.send(b"six")
                there.expect(b"six")
                here.finish()
                there.expect_fin()
                there.reset_behind_data()
                here.expect_reset()


class TheReference(unittest.TestCase):
    """The frame builder itself, against the examples of RFC 6455 section 5.7."""

    def test_the_examples_of_the_rfc(self):
        for built, wire in (
                (frame(b"Hello"), "81 05 48 65 6c 6c 6f"),
                (client_frame(b"Hello"), "81 85 37 fa 21 3d 7f 9f 4d 51 58"),
                (frame(b"Hel", fin=False), "01 03 48 65 6c"),
                (frame(b"lo", opcode=CONTINUATION), "80 02 6c 6f"),
                (frame(b"Hello", opcode=PING), "89 05 48 65 6c 6c 6f"),
                (client_frame(b"Hello", opcode=PONG), "8a 85 37 fa 21 3d 7f 9f 4d 51 58"),
                (frame(bytes(256), opcode=BINARY)[:4], "82 7e 01 00"),
                (frame(bytes(65536), opcode=BINARY)[:10], "82 7f 00 00 00 00 00 01 00 00")):
            with self.subTest(wire=wire):
                self.assertEqual(built, bytes.fromhex(wire))

    def test_masking_twice_gives_the_payload_back(self):
        for size in (0, 1, 3, 4, 5, 1000):
            data = noise(size)
            assert_same_bytes(data, masked(masked(data, MASK), MASK))


if __name__ == "__main__":
    unittest.main()
