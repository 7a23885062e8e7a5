"""A server with Debian's python3-uvicorn and python3-starlette. /chat echoes; /guarded refuses before
it accepts; everything else has no route. `ws` in the JSON of the first argument is uvicorn's --ws.
Prints its port; a line on standard input shuts it down.
"""

import asyncio

import uvicorn
from endpoint import settings, show, stopped_or_owner_gone
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute


async def chat(socket):
    await socket.accept()
    while True:
        message = await socket.receive()
        if message["type"] == "websocket.disconnect":
            return
        if message.get("text") == "raise":
            raise RuntimeError("a bug in the application")
        await socket.send_text(message["text"])


async def guarded(socket):
    await socket.close(1008)


async def main():
    application = Starlette(routes=[WebSocketRoute("/chat", chat),
                                    WebSocketRoute("/guarded", guarded)])
    server = uvicorn.Server(uvicorn.Config(application, host="127.0.0.1", port=0, lifespan="off",
                                           log_level="critical", **settings()))
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    show({"port": server.servers[0].sockets[0].getsockname()[1]})
    await stopped_or_owner_gone()
    server.should_exit = True
    await serving


asyncio.run(main())
