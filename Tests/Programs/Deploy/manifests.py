#!/usr/bin/env python3
"""The manifests and the compose file of Samples/deploy: `manifests.py FRAMESIFT DEPLOY COMPOSE_SCHEMA`, with the Python of the
environment `deploy`."""
import copy
import json
import os
import re
import subprocess
import sys
import tempfile
import urllib.parse
import urllib.request

import jsonschema
import kubernetes_validate
import yaml

import servers
from cases import case
from Deploy import keda
from postgres import Postgres

FRAMESIFT, DEPLOY, COMPOSE_SCHEMA = sys.argv[1:4]
KUBERNETES = "1.35"
# What `framesift` does after --grace when it was told to stop, in seconds.
AFTER_GRACE = 5


def read(path):
    with open(f"{DEPLOY}/{path}", encoding="utf-8") as file:
        return [document for document in yaml.safe_load_all(file) if document]


def check(resource):
    """Raises where it is not as its kind's schema wants it."""
    if resource["apiVersion"].startswith("keda.sh/"):
        jsonschema.validate(resource, keda.SCHEMAS[resource["kind"]])
    else:
        kubernetes_validate.validate(resource, KUBERNETES, strict=True)


def is_refused(action, *arguments):
    try:
        action(*arguments)
    except (jsonschema.ValidationError, kubernetes_validate.ValidationError):
        return True
    return False


def seconds(text):
    return int(re.fullmatch(r"(\d+)s", text).group(1))


def option(arguments, name):
    return arguments[arguments.index(name) + 1]


def starts(arguments, folder):
    """Runs a command as it is written, but for its files: it gets as far as the database, which is not there."""
    keys = f"{folder}/keys.yaml"
    with open(os.open(keys, os.O_CREAT | os.O_WRONLY, 0o600), "w", encoding="utf-8") as file:
        file.write("keys: [{key: k, name: shop}]\n")
    arguments = [keys if argument == "/run/keys/keys.yaml" else argument for argument in arguments]
    environment = {
        **os.environ, "XDG_STATE_HOME": folder, "FRAMESIFT_STORE": "postgresql://framesift@127.0.0.1:1/none",
        "AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "s", "AWS_ENDPOINT_URL_S3": "http://127.0.0.1:1"}
    return subprocess.run([FRAMESIFT, *arguments], env=environment, capture_output=True, text=True, timeout=60)


def fleet(folder):
    """A database with Framesift's tables, and one job that has waited for 100 seconds, one that is put off, and, of those that
    somebody has, three streams and one video."""
    os.chmod(folder, 0o755)
    os.mkdir(f"{folder}/postgres")
    postgres = Postgres(f"{folder}/postgres", servers.free_port())
    postgres.create("fleet")
    port = servers.free_port()
    server = servers.serve(FRAMESIFT, port, "--no-work", env={
        **os.environ, "XDG_STATE_HOME": f"{folder}/state",
        "FRAMESIFT_STORE": f"postgresql://framesift@127.0.0.1:{postgres.port}/fleet"})
    try:
        for number in range(6):
            fields = {"stream_url": f"rtmp://192.0.2.1/live/{number}", "models": "qr-content", "api_user": "u", "api_secret": "s"}
            urllib.request.urlopen(f"http://127.0.0.1:{port}/1.0/video/check.json",
                                   urllib.parse.urlencode(fields).encode()).close()
    finally:
        server.kill()
        server.wait()
    number = "(SELECT media FROM job WHERE owner = '' AND due = 0 AND started > 1000 ORDER BY media LIMIT {})"
    now = "extract(epoch FROM clock_timestamp())"
    postgres.ask("fleet", f"UPDATE job SET owner = 'x' WHERE media IN {number.format(4)}")
    postgres.ask("fleet", "UPDATE job SET live = FALSE WHERE media = (SELECT min(media) FROM job WHERE owner = 'x')")
    postgres.ask("fleet", f"UPDATE job SET started = {now} - 5000, due = {now} + 60 WHERE media IN {number.format(1)}")
    postgres.ask("fleet", f"UPDATE job SET started = {now} - 100 WHERE owner = '' AND due = 0")
    return postgres


def main():
    kustomization = read("kubernetes/kustomization.yaml")[0]
    resources = [resource for path in kustomization["resources"] for resource in read(f"kubernetes/{path}")]
    deployments = {resource["metadata"]["name"]: resource for resource in resources if resource["kind"] == "Deployment"}
    compose = read("compose.yaml")[0]
    with open(COMPOSE_SCHEMA, encoding="utf-8") as file:
        schema = json.load(file)

    with case("the manifests are what Kubernetes and KEDA take"):
        for resource in resources:
            check(resource)
    with case("a manifest with a field that does not exist is refused"):
        for resource in resources:
            broken = copy.deepcopy(resource)
            broken.setdefault("spec", {})["replicaz"] = 3
            if resource["kind"] == "ConfigMap":
                broken["data"] = 7
            assert is_refused(check, broken), resource["kind"]
        broken = copy.deepcopy(deployments["framesift-worker"])
        broken["spec"]["template"]["spec"]["containers"][0]["ports"][0]["containerPort"] = "metrics"
        assert is_refused(check, broken)
    with case("every manifest is applied"):
        listed = set(kustomization["resources"]) | {"kustomization.yaml"}
        assert set(os.listdir(f"{DEPLOY}/kubernetes")) == listed, listed
    with case("the compose file is what its specification wants"):
        jsonschema.validate({key: value for key, value in compose.items() if key != "name"}, schema)
        broken = copy.deepcopy(compose)
        broken["services"]["worker"]["comand"] = []
        del broken["name"]
        assert is_refused(jsonschema.validate, broken, schema)

    pods = {name: deployment["spec"]["template"]["spec"] for name, deployment in deployments.items()}
    containers = {name: pod["containers"][0] for name, pod in pods.items()}
    with case("their commands are ones that framesift takes"), tempfile.TemporaryDirectory() as folder:
        commands = [container["args"] for container in containers.values()]
        commands += [compose["services"][name]["command"] for name in ("server", "worker")]
        for number, command in enumerate(commands):
            os.mkdir(f"{folder}/{number}")
            found = starts(command, f"{folder}/{number}")
            assert found.returncode == 74 and "cannot be opened" in found.stderr, (command, found)
        os.mkdir(f"{folder}/none")
        assert starts([*commands[0], "--no-such-option"], f"{folder}/none").returncode == 64
    with case("what is told to stop is given longer than it takes"):
        for name, pod in pods.items():
            assert pod["terminationGracePeriodSeconds"] >= int(option(containers[name]["args"], "--grace")) + AFTER_GRACE
        for name in ("server", "worker"):
            service = compose["services"][name]
            assert seconds(service["stop_grace_period"]) >= int(option(service["command"], "--grace")) + AFTER_GRACE
    with case("no process is started again because its database is away"):
        for container in containers.values():
            assert "tcpSocket" in container["livenessProbe"] and container["readinessProbe"]["httpGet"]["path"] == "/healthz"
            ports = {port["name"]: port["containerPort"] for port in container["ports"]}
            probed = ports[container["livenessProbe"]["tcpSocket"]["port"]]
            assert option(container["args"], "--listen") == f"0.0.0.0:{probed}"
    with case("pods run as nobody in particular, and secrets stand in no manifest"):
        for pod in pods.values():
            assert pod["securityContext"]["runAsNonRoot"] and not pod["automountServiceAccountToken"]
            security = pod["containers"][0]["securityContext"]
            assert security["readOnlyRootFilesystem"] and security["capabilities"] == {"drop": ["ALL"]}
        secret = {"FRAMESIFT_STORE", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"}
        for container in containers.values():
            assert {entry["name"] for entry in container["env"] if "valueFrom" in entry} == secret
        assert not any(resource["kind"] == "Secret" for resource in resources)
        for service in compose["services"].values():
            for name, value in service["environment"].items():
                assert "PASSWORD" not in name and "SECRET" not in name or value.startswith("${"), name
    with case("the numbers that workers are scaled by are what the tables say"), tempfile.TemporaryDirectory() as folder:
        [scaled] = [resource for resource in resources if resource["kind"] == "ScaledObject"]
        queries = {trigger["name"]: trigger["metadata"]["query"] for trigger in scaled["spec"]["triggers"]}
        postgres = fleet(folder)
        try:
            # Three streams of 8 and one video of 2: one worker has room for them.
            assert postgres.ask("fleet", queries["busy"]) == [["1"]], postgres.ask("fleet", queries["busy"])
            age = float(postgres.ask("fleet", queries["age"])[0][0])
            assert 100 <= age < 160, age
            postgres.ask("fleet", "DELETE FROM job")
            assert [postgres.ask("fleet", query) for query in queries.values()] == [[["0"]], [["0"]]]
        finally:
            postgres.stop()


if __name__ == "__main__":
    main()
