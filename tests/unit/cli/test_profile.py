"""The command that shows what is in a file: a table at the terminal, and a page beside it."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from cli.main import build_app
from tests.support.usecases.data_sets import churn


def profiled(folder: Path, *arguments: str, monkeypatch: pytest.MonkeyPatch) -> Result:
    monkeypatch.chdir(folder)
    return CliRunner().invoke(build_app(), ["profile", *arguments], env={"COLUMNS": "200"})


def test_columns_are_shown_with_what_goes_with_the_target(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = churn(tmp_path)
    shown = profiled(tmp_path, path.name, "--target", "Churned", monkeypatch=monkeypatch)
    assert shown.exit_code == 0, shown.output
    assert "1,200 rows, 10 columns" in shown.output
    assert "with Churned" in shown.output
    assert "With plots: churn.csv.profile.html" in shown.output
    assert "with Churned" in (tmp_path / "churn.csv.profile.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("target", [[], ["--target", "Churned"]])
def test_what_is_not_read_of_a_file_is_told_there_and_on_the_page(
    target: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = churn(tmp_path)
    with path.open("a", encoding="utf-8") as file:
        file.write("Total,64000,60000.5,,,,4000,,,\n")
    page = tmp_path / "page.html"
    shown = profiled(tmp_path, path.name, *target, "--output", str(page), monkeypatch=monkeypatch)
    assert shown.exit_code == 0, shown.output
    for text in (shown.output, page.read_text(encoding="utf-8")):
        assert "1 row is a total of others" in " ".join(text.split())


@pytest.mark.parametrize(
    ("arguments", "said"),
    [(["none.csv"], "There is no file"), (["churn.csv", "--target", "weather"], "no column of the data")],
)
def test_what_cannot_be_shown_says_why(
    arguments: list[str], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    churn(tmp_path)
    shown = profiled(tmp_path, *arguments, monkeypatch=monkeypatch)
    assert shown.exit_code == 1
    assert said in str(shown.exception)
    assert not list(tmp_path.glob("*.html"))
