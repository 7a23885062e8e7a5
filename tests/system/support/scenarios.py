"""What a client and a server do to each other, and what a record of it has to say.

A scenario names the server's behaviour (a request path) and the client's steps. It runs for each
pair of libraries that can do what it `needs`.
"""

import dataclasses

SIZES = (0, 125, 126, 65535, 65536, 1024 * 1024)
REASON = "not in this room"
SUBPROTOCOL = "chat.v2"


@dataclasses.dataclass(frozen=True)
class Close:
    """How the connection ends. `peer_code` is what the side that did not begin the end must see."""

    initiator: str  # client, server
    ending: str
    code: int
    reason: str | None = ""
    fin_follows: bool = False  # the initiator gives up: its FIN is right behind its Close

    @property
    def peer(self):
        return {"client": "server", "server": "client"}[self.initiator]

    @property
    def has_frame(self):
        return self.code != 1006


@dataclasses.dataclass(frozen=True)
class Scenario:
    name: str
    path: str
    steps: tuple = ()
    close: Close | None = None  # None: the connection does not open
    subprotocols: tuple = ()
    needs: frozenset = frozenset()
    status: int = 101
    outcome: str = "accepted"
    subprotocol: str = ""
    is_plain_echo: bool = False
    every_message_arrives: bool = True
    pinged_by: str | None = None  # who sends a Ping, one, which is answered
    broken: str | None = None  # the one rule that is broken, in the handshake


def do(what, **arguments):
    return {"do": what, **arguments}


def messages(count):
    return do("await", messages=count)


CLOSE = do("close", code=1000)
CLIENT_CLOSES = Close("client", "closing_handshake", 1000)


def echoes(compression):
    sizes = [(kind, size) for kind in ("text", "binary") for size in SIZES]
    steps = []
    for count, (kind, size) in enumerate(sizes, 1):
        steps += [do(kind, size=size), messages(count)]
    steps += [do("say", text="za\u017c\u00f3\u0142\u0107 \U0001f98a"), messages(len(sizes) + 1)]
    return Scenario(f"echo_{compression}", f"/{compression}/echo", (*steps, CLOSE), CLIENT_CLOSES,
                    is_plain_echo=compression == "plain")


def without_waiting():
    """Many messages on their way at once, in both directions."""
    steps = [do("binary", size=size) for size in (1, 125, 126, 65535, 65536) * 10]
    return Scenario("echo_without_waiting", "/plain/echo", (*steps, messages(len(steps)), CLOSE),
                    CLIENT_CLOSES, is_plain_echo=True)


def client_closes(code, reason="", needs=()):
    """Both sides have spoken; the client closes."""
    name = "empty" if code is None else code
    steps = (do("text", size=5), messages(1), do("close", code=code, reason=reason))
    return Scenario(f"client_closes_{name}", "/plain/echo", steps,
                    Close("client", "closing_handshake", code or 1005, reason),
                    needs=frozenset(needs))


def server_closes(code, reason="", needs=()):
    """The client has spoken; the server closes."""
    path = f"/plain/close/{code}" + (f"/{reason}".replace(" ", "%20") if reason else "")
    return Scenario(f"server_closes_{code}", path, (do("text", size=5),),
                    Close("server", "closing_handshake", 1005 if code == "empty" else code, reason),
                    needs=frozenset(needs))


def server_rejects(status):
    return Scenario(f"server_rejects_{status}", f"/plain/reject/{status}", status=status,
                    outcome="rejected")


ALL_CODES = {"any code"}  # what the WHATWG interface forbids: below 3000 only 1000

SCENARIOS = (
    echoes("plain"),
    echoes("deflate"),
    without_waiting(),
    Scenario("client_sends_fragments", "/plain/echo",
             (do("fragments", kind="text", sizes=[0, 126, 65536]), messages(1),
              do("fragments", kind="binary", sizes=[1, 65535, 0]), messages(2), CLOSE),
             CLIENT_CLOSES, needs=frozenset({"client fragments"})),
    Scenario("client_sends_compressed_fragments", "/deflate/echo",
             (do("fragments", kind="text", sizes=[0, 126, 65536]), messages(1), CLOSE),
             CLIENT_CLOSES,
             needs=frozenset({"client fragments"})),
    Scenario("server_sends_fragments", "/plain/fragments",
             (do("text", size=5), messages(2), CLOSE),
             CLIENT_CLOSES, needs=frozenset({"server fragments"}), pinged_by="server"),
    Scenario("client_pings", "/plain/echo",
             (do("ping", data="are you there"), do("text", size=5), messages(1), CLOSE),
             CLIENT_CLOSES, needs=frozenset({"client ping"}), pinged_by="client"),
    Scenario("server_pings", "/plain/ping/still%20there", (messages(1), CLOSE),
             CLIENT_CLOSES, pinged_by="server"),
    Scenario("server_speaks_first", "/plain/hello", (messages(1), CLOSE),
             CLIENT_CLOSES),
    Scenario("server_closes_at_once", f"/plain/slam/1008/{REASON.replace(' ', '%20')}", (),
             Close("server", "closing_handshake", 1008, REASON)),

    client_closes(1000),
    client_closes(1001, "", ALL_CODES),
    client_closes(1008, REASON, ALL_CODES),
    client_closes(1011, REASON, ALL_CODES),
    client_closes(3000),
    client_closes(4001, "gar\u00e7on \U0001f98a"),
    client_closes(None, needs={"client empty close"}),
    server_closes(1000),
    server_closes(1001),
    server_closes(1008, REASON),
    server_closes(1011, "boom"),
    server_closes(3000),
    server_closes(4001, REASON),
    server_closes("empty", needs={"server empty close"}),
    Scenario("server_raises", "/plain/raise", (),
             Close("server", "closing_handshake", 1011, fin_follows=True),
             needs=frozenset({"1011 for an exception"})),
    Scenario("message_over_server_limit", "/plain/limit", (do("binary", size=4096),),
             Close("server", "closing_handshake", 1009, fin_follows=True),
             every_message_arrives=False),

    Scenario("server_terminates", "/plain/terminate", (do("text", size=5),),
             Close("server", "fin_without_close", 1006, None)),
    Scenario("server_resets", "/plain/reset", (do("text", size=5),),
             Close("server", "reset", 1006, None)),
    Scenario("client_terminates", "/plain/echo", (do("text", size=5), messages(1), do("terminate")),
             Close("client", "fin_without_close", 1006, None),
             needs=frozenset({"client terminate"})),
    Scenario("client_resets", "/plain/echo", (do("text", size=5), messages(1), do("reset")),
             Close("client", "reset", 1006, None), needs=frozenset({"client terminate"})),

    server_rejects(401),
    server_rejects(403),
    Scenario("subprotocol", "/plain/echo", (do("text", size=5), messages(1), CLOSE),
             CLIENT_CLOSES, subprotocols=("chat.v3", SUBPROTOCOL),
             subprotocol=SUBPROTOCOL),
    Scenario("subprotocol_not_answered", "/plain/subprotocol/none",
             (do("text", size=5), messages(1), CLOSE),
             CLIENT_CLOSES, subprotocols=(SUBPROTOCOL,),
             needs=frozenset({"goes on without subprotocol"})),
    Scenario("subprotocol_not_answered_fails", "/plain/subprotocol/none", (),
             subprotocols=(SUBPROTOCOL,), needs=frozenset({"fails without subprotocol"})),
    Scenario("subprotocol_not_offered", "/plain/subprotocol/other", (), subprotocols=(SUBPROTOCOL,),
             outcome="failed", needs=frozenset({"fails with another subprotocol"}), broken="HS-15"),
)
