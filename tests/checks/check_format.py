"""Every C++ file is formatted as .clang-format says, by clang-format-19."""

import pathlib
import shutil
import subprocess
import sys

files = [str(f) for top in ("proxy", "tests") for f in sorted(pathlib.Path(top).rglob("*"))
         if f.suffix in (".h", ".cpp")]
if not shutil.which("clang-format-19"):
    sys.exit("clang-format-19 is missing: apt-get install clang-format-19")
sys.exit(subprocess.run(["clang-format-19", "--dry-run", "--Werror", *files]).returncode)
