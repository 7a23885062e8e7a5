"""The container image: built from the Dockerfile, run as docs/deploy.md says, and stopped."""

import os
import pathlib
import re
import sys
import threading
import unittest

sys.path.insert(1, str(pathlib.Path(__file__).resolve().parents[1] / "system"))
from containers import engine, inspected, lastframe_image, needs_containers, start, IS_PODMAN
from support.proxy import wait_until
from support.raw_peers import Listener, Peer
from support.sessions import assert_relays, end_in_order, upgraded

LOCKED_DOWN = ("--read-only", "--cap-drop=ALL", "--security-opt=no-new-privileges")
NO_TIMER = ("--no-healthcheck",)  # health is asked for by the tests


@needs_containers
class Image(unittest.TestCase):

    @classmethod
    def setUpClass(cls):
        cls.image = lastframe_image()

    def name(self):
        name = f"lastframe-stack-{os.getpid()}-{self._testMethodName[5:25]}"
        self.addCleanup(engine, "rm", "-f", name, check=False)
        return name

    def test_it_says_what_it_is_and_is_not_root(self):
        config = inspected("image", self.image)["Config"]
        self.assertEqual(config["User"], "10001:10001")
        self.assertEqual(config["Entrypoint"], ["lastframe"])
        self.assertEqual(config["StopSignal"], "SIGTERM")
        labels = config["Labels"]
        for key in ("title", "description", "version", "revision", "created", "licenses"):
            self.assertTrue(labels.get(f"org.opencontainers.image.{key}"), key)

    def test_it_is_small(self):
        size = inspected("image", self.image)["Size"]
        self.assertLess(size, 130_000_000)

    def test_it_has_no_compiler_and_no_curl(self):
        for tool in ("g++", "cmake", "curl", "wget", "python3"):
            done = engine("run", "--rm", *NO_TIMER, "--network=none", "--entrypoint=/bin/sh", self.image, "-c",
                          f"command -v {tool}", check=False)
            self.assertNotEqual(done.returncode, 0, tool)

    def test_with_its_own_settings_it_is_healthy_and_ready(self):
        name = self.name()
        engine("run", "-d", "--name", name, "--network=none", "--health-interval=disable" if IS_PODMAN
               else "--health-interval=1s", *LOCKED_DOWN, self.image)
        wait_until(lambda: engine("exec", name, "lastframe", "health", "--ready", check=False).returncode == 0,
                   "the proxy being ready")
        if IS_PODMAN:
            engine("healthcheck", "run", name)
        else:
            wait_until(lambda: inspected("container", name)["State"]["Health"]["Status"] == "healthy",
                       "docker calling it healthy")
        engine("stop", "-t", "30", name)
        self.assertEqual(inspected("container", name)["State"]["ExitCode"], 0)

    def test_locked_down_it_relays_and_drains_on_sigterm(self):
        server = Listener()
        self.addCleanup(server.close)
        name = self.name()
        process = start("run", "--name", name, "--network=host", *NO_TIMER, *LOCKED_DOWN, self.image, "proxy",
                        "--listen", "127.0.0.1:0", "--upstream", server.upstream)
        self.addCleanup(process.kill)
        lines = []
        reader = threading.Thread(target=lambda: lines.extend(iter(process.stderr.readline, "")), daemon=True)
        reader.start()
        found = wait_until(lambda: re.search(r"^listening default 127\.0\.0\.1:(\d+)$", "".join(lines), re.MULTILINE),
                           "the ready line")
        client, peer = upgraded(self, Peer.connect(("127.0.0.1", int(found.group(1)))), server)
        engine("kill", "--signal=TERM", name)
        wait_until(lambda: "draining: no new connections; 1 open" in "".join(lines), "the drain")
        assert_relays(client, peer, b"still", b"relayed")
        end_in_order(client, peer)
        self.assertEqual(process.wait(30), 0)
        self.assertIn('"event":"session_end"', process.stdout.read())


if __name__ == "__main__":
    unittest.main()
