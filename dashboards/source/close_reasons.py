"""Close reasons: are closes normal right now, and if not, why?"""

from . import colours
from .board import board, row
from .histograms import at_famous_times, famous_colours, time_distribution
from .panels import colour, family, override, stat, table, target, targets, timeseries, value_map
from .query import counted, per_second, select
from .shared import (CAUSE_TITLES, DIRECTION_WORDS, ORDERLY, cause_colours, cause_links,
                     cause_table, or_zero, party_colours, party_of_cause)

CLOSES = "lastframe_closes_total"
CAUSES = "lastframe_close_causes_total"
ABNORMAL = f'code!~"{colours.ORDINARY_CODES}"'
TO_ACT_ON = f'cause!~"{ORDERLY}"'
CLEAN = 'clean="true"'
# TLS that passes through untouched has no Close that can be seen: neither clean nor abnormal.
SEALED = 'cause="sealed"'
NOW = "15m"


def close_reasons(docs):
    return board("lastframe-close-reasons",
                 "Are WebSocket closes normal right now, and if not, which cause is it, and who "
                 "has to act?",
                 [_now(), _codes(), _causes(), _times(), _limits(), _mass_closes()], docs)


def less(expression, part):
    """The difference, where `part` may have no series at all."""
    return f"({expression} - ({part} or {expression} * 0))"


def _now():
    clean = counted(CLOSES, "", CLEAN, window=NOW)
    every = less(counted(CLOSES, window=NOW), counted(CAUSES, "", SEALED, window=NOW))
    abnormal = less(f"sum(rate({select(CLOSES, ABNORMAL)}[{NOW}]))",
                    f"sum(rate({select(CAUSES, SEALED)}[{NOW}]))")
    # A mean of quarters of an hour, and not rate(...[1d]): that would count the time before a proxy
    # was first scraped as time without closes.
    worse = f"{abnormal} / (avg_over_time({abnormal}[1d:{NOW}]) > 0)"
    calm_to_alarm = ((None, colours.CALM), (1.5, colours.WARNING), (3, colours.ALARM))
    return row(
        "Right now",
        "The last 15 minutes. **Blue is calm.** If *Against the last day* is orange, closes are "
        "not what they were: the fourth number names the cause, the table *Top causes to act on* "
        "below says who has to act and what to do.",
        stat("Clean closes", "Share of the connections that ended in the last 15 minutes after a "
                             "Close frame of both sides. What is normal depends on the clients: "
                             "phones and closed laptops end without a Close. Orange below 90 %, "
                             "red below 70 %.",
             target(f"({clean} or {every} * 0) / ({every} > 0)", instant=True), unit="percentunit",
             steps=((None, colours.ALARM), (0.7, colours.WARNING), (0.9, colours.CALM)),
             none="no closes", decimals=1, graph=False),
        stat("Abnormal closes", "Of the last 15 minutes: ends without a Close frame, and those "
                                "whose code says that something went wrong: all but 1000, 1001, "
                                "1005 and the codes of applications (3000 to 4999).",
             target(or_zero(abnormal)), unit="cps",
             none="no proxy is seen", steps=((None, colours.MUTED),)),
        stat("Against the last day", "Abnormal closes per second of the last 15 minutes, divided "
                                     "by those of the last 24 hours. Orange from 1.5 times the "
                                     "usual, red from 3 times.",
             target(worse, instant=True), unit="suffix:× usual", steps=calm_to_alarm,
             none="nothing to compare", decimals=1, graph=False),
        stat("Top cause", "The cause of the last 15 minutes with the most closes, of those after "
                          "which somebody has to act, and how many they were. Its colour says who, "
                          "as in the table below.",
             target(f"topk(1, {counted(CAUSES, 'cause', TO_ACT_ON, window=NOW)} > 0)", "{{cause}}",
                    instant=True), size=(5, 4), name=True, none="nothing to act on", decimals=0,
             graph=False, overrides=cause_colours()),
        stat("Mass closes in all", "Times that many connections ended together in the time shown: "
                                   "a crash, a reload, a deploy. Each is a vertical line in the "
                                   "graphs.",
             target(or_zero(counted("lastframe_mass_closes_total")), instant=True),
             none="no proxy is seen", decimals=0, graph=False, size=(3, 4),
             steps=((None, colours.CALM), (0.5, colours.WARNING))),
        stat("Open sessions", "WebSocket connections that are open.",
             target(f"sum({select('lastframe_sessions_active')})"), none="no proxy is seen",
             steps=((None, colours.MUTED),)))


def _codes():
    seen = less(per_second(CLOSES, "listener"), per_second(CAUSES, "listener", SEALED))
    return row(
        "What the closes say",
        "Codes as on the wire. **No Close at all** is what applications see as 1006: the cause is "
        "below, and TLS that passes through untouched counts there too. The one who sent the "
        "first Close ended first, without one whose stream did; a sender of 1002 is usually the "
        "victim.",
        timeseries("Closes by code", "Blue: done, gone, or no code given. Green: codes of "
                                     "applications. Warm: trouble.",
                   target(per_second(CLOSES, "code"), "{{code}}"), (14, 10), unit="cps",
                   stack=True, none="no closes in this time", legend_width=330,
                   overrides=[colour(code, hue, displayName=name)
                              for code, (name, hue) in colours.CODES.items()] +
                   family(["4..[0-3]", "4..[4-6]", "4..[7-9]"], colours.APPLICATION)),
        timeseries("Who ended first", "The side of this tap: a load balancer in front of it ends "
                   "on the client's side.",
                   target(per_second(CLOSES, "initiator"), "{{initiator}}"), (5, 10), unit="cps",
                   stack=True, none="no closes in this time", calcs=("mean",),
                   overrides=[colour("client", colours.CALM), colour("server", colours.WARNING),
                              colour("proxy", "#B07AFF"), colour("none", colours.MUTED)]),
        timeseries("Clean closes by listener", "Share with a Close frame of both sides.",
                   target(f"{per_second(CLOSES, 'listener', CLEAN)} / ({seen} > 0)",
                          "{{listener}}"), (5, 10),
                   unit="percentunit", maximum=1, none="no closes in this time",
                   calcs=("mean", "min")))


def _causes():
    to_act_on = per_second(CAUSES, "cause", TO_ACT_ON)
    return row(
        "Why",
        "Each close has one verdict. **The colour says who has to act**: blue nobody, orange the "
        "client, red the server, yellow one of the two ends, pink a hop between, green the "
        "operator. `lastframe explain CAUSE` says all that is known of one.",
        timeseries("Closes by cause", "The ten causes with the most closes in the time shown, by "
                   "their names in the record's cause.id.",
                   target(f"{per_second(CAUSES, 'cause')} and on (cause) topk(10, sum by (cause) "
                          f"(increase({select(CAUSES)}[$__range] @ end())))", "{{cause}}"),
                   (14, 10), unit="cps", stack=True, overrides=cause_colours(), legend_width=330,
                   none="no closes in this time"),
        timeseries("Who has to act", "The same closes by the party that the verdict names, "
                   "without those after which nobody has to act.",
                   target(f"sum by (party) ({party_of_cause(to_act_on)})",
                          "{{party}}"), (10, 10), unit="cps", stack=True,
                   overrides=party_colours(), none="no closes in this time"),
        cause_table("Top causes to act on", "What happened most in the time shown, without the "
                    "causes after which nobody has to act, and the first thing to do. A click on "
                    "a cause opens its page in docs/causes.md, once the variable \"Docs at\" says "
                    "where that is.", CAUSES, "cause", (24, 14), TO_ACT_ON,
                    none="nothing to act on in this time"),
        table("Where to look", "The same causes by listener and upstream.",
              target(f"topk(12, {counted(CAUSES, 'listener, upstream, cause', TO_ACT_ON)} > 0)",
                     instant=True, form="table"), (24, 8),
              [("cause", "Cause"), ("listener", "Listener"), ("upstream", "Upstream"),
               ("Value", "Closes")], sort="Closes", decimals=0,
              none="nothing to act on in this time", overrides=[
                  override("Cause", mappings=CAUSE_TITLES, links=cause_links(),
                           custom__cellOptions={"type": "color-text"})]))


def _times():
    return row(
        "When: idle times and ages",
        "Proxies and load balancers end connections after fixed times. **Orange bars are such "
        "times, with their best-known owners**: a long one there means that somebody's time-out "
        "ends your connections. Send Pings more often than that, or raise it.",
        time_distribution("Silence before the end", "How long neither side had sent anything when "
                                                    "the end began. Bars in orange: idle time-outs "
                                                    "of known products.",
                     "lastframe_idle_before_close_seconds", ("idle", "silent"), (12, 18)),
        time_distribution("Age at the end", "How long connections lived. Bars in orange: lifetime "
                                            "limits of known products, which no Ping helps "
                                            "against.",
                     "lastframe_connection_duration_seconds", ("lifetime",), (12, 18)),
        timeseries("Ends after a famous silence", "Closes whose silence was, within a second, a "
                   "time-out that many products have. A steady band is a time-out that is met "
                   "day and night.",
                   at_famous_times("lastframe_idle_before_close_seconds"), (24, 9), unit="cps",
                   none="no close after such a silence", stack=True, legend_width=260,
                   overrides=famous_colours()))


def _limits():
    kinds = value_map({"idle": ("idle: silence ends it", colours.WARNING),
                       "lifetime": ("lifetime: age ends it", colours.BETWEEN)})
    return row(
        "Limits that were learnt",
        "Where closes cluster at one time or size, somebody has a limit there. Nothing here means "
        "that none was found.",
        table("Time-outs", "The idle or lifetime limit that closes of this listener and upstream "
              "cluster at.",
              target("max by (listener, upstream, kind) "
                     f"({select('lastframe_learnt_timeout_seconds')})", instant=True,
                     form="table"), (12, 5),
              [("listener", "Listener"), ("upstream", "Upstream"), ("kind", "Kind"),
               ("Value", "Limit")], unit="s", none="none learnt",
              overrides=[override("Kind", mappings=kinds,
                                  custom__cellOptions={"type": "color-text"})]),
        table("Message sizes", "The smallest message that was refused as too big (1009 or the "
                               "like).",
              target("min by (listener, upstream, direction) "
                     f"({select('lastframe_learnt_size_limit_bytes')})", instant=True,
                     form="table"), (12, 5),
              [("listener", "Listener"), ("upstream", "Upstream"), ("direction", "Direction"),
               ("Value", "Refused from")], unit="bytes", none="none learnt",
              overrides=[override("Direction", mappings=DIRECTION_WORDS)]))


def _mass_closes():
    metric = "lastframe_mass_closes_total"
    return row(
        "Mass closes",
        "Many connections that ended within moments of each other. The log has a line `mass_close` "
        "for each, with the upstream and the number. Compare the times with deploys, reloads and "
        "crashes.",
        timeseries("Mass closes", "By the upstream whose connections ended.",
                   target(counted(metric, "listener, upstream", window="$__rate_interval"),
                          "{{listener}} to {{upstream}}"), (12, 7), bars=True, decimals=0,
                   none="none in this time", calcs=("max",),
                   overrides=family([".*"], colours.ALARM)),
        table("Where", "How often, in the time shown.",
              target(f"{counted(metric, 'listener, upstream')} > 0", instant=True,
                     form="table"), (12, 7),
              [("listener", "Listener"), ("upstream", "Upstream"), ("Value", "Mass closes")],
              sort="Mass closes", none="none in this time", decimals=0))
