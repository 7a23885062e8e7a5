"""Pages in a real Chromium, loaded and connected through the proxy, against the npm package ws."""

import unittest

from support.endpoints import node
from support.pairs import WHATWG_CLIENT, WS_SERVER, PairTests


class ChromiumToWs(PairTests, unittest.TestCase):
    client = node("chromium_client.js")
    server = node("ws_server.js")
    can = WHATWG_CLIENT | WS_SERVER
    one_frame_for_a_message = False


if __name__ == "__main__":
    unittest.main()
