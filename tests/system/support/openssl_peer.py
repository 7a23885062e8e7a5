"""`openssl s_client` and `s_server` as peers: what they are given, and what they say."""

import subprocess
import threading

from support.proxy import wait_until


class OpensslPeer:
    """`errors`: where standard error goes, as subprocess has it."""

    def __init__(self, *arguments, errors=subprocess.STDOUT):
        self.process = subprocess.Popen(["openssl", *map(str, arguments)], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=errors)
        self.seen = b""
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self):
        while part := self.process.stdout.read1(1 << 16):
            self.seen += part

    def say(self, data):
        self.process.stdin.write(data)
        self.process.stdin.flush()

    def command(self, line):
        self.say(line + b"\n")

    def wait_for(self, text):
        wait_until(lambda: text in self.seen, f"{text!r} of openssl: {self.seen[-500:]!r}")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self._reader.join()
        self.process.stdin.close()
        self.process.stdout.close()
