"""A server with Debian's python3-websockets. The request path says how it behaves. Settings of the
library may be given as JSON in the first argument; a line on standard input shuts it down.

/plain|deflate[,SETTING...]/BEHAVIOUR/ARGUMENTS. Prints its port, then one line for each connection that ended.
"""

import asyncio
import http
import ssl
import time

import websockets
from endpoint import (LIMIT, SUBPROTOCOL, binary_payload, deflate_settings, message_event,
                      parse_path, reset_on_close, settings, show, stopped_or_owner_gone,
                      text_payload)
from websockets.extensions.permessage_deflate import ServerPerMessageDeflateFactory

# The library holds a frame's compressed length against this: 1 MiB of noise grows beyond 1 MiB.
MAX_SIZE = 4 * 1024 * 1024


class Connection(websockets.WebSocketServerProtocol):
    async def process_request(self, path, request_headers):
        _, behaviour, arguments = parse_path(path)
        if behaviour == "limit":
            self.max_size = LIMIT
        if behaviour != "reject":
            return None
        status = http.HTTPStatus(int(arguments[0]))
        show({"path": path, "events": [{"event": "rejected", "status": status}]})
        return status, [("Content-Type", "text/plain")], f"no entry: {int(status)}\n".encode()

    def process_extensions(self, headers, available_extensions):
        settings = parse_path(self.path)[0].split(",")[1:]
        if settings:
            available_extensions = [ServerPerMessageDeflateFactory(**deflate_settings(settings))]
        return super().process_extensions(headers, available_extensions)

    def select_subprotocol(self, client_subprotocols, server_subprotocols):
        _, behaviour, arguments = parse_path(self.path)
        if behaviour == "subprotocol":
            return None if arguments[0] == "none" else arguments[0]
        return SUBPROTOCOL if SUBPROTOCOL in client_subprotocols else None


async def close(connection, code, reason=""):
    await connection.close(int(code), reason)


async def send_fragments(connection):
    async def parts():
        yield ""
        yield text_payload(126)
        await connection.ping("in between")
        yield text_payload(65536)
    await connection.send(parts())
    await connection.send([binary_payload(1), binary_payload(65535)])


async def at_open(connection, behaviour, arguments):
    """What a behaviour does as soon as the connection is open."""
    if behaviour == "hello":
        await connection.send("hello")
    elif behaviour == "slam":
        await close(connection, *arguments)
    elif behaviour == "ping":
        await (await connection.ping(arguments[0]))
        await connection.send("pong seen")
    elif behaviour == "raise":
        raise RuntimeError("a bug in the application")


async def at_message(connection, behaviour, arguments, message):
    if behaviour == "close":
        await close(connection, *arguments)
    elif behaviour == "terminate":
        connection.transport.abort()
    elif behaviour == "reset":
        reset_on_close(connection.transport)
        connection.transport.abort()
    elif behaviour == "block":
        # Work that never lets the event loop run for long, as a program without threads does it.
        while connection.open:
            time.sleep(float(arguments[0]))
            await asyncio.sleep(0)
    elif behaviour == "raise_at_message":
        raise RuntimeError("a bug in the application")
    elif behaviour == "fragments":
        await send_fragments(connection)
    else:
        await connection.send(message)


async def tell_end(connection, events):
    await connection.wait_closed()
    events.append({"event": "close", "code": connection.close_code,
                   "reason": connection.close_reason})
    show({"path": connection.path, "events": events})


async def serve(connection):
    _, behaviour, arguments = parse_path(connection.path)
    events = []
    connection.told = asyncio.create_task(tell_end(connection, events))
    await at_open(connection, behaviour, arguments)
    try:
        async for message in connection:
            events.append(message_event(message))
            await at_message(connection, behaviour, arguments, message)
    except websockets.ConnectionClosed as closed:
        events.append({"event": "error", "text": str(closed)})


def with_tls(given):
    """The library's settings; "tls": [certificate, key] becomes what it wants."""
    if "tls" in given:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(*given.pop("tls"))
        given["ssl"] = context
    return given


async def main():
    async with websockets.serve(serve, "127.0.0.1", 0, create_protocol=Connection,
                                subprotocols=[SUBPROTOCOL],
                                **{"max_size": MAX_SIZE, "ping_interval": None, **with_tls(settings())},
                                ) as server:
        show({"port": server.sockets[0].getsockname()[1]})
        await stopped_or_owner_gone()


asyncio.run(main())
