"""Invented organisations, and commands with usual values, that the tests of notifications share."""

from dataclasses import replace
from datetime import datetime
from functools import reduce
from typing import Any
from uuid import UUID, uuid5

import pytest

from nrm_contracts.codes import NotificationChannel, NotificationKind
from nrm_notifications.domain import commands as ask
from nrm_notifications.domain import notice
from nrm_runtime.core import Automatic, Command, Due, FallDue, Refused, Worker
from nrm_runtime.testing.clock import BEGINNING, after

_NAMES = UUID("0f3b1c2d-6f6f-4b39-8a35-5e1a0f7f6a21")
MAIL, HOOK = NotificationChannel.EMAIL, NotificationChannel.WEBHOOK
SERVICE = Automatic(service="notifications")


def named(name: str) -> UUID:
    """Give the same id for the same name."""
    return uuid5(_NAMES, name)


HARBOUR, LANTERN = named("Harbour House"), named("Lantern Centre")
NOTICE, OFFER = named("notice"), named("offer")


def worker_of(organisation: UUID) -> Worker:
    """Give a worker."""
    return Worker(
        organisation=organisation,
        worker=named(f"worker of {organisation}"),
        country="RO",
        kind="NGO",
    )


def due(**span: float) -> Due:
    """Give an instant by an invented profile."""
    return Due(at=after(**span), profile="RO@1")


def queue(at: datetime = BEGINNING, **changes: Any) -> ask.QueueNotice:
    """Tell Harbour House about an offer, at once."""
    usual = ask.QueueNotice(
        id=named(f"queue {at} {changes}"),
        by=SERVICE,
        at=at,
        notice=NOTICE,
        organisation=HARBOUR,
        kind=NotificationKind.TASK,
        about=OFFER,
        act_by=after(days=3),
        remind=None,
    )
    return replace(usual, **changes)


def remind(**changes: Any) -> ask.QueueNotice:
    """Remind Harbour House two days later."""
    return queue(**{"kind": NotificationKind.REMINDER, "remind": due(days=2), **changes})


def cancel(at: datetime = BEGINNING) -> ask.CancelNotice:
    """Say that a reminder is not needed any more."""
    return ask.CancelNotice(id=named(f"cancel {at}"), by=SERVICE, at=at, notice=NOTICE)


def plan(*channels: NotificationChannel) -> ask.PlanDeliveries:
    """Plan the channels beside the inbox."""
    return ask.PlanDeliveries(
        id=named("plan"), by=SERVICE, at=BEGINNING, notice=NOTICE, channels=frozenset(channels)
    )


def attempt(
    channel: NotificationChannel = MAIL, *, succeeded: bool = True, final: bool = False
) -> ask.RecordAttempt:
    """Record an attempt."""
    return ask.RecordAttempt(
        id=named(f"attempt {channel} {succeeded} {final}"),
        by=SERVICE,
        at=after(minutes=1),
        notice=NOTICE,
        channel=channel,
        succeeded=succeeded,
        final=final,
        again_at=after(minutes=5),
    )


def seen(organisation: UUID = HARBOUR) -> ask.AcknowledgeNotice:
    """Say that somebody at an organisation has seen it."""
    return ask.AcknowledgeNotice(
        id=named(f"seen {organisation}"),
        by=worker_of(organisation),
        at=after(minutes=2),
        notice=NOTICE,
    )


def fall_due(**span: float) -> FallDue:
    """Let a reminder's instant come."""
    at = after(**span)
    return FallDue(id=named(f"due {at}"), by=SERVICE, at=at, name=notice.CLOCK)


def told(*commands: Command) -> notice.Notice:
    """Give the state after commands, each decided in turn."""
    return reduce(
        lambda state, command: reduce(notice.evolve, notice.decide(state, command), state),
        commands,
        notice.initial,
    )


def kinds(state: notice.Notice, command: Command) -> list[str]:
    """Give the names of the facts that a command leads to."""
    return [type(event).__name__ for event in notice.decide(state, command)]


def refusal(state: notice.Notice, command: Command) -> str:
    """Give the code of a refusal."""
    with pytest.raises(Refused) as refused:
        notice.decide(state, command)
    return refused.value.code
