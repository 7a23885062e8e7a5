"""Making sessions whose records are then judged, and the shape that every record has."""

from support.between import RelayTest

SIDES = ("client", "server")
FIELDS = {
    "": {"event", "time", "session", "listener", "upstream", "tap", "client", "server", "host",
         "path", "subprotocol", "extensions", "duration_s", "request", "handshake", "tls", "close",
         "close_frames", "stream_ends", "cause", "views", "violations", "violation_count",
         "traffic", "transport"},
    "request": {"user_agent", "origin", "forwarded_for", "via", "trace_id", "user"},
    "handshake": {"outcome", "status", "server", "via", "duration_s"},
    "close": {"code", "name", "reason", "initiator", "clean", "ending"},
    "close_frames": set(SIDES),
    "traffic": {"client_to_server", "server_to_client"},
    "transport": set(SIDES),
}
WORDS = {
    "event": {"session_end", "handshake_failed", "tls_failed", "connect_failed"},
    "outcome": {"accepted", "rejected", "failed", "unanswered", "abandoned", None},
    "initiator": {"client", "server", "proxy", "none"},
    "ending": {"handshake_failed", "connect_failed", "tls_failed", "closing_handshake",
               "close_unanswered", "proxy_shutdown", "timeout", "reset_mid_frame", "reset",
               "fin_mid_frame", "fin_mid_message", "fin_without_close"},
    "how": {"fin", "reset", "timeout", "tls_truncated", "proxy_shutdown", "error"},
}
DIRECTION = {"client": "client_to_server", "server": "server_to_client"}


def other(side):
    return "server" if side == "client" else "client"


class Records(RelayTest):
    """One log for all tests of a class: connections are told apart by the client's address."""

    def ends(self, client, server):
        return {"client": client, "server": server}

    def finish_both(self, ends, first):
        """A FIN from `first`, then one from the other side."""
        ends[first].finish()
        ends[other(first)].expect_fin()
        ends[other(first)].finish()
        ends[first].expect_fin()

    def record_of_session(self, *turns, first_fin="client", request=None, response=None,
                          event=None):
        """The record of a session of (side, bytes) turns that ends by two FINs."""
        client, server = self.upgraded(request, response)
        ends = self.ends(client, server)
        name = client.name
        for side, data in turns:
            ends[side].send(data)
            ends[other(side)].expect(data)
        self.finish_both(ends, first_fin)
        return self.relay.record_of(name, event)

    def assert_shape(self, record):
        """Every field that the documentation names is there, in all four kinds of record."""
        self.assertLessEqual(FIELDS[""], set(record))
        for part, names in FIELDS.items():
            if part and isinstance(record[part], dict):
                self.assertLessEqual(names, set(record[part]), part)
        self.assertIn(record["event"], WORDS["event"])
        self.assertIn(record["handshake"]["outcome"], WORDS["outcome"])
        self.assertIn(record["close"]["initiator"], WORDS["initiator"])
        self.assertIn(record["close"]["ending"], WORDS["ending"])
        for end in record["stream_ends"]:
            self.assertEqual(set(end), {"endpoint", "how", "at_s"})
            self.assertIn(end["how"], WORDS["how"])

    def marker(self):
        """The client's name of a session of no interest: when its line is there, all before is."""
        client, server = self.upgraded()
        name = client.name
        self.finish_both(self.ends(client, server), "client")
        return name

    def assert_no_record_of(self, name):
        """Behind the end of that connection another one is recorded, and it has nothing."""
        self.relay.records_of(self.marker(), 1, "session_end")
        self.assertFalse(self.relay.has_record_of(name))
