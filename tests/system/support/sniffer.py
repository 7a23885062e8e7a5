"""tcpdump on the loopback interface."""

import shutil
import subprocess

from support.proxy import PATIENCE_S


class Sniffer:
    """tcpdump on the loopback interface; `path` is complete once it is stopped."""

    def __init__(self, path, port, *options):
        self._process = subprocess.Popen(
            ["tcpdump", "-i", "lo", "-U", "--immediate-mode", "-B", "65536", *options, "-w", path, f"tcp port {port}"],
            stderr=subprocess.PIPE, text=True)
        self.begin = self._process.stderr.readline()
        while self.begin and "listening" not in self.begin:
            self.begin = self._process.stderr.readline()

    def stop(self):
        self._process.terminate()
        self._process.communicate(timeout=PATIENCE_S)


def may_sniff():
    if shutil.which("tcpdump") is None:
        return False
    done = subprocess.run(["tcpdump", "-i", "lo", "-L"], capture_output=True, text=True)
    return done.returncode == 0
