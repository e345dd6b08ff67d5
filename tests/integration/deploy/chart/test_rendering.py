"""The chart renders, and its objects fit together: ports, claims, secrets, labels, probes, budgets, rules."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from local_stack.machine.folders import CHECKOUT
from tests.integration.deploy.chart.conftest import (
    CHART,
    NAMESPACE,
    Objects,
    Render,
    of_kind,
    pods,
    values_file,
    variables,
)

Helm = Callable[..., subprocess.CompletedProcess[str]]


def test_lint_finds_nothing(run_helm: Helm, values: str) -> None:
    done = run_helm("lint", "--strict", str(CHART), "-f", values_file(values))
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("given", "refused"),
    [
        ("gateway.replica=2", "replica"),
        ("gateway.settings.PREDICT_DEADLIN=PT5S", "PREDICT_DEADLIN"),
        ("workers.online.autoscaling.min=0", "min"),
        ("workers.bulk.lanes={later}", "lanes"),
        ("database.password=secret", "password"),
        ("airflow.settings.NOTIFY_URLS=mailto://user:password@example.com", "NOTIFY_URLS"),
    ],
)
def test_values_that_nothing_reads_are_refused(run_helm: Helm, given: str, refused: str) -> None:
    done = run_helm("template", "release", str(CHART), "--set", given)
    assert done.returncode != 0
    assert refused in done.stderr


def test_the_address_of_an_mlflow_of_ones_own_is_asked_for(run_helm: Helm) -> None:
    done = run_helm("template", "release", str(CHART), "--set", "mlflow.enabled=false")
    assert "mlflow.url" in done.stderr
    done = run_helm("template", "release", str(CHART), "--set", "mlflow.enabled=false,mlflow.url=http://mlflow:5000")
    assert "value: http://mlflow:5000" in done.stdout, done.stderr


def test_every_object_is_of_this_namespace_and_release(render: Render, values: str) -> None:
    for one in render(values):
        assert one["metadata"]["namespace"] == NAMESPACE
        assert one["metadata"]["labels"]["app.kubernetes.io/instance"] == "smartpredict"
        assert re.fullmatch(r"smartpredict-[a-z-]{1,40}", one["metadata"]["name"])
    names = [(one["kind"], one["metadata"]["name"]) for one in render(values)]
    assert len(set(names)) == len(names)


def test_the_same_services_run_as_in_compose(render: Render) -> None:
    composed = {*yaml.safe_load((CHECKOUT / "compose.yaml").read_text())["services"]}
    brought_by_others = {"postgres", "rabbitmq", "prometheus", "grafana", "smartpredict"}
    objects = render("everything")
    ours = {name.removeprefix("smartpredict-") for name in of_kind(objects, "Deployment", "Job")}
    assert ours - {"worker-online", "worker-bulk"} | {"worker"} == composed - brought_by_others


def test_services_do_what_they_do_in_compose(render: Render) -> None:
    composed = yaml.safe_load((CHECKOUT / "compose.yaml").read_text())["services"]
    objects = render("everything")
    for name, pod in pods(objects).items():
        component = re.sub(r"^smartpredict-|-online$|-bulk$", "", name)
        if component not in {"test", "mlflow", "migrate", "databases"}:
            assert pod["containers"][0]["command"] == composed[component]["command"]
    own, theirs = (
        [one for one in command if not one.startswith("--allowed-hosts")]
        for command in (
            pods(objects)["smartpredict-mlflow"]["containers"][0]["command"],
            composed["mlflow"]["command"],
        )
    )
    assert own == theirs


def test_services_find_their_pods_and_ports(render: Render, values: str) -> None:
    objects = render(values)
    deployed = [one["spec"]["template"] for one in of_kind(objects, "Deployment").values()]
    for service in of_kind(objects, "Service").values():
        (behind,) = [
            pod for pod in deployed if service["spec"]["selector"].items() <= pod["metadata"]["labels"].items()
        ]
        offered = {port["name"] for port in behind["spec"]["containers"][0]["ports"]}
        assert {port["targetPort"] for port in service["spec"]["ports"]} == offered


def test_deployments_select_their_own_pods_alone(render: Render, values: str) -> None:
    deployments = of_kind(render(values), "Deployment")
    for deployment in deployments.values():
        chosen = deployment["spec"]["selector"]["matchLabels"].items()
        fitting = [
            name for name, one in deployments.items() if chosen <= one["spec"]["template"]["metadata"]["labels"].items()
        ]
        assert fitting == [deployment["metadata"]["name"]]


def test_addresses_within_the_release_are_those_of_its_services(render: Render, values: str) -> None:
    objects = render(values)
    offered = {
        f"http://{name}:{port['port']}"
        for name, one in of_kind(objects, "Service").items()
        for port in one["spec"]["ports"]
    }
    asked = {
        found
        for pod in pods(objects).values()
        for one in variables(pod).values()
        for found in re.findall(r"http://smartpredict-[a-z-]+:\d+", one.get("value", ""))
    }
    assert asked - offered == {"http://smartpredict-broker:15672"}


def test_claims_that_are_mounted_are_made_and_stay(render: Render, values: str) -> None:
    objects = render(values, "--is-upgrade")
    claims = of_kind(objects, "PersistentVolumeClaim")
    mounted = {
        volume["persistentVolumeClaim"]["claimName"]
        for pod in pods(objects).values()
        for volume in pod["volumes"]
        if "persistentVolumeClaim" in volume
    }
    assert mounted == {*claims}
    assert {one["metadata"]["annotations"]["helm.sh/resource-policy"] for one in claims.values()} == {"keep"}


def test_what_runs_before_an_installation_needs_nothing_that_comes_with_it(render: Render, values: str) -> None:
    for job in of_kind(render(values), "Job").values():
        assert job["metadata"]["annotations"]["helm.sh/hook"] == "pre-install,pre-upgrade"
        assert [
            volume for volume in job["spec"]["template"]["spec"]["volumes"] if "persistentVolumeClaim" in volume
        ] == []


def test_no_password_stands_in_an_object(render: Render, values: str) -> None:
    for name, pod in pods(render(values)).items():
        for variable in variables(pod).values():
            if re.search("PASSWORD|KEY|SECRET", variable["name"]) and variable["name"] != "SMARTPREDICT_UI_SECRETS":
                assert "secretKeyRef" in variable["valueFrom"], f"{name}: {variable}"
            for found in re.findall(r"://[^:/]+:([^@]+)@", variable.get("value", "")):
                assert re.fullmatch(r"\$\([A-Z_]+\)", found)
    assert of_kind(render(values), "Secret") == {}


def test_references_to_variables_stand_behind_what_they_name(render: Render, values: str) -> None:
    for pod in pods(render(values)).values():
        seen: set[str] = set()
        for variable in variables(pod).values():
            assert {*re.findall(r"\$\(([A-Z_]+)\)", variable.get("value", ""))} <= seen
            seen.add(variable["name"])


def test_every_key_of_the_secret_is_printed_by_the_script(render: Render) -> None:
    done = subprocess.run([CHECKOUT / "deploy" / "make-env.sh"], check=True, capture_output=True, text=True)
    printed = {line.partition("=")[0] for line in done.stdout.splitlines()}
    asked = {
        variable["valueFrom"]["secretKeyRef"]["key"]
        for pod in pods(render("everything")).values()
        for variable in variables(pod).values()
        if variable.get("valueFrom", {}).get("secretKeyRef", {}).get("name") == "smartpredict"
    }
    assert asked - printed == set()
    # Of servers and of people, whom the chart does not run.
    assert printed - asked == {"SMARTPREDICT_PASSWORD_OWNER", "SMARTPREDICT_PASSWORD_GRAFANA"}


def test_budgets_are_for_what_runs_more_than_once(render: Render, values: str) -> None:
    objects = render(values)
    budgets = {
        one["metadata"]["labels"]["app.kubernetes.io/component"]: one
        for one in of_kind(objects, "PodDisruptionBudget").values()
    }
    assert {*budgets} == (set() if values == "small" else {"gateway", "worker", "ingestion"})
    for budget in budgets.values():
        assert budget["spec"]["maxUnavailable"] == 1


def test_no_policy_lets_everybody_in(render: Render, values: str) -> None:
    policies = of_kind(render(values), "NetworkPolicy")
    for policy in policies.values():
        assert all(rule["from"] and rule["ports"] for rule in policy["spec"].get("ingress", ()))
    everything = policies["smartpredict-all"]["spec"]
    assert everything["policyTypes"] == ["Ingress", "Egress"]
    assert "ingress" not in everything
    asked = {name.removeprefix("smartpredict-") for name in policies} - {"all", "metrics"}
    assert asked <= {name.removeprefix("smartpredict-") for name in of_kind(render(values), "Service")}


def test_rules_are_ours_but_for_what_a_shared_prometheus_asks(render: Render) -> None:
    sources = sorted((CHECKOUT / "monitoring" / "prometheus" / "rules").glob("*.yml"))
    groups = [group for path in sources for group in yaml.safe_load(path.read_text())["groups"]]
    (rules,) = of_kind(render("cluster"), "PrometheusRule").values()
    ours, theirs = ([rule for one in given for rule in one["rules"]] for given in (groups, rules["spec"]["groups"]))
    changed = [(before, after) for before, after in zip(ours, theirs, strict=True) if before != after]
    assert {before["alert"]: after["expr"] for before, after in changed} == {
        "ServiceDown": 'up{namespace="smartpredict"} == 0',
        "WorkerWithoutModel": 'up{job="worker", namespace="smartpredict"} == 1 unless on (instance) smartpredict_model_version',
        "NobodyTakesMessages": 'rabbitmq_detailed_queue_consumers{queue=~"predict.online|inbox|dead-letters"} == 0',
    }
    assert all({**before, "expr": ""} == {**after, "expr": ""} for before, after in changed)


def test_what_is_scraped_has_the_names_that_rules_and_dashboards_know(render: Render) -> None:
    objects = render("cluster")
    jobs = yaml.safe_load((CHECKOUT / "monitoring/prometheus/prometheus.yml").read_text())["scrape_configs"]
    paths = {job["job_name"]: job.get("metrics_path", "/metrics") for job in jobs}
    services = of_kind(objects, "Service").values()
    for monitor in of_kind(objects, "ServiceMonitor").values():
        chosen = monitor["spec"]["selector"]["matchLabels"]
        if chosen["app.kubernetes.io/component"] == "rabbitmq":
            continue
        (end,) = monitor["spec"]["endpoints"]
        found = [one for one in services if chosen.items() <= one["metadata"]["labels"].items()]
        assert found
        for service in found:
            assert end["port"] in {port["name"] for port in service["spec"]["ports"]}
            assert paths[service["metadata"]["labels"][monitor["spec"]["jobLabel"]]] == end["path"]


def test_copies_in_the_chart_are_what_they_are_copies_of() -> None:
    """Helm reads files of the chart alone; `make snapshots` copies them anew."""
    originals: dict[str, Path] = {"databases.sql": CHECKOUT / "deploy" / "databases.sql"}
    originals |= {f"rules/{path.name}": path for path in (CHECKOUT / "monitoring/prometheus/rules").glob("*.yml")}
    copies: dict[str, Any] = {str(path.relative_to(CHART / "files")): path for path in (CHART / "files").rglob("*.*")}
    assert {*copies} == {*originals}
    assert {name for name, path in copies.items() if path.read_bytes() != originals[name].read_bytes()} == set()


def test_small_runs_one_worker_for_everything(render: Render) -> None:
    objects: Objects = render("small")
    (worker,) = [name for name in of_kind(objects, "Deployment") if "worker" in name]
    assert variables(pods(objects)[worker])["SMARTPREDICT_LANES"]["value"] == "online,bulk,jobs"
    assert of_kind(objects, "ScaledObject", "ServiceMonitor", "PrometheusRule") == {}


def test_several_hosts_of_the_servers_are_told_to_all_who_ask_them(render: Render) -> None:
    objects = render("everything", "--set", r"database.host=a\, b,broker.host=c\,d")
    told = {name: variables(pod) for name, pod in pods(objects).items()}
    worker = told["smartpredict-worker-bulk"]
    assert worker["SMARTPREDICT_BROKER_URL"]["value"].endswith("@c:5672,d:5672/")
    at = "@/smartpredict?host=a:5432&host=b:5432&target_session_attrs=read-write&sslmode=require"
    assert worker["SMARTPREDICT_DATABASE_URL"]["value"].endswith(at)
    assert told["smartpredict-migrate"]["SMARTPREDICT_BROKER_MANAGEMENT_URL"]["value"] == "http://c:15672,d:15672"
    for pod, name in (("mlflow", "MLFLOW_BACKEND_STORE_URI"), ("airflow", "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN")):
        assert "?host=a:5432&host=b:5432&target_session_attrs=read-write" in told[f"smartpredict-{pod}"][name]["value"]
    for pod in ("mlflow", "databases"):
        assert told[f"smartpredict-{pod}"]["PGTARGETSESSIONATTRS"]["value"] == "read-write"
    for one in of_kind(objects, "ScaledObject").values():
        assert {trigger["metadata"]["host"] for trigger in one["spec"]["triggers"]} == {"http://c:15672/"}
