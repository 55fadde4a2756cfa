"""What other services' facts ask of return; a machine sends these, never a person."""

from dataclasses import dataclass
from datetime import datetime

from nrm_contracts.care_codes import RiskDimension, RiskLevel, RiskPhase, RiskSubject
from nrm_contracts.codes import AgeBand
from nrm_contracts.consent_codes import Purpose, ReferralKind
from nrm_contracts.ids import (
    AssessmentId,
    ClosingId,
    OrganisationId,
    PersonId,
    ReferralId,
    ReturnId,
)
from nrm_return.domain.values import Country, Reflection
from nrm_runtime.core import Command


@dataclass(frozen=True, slots=True, kw_only=True)
class HeardCommand(Command):
    """Base of what follows from another service's fact."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteCase(HeardCommand):
    """Know a case; `person` and `family` are the keys of its private documents here."""

    custodian: OrganisationId
    agency: OrganisationId | None
    country: Country
    age: AgeBand
    person: PersonId
    family: PersonId


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteCustodian(HeardCommand):
    """Know who answers for the case now, and the agency of their country where it was told.

    `referral` is the one whose confirmed hand-off moved custody; none when a case is reopened.
    """

    custodian: OrganisationId
    agency: OrganisationId | None
    referral: ReferralId | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteAge(HeardCommand):
    """Know what the age assessment decided."""

    age: AgeBand


@dataclass(frozen=True, slots=True, kw_only=True)
class NotePresumption(HeardCommand):
    """Know that the person is at least a presumed victim."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteReflection(HeardCommand):
    """Know where the recovery and reflection period of a country stands."""

    country: Country
    standing: Reflection


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteAcceptance(HeardCommand):
    """Know who accepted a referral, and whether it is the receiver of a return."""

    referral: ReferralId
    kind: ReferralKind
    purpose: Purpose
    receiver: OrganisationId
    linked_return: ReturnId | None
    agreed_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteReferralEnded(HeardCommand):
    """Know that a referral no longer gives its receiver a part in the case."""

    referral: ReferralId


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteReceiverLost(HeardCommand):
    """Know that a return lost its receiver."""

    referral: ReferralId
    linked_return: ReturnId


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteHandedOver(HeardCommand):
    """Know that both sides confirmed the hand-off of a return's referral."""

    referral: ReferralId
    linked_return: ReturnId


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteRisk(HeardCommand):
    """Know what an organisation found in an assessment of its own."""

    assessment: AssessmentId
    subject: RiskSubject
    phase: RiskPhase
    overall: RiskLevel
    high: frozenset[RiskDimension]
    assessed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerClosing(HeardCommand):
    """Say whether a return or follow-up keeps the case open."""

    closing: ClosingId


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteClosingOver(HeardCommand):
    """Know that a proposed closing ended: in a closed case, or in one that goes on."""

    closed: bool
