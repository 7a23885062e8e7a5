"""Debian's python3-websockets at both ends."""

import unittest

from support.endpoints import python
from support.pairs import WEBSOCKETS_CLIENT, WEBSOCKETS_SERVER, PairTests


class WebsocketsToWebsockets(PairTests, unittest.TestCase):
    client = python("websockets_client.py")
    server = python("websockets_server.py")
    can = WEBSOCKETS_CLIENT | WEBSOCKETS_SERVER
    client_answers_before_fin = False


if __name__ == "__main__":
    unittest.main()
