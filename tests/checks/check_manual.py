"""The manual page names every command and every flag of proxy and health, and no other."""

import os
import pathlib
import re
import subprocess
import sys

PAGE = pathlib.Path("docs/lastframe.1")
EVERYWHERE = {"--help", "--lang", "--json"}


def asked(*arguments):
    return subprocess.run([os.environ["LASTFRAME"], *arguments], stdout=subprocess.PIPE, text=True, check=True).stdout


def flags_of(command):
    return set(re.findall(r"^ +(?:-\w, ?)?(--[a-z-]+)", asked(command, "--help"), re.MULTILINE))


def section(text, name):
    return re.search(rf"^\.SH {name}\n(.*?)(?=^\.SH |\Z)", text, re.MULTILINE | re.DOTALL).group(1)


def first_words(text):
    """What stands beside each .TP, with the font macros and escapes taken off."""
    for line in re.findall(r"^\.TP\n\.[A-Z]+ (.*)$", text, re.MULTILINE):
        yield line.replace("\\-", "-").replace('"', "").split()[0]


def faults():
    text = PAGE.read_text()
    commands = re.search(r"Commands:\n(.*?)\n\n", asked("--help"), re.DOTALL).group(1)
    named = {line.split()[0] for line in commands.splitlines()}
    shown = set(first_words(section(text, "COMMANDS")))
    if named != shown:
        yield f"commands: --help and the page differ in {sorted(named ^ shown)}"
    for command, title in (("proxy", "FLAGS OF PROXY"), ("health", "FLAGS OF HEALTH")):
        wanted = flags_of(command) - EVERYWHERE
        shown = set(first_words(section(text, title)))
        if wanted != shown:
            yield f"flags of {command}: --help and the page differ in {sorted(wanted ^ shown)}"
    version = asked("--version").split()[1]
    if f'"lastframe {version}"' not in text:
        yield f"the page is not of version {version}"
    said = subprocess.run(["man", "--warnings", "-E", "UTF-8", "-l", "-Tutf8", "-Z", str(PAGE)],
                          stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True).stderr if has_man() else ""
    if said:
        yield f"man: {said}"


def has_man():
    return pathlib.Path("/usr/bin/man").exists()


found = list(faults())
print("\n".join(found) or "the manual page says what --help says")
sys.exit(1 if found else 0)
