"""Finds in texts the metrics, labels and values that queries name, and says which do not exist."""

import re

import known_words as known

SELECTOR = re.compile(r"([a-zA-Z_:][\w:]*)\{([^{}]*)\}")
MATCHER = re.compile(r"(\w+)\s*(?:=~|!~|!=|=)\s*(\"[^\"]*\"|%q)")
GROUPING = re.compile(r"\b(?:by|without|on|ignoring|group_left|group_right)\s*\(([^()]*)\)")
NAME = re.compile(r"\b(?:lastframe|process)_\w+\b|\b[a-z_]+:lastframe_\w+:\w+\b")


class Queries:
    """What queries may name, gathered once."""

    def __init__(self):
        self.metrics = known.metrics()
        self.recorded = known.recorded()
        self.causes = known.catalogue_ids("causes.yaml")
        self.rules = known.broken_rules()
        self.labels = known.TARGET_LABELS | {"alertname", "severity", "alertstate"}
        for labels, _ in self.metrics.values():
            self.labels |= labels

    def mistakes(self, text):
        """Sentences, one for each word that does not exist."""
        text = text.replace('\\"', '"')
        for name in sorted(set(NAME.findall(text))):
            if name not in self.metrics and name not in self.recorded:
                yield f"there is no metric or recording rule {name}"
        for name, matchers in SELECTOR.findall(text):
            if name in self.metrics or name in self.recorded:
                yield from self._mistakes_in_selector(name, matchers)
        for names in GROUPING.findall(text):
            for label in filter(None, re.split(r"[\s,]+", names)):
                if label not in self.labels:
                    yield f"there is no label {label} to group by"

    def _mistakes_in_selector(self, name, matchers):
        labels, words = self.metrics.get(name) or self.recorded[name]
        for label, value in MATCHER.findall(matchers):
            if label not in labels | known.TARGET_LABELS:
                yield f"{name} has no label {label}"
            elif value != "%q":
                for alternative in value.strip('"').split("|"):
                    if not self._is_value(label, alternative, words):
                        yield f"{name}: {label} is never {alternative}"

    def _is_value(self, label, value, words):
        if label in ("cause", "reason"):
            return value in self.causes
        if label == "rule":
            return value in self.rules
        if label in ("side", "leg"):
            return value in known.SIDES
        if label == "direction":
            return value in ("client_to_server", "server_to_client")
        if label in known.LISTED_IN_THE_ROW:
            return value in words
        return True
