"""Runs the real lastframe binary for a test: port 0, its ready lines, its session records.

The binary is $LASTFRAME (default build/release/proxy/lastframe below the project's root).
Tests wait for events (a line, a record, an exit), never for a length of time.
"""

import json
import os
import pathlib
import re
import resource
import shutil
import signal
import subprocess
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[3]
BINARY = pathlib.Path(os.environ.get("LASTFRAME", ROOT / "build/release/proxy/lastframe"))
PATIENCE_S = float(os.environ.get("LASTFRAME_TEST_PATIENCE", "30"))


class NotSeen(AssertionError):
    """What a test waited for did not come within its patience."""


def is_sanitized():
    """Whether the program carries a sanitizer, which has memory and time of its own."""
    program = BINARY.read_bytes()
    return any(mark in program for mark in (b"__asan_init", b"__tsan_init"))


def wait_until(condition, what, patience_s=PATIENCE_S):
    """The first true value of condition(); raises NotSeen(what) when it never comes."""
    deadline = time.monotonic() + patience_s
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise NotSeen(f"not seen within {patience_s:.0f} s: {what}")
        time.sleep(0.005)


class Proxy:
    """`lastframe proxy` in front of `upstream` ("ws://127.0.0.1:9000" or "unix:/path").

    With `config` (YAML text; `{log}` in it becomes the log's path) neither --listen nor --upstream
    is passed. `arguments` are appended. Use as a context manager: leaving it sends SIGTERM and
    fails when the proxy does not exit with 0, or when a sanitizer printed something.
    """

    def __init__(self, upstream=None, *, config=None, arguments=(), log_level="closes",
                 listen="127.0.0.1:0", stdout=None, log="file", environment=None, preexec=None):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="lastframe-test-"))
        self.log_path = self.folder / "records.jsonl"
        command = [str(BINARY), "proxy"]
        if config is not None:
            self.config_path = self.folder / "lastframe.yaml"
            self.config_path.write_text(config.replace("{log}", str(self.log_path)))
            command += ["--config", str(self.config_path)]
        else:
            command += ["--listen", listen, "--upstream", upstream]
        if log == "file":
            command += ["--log", str(self.log_path)]
        if log_level is not None:
            command += ["--log-level", log_level, "--log-format", "json"]
        command += list(arguments)
        self.diagnostics = []
        self.process = subprocess.Popen(
            command, stdout=stdout or subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
            env={**os.environ, **(environment or {})}, preexec_fn=preexec)
        self._reader = threading.Thread(target=self._read_diagnostics, daemon=True)
        self._reader.start()

    def _read_diagnostics(self):
        for line in self.process.stderr:
            self.diagnostics.append(line.rstrip("\n"))

    def wait_for_diagnostic(self, pattern, patience_s=PATIENCE_S):
        """The match of the first line on standard error in which `pattern` (a regex) is found."""
        def find():
            for line in list(self.diagnostics):
                match = re.search(pattern, line)
                if match:
                    return match
            if self.process.poll() is not None:
                self._reader.join(5)
                if not any(re.search(pattern, line) for line in self.diagnostics):
                    raise NotSeen(f"proxy exited with {self.process.returncode} before {pattern!r}:\n"
                                  + "\n".join(self.diagnostics))
            return None
        return wait_until(find, f"{pattern!r} on standard error: {self.diagnostics}", patience_s)

    def address(self, name=None):
        """The address text of the listener's ready line `listening NAME ADDR`."""
        return self.wait_for_diagnostic(rf"^listening {name or '[^ ]+'} (.+)$").group(1)

    def port(self, name=None):
        return int(self.address(name).rsplit(":", 1)[1])

    def records(self, event=None):
        """All complete records written so far, as dicts, oldest first."""
        if not self.log_path.exists():
            return []
        lines = self.log_path.read_text().split("\n")[:-1]
        records = [json.loads(line) for line in lines]
        return [r for r in records if event is None or r["event"] == event]

    def wait_for_records(self, count=1, event=None, patience_s=PATIENCE_S):
        def enough():
            found = self.records(event)
            return found if len(found) >= count else None
        return wait_until(enough, f"{count} records, event {event}; have {self.records()}", patience_s)

    def record(self, event="session_end"):
        """The one record of a test that makes one connection."""
        found = self.wait_for_records(1, event)
        assert len(found) == 1, found
        return found[0]

    def resident_bytes(self):
        """Of memory, as the kernel counts it."""
        with open(f"/proc/{self.process.pid}/statm", encoding="ascii") as statm:
            return int(statm.read().split()[1]) * resource.getpagesize()

    def signal(self, number):
        self.process.send_signal(number)

    def wait(self, patience_s=PATIENCE_S):
        code = self.process.wait(patience_s)
        self._reader.join(5)
        return code

    def stop(self, *, at_once=True):
        """SIGTERM (twice with at_once: no drain); the exit code."""
        if self.process.poll() is None:
            self.signal(signal.SIGTERM)
            if at_once:
                deadline = time.monotonic() + PATIENCE_S
                while self.process.poll() is None and time.monotonic() < deadline:
                    time.sleep(0.05)
                    if self.process.poll() is None:
                        self.signal(signal.SIGTERM)
        return self.wait()

    def __enter__(self):
        try:
            self.address()
        except BaseException:
            self.process.kill()
            raise
        return self

    def __exit__(self, kind, *_):
        try:
            code = self.stop()
        except BaseException:
            self.process.kill()
            raise
        finally:
            if kind is None:
                shutil.rmtree(self.folder, ignore_errors=True)
        if kind is None:
            text = "\n".join(self.diagnostics)
            assert code == 0, f"exit code {code}:\n{text}"
            for alarm in ("AddressSanitizer", "LeakSanitizer", "ThreadSanitizer", "runtime error:"):
                assert alarm not in text, text
