"""Protocol violations: who breaks which rule, and what came in place of frames."""

from . import colours
from .board import board, row
from .panels import colour, family, override, stat, table, target, timeseries, value_map
from .query import copy_label, counted, per_second
from .shared import DIRECTION_WORDS, RULES, ZERO, or_zero, rule_links

VIOLATIONS = "lastframe_violations_total"
STRAY = "lastframe_stray_finds_total"
UNTRUSTED = "lastframe_untrusted_directions_total"
SIDES = [colour("client", colours.WARNING), colour("server", colours.ALARM)]
DIRECTIONS = [colour("client_to_server", colours.WARNING, displayName="client to server"),
              colour("server_to_client", colours.ALARM, displayName="server to client")]
# Families of rules, by the first letters of their ids: hue, and what they are about.
FAMILIES = {"HS": (colours.CALM_DARK, "the handshake"), "FR": (colours.ALARM, "frames"),
            "CT": (colours.WATCH, "control frames"), "TX": (colours.BETWEEN, "texts"),
            "CL": (colours.WARNING, "closing"), "PD": (colours.APPLICATION, "compression"),
            "EX": (colours.MUTED, "extensions")}


def protocol_violations(docs):
    return board("lastframe-protocol-violations",
                 "Which rules of RFC 6455 and RFC 7692 are broken, by which side, and what comes "
                 "where a frame should stand.", [_now(), _rules(), _bytes()], docs)


def _now():
    alarm = ((None, colours.CALM), (0.5, colours.WARNING))
    return row(
        "In the time shown",
        "\"Broken by the server\" means: it arrived broken from the server's side. **With one tap, "
        "a hop between may have done it.** A sound client or server breaks no rule at all: a "
        "number here is a bug in somebody's code.",
        stat("Violations", "Broken rules, a MUST or a SHOULD, that were seen in the time shown.",
             target(or_zero(counted(VIOLATIONS)), instant=True), steps=alarm,
             none="no proxy is seen", decimals=0, graph=False),
        stat("Violations now", "Broken rules per second.",
             target(or_zero(per_second(VIOLATIONS))), steps=((None, colours.MUTED),), unit="cps",
             none="no proxy is seen"),
        stat("Rules broken", "How many different rules were broken.",
             target(f"count({counted(VIOLATIONS, 'rule')} > 0) or {ZERO}", instant=True),
             steps=alarm, none="no proxy is seen", decimals=0, graph=False),
        stat("Most broken", "The rule that was broken most often, and how often. The table says "
             "what it demands.",
             target(f"topk(1, {counted(VIOLATIONS, 'rule, side')} > 0)", "{{rule}} by {{side}}",
                    instant=True), name=True, none="no rule", decimals=0, graph=False,
             steps=((None, colours.WARNING),)),
        stat("Untrusted directions", "Directions of connections in which frames could no longer be "
             "told from other bytes. They flow on, and are not judged any more.",
             target(or_zero(counted(UNTRUSTED)), instant=True), steps=alarm,
             none="no proxy is seen", decimals=0, graph=False),
        stat("Stray bytes", "Times that other bytes stood where a frame should stand.",
             target(or_zero(counted(STRAY)), instant=True), steps=alarm,
             none="no proxy is seen", decimals=0, graph=False))


def _rules():
    names = {rule.id: rule.name.replace("_", " ") for rule in RULES}
    families = [override for letters, (hue, _) in FAMILIES.items()
                for override in family([r.id for r in RULES if r.id.startswith(letters)], hue)]
    legend = ", ".join(f"{letters} {about}" for letters, (_, about) in FAMILIES.items())
    columns = [("rule", "Rule"), ("name", "What is broken"), ("side", "By"),
               ("listener", "Listener"), ("Value", "Times"), ("severity", "Severity"),
               ("section", "Source"), ("ask", "More")]
    rows = copy_label(f"topk(20, {counted(VIOLATIONS, 'rule, side, listener')} > 0)", "rule",
                      "name", "severity", "section", "ask")
    return row(
        "Rules",
        f"Ids begin with what they are about: {legend}. `lastframe explain FR-01` shows the "
        "sentence of the RFC, the bytes that break the rule and those that are legal beside it.",
        timeseries("By rule", "Broken rules per second. The colour is that of the family.",
                   target(per_second(VIOLATIONS, "rule"), "{{rule}}"), (14, 10), unit="cps",
                   stack=True, overrides=families, none="no rule broken in this time"),
        timeseries("By side", "Who broke the rule, as seen from here.",
                   target(per_second(VIOLATIONS, "side"), "{{side}}"), (10, 10), unit="cps",
                   stack=True, overrides=SIDES, none="no rule broken in this time"),
        table("Broken rules", "What was broken most in the time shown. A click on a rule opens "
              "docs/rules.md, once the variable \"Docs at\" says where that is.",
              target(rows, instant=True, form="table"), (24, 11), columns, sort="Times",
              decimals=0, none="no rule broken in this time", overrides=[
                  override("Rule", links=rule_links(), custom__width=90),
                  override("What is broken", mappings=value_map(names, "a rule that is newer than "
                                                                "this board")),
                  override("By", custom__width=90, custom__cellOptions={"type": "color-text"},
                           mappings=value_map({"client": ("client", colours.WARNING),
                                               "server": ("server", colours.ALARM)})),
                  override("Severity", custom__width=110,
                           mappings=value_map({rule.id: rule.severity for rule in RULES}, "-")),
                  override("Source", mappings=value_map({rule.id: rule.section for rule in RULES},
                                                        "-")),
                  override("More", mappings=value_map({}, "lastframe explain $1")),
                  override("Times", min=0, custom__width=170, custom__cellOptions={
                      "type": "gauge", "mode": "basic", "valueDisplayMode": "text"},
                           color={"mode": "fixed", "fixedColor": colours.LINK})]))


def _bytes():
    return row(
        "What is no frame",
        "An error page, a TLS record or a second handshake among the frames was put there by a "
        "hop. **Find who writes such text**: the record's `stray_bytes` shows its first line. "
        "Masks that do not fit (`not_masked`, `still_masked`) are a client's or a re-framing "
        "proxy's fault.",
        timeseries("Stray bytes by kind", "How often, by what they look like, as in the record's "
                   "stray_bytes.",
                   target(per_second(STRAY, "kind"), "{{kind}}"), (9, 9), unit="cps",
                   none="none in this time", stack=True),
        timeseries("Stray bytes by direction", "How often, by the way that they went.",
                   target(per_second(STRAY, "direction"), "{{direction}}"), (7, 9), unit="cps",
                   none="none in this time", stack=True, overrides=DIRECTIONS),
        timeseries("Directions that became untrusted", "After a fault of framing nobody can say "
                   "where the next frame begins, so nothing more is judged there.",
                   target(per_second(UNTRUSTED, "direction"), "{{direction}}"), (8, 9),
                   unit="cps", none="none in this time", stack=True, overrides=DIRECTIONS),
        table("Where they came", "How often stray bytes were seen in the time shown.",
              target(f"topk(12, {counted(STRAY, 'listener, direction, kind')} > 0)", instant=True,
                     form="table"), (14, 6),
              [("listener", "Listener"), ("direction", "Direction"), ("kind", "Looks like"),
               ("Value", "Times")], sort="Times", decimals=0, none="none in this time",
              overrides=[override("Direction", mappings=DIRECTION_WORDS)]),
        table("Untrusted, by listener", "Directions of connections, in the time shown.",
              target(f"{counted(UNTRUSTED, 'listener, direction')} > 0", instant=True,
                     form="table"), (10, 6),
              [("listener", "Listener"), ("direction", "Direction"), ("Value", "Directions")],
              sort="Directions", decimals=0, none="none in this time",
              overrides=[override("Direction", mappings=DIRECTION_WORDS)]))
