"""List what needs somebody, keep who looks after it, and whom it is not told to."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

from fastapi import APIRouter
from starlette.requests import Request

from gateway_api.door.accounts import require_person
from gateway_api.gateway import Gateway, gateway_of
from gateway_api.health.alerts.answers import (
    AcknowledgementAnswer,
    AlertList,
    Known,
    SilenceAnswer,
    Told,
    acknowledgement_answer,
    alert_list,
    silence_answer,
)
from gateway_api.health.alerts.problems import UnknownAlert
from gateway_api.health.alerts.prometheus import PrometheusAwayError, ended_firings, firing_alerts
from gateway_api.health.alerts.reference import ACKNOWLEDGE, ALERTS, SILENCE
from gateway_api.health.alerts.requests import AcknowledgeAlert, SilenceAlert
from gateway_api.wire.commands import read_command
from sql.drift.alerts import (
    Acknowledgement,
    NewAcknowledgement,
    acknowledge,
    acknowledgements,
    acknowledgements_within_a_second,
    bad_verdicts,
    ended_verdicts,
)
from sql.drift.silences import NewSilence, Silence, silence, silences

MOST_COMMAND_BYTES = 16 * 1024

ENDED_WITHIN = timedelta(days=1)
"""For how long an alert is listed among those that ended."""

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


@router.post("/alerts/silence", **SILENCE)
async def silence_alert(request: Request) -> SilenceAnswer:
    """Have nobody be told of an alert for a while."""
    account, gateway = require_person(request, "silence an alert"), gateway_of(request)
    command = await read_command(request, SilenceAlert, MOST_COMMAND_BYTES)

    def act() -> Silence:
        if command.alert not in {one.alert for one in _alerts(gateway).alerts}:
            raise UnknownAlert(f"{command.alert[:200]} has ended. GET /alerts lists what is there now.")
        new = NewSilence(alert=command.alert, person=command.person, account=account.name, reason=command.reason)
        return silence(gateway.engine, new, timedelta(hours=command.hours))

    return silence_answer(await asyncio.to_thread(act))


def _alerts(gateway: Gateway) -> AlertList:
    engine, use_cases = gateway.engine, sorted(gateway.catalog)
    ours = bad_verdicts(engine, use_cases)
    ended = ended_verdicts(engine, use_cases, datetime.now(UTC) - ENDED_WITHIN)
    told = _told(gateway.settings.prometheus_url)
    there = [(one.alert, one.since) for one in ours] + [(one.key, one.active_at) for one in told.alerts]
    looked_after = acknowledgements(engine, there + [(one.alert, one.since) for one in ended])
    looked_after |= acknowledgements_within_a_second(engine, [(one.key, one.since) for one in told.ended])
    return alert_list(ours, ended, told, Known(looked_after, silences(engine, [name for name, _ in there])))


def _told(url: str | None) -> Told:
    if url is None:
        return Told("not_set")
    try:
        firing = tuple(firing_alerts(url))
    except PrometheusAwayError as error:
        return Told.away(str(error))
    try:
        return Told("asked", firing, ended=tuple(ended_firings(url, ENDED_WITHIN, {one.key for one in firing})))
    except PrometheusAwayError as error:
        # A day takes it longer to look through than what fires now, which somebody has to hear of all the same.
        return Told("asked", firing, problem=f"{error} What has ended there is missing.")
