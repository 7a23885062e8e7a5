"""What several boards say in the same words: parties, causes, rules, links into docs/."""

from . import colours
from .knowledge import causes, rules
from .panels import WRAPPED, colour, family, override, table, target, value_map
from .query import copy_label, counted

CAUSES = causes()
RULES = rules()

# Causes after which nobody has to do anything.
ORDERLY = "|".join(cause.id for cause in CAUSES if cause.party == "nobody")

# How tables show a cause, and a direction.
CAUSE_TITLES = value_map({cause.id: (cause.title, colours.PARTIES[cause.party][0])
                          for cause in CAUSES})
DIRECTION_WORDS = value_map({"client_to_server": "client to server",
                             "server_to_client": "server to client"})

# 0 and not nothing while the proxy is there: "none" would look like a proxy that is gone.
ZERO = '0 * count(lastframe_build_info{job=~"$job",instance=~"$instance"})'


def first_sentences(text, most=230):
    """As many whole sentences as fit into two lines of a table; the page has the others."""
    if len(text) <= most:
        return text
    end = max(text.rfind(". ", 0, most), text.rfind("; ", 0, most), text.rfind(": ", 0, most))
    return text[:end + 1] + " …"


def or_zero(expression):
    return f"({expression} or {ZERO})"


def party_of_cause(expression):
    """The same with a label `party`: who has to act, for series that have a label `cause`."""
    by_word = {}
    for cause in CAUSES:
        by_word.setdefault(colours.PARTIES[cause.party][1], []).append(cause.id)
    for word, ids in by_word.items():
        expression = f'label_replace({expression}, "party", "{word}", "cause", "{"|".join(ids)}")'
    return expression


def party_colours():
    """Series named after a party."""
    return [colour(word, hue) for hue, word in dict.fromkeys(colours.PARTIES.values())]


def cause_colours():
    """Series named after a cause: the hue says who has to act."""
    by_hue = {}
    for cause in CAUSES:
        by_hue.setdefault(colours.PARTIES[cause.party][0], []).append(cause.id)
    return [override for hue, ids in by_hue.items() for override in family(ids, hue)]


def cause_links():
    return _links("causes.md#${__value.raw}", "this cause")


def rule_links():
    return _links("rules.md", "the rules")


def cause_table(title, description, metric, label, size, *matchers,
                none="none in this time"):
    """Counts of a metric whose `label` is a cause, with who has to act and what to do."""
    expression = f'topk(15, {counted(metric, label, *matchers)}) > 0'
    if label != "cause":
        expression = copy_label(expression, label, "cause")
    rows = target(copy_label(expression, "cause", "party", "fix"), instant=True, form="table")
    columns = [("cause", "Cause"), ("Value", "Count"), ("party", "Who has to act"),
               ("fix", "What to do")]
    return table(title, description, rows, size, columns,
                 sort="Count", none=none, decimals=0, tall=True, overrides=[
        override("Cause", custom__width=250, links=cause_links(),
                 custom__cellOptions={"type": "color-text"}, mappings=CAUSE_TITLES),
        override("Count", custom__width=150, color={"mode": "fixed", "fixedColor": colours.LINK},
                 min=0, custom__cellOptions={"type": "gauge", "mode": "basic",
                                             "valueDisplayMode": "text"}),
        override("Who has to act", custom__width=220, **WRAPPED,
                 mappings=value_map({c.id: c.party for c in CAUSES}, "see its own row")),
        override("What to do", **WRAPPED,
                 mappings=value_map({c.id: first_sentences(c.fix) for c in CAUSES},
                                    "lastframe explain $1")),
    ])


def _links(page, what):
    return [{"title": f"The page on {what} (set \"Docs at\" first)", "targetBlank": True,
             "url": "${docs:raw}/" + page}]
