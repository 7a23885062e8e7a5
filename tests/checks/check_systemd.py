"""The unit is what systemd takes without a word, is sandboxed, and gives a drain its time."""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

UNIT = pathlib.Path("config/deploy/systemd/lastframe.service")
SETTINGS = pathlib.Path("config/lastframe.yaml")
MOST_EXPOSURE = 1.8  # of 10, by systemd's own count; what is left is that it must reach the network


def run(*command):
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def verified(unit, program):
    """What systemd-analyze has to say. It exits with 0 on unknown keys and bad values, so that any
    word counts. The program and the manual are not installed here: the one that was built stands in."""
    text = unit.read_text().replace("/usr/bin/lastframe", str(program))
    text = re.sub(r"^Documentation=.*\n", "", text, flags=re.MULTILINE)
    with tempfile.TemporaryDirectory() as folder:
        copy = pathlib.Path(folder) / unit.name
        copy.write_text(text)
        return run("systemd-analyze", "verify", "--man=no", str(copy)).stdout


def exposure(unit):
    out = run("systemd-analyze", "security", "--offline=true", "--no-pager", str(unit)).stdout
    found = re.search(r"Overall exposure level for \S+: ([\d.]+)", out)
    return float(found.group(1)) if found else out


def seconds(pattern, text):
    return int(re.search(pattern, text, re.MULTILINE).group(1))


def faults():
    program = pathlib.Path(os.environ["LASTFRAME"])
    said = verified(UNIT, program)
    if said:
        yield f"systemd-analyze verify: {said}"
    broken = UNIT.read_text().replace("WatchdogSec=30s", "WatchdogSec=soon\nWatchdgo=1s")
    with tempfile.TemporaryDirectory() as folder:
        copy = pathlib.Path(folder) / UNIT.name
        copy.write_text(broken)
        said = verified(copy, program)
        if "Watchdgo" not in said or "soon" not in said:
            yield f"a broken unit is not noticed: {said!r}"
    level = exposure(UNIT)
    if not isinstance(level, float) or level > MOST_EXPOSURE:
        yield f"systemd-analyze security: {level}, at most {MOST_EXPOSURE} is wanted"
    stop = seconds(r"^TimeoutStopSec=(\d+)s$", UNIT.read_text())
    drain = seconds(r"^drain_timeout: (\d+)s", SETTINGS.read_text())
    if stop <= drain:
        yield f"TimeoutStopSec={stop}s does not give a drain of {drain}s its time"


if not shutil.which("systemd-analyze"):
    print("skipped: systemd-analyze is not installed (package systemd)")
    sys.exit(0)
found = list(faults())
print("\n".join(found) or "the unit is taken without a word")
sys.exit(1 if found else 0)
