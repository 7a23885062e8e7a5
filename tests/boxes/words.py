"""The short words of the tables for what `lastframe probe` says in sentences."""

import re

# What a check found, in the words of a cell. A sentence that is not here stands as it is.
PHRASES = (
    (r"under other masking keys", "masked anew"),
    (r"frame 1 of 5 \(text\) arrived as ping", "Pings overtake the message around them"),
    (r"frame \d of 4 \(text\) arrived with \d bytes?", "fragments end where characters do"),
    (r"compresses messages that were sent uncompressed", "compresses what was not compressed"),
    (r'in place of a 101: "HTTP/1\.[01] (.*)"', r"\1"),
    (r"X-Lastframe-Twice: one arrived as .*one, two", "joined by a comma"),
    (r"X-Lastframe-Twice: two was taken out", ""),
    (r"the field name \S+ arrived as (X-Mixed-Case|X-Lastframe-Odd)", r"`\1`"),
    (r"the field name Sec-WebSocket-Extensions arrived as \S+", ""),
    (r"0 with 0 bytes arrived", "lost"),
    (r"what the echo sent behind our FIN did not come back", "the echo is cut off"),
    (r'the echo\'s Close arrived as 4001 with the reason "ours"',
     "our own Close comes back for the echo's"),
    (r"(?:our|echo's) (?:fin|reset) arrived as fin", "FIN"),
    (r"(?:our|echo's) (?:fin|reset) arrived as reset", "reset"),
    (r"a Close (.*) was put in front of the end", r"Close \1 put in front"),
    (r'the answer (\d+) arrived as \1 with the reason', "the answer gets the first Close's reason"),
    (r"our answer (\d+) arrived as \1 with the reason", ""),
    (r"our Close 1014.*arrived as 1002.*", "1014 becomes 1002"),
    (r"1014.*arrived as 1002.*", ""),
)


def phrase(finding):
    """"" for what another finding of the same check says."""
    for pattern, words in PHRASES:
        found = re.search(pattern, finding)
        if found:
            return found.expand(words)
    return steady(finding)


def cell(checks, *names, good="as sent"):
    """What became of these checks, in one cell."""
    phrases = []
    for name in names:
        if name not in checks:
            return "not tried"
        for finding in checks[name]["findings"]:
            words = phrase(finding)
            if words and words not in phrases:
                phrases.append(words)
    return "; ".join(phrases) or good


def heads(check, way):
    """The differences of the heads of a plain handshake that went this way."""
    found = {"changed": [], "added": [], "taken out": []}
    spelling = []
    for finding in check["findings"]:
        if not finding.startswith(way):
            continue
        if match := re.search(r"the field ([^:]+): .* arrived as ", finding):
            found["changed"].append(match.group(1))
        elif match := re.search(r"the field ([^:]+)(?:: .*)? was (added|taken out)$", finding):
            found[match.group(2)].append(match.group(1))
        elif match := re.search(r"the field name \S+ arrived as (\S+)", finding):
            spelling.append(match.group(1))
        elif "in lower case" in finding:
            found["names in lower case"] = None
        else:
            found[steady(finding)] = None
    if spelling:
        found["spelt"] = spelling
    texts = []
    for what, names in found.items():
        if names is None:
            texts.append(what)
        elif names:
            texts.append(f"{what} " + ", ".join(f"`{name}`" for name in names))
    return "; ".join(texts) or "as sent"


def largest(check):
    """The largest message that passed."""
    size = int(re.search(r"passed: (\d+)", check["facts"][0]).group(1))
    if not any(" does not" in each for each in check["findings"]):
        return f"{size >> 20} MiB or more" if size % (1 << 20) == 0 else f"{size} bytes or more"
    if any("never arrived" in each for each in check["findings"]):
        # Where it stands still depends on how much the kernel buffers.
        return f"about {round(size / (1 << 20))} MiB, then it stands still"
    return f"{size} bytes"


def steady(text):
    """Without what is another one in every run."""
    text = re.sub(r"127\.0\.0\.1:\d+", "127.0.0.1:PORT", text)
    text = re.sub(r"\w{3}, \d\d \w{3} \d{4} [\d:]{8} GMT", "DATE", text)
    return re.sub(r"X-Varnish: \d+", "X-Varnish: NUMBER", text)
