"""One meaning for each colour, the same on every board.

The hues are those of Okabe and Ito, which people with any kind of colour blindness can tell apart;
blue is calm, and whatever stands out wants to be looked at. A colour is never the only sign:
legends, titles and numbers say the same in words.
"""

CALM = "#56B4E9"  # as it should be
CALM_DARK = "#0072B2"
MUTED = "#8E9BAA"  # neither good nor bad, or not known
APPLICATION = "#009E73"  # the application's or the operator's own doing
WATCH = "#F0E442"
WARNING = "#E69F00"
ALARM = "#D55E00"
BETWEEN = "#CC79A7"  # somebody on the way between the two ends
LINK = "#3A6EA5"

# Who has to act, as docs/causes.md words it: the colour of a cause, and the word for a legend.
PARTIES = {
    "nobody": (CALM, "nobody"),
    "the client": (WARNING, "client"),
    "the server": (ALARM, "server"),
    "the side that closed": (WATCH, "one of the two ends"),
    "the side that did not close": (WATCH, "one of the two ends"),
    "a hop between client and this tap": (BETWEEN, "a hop between"),
    "a hop between this tap and server": (BETWEEN, "a hop between"),
    "a hop on the side that closed": (BETWEEN, "a hop between"),
    "a hop on the side that did not close": (BETWEEN, "a hop between"),
    "the network": (CALM_DARK, "network"),
    "the operator (a deploy, a reload)": (APPLICATION, "operator"),
    "this proxy": ("#B07AFF", "this proxy"),
    "unknown": (MUTED, "unknown"),
}

# Label `code` of lastframe_closes_total: its name in a legend, and its colour. Codes of an
# application are one family; those that RFC 6455 reserves for trouble are the warm ones.
CODES = {
    "1000": ("1000 Normal Closure", CALM),
    "1001": ("1001 Going Away", CALM_DARK),
    "1005": ("1005 No Status Received", "#9CC3DD"),
    "none": ("no Close at all (1006)", ALARM),
    "1002": ("1002 Protocol Error", BETWEEN),
    "1003": ("1003 Unsupported Data", "#DDA5C4"),
    "1006": ("1006 on the wire (illegal)", "#8C3D00"),
    "1007": ("1007 Invalid Payload Data", "#A8588A"),
    "1008": ("1008 Policy Violation", WATCH),
    "1009": ("1009 Message Too Big", "#B8A800"),
    "1010": ("1010 Mandatory Extension", "#E3C9D8"),
    "1011": ("1011 Internal Error", WARNING),
    "1012": ("1012 Service Restart", "#F5C56B"),
    "1013": ("1013 Try Again Later", "#B37A00"),
    "1014": ("1014 Bad Gateway", "#FF9F6B"),
    "1015": ("1015 on the wire (illegal)", "#6B2F00"),
    "3000": ("3000 Unauthorized", "#4DBF9C"),
    "3003": ("3003 Forbidden", "#7FD1B9"),
    "3008": ("3008 Timeout", "#00714F"),
    "3xxx": ("3xxx, of a library", "#00845F"),
    "4xxx": ("4xxx, of the application", APPLICATION),
    "other": ("other", MUTED),
}

# What lastframe_closes_total's `code` has for ends that need no look: done, gone, no code given,
# and what an application says by codes of its own.
ORDINARY_CODES = "1000|1001|1005|3...|4..."


def variants(hue):
    """Three colours of one family: the hue, a lighter and a darker one."""
    return hue, _mixed(hue, 255, 0.4), _mixed(hue, 0, 0.12)


def readable(hue):
    """The hue for words: as dark as a contrast of 3 on white needs, for Grafana's light theme."""
    share = 0.0
    while 1.05 / (_luminance(_mixed(hue, 0, share)) + 0.05) < 3:
        share += 0.05
    return _mixed(hue, 0, share)


def _luminance(hue):
    """Relative luminance as WCAG 2 defines it, 0 to 1."""
    parts = (int(hue[at:at + 2], 16) / 255 for at in (1, 3, 5))
    linear = (part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4
              for part in parts)
    return sum(share * part for share, part in zip((0.2126, 0.7152, 0.0722), linear))


def _mixed(hue, other, share):
    parts = (int(hue[at:at + 2], 16) for at in (1, 3, 5))
    return "#" + "".join(f"{round(part + (other - part) * share):02X}" for part in parts)
