"""The manifests of Kubernetes: valid by its own schemas, the same stages as everywhere, and no rights to spare."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import kubernetes_validate
import pytest
import yaml

from pipeline.settings import MetricsSettings
from tests.deploy.places import COMPOSE, DEPLOY, read_yaml
from wirewatch import configuration
from wirewatch.stages import STAGES

K8S = DEPLOY / "k8s"
VERSIONS = ("1.30", kubernetes_validate.latest_version())
"""The oldest version that docs/operations.md names, and the newest that there are schemas of."""

KUSTOMIZE = {"kustomize.config.k8s.io/v1beta1", "kustomize.config.k8s.io/v1alpha1"}


def documents() -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every object of the manifests, with a name to tell it by; those of kustomize itself are left out."""
    for path in sorted(K8S.rglob("*.yaml")):
        for document in yaml.safe_load_all(path.read_text(encoding="utf-8")):
            if document["apiVersion"] in KUSTOMIZE:
                continue
            for one in document["items"] if document["kind"] == "List" else [document]:
                yield f"{path.relative_to(K8S)}: {one['kind']} {one['metadata']['name']}", one


OBJECTS = dict(documents())


def of_kind(kind: str) -> dict[str, dict[str, Any]]:
    return {one["metadata"]["name"]: one for one in OBJECTS.values() if one["kind"] == kind}


def pods() -> dict[str, dict[str, Any]]:
    return {
        name: one["spec"]["template"]["spec"]
        for kind in ("Deployment", "Job")
        for name, one in of_kind(kind).items()
    }  # fmt: skip


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("name", OBJECTS)
def test_every_object_is_valid(name: str, version: str) -> None:
    kubernetes_validate.validate(OBJECTS[name], version, strict=True)


def test_a_mistake_would_be_found() -> None:
    wrong = {**OBJECTS["base/stages.yaml: Deployment poller"], "spec": {"replicas": "many"}}
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(wrong, VERSIONS[-1], strict=True)


def test_every_stage_is_a_deployment_that_runs_its_command() -> None:
    deployments = of_kind("Deployment")
    assert list(deployments) == list(STAGES)
    for stage, found in deployments.items():
        (container,) = found["spec"]["template"]["spec"]["containers"]
        assert container["args"] == [stage]
        labels = found["spec"]["template"]["metadata"]["labels"]
        assert found["spec"]["selector"]["matchLabels"].items() <= labels.items()
    assert {name: pods()[name]["containers"][0]["args"] for name in of_kind("Job")} == {
        "topics": ["topics", "create"],
        "migrations": ["migrate"],
    }


def test_no_pod_has_rights_or_runs_without_limits() -> None:
    for name, pod in pods().items():
        assert pod["securityContext"]["runAsNonRoot"] is True, name
        assert pod["automountServiceAccountToken"] is False, name
        (container,) = pod["containers"]
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }, name
        assert set(container["resources"]["limits"]) == {"cpu", "memory"}, name


def test_the_probes_ask_the_pages_that_a_stage_serves() -> None:
    for stage in STAGES:
        (container,) = pods()[stage]["containers"]
        assert container["ports"] == [{"name": "metrics", "containerPort": MetricsSettings().port}]
        asked = {probe: container[f"{probe}Probe"]["httpGet"]["path"] for probe in ("startup", "readiness", "liveness")}
        assert asked == {"startup": "/healthz", "readiness": "/readyz", "liveness": "/healthz"}


def test_every_stage_has_its_budget_of_disruption() -> None:
    budgets = {name: one["spec"]["selector"]["matchLabels"] for name, one in of_kind("PodDisruptionBudget").items()}
    selectors = {name: one["spec"]["selector"]["matchLabels"] for name, one in of_kind("Deployment").items()}
    assert budgets == selectors


def test_only_those_reach_outside_that_do_so_under_compose() -> None:
    reaching = {
        stage: labels["wirewatch/reaches"]
        for stage, one in of_kind("Deployment").items()
        if "wirewatch/reaches" in (labels := one["spec"]["template"]["metadata"]["labels"])
    }
    networks = {stage: set(read_yaml(COMPOSE)["services"][stage]["networks"]) for stage in STAGES}
    under_compose = {
        stage: name for stage in STAGES for name in ("outside", "channels") if name in networks[stage]
    }  # fmt: skip
    assert reaching == under_compose
    policies = of_kind("NetworkPolicy")
    assert policies["nothing"]["spec"] == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    open_ = {
        name: one["spec"]["podSelector"]["matchLabels"]["wirewatch/reaches"]
        for name, one in policies.items()
        if "0.0.0.0/0" in str(one)
    }
    assert open_ == {"news": "outside", "channels": "channels"}


def test_the_autoscalers_look_at_the_lag_of_their_own_stage() -> None:
    for name, one in of_kind("HorizontalPodAutoscaler").items():
        assert one["spec"]["scaleTargetRef"]["name"] == name
        assert name in STAGES
        (metric,) = one["spec"]["metrics"]
        assert metric["external"]["metric"] == {
            "name": "wirewatch_stage_lag_messages",
            "selector": {"matchLabels": {"stage": name}},
        }


def test_every_setting_is_one_the_program_knows(tmp_path: Any) -> None:
    secret = tmp_path / "secret"
    secret.write_text("")
    generated = read_yaml(K8S / "base" / "kustomization.yaml")["configMapGenerator"][0]["literals"]
    given = dict(literal.split("=", 1) for literal in generated)
    given |= {one["name"]: one["value"] for one in pods()["alerts"]["containers"][0]["env"]}
    readable = {name: str(secret) if name.endswith("_FILE") else value for name, value in given.items()}
    assert configuration.load(readable).bus == "kafka"


def test_the_secret_of_the_documentation_has_every_file_that_is_mounted() -> None:
    text = (K8S / "README.md").read_text(encoding="utf-8")
    named = set(re.findall(r"/run/secrets/wirewatch/(\w+)", "".join(map(str, OBJECTS.values())) + str(
        read_yaml(K8S / "base" / "kustomization.yaml"))))  # fmt: skip
    assert named == set(re.findall(r"--from-file=(\w+)", text))
