"""The pod of overlays/sidecar, really run by `podman play kube`: its settings, limits and drain.

podman plays a Deployment and its ConfigMap; the token, Services, probes by a kubelet, policies and
autoscalers are not run here (tests/checks/check_kubernetes.py holds those together).
"""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

import yaml

sys.path.insert(1, str(pathlib.Path(__file__).resolve().parents[1] / "system"))
from containers import ROOT, engine, lastframe_image, needs_podman
from support.proxy import NotSeen, wait_until
from support.raw_peers import Listener, Peer
from support.sessions import assert_relays, end_in_order, upgraded

OVERLAY = ROOT / "config/deploy/kubernetes/overlays/sidecar"


def for_podman(image, upstream):
    """What podman can play of the overlay: on the host's network, with ports of the kernel's choice."""
    text = subprocess.run(["kubectl", "kustomize", str(OVERLAY)], stdout=subprocess.PIPE, text=True, check=True).stdout
    objects = {o["kind"]: o for o in yaml.safe_load_all(text)}
    config, deployment = objects["ConfigMap"], objects["Deployment"]
    config["data"]["lastframe.yaml"] = (config["data"]["lastframe.yaml"].replace(":8080", "127.0.0.1:0")
                                        .replace(":9464", "127.0.0.1:0").replace("ws://127.0.0.1:9000", upstream))
    deployment["metadata"]["name"] = f"lastframe-stack-{os.getpid()}"
    deployment["spec"]["replicas"] = 1
    pod = deployment["spec"]["template"]["spec"]
    pod["hostNetwork"] = True
    proxy = next(c for c in pod["containers"] if c["name"] == "lastframe")
    pod["containers"] = [proxy]  # the service is the test
    proxy.update(image=image, imagePullPolicy="Never")
    for key in ("ports", "startupProbe", "readinessProbe", "livenessProbe"):
        proxy.pop(key)  # ports do not go with hostNetwork; probes need a kubelet
    # podman 4.3 mounts Secrets readable by everybody, which the proxy refuses of a token: at loopback
    # it needs none.
    config["data"]["lastframe.yaml"] = re.sub(r"\n *token_file: .*", "", config["data"]["lastframe.yaml"])
    pod["volumes"] = [volume for volume in pod["volumes"] if "secret" not in volume]
    proxy["volumeMounts"] = [mount for mount in proxy["volumeMounts"] if mount["name"] != "token"]
    return yaml.dump_all([config, deployment]), deployment["metadata"]["name"]


@needs_podman
@unittest.skipUnless(shutil.which("kubectl"), "kubectl is not installed, which renders the overlay")
class Pod(unittest.TestCase):

    def setUp(self):
        self.server = Listener()
        self.addCleanup(self.server.close)
        manifest, name = for_podman(lastframe_image(), self.server.upstream)
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        file = pathlib.Path(folder.name) / "pod.yaml"
        file.write_text(manifest)
        self.addCleanup(engine, "play", "kube", "--down", str(file), check=False)
        engine("play", "kube", str(file))
        # podman has numbered the pods of a Deployment in some versions.
        names = engine("ps", "-a", "--format", "{{.Names}}").stdout.split()
        self.container = next(n for n in names if re.fullmatch(rf"{name}-pod(-\d+)?-lastframe", n))

    def said(self):
        done = engine("logs", self.container)
        return done.stdout + done.stderr

    def address(self, pattern):
        try:
            return wait_until(lambda: re.search(pattern, self.said(), re.MULTILINE), pattern).group(1)
        except NotSeen as error:
            raise NotSeen(f"{error}; the proxy said: {self.said()}")

    def test_the_pod_relays_answers_probes_and_drains(self):
        port = int(self.address(r"^listening chat 127\.0\.0\.1:(\d+)$"))
        admin = self.address(r"^admin (127\.0\.0\.1:\d+)$")
        for flags in ((), ("--ready",)):
            engine("exec", self.container, "lastframe", "health", "--admin", admin, *flags)
        client, peer = upgraded(self, Peer.connect(("127.0.0.1", port)), self.server)
        status = engine("exec", self.container, "cat", "/proc/1/status").stdout
        if "lastframe" not in status:  # the pod's first process is its pause process
            status = engine("exec", self.container, "sh", "-c", "cat /proc/$(pidof lastframe)/status").stdout
        self.assertRegex(status, r"(?m)^CapBnd:\s+0+$")
        self.assertRegex(status, r"(?m)^Uid:\s+10001\s")
        self.assertNotEqual(engine("exec", self.container, "touch", "/written", check=False).returncode, 0)
        engine("kill", "--signal=TERM", self.container)
        wait_until(lambda: "draining: no new connections; 1 open" in self.said(), "the drain")
        not_ready = engine("exec", self.container, "lastframe", "health", "--ready", "--admin", admin, check=False)
        self.assertEqual(not_ready.returncode, 1, not_ready.stdout + not_ready.stderr)
        assert_relays(client, peer, b"still", b"relayed")
        end_in_order(client, peer)
        wait_until(lambda: "\nstopped: 1 connections" in self.said(), "the end")


if __name__ == "__main__":
    unittest.main()
