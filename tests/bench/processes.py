"""Starts the benchmark's processes on one core, and ends those that it started, by their ids."""

import ctypes
import os
import pathlib
import resource
import signal
import subprocess
import time

PATIENCE_S = 30
PR_SET_PDEATHSIG = 1
LIBC = ctypes.CDLL(None, use_errno=True)


class Failure(Exception):
    """A process did not do what it was started for; the text says which and what it printed."""


def raise_open_file_limit():
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard


class Process:
    """A child on `core`. Its output goes to files in `folder`, except for piped standard output.

    It lives in a process group of its own, so that Ctrl-C reaches only the parent, which then
    stops it; should the parent be killed, the kernel kills the child.
    """

    def __init__(self, name, command, folder, core, *, pipes=False, environment=None):
        self.name = name
        self.error_path = pathlib.Path(folder) / f"{name}.stderr"
        parent = os.getpid()

        def prepare():
            LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
            if os.getppid() != parent:
                os._exit(1)
            os.sched_setaffinity(0, {core})

        with open(self.error_path, "wb") as errors:
            self.child = subprocess.Popen(
                [str(part) for part in command], cwd=folder, stderr=errors, preexec_fn=prepare,
                stdin=subprocess.PIPE if pipes else subprocess.DEVNULL,
                stdout=subprocess.PIPE if pipes else errors, text=True, process_group=0,
                env={**os.environ, **(environment or {})})
        self.pid = self.child.pid

    def diagnostics(self):
        return self.error_path.read_text(errors="replace")

    def wait_until(self, condition, what):
        deadline = time.monotonic() + PATIENCE_S
        while not condition():
            if self.child.poll() is not None:
                raise Failure(f"{self.name} exited with {self.child.returncode} before {what}:\n"
                              + self.diagnostics()[-2000:])
            if time.monotonic() > deadline:
                raise Failure(f"{self.name}: {what} was not seen within {PATIENCE_S} s:\n"
                              + self.diagnostics()[-2000:])
            time.sleep(0.02)

    def cpu_ns(self):
        """Nanoseconds on a CPU, all threads; exact while it sleeps."""
        total = 0
        for task in pathlib.Path(f"/proc/{self.pid}/task").iterdir():
            try:
                total += int((task / "schedstat").read_text().split()[0])
            except OSError:
                continue  # the thread ended between the listing and the reading
        return total

    def resident_bytes(self):
        for line in pathlib.Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) * 1024
        raise Failure(f"{self.name}: no VmRSS; has it ended?")

    def stop(self):
        """SIGTERM, a second one for those that drain at the first, then SIGKILL."""
        for number in (signal.SIGTERM, signal.SIGTERM, signal.SIGKILL):
            if self.child.poll() is not None:
                break
            self.child.send_signal(number)
            try:
                self.child.wait(3)
            except subprocess.TimeoutExpired:
                continue
        for pipe in (self.child.stdin, self.child.stdout):
            if pipe:
                pipe.close()
        return self.child.wait()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()
