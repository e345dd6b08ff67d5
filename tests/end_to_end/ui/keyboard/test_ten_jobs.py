"""The ten jobs of docs/ui.md, each done by the keyboard alone: nothing is clicked, and nothing is given the focus from outside."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from uuid import UUID

import pytest
from playwright.sync_api import expect
from sqlalchemy import func, select

from sql.base.tables import dead_letters
from sql.dead_letters.tables import letter_decisions
from sql.labels.tables import labels
from tests.end_to_end.ui.conftest import GOOD
from tests.end_to_end.ui.keyboard.keyboard import Keyboard
from tests.end_to_end.ui.visitor import HEADER, Visitor
from tests.support.pipeline import EQUIPMENT
from tests.support.running_stack import TABLE, RunningStack
from tests.support.usecases.data_sets import churn
from tests.support.waiting import eventually


@pytest.fixture
def keyboard(visitor: Visitor) -> Keyboard:
    visitor.open()
    return Keyboard(visitor)


def stored(stack: RunningStack, *conditions: object) -> Callable[[], int]:
    """Return what counts stored predictions."""
    query = select(func.count()).select_from(TABLE).where(*conditions)  # type: ignore[arg-type]

    def count() -> int:
        with stack.engine.connect() as connection:
            return connection.scalar(query) or 0

    return count


def test_a_row_is_predicted_and_says_why(keyboard: Keyboard) -> None:
    keyboard.write("Torque [Nm]", "68")
    keyboard.press("Predict", then_sees="Model version")
    keyboard.press("Why this prediction?", key="Space", then_sees="the probability of failure most")


def test_what_is_wrong_with_a_file_is_seen_and_the_rest_predicted(keyboard: Keyboard, tmp_path: Path) -> None:
    file = tmp_path / "by-keyboard.csv"
    bad = "mill-12,M,300.1,310.4,1480,455,108\n"
    file.write_text(HEADER + "\n" + "".join(GOOD.format(number=number) for number in range(12)) + bad)
    keyboard.to("One row")
    keyboard.key("ArrowRight")
    keyboard.visitor.sees("File with rows to predict")
    keyboard.hand_in(file)
    keyboard.visitor.sees("1 row of 13 is not valid")
    keyboard.to("Bad rows with column, rule and value")
    keyboard.press("Predict the 12 good rows", then_sees="12 rows predicted and stored")


def test_the_history_of_a_machine_is_found_and_why_it_was_predicted_so(
    keyboard: Keyboard, stack: RunningStack, dropped: UUID
) -> None:
    with stack.api() as api:
        label = {"key": "mill-5", "label": "failure"}
        assert api.post("/labels", json={"use_case": EQUIPMENT.name, "labels": [label]}).status_code == 200
    keyboard.go("Past predictions")
    keyboard.fill_in("Machine id", "mill-5")
    keyboard.visitor.sees("History of mill-5")
    keyboard.visitor.sees("of which it is known came true as predicted")
    keyboard.tick("Past predictions, the newest first", then_sees="the probability of failure most")


def test_what_came_true_is_handed_in(keyboard: Keyboard, stack: RunningStack, dropped: UUID, tmp_path: Path) -> None:
    query = select(TABLE.c.id).where(TABLE.c.batch_id == dropped).order_by(TABLE.c.id.desc()).limit(1)
    with stack.engine.connect() as connection:
        known = connection.scalar(query)
    file = tmp_path / "came-true.csv"
    file.write_text(f"prediction_id,label\n{known},ok\n")
    keyboard.go("Past predictions")
    keyboard.press("Hand in what came true", then_sees="a download of this page, filled in")
    keyboard.hand_in(file)
    keyboard.visitor.sees("The first rows as they are read")
    keyboard.press("Store 1 label", then_sees="1 label stored")
    with stack.engine.connect() as connection:
        assert connection.scalar(select(labels.c.label).where(labels.c.prediction_id == known)) == "ok"


def test_refused_rows_are_repaired_with_one_correction(keyboard: Keyboard, stack: RunningStack) -> None:
    lines = [GOOD.format(number=number) for number in range(60)]
    lines += [f"hob-{number},Q,300.1,310.4,1480,41.5,108\n" for number in range(40)]
    stack.wait_done(stack.drop((HEADER + "\n" + "".join(lines)).encode(), "hobs.csv"))
    keyboard.go("Data quality")
    keyboard.pick("File", "hobs.csv")
    keyboard.visitor.sees("Correct one value in all rows")
    keyboard.press("Correct one value in all rows")
    keyboard.pick("Replace it by", "L")
    keyboard.press("See what it does", then_sees="40 rows have this value")
    keyboard.press("Correct all and send", then_sees="40 rows corrected and sent again")
    eventually(lambda: stored(stack, TABLE.c.machine_id.startswith("hob-"))() == 40)


def test_a_use_case_is_made_trained_and_served(keyboard: Keyboard, own: RunningStack, tmp_path: Path) -> None:
    keyboard.go("New use case")
    keyboard.fill_in("Key of an administrator", own.stack.api_key("admin"))
    keyboard.hand_in(churn(tmp_path, rows=300))
    keyboard.visitor.sees("Column to predict")
    keyboard.press("Look at the file", then_sees="Worth a look")
    keyboard.fill_in("Name of the use case", "by_keyboard")
    keyboard.press("Add the use case", then_sees="by_keyboard is added.")
    keyboard.press("Train", then_sees="Cancel the training")
    keyboard.visitor.sees("Version 1 is trained", seconds=180)
    keyboard.go("Models")
    keyboard.press("Serve another version")
    keyboard.press("I want to change what everybody gets predicted from now on.", key="Space")
    keyboard.press("Promote version 1", then_sees="Version 1 is served from now on")


def test_a_training_is_followed_and_cancelled(keyboard: Keyboard, stack: RunningStack) -> None:
    keyboard.go("Models")
    keyboard.fill_in("Key of an administrator", stack.stack.api_key("admin"))
    keyboard.press("Train a new version")
    keyboard.fill_in("Configurations to try", "500")
    keyboard.press("Train", then_sees="You may close this page")
    keyboard.press("Cancel the training", then_sees="The last training was cancelled.")


@pytest.mark.usefixtures("drifted")
def test_somebody_looks_after_an_alert(keyboard: Keyboard, stack: RunningStack) -> None:
    keyboard.go("Operations")
    keyboard.visitor.sees("Data drifted from training")
    keyboard.visitor.sees("so that its answers may be worse than they were")
    keyboard.press("I look after it")
    keyboard.write("Your name", "Ada")
    keyboard.press("Say so", then_sees="Ada looks after it, everybody sees")
    with stack.api("webapp") as api:
        kept = [one["acknowledgement"] for one in api.get("/alerts").json()["alerts"]]
    assert [one["person"] for one in kept if one is not None] == ["Ada"]


@pytest.mark.usefixtures("moved")
def test_what_moved_away_from_training_is_looked_at(keyboard: Keyboard) -> None:
    keyboard.go("Monitoring")
    for box, option in (("Came from", "Dropped file"), ("Look at", "Tool wear [min]")):
        keyboard.pick(box, option)
        keyboard.visitor.sees("The data has drifted")
        expect(keyboard.page.get_by_role("combobox", name=box)).to_have_value(option)


LETTERS = "Dead letters with their cause"


def decision(stack: RunningStack, letter: UUID) -> tuple[str, ...]:
    """Return who decided what about a letter, and why."""
    kept = letter_decisions.c
    with stack.engine.connect() as connection:
        query = select(kept.person, kept.decision, kept.reason).where(kept.letter_id == letter)
        return tuple(connection.execute(query).one())


def test_a_dead_letter_is_sent_again_as_it_was(keyboard: Keyboard, stack: RunningStack, letter: UUID) -> None:
    keyboard.go("Operations")
    keyboard.tick(LETTERS, then_sees="Repair its rows")
    keyboard.press("Send 1 letter again", then_sees="1 letter sent again")
    with stack.engine.connect() as connection:
        query = select(dead_letters.c.replayed_at).where(dead_letters.c.letter_id == letter)
        assert connection.scalar(query) is not None


def test_a_dead_letter_is_sent_again_repaired(keyboard: Keyboard, stack: RunningStack, letter: UUID) -> None:
    keyboard.go("Operations")
    keyboard.tick(LETTERS, then_sees="Repair its rows")
    # Behind the number of the row and what is wrong with it.
    keyboard.edit("Rows of the letter to repair", column=2, text=f"mended-{letter}")
    keyboard.write("Your name", "Ada")
    keyboard.write("Why", "the machine had another name")
    keyboard.press("Send 2 repaired rows on", then_sees="2 repaired rows sent on")
    assert decision(stack, letter) == ("Ada", "repaired", "the machine had another name")
    eventually(lambda: stored(stack, TABLE.c.machine_id == f"mended-{letter}")() == 1)


def test_a_dead_letter_is_discarded(keyboard: Keyboard, stack: RunningStack, letter: UUID) -> None:
    keyboard.go("Operations")
    keyboard.tick(LETTERS, then_sees="Repair its rows")
    keyboard.press("Discard 1 letter", then_sees="Nobody is reminded of them any more")
    keyboard.write("Your name", "Ada")
    keyboard.write("Why", "a test of the line")
    keyboard.press("Discard 1 letter for good", then_sees="1 letter discarded")
    assert decision(stack, letter) == ("Ada", "discarded", "a test of the line")
