"""A use case declares which features are joined, and what rows bring without them."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from tests.support.usecases.joined import BERTH, joined_use_case
from usecases.checking.reasons import RuleName, reason
from usecases.contract.arriving import arriving_contract, brought_contract
from usecases.contract.catalog import load_catalog
from usecases.contract.spec import UseCase

TABLE: dict[str, Any] = BERTH["feature_tables"][0]


def with_table(**fields: Any) -> dict[str, Any]:
    return BERTH | {"feature_tables": [TABLE | fields]}


def test_rows_bring_what_is_not_joined() -> None:
    rules = [
        {"name": "floats", "check": "draught < tide_now"},
        {"name": "shallow", "check": "draught < 20"},
    ]
    use_case = joined_use_case(rules=rules)
    brought = brought_contract(use_case)
    assert brought.columns == ("ship", "harbour", "draught")
    assert [rule.name for rule in brought.rules] == ["shallow"], "what is joined is compared once it is there"
    assert arriving_contract(use_case) is brought
    iris = load_catalog()["iris"]
    assert brought_contract(iris) is iris


def test_what_is_joined_decides_what_a_row_is_and_how_old_it_may_be_does_not() -> None:
    use_case = joined_use_case()
    older = UseCase.model_validate(with_table(max_age="2d", event_time="arrived"))
    assert older.schema_hash == use_case.schema_hash
    plain = UseCase.model_validate(BERTH | {"feature_tables": []})
    assert plain.schema_hash != use_case.schema_hash
    unkeyed = UseCase.model_validate(with_table(join_key=None))
    assert unkeyed.schema_hash != use_case.schema_hash


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (with_table(features=[{"name": "wind", "column": "level"}]), "wind is no feature; declare it under features"),
        (
            with_table(features=[{"name": "tide_now", "column": "known_at"}]),
            "no value of an observation; name the target",
        ),
        (
            with_table(join_key="draught"),
            "join_key draught has to be the key, or a feature of type category or integer",
        ),
        (with_table(join_key="port"), "join_key port has to be the key"),
        (with_table(event_time="sailed"), "event_time sailed has to be a column of the training data with times"),
        (with_table(event_time="draught"), "a feature of type timestamp, or one listed under ignored_columns"),
        (BERTH | {"feature_tables": [TABLE, TABLE]}, "two of them join the same feature"),
        (
            BERTH | {"features": [BERTH["features"][2]], "feature_tables": [TABLE | {"join_key": None}]},
            "rows have to bring one at least",
        ),
        (with_table(max_age="soon"), "String should match pattern"),
    ],
)
def test_a_declaration_that_cannot_be_joined_is_refused(content: dict[str, Any], told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        UseCase.model_validate(content)


def test_a_row_that_lacks_a_fresh_feature_is_told_what_is_missing() -> None:
    use_case = joined_use_case(is_required=True)
    assert reason(use_case, RuleName.MISSING, "tide_now").message == (
        "tide_now: tide has no observation of its harbour that is not older than 3h; send observations there, then this row "
        "again"
    )
    assert reason(use_case, RuleName.MISSING, "harbour").message == "harbour: a value is required"
