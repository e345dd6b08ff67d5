"""Grafana's rules that ask Prometheus, under promtool: each is above its limit on its fault and not without."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from monitoring.grafana.data_sources import PROMETHEUS
from tests.contract.monitoring.test_prometheus_rules import FAULTS, HEALTHY, RULES, promtool
from tests.support.monitoring.grafana import question, rules

ASKING = {uid: rule for uid, rule in rules().items() if question(rule)["datasource"] == PROMETHEUS}
FAULT_OF = {
    "smartpredict-queue-growing": "QueueGrowing",
    "smartpredict-errors": "ManyErrors",
    "smartpredict-slow": "SlowPredictions",
}


def test_every_rule_has_a_fault() -> None:
    assert FAULT_OF.keys() == ASKING.keys()


@pytest.mark.parametrize("uid", FAULT_OF)
@pytest.mark.parametrize("is_faulty", [True, False], ids=["fault", "all is well"])
def test_a_rule_is_above_its_limit_on_its_fault_alone(tmp_path: Path, uid: str, *, is_faulty: bool) -> None:
    series = HEALTHY | (FAULTS[FAULT_OF[uid]] if is_faulty else {})
    [condition] = ASKING[uid]["data"][2]["model"]["conditions"]
    [limit] = condition["evaluator"]["params"]
    test = {
        "interval": "1m",
        "input_series": [{"series": name, "values": values} for name, values in series.items()],
        "promql_expr_test": [
            {
                "expr": f"count(({question(ASKING[uid])['expr']}) > {limit})",
                "eval_time": "119m",
                "exp_samples": [{"labels": "{}", "value": 1}] if is_faulty else [],
            }
        ],
    }
    file = tmp_path / "test.json"
    file.write_text(json.dumps({"rule_files": [f"{RULES}/*.yml"], "evaluation_interval": "1m", "tests": [test]}))
    promtool("test", "rules", str(file))
