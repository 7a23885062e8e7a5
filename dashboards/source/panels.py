"""Panels of the six types that the boards use. All return Grafana's JSON; see dashboards/README.md.

Sizes are Grafana's: a board is 24 columns wide, a unit of height is 30 pixels.
"""

from . import colours

DATASOURCE = {"type": "prometheus", "uid": "${datasource}"}


def target(expression, legend="", instant=False, form="time_series", ref="A"):
    """One query. `form`: time_series, table, or heatmap (a histogram's buckets, apart)."""
    return {"datasource": DATASOURCE, "editorMode": "code", "expr": expression, "format": form,
            "instant": instant, "range": not instant, "legendFormat": legend or "__auto",
            "refId": ref}


def targets(*rows, **options):
    """Several queries (expression, legend) of one panel."""
    return [target(expression, legend, ref=chr(ord("A") + i), **options)
            for i, (expression, legend) in enumerate(rows)]


def text(markdown, width=24, height=2):
    return {"type": "text", "title": "", "transparent": True, "size": (width, height),
            "options": {"mode": "markdown", "content": markdown}}


def stat(title, description, queries, size=(4, 4), unit="locale", steps=None, none="none",
         decimals=None, name=False, mappings=(), graph=True, overrides=()):
    """A number. `steps`: thresholds as ((from, colour), ...), the first `from` being None.

    `name` shows whose number it is, for a query that picks the greatest of many.
    """
    panel = _panel("stat", title, description, queries, size, unit, none, decimals, overrides)
    panel["options"] = {
        "reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False},
        "orientation": "auto", "justifyMode": "auto", "colorMode": "value",
        "textMode": "value_and_name" if name else "auto", "wideLayout": True,
        "graphMode": "area" if graph else "none"}
    defaults = panel["fieldConfig"]["defaults"]
    defaults["mappings"] = list(mappings)
    defaults["color"] = {"mode": "thresholds"}
    defaults["thresholds"] = thresholds(steps or ((None, colours.CALM),))
    return panel


def timeseries(title, description, queries, size, unit="short", none="nothing in this time",
               stack=False, bars=False, decimals=None, overrides=(), links=(), steps=None,
               minimum=0, calcs=("mean", "max"), maximum=None, legend_width=None):
    """Lines, or filled areas on top of each other with `stack`, or bars. `steps` draws lines.

    The legend stands below, or with `legend_width` (pixels) to the right, where it has more rows.
    """
    panel = _panel("timeseries", title, description, queries, size, unit, none, decimals,
                   overrides, links)
    panel["options"] = {
        "legend": {"showLegend": True, "displayMode": "table", "placement": "bottom",
                   "calcs": list(calcs), "sortBy": calcs[-1].title(), "sortDesc": True},
        "tooltip": {"mode": "multi", "sort": "desc"}}
    if legend_width:
        panel["options"]["legend"].update(placement="right", width=legend_width)
    defaults = panel["fieldConfig"]["defaults"]
    defaults["color"] = {"mode": "palette-classic"}
    defaults["min"] = minimum
    if maximum is not None:
        defaults["max"] = maximum
    defaults["custom"] = {
        "drawStyle": "bars" if bars else "line", "lineInterpolation": "linear",
        "lineWidth": 1 if stack or bars else 2,
        "fillOpacity": 80 if bars else 55 if stack else 8, "gradientMode": "none",
        "showPoints": "never", "spanNulls": False, "barAlignment": 0,
        "stacking": {"mode": "normal" if stack else "none", "group": "A"},
        "thresholdsStyle": {"mode": "line" if steps else "off"}}
    if steps:
        defaults["thresholds"] = thresholds(steps)
    return panel


def bargauge(title, description, queries, size, unit="locale", none="nothing in this time",
             overrides=(), decimals=0):
    """Bars from left to right, one for each series, in the order of the query."""
    panel = _panel("bargauge", title, description, queries, size, unit, none, decimals, overrides)
    panel["options"] = {
        "reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False},
        "orientation": "horizontal", "displayMode": "basic", "valueMode": "text",
        "namePlacement": "left", "showUnfilled": True, "sizing": "auto", "minVizWidth": 8,
        "minVizHeight": 10, "maxVizHeight": 28, "text": {"titleSize": 12, "valueSize": 13}}
    panel["fieldConfig"]["defaults"]["color"] = {"mode": "fixed", "fixedColor": colours.CALM}
    panel["fieldConfig"]["defaults"]["min"] = 0
    return panel


def table(title, description, queries, size, columns, sort=None, overrides=(), unit="locale",
          none="nothing in this time", decimals=None, tall=False):
    """A table of instant queries. `columns`: (field, heading) from left to right; others hide.

    `tall` rows have room for two lines. Grafana makes room for long values by itself, but not for
    long texts that a mapping puts in their place.

    A query's number is the field "Value", of several queries "Value #A" and so on.
    """
    panel = _panel("table", title, description, queries, size, unit, none, decimals, overrides)
    panel["options"] = {"showHeader": True, "cellHeight": "lg" if tall else "sm",
                        "sortBy": [{"displayName": sort, "desc": True}] if sort else []}
    panel["fieldConfig"]["defaults"]["custom"] = {"align": "auto", "filterable": False,
                                                  "cellOptions": {"type": "auto"}}
    panel["transformations"] = [
        {"id": "merge", "options": {}},
        {"id": "filterFieldsByName",
         "options": {"include": {"names": [field for field, _ in columns]}}},
        {"id": "organize",
         "options": {"excludeByName": {},
                     "indexByName": {field: i for i, (field, _) in enumerate(columns)},
                     "renameByName": dict(columns)}}]
    return panel


def thresholds(steps):
    return {"mode": "absolute", "steps": [{"value": at, "color": colour} for at, colour in steps]}


def override(name, pattern=False, **properties):
    """What is special about the field `name` (a regular expression with `pattern`).

    Property names have `__` for dots: custom__width=80 is "custom.width".
    """
    matcher = {"id": "byRegexp" if pattern else "byName", "options": name}
    return {"matcher": matcher, "properties": [{"id": id.replace("__", "."), "value": value}
                                               for id, value in properties.items()]}


def colour(name, hue, pattern=False, **properties):
    """An override that gives a field its colour."""
    return override(name, pattern, color={"mode": "fixed", "fixedColor": hue}, **properties)


def family(names, hue):
    """Overrides that give all fields of these names one hue, neighbours in different shades."""
    shades = colours.variants(hue)
    dealt = [names[first::len(shades)] for first in range(len(shades))]
    return [colour(f"/^({'|'.join(some)})$/", shade, pattern=True)
            for some, shade in zip(dealt, shades) if some]


# A column whose long texts take several lines. Grafana 12 moved the switch out of cellOptions.
WRAPPED = {"custom__cellOptions": {"type": "auto", "wrapText": True}, "custom__wrapText": True}


def value_map(texts, otherwise=None):
    """Texts (or (text, colour)) in place of values; `otherwise` for those that are not known."""
    options = {}
    for i, (value, shown) in enumerate(texts.items()):
        shown = (shown,) if isinstance(shown, str) else shown
        options[value] = {"index": i, "text": shown[0]}
        if len(shown) > 1:
            options[value]["color"] = colours.readable(shown[1])
    maps = [{"type": "value", "options": options}]
    if otherwise:
        maps.append({"type": "regex", "options": {
            "pattern": "^(.+)$", "result": {"index": len(options), "text": otherwise}}})
    return maps


def _panel(type, title, description, queries, size, unit, none, decimals, overrides, links=()):
    defaults = {"unit": unit, "noValue": none, "links": list(links)}
    if decimals is not None:
        defaults["decimals"] = decimals
    return {"type": type, "title": title, "description": description, "datasource": DATASOURCE,
            "targets": queries if isinstance(queries, list) else [queries], "size": size,
            "fieldConfig": {"defaults": defaults, "overrides": list(overrides)}}
