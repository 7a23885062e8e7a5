"""A scenario's client side with Debian's python3-websockets."""

import asyncio
import socket
import ssl
import urllib.parse

import websockets
from endpoint import (Script, binary_payload, deflate_settings, message_event, reset_on_close,
                      serve_lines, text_payload)
from websockets.extensions.permessage_deflate import ClientPerMessageDeflateFactory


async def act(connection, step):
    kind = step["do"]
    if kind == "text":
        await connection.send(text_payload(step["size"]))
    elif kind == "binary":
        await connection.send(binary_payload(step["size"]))
    elif kind == "say":
        await connection.send(step["text"])
    elif kind == "fragments":
        make = text_payload if step["kind"] == "text" else binary_payload
        await connection.send(make(size) for size in step["sizes"])
    elif kind == "ping":
        await (await connection.ping(step["data"]))
    elif kind == "close":
        await connection.close(step["code"], step.get("reason", ""))
    elif kind == "wait":
        await asyncio.sleep(step["seconds"])
    elif kind == "terminate":
        connection.transport.abort()
    elif kind == "reset":
        reset_on_close(connection.transport)
        connection.transport.abort()
    else:
        raise ValueError(kind)


async def read(connection, script):
    try:
        while True:
            await script.record(message_event(await connection.recv()))
    except websockets.ConnectionClosed as closed:
        await script.record({"event": "close", "code": connection.close_code,
                             "reason": connection.close_reason, "text": str(closed)})
        await script.end()


async def play(connection, script, steps):
    try:
        await script.play(steps, lambda step: act(connection, step))
    except websockets.ConnectionClosed:
        pass  # the reader tells how


async def through(proxy, url):
    """What connect() has to be told besides, with a tunnel of an HTTP proxy: this release of the
    library asks for none itself."""
    parsed, asked = urllib.parse.urlsplit(proxy), urllib.parse.urlsplit(url)
    loop = asyncio.get_running_loop()
    tunnel = socket.create_connection((parsed.hostname, parsed.port))
    tunnel.setblocking(False)
    await loop.sock_sendall(
        tunnel, f"CONNECT {asked.netloc} HTTP/1.1\r\nHost: {asked.netloc}\r\n\r\n".encode())
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        head += await loop.sock_recv(tunnel, 1)  # what stands behind is the library's
    assert head.startswith(b"HTTP/1.1 200 "), head
    name = {"server_hostname": asked.hostname} if asked.scheme == "wss" else {}
    return {"sock": tunnel, **name}


async def run(scenario):
    script = Script()
    ways = await through(scenario["proxy"], scenario["url"]) if "proxy" in scenario else {}
    if "ca" in scenario:
        ways["ssl"] = ssl.create_default_context(cafile=scenario["ca"])
    compression, extensions = "deflate" if "/deflate" in scenario["url"] else None, None
    if "deflate" in scenario:
        compression = None
        extensions = [ClientPerMessageDeflateFactory(**deflate_settings(scenario["deflate"]))]
    try:
        connection = await websockets.connect(
            scenario["url"], subprotocols=scenario["subprotocols"] or None,
            compression=compression, extensions=extensions, max_size=None, ping_interval=None,
            **ways)
    except websockets.InvalidHandshake as refusal:
        await script.record({"event": "error", "text": f"{type(refusal).__name__}: {refusal}"})
        return script.events
    headers = connection.response_headers
    await script.record({"event": "open", "subprotocol": connection.subprotocol or "",
                         "extensions": headers.get("Sec-WebSocket-Extensions", "")})
    await asyncio.gather(read(connection, script), play(connection, script, scenario["steps"]))
    return script.events


asyncio.run(serve_lines(run))
