"""Prometheus' rules under promtool: each alert fires on its fault, alone, and none while all is well."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from broker.topology import QUEUES

RULES = Path(__file__).parents[3] / "monitoring" / "prometheus" / "rules"
ALERTS = [
    rule["alert"] for group in yaml.safe_load((RULES / "alerts.yml").read_text())["groups"] for rule in group["rules"]
]

WORKER = 'job="worker",instance="w"'
REQUESTS = "smartpredict_http_request_duration_seconds"
PREDICTED = 'smartpredict_predicted_classes_total{use_case="u",predicted='
READY = "rabbitmq_detailed_queue_messages_ready"

#: Two hours, a value a minute, of a pipeline that works: values in promtool's notation, start+stepxtimes.
HEALTHY = {
    f"up{{{WORKER}}}": "1x120",
    'up{job="gateway",instance="g"}': "1x120",
    f'smartpredict_model_version{{{WORKER},use_case="u"}}': "3x120",
    f'smartpredict_model_problem{{{WORKER},use_case="u"}}': "0x120",
    **{f'rabbitmq_detailed_queue_consumers{{queue="{queue}"}}': "1x120" for queue in ("predict.bulk", "inbox")},
    'rabbitmq_detailed_queue_consumers{queue="predict.bulk.retry"}': "0x120",  # nobody is meant to
    f'{READY}{{queue="predict.bulk"}}': "900-5x120",  # a large file is worked off
    f'{READY}{{queue="inbox"}}': "0 15 0 15 0 15 0x114",
    'rabbitmq_detailed_queue_messages_ready_bytes{queue="inbox"}': "0 15000 0 15000 0 15000 0x114",
    "smartpredict_inbox_max_messages": "2000x120",
    "smartpredict_inbox_max_bytes": "4000000x120",
    'smartpredict_waiting_messages{exchange="predict"}': "0 8x108 0 8 8 0x8",
    'smartpredict_stale_feature_keys{use_case="u",feature_table="f"}': "0 2 0 0 2 0x115",
    'smartpredict_oldest_pending_age_seconds{use_case="u"}': "30x120",
    "smartpredict_unbalanced_batches": "0x120",
    "smartpredict_database_up": "1x120",
    "rabbitmq_alarms_memory_used_watermark": "0x120",
    "rabbitmq_alarms_free_disk_space_watermark": "0x120",
    "rabbitmq_alarms_file_descriptor_limit": "0x120",
    "rabbitmq_disk_space_available_bytes": "900x120",
    "rabbitmq_disk_space_available_limit_bytes": "200x120",
    'smartpredict_disk_free_ratio{job="ingestion",instance="i"}': "0.3x120",
    f'{REQUESTS}_count{{route="/predict",status="200"}}': "0+6000x120",
    f'{REQUESTS}_count{{route="/predict",status="503"}}': "0+6x120",
    # A 503 of readiness is an answer: somebody asks each second while the pipeline begins.
    f'{REQUESTS}_count{{route="/health/ready",status="503"}}': "0+60x120",
    f'{REQUESTS}_bucket{{route="/predict",status="200",le="0.1"}}': "0+6000x120",
    f'{REQUESTS}_bucket{{route="/predict",status="200",le="2.5"}}': "0+6000x120",
    f'{REQUESTS}_bucket{{route="/predict",status="200",le="+Inf"}}': "0+6000x120",
    'smartpredict_ingested_rows_total{use_case="u",source="file"}': "0+1000x120",
    'smartpredict_quarantined_rows_total{use_case="u",source="file"}': "0+20x120",
    f'{PREDICTED}"no"}}': "0+970x120",
    f'{PREDICTED}"yes"}}': "0+30x120",
    'smartpredict_predictions_total{use_case="u",lane="bulk"}': "0+1000x120",
}

#: What differs from that; where an alert waits for a while, the value before is one that must not fire yet.
FAULTS: dict[str, dict[str, str]] = {
    "ServiceDown": {'up{job="gateway",instance="g"}': "1x110 0x10"},
    "WorkerWithoutModel": {f'smartpredict_model_version{{{WORKER},use_case="u"}}': "_x120"},
    "ChampionNotServed": {f'smartpredict_model_problem{{{WORKER},use_case="u"}}': "0x110 1x10"},
    "NobodyTakesMessages": {'rabbitmq_detailed_queue_consumers{queue="inbox"}': "1x110 0x10"},
    "QueueGrowing": {f'{READY}{{queue="predict.bulk"}}': "0x80 0+10x40"},
    # Ingestion has been away for a while: its gauge ended, and the limit is the one that it told last.
    "InboxNearlyFull": {
        f'{READY}{{queue="inbox"}}': "0x100 1700x20",
        "smartpredict_inbox_max_messages": "2000x60 _x60",
    },
    "NoRoomForMessages": {'smartpredict_waiting_messages{exchange="predict"}': "0x100 8x20"},
    "StaleFeatures": {'smartpredict_stale_feature_keys{use_case="u",feature_table="f"}': "0x100 2x20"},
    "RowsWaitTooLong": {'smartpredict_oldest_pending_age_seconds{use_case="u"}': "0+10x120"},
    "DeadLetters": {'smartpredict_open_dead_letters{queue="predict.bulk"}': "_x110 1x10"},
    "MessagesHeld": {'smartpredict_held_messages{use_case="u"}': "_x110 400x10"},
    "LedgerOutOfBalance": {"smartpredict_unbalanced_batches": "0x110 1x10"},
    "DatabaseAway": {"smartpredict_database_up": "1x110 0x10"},
    "BrokerStopsPublishers": {"rabbitmq_alarms_free_disk_space_watermark": "0x110 1x10"},
    "DiskNearlyFull": {'smartpredict_disk_free_ratio{job="ingestion",instance="i"}': "0.3x110 0.04x10"},
    "ManyErrors": {f'{REQUESTS}_count{{route="/predict",status="503"}}': "0+100x120"},
    "SlowPredictions": {f'{REQUESTS}_bucket{{route="/predict",status="200",le="0.1"}}': "0+5900x120"},
    "ManyBadRows": {'smartpredict_quarantined_rows_total{use_case="u",source="file"}': "0+250x120"},
    "OneClassOnly": {f'{PREDICTED}"yes"}}': "0+30x30 930x90"},
    "NoPredictions": {'smartpredict_predictions_total{use_case="u",lane="bulk"}': "0+1000x60 60000x60"},
}


def one_test(name: str, series: dict[str, str], firing: list[str]) -> dict[str, Any]:
    samples = [{"labels": f'{{alertname="{alert}"}}', "value": 1} for alert in firing]
    return {
        "name": name,
        "interval": "1m",
        "input_series": [{"series": series_name, "values": values} for series_name, values in series.items()],
        "promql_expr_test": [
            {
                "expr": 'count by (alertname) (ALERTS{alertstate="firing"})',
                "eval_time": "119m",
                "exp_samples": samples,
            }
        ],
    }


def promtool(*arguments: str) -> str:
    done = subprocess.run(["promtool", *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize("alert", [None, *ALERTS])
def test_each_alert_fires_on_its_fault_alone(tmp_path: Path, alert: str | None) -> None:
    series = HEALTHY | (FAULTS[alert] if alert is not None else {})
    test = one_test(alert or "all is well", series, [alert] if alert is not None else [])
    file = tmp_path / "test.json"  # JSON is YAML
    file.write_text(json.dumps({"rule_files": [f"{RULES}/*.yml"], "evaluation_interval": "1m", "tests": [test]}))
    promtool("test", "rules", str(file))


def test_every_fault_belongs_to_an_alert() -> None:
    assert set(FAULTS) == set(ALERTS)


def test_the_configuration_is_valid() -> None:
    assert "SUCCESS" in promtool("check", "config", "--lint-fatal", str(RULES.parent / "prometheus.yml"))


def test_the_queues_in_the_rules_are_those_of_the_topology() -> None:
    known = {queue.name for queue in QUEUES}
    text = (RULES / "alerts.yml").read_text()
    named = {name for match in text.split('queue=~"')[1:] for name in match.split('"')[0].split("|")}
    assert named
    assert named <= known


def test_every_alert_says_how_bad_it_is_and_what_to_do() -> None:
    manual = (RULES.parents[2] / "docs" / "monitoring.md").read_text(encoding="utf-8")
    for group in yaml.safe_load((RULES / "alerts.yml").read_text())["groups"]:
        for rule in group["rules"]:
            assert rule["labels"]["severity"] in {"critical", "warning"}, rule["alert"]
            assert set(rule["annotations"]) == {"summary", "action"}, rule["alert"]
            assert f"`{rule['alert']}`" in manual
