"""Clients of the sample service, one after the other for ever: most are content, some are not."""

import asyncio
import random
import sys

import websockets

# Path, messages sent, and how often.
WAYS = [("/", 20, 60), ("/1000/done", 1, 10), ("/1001/going-away", 3, 6), ("/1008/not-allowed", 1, 4),
        ("/1011/internal-error", 2, 4), ("/1013/try-again-later", 1, 3), ("/4401/token-expired", 1, 6),
        ("/crash", 2, 4)]


async def visit(url):
    path, messages, _ = random.choices(WAYS, [weight for _, _, weight in WAYS])[0]
    try:
        async with websockets.connect(url + path) as connection:
            for number in range(messages):
                # Now and then more than the service takes: it closes with 1009.
                size = 1 << 17 if random.random() < 0.005 else random.randrange(10, 2000)
                await connection.send(f"{number} ".ljust(size, "."))
                await connection.recv()
                await asyncio.sleep(random.expovariate(2))
    except (OSError, websockets.exceptions.WebSocketException) as error:
        print(f"{path}: {error}", flush=True)
        await asyncio.sleep(1)


async def for_ever(url):
    while True:
        await visit(url)


async def main(url):
    await asyncio.gather(*(for_ever(url) for _ in range(20)))


try:
    asyncio.run(main(sys.argv[1]))
except KeyboardInterrupt:
    pass
