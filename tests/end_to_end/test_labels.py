"""What the page on labels tells people to type works, in its order."""

from __future__ import annotations

from pathlib import Path

from tests.support.documents import commands_of, run, stand_in
from tests.support.running_stack import RunningStack

EXPECTED = {
    "smartpredict labels": ("2 labels: 1 added, 0 replaced, 0 superseded, 1 of unknown predictions, 0 refused",),
    "/labels": ('"received":1',),
    "/past-predictions": ('"label":"ok"',),
    "/monitoring/metrics": ('"model_version":',),
    "shadow-report": ("Nothing to compare", "Different classes"),
    "--trials": ("configurations tried",),
    "--explain": ("(base value)",),
}
"""What the output of a command holds, one of these, by a part of the command."""


def test_the_commands_of_the_page_about_labels_work_in_their_order(stack: RunningStack, tmp_path: Path) -> None:
    folder = stand_in(tmp_path)
    (folder / "labels.csv").write_text("machine_id,machine_failure\nlathe-7,ok\nlathe-8,failure\n")
    commands = commands_of("docs/labels.md")
    for command in commands:
        printed = run(stack, folder, "bash", "-c", command)
        for part, words in EXPECTED.items():
            assert part not in command or any(word in printed for word in words), printed
    assert len(commands) == 8
    assert "lathe-8" in (folder / "rejected.csv").read_text()
