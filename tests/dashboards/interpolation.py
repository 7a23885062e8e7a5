"""What Grafana puts in place of a query's variables, before Prometheus sees it."""

import re

EVERYTHING = {"job": ".+", "instance": ".+", "listener": ".+"}


def interpolated(expression, range_seconds, step, scrape, chosen=EVERYTHING):
    """The expression for a time range, a step and a scrape interval, all in seconds.

    `$__rate_interval` is the greater of step + scrape and 4 * scrape, as Grafana documents it.
    `$1` is a group of label_replace() and no variable's name. An unknown variable is a KeyError.
    """
    values = {**chosen, "__range": f"{range_seconds}s", "__range_s": str(range_seconds),
              "__interval": f"{step}s",
              "__rate_interval": f"{max(step + scrape, 4 * scrape)}s"}
    return re.sub(r"\$\{?([a-z_]\w*)\}?", lambda found: values[found[1]], expression)


def label_lists(board):
    """(name, label, selector) of each variable that lists a label's values."""
    for variable in board["templating"]["list"]:
        if variable["type"] == "query":
            selector, label = re.fullmatch(r"label_values\((.*), (\w+)\)",
                                           variable["definition"]).groups()
            yield variable["name"], label, selector
