"""The Debian package on a machine that runs systemd: installed, run, reloaded, killed, upgraded, purged.

One machine, one story: the steps run in the order of their names.
"""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(1, str(pathlib.Path(__file__).resolve().parents[1] / "system"))
from containers import ROOT, build, engine, needs_podman
from support.proxy import wait_until
from support.raw_peers import Listener, Peer
from support.sessions import assert_relays, upgraded

PACKAGES = sorted((ROOT / "build/package").glob("lastframe_*.deb"))
SETTINGS = """listeners:
  - {name: chat, listen: "127.0.0.1:0", upstream: "UPSTREAM"}
log: {file: "-", format: json}
drain_timeout: 60s
"""


def newer(package, folder):
    """The same package under a higher version."""
    tree = folder / "tree"
    subprocess.run(["dpkg-deb", "-R", str(package), str(tree)], check=True)
    control = tree / "DEBIAN/control"
    control.write_text(re.sub(r"^Version: .*$", "Version: 99.0-1", control.read_text(), flags=re.MULTILINE))
    subprocess.run(["dpkg-deb", "--root-owner-group", "-b", str(tree), str(folder / "newer.deb")], check=True,
                   stdout=subprocess.DEVNULL)


@needs_podman
@unittest.skipUnless(PACKAGES, "there is no package: ./dev package builds it")
class Package(unittest.TestCase):

    @classmethod
    def setUpClass(cls):
        cls.name = f"lastframe-stack-{os.getpid()}-package"
        with tempfile.TemporaryDirectory() as folder:
            folder = pathlib.Path(folder)
            shutil.copy(PACKAGES[-1], folder / "lastframe.deb")
            shutil.copy(ROOT / "tests/stack/systemd/Dockerfile", folder)
            image = build("localhost/lastframe-systemd:stack", folder)
            cls.addClassCleanup(engine, "rm", "-f", "-t", "2", cls.name, check=False)
            engine("run", "-d", "--name", cls.name, "--network=host", "--systemd=always", "--privileged", image)
            newer(PACKAGES[-1], folder)
            engine("cp", str(folder / "newer.deb"), f"{cls.name}:/package/newer.deb")
        wait_until(lambda: cls.inside("systemctl", "is-system-running", check=False) in ("running", "degraded"),
                   "systemd having started", 60)
        cls.server = Listener()
        cls.addClassCleanup(cls.server.close)
        cls.settings = SETTINGS.replace("UPSTREAM", cls.server.upstream)

    @classmethod
    def inside(cls, *command, check=True, text=None):
        done = engine("exec", "-i", cls.name, *command, check=check, input=text or "")
        return (done.stdout + done.stderr).strip()

    @classmethod
    def write(cls, path, text):
        cls.inside("sh", "-c", f"cat > {path}", text=text)

    def shown(self, key):
        return self.inside("systemctl", "show", "-P", key, "lastframe")

    def journal(self):
        return self.inside("journalctl", "-u", "lastframe", "-o", "cat", "--no-pager")

    def port(self):
        """The port of the last start."""
        found = wait_until(lambda: re.findall(r"^listening chat 127\.0\.0\.1:(\d+)$", self.journal(), re.MULTILINE),
                           "the ready line in the journal")
        return int(found[-1])

    def session(self):
        return upgraded(self, Peer.connect(("127.0.0.1", self.port())), self.server)

    def test_1_it_installs_and_starts_nothing_by_itself(self):
        self.inside("dpkg", "-i", "/package/lastframe.deb")
        self.assertEqual(self.inside("systemctl", "is-enabled", "lastframe", check=False), "disabled")
        self.assertEqual(self.inside("systemctl", "is-active", "lastframe", check=False), "inactive")
        self.assertIn("lastframe", self.inside("id", "lastframe"))
        self.assertEqual(self.inside("stat", "-c", "%U:%G %a", "/etc/lastframe"), "root:lastframe 750")
        self.assertIn("no mistakes", self.inside("lastframe", "check-config", "/etc/lastframe/lastframe.yaml"))
        self.assertEqual(self.inside("sh", "-c", "logrotate -d /etc/logrotate.d/lastframe 2>&1 | grep -c '^error' || true"),
                         "0")

    def test_2_it_starts_sandboxed_and_says_when_it_is_ready(self):
        self.write("/etc/lastframe/lastframe.yaml", self.settings)
        self.inside("systemctl", "enable", "--now", "lastframe")
        self.assertEqual(self.shown("ActiveState"), "active")
        self.assertRegex(self.shown("StatusText"), r"^relaying: 0 open")
        status = self.inside("cat", f"/proc/{self.shown('MainPID')}/status")
        self.assertRegex(status, r"(?m)^NoNewPrivs:\s+1$")
        self.assertRegex(status, r"(?m)^Seccomp:\s+2$")
        self.assertRegex(status, r"(?m)^CapBnd:\s+0000000000000400$")  # CAP_NET_BIND_SERVICE
        self.assertRegex(status, r"(?m)^Uid:\s+[1-9]\d*\s")
        assert_relays(*self.session())

    def test_3_a_reload_keeps_connections_and_one_with_mistakes_fails(self):
        pid = self.shown("MainPID")
        open_one = self.session()
        self.write("/etc/lastframe/lastframe.yaml", "listeners: nonsense\n")
        said = self.inside("systemctl", "reload", "lastframe", check=False)
        self.assertIn("failed", said)
        self.assertIn("lastframe.yaml:1: listeners", self.journal())
        assert_relays(*open_one)
        self.write("/etc/lastframe/lastframe.yaml", self.settings + "workers: 1\n")
        self.inside("systemctl", "reload", "lastframe")
        wait_until(lambda: "\nreloaded" in self.journal(), "the reload")
        self.assertEqual(self.shown("MainPID"), pid)
        assert_relays(*open_one)
        assert_relays(*self.session())

    def test_4_it_is_started_again_when_it_is_killed(self):
        before = self.shown("MainPID")
        self.inside("systemctl", "kill", "--signal=KILL", "--kill-who=main", "lastframe")
        wait_until(lambda: self.shown("ActiveState") == "active" and self.shown("MainPID") not in (before, "0"),
                   "another process")
        self.assertEqual(self.shown("NRestarts"), "1")
        wait_until(lambda: len(re.findall(r"(?m)^listening chat ", self.journal())) >= 2, "its ready line")
        assert_relays(*self.session())

    def test_5_an_upgrade_drains_and_keeps_the_settings(self):
        before = self.shown("MainPID")
        self.inside("dpkg", "--force-confold", "-i", "/package/newer.deb")
        self.assertEqual(self.inside("dpkg-query", "-W", "-f", "${Version}", "lastframe"), "99.0-1")
        self.assertEqual(self.shown("ActiveState"), "active")
        self.assertNotEqual(self.shown("MainPID"), before)
        self.assertIn("workers: 1", self.inside("cat", "/etc/lastframe/lastframe.yaml"))
        wait_until(lambda: len(re.findall(r"(?m)^listening chat ", self.journal())) >= 3, "its ready line")
        assert_relays(*self.session())

    def test_6_a_stop_drains(self):
        client, server = self.session()
        self.inside("systemctl", "--no-block", "stop", "lastframe")
        wait_until(lambda: "draining: 1 open" in self.shown("StatusText"), "the drain")
        self.assertEqual(self.shown("ActiveState"), "deactivating")
        assert_relays(client, server)
        client.finish()
        server.expect_fin()
        server.finish()
        client.expect_fin()
        wait_until(lambda: self.shown("ActiveState") == "inactive", "the end")
        self.assertEqual(self.shown("ExecMainStatus"), "0")
        self.assertIn('"event":"session_end"', self.journal())

    def test_7_a_port_in_use_is_not_tried_again(self):
        taken = self.server.upstream.removeprefix("ws://")
        self.write("/etc/lastframe/lastframe.yaml", self.settings.replace("127.0.0.1:0", taken)
                   .replace(f'upstream: "ws://{taken}"', 'upstream: "ws://127.0.0.1:9"'))
        self.inside("systemctl", "start", "lastframe", check=False)
        self.assertEqual(self.shown("Result"), "exit-code")
        self.assertEqual(self.shown("ExecMainStatus"), "2")
        self.assertIn("Address already in use", self.journal())

    def test_8_a_removal_keeps_the_settings_and_a_purge_does_not(self):
        self.write("/etc/lastframe/lastframe.yaml", self.settings)
        self.inside("systemctl", "reset-failed", "lastframe", check=False)
        self.inside("systemctl", "start", "lastframe")
        self.inside("dpkg", "-r", "lastframe")
        running = self.inside("sh", "-c", "ls -l /proc/[0-9]*/exe 2>/dev/null | grep -c /usr/bin/lastframe || true")
        self.assertEqual(running, "0")
        self.inside("test", "-e", "/etc/lastframe/lastframe.yaml")
        self.inside("dpkg", "--purge", "lastframe")
        for path in ("/etc/lastframe", "/var/log/lastframe", "/var/lib/lastframe",
                     "/etc/systemd/system/multi-user.target.wants/lastframe.service"):
            self.assertEqual(self.inside("sh", "-c", f"ls -d {path} 2>/dev/null || true"), "", path)


if __name__ == "__main__":
    unittest.main()
