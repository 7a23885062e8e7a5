"""Many connections that end at once: one line for all of them, beside their records."""

import subprocess
import sys
import time
import unittest

from support import frames
from support.between import Between, needs_proxy
from support.raw_peers import FIN, RESET

COUNT = 40
OPENING_S = 3  # ages must differ by more than a second

# A server that accepts upgrades and says nothing more; it prints its port.
SERVER = """
import selectors, socket, sys
response = bytes.fromhex(sys.argv[1])
listener = socket.create_server(("127.0.0.1", 0), backlog=128)
print(listener.getsockname()[1], flush=True)
selector = selectors.DefaultSelector()
selector.register(listener, selectors.EVENT_READ)
while True:
    for key, _ in selector.select():
        if key.fileobj is listener:
            selector.register(listener.accept()[0], selectors.EVENT_READ)
        elif not key.fileobj.recv(65536):
            selector.unregister(key.fileobj)
            key.fileobj.close()
        elif key.data is None:
            key.fileobj.sendall(response)
            selector.modify(key.fileobj, selectors.EVENT_READ, "open")
"""


class Server:
    """The same surface as a Listener, in a process of its own."""

    def __init__(self):
        self.process = subprocess.Popen(
            [sys.executable, "-c", SERVER, frames.upgrade_response().hex()],
            stdout=subprocess.PIPE, text=True)
        self.upstream = f"ws://127.0.0.1:{int(self.process.stdout.readline())}"

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()


@needs_proxy
class MassClose(unittest.TestCase):
    def setUp(self):
        self.server = Server()
        self.addCleanup(self.server.kill)

    def opened(self, relay, opening_s):
        clients = []
        for _ in range(COUNT):
            client = relay.dial()
            self.addCleanup(client.close)
            client.send(frames.upgrade_request())
            client.expect(frames.upgrade_response(), "response")
            clients.append(client)
            time.sleep(opening_s / COUNT)
        return clients

    def end_of_all(self, relay, clients):
        for client in clients:
            self.assertIn(client.receive_to_end()[1], (FIN, RESET))
            client.close()
        return relay.wait_for_records(COUNT, "session_end")

    def assert_one_line(self, relay, listener="default"):
        (line,) = relay.records("mass_close")
        self.assertEqual(line["listener"], listener)
        self.assertEqual(line["upstream"], self.server.upstream.removeprefix("ws://"))
        self.assertEqual(line["mass_close"], 1)
        self.assertEqual((line["closes"], line["by_server"], line["by_client"]), (COUNT, COUNT, 0))
        self.assertEqual(line["without_close"], COUNT)
        self.assertEqual(line["with_restart_code"], 0)
        self.assertEqual(line["usual_per_s"], 0)
        self.assertGreater(line["oldest_s"] - line["youngest_s"], OPENING_S / 2)
        self.assertLess(line["duration_s"], 2)
        self.assertLessEqual(line["began"], line["time"])
        self.assertIn(f"{COUNT} connections to", line["summary"])

    def test_a_killed_server_is_one_line_beside_the_records(self):
        with Between(self.server) as relay:
            clients = self.opened(relay, OPENING_S)
            self.server.process.kill()
            self.end_of_all(relay, clients)
            relay.wait_for_records(1, "mass_close")
            self.assert_one_line(relay)

    def test_the_line_comes_at_a_stop_too(self):
        with Between(self.server) as relay:
            clients = self.opened(relay, OPENING_S)
            self.server.process.kill()
            self.end_of_all(relay, clients)
            relay.stop()
            self.assert_one_line(relay)

    def test_clients_that_came_and_left_together_are_none(self):
        with Between(self.server) as relay:
            clients = self.opened(relay, 0)
            for client in clients:
                client.send(frames.client_frame(frames.close_body(1000), opcode=frames.CLOSE))
                client.finish()
            self.end_of_all(relay, clients)
            relay.stop()
            self.assertEqual(relay.records("mass_close"), [])


if __name__ == "__main__":
    unittest.main()
