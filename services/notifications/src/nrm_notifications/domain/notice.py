"""One notice: a small machine, because delivery too is proved from its facts.

    Unwritten -> Waiting -> Queued -> Acknowledged
                 Waiting -> Cancelled
    Unwritten -> Queued
    Queued, Acknowledged -> Waiting  when what it reminds of was put off to a later date

A notice in the inbox may also go out by e-mail and webhook; each channel is tried until it took
the notice or its attempts are used up.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TypeAlias, assert_never
from uuid import UUID

from nrm_contracts.codes import NotificationChannel
from nrm_notifications.domain import commands as ask
from nrm_notifications.domain import events as fact
from nrm_runtime.core import Command, Due, FallDue, Refused, worker

CLOCK = "remind"
_NONE: Mapping[NotificationChannel, int] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Unwritten:
    """There is no such notice yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A reminder waits for its instant."""

    written: fact.NoticeScheduled


@dataclass(frozen=True, slots=True)
class Cancelled:
    """It was not needed any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Queued:
    """It stands in the inbox; `open` are channels still to take it, with attempts so far."""

    written: fact.NoticeQueued
    planned: bool = False
    open: Mapping[NotificationChannel, int] = field(default_factory=lambda: _NONE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledged:
    """Somebody has seen it; channels that did not take it yet are left alone."""

    organisation: UUID


Notice: TypeAlias = Unwritten | Waiting | Cancelled | Queued | Acknowledged

initial: Notice = Unwritten()

ALLOWED: dict[type[Notice], frozenset[type[Command]]] = {
    Unwritten: frozenset({ask.QueueNotice}),
    Waiting: frozenset({ask.QueueNotice, ask.CancelNotice, FallDue}),
    Cancelled: frozenset({ask.QueueNotice}),
    Queued: frozenset(
        {ask.QueueNotice, ask.PlanDeliveries, ask.RecordAttempt, ask.AcknowledgeNotice}
    ),
    Acknowledged: frozenset({ask.QueueNotice}),
}
QUIET = (ask.QueueNotice, ask.CancelNotice)


def decide(state: Notice, command: Command) -> tuple[fact.NoticeEvent, ...]:
    """Give the facts that follow; a notice that came too late or twice stays quiet."""
    match state, command:
        case ((Unwritten() | Waiting() | Cancelled()), ask.QueueNotice()):
            return (_queue(command),)
        case ((Queued() | Acknowledged()), ask.QueueNotice()) if _reminds_again(command):
            return (_queue(command),)
        case Waiting(), ask.CancelNotice():
            return (fact.NoticeCancelled(at=command.at, notice=command.notice),)
        case Waiting(written=written), FallDue():
            return (
                fact.NoticeQueued(
                    at=command.at,
                    notice=written.notice,
                    organisation=written.organisation,
                    kind=written.kind,
                    about=written.about,
                    act_by=written.act_by,
                ),
            )
        case Queued(planned=False), ask.PlanDeliveries(channels=channels):
            return (
                fact.DeliveriesPlanned(at=command.at, notice=command.notice, channels=channels),
            )
        case Queued(open=channels), ask.RecordAttempt() if command.channel in channels:
            return (_attempt(state, command),)
        case Queued(written=written), ask.AcknowledgeNotice():
            return (_acknowledge(written, command),)
        case _, _ if isinstance(command, QUIET):
            return ()
        case Acknowledged(), ask.PlanDeliveries() | ask.RecordAttempt():
            return ()
        case _:
            raise Refused(
                "out-of-order",
                f"{type(command).__name__} is not possible in {type(state).__name__}.",
            )


def _reminds_again(command: ask.QueueNotice) -> bool:
    """Say whether a reminder that was given has a later deadline to remind of now."""
    return command.remind is not None and command.remind.at > command.at


def _queue(command: ask.QueueNotice) -> fact.NoticeScheduled | fact.NoticeQueued:
    if command.remind is not None and command.remind.at > command.at:
        return fact.NoticeScheduled(
            at=command.at,
            notice=command.notice,
            organisation=command.organisation,
            kind=command.kind,
            about=command.about,
            act_by=command.act_by,
            remind=command.remind,
        )
    return fact.NoticeQueued(
        at=command.at,
        notice=command.notice,
        organisation=command.organisation,
        kind=command.kind,
        about=command.about,
        act_by=command.act_by,
    )


def _attempt(state: Queued, command: ask.RecordAttempt) -> fact.NoticeSent | fact.NoticeFailed:
    attempts = state.open[command.channel] + 1
    if command.succeeded:
        return fact.NoticeSent(
            at=command.at,
            notice=command.notice,
            organisation=state.written.organisation,
            channel=command.channel,
            about=state.written.about,
            attempts=attempts,
        )
    return fact.NoticeFailed(
        at=command.at,
        notice=command.notice,
        organisation=state.written.organisation,
        channel=command.channel,
        attempts=attempts,
        final=command.final,
        again_at=command.again_at,
    )


def _acknowledge(
    written: fact.NoticeQueued, command: ask.AcknowledgeNotice
) -> fact.NoticeAcknowledged:
    if worker(command).organisation != written.organisation:
        raise Refused("not-the-addressee", "Only the organisation that was told may say so.")
    return fact.NoticeAcknowledged(
        at=command.at, notice=command.notice, organisation=written.organisation
    )


def clocks(state: Notice) -> Mapping[str, Due]:
    """Name the instant for which a reminder waits."""
    return {CLOCK: state.written.remind} if isinstance(state, Waiting) else {}


def evolve(state: Notice, event: fact.NoticeEvent) -> Notice:
    """Give the state after a fact."""
    match event:
        case fact.NoticeScheduled():
            return Waiting(written=event)
        case fact.NoticeQueued():
            return Queued(written=event)
        case fact.NoticeCancelled():
            return Cancelled()
        case fact.NoticeAcknowledged(organisation=organisation):
            return Acknowledged(organisation=organisation)
        case fact.DeliveriesPlanned(channels=channels):
            assert isinstance(state, Queued)
            return replace(state, planned=True, open=MappingProxyType(dict.fromkeys(channels, 0)))
        case fact.NoticeSent(channel=channel):
            assert isinstance(state, Queued)
            return replace(state, open=_without(state.open, channel))
        case fact.NoticeFailed(channel=channel):
            assert isinstance(state, Queued)
            if event.final:
                return replace(state, open=_without(state.open, channel))
            tried = {**state.open, channel: event.attempts}
            return replace(state, open=MappingProxyType(tried))
        case _:
            assert_never(event)


def _without(
    channels: Mapping[NotificationChannel, int], gone: NotificationChannel
) -> Mapping[NotificationChannel, int]:
    return MappingProxyType({name: tries for name, tries in channels.items() if name != gone})
