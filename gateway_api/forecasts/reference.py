"""What the reference docs say of forecasts."""

from __future__ import annotations

from typing import Any

from gateway_api.door import problems as p
from gateway_api.forecasts.answers import ForecastPage, ForecastWaits
from gateway_api.reference.documenting import GUARDED, READING, answer_like, json_body, page_or_file, problems_among

FORECASTS: dict[str, Any] = {
    "operation_id": "listForecasts",
    "description": (
        "Lists forecasts beside what came true, the newest origin first; of the newest origin alone where neither `origin` nor a "
        "range is given. A reading that came late, or was corrected, makes a further version of the newest forecast; the one "
        f"before stays as it was answered. `format=csv` gives all rows as one stream instead. {GUARDED}"
    ),
    "responses": {
        200: page_or_file("forecasts", ForecastPage, "forecasts.csv"),
        **problems_among(*READING, p.UnknownUseCase),
    },
}

MAKE_FORECAST: dict[str, Any] = {
    "operation_id": "makeForecast",
    "description": (
        "Forecasts from the newest complete time, or from another one, by what is known now, and answers when the forecast is "
        "stored. Forecasts are made without being asked for whenever a time is complete, or a reading came late; asked for what "
        "is there already, this answers with it. Where it takes longer than ten seconds the answer is 202, and the "
        "forecast is found at `Location` once it is stored."
    ),
    "responses": {
        200: answer_like(
            "forecasts", model=ForecastPage, description="The forecast; the first thousand of its entries."
        ),
        202: answer_like("forecast-waits", model=ForecastWaits, description="It is on its way.") | {
            "headers": {"Location": {"description": "Where it will be found.", "schema": {"type": "string"}}}
        },
        **problems_among(
            p.MalformedBody, p.Unauthorized, p.UnknownUseCase, p.TooLarge, p.UnsupportedMediaType, p.InvalidParameters,
            p.DatabaseAway, p.QueryTooSlow, p.Overloaded,
        ),
    },
    "openapi_extra": json_body(
        "make-forecast",
        optional=("origin",),
        use_case={"type": "string", "description": "What is to be forecast."},
        origin={
            "type": ["string", "null"],
            "format": "date-time",
            "description": "Time to forecast from; the newest complete one if not given.",
        },
    ),
}  # fmt: skip
