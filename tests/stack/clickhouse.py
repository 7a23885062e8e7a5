"""A real ClickHouse on loopback, started and stopped by a test. Debian's clickhouse-server."""

import pathlib
import re
import shutil
import subprocess
import tempfile
import urllib.error
import urllib.request

from support.proxy import ROOT, wait_until
from support.receiver import free_port

SQL = ROOT / "config/deploy/clickhouse"
CONFIG = """<?xml version="1.0"?>
<yandex>
  <logger><level>warning</level><log>{folder}/server.log</log><errorlog>{folder}/error.log</errorlog></logger>
  <http_port>{http}</http_port>
  <tcp_port>{tcp}</tcp_port>
  <listen_host>127.0.0.1</listen_host>
  <path>{folder}/data/</path>
  <tmp_path>{folder}/data/tmp/</tmp_path>
  <mark_cache_size>67108864</mark_cache_size>
  <timezone>UTC</timezone>
  <users_config>users.xml</users_config>
  <default_profile>default</default_profile>
  <default_database>default</default_database>
</yandex>
"""
USERS = """<?xml version="1.0"?>
<yandex>
  <profiles><default></default></profiles>
  <users><writer><password>fleet-password</password><networks><ip>127.0.0.1</ip></networks>
    <profile>default</profile><quota>default</quota></writer></users>
  <quotas><default></default></quotas>
</yandex>
"""
USER, PASSWORD = "writer", "fleet-password"


class ClickHouse:
    """Not running until start(); its data outlive stop(). A context manager."""

    def __init__(self):
        if not shutil.which("clickhouse-server"):
            raise FileNotFoundError("clickhouse-server: install Debian's package of that name")
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="lastframe-clickhouse-"))
        self.port = free_port()
        (self.folder / "data").mkdir()
        (self.folder / "users.xml").write_text(USERS)
        (self.folder / "config.xml").write_text(
            CONFIG.format(folder=self.folder, http=self.port, tcp=free_port()))
        self.process = None

    def start(self):
        self.process = subprocess.Popen(
            ["clickhouse-server", f"--config-file={self.folder}/config.xml"], cwd=self.folder,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_until(self._answers, "ClickHouse to answer", 120)

    def _answers(self):
        if self.process.poll() is not None:
            raise AssertionError((self.folder / "error.log").read_text())
        try:
            return self.query("SELECT 1") == "1\n"
        except OSError:
            return False

    def stop(self):
        self.process.terminate()
        self.process.wait(120)
        self.process = None

    def query(self, text):
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/", data=text.encode(),
            headers={"X-ClickHouse-User": USER, "X-ClickHouse-Key": PASSWORD})
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.read().decode()
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{error.read().decode()}\n{text}") from error

    def create_tables(self):
        text = re.sub(r"--[^\n]*", "", (SQL / "schema.sql").read_text())
        for statement in text.split(";"):
            if statement.strip():
                self.query(statement)

    def rows_of(self, name):
        """What the query of that file answers, as rows of text."""
        text = (SQL / "queries" / f"{name}.sql").read_text() + "\nFORMAT TabSeparated"
        rows = [line.split("\t") for line in self.query(text).splitlines()]
        return [[value.replace("\\'", "'").replace("\\\\", "\\") for value in row] for row in rows]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)
