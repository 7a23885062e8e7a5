"""The process: how it starts, what it refuses to start with, and what it says then."""

import ctypes
import os
import pathlib
import re
import signal
import subprocess
import tempfile
import unittest

from support.between import between, configured, needs_proxy
from support.frames import upgrade_request, upgrade_response
from support.proxy import BINARY, PATIENCE_S
from support.raw_peers import Listener, Peer
from support.sessions import upgraded


def run(*arguments, preexec=None, stdin=""):
    """The finished process of a call that must end by itself."""
    return subprocess.run([str(BINARY), *arguments], capture_output=True, text=True, input=stdin,
                          timeout=PATIENCE_S, preexec_fn=preexec)


def without_file_privileges():
    """Root may write anywhere; these capabilities away, permissions count for it, too."""
    if os.geteuid() == 0:
        libc = ctypes.CDLL(None, use_errno=True)
        drop_from_bounding_set = 24  # PR_CAPBSET_DROP
        for capability in (1, 2):  # CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH
            if libc.prctl(drop_from_bounding_set, capability, 0, 0, 0):
                raise OSError(ctypes.get_errno(), "prctl")


@needs_proxy
class Start(unittest.TestCase):

    def setUp(self):
        self.server = Listener()
        self.addCleanup(self.server.close)

    def test_each_listener_has_a_ready_line_with_its_real_port_and_accepts(self):
        config = """\
listeners:
  - {name: one, listen: "127.0.0.1:0", upstream: "{upstream}"}
  - {name: two, listen: "[::1]:0", upstream: "{upstream}"}
  - {name: three, listen: "unix:FOLDER/three.sock", upstream: "{upstream}"}
"""
        with tempfile.TemporaryDirectory(prefix="lastframe-test-") as folder:
            with between(self.server, config=config.replace("FOLDER", folder)) as relay:
                self.assertRegex(relay.address("one"), r"^127\.0\.0\.1:[1-9]\d*$")
                self.assertRegex(relay.address("two"), r"^\[::1\]:[1-9]\d*$")
                self.assertEqual(relay.address("three"), f"unix:{folder}/three.sock")
                for name in ("one", "two", "three"):
                    with self.subTest(listener=name):
                        self.pass_a_byte(relay.dial(name))

    def pass_a_byte(self, client):
        self.addCleanup(client.close)
        server = self.server.accept()
        self.addCleanup(server.close)
        client.send(b"x")
        server.expect(b"x")

    def test_the_socket_accepts_when_the_ready_line_is_there(self):
        for _ in range(5):
            with between(self.server) as relay:
                self.pass_a_byte(relay.dial())

    def test_every_address_is_listened_on_without_a_host(self):
        with between(self.server, listen=":0") as relay:
            port = relay.port()
            self.pass_a_byte(Peer.connect(("127.0.0.1", port)))
            self.pass_a_byte(Peer.connect(("::1", port)))

    def test_a_unix_listener_in_front_of_a_unix_upstream_leaves_a_record(self):
        with tempfile.TemporaryDirectory(prefix="lastframe-test-") as folder, \
                Listener(unix=True) as service, \
                between(service, listen=f"unix:{folder}/front.sock") as relay:
            client, server = upgraded(self, relay.dial(), service)
            client.finish()
            server.expect_fin()
            server.finish()
            client.expect_fin()
            record = relay.record()
            self.assertEqual(record["server"], service.name)
            self.assertEqual(record["handshake"]["outcome"], "accepted")
            for side in ("client", "server"):
                self.assertIsNone((record["transport"][side] or {}).get("rtt_ms"))

    def test_records_go_to_standard_output_by_default_and_diagnostics_never(self):
        process = subprocess.Popen(
            [str(BINARY), "proxy", "--listen", "127.0.0.1:0", "--upstream", self.server.upstream],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.addCleanup(process.kill)
        ready = process.stderr.readline()
        port = int(re.match(r"^listening \S+ 127\.0\.0\.1:(\d+)$", ready).group(1))
        client = Peer.connect(("127.0.0.1", port))
        server = self.server.accept()
        client.send(upgrade_request())
        server.expect(upgrade_request())
        server.send(upgrade_response())
        client.expect(upgrade_response())
        client.close()
        server.close()
        self.assertRegex(process.stdout.readline(), r'^\{.*"event":\s*"session_end".*\}$')
        process.send_signal(signal.SIGTERM)
        rest, _ = process.communicate(timeout=PATIENCE_S)
        self.assertEqual(process.returncode, 0)
        self.assertEqual(rest, "")

    def test_sigint_stops_as_sigterm_does(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            with self.subTest(signal=number.name), between(self.server) as relay:
                relay.signal(number)
                self.assertEqual(relay.wait(), 0)

    def test_flags_override_the_file(self):
        """The file wants a text log that cannot be opened; the flags of every test want another."""
        config = configured(rest="workers: 2").replace(
            "log: {file: '{log}', format: json}",
            "log: {file: /nonexistent/log, format: text, level: frames}")
        with between(self.server, config=config, arguments=["--workers", "1"]) as relay:
            client = relay.dial()
            self.addCleanup(client.close)
            server = self.server.accept()
            self.addCleanup(server.close)
            client.send(upgrade_request())
            server.expect(upgrade_request())
            client.close()
            server.expect_fin()
            server.close()
            relay.wait_for_records(1, "handshake_failed")
            self.assertEqual(len(relay.records()), 1)

    def test_a_file_and_a_listener_by_flags_do_not_go_together(self):
        with tempfile.TemporaryDirectory(prefix="lastframe-test-") as folder:
            path = pathlib.Path(folder) / "lastframe.yaml"
            path.write_text(configured().replace("{upstream}", "ws://127.0.0.1:9")
                            .replace("{log}", "-"))
            done = run("proxy", "--config", str(path), "--listen", "127.0.0.1:0",
                       "--upstream", "ws://127.0.0.1:9")
            self.assertEqual(done.returncode, 2)
            self.assertIn("--listen", done.stderr)


@needs_proxy
class Refusals(unittest.TestCase):
    """Exit 2: bad usage, bad configuration, a start that is not possible."""

    LISTEN = ("--listen", "127.0.0.1:0")
    UPSTREAM = ("--upstream", "ws://127.0.0.1:9")

    def assert_refused(self, *arguments, says="", preexec=None):
        done = run(*arguments, preexec=preexec)
        self.assertEqual(done.returncode, 2, done.stderr)
        self.assertEqual(done.stdout, "")
        self.assertTrue(done.stderr.strip())
        self.assertIn(says, done.stderr)
        self.assertNotIn("listening ", done.stderr)

    def test_bad_usage(self):
        proxy = ("proxy", *self.LISTEN, *self.UPSTREAM)
        for arguments in (
                ("nonsense",), ("--nonsense",), ("proxy",), ("proxy", *self.LISTEN),
                ("proxy", *self.UPSTREAM), (*proxy, "--nonsense"), (*proxy, "stray"),
                (*proxy, "--log-level", "loud"), (*proxy, "--log-format", "xml"),
                (*proxy, "--workers", "many"), (*proxy, "--workers", "-1"), (*proxy, "--log"),
                (*proxy, "--lang", "tlh"), ("proxy", "--config"), ("check-config",)):
            with self.subTest(arguments=arguments):
                self.assert_refused(*arguments)

    def test_bad_addresses_are_named(self):
        for flag, value in (("--listen", "127.0.0.1"), ("--listen", "127.0.0.1:http"),
                            ("--listen", "127.0.0.1:65536"), ("--listen", "::1:8080"),
                            ("--listen", "unix:"), ("--upstream", "127.0.0.1:9000"),
                            ("--upstream", "http://127.0.0.1:9000"), ("--upstream", "ws://"),
                            ("--upstream", "ws://127.0.0.1:0x50"),
                            ("--upstream", "ws://user@127.0.0.1:9000")):
            other = self.UPSTREAM if flag == "--listen" else self.LISTEN
            with self.subTest(flag=flag, value=value):
                self.assert_refused("proxy", *other, flag, value, says=value)

    def test_a_path_in_an_upstream_is_refused_with_the_reason(self):
        done = run("proxy", *self.LISTEN, "--upstream", "ws://127.0.0.1:9000/chat")
        self.assertEqual(done.returncode, 2)
        self.assertRegex(done.stderr, r"(?i)path|target")
        self.assertIn("unchanged", done.stderr)

    def test_a_port_in_use(self):
        with Listener() as taken:
            self.assert_refused("proxy", "--listen", taken.name, *self.UPSTREAM, says=taken.name)

    def test_a_port_that_another_proxy_listens_on(self):
        """Sharing a port among workers must not let a second process join in unnoticed."""
        with Listener() as server, between(server) as first:
            self.assert_refused("proxy", "--listen", first.address(), *self.UPSTREAM,
                                says=first.address())

    def test_an_address_that_is_not_ours(self):
        self.assert_refused("proxy", "--listen", "192.0.2.1:0", *self.UPSTREAM, says="192.0.2.1")

    def test_a_socket_or_log_that_may_not_be_written(self):
        with tempfile.TemporaryDirectory(prefix="lastframe-test-") as folder:
            os.chmod(folder, 0o500)
            try:
                self.assert_refused("proxy", "--listen", f"unix:{folder}/front.sock",
                                    *self.UPSTREAM, preexec=without_file_privileges, says=folder)
                self.assert_refused("proxy", *self.LISTEN, *self.UPSTREAM, "--log",
                                    f"{folder}/log", preexec=without_file_privileges, says=folder)
            finally:
                os.chmod(folder, 0o700)

    def test_a_configuration_that_is_not_there(self):
        for command in (("proxy", "--config"), ("check-config",), ("check-config", "--config")):
            with self.subTest(command=command):
                done = run(*command, "/nonexistent/lastframe.yaml")
                self.assertEqual(done.returncode, 2)
                self.assertIn("/nonexistent/lastframe.yaml", done.stderr + done.stdout)

    def test_help_is_no_mistake_and_shows_an_example(self):
        for arguments in (("--help",), ("proxy", "--help"), ("check-config", "--help")):
            with self.subTest(arguments=arguments):
                done = run(*arguments)
                self.assertEqual(done.returncode, 0)
                self.assertIn("lastframe ", done.stdout)
        self.assertRegex(run("proxy", "--help").stdout, r"lastframe proxy .*--upstream ws://")


# Each line that is wrong is marked with the word that its message must name.
MISTAKES = """\
listeners:
  - name: chat
    listen: 127.0.0.1               # wrong: listen
    upstream: ws://10.0.0.7:9000/x  # wrong: upstream
  - name: chat                      # wrong: name
    listen: 127.0.0.1:0
    listen: 127.0.0.1:1             # wrong: listen
    upstream: ws://127.0.0.1:9000
    mode: sideways                  # wrong: mode
    on_connect_failure: cry         # wrong: on_connect_failure
    colour: red                     # wrong: colour
workers: 08                         # wrong: workers
drain_timeout: 25                   # wrong: drain_timeout
limits:
  pending_per_direction: 256kb      # wrong: pending_per_direction
  connections: [1]                  # wrong: connections
log: {file: "-", level: loud}       # wrong: level
privacy: yes                        # wrong: privacy
wrokers: 3                          # wrong: wrokers
"""


@needs_proxy
class CheckConfig(unittest.TestCase):

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="lastframe-test-")
        self.addCleanup(folder.cleanup)
        self.path = pathlib.Path(folder.name) / "lastframe.yaml"

    def mistakes(self, text, command):
        """(exit code, {line number: message}) of what is said about the file."""
        self.path.write_text(text)
        done = run(*command, str(self.path))
        found = {}
        for line in (done.stderr + done.stdout).splitlines():
            match = re.match(rf"^{re.escape(str(self.path))}:(\d+): (.+)$", line)
            if match:
                found.setdefault(int(match.group(1)), []).append(match.group(2))
        return done.returncode, found

    def test_a_good_file(self):
        text = configured("connect: first_byte", "keepalive: {idle: 60s, interval: 10s, probes: 6}",
                          "source_addresses: [127.0.0.2]",
                          "timeouts: {connect: 250ms, handshake: 5s, idle: 1h}",
                          "on_connect_failure: http_502", "mode: reverse",
                          rest="workers: auto\ndrain_timeout: 25s\n"
                               "limits: {connections: 100, pending_per_direction: 256KiB, "
                               "pending_total: 256MiB, watched_head: 64KiB}\ndns: {ttl: 30s}\n"
                               "privacy: {query_allow: [EIO, v], user: {header: X-User}, "
                               "trust_forwarded_from: [127.0.0.0/8]}")
        text = text.replace("{upstream}", "ws://127.0.0.1:9000").replace("{log}", "-")
        for command in (("check-config",), ("check-config", "--config")):
            with self.subTest(command=command):
                self.assertEqual(self.mistakes(text, command), (0, {}))

    def test_every_mistake_at_once_with_its_line_and_key(self):
        expected = {number: line.partition("# wrong: ")[2]
                    for number, line in enumerate(MISTAKES.splitlines(), 1) if "# wrong: " in line}
        for command in (("check-config",), ("proxy", "--config")):
            code, found = self.mistakes(MISTAKES, command)
            self.assertEqual(code, 2)
            for line, key in expected.items():
                with self.subTest(command=command[0], line=line, key=key):
                    self.assertIn(line, found)
                    message = found[line][0]
                    named = message.partition(": ")[0]
                    self.assertTrue(named.endswith(key), message)
                    self.assertIn("; ", message, "what would be right")
            self.assertEqual(set(found) - set(expected), set(), "lines that are right")

    def test_a_file_that_is_no_yaml_has_its_line(self):
        code, found = self.mistakes("listeners:\n  - name: chat\n   listen: {\n", ("check-config",))
        self.assertEqual(code, 2)
        self.assertTrue(found)

    def test_check_config_opens_nothing(self):
        with Listener() as taken:
            text = configured().replace("{upstream}", "ws://127.0.0.1:9").replace("{log}", "-")
            text = text.replace("127.0.0.1:0", taken.name)
            self.assertEqual(self.mistakes(text, ("check-config",)), (0, {}))


if __name__ == "__main__":
    unittest.main()
