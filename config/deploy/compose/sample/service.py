"""A WebSocket service that echoes, and closes as real ones do: by path /CODE/REASON after a message."""

import asyncio
import signal
import sys

import websockets


async def serve(connection):
    _, _, wanted = connection.path.partition("/")
    code, _, reason = wanted.partition("/")
    try:
        async for message in connection:
            await connection.send(message)
            if code.isdigit():
                await connection.close(int(code), reason.replace("-", " "))
            elif code == "crash":
                connection.transport.abort()
    except websockets.exceptions.ConnectionClosed:
        pass  # the proxy in front tells of it


async def main(host, port):
    stop = asyncio.get_running_loop().create_future()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set_result, None)
    # Ends those that are open with 1001 when the block is left.
    async with websockets.serve(serve, host, port, max_size=1 << 16) as server:
        print(f"listening {server.sockets[0].getsockname()[1]}", flush=True)
        await stop


asyncio.run(main("", int(sys.argv[1]) if len(sys.argv) > 1 else 9000))
