"""Histograms as bars from left to right, with the famous time-outs at the buckets made for them."""

from . import colours
from .knowledge import time_outs
from .panels import bargauge, colour, override, target, targets
from .query import counted, per_second

# The upper bounds of docs/metrics.md. Narrow buckets stand around each famous time, and sizes at
# the limits of libraries.
LIFETIMES = (0.1, 1, 5, 10, 20, 29, 31, 54, 56, 59, 61, 99, 101, 119, 121, 239, 241, 269, 271, 299,
             301, 349, 351, 599, 601, 3599, 3601, 7199, 7201, 86400)
LATENCIES = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
SIZES = (125, 1024, 8192, 16384, 32768, 65535, 131072, 1048576, 4194304, 10485760, 16777216,
         67108864, 104857600)

FAMOUS = {30: colours.CALM, 55: "#9CC3DD", 60: colours.WARNING, 100: colours.BETWEEN,
          120: colours.APPLICATION, 240: "#4DBF9C", 270: "#A8588A", 300: colours.WATCH,
          350: colours.ALARM, 600: "#B8A800", 3600: colours.CALM_DARK, 7200: colours.MUTED}
TIME_OUTS = time_outs()
# Names that fit beside a bar, in the order of how often one meets them; others come after.
SHORT = {"nginx": "nginx", "AWS Application Load Balancer": "AWS ALB", "Cloudflare": "Cloudflare",
         "Google Cloud Application Load Balancer": "Google Cloud LB", "HAProxy": "HAProxy",
         "Heroku router": "Heroku", "AWS Network Load Balancer": "AWS NLB",
         "AWS API Gateway": "AWS API Gateway", "Azure Front Door": "Azure Front Door",
         "Azure Load Balancer": "Azure LB", "ASP.NET Core SignalR": "SignalR",
         "AWS EC2 connection tracking": "AWS EC2",
         "Cloudflare Gateway (Zero Trust)": "Cloudflare Gateway", "Google Cloud Run": "Cloud Run"}


def time_distribution(title, description, metric, kinds, size):
    """A bar for each bucket; those at a time-out of one of `kinds` are named after its owners."""
    return _bars(title, description, metric, size, "no closes in this time",
                 [_time_bar(low, high, kinds) for low, high in _pairs(LIFETIMES)])


def latency_distribution(title, description, metric, size, none):
    return _bars(title, description, metric, size, none,
                 [_named(high, _between(low, high, _latency)) for low, high in _pairs(LATENCIES)])


def size_distribution(title, description, metric, size, none):
    return _bars(title, description, metric, size, none,
                 [_named(high, _between(low, high, _size)) for low, high in _pairs(SIZES)])


def at_famous_times(metric):
    """For each famous time the closes per second within a second of it, where there are any."""
    def up_to(bound):
        return per_second(metric + "_bucket", "", f'le=~"{bound}|{bound}.0"')
    return targets(*((f"({up_to(t + 1)} - {up_to(t - 1)}) > 0", _time(t)) for t in FAMOUS))


def famous_colours():
    return [colour(_time(seconds), hue) for seconds, hue in FAMOUS.items()]


def _bars(title, description, metric, size, none, overrides):
    # Grafana sorts buckets by their names, as numbers: the legend must be the bare bound.
    buckets = target(counted(metric + "_bucket", "le"), "{{le}}", instant=True, form="heatmap")
    return bargauge(title, description, buckets, size, none=none, overrides=overrides)


def _pairs(bounds):
    return zip((0, *bounds), (*bounds, None))


def _named(bound, name, hue=None):
    """The bar of the bucket up to `bound`, which Prometheus 3 writes as 31.0 in place of 31."""
    pattern = "[+]Inf" if bound is None else f"{bound:.10g}".replace(".", "[.]") + "([.]0)?"
    if hue:
        return colour(f"/^{pattern}$/", hue, pattern=True, displayName=name)
    return override(f"/^{pattern}$/", pattern=True, displayName=name)


def _time_bar(low, high, kinds):
    middle = (low + high) // 2 if high else None
    if middle not in FAMOUS or high - low > 2:
        return _named(high, _between(low, high, _time))
    owners = dict.fromkeys(t.product for t in TIME_OUTS if t.seconds == middle and t.kind in kinds)
    if not owners:
        return _named(high, f"about {_time(middle)}")
    fame = {name: rank for rank, name in enumerate(SHORT)}
    known = sorted(owners, key=lambda name: fame.get(name, len(fame)))
    more = f" +{len(known) - 2}" if len(known) > 2 else ""
    names = ", ".join(SHORT.get(name, name) for name in known[:2])
    return _named(high, f"{_time(middle)}: {names}{more}", colours.WARNING)


def _between(low, high, words):
    if high is None:
        return f"over {words(low)}"
    return f"{words(low)} to {words(high)}" if low else f"up to {words(high)}"


def _time(seconds):
    """30 s, 5 min, 2 h."""
    for unit, length in (("h", 3600), ("min", 60)):
        if seconds % length == 0 and seconds >= 2 * length or seconds == length == 3600:
            return f"{seconds // length} {unit}"
    return f"{seconds:g} s"


def _latency(seconds):
    return f"{seconds * 1000:g} ms" if seconds < 1 else f"{seconds:g} s"


def _size(size):
    for unit, length in (("MiB", 2 ** 20), ("KiB", 2 ** 10)):
        if size % length == 0:
            return f"{size // length} {unit}"
    return f"{size} B"
