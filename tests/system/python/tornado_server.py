"""A server with Debian's python3-tornado. The request path says how it behaves.

/plain|deflate/BEHAVIOUR/ARGUMENTS. Settings of its Application (websocket_ping_interval and others)
may be given as JSON in the first argument. Prints its port, then one line for each connection that
ended.
"""

import asyncio

import tornado.httpserver
import tornado.netutil
import tornado.web
import tornado.websocket
from endpoint import message_event, owner_gone, parse_path, settings, show


class Connection(tornado.websocket.WebSocketHandler):
    def initialize(self):
        self.events = []
        self.compression, self.behaviour, self.arguments = parse_path(self.request.uri)

    def get_compression_options(self):
        return {} if self.compression == "deflate" else None

    async def on_message(self, message):
        self.events.append(message_event(message))
        if self.behaviour == "close":
            code, *reason = self.arguments
            self.close(int(code), "".join(reason))
        elif self.behaviour == "terminate":
            self.ws_connection.stream.close()
        else:
            await self.write_message(message, binary=isinstance(message, bytes))

    def on_close(self):
        self.events.append({"event": "close", "code": self.close_code,
                            "reason": self.close_reason})
        show({"path": self.request.uri, "events": self.events})


async def main():
    sockets = tornado.netutil.bind_sockets(0, "127.0.0.1")
    application = tornado.web.Application([(r"/.*", Connection)], **settings())
    tornado.httpserver.HTTPServer(application).add_sockets(sockets)
    show({"port": sockets[0].getsockname()[1]})
    await owner_gone()


asyncio.run(main())
