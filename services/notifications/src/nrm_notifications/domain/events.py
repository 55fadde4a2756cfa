"""The facts of a notice; none says what it is about but by an opaque id."""

from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias
from uuid import UUID

from nrm_contracts.codes import NotificationChannel, NotificationKind
from nrm_runtime.core import Due, Event


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeScheduled(Event):
    """A reminder waits for its instant."""

    notice: UUID
    organisation: UUID
    kind: NotificationKind
    about: UUID
    act_by: datetime | None
    remind: Due


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeQueued(Event):
    """The notice stands in the organisation's inbox."""

    notice: UUID
    organisation: UUID
    kind: NotificationKind
    about: UUID
    act_by: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeCancelled(Event):
    """A waiting reminder was not needed any more."""

    notice: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveriesPlanned(Event):
    """It also goes out by these channels."""

    notice: UUID
    channels: frozenset[NotificationChannel]


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeSent(Event):
    """A channel took it."""

    notice: UUID
    organisation: UUID
    channel: NotificationChannel
    about: UUID
    attempts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeFailed(Event):
    """A channel did not take it; unless `final`, it is tried again at `again_at`."""

    notice: UUID
    organisation: UUID
    channel: NotificationChannel
    attempts: int
    final: bool
    again_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeAcknowledged(Event):
    """Somebody there has seen it."""

    notice: UUID
    organisation: UUID


NoticeEvent: TypeAlias = (
    NoticeScheduled
    | NoticeQueued
    | NoticeCancelled
    | DeliveriesPlanned
    | NoticeSent
    | NoticeFailed
    | NoticeAcknowledged
)
