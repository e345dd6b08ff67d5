"""Times with an offset from UTC in the training data, and later ones without: never hours apart in silence."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import yaml
from pydantic import ValidationError

from usecases.checking.chunk_check import CheckedChunk, check_chunk
from usecases.checking.identity import row_identities
from usecases.checking.reasons import reasons_of
from usecases.checking.repaired_file import as_it_came
from usecases.checking.row_model import read_row
from usecases.columns.casting import cast
from usecases.columns.features import TimestampFeature
from usecases.contract.spec import UseCase
from usecases.formats.data_files import read_data
from usecases.formats.reading import format_of, read_chunks
from usecases.proposal.choices import Choices
from usecases.proposal.infer import Inferred, infer
from usecases.proposal.writing import inferred_yaml

ROWS = 120
HOURS = pd.date_range("2026-03-01 00:30", periods=ROWS, freq="h", tz="Europe/Berlin")
LOCAL = datetime(2026, 3, 2, 8, 30)  # noqa: DTZ001  # as a spreadsheet has it
TEXTS = (
    "2026-03-02 08:30", "2026-03-02T08:30:15.25", "2026-03-02", "2026-03-02T08:30Z", "2026-03-02 08:30:00+00", "2026-07-01 08:30+0530",
    "2026-03-29 02:30", "2026-03-29 03:30", "2026-10-25 02:30", "2026-10-25 02:30+01:00", " 2026-10-25 03:00 UTC", "soon", "1700-01-01",
)  # fmt: skip


def inferred(folder: Path, times: Any, ending: str = "csv") -> Inferred:
    path = folder / f"orders.{ending}"
    random = np.random.default_rng(0)
    frame = pd.DataFrame({"amount": random.uniform(0, 9, ROWS), "sold at": times, "late": np.arange(ROWS) % 3 % 2})
    frame.to_csv(path, index=False) if ending == "csv" else frame.to_parquet(path)
    return infer(read_data(path), Choices(target="late"), file_name=path.name, data=path.name)


def zone_of(found: Inferred) -> str | None:
    feature = found.use_case.features_by_name["sold_at"]
    assert isinstance(feature, TimestampFeature)
    return feature.time_zone


def checked(use_case: UseCase, path: Path) -> CheckedChunk:
    [chunk] = read_chunks(use_case, path, format_of(path.name), 1_000)
    return check_chunk(use_case, chunk)


def in_zone(use_case: UseCase, zone: str | None) -> UseCase:
    content = use_case.model_dump(mode="json")
    for feature in content["features"]:
        if feature["name"] == "sold_at":
            feature["time_zone"] = zone
    return UseCase.model_validate(content)


def workbook(folder: Path) -> Path:
    path = folder / "later.xlsx"
    pd.DataFrame({"amount": [1.5], "sold at": [LOCAL]}).to_excel(path, index=False, engine="xlsxwriter")
    return path


def test_a_workbook_is_read_in_the_zone_of_the_times_that_were_learned_from(tmp_path: Path) -> None:
    found = inferred(tmp_path, HOURS, "parquet")
    assert zone_of(found) == "Europe/Berlin"
    assert "those without an offset are read in Europe/Berlin" in found.reasons["sold_at"]
    later = checked(found.use_case, workbook(tmp_path))
    assert later.good.column("sold_at").to_pylist() == [datetime(2026, 3, 2, 7, 30, tzinfo=UTC)]


def test_a_time_without_an_offset_is_refused_where_only_offsets_are_known(tmp_path: Path) -> None:
    found = inferred(tmp_path, [moment.isoformat() for moment in HOURS])
    assert zone_of(found) is None
    again = UseCase.model_validate(yaml.safe_load(inferred_yaml(found, "orders.csv")))
    assert again.features == found.use_case.features
    [[reason]] = checked(found.use_case, workbook(tmp_path)).bad.values()
    assert reason.message.startswith("sold_at: '2026-03-02 08:30:00' does not say how far it is from UTC")
    # What was learned from is good, and the zone that a person writes down is the way on.
    assert not checked(found.use_case, tmp_path / "orders.csv").bad
    good = checked(in_zone(found.use_case, "Europe/Berlin"), workbook(tmp_path)).good
    assert good.column("sold_at").to_pylist() == [datetime(2026, 3, 2, 7, 30, tzinfo=UTC)]


@pytest.mark.parametrize(
    "times",
    [
        [moment.isoformat() for moment in HOURS.tz_convert("UTC")], list(HOURS.tz_localize(None)),
        [moment.date().isoformat() for moment in HOURS],
    ],
    ids=["UTC", "no offset", "days"],
)  # fmt: skip
def test_times_in_utc_and_times_without_an_offset_stay_what_they_were(tmp_path: Path, times: list[Any]) -> None:
    found = inferred(tmp_path, times)
    assert zone_of(found) == "UTC"
    assert "time_zone:" not in inferred_yaml(found, "orders.csv")
    told = [finding.done[:25] for finding in found.findings if finding.kind == "offsets"]
    assert told == (["read as UTC, at every door"[:25]] if isinstance(times[0], datetime) else [])
    later = checked(found.use_case, workbook(tmp_path))
    assert later.good.column("sold_at").to_pylist() == [LOCAL.replace(tzinfo=UTC)]


def test_times_of_which_some_have_an_offset_are_told(tmp_path: Path) -> None:
    times = [(moment if place % 3 else moment.tz_localize(None)).isoformat() for place, moment in enumerate(HOURS)]
    found = inferred(tmp_path, times)
    assert zone_of(found) == "UTC"
    [told] = [finding for finding in found.findings if finding.kind == "offsets"]
    assert told.text == f"{ROWS // 3} times do not say how far they are from UTC, while others do"


@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin", "Asia/Kolkata", None])
def test_a_column_and_a_single_time_are_read_alike(tmp_path: Path, zone: str | None) -> None:
    use_case = in_zone(inferred(tmp_path, HOURS, "parquet").use_case, zone)
    typed, bad = cast(use_case.features_by_name["sold_at"], pa.array(TEXTS))
    for text, moment, is_bad in zip(TEXTS, typed.to_pylist(), bad.tolist(), strict=True):
        try:
            alone = read_row(use_case, {"amount": 1.0, "sold_at": text}).model_dump()["sold_at"]
        except ValidationError as error:
            assert is_bad, (text, moment)
            [reason] = reasons_of(use_case, error.errors())
            assert ("write its offset" in reason.message) == (text in {TEXTS[6], TEXTS[8]} and zone == "Europe/Berlin")
        else:
            assert (moment, is_bad) == (alone, False), text


@pytest.mark.parametrize(
    "column",
    [
        pa.array([LOCAL], pa.timestamp("s")), pa.array([LOCAL], pa.timestamp("ns")), pa.array([date(2026, 3, 2)]),
        pa.array([LOCAL.replace(tzinfo=UTC)], pa.timestamp("us", "America/New_York")),
    ],
    ids=lambda column: str(column.type),
)  # fmt: skip
def test_typed_times_are_read_in_the_zone_unless_they_have_one(column: pa.Array) -> None:
    feature = TimestampFeature(name="x", type="timestamp", time_zone="Europe/Berlin")
    wanted = column.to_pylist()[0]
    if getattr(wanted, "tzinfo", None) is None:
        wanted = pd.Timestamp(wanted).tz_localize("Europe/Berlin").to_pydatetime()
    typed, bad = cast(feature, column)
    assert (typed.to_pylist(), bad.tolist()) == ([wanted.astimezone(UTC)], [False])
    unknown, refused = cast(TimestampFeature(name="x", type="timestamp", time_zone=None), column)
    assert refused.tolist() == [column.type != pa.timestamp("us", "America/New_York")] == [unknown.null_count == 1]


def test_the_zone_is_no_part_of_what_a_row_is(tmp_path: Path) -> None:
    use_case = inferred(tmp_path, HOURS, "parquet").use_case
    assert in_zone(use_case, None).schema_hash == use_case.schema_hash
    assert in_zone(use_case, None) != use_case
    with pytest.raises(ValueError, match="'Berlin' is no time zone; write one like Europe/Berlin"):
        in_zone(use_case, "Berlin")


def test_seconds_that_a_spreadsheet_lost_come_back_in_the_zone(tmp_path: Path) -> None:
    use_case = inferred(tmp_path, HOURS, "parquet").use_case
    row = {"amount": 1.0, "sold_at": datetime(2026, 3, 2, 7, 30, tzinfo=UTC)}
    came = as_it_came(use_case, row, {"sold_at": "2026-03-02T08:30:17"})
    assert came["sold_at"] == datetime(2026, 3, 2, 7, 30, 17, tzinfo=UTC)


def test_a_row_that_a_time_names_is_named_by_the_time_in_the_zone(tmp_path: Path) -> None:
    found = inferred(tmp_path, HOURS, "parquet").use_case
    use_case = found.model_copy(update={"inbox": found.inbox.model_copy(update={"identity": ("sold_at",)})})
    texts = ["2026-03-02 08:30", "2026-03-02T07:30:00Z", "2026-03-02T08:30:00Z"]
    one, same, other = row_identities(use_case, [{"amount": 1.0, "sold_at": text} for text in texts])
    assert (one.name, one.digest) == (same.name, same.digest)
    assert one.name != other.name
