"""Dates and months in forms that are not read are asked about, never called names of rows or taken for categories."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from tests.support.usecases.proposals import feature_of, findings_of, proposed
from usecases.proposal.findings import Choice, Severity

ROWS = 300
RNG = np.random.default_rng(5)
TIMES = [datetime(2023, 1, 1, tzinfo=UTC) + timedelta(seconds=int(RNG.integers(0, 80_000_000))) for _ in range(ROWS)]

DATES: dict[str, Callable[[datetime], str]] = {
    "C": lambda time: f"{time:%a %b %d %H:%M:%S %Y}",
    "mail": lambda time: f"{time:%a, %d %b %Y %H:%M:%S} +0000",
    "log": lambda time: f"{time:%d/%b/%Y:%H:%M:%S} +0000",
    "SAS": lambda time: f"{time:%d%b%Y:%H:%M:%S}".upper(),
    "SAS day": lambda time: f"{time:%d%b%Y}".upper(),
    "Oracle": lambda time: f"{time:%d-%b-%y %I.%M.%S}.000000 {time:%p}".upper(),
    ".NET": lambda time: f"/Date({int(time.timestamp() * 1000)})/",
    "Java": lambda time: f"{time:%Y-%m-%dT%H:%M:%S}+01:00[Europe/Berlin]",
    "Trino": lambda time: f"{time:%Y-%m-%d %H:%M:%S}.000 Europe/Berlin",
    "Go": lambda time: f"{time:%Y-%m-%d %H:%M:%S} +0200 CEST",
    "JavaScript": lambda time: f"{time:%a %b %d %Y %H:%M:%S} GMT+0100 (CET)",
    "basic": lambda time: f"{time:%Y%m%dT%H%M%SZ}",
    "comma": lambda time: f"{time:%Y-%m-%dT%H:%M:%S},123",
    "half days": lambda time: f"{time:%Y-%m-%d %I:%M:%S %p}",
    "no zeros": lambda time: f"{time.year}-{time.month}-{time.day}",
    "French": lambda time: f"{time:%d/%m/%Y %Hh%M}",
    "German": lambda time: f"Mo, {time:%d.%m.%Y}",
    "Hungarian": lambda time: f"{time:%Y.%m.%d.}",
    "Chinese": lambda time: f"{time.year}年{time.month}月{time.day}日",
    "leap second": lambda time: f"{time:%Y-%m-%d} 23:59:60",
    "end of a day": lambda time: f"{time:%Y-%m-%d} 24:00:00",
}
PERIODS: dict[str, Callable[[datetime], str]] = {
    "month": lambda time: f"{time:%Y-%m}",
    "month first": lambda time: f"{time:%m/%Y}",
    "month with a point": lambda time: f"{time:%m.%Y}",
    "month of Excel": lambda time: f"{time:%b-%y}",
    "month of Eurostat": lambda time: f"{time:%Y}M{time:%m}",
    "month in words": lambda time: f"{time:%B %Y}",
    "quarter": lambda time: f"{time.year}Q{(time.month + 2) // 3}",
    "quarter first": lambda time: f"Q{(time.month + 2) // 3} {time.year}",
    "week": lambda time: f"{time:%G-W%V}",
    "week of Germany": lambda time: f"KW {time:%V/%G}",
    "half": lambda time: f"{time.year}H{1 + (time.month > 6)}",
    "year of money": lambda time: f"FY{time:%y}",
}


@pytest.mark.parametrize("form", DATES)
def test_a_date_in_another_form_is_asked_about_with_the_way_on(form: str) -> None:
    found = findings_of(proposed({"made": [DATES[form](time) for time in TIMES]}), "made")["dates"]
    assert (found.severity, found.suggestion) == (Severity.DECIDE, Choice.DROP)
    assert "write them as 2026-03-31 and they become a feature" in found.text


@pytest.mark.parametrize("form", PERIODS)
def test_months_and_the_like_are_asked_about_for_new_ones_will_come(form: str) -> None:
    column = [PERIODS[form](time) for time in TIMES]
    found = findings_of(proposed({"made": column}), "made")["periods"]
    assert (found.severity, found.suggestion) == (Severity.DECIDE, Choice.DROP)
    assert "those to come are refused" in found.text
    kept = proposed({"made": column}, category=frozenset({"made"}))
    assert feature_of(kept, "made").type == "category"


@pytest.mark.parametrize(
    "column",
    [
        [f"{RNG.integers(10, 40) / 4}" for _ in range(ROWS)],
        [str(RNG.choice(["Q1", "Q2", "Q3", "Q4"])) for _ in range(ROWS)],
        [f"{time:%b}" for time in TIMES],
        [str(RNG.choice(["10-20", "20-30", "1990-99", "2000-09"])) for _ in range(ROWS)],
        [str(RNG.choice(["MAR-1A", "DEC-2B", "OCT-3C"])) for _ in range(ROWS)],
        [f"{time:%Y-%m-%d %H:%M}" for time in TIMES],
    ],
    ids=["numbers", "quarters", "months", "ranges", "codes", "ISO 8601"],
)
def test_nothing_else_is_a_date(column: list[str]) -> None:
    assert not {"dates", "periods"} & {*findings_of(proposed({"made": column}), "made")}


def test_eight_zeros_among_days_stand_for_none_as_in_sap() -> None:
    column = ["00000000" if place % 4 == 0 else f"{time:%Y%m%d}" for place, time in enumerate(TIMES)]
    inferred = proposed({"made": column})
    assert findings_of(inferred, "made")["missing values"].suggestion is Choice.MISSING
    assert feature_of(inferred, "made").missing_values == ("00000000",)
    assert feature_of(inferred, "made").type == "integer"


DIGITS = {"day first": "%d%m%Y", "month first": "%m%d%Y", "short day first": "%d%m%y", "short month first": "%m%d%y"}


@pytest.mark.parametrize("form", DIGITS.values(), ids=DIGITS)
def test_a_date_in_digits_that_do_not_grow_is_asked_about_as_a_text_and_as_a_number(form: str) -> None:
    texts = [f"{time:{form}}" for time in TIMES]
    for values in (texts, [*map(int, texts)]):
        found = findings_of(proposed({"made": values}), "made")["dates"]
        assert (found.severity, found.suggestion) == (Severity.DECIDE, Choice.DROP)
        assert "2026-03-31" in found.text


def test_a_short_date_that_grows_has_no_range_that_refuses_the_rows_of_next_year() -> None:
    inferred = proposed({"made": [int(f"{time:%y%m%d}") for time in TIMES]})
    assert "260331" in findings_of(inferred, "made")["runs on"].text
    made = feature_of(inferred, "made")
    assert made.model_dump(include={"minimum", "maximum"}) == {"minimum": None, "maximum": None}


def test_six_digits_are_amounts_where_nothing_says_that_they_are_dates() -> None:
    rooms = [int(f"{RNG.integers(1, 9)}{RNG.integers(1, 8):02}{RNG.integers(1, 30):02}") for _ in range(ROWS)]
    assert not findings_of(proposed({"room_size": rooms}), "room_size")
    called = proposed({"delivery_date": [int(f"{time:%d%m%y}") for time in TIMES[:60]] * 5})
    assert "dates" in findings_of(called, "delivery_date")
