"""The chart's objects against the schemas of their kinds, and against policies."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import yaml

from local_stack.machine.folders import CHECKOUT
from tests.integration.deploy.chart.conftest import CHART, VALUES, Render

TOOLS = CHECKOUT / ".venv-peers" / "chart" / "bin"

LEFT_OUT = {
    "CKV_K8S_35": "passwords come as variables, for services read their settings from the environment",
    "CKV_K8S_43": "images are built and named by whoever installs the chart, by digest if they like",
    "CKV_K8S_15": "a tag is a version; a cluster without a registry, which takes images from its nodes, could pull nothing",
}
"""Policies that the chart does not keep, and why."""

PROBES = ("CKV_K8S_8", "CKV_K8S_9")

WITHOUT_PROBES = {
    "smartpredict-test": "one command that ends",
    "smartpredict-airflow-scheduler": "answers nobody; the health of Airflow's page tells of it, as in compose.yaml",
    "smartpredict-airflow-dag-processor": "the same",
    "smartpredict-airflow-triggerer": "the same",
}
"""Pods that nobody can ask, and why."""


def write(folder: Path, render: Render) -> None:
    for values in VALUES:
        (folder / f"{values}.yaml").write_text(yaml.safe_dump_all(render(values)))


def test_every_object_is_what_its_kind_asks_for(render: Render, tmp_path: Path) -> None:
    write(tmp_path, render)
    for path in (CHART / "examples").glob("*.yaml"):
        (tmp_path / f"example-{path.name}").write_bytes(path.read_bytes())
    program = Path(__file__).with_name("valid.py")
    done = subprocess.run([TOOLS / "python", program, tmp_path], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    kinds = {line.split()[1] for line in done.stdout.splitlines()}
    assert kinds == {
        *("ConfigMap", "Deployment", "Ingress", "Job", "NetworkPolicy", "PersistentVolumeClaim", "Pod"),
        *(
            "PodDisruptionBudget",
            "PrometheusRule",
            "ScaledObject",
            "Service",
            "ServiceMonitor",
            "TriggerAuthentication",
        ),
        *("Cluster", "RabbitmqCluster"),
    }


def test_what_is_no_object_of_its_kind_is_found(tmp_path: Path) -> None:
    wrong = [
        {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "a"}, "spec": {"replica": 1}},
        {
            "apiVersion": "keda.sh/v1alpha1",
            "kind": "ScaledObject",
            "metadata": {"name": "b"},
            "spec": {"scaleTargetRef": {"name": "b"}, "triggers": [], "cooldown": 1},
        },
        {
            "apiVersion": "rabbitmq.com/v1beta1",
            "kind": "RabbitmqCluster",
            "metadata": {"name": "c"},
            "spec": {"nodes": 3},
        },
    ]
    (tmp_path / "wrong.yaml").write_text(yaml.safe_dump_all(wrong))
    program = Path(__file__).with_name("valid.py")
    done = subprocess.run([TOOLS / "python", program, tmp_path], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert [line.partition(":")[0] for line in done.stdout.splitlines() if line.startswith("wrong.yaml")] == [
        *("wrong.yaml Deployment a", "wrong.yaml ScaledObject b", "wrong.yaml RabbitmqCluster c")
    ]


def test_policies_are_kept(render: Render, tmp_path: Path) -> None:
    write(tmp_path, render)
    done = subprocess.run(
        [
            *(TOOLS / "python", TOOLS / "checkov", "--directory", tmp_path, "--framework", "kubernetes"),
            *("--output", "json", "--quiet", "--compact", "--skip-download"),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    found = json.loads(done.stdout)
    assert found["summary"]["parsing_errors"] == 0
    assert found["summary"]["resource_count"] > 60
    failed = {(one["check_id"], one["resource"].split(".")[-1]) for one in found["results"]["failed_checks"]}
    assert {check for check, _ in failed} == {*LEFT_OUT, *PROBES}
    others = sorted(one for one in failed if one[0] not in LEFT_OUT)
    assert others == sorted((check, name) for check in PROBES for name in WITHOUT_PROBES)
