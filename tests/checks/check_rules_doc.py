"""docs/rules.md is what the binary prints."""

import difflib
import os
import pathlib
import subprocess
import sys

PAGE = pathlib.Path("docs/rules.md")

binary = os.environ.get("LASTFRAME", "build/release/proxy/lastframe")
if not pathlib.Path(binary).is_file():
    sys.exit(f"there is no {binary}: build it (./dev build), or name another in LASTFRAME")

printed = subprocess.run([binary, "explain", "--markdown"], capture_output=True, text=True,
                         timeout=50, check=True).stdout
written = PAGE.read_text() if PAGE.is_file() else ""
difference = list(difflib.unified_diff(written.splitlines(), printed.splitlines(), str(PAGE),
                                       "lastframe explain --markdown", n=0, lineterm=""))
if difference or written != printed:
    print("\n".join(difference[:40]))
    sys.exit(f"{PAGE} is not what the binary prints: lastframe explain --markdown > {PAGE}")
print(f"{PAGE} is what the binary prints")
