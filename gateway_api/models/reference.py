"""What the reference of the API says of versions of models."""

from __future__ import annotations

from typing import Any

from gateway_api.door import problems as p
from gateway_api.models import problems as m
from gateway_api.models.answers import ModelList
from gateway_api.reference.documenting import READING, answer_like, json_body, problems_among

_READING = (p.Unauthorized, p.UnknownUseCase, p.InvalidParameters, m.RegistryAway, m.RegistryFailed)
_CHANGING = (*_READING, p.Forbidden, p.DatabaseAway, p.Overloaded, p.MalformedBody)


MODELS: dict[str, Any] = {
    "tags": ["Use cases", "Models"],
    "operation_id": "listModels",
    "responses": {
        200: answer_like(
            "models",
            model=ModelList,
        ),
        **problems_among(p.Unauthorized, p.DatabaseAway, p.Overloaded),
    },
}


VERSIONS: dict[str, Any] = {
    "tags": ["Models"],
    "operation_id": "listModelVersions",
    "description": "Lists the newest versions of a model with their metrics, so that one can be chosen to be served.",
    "responses": {200: answer_like("model-versions"), **problems_among(*_READING)},
}


HISTORY: dict[str, Any] = {
    "tags": ["Models"],
    "operation_id": "listChampions",
    "description": "Returns which version was served when, who wanted it, and what the gates found.",
    "responses": {200: answer_like("champion-history"), **problems_among(*READING, p.UnknownUseCase)},
}


PROMOTE: dict[str, Any] = {
    "tags": ["Models"],
    "operation_id": "promoteModel",
    "description": (
        "Promotes a version that passes every gate: the open format of its library, the digest of its model file, the row "
        "contract, the scores of its golden batch, and its metrics beside those of the version that is served. Workers "
        "swap between two parts, so no request fails. Only for keys of the role `admin`."
    ),
    "responses": {
        200: answer_like("champion", description="It is champion; workers take it up within seconds."),
        **problems_among(*_CHANGING, p.TooLarge, p.UnsupportedMediaType, m.UnknownVersion, m.PromotionRefused),
    },
    "openapi_extra": json_body(
        "promote",
        optional=("without_metrics", "without_golden_batch"),
        version={"type": "integer", "minimum": 1, "description": "Number of the version."},
        without_metrics={
            "type": "boolean",
            "default": False,
            "description": "You vouch for how good it is; the other gates still have to let it pass.",
        },
        without_golden_batch={
            "type": "boolean",
            "default": False,
            "description": "You vouch that it scores here as where it was trained, where no rows prove it; your name stands "
            "in the history. The other gates still have to let it pass.",
        },
    ),
}


ROLLBACK: dict[str, Any] = {
    "tags": ["Models"],
    "operation_id": "rollBackModel",
    "description": (
        "Serves the version again that was served before; done again, the one before that. "
        "Only for keys of the role `admin`."
    ),
    "responses": {
        200: answer_like("champion", description="It is champion again; workers take it up within seconds."),
        **problems_among(*_CHANGING, m.UnknownVersion, m.PromotionRefused, m.NothingToRollBack),
    },
}


RELOAD: dict[str, Any] = {
    "tags": ["Models"],
    "operation_id": "reloadModel",
    "description": (
        "Has every worker look at the registry now, as after a change that was made there. "
        "Only for keys of the role `admin`."
    ),
    "responses": {
        200: answer_like("champion", description="The workers look."),
        **problems_among(*_CHANGING, m.UnknownVersion),
    },
}
