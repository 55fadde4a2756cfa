"""What assistance can be asked: by workers, by facts of others, by deadlines."""

from dataclasses import dataclass
from typing import TypeAlias

from nrm_assistance.domain.parts import Agreement, NeedItem, PlanItem, Rating
from nrm_contracts.care_codes import (
    AssistancePhase,
    ImmediateNeed,
    LeavingReason,
    PaperKind,
    RiskDimension,
    RiskPhase,
    RiskSubject,
    Setting,
    SupportEnd,
    SuspensionReason,
)
from nrm_contracts.codes import AgeBand
from nrm_contracts.consent_codes import DataCategory, Need
from nrm_contracts.ids import (
    AssessmentId,
    AssistanceId,
    ClosingId,
    DocumentId,
    OrganisationId,
    PersonId,
    PlanId,
    ReferralId,
    SupportId,
)
from nrm_runtime.core import Command, Due

# --- facts of others, told to us by policies -------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class LearnCase(Command):
    """A case was opened."""

    custodian: OrganisationId
    agency: OrganisationId | None
    country: str
    age: AgeBand
    person: PersonId


@dataclass(frozen=True, slots=True, kw_only=True)
class LearnAge(Command):
    """The age was decided."""

    age: AgeBand


@dataclass(frozen=True, slots=True, kw_only=True)
class LearnAcceptance(Command):
    """A receiver accepted; `assistance` is the id that a new preparation would have."""

    referral: ReferralId
    receiver: OrganisationId
    country: str
    assistance: AssistanceId


@dataclass(frozen=True, slots=True, kw_only=True)
class LearnHandOff(Command):
    """Both sides confirmed a hand-off."""

    referral: ReferralId


@dataclass(frozen=True, slots=True, kw_only=True)
class LearnReferralEnd(Command):
    """A referral was backed out of, withdrawn or done."""

    referral: ReferralId


@dataclass(frozen=True, slots=True, kw_only=True)
class LearnCustody(Command):
    """Custody moved; `decide_by` says for each country until when supports are decided on.

    `agency` is that of the new custodian's country; absent where it stays the same.
    """

    referral: ReferralId
    sender: OrganisationId
    receiver: OrganisationId
    agency: OrganisationId | None
    decide_by: tuple[tuple[str, Due], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerClosing(Command):
    """A closing was proposed: say whether something is open."""

    closing: ClosingId


@dataclass(frozen=True, slots=True, kw_only=True)
class LearnClosingAbandoned(Command):
    """The proposed closing came to nothing."""

    closing: ClosingId


@dataclass(frozen=True, slots=True, kw_only=True)
class LearnCaseClosed(Command):
    """The case is closed."""

    closing: ClosingId


@dataclass(frozen=True, slots=True, kw_only=True)
class LearnCaseReopened(Command):
    """The case goes on."""

    custodian: OrganisationId


Learn: TypeAlias = (
    LearnCase
    | LearnAge
    | LearnAcceptance
    | LearnHandOff
    | LearnReferralEnd
    | LearnCustody
    | AnswerClosing
    | LearnClosingAbandoned
    | LearnCaseClosed
    | LearnCaseReopened
)
"""What the facts of other services ask of us."""

# --- acts of workers --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenAssistance(Command):
    """The custodian assists without a referral, in crisis or by plan."""

    assistance: AssistanceId
    phase: AssistancePhase


@dataclass(frozen=True, slots=True, kw_only=True)
class OnAssistance(Command):
    """An act of the assisting organisation on its own assistance."""

    assistance: AssistanceId


@dataclass(frozen=True, slots=True, kw_only=True)
class BeginCrisis(OnAssistance):
    """Help at once, while the hand-off is still to come."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivateAssistance(OnAssistance):
    """Go from crisis to assistance."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SuspendAssistance(OnAssistance):
    """Pause."""

    reason: SuspensionReason


@dataclass(frozen=True, slots=True, kw_only=True)
class ResumeAssistance(OnAssistance):
    """Go on after a pause."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CompleteAssistance(OnAssistance):
    """End as planned."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaveAssistance(OnAssistance):
    """Record that the person left; open supports end with it."""

    reason: LeavingReason


@dataclass(frozen=True, slots=True, kw_only=True)
class AskImmediateQuestions(OnAssistance):
    """Answer the two questions; `act_by` is when somebody must have acted if one is a yes."""

    found: frozenset[ImmediateNeed]
    act_by: Due


@dataclass(frozen=True, slots=True, kw_only=True)
class AddRelative(OnAssistance):
    """Give a relative a name of their own, to be the subject of a risk or a support."""

    relative: PersonId


@dataclass(frozen=True, slots=True, kw_only=True)
class AssessRisk(OnAssistance):
    """Assess a danger to the person or to one relative.

    `immediate` are the health dimensions that cannot wait; `act_by` is their deadline.
    """

    assessment: AssessmentId
    subject: RiskSubject
    relative: PersonId | None
    phase: RiskPhase
    ratings: tuple[Rating, ...]
    immediate: frozenset[RiskDimension]
    valid_until: Due
    act_by: Due


@dataclass(frozen=True, slots=True, kw_only=True)
class AssessNeeds(OnAssistance):
    """Say what the person needs."""

    needs: tuple[NeedItem, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreeSafetyPlan(OnAssistance):
    """Agree with the person on what to do when danger rises."""

    agreement: Agreement
    review_by: Due


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivatePlan(OnAssistance):
    """Put a plan into force, signed by who has to; it replaces the one before."""

    plan: PlanId
    items: tuple[PlanItem, ...]
    agreement: Agreement
    review_by: Due


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewPlan(OnAssistance):
    """Review the plan with the person."""

    plan: PlanId
    review_by: Due


@dataclass(frozen=True, slots=True, kw_only=True)
class StartSupport(OnAssistance):
    """Begin a support that the person agreed to, for the person or one relative."""

    support: SupportId
    need: Need
    setting: Setting
    pillar: int
    subject: RiskSubject
    relative: PersonId | None
    agreement: Agreement


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliverSupport(OnAssistance):
    """Record that a support was given."""

    support: SupportId


@dataclass(frozen=True, slots=True, kw_only=True)
class EndSupport(OnAssistance):
    """End a support; after a transfer it may also move or become shared."""

    support: SupportId
    how: SupportEnd


@dataclass(frozen=True, slots=True, kw_only=True)
class FileDocument(OnAssistance):
    """Put a document on file."""

    document: DocumentId
    kind: PaperKind
    category: DataCategory
    language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FileTranslation(OnAssistance):
    """Put a translation beside its original."""

    document: DocumentId
    original: DocumentId
    language: str
