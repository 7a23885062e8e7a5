"""Containers for the stack tests, by whichever engine is here: docker, podman, or what is named.

$LASTFRAME_ENGINE is called as `docker` is, $LASTFRAME_BUILD_IMAGE as `docker build` is (`-t TAG CONTEXT`).
"""

import functools
import json
import os
import pathlib
import resource
import shlex
import shutil
import subprocess
import tempfile
import unittest

BASE = "docker.io/library/debian:bookworm-slim"  # what our Dockerfiles begin with
ROOT = pathlib.Path(__file__).resolve().parents[2]


def _engine():
    named = shlex.split(os.environ.get("LASTFRAME_ENGINE", ""))
    if named:
        return named
    return next(([name] for name in ("podman", "docker") if shutil.which(name)), [])


ENGINE = _engine()
IS_PODMAN = bool(ENGINE) and pathlib.Path(ENGINE[0]).name == "podman"


@functools.lru_cache(maxsize=None)
def environment():
    """Limits of open files above our own cannot be given without CAP_SYS_RESOURCE, which podman's
    defaults need: containers get ours."""
    if not IS_PODMAN or "CONTAINERS_CONF" in os.environ:
        return dict(os.environ)
    files = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    conf = pathlib.Path(tempfile.mkdtemp(prefix="lastframe-containers-")) / "containers.conf"
    conf.write_text(f'[containers]\ndefault_ulimits = ["nofile={files}:{files}", "nproc=4096:4096"]\n'
                    '[engine]\nevents_logger = "file"\n')
    return {**os.environ, "CONTAINERS_CONF": str(conf)}


def engine(*arguments, check=True, timeout=120, **more):
    """Runs the engine to its end; its output is kept. A failure says what it said."""
    done = subprocess.run([*ENGINE, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                          env=environment(), timeout=timeout, **more)
    if check and done.returncode != 0:
        raise AssertionError(f"{' '.join(arguments)}: exit {done.returncode}\n{done.stdout}{done.stderr}")
    return done


def start(*arguments):
    """The engine in the background, for `run` without -d; standard error is a pipe."""
    return subprocess.Popen([*ENGINE, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                            env=environment())


@functools.lru_cache(maxsize=None)
def why_not():
    """Why no container can run here; None where they can."""
    if not ENGINE:
        return "neither podman nor docker is installed, and LASTFRAME_ENGINE names no engine"
    try:
        done = engine("info", check=False, timeout=30)
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"{ENGINE[0]} cannot be run: {error}"
    return None if done.returncode == 0 else f"{ENGINE[0]} does not run here: {done.stderr.strip()[:200]}"


def needs_containers(test):
    reason = why_not()
    return unittest.skip(reason)(test) if reason else test


def needs_podman(test):
    if not why_not() and not IS_PODMAN:
        return unittest.skip("only podman plays Deployments and boots systemd without more ado")(test)
    return needs_containers(test)


def build(tag, context, *, timeout=3600):
    """Builds `context`; skips the test where the base image is not there, or the built one not seen."""
    builder = shlex.split(os.environ.get("LASTFRAME_BUILD_IMAGE", ""))
    if not builder and engine("image", "inspect", BASE, check=False).returncode != 0:
        raise unittest.SkipTest(f"{ENGINE[0]} has no {BASE}: pull it first, or name a builder that can do without by "
                                "LASTFRAME_BUILD_IMAGE")
    builder = builder or [*ENGINE, "build"]
    done = subprocess.run([*builder, "-t", tag, str(context)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, env=environment(), timeout=timeout)
    if done.returncode != 0:
        raise AssertionError(f"the build of {tag} failed:\n{done.stdout[-4000:]}")
    if engine("image", "inspect", tag, check=False).returncode != 0:
        raise unittest.SkipTest(f"{builder[0]} built {tag}, which {ENGINE[0]} does not see: LASTFRAME_ENGINE has to "
                                "name the engine with the builder's storage")
    return tag


@functools.lru_cache(maxsize=None)
def lastframe_image():
    """The product's image: $LASTFRAME_IMAGE where it is built already, else built from the tree."""
    named = os.environ.get("LASTFRAME_IMAGE")
    return named or build("localhost/lastframe:stack", ROOT)


def inspected(kind, name):
    return json.loads(engine(kind, "inspect", name).stdout)[0]
