"""Histograms as bars, with the famous time-outs of docs/causes.md at the buckets made for them."""

from . import colours
from .knowledge import time_outs
from .panels import bargauge, colour, override, target, targets
from .query import counted, per_second

# The upper bounds of docs/metrics.md: narrow buckets around each famous time.
SECONDS = (0.1, 1, 5, 10, 20, 29, 31, 54, 56, 59, 61, 99, 101, 119, 121, 239, 241, 269, 271, 299,
           301, 349, 351, 599, 601, 3599, 3601, 7199, 7201, 86400)
FAMOUS = (30, 55, 60, 100, 120, 240, 270, 300, 350, 600, 3600, 7200)
TIME_OUTS = time_outs()


def distribution(title, description, metric, kinds, size):
    """A bar for each bucket; those at a time-out of one of `kinds` are named after its owners."""
    return bargauge(title, description,
                    target(counted(metric + "_bucket", "le"), "{{le}}", instant=True,
                           form="heatmap"), size, none="no closes in this time",
                    overrides=[_bar(low, high, kinds)
                               for low, high in zip((0, *SECONDS), (*SECONDS, None))])


def at_famous_times(metric):
    """For each famous time the closes per second within a second of it, where there are any."""
    def up_to(bound):
        return per_second(metric + "_bucket", "", f'le=~"{bound}|{bound}.0"')
    return targets(*((f"({up_to(t + 1)} - {up_to(t - 1)}) > 0", words(t)) for t in FAMOUS))


def words(seconds):
    """30 s, 5 min, 2 h."""
    for unit, length in (("h", 3600), ("min", 60)):
        if seconds > length and seconds % length == 0 or seconds == length == 3600:
            return f"{seconds // length} {unit}"
    return f"{seconds:g} s"


def _bar(low, high, kinds):
    # Prometheus 3 writes a bound of 31 as 31.0.
    name = "/^[+]Inf$/" if high is None else f"/^{str(high).replace('.', '[.]')}([.]0)?$/"
    if high is None:
        return override(name, pattern=True, displayName=f"over {words(low)}")
    famous = (low + high) // 2
    if famous not in FAMOUS or high - low > 2:
        return override(name, pattern=True, displayName=f"{words(low)} to {words(high)}")
    owners = list(dict.fromkeys(t.product for t in TIME_OUTS
                                if t.seconds == famous and t.kind in kinds))
    if not owners:
        return override(name, pattern=True, displayName=f"about {words(famous)}")
    more = f" and {len(owners) - 2} more" if len(owners) > 2 else ""
    return colour(name, colours.WARNING, pattern=True,
                  displayName=f"{words(famous)}: {', '.join(owners[:2])}{more}")
