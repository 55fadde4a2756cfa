"""Private facts of the journey: approval, departure, arrival, and the ways that end otherwise."""

from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from nrm_contracts.care_codes import (
    AlternativeReason,
    RefusalReason,
    ReturnReopening,
    RiskDimension,
    RiskLevel,
)
from nrm_contracts.ids import AssessmentId, ConsentId, OrganisationId
from nrm_return.domain.file_events import ReturnFact
from nrm_return.domain.values import Profile, Span
from nrm_runtime.core import Due


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnApproved(ReturnFact):
    """Both countries approved; the levels are those that a later rise is measured against."""

    organisation: OrganisationId
    consent: ConsentId
    assessment: AssessmentId
    receiver: OrganisationId
    departs_at: datetime
    profile: Profile
    destination_profile: Profile
    overall: RiskLevel
    residual: RiskLevel
    high: frozenset[RiskDimension]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnReopened(ReturnFact):
    """An approval fell; the file is open again."""

    reason: ReturnReopening


@dataclass(frozen=True, slots=True, kw_only=True)
class DepartureMissed(ReturnFact):
    """The planned departure passed, and nobody said that the person left."""

    responsible: OrganisationId | None
    due_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnRefused(ReturnFact):
    """The return was refused as unsafe."""

    organisation: OrganisationId
    reason: RefusalReason


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnWithdrawn(ReturnFact):
    """The person withdrew the return."""

    on_the_road: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnAlternativeSought(ReturnFact):
    """Another place, country or staying is sought, by who decided it or has to find it."""

    organisation: OrganisationId | None
    reason: AlternativeReason
    plan_by: Due
    on_the_road: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanOverdue(ReturnFact):
    """The new plan was not there by its date."""

    responsible: OrganisationId | None
    due_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnDeparted(ReturnFact):
    """The person left."""

    organisation: OrganisationId
    departed_at: datetime
    arrival_by: Due
    alarm_every: Span
    plan: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class ArrivalOverdue(ReturnFact):
    """Nobody confirmed the arrival; `next_by` is the next alarm, absent after the last."""

    sender: OrganisationId
    receiver: OrganisationId | None
    times: int
    next_by: Due | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnArrived(ReturnFact):
    """The receiver said that the person arrived."""

    organisation: OrganisationId
    arrived_at: datetime
    reassess_by: Due


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceptionSought(ReturnFact):
    """The person is there and the receiver is gone: somebody else is found by a date."""

    plan_by: Due


@dataclass(frozen=True, slots=True, kw_only=True)
class ReassessmentNoted(ReturnFact):
    """Danger was assessed after arrival."""

    assessment: AssessmentId


@dataclass(frozen=True, slots=True, kw_only=True)
class ReassessmentOverdue(ReturnFact):
    """Danger was not assessed in time after arrival."""

    responsible: OrganisationId
    due_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class HandOffNoted(ReturnFact):
    """Both sides confirmed the hand-off of the linked referral."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnDone(ReturnFact):
    """The return is finished."""


JourneyFact: TypeAlias = (
    ReturnApproved
    | ReturnReopened
    | DepartureMissed
    | ReturnRefused
    | ReturnWithdrawn
    | ReturnAlternativeSought
    | PlanOverdue
    | ReturnDeparted
    | ArrivalOverdue
    | ReturnArrived
    | ReceptionSought
    | ReassessmentNoted
    | ReassessmentOverdue
    | HandOffNoted
    | ReturnDone
)
"""What moves a return from one state to another, or is noted in one."""
