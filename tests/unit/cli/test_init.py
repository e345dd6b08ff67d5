"""The command that makes a use case of a file."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner, Result

from cli.errors import UserError
from cli.main import build_app
from tests.support.usecases.data_sets import churn, undecided
from usecases.contract.catalog import load_catalog


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SMARTPREDICT_USECASES", str(tmp_path / "usecases"))
    return tmp_path


def init(*arguments: str) -> Result:
    return CliRunner().invoke(build_app(), ["init", *arguments])


def refusal(*arguments: str) -> str:
    failed = init(*arguments).exception
    assert isinstance(failed, UserError)
    return str(failed)


def test_the_file_and_the_data_lie_where_services_and_editors_find_them(home: Path) -> None:
    done = init(str(churn(home)), "--target", "Churned")
    assert done.exit_code == 0, done.output
    assert "binary of churned (no, yes) from 1,200 rows" in done.output
    assert "The score is the probability of 'yes', the second class; turn them round for the other." in done.output
    assert load_catalog(home / "usecases")["churn"].training.data == "training.csv"
    assert {path.name for path in (home / "usecases").iterdir()} == {"churn", "usecase.schema.json"}
    text = (home / "usecases" / "churn" / "usecase.yaml").read_text(encoding="utf-8")
    assert text.startswith("# yaml-language-server: $schema=../usecase.schema.json\n# Made from churn.csv.")
    assert "# two different values" not in text.splitlines()[0]
    assert "  # 3 different texts in 1,200 rows\n  - name: contract\n" in text


def test_choices_come_by_flags(home: Path) -> None:
    done = init(
        str(churn(home)), "--target", "Churned", "--name", "leavers", "--key", "notes", "--drop", "Contract", "--task", "binary"
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    made = load_catalog(home / "usecases")["leavers"]
    assert made.key == "notes"
    assert "contract" not in made.features_by_name


def test_nothing_is_written_before_everything_is_decided(home: Path) -> None:
    file = str(undecided(home))
    assert "Nothing is written: decide about closing code" in refusal(file, "--target", "left")
    assert not (home / "usecases").exists()
    assert init(file, "--target", "left", "--yes").exit_code == 0


def test_an_earlier_use_case_is_replaced_only_by_force(home: Path) -> None:
    file = str(churn(home))
    assert init(file, "--target", "Churned").exit_code == 0
    assert "--force replaces it" in refusal(file, "--target", "Churned")
    assert init(file, "--target", "Churned", "--force").exit_code == 0


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("none.csv", "--target", "y"), "There is no file none.csv"),
        (("sheet.xls", "--target", "y"), "in no known format; save it as one of .csv"),
        (("churn.csv", "--target", "Gone"), "--target 'Gone' is no column of the data"),
        (("latin.csv", "--target", "y"), "latin.csv cannot be read: the text is not UTF-8"),
        (("twice.csv", "--target", "y"), "a column name stands twice in its first line: 'y'"),
        (("empty.csv", "--target", "y"), "the file has no header"),
        (
            ("churn.csv", "--target", "Churned", "--name", "Not A Name"),
            "a letter first, and at most 40 characters. not_a_name would be one",
        ),
    ],
)
def test_what_cannot_be_used_says_why(
    home: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], complaint: str
) -> None:
    churn(home)
    (home / "latin.csv").write_bytes(b"Gr\x81\x8de,y\n1,2\n")
    (home / "twice.csv").write_text("y,y\n1,2\n", encoding="utf-8")
    (home / "sheet.xls").write_bytes(b"PK")
    (home / "empty.csv").write_bytes(b"")
    monkeypatch.chdir(home)
    assert complaint in refusal(*arguments)


def test_decisions_are_written_once_and_replayed(home: Path) -> None:
    file, decisions = str(undecided(home)), home / "decisions.yaml"
    assert "Fill in what is open in" in refusal(file, "--target", "left", "--decide", str(decisions))
    written = yaml.safe_load(decisions.read_text(encoding="utf-8"))["decisions"]
    opened = {entry["finding"]: entry for entry in written if entry["choice"] is None}
    assert set(opened) == {
        "closing code: leak", "left copy: leak", "since: dates", "amount: thousands", "mixed: mixed"
    }  # fmt: skip
    assert opened["closing code: leak"]["choices"] == ["drop", "keep"]
    for entry in written:
        entry["choice"] = entry["choice"] or (
            "keep" if entry["finding"] == "closing code: leak" else entry["suggestion"]
        )
    decisions.write_text(yaml.safe_dump({"decisions": written}), encoding="utf-8")
    for force in ((), ("--force",)):
        done = init(file, "--target", "left", "--decide", str(decisions), *force)
        assert done.exit_code == 0, done.output
        assert "kept, as decided" in " ".join(done.output.split())
    names = [feature.name for feature in load_catalog(home / "usecases")["undecided"].features]
    assert "closing_code" in names
    assert "left_copy" not in names


def test_suggestions_that_are_taken_are_written_as_decisions(home: Path) -> None:
    decisions = home / "decisions.yaml"
    assert init(str(undecided(home)), "--target", "left", "--yes", "--decide", str(decisions)).exit_code == 0
    assert "choice: null" not in decisions.read_text(encoding="utf-8")
    assert init(str(undecided(home)), "--target", "left", "--force", "--decide", str(decisions)).exit_code == 0


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("decisions: [{finding: 'mixed: mixed', choice: perhaps}]", "decisions/0/choice"),
        ("decisions: [{finding: 'closing code: leak', choice: category}]", "choose drop or keep"),
        ("- keep", "the file: Input should be"),
        ("decisions: [", "cannot be read as a file of decisions"),
    ],
)
def test_a_file_that_holds_no_decisions_says_where(home: Path, content: str, complaint: str) -> None:
    (home / "decisions.yaml").write_text(content, encoding="utf-8")
    assert complaint in refusal(str(undecided(home)), "--target", "left", "--decide", str(home / "decisions.yaml"))


def test_a_decision_that_nothing_asks_for_is_kept_in_the_file(home: Path) -> None:
    decisions = home / "decisions.yaml"
    decisions.write_text("decisions: [{finding: 'colour: leak', choice: keep}]", encoding="utf-8")
    refusal(str(undecided(home)), "--target", "left", "--decide", str(decisions))
    written = yaml.safe_load(decisions.read_text(encoding="utf-8"))["decisions"]
    assert written[-1] == {"finding": "colour: leak", "choice": "keep"}


def test_a_value_of_ones_own_is_missing_by_a_flag(home: Path) -> None:
    done = init(str(churn(home)), "--target", "Churned", "--missing", "Contract=2 years")
    assert done.exit_code == 0, done.output
    contract = load_catalog(home / "usecases")["churn"].features_by_name["contract"]
    assert contract.missing_values == ("2 years",)
    assert contract.nullable
