"""List what needs somebody, and keep who looks after it."""

from __future__ import annotations

import asyncio

from fastapi import APIRouter
from starlette.requests import Request

from gateway_api.door.accounts import require_person
from gateway_api.gateway import Gateway, gateway_of
from gateway_api.health.alerts.answers import (
    AcknowledgementAnswer,
    AlertList,
    Told,
    acknowledgement_answer,
    alert_list,
    name_of,
)
from gateway_api.health.alerts.problems import UnknownAlert
from gateway_api.health.alerts.prometheus import PrometheusAwayError, firing_alerts
from gateway_api.health.alerts.reference import ACKNOWLEDGE, ALERTS
from gateway_api.health.alerts.requests import AcknowledgeAlert
from gateway_api.wire.commands import read_command
from sql.drift.alerts import Acknowledgement, NewAcknowledgement, acknowledge, acknowledgements, bad_verdicts

MOST_COMMAND_BYTES = 16 * 1024

router = APIRouter(tags=["Operations"])


@router.get("/alerts", **ALERTS)
def alerts(request: Request) -> AlertList:
    """List what needs somebody now: our own verdicts beside the alerts of Prometheus."""
    return _alerts(gateway_of(request))


@router.post("/alerts/acknowledge", **ACKNOWLEDGE)
async def say_who(request: Request) -> AcknowledgementAnswer:
    """Keep who looks after an alert."""
    account, gateway = require_person(request, "say who looks after an alert"), gateway_of(request)
    command = await read_command(request, AcknowledgeAlert, MOST_COMMAND_BYTES)

    def act() -> Acknowledgement:
        there = {(one.alert, one.since) for one in _alerts(gateway).alerts}
        if (command.alert, command.since) not in there:
            raise UnknownAlert(
                f"{command.alert[:200]} has ended, or began at another time. GET /alerts lists what is there now."
            )
        return acknowledge(gateway.engine, NewAcknowledgement(account=account.name, **command.model_dump()))

    return acknowledgement_answer(await asyncio.to_thread(act))


def _alerts(gateway: Gateway) -> AlertList:
    ours = bad_verdicts(gateway.engine, sorted(gateway.catalog))
    told = _told(gateway.settings.prometheus_url)
    known = [(name_of(one), one.since) for one in ours] + [(one.key, one.active_at) for one in told.alerts]
    return alert_list(ours, told, acknowledgements(gateway.engine, known))


def _told(url: str | None) -> Told:
    if url is None:
        return Told("not_set")
    try:
        return Told("asked", tuple(firing_alerts(url)))
    except PrometheusAwayError as error:
        return Told.away(str(error))
