"""The files of recordings: whose they are, which connections stand in them, when they are removed,
and what is left of them after a crash, on a full disk and in a copy that was cut off.
"""

import contextlib
import os
import random
import shutil
import stat
import subprocess
import tempfile
import threading
import unittest

from support.frames import client_frame, close_from, server_frame, upgrade_request
from support.proxy import BINARY, wait_until
from support.recordings import END, MAGIC, RECORD, START, RecordingTest, analyze, blocks_of, without

KIB = 1024
CLEAN = (("client", close_from("client", 1000)), ("server", close_from("server", 1000)))


class Sessions(RecordingTest):

    def session(self, relay, *turns):
        """Ends with two FINs; its log line."""
        client, server = self.opened(relay)
        name = client.name
        self.turns(client, server, turns)
        self.fins(client, server)
        return relay.record_of(name)

    def sessions_in(self, relay, *arguments):
        """Of all files, as analyze names them."""
        return set(analyze(*self.files(relay), arguments=("--json", *arguments)).by_session())


class Folder(Sessions):

    def test_only_the_owner_may_read(self):
        with self.relay("of: [all]", preexec=lambda: os.umask(0)) as relay:
            self.session(relay, *CLEAN)
            self.wait_for_ends(relay, 1)
            path, = self.files(relay)
            self.assertEqual(stat.S_IMODE(relay.captures.stat().st_mode), 0o700)
            self.assertEqual(stat.S_IMODE(path.stat().st_mode), 0o600)

    def test_by_default_what_went_well_is_not_written(self):
        with self.relay() as relay:
            self.session(relay, *CLEAN)
            abnormal = self.session(relay)
            self.session(relay, ("client", close_from("client", 1001)),
                         ("server", close_from("server", 1001)))
            violation = self.session(relay, ("client", client_frame(b"bare", mask=None)), *CLEAN)
            self.wait_for_ends(relay, 2)
            self.assertEqual(self.sessions_in(relay),
                             {abnormal["session"], violation["session"]})

    def test_a_cause_that_was_chosen_is_written(self):
        with self.relay("of: [violations]") as relay:
            cause = self.session(relay, *CLEAN)["cause"]["id"]
        with self.relay(f"of: [violations], causes: [{cause}]") as relay:
            self.session(relay)  # no Close: abnormal, and not asked for
            wanted = self.session(relay, *CLEAN)
            self.wait_for_ends(relay, 1)
            self.assertEqual(self.sessions_in(relay), {wanted["session"]})

    def test_all_and_a_sample_of_all(self):
        for keys in ("of: [all]", "of: [violations], sample: 100%"):
            with self.subTest(keys), self.relay(keys) as relay:
                sessions = {self.session(relay, *CLEAN)["session"] for _ in range(5)}
                self.wait_for_ends(relay, 5)
                self.assertEqual(self.sessions_in(relay), sessions)

    def test_the_flag_is_enough(self):
        with tempfile.TemporaryDirectory() as folder:
            with self.relay(arguments=["--capture", f"{folder}/flag"]) as relay:
                self.session(relay)
                wait_until(lambda: os.path.isdir(f"{folder}/flag")
                           and os.listdir(f"{folder}/flag"), "a file in the flag's folder")
                self.assertFalse(relay.captures.exists())

    def test_a_folder_that_cannot_be_is_said_at_the_start(self):
        with tempfile.NamedTemporaryFile() as file:
            done = subprocess.run(
                [str(BINARY), "proxy", "--listen", "127.0.0.1:0", "--upstream", "ws://127.0.0.1:9",
                 "--capture", file.name], capture_output=True, text=True, timeout=30, check=False)
        self.assertEqual(done.returncode, 2, done.stderr)
        self.assertIn(f"capture: folder: {file.name}", done.stderr)

    def test_files_are_of_the_size_and_the_oldest_go(self):
        keys = "of: [all], payload: true, size: 256KiB, file_size: 64KiB, keep: 1MiB"
        with self.relay(keys) as relay:
            blob = os.urandom(60 * KIB)
            names = [self.session(relay, ("client", client_frame(blob, opcode=2)),
                                  *CLEAN)["session"] for _ in range(40)]
            wait_until(lambda: names[-1] in self.sessions_in(relay), "the last session")
            files = self.files(relay)
            sizes = [path.stat().st_size for path in files]
            # A file ends with the connection that fills it.
            self.assertLess(max(sizes), 64 * KIB + 70 * KIB)
            self.assertLessEqual(sum(sizes), 1024 * KIB + 70 * KIB)
            self.assertGreater(sum(sizes), 512 * KIB)
            kept = self.sessions_in(relay)
        self.assertEqual(kept, set(names[-len(kept):]))  # the newest, without a gap
        self.assertLess(len(kept), 25)


class Damage(Sessions):

    def killed(self, count):
        """The files of a proxy that was killed while it wrote, and the log of what had ended."""
        relay = self.relay("of: [all], payload: true, size: 256KiB")
        relay.__enter__()
        try:
            for number in range(count):
                self.session(relay, ("client", client_frame(os.urandom(20 * KIB), opcode=2)),
                             *CLEAN)
            client, server = self.opened(relay)
            self.turns(client, server, [("client", client_frame(b"still open"))])
        finally:
            relay.process.kill()
            relay.wait()
        relay.process.stderr.close()
        self.addCleanup(shutil.rmtree, relay.folder)
        return self.files(relay), relay.records()

    def test_what_was_written_before_a_kill_is_read(self):
        files, log = self.killed(20)
        said = analyze(*files)
        self.assertEqual(said.code, 0, said.errors)
        found = said.by_session()
        known = {line["session"]: line for line in log}
        # The log comes first; the last of it may not have reached the disk as a recording.
        self.assertLessEqual(set(found), set(known))
        self.assertGreaterEqual(len(found), len(log) - 3)
        for session, line in found.items():
            self.assertEqual(line, known[session])

    def test_a_kill_in_the_middle_of_writing(self):
        relay = self.relay("payload: true", rest="tap: {name: before, digests: true}")
        relay.__enter__()
        self.addCleanup(shutil.rmtree, relay.folder)
        try:
            ended = self.session(relay, *CLEAN)
            client, server = self.opened(relay)
            noise = client_frame(os.urandom(40 * KIB), opcode=2)
            streams = [threading.Thread(target=work, daemon=True) for work in (
                lambda: self.until_over(lambda: client.send(noise)),
                lambda: self.until_over(lambda: server.receive(len(noise))))]
            for stream in streams:
                stream.start()
            wait_until(lambda: sum(path.stat().st_size for path in self.files(relay)) > 1 << 22,
                       "four megabytes of recording")
        finally:
            relay.process.kill()
            relay.wait()
            relay.process.stderr.close()
        for stream in streams:
            stream.join(30)
        said = analyze(*self.files(relay))
        self.assertEqual((said.code, said.lines), (0, [ended]), said.errors)
        self.assertIn("1 still open at the end", said.errors)
        frames = analyze(*self.files(relay), arguments=("--json", "--log-level", "frames")).lines
        self.assertGreater(sum(line["event"] == "frame" for line in frames), 90)

    def until_over(self, step):
        with contextlib.suppress(OSError, AssertionError):
            while True:
                step()

    def test_what_was_open_at_the_stop_is_recorded_with_its_end(self):
        relay = self.relay("of: [abnormal]")
        with tempfile.TemporaryDirectory() as folder, relay:
            client, server = self.opened(relay)
            self.turns(client, server, [("client", client_frame(b"not yet over"))])
            self.assertEqual(relay.stop(), 0)
            line, = relay.records()
            copies = [shutil.copy(path, folder) for path in self.files(relay)]
            said = analyze(*copies)
        self.assertEqual(line["close"]["ending"], "proxy_shutdown")
        self.assertEqual((said.code, said.lines), (0, [line]), said.errors)
        self.assertNotIn("still open", said.errors)

    def test_a_server_that_cannot_be_reached_is_recorded(self):
        with self.relay("payload: true") as relay:
            self.listener.close()
            client = relay.dial()
            self.addCleanup(client.close)
            name = client.name
            client.send(upgrade_request())
            client.receive_to_end()
            line = relay.record_of(name)
            self.wait_for_ends(relay, 1)
            data = self.recording(relay)
        self.assertEqual(line["event"], "connect_failed")
        self.assertEqual(analyze("-", data=data).lines, [line])
        self.assertEqual(analyze("-", data=without(data, RECORD)).lines, [line])

    def test_a_file_that_was_cut_anywhere_is_read_up_to_there(self):
        files, log = self.killed(6)
        data = files[0].read_bytes()
        known = {line["session"]: line for line in log}
        chosen = random.Random(7)
        for at in sorted({*range(8, 40), *(chosen.randrange(40, len(data)) for _ in range(30))}):
            with self.subTest(at=at):
                said = analyze("-", data=data[:at])
                whole = blocks_of(data[:at])
                ended = sum(kind == END for kind, _, _ in whole)
                started = sum(kind == START for kind, _, _ in whole)
                self.assertEqual(said.code, 0, said.errors)
                self.assertEqual(len(said.lines), ended)
                for session, line in said.by_session().items():
                    self.assertEqual(line, known[session])
                is_cut = len(MAGIC) + sum(len(all_of) for _, _, all_of in whole) < at
                self.assertEqual("ends within a block" in said.errors, is_cut, said.errors)
                if started > ended:
                    self.assertIn("1 still open at the end", said.errors)

    def test_damage_is_said_and_the_rest_is_read(self):
        files, log = self.killed(6)
        data = files[0].read_bytes()
        chosen = random.Random(11)
        for _ in range(20):
            at = chosen.randrange(len(MAGIC), len(data) - 200)
            with self.subTest(at=at):
                damaged = bytearray(data)
                damaged[at] ^= 0x5A
                said = analyze("-", data=bytes(damaged))
                self.assertIn(said.code, (0, 1))
                self.assertRegex(said.errors, r"\d[\d ,]* bytes of the recording are damaged")
                self.assertGreaterEqual(len(said.lines), len(log) - 2)

    def test_noise_behind_the_magic(self):
        said = analyze("-", data=MAGIC + random.Random(3).randbytes(300_000))
        self.assertEqual((said.code, said.output), (0, ""))
        self.assertIn("damaged", said.errors)

    def test_a_full_disk_is_said_once_and_the_relay_goes_on(self):
        folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, folder)
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "none", folder],
                                 capture_output=True, text=True, check=False)
        if mounted.returncode != 0:
            self.skipTest(f"no file system of its own: {mounted.stderr.strip()}")
        try:
            with self.relay("of: [all], payload: true, size: 256KiB",
                            arguments=["--capture", folder]) as relay:
                blob = client_frame(os.urandom(30 * KIB), opcode=2)
                lines = [self.session(relay, ("client", blob), *CLEAN) for _ in range(12)]
                self.assertEqual({line["close"]["code"] for line in lines}, {1000})
                relay.wait_for_diagnostic("No space left on device")
                log = {line["session"]: line for line in relay.records()}
                os.listdir(folder)
            said = [line for line in relay.diagnostics if "No space left" in line]
            self.assertEqual(len(said), 1, relay.diagnostics)
            files = [f"{folder}/{name}" for name in sorted(os.listdir(folder))]
            # Whole connections only, and no trail of files that begin and hold nothing.
            self.assertEqual(len(files), 1, files)
            with open(files[0], "rb") as file:
                data = file.read()
            self.assertEqual(sum(len(whole) for _, _, whole in blocks_of(data)) + 8, len(data))
            found = analyze(*files).by_session()
            self.assertGreaterEqual(len(found), 1)
            self.assertLess(len(found), 4)
            for session, line in found.items():
                self.assertEqual(line, log[session])
        finally:
            subprocess.run(["umount", folder], check=True)


class Reading(Sessions):

    def test_many_files_a_pipe_and_a_log_are_read_alike(self):
        with self.relay("of: [all]") as relay:
            for _ in range(3):
                self.session(relay, *CLEAN)
            self.wait_for_ends(relay, 3)
            path, = self.files(relay)
            by_name = analyze(path)
            piped = analyze("-", data=path.read_bytes())
            of_log = analyze(relay.log_path)
            self.assertEqual(piped.lines, by_name.lines)
            self.assertEqual(of_log.by_session(), by_name.by_session())
            self.assertEqual(len(analyze(path, relay.log_path).lines), 6)

    def test_a_file_may_grow_while_it_is_read(self):
        with self.relay("of: [all]") as relay:
            for count in (1, 2, 3):
                self.session(relay, *CLEAN)
                self.wait_for_ends(relay, count)
                said = analyze(*self.files(relay))
                self.assertEqual((said.code, len(said.lines)), (0, count), said.errors)
                self.assertNotIn("lastframe:", said.errors)

    def test_what_cannot_be_read_is_said(self):
        with tempfile.TemporaryDirectory() as folder:
            image = f"{folder}/picture.png"
            with open(image, "wb") as file:
                file.write(b"\x89PNG\r\n\x1a\n" + bytes(500))
            for path, words in ((image, "this is none of the files that can be analyzed"),
                                (f"{folder}/missing.lfr", "No such file or directory"),
                                (folder, "Is a directory")):
                with self.subTest(words):
                    said = analyze(path)
                    self.assertEqual((said.code, said.output), (2, ""))
                    self.assertIn(words, said.errors)
                    self.assertIn(path, said.errors)


class Taps(Sessions):
    FRAMES = 10_000

    def test_a_tap_records_whole_connections_while_they_run(self):
        with self.relay(rest="tap: {name: before, digests: true}") as relay:
            client, server = self.opened(relay)
            name = client.name
            messages = [b"private %d " % number + b"x" * (number % 90)
                        for number in range(self.FRAMES // 2)]
            half = len(messages) // 2
            self.exchange(client, server, messages[:half])
            # Frames that wait are handed out with a later one, at the latest after a second.
            def is_growing():
                self.exchange(client, server, [b"again"])
                self.extra += 1
                return sum(path.stat().st_size for path in self.files(relay)) > 50 * half
            self.extra = 0
            wait_until(is_growing, "a file that grows while the connection runs")
            self.assertFalse(relay.has_record_of(name))
            self.exchange(client, server, messages[half:])
            self.turns(client, server, CLEAN)
            self.fins(client, server)
            line = relay.record_of(name)
            self.wait_for_ends(relay, 1)
            path, = self.files(relay)
            data = path.read_bytes()
            frames = [each for each in analyze(path, arguments=(
                "--json", "--log-level", "frames")).lines if each["event"] == "frame"]
            record, = analyze(path).lines
        self.assertEqual(line["tap"], "before")
        self.assertEqual(record, line)  # clean, and written nevertheless
        sent = {side: line["traffic"][side]["frames"] for side in line["traffic"]}
        self.assertEqual(sent, dict.fromkeys(sent, half * 2 + self.extra + 1))
        self.assertEqual(len(frames), sum(sent.values()))
        self.assertNotIn(b"private", data)
        # Beside a header of six bytes, or of two, stands a digest of eight.
        headers = 6 * sent["client_to_server"] + 2 * sent["server_to_client"]
        self.assertGreater(len(data), headers + 8 * sum(sent.values()))

    def exchange(self, client, server, messages):
        up = b"".join(map(client_frame, messages))
        down = b"".join(map(server_frame, messages))
        client.send_in_background(up)
        server.expect(up)
        server.send_in_background(down)
        client.expect(down)

    def test_without_digests_payload_is_nowhere_either(self):
        with self.relay("of: [all]", rest="tap: {name: behind}") as relay:
            line = self.session(relay, ("client", client_frame(b"quite private")), *CLEAN)
            self.wait_for_ends(relay, 1)
            data = self.recording(relay)
        self.assertEqual(line["tap"], "behind")
        self.assertNotIn(b"quite private", data)


if __name__ == "__main__":
    unittest.main()
