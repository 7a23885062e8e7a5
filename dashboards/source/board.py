"""A whole board: variables, links, annotations, and where each panel stands."""

from .panels import DATASOURCE, text
from .query import TARGET, counted

# Every board of the set, in the order of the links: uid and title. Uids never change, for people
# keep them in bookmarks and runbooks.
BOARDS = {
    "lastframe-close-reasons": "Close reasons",
    "lastframe-protocol-violations": "Protocol violations",
    "lastframe-handshakes-and-tls": "Handshakes and TLS",
    "lastframe-proxy-health": "Proxy health",
}
COLUMNS = 24


def row(title, about, *panels, lines=1):
    """A heading, a paragraph that says how to read what follows, and the panels.

    `lines` is how many lines the paragraph takes on a screen 1600 pixels wide.
    """
    return [{"type": "row", "title": title, "collapsed": False, "panels": [],
             "size": (COLUMNS, 1)}, text(about, height=1 + lines), *panels]


def board(uid, description, rows, docs=""):
    """Grafana's JSON of a board. `docs` is the default of the variable of that name."""
    return {
        "uid": uid,
        "title": f"Lastframe: {BOARDS[uid]}",
        "description": description,
        "tags": ["lastframe", "websocket"],
        "schemaVersion": 39,
        "editable": False,
        "graphTooltip": 1,
        "refresh": "30s",
        "time": {"from": "now-3h", "to": "now"},
        "timezone": "browser",
        "fiscalYearStartMonth": 0,
        "links": _links(uid),
        "annotations": {"list": [_mass_closes()]},
        "templating": {"list": _variables(docs)},
        "panels": _placed([panel for part in rows for panel in part]),
    }


def _placed(panels):
    """Gives each panel its id and place: left to right, and below where a line is full."""
    x = y = line = 0
    placed = []
    for number, panel in enumerate(panels, start=1):
        width, height = panel.pop("size")
        if x + width > COLUMNS:
            x, y, line = 0, y + line, 0
        placed.append({"id": number, **panel, "gridPos": {"x": x, "y": y, "w": width, "h": height}})
        x, line = x + width, max(line, height)
    return placed


def _links(own):
    return [{"type": "link", "title": title, "url": f"/d/{uid}", "icon": "dashboard",
             "keepTime": True, "includeVars": True, "asDropdown": False, "targetBlank": False,
             "tags": [], "tooltip": f"Lastframe: {title}"}
            for uid, title in BOARDS.items() if uid != own]


def _variables(docs):
    return [
        {"name": "datasource", "label": "Data source", "type": "datasource", "query": "prometheus",
         "refresh": 1, "regex": "", "multi": False, "includeAll": False, "options": [],
         "current": {}, "hide": 0,
         "description": "The Prometheus that scrapes Lastframe's /metrics"},
        _variable("job", "Job", "label_values(lastframe_build_info, job)", "Its scrape job"),
        _variable("instance", "Instance",
                  'label_values(lastframe_build_info{job=~"$job"}, instance)',
                  "Proxies, by the address that is scraped"),
        _variable("listener", "Listener",
                  f"label_values(lastframe_connections_active{{{TARGET}}}, listener)",
                  "Listeners, by their name in the configuration"),
        {"name": "docs", "label": "Docs at", "type": "textbox", "query": docs, "hide": 0,
         "current": {"text": docs, "value": docs}, "options": [],
         "description": "Where your copy of the folder docs/ can be read, for example the address "
                        "of that folder in a repository. The links of causes and rules lead "
                        "there. The program says the same: lastframe explain CAUSE"},
    ]


def _variable(name, label, query, description):
    return {"name": name, "label": label, "description": description, "type": "query",
            "datasource": DATASOURCE, "definition": query,
            "query": {"qryType": 1, "query": query, "refId": "variables"},
            "refresh": 2, "sort": 1, "regex": "", "multi": True, "includeAll": True,
            "allValue": ".+", "options": [], "hide": 0,
            "current": {"selected": True, "text": ["All"], "value": ["$__all"]}}


def _mass_closes():
    """Many connections that ended together, marked in every graph of every board."""
    expression = counted("lastframe_mass_closes_total", "listener, upstream",
                         window="$__rate_interval") + " > 0"
    return {
        "name": "Mass closes", "datasource": DATASOURCE, "enable": True, "hide": False,
        "iconColor": "#D55E00", "type": "dashboard", "useValueForTime": False,
        # Grafana asks the target; versions before 12 ask expr and step.
        "target": {"refId": "Anno", "expr": expression, "interval": "30s"},
        "expr": expression, "step": "30s",
        "titleFormat": "Mass close", "tagKeys": "listener,upstream",
        "textFormat": "Many connections of {{listener}} to {{upstream}} ended together: "
                      "a crash, a deploy or a reload",
    }
