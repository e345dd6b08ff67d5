"""What rows that arrive have to be, where that is not all that the model sees."""

from __future__ import annotations

import json
from functools import cache

from usecases.contract.feature_tables import joined_names
from usecases.contract.observations import observation_contract
from usecases.contract.spec import UseCase


def arriving_contract(use_case: UseCase) -> UseCase:
    """Return the contract of rows that come in batches: observations of a forecast, else what rows bring."""
    return brought_contract(use_case) if use_case.forecast is None else observation_contract(use_case)


def brought_contract(use_case: UseCase) -> UseCase:
    """Return the contract of rows as they are brought: without the features that are joined, which are checked once they are.

    The use case itself where nothing is joined.
    """
    return _without_joined(use_case) if use_case.feature_tables else use_case


@cache
def _without_joined(use_case: UseCase) -> UseCase:
    joined = joined_names(use_case.feature_tables)
    content = use_case.model_dump(mode="json") | {"feature_tables": ()}
    content["features"] = [feature for feature in content["features"] if feature["name"] not in joined]
    kept = {rule.name for rule in use_case.parsed_rules if joined.isdisjoint(rule.names)}
    content["rules"] = [rule for rule in content["rules"] if rule["name"] in kept]
    return UseCase.model_validate_json(json.dumps(content))
