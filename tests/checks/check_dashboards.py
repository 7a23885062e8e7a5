"""The boards of dashboards/ are what their source makes, and keep the rules of tests/dashboards."""

import subprocess
import sys

for arguments in (["dashboards/build.py", "--check"],
                  ["-m", "unittest", "discover", "-s", "tests/dashboards"]):
    done = subprocess.run([sys.executable, *arguments])
    if done.returncode != 0:
        sys.exit(done.returncode)
