"""The WebSocket of the npm package undici (node's own) against the npm package ws."""

import unittest

from support.endpoints import node
from support.pairs import WHATWG_CLIENT, WS_SERVER, PairTests


class UndiciToWs(PairTests, unittest.TestCase):
    client = node("undici_client.js")
    server = node("ws_server.js")
    can = WHATWG_CLIENT | WS_SERVER


if __name__ == "__main__":
    unittest.main()
