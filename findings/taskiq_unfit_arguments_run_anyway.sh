#!/usr/bin/env bash
# taskiq 0.13.0: a task whose arguments do not fit its type hints runs with the raw values; NaN and infinity arrive as
# None.
#
# Expected: arguments are parsed by the type hints (pydantic 2.14.4 does that here: "5" becomes 5, a dictionary
# becomes a model), so what cannot be parsed fails the task, as it does in FastStream and FastAPI.
# Seen: the parser's error is logged and swallowed. A task for a number gets the text "five", a task for a model gets
# the plain dictionary, with its wrong and missing fields, and the result says that there was no error. A NaN or
# infinity is written as null by the default serialiser, cannot be parsed as float, and the task gets None.
# Why it matters: the hint is the only schema that a task has. A scoring task works on text and None, or fails far
# from the cause; rows with a missing number (NaN) are changed on the way although both sides say float.
# Source: taskiq documentation, on arguments that are parsed by their annotations.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "taskiq==0.13.0" "pydantic==2.14.4"

venv/bin/python - <<'PY'
import asyncio
import logging
import sys
from importlib.metadata import version

from pydantic import BaseModel
from taskiq import InMemoryBroker

logging.disable(logging.CRITICAL)
broker = InMemoryBroker()


class Row(BaseModel):
    """A row to be scored."""

    age: int
    income: float


@broker.task
async def number(value: int) -> str:
    """Return what arrived."""
    return repr(value)


@broker.task
async def score(row: Row) -> str:
    """Return what arrived."""
    return repr(row)


@broker.task
async def measure(value: float) -> str:
    """Return what arrived."""
    return repr(value)


async def arrived() -> dict[str, tuple[bool, str]]:
    await broker.startup()
    found = {}
    for name, task, value in (
        ("fitting text", number, "5"),
        ("unfit text", number, "five"),
        ("fitting row", score, {"age": 40, "income": 1.5}),
        ("unfit row", score, {"age": "forty"}),
        ("NaN", measure, float("nan")),
        ("infinity", measure, float("inf")),
    ):
        result = await (await task.kiq(value)).wait_result(timeout=10)
        found[name] = (result.is_err, result.return_value)
    await broker.shutdown()
    return found


print("taskiq", version("taskiq"), "pydantic", version("pydantic"))
seen = asyncio.run(arrived())
for name, (failed, value) in seen.items():
    print(f"{name}: failed {failed}, the task got {value}")
wanted = {
    "fitting text": (False, "5"),
    "unfit text": (False, "'five'"),
    "fitting row": (False, "Row(age=40, income=1.5)"),
    "unfit row": (False, "{'age': 'forty'}"),
    "NaN": (False, "None"),
    "infinity": (False, "None"),
}
if seen != wanted:
    sys.exit("Arguments that do not fit are treated in another way now.")
PY
echo "Seen: tasks run with texts, dictionaries and None where their hints say number and model."
