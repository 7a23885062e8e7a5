"""docs/openapi.yaml against the answers of the real program: paths, statuses, types, every field."""

import signal

import yaml

from support.admin import AdminTest, Reader, ask, upgrade_headers
from support.between import needs_proxy
from support.frames import close_from, upgrade_request
from support.held_thread import held
from support.json_schema import faults
from support.proxy import ROOT, Proxy, wait_until
from support.raw_peers import Peer

DOCUMENT = yaml.safe_load((ROOT / "docs/openapi.yaml").read_text())
FOREIGN = {"headers": (("Origin", "http://evil.example"),)}


def described(path, status):
    answer = DOCUMENT["paths"][path]["get"]["responses"][str(status)]
    return DOCUMENT["components"]["responses"][answer["$ref"].rsplit("/", 1)[1]] \
        if "$ref" in answer else answer


@needs_proxy
class Document(AdminTest):

    def setUp(self):
        super().setUp()
        self.provoked = set()

    def check(self, path, answer):
        """The answer is one of those that the document has for the path."""
        self.provoked.add((path, str(answer.status)))
        content = described(path, answer.status)["content"]
        self.assertIn(answer.type, content)
        body = answer.json() if answer.type == "application/json" else answer.body.decode()
        self.assertEqual(faults(body, content[answer.type]["schema"], DOCUMENT), [])
        return body

    def test_every_path_and_status_of_the_document_is_what_the_program_gives(self):
        client, server = self.session()
        client.send(bytes([0x81, 1]) + b"a")  # a violation: not masked
        server.expect(bytes([0x81, 1]) + b"a")
        server.send(close_from("server", 1012, b"\xff"))
        client.expect(close_from("server", 1012, b"\xff"))
        opening = Peer.connect(("127.0.0.1", self.proxy.port("other")))
        self.addCleanup(opening.close)
        peer = self.server.accept()
        self.addCleanup(peer.close)
        opening.send(upgrade_request())
        peer.expect(upgrade_request())
        record = self.end(*self.session())
        closing = self.wait_for_state("closing", 1)[0]
        self.assertEqual(closing["violation_count"] > 0, True)

        for path in ("/", "/healthz", "/readyz", "/metrics", "/version", "/api/v1/summary",
                     "/api/v1/sessions"):
            self.check(path, self.ask(path))
            self.check(path, self.ask(path, **FOREIGN))
        states = {s["state"] for s in
                  self.check("/api/v1/sessions", self.ask("/api/v1/sessions"))["sessions"]}
        self.assertEqual(states, {"opening", "closing", "ended"})
        self.check("/api/v1/sessions", self.ask("/api/v1/sessions?code=x"))
        one = "/api/v1/sessions/{id}"
        for session in (closing["session"], record["session"], "0" * 16):
            self.check(one, self.ask(f"/api/v1/sessions/{session}"))
        self.check(one, self.ask("/api/v1/sessions/" + "0" * 16, **FOREIGN))
        self.recordings(closing["session"], record["session"])
        self.feed()
        self.stall()
        self.token()
        self.drain()
        documented = {(path, status) for path, item in DOCUMENT["paths"].items()
                      for status in item["get"]["responses"]}
        self.assertEqual(documented, self.provoked)

    def recordings(self, kept, not_kept):
        path = "/api/v1/sessions/{id}/recording"
        self.check(path, self.ask(f"/api/v1/sessions/{kept}/recording?format=har"))
        self.check(path, self.ask(f"/api/v1/sessions/{not_kept}/recording"))
        self.check(path, self.ask(f"/api/v1/sessions/{kept}/recording?format=pcap"))
        self.check(path, self.ask(f"/api/v1/sessions/{kept}/recording", **FOREIGN))
        types = {self.ask(f"/api/v1/sessions/{kept}/recording?format={form}").type
                 for form in ("lastframe", "pcapng", "har")}
        self.assertEqual(types, set(described(path, 200)["content"]))
        whole = "tap: {name: before, digests: true}\ncapture: {folder: captures}\n"
        with Proxy(config=whole + self.config()) as proxy:
            admin = proxy.wait_for_diagnostic(r"^admin (.+)$").group(1)
            self.check(path, ask(admin, f"/api/v1/sessions/{kept}/recording"))

    def feed(self):
        path = "/api/v1/events"
        self.check(path, self.ask(path))
        self.check(path, self.ask(path, **FOREIGN))
        readers = [Reader(self.admin) for _ in range(64)]
        self.assertEqual({reader.refusal for reader in readers}, {None})
        self.provoked.add((path, "101"))
        self.check(path, self.ask(path, headers=upgrade_headers()))
        for reader in readers:
            reader.close()

    def token(self):
        token = self.proxy.folder / "token"
        token.touch(mode=0o600)
        token.write_text("0123456789abcdef")
        with Proxy(config=self.config().replace(
                "admin: {", f"admin: {{token_file: {token}, ")) as proxy:
            admin = proxy.wait_for_diagnostic(r"^admin (.+)$").group(1)
            for path in DOCUMENT["paths"]:
                answer = ask(admin, path.replace("{id}", "0" * 16))
                if path in ("/healthz", "/readyz"):
                    self.assertEqual(answer.status, 200)
                else:
                    self.assertEqual(answer.status, 401)
                    self.check(path, answer)

    def stall(self):
        """While a worker stands still."""
        with held(self.proxy.process.pid, "worker 0"):
            for path, asked in (("/api/v1/sessions", "/api/v1/sessions"),
                                ("/api/v1/sessions/{id}", "/api/v1/sessions/" + "0" * 16),
                                ("/api/v1/sessions/{id}/recording",
                                 "/api/v1/sessions/" + "0" * 16 + "/recording"),
                                ("/api/v1/summary", "/api/v1/summary")):
                answer = self.ask(asked)
                self.assertEqual(answer.status, 503)
                self.check(path, answer)
            for path in ("/healthz", "/readyz"):
                self.check(path, wait_until(lambda: self.failing(path), f"503 of {path}"))

    def drain(self):
        self.proxy.signal(signal.SIGTERM)
        answer = wait_until(lambda: self.failing("/readyz"), "/readyz saying 503")
        self.check("/readyz", answer)

    def failing(self, path):
        answer = self.ask(path)
        return answer if answer.status == 503 else None

    def test_the_document_is_one_that_tools_take(self):
        self.assertEqual(DOCUMENT["openapi"], "3.1.0")
        self.assertEqual(DOCUMENT["info"]["version"], self.ask("/version").json()["version"])
        for path, item in DOCUMENT["paths"].items():
            self.assertEqual(set(item), {"get"}, path)
            self.assertTrue(item["get"]["summary"])
            for status, answer in item["get"]["responses"].items():
                self.assertTrue(described(path, status)["description"], (path, answer))
