"""Labels are checked in columns, each bad one with its reason."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pyarrow as pa
import pytest

from usecases.checking.labels import LABEL_SCHEMA, LabelColumns, are_prediction_ids, check_labels
from usecases.contract.catalog import load_catalog
from usecases.contract.spec import UseCase
from usecases.tasks.task import Task

EQUIPMENT, IRIS = load_catalog()["equipment_failure"], load_catalog()["iris"]
ID = str(uuid4())


def test_classes_are_given_by_their_names_or_as_the_data_write_them() -> None:
    ids = pa.array([ID] * 6)
    given = pa.array(["ok", "failure", "0", "1", "1.0", " ok"])
    checked = check_labels(EQUIPMENT, LabelColumns(given, ids))
    assert checked.schema == LABEL_SCHEMA
    assert checked.column("label").to_pylist() == ["ok", "failure", "ok", "failure", "failure", "ok"]
    assert checked.column("number").null_count == 6
    assert checked.column("refusal").null_count == 6
    assert check_labels(EQUIPMENT, LabelColumns(pa.array([True, False]), ids[:2])).column("label").to_pylist() == [
        "failure",
        "ok",
    ]


def test_a_label_that_is_no_class_is_refused_and_never_stored_as_another() -> None:
    stars = EQUIPMENT.model_copy(
        update={
            "task": Task.MULTICLASS, "classes": ("2", "3", "4"), "class_source_names": (), "left_out_classes": ("1",),
            "target_missing_values": ("?",),
        }
    )  # fmt: skip
    given = pa.array(["0", "1.0", "2.0", "5", "?", "true", "x" * 90])
    checked = check_labels(stars, LabelColumns(given, pa.array([ID] * 7)))
    assert checked.column("label").to_pylist() == [None, None, "2", None, None, None, None]
    assert checked.column("refusal").to_pylist() == [
        "the label '0' is none of 2, 3, 4",
        "the label '1.0' is a class that is left out; known are 2, 3, 4",
        None,
        "the label '5' is none of 2, 3, 4",
        "the label is missing",
        "the label 'true' is none of 2, 3, 4",
        f"the label '{'x' * 40}' is none of 2, 3, 4",
    ]


def test_classes_that_are_numbers_are_never_turned_round() -> None:
    turned = EQUIPMENT.model_copy(update={"classes": ("1.0", "0.0"), "class_source_names": ()})
    checked = check_labels(turned, LabelColumns(pa.array([1, 0]), pa.array([ID] * 2)))
    assert checked.column("label").to_pylist() == ["1.0", "0.0"]


def test_numbers_are_taken_as_they_are(use_case: UseCase) -> None:
    regression = use_case.model_copy(update={"task": Task.REGRESSION, "classes": ()})
    checked = check_labels(regression, LabelColumns(pa.array([1.5, float("nan"), float("inf")]), pa.array([ID] * 3)))
    assert checked.column("number").to_pylist() == [1.5, None, None]
    assert checked.column("refusal").to_pylist() == [
        None, "the label is missing or no number", "the label 'inf' is no number",
    ]  # fmt: skip
    texts = check_labels(regression, LabelColumns(pa.array(["1,234", "7"]), pa.array([ID] * 2)))
    assert texts.column("refusal").to_pylist() == ["the label '1,234' is no number", None]


def test_numbers_beside_decimal_commas_are_read_as_these_are(use_case: UseCase) -> None:
    """1.234 was a little more than one, where 2.345,5 beside it was refused."""
    regression = use_case.model_copy(update={"task": Task.REGRESSION, "classes": ()})
    given = pa.array(["2.345,5", "1.234", "12.5", "7", "1,5", "1.234.567"])
    checked = check_labels(regression, LabelColumns(given, pa.array([ID] * 6)))
    assert checked.column("number").to_pylist() == [2345.5, None, 12.5, 7.0, 1.5, 1234567.0]
    assert "'1.234' is no number, or could be two" in checked.column("refusal")[1].as_py()
    alone = check_labels(regression, LabelColumns(pa.array(["1.234"]), pa.array([ID])))
    assert alone.column("number").to_pylist() == [1.234]


@pytest.mark.parametrize(
    ("hour", "day", "known"),
    [
        (22, "2026-03-02", datetime(2026, 3, 1, 22, tzinfo=UTC)),
        (22, "2026-03-01", datetime(2026, 3, 1, tzinfo=UTC)),
        (22, "2026-03-03", None),
        (9, "2026-03-02", None),
    ],
)
def test_a_day_alone_that_has_begun_east_of_here_is_known_now(hour: int, day: str, known: datetime | None) -> None:
    now = datetime(2026, 3, 1, hour, tzinfo=UTC)
    for moments in (pa.array([day]), pa.array([date.fromisoformat(day)])):
        checked = check_labels(EQUIPMENT, LabelColumns(pa.array(["ok"]), pa.array([ID]), moments=moments), now=now)
        assert checked.column("labelled_at")[0].as_py() == known
        assert (checked.column("refusal")[0].as_py() is None) is (known is not None)


def test_a_day_alone_is_about_what_was_predicted_until_its_end() -> None:
    now = datetime(2026, 3, 4, 10, tzinfo=UTC)
    end = datetime(2026, 3, 1, 23, 59, 59, 999_999, tzinfo=UTC)
    day, cell = date(2026, 3, 1), datetime(2026, 3, 1)  # noqa: DTZ001  # cells have no time zone
    for given, until in (
        (pa.array(["2026-03-01"]), end),
        (pa.array([day]), end),
        (pa.array([cell]), end),
        (pa.array(["1.3.2026"]), end),
        (pa.array(["2026-03-01 00:00:00.000", None, "2026-02-03 00:00:00.000"]), end),
        (pa.array(["2026-03-01 00:00:00", "2026-02-03 16:30:00"]), datetime(2026, 3, 1, tzinfo=UTC)),
        (pa.array(["01.03.2026 16:30"]), datetime(2026, 3, 1, 16, 30, tzinfo=UTC)),
        (pa.array(["2026-03-04"]), now),
        (pa.array(["2026-03-01T00:00:00Z"]), datetime(2026, 3, 1, tzinfo=UTC)),
        (pa.array([cell], pa.timestamp("us", "UTC")), datetime(2026, 3, 1, tzinfo=UTC)),
        (
            pa.array([cell], pa.timestamp("us", "Z")),
            datetime(2026, 3, 1, tzinfo=UTC),
        ),  # a zone that Arrow does not know
        (pa.array([cell, cell + timedelta(hours=1)]), datetime(2026, 3, 1, tzinfo=UTC)),
        (pa.array([None], pa.string()), None),
    ):
        columns = LabelColumns(pa.array(["ok"] * len(given)), pa.array([ID] * len(given)), moments=given)
        checked = check_labels(EQUIPMENT, columns, now=now)
        assert checked.column("refusal")[0].as_py() is None
        assert checked.column("until")[0].as_py() == until


def test_a_time_without_an_offset_is_of_the_clocks_of_the_use_case() -> None:
    now = datetime(2026, 3, 4, 10, tzinfo=UTC)
    content = EQUIPMENT.model_dump(mode="json")
    content["features"].append({"name": "seen", "type": "timestamp", "time_zone": "Europe/Berlin"})
    berlin = UseCase.model_validate(content)
    given = pa.array(["2026-03-04 10:55", "2026-03-03T09:00Z", "2026-03-02", "2025-10-26", "2025-03-30"])
    columns = LabelColumns(pa.array(["ok"] * 5), pa.array([ID] * 5), moments=given)
    found = check_labels(berlin, columns, now=now)
    assert found.column("labelled_at").to_pylist()[:3] == [
        datetime(2026, 3, 4, 9, 55, tzinfo=UTC), datetime(2026, 3, 3, 9, tzinfo=UTC), datetime(2026, 3, 1, 23, tzinfo=UTC),
    ]  # fmt: skip
    last = timedelta(seconds=59, microseconds=999_999)  # of a day, of one of 25 hours, and of one of 23
    assert found.column("until").to_pylist()[2:] == [
        datetime(2026, 3, 2, 22, 59, tzinfo=UTC) + last, datetime(2025, 10, 26, 22, 59, tzinfo=UTC) + last,
        datetime(2025, 3, 30, 21, 59, tzinfo=UTC) + last,
    ]  # fmt: skip
    assert "in the future" in check_labels(EQUIPMENT, columns, now=now).column("refusal")[0].as_py()
    content["features"][-1]["time_zone"] = "America/New_York"
    tomorrow = LabelColumns(pa.array(["ok"]), pa.array([ID]), moments=pa.array(["2026-03-05"]))
    known = check_labels(UseCase.model_validate(content), tomorrow, now=now + timedelta(hours=5))
    assert known.column("labelled_at")[0].as_py() == now + timedelta(hours=5)  # it has begun further east


def test_ids_of_predictions_begin_with_a_time() -> None:
    ours, others = "019b76da-a8c1-7a3f-8f13-86cd2d63d94a", ["17", str(uuid4()), None]
    assert are_prediction_ids(pa.array([*others, ours]))
    assert not are_prediction_ids(pa.array(others))
    assert not are_prediction_ids(pa.array([17, 18]))


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"label": "broken"}, "the label 'broken' is none of ok (0), failure (1)"),
        ({"label": None}, "the label is missing"),
        ({"id": "4711"}, "no id of a prediction"),
        ({"id": None}, "name it by prediction_id or by machine_id"),
        ({"id": None, "key": "x" * 2_000}, "too long"),
        ({"at": "yesterday"}, "labelled_at is no time"),
        ({"at": "0007-01-01"}, "labelled_at is no time"),
        ({"at": "2199-12-31"}, "labelled_at lies in the future"),
    ],
)
def test_what_is_bad_has_its_reason_and_nothing_else(given: dict[str, str | None], reason: str) -> None:
    values = {"label": "ok", "id": ID, "key": None, "at": None} | given
    checked = check_labels(
        EQUIPMENT,
        LabelColumns(
            labels=pa.array([values["label"], "ok"], pa.string()),
            prediction_ids=pa.array([values["id"], ID], pa.string()),
            keys=pa.array([values["key"], None], pa.string()),
            moments=pa.array([values["at"], None], pa.string()),
        ),
        first_item=17,
    )
    bad, good = checked.to_pylist()
    assert bad.pop("item") == 17
    assert reason in bad.pop("refusal")
    assert set(bad.values()) == {None}
    assert (good["item"], good["label"], good["refusal"]) == (18, "ok", None)


def test_a_use_case_without_a_key_takes_ids_only() -> None:
    labels = pa.array(["setosa"])
    checked = check_labels(IRIS, LabelColumns(labels, keys=pa.array(["mill-7"])))
    assert "iris has no key" in checked.column("refusal")[0].as_py()
    assert "name it by prediction_id" in check_labels(IRIS, LabelColumns(labels)).column("refusal")[0].as_py()


def test_where_both_are_given_the_id_counts() -> None:
    columns = LabelColumns(pa.array(["ok"]), pa.array([ID]), pa.array(["mill-7"]), pa.array(["2026-03-01 12:30+02:00"]))
    (row,) = check_labels(EQUIPMENT, columns).to_pylist()
    assert (row["prediction_id"], row["key"]) == (ID, None)
    assert row["labelled_at"] == datetime(2026, 3, 1, 10, 30, tzinfo=UTC)


@pytest.mark.parametrize(("minutes", "is_good"), [(-1, True), (14, True), (60, False)])
def test_a_clock_may_be_a_little_ahead_and_a_local_time_may_not(minutes: int, is_good: bool) -> None:  # noqa: FBT001  # pytest passes it by name
    now = datetime(2026, 3, 1, 10, tzinfo=UTC)
    told = pa.array([(now + timedelta(minutes=minutes)).replace(tzinfo=None).isoformat()])
    (row,) = check_labels(EQUIPMENT, LabelColumns(pa.array(["ok"]), pa.array([ID]), moments=told), now=now).to_pylist()
    assert (row["refusal"] is None) is is_good
