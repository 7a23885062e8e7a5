"""Connections through a watched proxy, and the ways in which they end."""

import heapq
import random
import time

from support import frames

CROWD = 40
OPENING_S = 3  # ages of a crowd must differ by more than a second


class Endings:
    """Part of a test with a `proxy` (Watched) and its `services` by the listener's name."""

    def opened(self, name):
        return self.proxy.opened(name, self.services[name])

    def end_without_close(self, name, count):
        for _ in range(count):
            client, server = self.opened(name)
            server.close()
            client.receive_to_end()
            client.close()

    def end_with_close(self, name, count):
        for _ in range(count):
            client, server = self.opened(name)
            client.send(frames.close_from("client", 1000))
            server.send(frames.close_from("server", 1000))
            server.close()
            client.receive_to_end()
            client.close()

    def crowd_ends(self, name, count=CROWD):
        pairs = []
        for _ in range(count):
            pairs.append(self.opened(name))
            time.sleep(OPENING_S / count)
        # Not in the order of their ages: a service that stops does not do that either.
        for _, server in random.Random(count).sample(pairs, count):
            server.close()
        for client, _ in pairs:
            client.receive_to_end()
            client.close()

    def end_when_idle(self, name, seconds):
        """Eight connections, each ended by the server after so long a silence."""
        due = []
        for number in range(8):
            client, server = self.opened(name)
            heapq.heappush(due, (time.monotonic() + seconds, number, client, server))
            time.sleep(0.3)
            while due and due[0][0] <= time.monotonic() + 0.3:
                self.end_at(*heapq.heappop(due))
        while due:
            self.end_at(*heapq.heappop(due))

    def end_at(self, moment, _, client, server):
        time.sleep(max(0, moment - time.monotonic()))
        server.close()
        client.receive_to_end()
        client.close()

    def end_at_a_size(self, name, limit):
        """A short message passes; one of `limit` bytes is too big for the server."""
        for size, code in ((1000, 1000), (limit, 1009)):
            message = frames.client_frame(b"x" * size)
            client, server = self.opened(name)
            client.send(message)
            server.expect(message)
            server.send(frames.close_from("server", code))
            client.expect(frames.close_from("server", code))
            client.send(frames.close_from("client", code))
            server.expect(frames.close_from("client", code))
            server.close()
            client.receive_to_end()
            client.close()
