"""What assistance tells: risk, needs, plans, supports, one assistance per organisation and case."""

from nrm_contracts.care_codes import (
    AssistancePhase,
    ImmediateNeed,
    LeavingReason,
    PaperKind,
    RiskDimension,
    RiskLevel,
    RiskPhase,
    RiskSubject,
    Setting,
    SupportEnd,
    SuspensionReason,
)
from nrm_contracts.common import (
    DeadlineFellDueBase,
    NothingOpenBase,
    PersonalDataReadBase,
    PersonErasedBase,
    StillOpenBase,
)
from nrm_contracts.consent_codes import ConsentGiver, DataCategory, Need
from nrm_contracts.contract import (
    CalendarRef,
    Codes,
    Contract,
    Instant,
    LanguageCode,
    ProfileRef,
)
from nrm_contracts.ids import (
    AssessmentId,
    AssistanceId,
    DocumentId,
    OrganisationId,
    PlanId,
    ReferralId,
    SupportId,
)


class AssistanceOpened(Contract):
    """An organisation assists: preparing until the hand-off, crisis, or active."""

    name = "nrm.assistance.opened"

    assistance: AssistanceId
    organisation: OrganisationId
    phase: AssistancePhase
    referral: ReferralId | None = None


class CrisisBegun(Contract):
    """A prepared assistance helps at once, before the hand-off is confirmed."""

    name = "nrm.assistance.crisis-begun"

    assistance: AssistanceId
    organisation: OrganisationId


class AssistanceActivated(Contract):
    """Preparation or crisis became assistance."""

    name = "nrm.assistance.activated"

    assistance: AssistanceId
    organisation: OrganisationId


class AssistanceSuspended(Contract):
    """Assistance pauses."""

    name = "nrm.assistance.suspended"

    assistance: AssistanceId
    organisation: OrganisationId
    reason: SuspensionReason


class AssistanceResumed(Contract):
    """Assistance goes on."""

    name = "nrm.assistance.resumed"

    assistance: AssistanceId
    organisation: OrganisationId


class AssistanceTransferred(Contract):
    """Custody moved on; each open support is to be ended, moved or shared by a date."""

    name = "nrm.assistance.transferred"

    assistance: AssistanceId
    organisation: OrganisationId
    receiver: OrganisationId
    open_supports: int
    decide_by: Instant | None = None
    profile: ProfileRef | None = None
    calendar: CalendarRef | None = None


class AssistanceCompleted(Contract):
    """Assistance ended as planned."""

    name = "nrm.assistance.completed"

    assistance: AssistanceId
    organisation: OrganisationId


class AssistanceLeft(Contract):
    """The person left assistance."""

    name = "nrm.assistance.left"

    assistance: AssistanceId
    organisation: OrganisationId
    reason: LeavingReason


class PreparationEnded(Contract):
    """A prepared assistance never began, because its hand-off came to nothing."""

    name = "nrm.assistance.preparation-ended"

    assistance: AssistanceId
    organisation: OrganisationId
    referral: ReferralId


class ImmediateQuestionsAsked(Contract):
    """The two questions asked first of all were answered."""

    name = "nrm.assistance.immediate-questions-asked"

    assistance: AssistanceId
    organisation: OrganisationId
    found: Codes[ImmediateNeed]


class ImmediateNeedFound(Contract):
    """Urgent medical need or a threat: somebody must act by the deadline."""

    name = "nrm.assistance.immediate-need-found"

    assistance: AssistanceId
    organisation: OrganisationId
    found: Codes[ImmediateNeed]
    act_by: Instant
    profile: ProfileRef
    calendar: CalendarRef


class RiskAssessed(Contract):
    """A danger was assessed; overall is the maximum of its dimensions."""

    name = "nrm.assistance.risk-assessed"

    assistance: AssistanceId | None = None
    assessment: AssessmentId
    organisation: OrganisationId
    subject: RiskSubject
    phase: RiskPhase
    overall: RiskLevel
    high: Codes[RiskDimension]
    valid_until: Instant
    profile: ProfileRef
    calendar: CalendarRef


class NeedsAssessed(Contract):
    """What this person needs."""

    name = "nrm.assistance.needs-assessed"

    assistance: AssistanceId
    organisation: OrganisationId
    needs: Codes[Need]
    urgent: Codes[Need]


class SafetyPlanAgreed(Contract):
    """What to do when danger rises, agreed with the person."""

    name = "nrm.assistance.safety-plan-agreed"

    assistance: AssistanceId
    organisation: OrganisationId
    review_by: Instant
    profile: ProfileRef
    calendar: CalendarRef


class PlanActivated(Contract):
    """The assistance plan holds, agreed by the person or guardian."""

    name = "nrm.assistance.plan-activated"

    assistance: AssistanceId
    plan: PlanId
    organisation: OrganisationId
    needs: Codes[Need]
    giver: ConsentGiver
    review_by: Instant
    profile: ProfileRef
    calendar: CalendarRef


class PlanReviewed(Contract):
    """The plan was reviewed with the person."""

    name = "nrm.assistance.plan-reviewed"

    assistance: AssistanceId
    plan: PlanId
    organisation: OrganisationId
    review_by: Instant
    profile: ProfileRef
    calendar: CalendarRef


class SupportStarted(Contract):
    """A support began."""

    name = "nrm.assistance.support-started"

    assistance: AssistanceId
    support: SupportId
    organisation: OrganisationId
    need: Need
    setting: Setting
    pillar: int


class SupportDelivered(Contract):
    """A support was given."""

    name = "nrm.assistance.support-delivered"

    assistance: AssistanceId
    support: SupportId
    organisation: OrganisationId
    need: Need


class SupportEnded(Contract):
    """A support ended, moved or became shared."""

    name = "nrm.assistance.support-ended"

    assistance: AssistanceId
    support: SupportId
    organisation: OrganisationId
    how: SupportEnd


class DocumentFiled(Contract):
    """A document is on file; its content stays where it is."""

    name = "nrm.assistance.document-filed"

    assistance: AssistanceId
    document: DocumentId
    organisation: OrganisationId
    kind: PaperKind
    category: DataCategory
    language: LanguageCode


class TranslationFiled(Contract):
    """A translation stands beside its original."""

    name = "nrm.assistance.translation-filed"

    assistance: AssistanceId
    document: DocumentId
    original: DocumentId
    organisation: OrganisationId
    language: LanguageCode


class NothingOpen(NothingOpenBase):
    """Nothing of this service keeps the case open."""

    name = "nrm.assistance.nothing-open"


class StillOpen(StillOpenBase):
    """Something of this service keeps the case open."""

    name = "nrm.assistance.still-open"


class PersonalDataRead(PersonalDataReadBase):
    """Personal data kept by this service were read."""

    name = "nrm.assistance.personal-data-read"


class PersonErased(PersonErasedBase):
    """A person was erased in this service."""

    name = "nrm.assistance.person-erased"


class DeadlineFellDue(DeadlineFellDueBase):
    """A deadline of this service fell due."""

    name = "nrm.assistance.deadline-fell-due"


__all__ = [
    "AssistanceActivated",
    "AssistanceCompleted",
    "AssistanceLeft",
    "AssistanceOpened",
    "AssistanceResumed",
    "AssistanceSuspended",
    "AssistanceTransferred",
    "CrisisBegun",
    "DeadlineFellDue",
    "DocumentFiled",
    "ImmediateNeedFound",
    "ImmediateQuestionsAsked",
    "NeedsAssessed",
    "NothingOpen",
    "PersonErased",
    "PersonalDataRead",
    "PlanActivated",
    "PlanReviewed",
    "PreparationEnded",
    "RiskAssessed",
    "SafetyPlanAgreed",
    "StillOpen",
    "SupportDelivered",
    "SupportEnded",
    "SupportStarted",
    "TranslationFiled",
]
