"""Three proxies, and a real ClickHouse that comes, goes and comes back: the counts are exact, and
each query of config/deploy/clickhouse/queries gives what Python works out from the records."""

import contextlib
import copy
import json
import pathlib
import socket
import subprocess
import sys
import tempfile
import unittest
import urllib.parse

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "system"))
from clickhouse import PASSWORD, SQL, USER, ClickHouse  # noqa: E402
from fleet_answers import ANSWERS  # noqa: E402
from support.proxy import BINARY, Proxy, wait_until  # noqa: E402
from support.receiver import free_port  # noqa: E402

INSERT = urllib.parse.quote("INSERT INTO lastframe.records FORMAT JSONEachRow")
INSTANCES = ("chat-1", "chat-2", "chat-3")
AWAY_S = 60


def demo_records():
    done = subprocess.run([BINARY, "demo", "--json"], capture_output=True, text=True, timeout=120,
                          check=True)
    records = [json.loads(line) for line in done.stdout.splitlines()]
    return [record for record in records if record["event"] != "summary"]


def fleet_records(demo, number):
    """The demo's records as if proxy `number` had seen them, among users, and some that no demo has
    the time for: idle time-outs, messages that are too large, a mass close."""
    records = copy.deepcopy(demo)
    for position, record in enumerate(records):
        record["session"] = f"{number:02x}{record['session'][2:]}"
        record["request"]["user"] = f"{position % 4:016x}" if position % 5 else None
    sample = next(r for r in records if r["event"] == "session_end" and r["close"]["clean"])
    for turn in range(4):
        timeout = copy.deepcopy(sample)
        timeout["session"] = f"{number:02x}{0xaaaa + turn:014x}"
        timeout["close"].update(code=1006, clean=False, initiator="server")
        timeout["cause"]["id"] = "idle_timeout"
        timeout["traffic"]["client_to_server"]["idle_s"] = 59.98 + turn / 100
        timeout["traffic"]["server_to_client"]["idle_s"] = 75.5 if turn else None
        large = copy.deepcopy(sample)
        large["session"] = f"{number:02x}{0xbbbb + turn:014x}"
        large["close"].update(code=1009, initiator="server" if turn else "client")
        large["traffic"]["client_to_server"]["bytes"] = 1_048_576 + 10 * turn + number
        records += [timeout, large]
    records.append({"event": "mass_close", "time": sample["time"], "listener": "demo",
                    "upstream": "10.0.0.7:9000", "mass_close": 1, "began": sample["time"],
                    "duration_s": 0.01, "closes": 40 + number, "usual_per_s": 0.05,
                    "youngest_s": 1.0, "oldest_s": 1804.3, "by_client": 0, "by_server": 40 + number,
                    "without_close": 40, "with_restart_code": 0, "summary": "many"})
    return records


def batch_id(lines):
    """FNV-1a with 64 bits, as proxy/sinks/batch.h has it."""
    value = 0xCBF29CE484222325
    for byte in "".join(line + "\n" for line in lines).encode():
        value = (value ^ byte) * 0x100000001B3 & 0xFFFFFFFFFFFFFFFF
    return f"{value:016x}"


class Fleet(unittest.TestCase):

    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="lastframe-fleet-")
        cls.addClassCleanup(folder.cleanup)
        cls.folder = pathlib.Path(folder.name)
        (cls.folder / "password").write_text(PASSWORD + "\n")
        cls.server = cls.enterClassContext(ClickHouse())
        cls.server.start()
        cls.server.create_tables()
        cls.server.stop()
        demo = demo_records()
        cls.records = []
        cls.proxies = []
        for number, instance in enumerate(INSTANCES, 1):
            records = fleet_records(demo, number)
            cls.spool(instance, records)
            cls.records += [{**record, "instance": instance} for record in records]
            cls.proxies.append(cls.enterClassContext(cls.proxy(instance)))
        cls.run_through()

    @classmethod
    def spool(cls, instance, records):
        """Lets them wait on disk, as a proxy leaves them whose receiver is away."""
        place = cls.folder / instance / "clickhouse"
        place.mkdir(parents=True)
        lines = [json.dumps(record, ensure_ascii=False) for record in records]
        for number in range(0, len(lines), 20):
            some = lines[number:number + 20]
            name = f"{number + 1:016}-{len(some)}-{batch_id(some)}.jsonl"
            (place / name).write_text("".join(line + "\n" for line in some))

    @classmethod
    def proxy(cls, instance):
        config = {
            "listeners": [{"name": "chat", "listen": "127.0.0.1:0",
                           "upstream": f"ws://127.0.0.1:{free_port()}"}],
            "log": {"file": "{log}", "format": "json", "http": [{
                "name": "clickhouse", "format": "clickhouse", "instance": instance,
                "url": f"http://127.0.0.1:{cls.server.port}/?query={INSERT}",
                "user": USER, "password_file": str(cls.folder / "password"),
                "batch": {"records": 10, "interval": "50ms"}, "timeout": "1m",
                "retry": {"first": "50ms", "most": "500ms"},
                "spool": {"folder": str(cls.folder / instance)}}]}}
        return Proxy(config=json.dumps(config), log_level=None)

    @classmethod
    def connect(cls, count):
        """`count` records more of each proxy: its upstream is not there."""
        for instance, proxy in zip(INSTANCES, cls.proxies):
            before = len(proxy.records())
            for _ in range(count):
                with contextlib.suppress(ConnectionResetError):
                    with socket.create_connection(("127.0.0.1", proxy.port()), 30) as client:
                        client.recv(1)
            fresh = proxy.wait_for_records(before + count)[before:]
            cls.records += [{**record, "instance": instance} for record in fresh]

    @classmethod
    def rows(cls, final=" FINAL"):
        return int(cls.server.query(f"SELECT count() FROM lastframe.records{final}"))

    @classmethod
    def wait_for_all(cls):
        wait_until(lambda: cls.rows() >= len(cls.records), f"{len(cls.records)} rows", AWAY_S)

    @classmethod
    def run_through(cls):
        cls.connect(20)
        for proxy in cls.proxies:
            proxy.wait_for_diagnostic("sink clickhouse: .*tried again")  # nobody is there
        cls.server.start()
        cls.wait_for_all()
        cls.by_minute = cls.server.rows_of("code_by_minute")
        cls.records_before = list(cls.records)
        cls.connect(20)
        cls.server.stop()
        cls.connect(20)
        cls.server.start()
        cls.connect(20)
        cls.wait_for_all()

    def test_none_is_lost_and_none_is_there_twice(self):
        self.assertEqual(self.rows(), len(self.records))
        listed = self.server.query("SELECT instance, session FROM lastframe.records FINAL "
                                   "FORMAT TabSeparated").splitlines()
        self.assertEqual(sorted(listed), sorted(
            f"{record['instance']}\t{record.get('session', '')}" for record in self.records))
        for proxy in self.proxies:
            self.assertFalse([line for line in proxy.diagnostics if "dropped" in line])

    def test_every_query_gives_the_right_answer(self):
        names = sorted(path.stem for path in (SQL / "queries").glob("*.sql"))
        self.assertEqual(names, sorted(ANSWERS))
        for name in names:
            with self.subTest(query=name):
                is_view = name == "code_by_minute"  # counts at once, doubles too: asked before any
                expected = ANSWERS[name](self.records_before if is_view else self.records)
                found = self.by_minute if is_view else self.server.rows_of(name)
                self.assertTrue(expected)
                self.assertEqual([tuple(row) for row in found],
                                 [tuple(map(str, row)) for row in expected])


if __name__ == "__main__":
    unittest.main()
