"""Handshakes and TLS: do connections come about, and if not, what refuses them?"""

from . import colours
from .board import board, row
from .histograms import latency_distribution
from .panels import colour, override, stat, table, target, targets, timeseries
from .query import counted, per_second, quantile, select
from .shared import cause_colours, cause_table, or_zero

HANDSHAKES = "lastframe_handshakes_total"
CONNECTIONS = "lastframe_connections_total"
CONNECT = "lastframe_connect_failures_total"
TLS = "lastframe_tls_failures_total"
DURATION = "lastframe_handshake_duration_seconds"
EXPIRY = "lastframe_certificate_expiry_timestamp_seconds"
NOT_ACCEPTED = 'outcome!="accepted"'
DAY = 86400
OUTCOMES = [colour("accepted", colours.CALM), colour("rejected", colours.WARNING),
            colour("failed", colours.ALARM), colour("unanswered", colours.BETWEEN),
            colour("abandoned", colours.MUTED)]
RESULTS = [colour("websocket", colours.CALM), colour("other", "#9CC3DD"),
           colour("sealed", colours.APPLICATION), colour("handshake_failed", colours.WARNING),
           colour("connect_failed", colours.ALARM), colour("tls_failed", colours.BETWEEN),
           colour("refused", colours.WATCH)]
DAYS_LEFT = ((None, colours.ALARM), (7 * DAY, colours.WARNING), (21 * DAY, colours.CALM))


def handshakes_and_tls(docs):
    return board("lastframe-handshakes-and-tls",
                 "Do connections come about: opening handshakes, upstreams that cannot be reached, "
                 "TLS on both legs, certificates.", [_now(), _handshakes(), _connects(), _tls()],
                 docs)


def _now():
    accepted = counted(HANDSHAKES, "", 'outcome="accepted"', window="15m")
    every = counted(HANDSHAKES, window="15m")
    counts = ((None, colours.CALM), (0.5, colours.WARNING))
    return row(
        "Do connections come about?",
        "What fails here never becomes a WebSocket connection, so it is in no graph of closes; "
        "browsers show all of it as 1006. **Blue is calm.**",
        stat("Accepted", "Share of the upgrade requests of the last 15 minutes that were answered "
                         "with a sound 101. Orange below 98 %, red below 90 %.",
             target(f"({accepted} or {every} * 0) / ({every} > 0)", instant=True),
             unit="percentunit", decimals=1, graph=False, none="no handshakes",
             steps=((None, colours.ALARM), (0.9, colours.WARNING), (0.98, colours.CALM))),
        stat("Handshakes", "Upgrade requests per second.",
             target(or_zero(per_second(HANDSHAKES))), unit="cps", none="no proxy is seen",
             steps=((None, colours.MUTED),)),
        stat("Slow handshakes", "95 of 100 handshakes were faster than this, from the request to "
             "the 101. Orange from half a second.",
             target(quantile(0.95, DURATION)), unit="s", none="no handshakes",
             steps=((None, colours.CALM), (0.5, colours.WARNING), (2, colours.ALARM))),
        stat("Upstreams not reached", "Connections whose upstream could not be reached, in the "
             "time shown.", target(or_zero(counted(CONNECT)), instant=True), decimals=0,
             graph=False, none="no proxy is seen", steps=counts),
        stat("TLS failures", "TLS handshakes that failed on either leg, in the time shown.",
             target(or_zero(counted(TLS)), instant=True), decimals=0, graph=False,
             none="no proxy is seen", steps=counts),
        stat("First certificate to end", "Time until the first configured certificate ends. "
             "Orange below 21 days, red below 7.",
             target(f"min({select(EXPIRY)}) - time()", instant=True), unit="s",
             none="no certificates", graph=False, steps=DAYS_LEFT, decimals=1))


def _handshakes():
    refused = counted(HANDSHAKES, "listener, upstream, outcome", NOT_ACCEPTED)
    return row(
        "Opening handshakes",
        "*rejected*: the server answered with another status than 101. *failed*: a 101 that breaks "
        "a rule. *unanswered*: the server ended or said nothing. *abandoned*: the client left "
        "first. The record's `handshake.status` and `cause` say more.",
        timeseries("By outcome", "Upgrade requests per second.",
                   target(per_second(HANDSHAKES, "outcome"), "{{outcome}}"), (9, 10), unit="cps",
                   stack=True, overrides=OUTCOMES, none="no handshakes in this time"),
        timeseries("Time to the 101", "Half, 95 and 99 of 100 handshakes were faster.",
                   targets((quantile(0.5, DURATION), "half"), (quantile(0.95, DURATION), "95 %"),
                           (quantile(0.99, DURATION), "99 %")), (8, 10), unit="s",
                   none="no handshakes in this time",
                   overrides=[colour("half", colours.CALM), colour("95 %", colours.WARNING),
                              colour("99 %", colours.ALARM)]),
        latency_distribution("How long they took", "Handshakes in the time shown, by the time "
                             "from the request to the 101.", DURATION, (7, 10),
                             "no handshakes in this time"),
        table("Not accepted", "By listener and upstream, in the time shown.",
              target(f"topk(12, {refused} > 0)", instant=True, form="table"), (12, 8),
              [("listener", "Listener"), ("upstream", "Upstream"), ("outcome", "Outcome"),
               ("Value", "Handshakes")], sort="Handshakes", decimals=0,
              none="all were accepted"),
        timeseries("What connections came to", "Connections that are over, per second. *refused*: "
                                               "turned away before they were relayed; *sealed*: "
                                               "TLS that passed through; *other*: never asked for "
                                               "an upgrade.",
                   target(per_second(CONNECTIONS, "result"), "{{result}}"), (12, 8), unit="cps",
                   stack=True, overrides=RESULTS, none="no connections in this time"))


def _connects():
    return row(
        "Upstreams that cannot be reached",
        "The upstream is connected when a client is accepted, so each of these clients saw its "
        "connection open and then end.",
        timeseries("Failed connects by cause", "Connections per second whose upstream could not "
                   "be reached.",
                   target(per_second(CONNECT, "cause"), "{{cause}}"), (8, 9), unit="cps",
                   stack=True, none="every upstream was reached", overrides=cause_colours()),
        timeseries("Failed connects by upstream", "The same, by where they should have gone.",
                   target(per_second(CONNECT, "listener, upstream"),
                          "{{listener}} to {{upstream}}"), (8, 9), unit="cps", stack=True,
                   none="every upstream was reached"),
        timeseries("No free local port", "Connects that failed because every local port towards "
                   "that upstream was taken: `source_addresses` adds more.",
                   target(per_second("lastframe_source_ports_exhausted_total",
                                     "listener, upstream"), "{{listener}} to {{upstream}}"),
                   (8, 9), unit="cps", none="ports were always free",
                   overrides=[colour("/.*/", colours.ALARM, pattern=True)]),
        cause_table("Why upstreams were not reached", "In the time shown, with what to do.",
                    CONNECT, "cause", (24, 7), none="every upstream was reached"))


def _tls():
    return row(
        "TLS",
        "*client* is the leg between clients and this proxy, *server* the one between this proxy "
        "and the upstream. Each failure has the cause that its record names, with the "
        "certificate's names and dates.",
        timeseries("TLS failures by cause", "Failed TLS handshakes per second. The colour says who "
                   "has to act, as on *Close reasons*.",
                   target(per_second(TLS, "reason"), "{{reason}}"), (9, 9), unit="cps",
                   stack=True, none="none in this time", overrides=cause_colours()),
        timeseries("TLS failures by leg", "The side on which the TLS handshake failed.",
                   target(per_second(TLS, "leg"), "{{leg}}"), (6, 9), unit="cps", stack=True,
                   none="none in this time", overrides=[colour("client", colours.WARNING),
                                                        colour("server", colours.ALARM)]),
        table("Certificates", "Configured certificates and the time until they end. A renewed file "
              "is taken up at the next reload (SIGHUP).",
              target(f"sort(min by (listener, certificate) ({select(EXPIRY)}) - time())",
                     instant=True, form="table"), (9, 9),
              [("listener", "Listener"), ("certificate", "Certificate"), ("Value", "Ends in")],
              unit="s", none="no certificates are configured", decimals=1, overrides=[
                  override("Ends in", custom__width=130,
                           custom__cellOptions={"type": "color-text"},
                           color={"mode": "thresholds"},
                           thresholds={"mode": "absolute", "steps": [
                               {"value": at, "color": hue} for at, hue in DAYS_LEFT]})]),
        cause_table("Why TLS failed", "In the time shown, with what to do.", TLS, "reason",
                    (24, 9)))
