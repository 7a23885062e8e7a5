"""The overlays of config/deploy/kubernetes render, know every field, and hold together."""

import pathlib
import re
import shutil
import subprocess
import sys

import yaml

FOLDER = pathlib.Path("config/deploy/kubernetes/overlays")

# Fields of the kinds that kubectl does not decode offline: what a list or map may hold, by its path.
SPEC_FIELDS = {
    "Service": {"selector", "ports", "clusterIP", "publishNotReadyAddresses"},
    "PodDisruptionBudget": {"maxUnavailable", "minAvailable", "selector"},
    "NetworkPolicy": {"podSelector", "policyTypes", "ingress", "egress"},
    "HorizontalPodAutoscaler": {"scaleTargetRef", "minReplicas", "maxReplicas", "metrics", "behavior"},
    "ServiceMonitor": {"selector", "endpoints"},
}
METADATA_FIELDS = {"name", "namespace", "labels", "annotations"}


def rendered(overlay):
    text = subprocess.run(["kubectl", "kustomize", str(overlay)], stdout=subprocess.PIPE, text=True, check=True).stdout
    return list(yaml.safe_load_all(text))


def lost_fields(before, after, path=""):
    """What is in `before` and not in `after`: kubectl drops what it does not know when it decodes."""
    if isinstance(before, dict):
        for key, value in before.items():
            if not isinstance(after, dict) or key not in after:
                yield f"{path}.{key}"
            else:
                yield from lost_fields(value, after[key], f"{path}.{key}")
    elif isinstance(before, list):
        for number, value in enumerate(before):
            if not isinstance(after, list) or number >= len(after):
                yield f"{path}[{number}]"
            else:
                yield from lost_fields(value, after[number], f"{path}[{number}]")


def unknown_to_kubectl(deployment):
    done = subprocess.run(["kubectl", "set", "image", "--local", "-f", "-", "*=any", "-o", "yaml"],
                          input=yaml.dump(deployment), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if done.returncode != 0:
        return [done.stderr.strip()]
    return list(lost_fields(deployment, yaml.safe_load(done.stdout)))


def one(objects, kind, name=None):
    return next(o for o in objects if o["kind"] == kind and name in (None, o["metadata"]["name"]))


def matches(selector, labels):
    return all(labels.get(key) == value for key, value in selector.items())


def pod_faults(pod, settings):
    proxy = next(c for c in pod["containers"] if c["name"] == "lastframe")
    drain = int(re.search(r"^drain_timeout: (\d+)s", settings, re.MULTILINE).group(1))
    pause = int(proxy["lifecycle"]["preStop"]["exec"]["command"][1])
    if pod["terminationGracePeriodSeconds"] < pause + drain + 10:
        yield f"terminationGracePeriodSeconds is below preStop {pause}s + drain_timeout {drain}s + 10s"
    if not pod["securityContext"]["runAsNonRoot"] or \
            pod["securityContext"]["seccompProfile"]["type"] != "RuntimeDefault":
        yield "the pod may be root, or has no seccomp profile"
    for container in pod["containers"]:
        context = container["securityContext"]
        if not context["readOnlyRootFilesystem"] or context["allowPrivilegeEscalation"] or \
                context["capabilities"]["drop"] != ["ALL"]:
            yield f"container {container['name']} is not locked down"
    ports = {port["name"]: port["containerPort"] for port in proxy["ports"]}
    for name in ("startupProbe", "readinessProbe", "livenessProbe"):
        if proxy[name]["httpGet"]["port"] not in ports:
            yield f"{name} asks a port without a container"
    for name, key in (("websocket", "listen: :%d"), ("admin", "listen: :%d")):
        if key % ports[name] not in settings:
            yield f"the settings do not listen on the port {name}"
    volumes = {volume["name"] for volume in pod["volumes"]}
    if volumes != {mount["name"] for mount in proxy["volumeMounts"]}:
        yield "volumes and their mounts differ"


def faults_of(objects):
    for o in objects:
        if surplus := set(o["metadata"]) - METADATA_FIELDS:
            yield f"{o['kind']}: metadata has {sorted(surplus)}"
        if surplus := set(o.get("spec", ())) - SPEC_FIELDS.get(o["kind"], set(o.get("spec", ()))):
            yield f"{o['kind']}: spec has {sorted(surplus)}"
    deployment = one(objects, "Deployment")
    for field in unknown_to_kubectl(deployment):
        yield f"Deployment{field}: not known to Kubernetes"
    template = deployment["spec"]["template"]
    labels = template["metadata"]["labels"]
    config = one(objects, "ConfigMap")
    used = next(v["configMap"]["name"] for v in template["spec"]["volumes"] if "configMap" in v)
    if used != config["metadata"]["name"]:
        yield f"the pod takes its settings from {used}"
    yield from pod_faults(template["spec"], config["data"]["lastframe.yaml"])
    for kind, selector in [("Service", lambda o: o["spec"]["selector"]),
                           ("PodDisruptionBudget", lambda o: o["spec"]["selector"]["matchLabels"]),
                           ("NetworkPolicy", lambda o: o["spec"]["podSelector"]["matchLabels"])]:
        for o in (o for o in objects if o["kind"] == kind):
            if not matches(selector(o), labels):
                yield f"{kind} {o['metadata']['name']} selects no pod of ours"
    for scaler in (o for o in objects if o["kind"] == "HorizontalPodAutoscaler"):
        if scaler["spec"]["scaleTargetRef"]["name"] != deployment["metadata"]["name"]:
            yield "the autoscaler scales another Deployment"
        if "replicas" in deployment["spec"]:
            yield "replicas and an autoscaler: each rollout would undo what the autoscaler did"
    for monitor in (o for o in objects if o["kind"] == "ServiceMonitor"):
        service = next((o for o in objects if o["kind"] == "Service" and
                        matches(monitor["spec"]["selector"]["matchLabels"], o["metadata"]["labels"])), None)
        if service is None or monitor["spec"]["endpoints"][0]["port"] not in {p["name"] for p in service["spec"]["ports"]}:
            yield "the ServiceMonitor finds no port"


def proof_that_mistakes_are_found(objects):
    """The check is worth something only while planted mistakes are seen."""
    deployment = one(objects, "Deployment")
    deployment["spec"]["template"]["spec"]["containers"][0]["readinesProbe"] = {}
    if not unknown_to_kubectl(deployment):
        yield "a misspelt field of a container is not noticed"


if not shutil.which("kubectl"):
    print("skipped: kubectl is not installed, and Debian's is too old for these overlays")
    sys.exit(0)
found = []
for overlay in sorted(FOLDER.iterdir()):
    found += [f"{overlay.name}: {fault}" for fault in faults_of(rendered(overlay))]
found += proof_that_mistakes_are_found(rendered(FOLDER / "standalone"))
print("\n".join(found) or "the overlays hold together")
sys.exit(1 if found else 0)
