"""What the README tells people to type works."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import pytest

from tests.support.documents import code_of, commands_of, run, stand_in
from tests.support.pipeline import EQUIPMENT
from tests.support.running_stack import RunningStack
from tests.support.usecases.data_sets import churn
from tests.support.waiting import eventually
from training.datasets.sample_files import write_inference_csv

README = Path(__file__).parents[2] / "README.md"
TEXT = README.read_text(encoding="utf-8")
COMMANDS = commands_of("README.md")


@pytest.fixture(scope="module")
def folder(own: RunningStack, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Stand where a reader stands: in a checkout with its environment, and a file to drop."""
    folder = stand_in(tmp_path_factory.mktemp("checkout"))
    write_inference_csv(folder / "readings.csv", 500, seed=11, bad_share=0.01)
    churn(folder)
    return folder


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.split("\n")[0][:60])
def test_a_command_of_the_readme_works(stack: RunningStack, folder: Path, command: str) -> None:
    printed = run(stack, folder, "bash", "-c", command)
    if "/predict?" in command:
        assert json.loads(printed)["predictions"][0]["prediction"] in EQUIPMENT.classes
    if "/past-predictions?" in command:
        assert json.loads(printed)["predictions"]


def test_the_message_of_the_readme_arrives(stack: RunningStack, folder: Path) -> None:
    (code,) = code_of("README.md", "python")
    run(stack, folder, sys.executable, "-c", code)
    eventually(lambda: '"reading-4711"' in _batches(stack))


def _batches(stack: RunningStack) -> str:
    with stack.api() as api:
        return api.get("/batches").text


def test_every_make_target_of_the_readme_exists() -> None:
    makefile = README.with_name("Makefile").read_text(encoding="utf-8")
    for target in set(re.findall(r"`?make ([a-z][a-z-]+)", TEXT)):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), f"make {target}"


def test_every_link_of_the_readme_leads_somewhere() -> None:
    for target in re.findall(r"\]\((?!http)([^)#]+)", TEXT):
        assert (README.parent / target).exists(), target
