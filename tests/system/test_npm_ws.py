"""The npm package ws as client, as server, and with Python's websockets at the other end."""

import unittest

from support.endpoints import node, python
from support.pairs import WEBSOCKETS_CLIENT, WEBSOCKETS_SERVER, WS_CLIENT, WS_SERVER, PairTests


class WsToWs(PairTests, unittest.TestCase):
    client = node("ws_client.js")
    server = node("ws_server.js")
    can = WS_CLIENT | WS_SERVER


class WsToWebsockets(PairTests, unittest.TestCase):
    client = node("ws_client.js")
    server = python("websockets_server.py")
    can = WS_CLIENT | WEBSOCKETS_SERVER


class WebsocketsToWs(PairTests, unittest.TestCase):
    client = python("websockets_client.py")
    server = node("ws_server.js")
    can = WEBSOCKETS_CLIENT | WS_SERVER
    client_answers_before_fin = False


if __name__ == "__main__":
    unittest.main()
