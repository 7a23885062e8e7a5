"""Debian's python3-aiohttp at both ends."""

import unittest

from support.endpoints import python
from support.pairs import AIOHTTP_CLIENT, AIOHTTP_SERVER, PairTests, count, last
from support.scenarios import CLOSE, SUBPROTOCOL, Scenario, do, messages


class AiohttpToAiohttp(PairTests, unittest.TestCase):
    client = python("aiohttp_client.py")
    server = python("aiohttp_server.py")
    can = AIOHTTP_CLIENT | AIOHTTP_SERVER

    def test_subprotocol_not_offered_does_not_stop_the_client(self):
        scenario = Scenario("subprotocol_not_offered", "/plain/subprotocol/other",
                            (do("text", size=5), messages(1), CLOSE),
                            subprotocols=(SUBPROTOCOL,))
        direct = self.observe(scenario, self.server_port)
        self.assertEqual(last(direct[0], "open")["subprotocol"], "")
        self.assertEqual(count(direct[0], "message"), 1)
        self.assertEqual(self.observe(scenario, self.proxy_port), direct)
        record = self.next_record()
        self.assertEqual(record["path"], scenario.path)
        self.assertEqual([each["id"] for each in record["violations"]], ["HS-15"])


if __name__ == "__main__":
    unittest.main()
