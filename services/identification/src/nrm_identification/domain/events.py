"""The private facts of identification: what happened, without a word about the person."""

from dataclasses import dataclass
from typing import TypeAlias
from uuid import UUID

from nrm_contracts.codes import (
    AgeBand,
    Channel,
    GroundsReason,
    IndicatorClass,
    IndicatorList,
    NotConfirmedReason,
    OpenMatter,
    ReflectionEnd,
    ReflectionExemption,
    ReopeningReason,
    RightsAid,
    Trigger,
)
from nrm_contracts.consent_codes import DataCategory
from nrm_runtime.core import Due, Event


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalReceived(Event):
    """First information was recorded; `by` is the first custodian."""

    by: UUID
    person: UUID
    code: str
    country: str
    trigger: Trigger
    channel: Channel
    age: AgeBand
    spoken_to: bool
    notify: frozenset[UUID]
    notify_by: Due


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeTaken(Event):
    """A notified organisation has been told."""

    by: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeOverdue(Event):
    """Nobody took notice by the deadline."""

    responsible: UUID
    due_at: Due


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonRecorded(Event):
    """Personal data of these categories went into the vault."""

    by: UUID
    categories: frozenset[DataCategory]


@dataclass(frozen=True, slots=True, kw_only=True)
class PotentialFound(Event):
    """There are signs."""

    by: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class IndicatorsRecorded(Event):
    """A list of indicators was gone through."""

    by: UUID
    indicators: IndicatorList
    list_version: int
    outcome: IndicatorClass
    for_child: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AgeAssessed(Event):
    """Age was decided."""

    by: UUID
    age: AgeBand


@dataclass(frozen=True, slots=True, kw_only=True)
class RightsInformed(Event):
    """Rights were explained."""

    by: UUID
    language: str
    aid: RightsAid


@dataclass(frozen=True, slots=True, kw_only=True)
class VictimPresumed(Event):
    """Reasonable grounds were decided."""

    by: UUID
    reasons: frozenset[GroundsReason]
    against_indicators: bool
    treated_as_child: bool
    notify: frozenset[UUID]
    country: str
    profile: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VictimIdentified(Event):
    """The competent authority decided formally."""

    by: UUID
    decision: UUID
    country: str
    profile: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NotConfirmed(Event):
    """The grounds were not met."""

    by: UUID
    reason: NotConfirmedReason
    country: str
    profile: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SelfWithdrawn(Event):
    """The person wants no identification."""

    by: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentificationReopened(Event):
    """Identification is taken up again."""

    by: UUID
    reason: ReopeningReason


@dataclass(frozen=True, slots=True, kw_only=True)
class ReflectionNotApplicable(Event):
    """No period applies."""

    by: UUID
    reason: ReflectionExemption
    country: str
    profile: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReflectionOffered(Event):
    """A period was offered."""

    by: UUID
    country: str
    profile: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReflectionDeclined(Event):
    """The person declined the period."""

    by: UUID
    country: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReflectionStarted(Event):
    """The period runs until `ends`."""

    by: UUID
    country: str
    ends: Due


@dataclass(frozen=True, slots=True, kw_only=True)
class ReflectionExtended(Event):
    """The period runs longer."""

    by: UUID
    country: str
    ends: Due


@dataclass(frozen=True, slots=True, kw_only=True)
class ReflectionEnded(Event):
    """The period is over."""

    country: str
    how: ReflectionEnd
    profile: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CustodianNoted(Event):
    """Who answers for the case, as referral told."""

    custodian: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class PartyNoted(Event):
    """An organisation takes part in the case, as referral told."""

    party: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosingAnswered(Event):
    """What keeps the case open, if anything, was answered to a proposed closing."""

    closing: UUID
    open: frozenset[OpenMatter]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosingOver(Event):
    """The case was closed, or goes on."""

    closed: bool


CaseEvent: TypeAlias = (
    SignalReceived
    | NoticeTaken
    | NoticeOverdue
    | PersonRecorded
    | PotentialFound
    | IndicatorsRecorded
    | AgeAssessed
    | RightsInformed
    | VictimPresumed
    | VictimIdentified
    | NotConfirmed
    | SelfWithdrawn
    | IdentificationReopened
    | ReflectionNotApplicable
    | ReflectionOffered
    | ReflectionDeclined
    | ReflectionStarted
    | ReflectionExtended
    | ReflectionEnded
    | CustodianNoted
    | PartyNoted
    | ClosingAnswered
    | ClosingOver
)
