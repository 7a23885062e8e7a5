"""Every key that a record of the demo has is explained in docs/log-format.md."""

import json
import os
import pathlib
import re
import subprocess
import sys

PAGE = pathlib.Path("docs/log-format.md")
COMMON = "Every line"  # the section whose keys hold for each event
# Objects with one member for each endpoint or direction: their keys stand once, with a star.
TWINS = re.compile(r"\b(client_to_server|server_to_client|client|server)(?=\.|$)")
TWIN_PARENTS = ("close_frames", "traffic", "transport", "pings", "compression", "tls",
                "closes[].messages")


def sections(page):
    """Heading and the keys (in backquotes) of each part, with those of the parts below it."""
    open_parts, found = [], []
    for line in page.splitlines():
        heading = re.match(r"(#+) (.*)", line)
        if heading:
            level = len(heading[1])
            open_parts = [part for part in open_parts if part[0] < level]
            open_parts.append((level, heading[2], set()))
            found.append(open_parts[-1])
        for _, _, keys in open_parts:
            keys.update(re.findall(r"`([^`]+)`", line))
    return [(title, keys) for _, title, keys in found]


def paths(value, path=""):
    """"traffic", "traffic.*", "traffic.*.bytes", "stream_ends[].how", ..."""
    if isinstance(value, list):
        for item in value:
            yield from paths(item, path + "[]")
    elif isinstance(value, dict):
        for key, content in value.items():
            name = TWINS.sub("*", key) if path in TWIN_PARENTS else key
            inner = f"{path}.{name}" if path else name
            yield inner
            yield from paths(content, inner)


def lines_of_the_demo(binary):
    done = subprocess.run([binary, "demo", "--json", "--log-level", "frames"],
                          capture_output=True, text=True, timeout=50)
    if done.returncode != 0:
        sys.exit(f"{binary} demo: exit {done.returncode}\n{done.stderr}")
    return [json.loads(line) for line in done.stdout.splitlines()]


binary = os.environ.get("LASTFRAME", "build/release/proxy/lastframe")
if not pathlib.Path(binary).is_file():
    sys.exit(f"there is no {binary}: build it (./dev build), or name another in LASTFRAME")

explained = sections(PAGE.read_text())
common = {key for title, keys in explained if title == COMMON for key in keys}
seen, missing = set(), set()
for record in lines_of_the_demo(binary):
    event = record["event"]
    seen.add(event)
    own = {key for title, keys in explained if f"`{event}`" in title for key in keys}
    missing |= {f"{event}: {path}" for path in paths(record) if path not in own | common}

wanted = {"session_end", "handshake_failed", "connect_failed", "violation", "message", "frame",
          "summary"}
missing |= {f"the demo wrote no {event}" for event in wanted - seen}
print("\n".join(sorted(missing)) or f"{PAGE} explains every key of {len(seen)} events")
sys.exit(1 if missing else 0)
