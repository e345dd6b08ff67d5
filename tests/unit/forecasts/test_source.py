"""What may be said about an interface that is pulled, and what it is asked and tells by that."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import ValidationError

from ingestion.sources.answers import Days, Page, days_between, parameters_for, read_page
from ingestion.sources.asking import BrokenAnswerError
from tests.support.usecases.forecast import TIDE, forecast_use_case
from usecases.contract.source import SourceOptions
from usecases.contract.spec import UseCase

SOURCE: dict[str, Any] = {"url": "https://example.org/api", "rows": "rows", "columns": {"hour": "at"}}
DOCUMENTED = Path(__file__).parents[3] / "docs" / "forecasts.md"


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"url": "file:///etc/passwd"}, "url"),
        ({"url": "https://user:secret@example.org/"}, "url"),
        ({"url": "https://example.org/?date={date}"}, "url"),
        ({"rows": "data..items"}, "rows"),
        ({"parameters": {"day": "{day}"}}, "{day} stands for nothing; use {date}, {end_date}, {start}, {end}"),
        ({"parameters": {"day": "{date.year}"}}, "{date.year} stands for nothing"),
        ({"key_header": "x api key"}, "key_header"),
    ],
)
def test_what_cannot_be_asked_is_refused(change: dict[str, Any], told: str) -> None:
    with pytest.raises(ValidationError, match=re.escape(told)):
        SourceOptions.model_validate(SOURCE | change)


def test_only_observations_are_pulled() -> None:
    with pytest.raises(ValidationError, match="pulled for task: forecast alone"):
        UseCase.model_validate(
            TIDE | {"task": "regression", "forecast": None, "source": SOURCE, "features": TIDE["features"]}
        )


def test_the_documented_source_is_one() -> None:
    (block,) = re.findall(r"```yaml\n(source:\n.*?)```", DOCUMENTED.read_text(encoding="utf-8"), re.DOTALL)
    content = yaml.safe_load(block)["source"]
    options = SourceOptions.model_validate(content)
    assert parameters_for(options, Days(date(2026, 3, 1), date(2026, 3, 2)), "Asia/Singapore") == {"date": "2026-03-01"}


def test_days_are_those_of_the_time_zone_also_where_clocks_change() -> None:
    options = SourceOptions.model_validate(
        SOURCE | {"parameters": {"from": "{start}", "to": "{end}", "until": "{end_date}"}}
    )
    days = Days(date(2026, 3, 29), date(2026, 3, 30))
    assert parameters_for(options, days, "Europe/Berlin") == {
        "from": "2026-03-28T23:00:00Z", "to": "2026-03-29T22:00:00Z", "until": "2026-03-30",
    }  # fmt: skip


def test_runs_of_days_begin_on_the_same_days_whatever_is_asked_for() -> None:
    whole = list(days_between(date(2026, 1, 1), date(2026, 3, 1), 7))
    assert [days.end for days in whole[:-1]] == [days.start for days in whole[1:]]
    assert whole[0].start <= date(2026, 1, 1) < whole[0].end
    assert whole[-1].start <= date(2026, 3, 1) < whole[-1].end
    assert set(days_between(date(2026, 2, 3), date(2026, 2, 20), 7)) <= set(whole)


def test_rows_are_told_flat_or_with_a_reading_for_each_series() -> None:
    use_case = forecast_use_case()
    flat = SourceOptions.model_validate(SOURCE | {"columns": {"hour": "at", "harbour": "where.name", "level": "v"}})
    answer: dict[str, Any] = {"rows": [{"at": "2026-03-01T00:00Z", "where": {"name": "inner"}, "v": 1.5}, {"at": None}]}
    assert read_page(use_case, flat, answer) == Page(
        [
            {"hour": "2026-03-01T00:00Z", "harbour": "inner", "level": 1.5},
            {"hour": None, "harbour": None, "level": None},
        ],
        None,
    )
    spread = SourceOptions.model_validate(
        SOURCE | {"readings": "levels", "next_page": {"token": "next", "parameter": "p"}}
    )
    answer = {"rows": [{"at": "now", "levels": {"inner": 1, "outer": None}}], "next": 7}
    assert read_page(use_case, spread, answer) == Page(
        [{"hour": "now", "harbour": "inner", "level": 1}, {"hour": "now", "harbour": "outer", "level": None}], "7"
    )
    shapes: tuple[Any, ...] = ({"rows": {}}, [], None, {"rows": [{"at": "now", "levels": 3}]}, {"rows": [3]})
    for broken in shapes:
        with pytest.raises(BrokenAnswerError, match="source"):
            read_page(use_case, spread, broken)


def test_a_use_case_with_a_source_tells_itself_from_another() -> None:
    first, same, other = (UseCase.model_validate(TIDE | {"source": SOURCE | {"days": days}}) for days in (1, 1, 2))
    assert len({first, same, other}) == 2
