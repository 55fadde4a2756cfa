"""What a notice can be asked to do."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from nrm_contracts.codes import NotificationChannel, NotificationKind
from nrm_runtime.core import Command, Due


@dataclass(frozen=True, slots=True, kw_only=True)
class About(Command):
    """Base: `notice` names the stream of one notice."""

    notice: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueNotice(About):
    """Tell an organisation to look, now or, as a reminder, at `remind`.

    `about` is the opaque id it speaks of, `act_by` until when something is to be done. A notice
    that waits already is moved to the new instant.
    """

    organisation: UUID
    kind: NotificationKind
    about: UUID
    act_by: datetime | None
    remind: Due | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelNotice(About):
    """What a waiting notice would have said is no longer so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanDeliveries(About):
    """The channels that the organisation has beside its inbox."""

    channels: frozenset[NotificationChannel]


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordAttempt(About):
    """One attempt on a channel; `again_at` is when the next one is due if it failed."""

    channel: NotificationChannel
    succeeded: bool
    final: bool
    again_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AcknowledgeNotice(About):
    """A worker of the organisation has seen it."""
