"""The boards of dashboards/ keep every rule, and each rule finds the mistake that is planted."""

import copy
import json
import sys
import unittest

import board_rules
import page

sys.path.insert(0, str(page.ROOT / "dashboards"))
from source.boards import BOARDS  # noqa: E402

METRICS = page.metrics()
MADE = {name: make("") for name, make in BOARDS.items()}


class Boards(unittest.TestCase):
    def test_each_keeps_every_rule(self):
        for name, board in MADE.items():
            with self.subTest(name):
                self.assertEqual(board_rules.problems(board, list(MADE.values()), METRICS), [])

    def test_the_json_in_the_tree_is_what_the_source_makes(self):
        for name, board in MADE.items():
            with self.subTest(name):
                kept = json.loads((page.ROOT / "dashboards" / f"{name}.json").read_text())
                self.assertTrue(kept == board, "run dashboards/build.py")

    def test_uids_differ_and_are_those_of_the_links(self):
        from source.board import BOARDS as uids
        self.assertEqual([board["uid"] for board in MADE.values()], list(uids))

    def test_a_docs_address_becomes_the_default_of_its_variable(self):
        for name, make in BOARDS.items():
            docs = board_rules.variables(make("https://wiki.example/docs"))["docs"]
            self.assertEqual((docs["query"], docs["current"]["value"]),
                             ("https://wiki.example/docs",) * 2, name)

    def test_every_metric_is_on_a_board(self):
        shown = {board_rules.metric_of(name, METRICS) for board in MADE.values()
                 for _, expression in board_rules.queries(board)
                 for name, _ in board_rules.SELECTOR.findall(expression)}
        self.assertEqual(METRICS.keys() - {metric.name for metric in shown}, set(),
                         "on no board: give them a panel in dashboards/source, and values in "
                         "tests/dashboards/synthetic.py")


def first(board, type):
    return next(panel for panel in board["panels"] if panel["type"] == type)


def swap(board, old, new):
    """Replaces text in the first query that has it."""
    for panel in board_rules.panels_with_data(board):
        for target in panel["targets"]:
            if old in target["expr"]:
                target["expr"] = target["expr"].replace(old, new, 1)
                return
    raise AssertionError(f"no query has {old}")


def variable(board, name):
    return board_rules.variables(board)[name]


PLANTED = [
    # what is done to a sound board, the rule that must find it, a word of what it says
    ("no data source variable", lambda b: b["templating"]["list"].pop(0),
     "template_datasource_rule", "no variable"),
    ("no job variable", lambda b: b["templating"]["list"].pop(1),
     "template_variable_rule", "variable job: missing"),
    ("one instance only", lambda b: variable(b, "instance").update(multi=False),
     "template_variable_rule", "several values"),
    ("all that is not .+", lambda b: variable(b, "listener").update(allValue=""),
     "template_variable_rule", "several values"),
    ("label of another metric", lambda b: variable(b, "job").update(
        definition="label_values(up, job)"), "template_variable_rule", "does not list job"),
    ("a variable asks something else", lambda b: variable(b, "job")["query"].update(query="x"),
     "template_variable_rule", "differ"),
    ("a variable of another source", lambda b: variable(b, "job").update(datasource={"uid": "a"}),
     "template_variable_rule", "data source"),
    ("no reload of variables", lambda b: variable(b, "job").update(refresh=1),
     "template_on_time_change_reload_rule", "variable job"),
    ("editable", lambda b: b.update(editable=True), "uneditable_dashboard_rule", "editable"),
    ("a fixed data source", lambda b: first(b, "stat").update(datasource={"uid": "P1"}),
     "panel_datasource_rule", "not on the chosen"),
    ("a query's fixed data source", lambda b: first(b, "stat")["targets"][0].update(
        datasource={"uid": "P1"}), "panel_datasource_rule", "query A"),
    ("no title", lambda b: first(b, "table").update(title=""),
     "panel_title_description_rule", "needs a title"),
    ("no description", lambda b: first(b, "table").update(description=""),
     "panel_title_description_rule", "needs a title"),
    ("a unit of our own", lambda b: first(b, "timeseries")["fieldConfig"]["defaults"].update(
        unit="closes"), "panel_units_rule", "'closes'"),
    ("a wrong unit in an override", lambda b: first(b, "table")["fieldConfig"]["overrides"].append(
        {"matcher": {"id": "byName", "options": "Cause"},
         "properties": [{"id": "unit", "value": "secs"}]}), "panel_units_rule", "'secs'"),
    ("no query", lambda b: first(b, "stat").update(targets=[]),
     "panel_no_targets_rule", "no query"),
    ("bars without their bounds", lambda b: first(b, "bargauge")["targets"][0].update(
        legendFormat="up to {{le}} s"), "target_histogram_rule", "legend {{le}}"),
    ("cumulative bars", lambda b: first(b, "bargauge")["targets"][0].update(format="time_series"),
     "target_histogram_rule", "format heatmap"),
    ("no job matcher", lambda b: swap(b, 'job=~"$job",', ""),
     "target_job_instance_rule", "limited to $job"),
    ("no instance matcher", lambda b: swap(b, 'instance=~"$instance"', 'instance=~".+"'),
     "target_job_instance_rule", "limited to $instance"),
    ("no listener matcher", lambda b: swap(b, ',listener=~"$listener"', ""),
     "target_listener_rule", "limited to $listener"),
    ("a fixed window", lambda b: swap(b, "[$__rate_interval]", "[5m]"),
     "target_rate_interval_rule", "[5m]"),
    ("a whole range in a graph", lambda b: swap(b, "[$__rate_interval]", "[$__range]"),
     "target_rate_interval_rule", "[$__range]"),
    ("a metric that is not there", lambda b: swap(b, "lastframe_closes_total",
                                                  "lastframe_closed_total"),
     "known_metrics_rule", "lastframe_closed_total is not in"),
    ("a histogram without its part", lambda b: swap(
        b, "lastframe_idle_before_close_seconds_bucket", "lastframe_idle_before_close_seconds"),
     "known_metrics_rule", "is not in"),
    ("a label that is not there", lambda b: swap(b, 'clean="true"', 'was_clean="true"'),
     "known_metrics_rule", "no label was_clean"),
    ("a bare counter", lambda b: swap(b, "rate(lastframe_closes_total",
                                      "sum(lastframe_closes_total"),
     "known_metrics_rule", "without rate"),
    ("a sum by nothing", lambda b: swap(b, "sum by (code)", "sum by (codes)"),
     "known_labels_rule", "label codes"),
    ("a legend of a lost label", lambda b: first(b, "timeseries")["targets"][0].update(
        legendFormat="{{upstream}}"), "known_labels_rule", "the legend's upstream"),
    ("a column from nowhere", lambda b: first(b, "table")["transformations"][-1]["options"][
        "renameByName"].update(reason="Reason"), "table_columns_rule", "column reason"),
    ("an override of no column", lambda b: first(b, "table")["fieldConfig"]["overrides"].append(
        {"matcher": {"id": "byName", "options": "Cuase"}, "properties": []}),
     "table_columns_rule", "Cuase"),
    ("sorted by no column", lambda b: first(b, "table")["options"].update(
        sortBy=[{"displayName": "value", "desc": True}]), "table_columns_rule", "sorted by"),
    ("a type that cannot be drawn", lambda b: first(b, "stat").update(type="heatmap"),
     "house_rule", "type heatmap"),
    ("a row without a text", lambda b: b["panels"].pop(1), "house_rule", "begins with a text"),
    ("an id twice", lambda b: first(b, "stat").update(id=1), "house_rule", "its id"),
    ("a title twice", lambda b: first(b, "stat").update(title=first(b, "table")["title"]),
     "house_rule", "its title is taken"),
    ("no word for nothing", lambda b: first(b, "stat")["fieldConfig"]["defaults"].pop("noValue"),
     "house_rule", "says nothing"),
    ("wider than the board", lambda b: first(b, "stat")["gridPos"].update(x=22),
     "house_rule", "wider"),
    ("one panel on another", lambda b: first(b, "table")["gridPos"].update(y=3),
     "house_rule", "overlaps"),
    ("a dead link", lambda b: b["links"][0].update(url="/d/lastframe-closes"),
     "links_rule", "no board"),
    ("a missing link", lambda b: b["links"].pop(), "links_rule", "there is no link"),
]


class PlantedMistakes(unittest.TestCase):
    def test_each_is_found_by_its_rule(self):
        for name, plant, rule, words in PLANTED:
            with self.subTest(name):
                board = copy.deepcopy(MADE["close-reasons"])
                plant(board)
                found = board_rules.problems(board, list(MADE.values()), METRICS)
                self.assertTrue(any(by == rule and words in text for by, text in found), found)

    def test_no_rule_is_without_one(self):
        rules = {rule.__name__ for rule in board_rules.ALONE + board_rules.WITH_METRICS}
        self.assertEqual(rules | {"links_rule"}, {rule for _, _, rule, _ in PLANTED})


class MetricsPage(unittest.TestCase):
    def test_a_row_of_the_page_is_read_whole(self):
        closes = METRICS["lastframe_closes_total"]
        self.assertEqual((closes.type, closes.labels),
                         ("counter", ("listener", "upstream", "code", "initiator", "clean")))
        self.assertEqual(METRICS["process_open_fds"].type, "gauge")
        self.assertEqual(METRICS["lastframe_workers"].labels, ())

    def test_the_buckets_that_the_boards_name_are_those_of_the_page(self):
        from source import histograms
        for name, bounds in (("lastframe_connection_duration_seconds", histograms.LIFETIMES),
                             ("lastframe_idle_before_close_seconds", histograms.LIFETIMES),
                             ("lastframe_pong_latency_seconds", histograms.LATENCIES),
                             ("lastframe_handshake_duration_seconds", histograms.LATENCIES),
                             ("lastframe_message_size_bytes", histograms.SIZES)):
            self.assertEqual([f"{bound:.10g}" for bound in bounds] + ["+Inf"],
                             page.buckets_of(name), name)


if __name__ == "__main__":
    unittest.main()
