"""What identification can be asked to do."""

from dataclasses import dataclass
from uuid import UUID

from nrm_contracts.codes import (
    AgeBand,
    Channel,
    GroundsReason,
    IndicatorClass,
    IndicatorList,
    NotConfirmedReason,
    ReflectionEnd,
    ReflectionExemption,
    ReopeningReason,
    RightsAid,
    Trigger,
)
from nrm_contracts.consent_codes import DataCategory
from nrm_runtime.core import Command, Due


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordSignal(Command):
    """Record first information; `notify` are the organisations to be told by `notify_by`.

    `code` is what people will call the case.
    """

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
class TakeNotice(Command):
    """A notified organisation says that it has been told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordPerson(Command):
    """Put personal data into the vault; the state keeps the categories only."""

    categories: frozenset[DataCategory]


@dataclass(frozen=True, slots=True, kw_only=True)
class FindPotential(Command):
    """Say that there are signs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordIndicators(Command):
    """Keep the outcome of a list of indicators: advice, never a decision."""

    indicators: IndicatorList
    list_version: int
    outcome: IndicatorClass


@dataclass(frozen=True, slots=True, kw_only=True)
class AssessAge(Command):
    """Decide on age; until then the person is treated as a child."""

    age: AgeBand


@dataclass(frozen=True, slots=True, kw_only=True)
class InformRights(Command):
    """Explain rights in a language (ISO 639) with an aid."""

    language: str
    aid: RightsAid


@dataclass(frozen=True, slots=True, kw_only=True)
class Presume(Command):
    """Decide on reasonable grounds; `entitled` are the kinds the country profile allows."""

    reasons: frozenset[GroundsReason]
    justified: bool
    entitled: frozenset[str]
    notify: frozenset[UUID]
    country: str
    profile: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Identify(Command):
    """Decide formally, with the reference of the decision document."""

    decision: UUID
    entitled: frozenset[str]
    country: str
    profile: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DoNotConfirm(Command):
    """Decide that the grounds were not met."""

    reason: NotConfirmedReason
    entitled: frozenset[str]
    country: str
    profile: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawSelf(Command):
    """The person wants no identification."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReopenIdentification(Command):
    """Take a negative or withdrawn identification up again."""

    reason: ReopeningReason


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferReflection(Command):
    """Offer a recovery and reflection period under the rules of `country`."""

    country: str
    profile: str
    own_national: bool
    foreigners_only: bool
    for_children: bool
    starts_on: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExemptFromReflection(Command):
    """Say that no period applies, and why."""

    reason: ReflectionExemption
    country: str
    profile: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclineReflection(Command):
    """The person declines the period."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StartReflection(Command):
    """The period begins and lasts until `ends`."""

    ends: Due


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtendReflection(Command):
    """The period is extended to `ends`, where the profile allows it, at most to `latest`."""

    allowed: bool
    ends: Due
    latest: Due


@dataclass(frozen=True, slots=True, kw_only=True)
class EndReflection(Command):
    """The period ends before its time; `revocable` is what the profile says of revoking."""

    how: ReflectionEnd
    revocable: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteCustodian(Command):
    """Referral told who answers for the case."""

    custodian: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteParty(Command):
    """Referral told that an organisation accepted a referral of this case."""

    party: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerClosing(Command):
    """Referral proposed to close the case."""

    closing: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteClosingOver(Command):
    """Referral closed the case, or abandoned the closing, or reopened the case."""

    closed: bool
