"""Holds a page of docs/ against what the binary prints. The checks of this folder use it."""

import difflib
import os
import pathlib
import subprocess
import sys


def check(page, arguments):
    """Ends with 1 and the difference unless `lastframe ARGUMENTS` prints the page."""
    page = pathlib.Path(page)
    call = "lastframe " + " ".join(arguments)
    binary = os.environ.get("LASTFRAME", "build/release/proxy/lastframe")
    if not pathlib.Path(binary).is_file():
        sys.exit(f"there is no {binary}: build it (./dev build), or name another in LASTFRAME")

    done = subprocess.run([binary, *arguments], capture_output=True, text=True, timeout=50)
    if done.returncode != 0:
        sys.exit(f"{call} ended with {done.returncode}: {done.stderr}")
    written = page.read_text() if page.is_file() else ""
    difference = list(difflib.unified_diff(written.splitlines(), done.stdout.splitlines(),
                                           str(page), call, n=0, lineterm=""))
    if difference or written != done.stdout:
        print("\n".join(difference[:40]))
        sys.exit(f"{page} is not what the binary prints: {call} > {page}")
    print(f"{page} is what the binary prints")
