"""compose.yaml is valid, what it mounts is there, and it gives a drain its time."""

import pathlib
import shutil
import subprocess
import sys

import yaml

FILE = pathlib.Path("config/deploy/compose.yaml")


def refused(text):
    """What docker-compose says against a file with this text; empty where it takes it."""
    done = subprocess.run(["docker-compose", "-f", "-", "config", "-q"], cwd=FILE.parent, input=text,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return "" if done.returncode == 0 else done.stdout or "refused"


def faults():
    text = FILE.read_text()
    if shutil.which("docker-compose"):
        if said := refused(text):
            yield said
        for right, wrong in (("read_only: true", "read_onyl: true"), ("cap_drop: [ALL]", "cap_drop: ALL")):
            if not refused(text.replace(right, wrong)):
                yield f"docker-compose takes {wrong!r}: this check proves nothing"
    else:
        print("the schema is not checked: docker-compose is not installed")
    services = yaml.safe_load(text)["services"]
    for name, service in services.items():
        sources = [mount.split(":")[0] for mount in service.get("volumes", ()) if mount.startswith(".")]
        if "build" in service:
            sources.append(service["build"]["context"])
        for source in sources:
            if not (FILE.parent / source).exists():
                yield f"{name}: {source} is not there"
        for other in service.get("depends_on", ()):
            if other not in services:
                yield f"{name} depends on {other}, which is no service"
    settings = yaml.safe_load(pathlib.Path("config/lastframe.yaml").read_text())
    if int(services["lastframe"]["stop_grace_period"][:-1]) <= int(settings["drain_timeout"][:-1]):
        yield "stop_grace_period does not give a drain its time"


found = list(faults())
print("\n".join(found) or "compose.yaml holds together")
sys.exit(1 if found else 0)
