"""A scenario's client side with Debian's python3-aiohttp."""

import asyncio
import ssl

import aiohttp
from endpoint import (binary_payload, deflate_settings, message_event, reset_on_close, serve_lines,
                      text_payload)


async def act(connection, step):
    kind = step["do"]
    if kind == "text":
        await connection.send_str(text_payload(step["size"]))
    elif kind == "binary":
        await connection.send_bytes(binary_payload(step["size"]))
    elif kind == "say":
        await connection.send_str(step["text"])
    elif kind == "ping":
        await connection.ping(step["data"].encode())
    elif kind == "close":
        await connection.close(code=step["code"], message=step.get("reason", "").encode())
    elif kind == "wait":
        await asyncio.sleep(step["seconds"])
    elif kind == "terminate":
        connection._response.connection.transport.abort()
    elif kind == "reset":
        transport = connection._response.connection.transport
        reset_on_close(transport)
        transport.abort()
    else:
        raise ValueError(kind)


class Events(list):
    @property
    def messages(self):
        return sum(event["event"] == "message" for event in self)


async def receive(connection, events):
    """Takes one event in; False at the end of the connection."""
    message = await connection.receive()
    if message.type in (aiohttp.WSMsgType.TEXT, aiohttp.WSMsgType.BINARY):
        events.append(message_event(message.data))
    elif message.type == aiohttp.WSMsgType.PING:
        events.append({"event": "ping", "data": message.data.decode()})
        await connection.pong(message.data)
    elif message.type == aiohttp.WSMsgType.PONG:
        events.append({"event": "pong", "data": message.data.decode()})
    elif message.type == aiohttp.WSMsgType.CLOSE:
        events.append({"event": "close", "code": message.data, "reason": message.extra})
    elif message.type == aiohttp.WSMsgType.ERROR:
        events.append({"event": "error", "text": str(message.data)})
    return not connection.closed


async def play(connection, events, steps):
    """Acts and reads by turns: close() waits for the peer's Close only while nobody else reads."""
    for step in steps:
        if step["do"] != "await":
            await act(connection, step)
            continue
        while events.messages < step["messages"]:
            if not await receive(connection, events):
                return
    while await receive(connection, events):
        pass


async def run(scenario):
    events = Events()
    compress = 0
    if "/deflate" in scenario["url"]:
        compress = deflate_settings(scenario.get("deflate", [])).get("server_max_window_bits", 15)
    context = ssl.create_default_context(cafile=scenario["ca"]) if "ca" in scenario else None
    async with aiohttp.ClientSession() as session:
        try:
            connection = await session.ws_connect(
                scenario["url"], protocols=scenario["subprotocols"], compress=compress,
                autoping=False, max_msg_size=0, proxy=scenario.get("proxy"), ssl=context)
        except aiohttp.WSServerHandshakeError as refusal:
            events.append({"event": "rejected", "status": refusal.status, "text": refusal.message})
            return events
        headers = connection._response.headers
        events.append({"event": "open", "subprotocol": connection.protocol or "",
                       "extensions": headers.get("Sec-WebSocket-Extensions", "")})
        await play(connection, events, scenario["steps"])
        events.append({"event": "closed", "code": connection.close_code})
        return events


asyncio.run(serve_lines(run))
