"""A server with Debian's python3-aiohttp. The request path says how it behaves. `heartbeat` may be
given as JSON in the first argument.

/plain|deflate/BEHAVIOUR/ARGUMENTS. Prints its port, then one line for each connection that ended.
"""

import asyncio

from aiohttp import WSMsgType, web
from endpoint import (LIMIT, SUBPROTOCOL, message_event, owner_gone, parse_path, reset_on_close,
                      settings, show)


async def close(connection, code, reason=""):
    await connection.close(code=int(code), message=reason.encode())


async def at_open(connection, behaviour, arguments):
    """What a behaviour does as soon as the connection is open."""
    if behaviour == "hello":
        await connection.send_str("hello")
    elif behaviour == "slam":
        await close(connection, *arguments)
    elif behaviour == "ping":
        await connection.ping(arguments[0].encode())


async def at_message(connection, request, behaviour, arguments, content):
    if behaviour == "close":
        await close(connection, *arguments)
    elif behaviour == "terminate":
        request.transport.abort()
    elif behaviour == "reset":
        reset_on_close(request.transport)
        request.transport.abort()
    elif isinstance(content, str):
        await connection.send_str(content)
    else:
        await connection.send_bytes(content)


async def talk(connection, request, behaviour, arguments, events):
    """One connection until its end; the Close that came is the last event, if one came."""
    await at_open(connection, behaviour, arguments)
    while not connection.closed:
        message = await connection.receive()
        if message.type in (WSMsgType.TEXT, WSMsgType.BINARY):
            events.append(message_event(message.data))
            await at_message(connection, request, behaviour, arguments, message.data)
        elif message.type == WSMsgType.PING:
            events.append({"event": "ping", "data": message.data.decode()})
            await connection.pong(message.data)
        elif message.type == WSMsgType.PONG:
            events.append({"event": "pong", "data": message.data.decode()})
            await connection.send_str("pong seen")
        elif message.type == WSMsgType.CLOSE:
            events.append({"event": "close", "code": message.data, "reason": message.extra})
        elif message.type == WSMsgType.ERROR:
            events.append({"event": "error", "text": str(message.data)})


async def serve(request):
    _, behaviour, arguments = parse_path(request.raw_path)
    if behaviour == "reject":
        status = int(arguments[0])
        show({"path": request.raw_path, "events": [{"event": "rejected", "status": status}]})
        return web.Response(status=status, text=f"no entry: {status}\n")
    connection = web.WebSocketResponse(
        protocols=() if behaviour == "subprotocol" else (SUBPROTOCOL,), autoping=False,
        heartbeat=settings().get("heartbeat"),
        max_msg_size=LIMIT if behaviour == "limit" else 4 * 1024 * 1024)
    if behaviour == "subprotocol" and arguments[0] != "none":
        connection.headers["Sec-WebSocket-Protocol"] = arguments[0]
    events = []
    await connection.prepare(request)
    try:
        await talk(connection, request, behaviour, arguments, events)
    finally:
        events.append({"event": "closed", "code": connection.close_code})
        show({"path": request.raw_path, "events": events})
    return connection


async def main():
    application = web.Application()
    application.router.add_get("/{behaviour:.*}", serve)
    runner = web.AppRunner(application)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    show({"port": runner.addresses[0][1]})
    await owner_gone()


asyncio.run(main())
