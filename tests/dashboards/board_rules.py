"""What every board must keep: the rules of grafana/dashboard-linter under their names, made anew
from its documentation, and some of our own. None needs Grafana or Prometheus.

A rule takes a board (and, where it says so, the metrics of docs/metrics.md) and yields what is
wrong, in words that name the panel.
"""

import re

VARIABLES = {"job": "lastframe_build_info", "instance": "lastframe_build_info",
             "listener": "lastframe_connections_active"}
DATASOURCE = {"type": "prometheus", "uid": "${datasource}"}
DRAWN = {"timeseries", "stat", "bargauge", "table", "text", "row"}
# Grafana's units that the boards use; a test compares them with its own list.
UNITS = {"short", "none", "locale", "percentunit", "cps", "s", "bytes", "Bps"}
SELECTOR = re.compile(r"\b((?:lastframe|process)_\w+)(\{[^}]*\})?")
FUNCTION_WINDOW = re.compile(r"\[([^\]]+)\]")


def panels_with_data(board):
    return [panel for panel in board["panels"] if panel["type"] not in ("row", "text")]


def queries(board):
    """(where, expression) of every panel, variable and annotation that asks Prometheus."""
    for panel in panels_with_data(board):
        for target in panel["targets"]:
            yield f"panel \"{panel['title']}\", query {target['refId']}", target["expr"]
    for annotation in board["annotations"]["list"]:
        yield f"annotation \"{annotation['name']}\"", annotation["expr"]


def variables(board):
    return {variable["name"]: variable for variable in board["templating"]["list"]}


def template_datasource_rule(board):
    variable = variables(board).get("datasource")
    if not variable or variable["type"] != "datasource" or variable["query"] != "prometheus":
        yield "there is no variable \"datasource\" that chooses a Prometheus"


def template_variable_rule(board):
    """template-job-rule, template-instance-rule, template-label-promql-rule, and listener's."""
    for name, metric in VARIABLES.items():
        variable = variables(board).get(name)
        if not variable or variable["type"] != "query":
            yield f"variable {name}: missing"
            continue
        if variable["datasource"] != DATASOURCE:
            yield f"variable {name}: not on the chosen data source"
        if not (variable["multi"] and variable["includeAll"] and variable["allValue"] == ".+"):
            yield f"variable {name}: must take several values and all, which is .+"
        asked = rf"label_values\({metric}(\{{.*\}})?, {name}\)"
        if not re.fullmatch(asked, variable["definition"]):
            yield f"variable {name}: {variable['definition']} does not list {name} of {metric}"
        if variable["query"]["query"] != variable["definition"]:
            yield f"variable {name}: query and definition differ"


def template_on_time_change_reload_rule(board):
    for name in VARIABLES:
        if variables(board).get(name, {}).get("refresh") != 2:
            yield f"variable {name}: must reload when the time range changes (refresh 2)"


def uneditable_dashboard_rule(board):
    if board["editable"]:
        yield "the board is editable; changes belong into dashboards/source"


def panel_datasource_rule(board):
    for panel in panels_with_data(board):
        if panel["datasource"] != DATASOURCE:
            yield f"panel \"{panel['title']}\": not on the chosen data source"
        for target in panel["targets"]:
            if target["datasource"] != DATASOURCE:
                yield f"panel \"{panel['title']}\", query {target['refId']}: other data source"


def panel_title_description_rule(board):
    for panel in panels_with_data(board):
        if not panel["title"] or len(panel["description"]) < 20:
            yield f"panel {panel['id']} \"{panel['title']}\": needs a title and a description"


def panel_units_rule(board):
    for panel in panels_with_data(board):
        config = panel["fieldConfig"]
        units = [config["defaults"].get("unit")] + [
            property["value"] for override in config["overrides"]
            for property in override["properties"] if property["id"] == "unit"]
        for unit in units:
            if unit not in UNITS and not str(unit).startswith("suffix:"):
                yield f"panel \"{panel['title']}\": unit {unit!r} is none of Grafana's"


def panel_no_targets_rule(board):
    for panel in panels_with_data(board):
        if not panel["targets"] or not all(target["expr"] for target in panel["targets"]):
            yield f"panel \"{panel['title']}\": has no query"


def target_histogram_rule(board):
    """Grafana tells a histogram's bars apart, and sorts them, by a legend that is the bound."""
    for panel in panels_with_data(board):
        for target in panel["targets"]:
            buckets = "_bucket{" in target["expr"]
            if target["format"] == "heatmap" and target["legendFormat"] != "{{le}}" or \
                    buckets and "by (le)" in target["expr"] and target["format"] != "heatmap" and \
                    "histogram_quantile" not in target["expr"]:
                yield f"panel \"{panel['title']}\": buckets want format heatmap, legend {{{{le}}}}"


def target_job_instance_rule(board):
    """target-job-rule and target-instance-rule: in every selector, not only once in a query."""
    for where, expression in queries(board):
        for name, matchers in SELECTOR.findall(expression):
            for label in ("job", "instance"):
                if f'{label}=~"${label}"' not in matchers:
                    yield f"{where}: {name} is not limited to ${label}"


def target_listener_rule(board, metrics):
    for where, expression in queries(board):
        for name, matchers in SELECTOR.findall(expression):
            metric = metric_of(name, metrics)
            if metric and "listener" in metric.labels and \
                    'listener=~"$listener"' not in matchers:
                yield f"{where}: {name} is not limited to $listener"


def target_rate_interval_rule(board):
    """A graph's windows follow its resolution. What is counted once, may take the whole time
    shown; what is said to be of 15 minutes or of a day, and where, must say so in its title or
    description."""
    said = {"15m": "15 minutes", "1d:15m": "24 hours"}
    for panel in panels_with_data(board):
        for target in panel["targets"]:
            for window in FUNCTION_WINDOW.findall(target["expr"]):
                whole = window == "$__range" and (target["instant"] or "@ end()" in target["expr"])
                told = window in said and said[window] in panel["description"]
                if window not in ("$__rate_interval",) and not (whole or told):
                    yield (f"panel \"{panel['title']}\", query {target['refId']}: [{window}] in "
                           "place of [$__rate_interval]")


def known_metrics_rule(board, metrics):
    for where, expression in queries(board):
        for found in SELECTOR.finditer(expression):
            name, matchers = found.groups("")
            metric = metric_of(name, metrics)
            before = expression[:found.start()]
            if not metric:
                yield f"{where}: {name} is not in docs/metrics.md"
                continue
            allowed = {"job", "instance", *metric.labels} | ({"le"} if name.endswith("_bucket")
                                                            else set())
            for label in re.findall(r"(\w+)\s*(?:=~|!~|!=|=)", matchers):
                if label not in allowed:
                    yield f"{where}: {name} has no label {label}"
            # "unless" is how query.counted() finds series that have just begun.
            if metric.type in ("counter", "histogram") and not before.endswith(
                    ("rate(", "increase(", "min_over_time(", "unless ")):
                yield f"{where}: the counter {name} is used without rate or increase"


def known_labels_rule(board, metrics):
    """Labels that are summed by, and those in legends and columns, must exist."""
    for panel in panels_with_data(board):
        for target in panel["targets"]:
            expression, here = target["expr"], f"panel \"{panel['title']}\""
            labels = {"job", "instance", "le"}
            labels.update(re.findall(r'label_replace\(.*?"(\w+)", "[^"]*", "\w*"', expression))
            labels.update(re.findall(r'"(\w+)", "[^"]*", "\w*", "[^"]*"\)', expression))
            for name, _ in SELECTOR.findall(expression):
                metric = metric_of(name, metrics)
                labels.update(metric.labels if metric else ())
            by = {label.strip() for group in re.findall(r"\b(?:by|on) \(([^)]*)\)", expression)
                  for label in group.split(",")}
            made = set(re.findall(r'"(\w+)", "[^"]*", "\w*", "[^"]*"\)', expression))
            for label in sorted(by - labels):
                yield f"{here}: no metric in query {target['refId']} has a label {label}"
            for label in re.findall(r"\{\{(\w+)\}\}", target["legendFormat"]):
                if label not in by | made | {"le"}:
                    yield f"{here}: the legend's {label} is not among the labels that are left"


def table_columns_rule(board, metrics):
    """A table shows labels that its queries leave, or their values, and nothing else."""
    for panel in board["panels"]:
        if panel["type"] != "table":
            continue
        refs = [target["refId"] for target in panel["targets"]]
        fields = {"Value"} if len(refs) == 1 else {f"Value #{ref}" for ref in refs}
        for target in panel["targets"]:
            for group in re.findall(r"\bby \(([^)]*)\)", target["expr"]):
                fields |= {label.strip() for label in group.split(",")}
            fields |= set(re.findall(r'"(\w+)", "[^"]*", "\w*", "[^"]*"\)', target["expr"]))
        names = next(change["options"]["renameByName"] for change in panel["transformations"]
                     if change["id"] == "organize")
        for field in sorted(names.keys() - fields):
            yield f"panel \"{panel['title']}\": the column {field} comes from no query"
        for override in panel["fieldConfig"]["overrides"]:
            column = override["matcher"]["options"]
            if column not in names.values():
                yield f"panel \"{panel['title']}\": an override for {column}, which is no column"
        for column in panel["options"]["sortBy"]:
            if column["displayName"] not in names.values():
                yield f"panel \"{panel['title']}\": sorted by a column that is not there"


def house_rule(board):
    """What people see: only types that can be drawn and looked at, a text in each row, a word
    where there is nothing, panels that neither overlap nor leave the board, unique names."""
    taken, titles, ids, after_row = {}, set(), set(), False
    for panel in board["panels"]:
        name = f"panel {panel['id']} \"{panel['title']}\""
        if panel["type"] not in DRAWN:
            yield f"{name}: type {panel['type']} cannot be drawn by tests/dashboards/draw"
        if after_row and panel["type"] != "text":
            yield f"{name}: a row begins with a text that explains it"
        after_row = panel["type"] == "row"
        if panel["id"] in ids:
            yield f"{name}: its id is taken"
        ids.add(panel["id"])
        if panel["type"] not in ("row", "text"):
            if panel["title"] in titles:
                yield f"{name}: its title is taken"
            titles.add(panel["title"])
            if not panel["fieldConfig"]["defaults"].get("noValue"):
                yield f"{name}: says nothing where there is no value"
        place = panel["gridPos"]
        if place["x"] + place["w"] > 24:
            yield f"{name}: wider than the board"
        for x in range(place["x"], place["x"] + place["w"]):
            for y in range(place["y"], place["y"] + place["h"]):
                if (x, y) in taken:
                    yield f"{name}: overlaps {taken[x, y]}"
                    break
                taken[x, y] = name
            else:
                continue
            break


def links_rule(board, boards):
    """Links between boards lead to boards that exist, and each board has one to each other."""
    uids = {other["uid"] for other in boards}
    linked = {link["url"].removeprefix("/d/") for link in board["links"]}
    for uid in sorted(linked - uids):
        yield f"a link leads to {uid}, which is no board"
    for uid in sorted(uids - linked - {board["uid"]}):
        yield f"there is no link to {uid}"


def metric_of(name, metrics):
    """The metric that a series of this name belongs to, or None."""
    for ending in ("_bucket", "_sum", "_count"):
        base = metrics.get(name.removesuffix(ending))
        if name.endswith(ending) and base and base.type == "histogram":
            return base
    metric = metrics.get(name)
    return metric if metric and metric.type != "histogram" else None


ALONE = (template_datasource_rule, template_variable_rule, template_on_time_change_reload_rule,
         uneditable_dashboard_rule, panel_datasource_rule, panel_title_description_rule,
         panel_units_rule, panel_no_targets_rule, target_histogram_rule, target_job_instance_rule,
         target_rate_interval_rule, house_rule)
WITH_METRICS = (target_listener_rule, known_metrics_rule, known_labels_rule, table_columns_rule)


def problems(board, boards, metrics):
    """Everything that is wrong with a board: (name of the rule, what is wrong)."""
    found = [(rule.__name__, text) for rule in ALONE for text in rule(board)]
    found += [(rule.__name__, text) for rule in WITH_METRICS for text in rule(board, metrics)]
    return found + [("links_rule", text) for text in links_rule(board, boards)]
