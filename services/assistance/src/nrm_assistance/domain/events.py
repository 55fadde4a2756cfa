"""The private facts of assistance; none of them holds a word about the person."""

from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from nrm_assistance.domain.parts import Agreement, NeedItem, PlanItem, Rating
from nrm_contracts.care_codes import (
    AssistancePhase,
    ImmediateNeed,
    LeavingReason,
    PaperKind,
    RiskPhase,
    RiskSubject,
    Setting,
    SupportEnd,
    SuspensionReason,
)
from nrm_contracts.codes import AgeBand, OpenMatter, Overdue
from nrm_contracts.consent_codes import DataCategory, Need
from nrm_contracts.ids import (
    AboutId,
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
from nrm_runtime.core import Due, Event


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseLearned(Event):
    """We heard of a case; `person` is the name of its person in this service's vault."""

    custodian: OrganisationId
    agency: OrganisationId | None
    country: str
    age: AgeBand
    person: PersonId


@dataclass(frozen=True, slots=True, kw_only=True)
class AgeLearned(Event):
    """We heard the decision on age."""

    age: AgeBand


@dataclass(frozen=True, slots=True, kw_only=True)
class CustodyLearned(Event):
    """We heard that another organisation answers for the case, under this national agency."""

    referral: ReferralId
    custodian: OrganisationId
    agency: OrganisationId | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptanceLearned(Event):
    """We heard that a receiver which assists already accepted a referral."""

    referral: ReferralId
    receiver: OrganisationId


@dataclass(frozen=True, slots=True, kw_only=True)
class HandOffLearned(Event):
    """We heard that both sides confirmed."""

    referral: ReferralId


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferralEndLearned(Event):
    """We heard that an accepted referral came to its end."""

    referral: ReferralId


@dataclass(frozen=True, slots=True, kw_only=True)
class NothingOpen(Event):
    """Our answer to a proposed closing: nothing of ours is open."""

    closing: ClosingId


@dataclass(frozen=True, slots=True, kw_only=True)
class StillOpen(Event):
    """Our answer to a proposed closing: these matters of ours are open."""

    closing: ClosingId
    open: tuple[OpenMatter, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosingAbandonedLearned(Event):
    """We heard that the closing came to nothing."""

    closing: ClosingId


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseClosedLearned(Event):
    """We heard that the case is closed."""

    closing: ClosingId


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseReopenedLearned(Event):
    """We heard that the case goes on, and who answers for it."""

    custodian: OrganisationId


@dataclass(frozen=True, slots=True, kw_only=True)
class OfAssistance(Event):
    """A fact about one assistance, and the organisation whose it is."""

    assistance: AssistanceId
    organisation: OrganisationId


@dataclass(frozen=True, slots=True, kw_only=True)
class AssistanceOpened(OfAssistance):
    """An organisation assists; `country` (ISO 3166-1 alpha-2) decides on its clocks.

    With `referral` its acceptance was heard, and the organisation prepares for the person.
    """

    country: str
    phase: AssistancePhase
    referral: ReferralId | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CrisisBegun(OfAssistance):
    """A prepared assistance helps at once, before the hand-off."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AssistanceActivated(OfAssistance):
    """Preparation or crisis became assistance."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AssistanceSuspended(OfAssistance):
    """Assistance pauses."""

    reason: SuspensionReason


@dataclass(frozen=True, slots=True, kw_only=True)
class AssistanceResumed(OfAssistance):
    """Assistance goes on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AssistanceTransferred(OfAssistance):
    """Custody moved on, nothing is left to decide about supports."""

    receiver: OrganisationId


@dataclass(frozen=True, slots=True, kw_only=True)
class AssistanceTransferredWithSupports(OfAssistance):
    """Custody moved on; each open support is to be ended, moved or shared by a date."""

    receiver: OrganisationId
    open_supports: int
    decide_by: Due


@dataclass(frozen=True, slots=True, kw_only=True)
class AssistanceCompleted(OfAssistance):
    """Assistance ended as planned."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AssistanceLeft(OfAssistance):
    """The person left assistance."""

    reason: LeavingReason


@dataclass(frozen=True, slots=True, kw_only=True)
class PreparationEnded(OfAssistance):
    """A prepared assistance never began."""

    referral: ReferralId


@dataclass(frozen=True, slots=True, kw_only=True)
class ImmediateQuestionsAsked(OfAssistance):
    """The two questions asked first of all were answered."""

    found: tuple[ImmediateNeed, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ImmediateNeedFound(OfAssistance):
    """Urgent medical need or a threat: somebody must act by the deadline."""

    found: tuple[ImmediateNeed, ...]
    act_by: Due


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskAssessed(OfAssistance):
    """A danger was assessed; `relative` is set where the subject is one."""

    assessment: AssessmentId
    subject: RiskSubject
    relative: PersonId | None
    phase: RiskPhase
    ratings: tuple[Rating, ...]
    valid_until: Due


@dataclass(frozen=True, slots=True, kw_only=True)
class RelativeAdded(OfAssistance):
    """A relative got a name of their own in the vault, and with it a key."""

    relative: PersonId


@dataclass(frozen=True, slots=True, kw_only=True)
class NeedsAssessed(OfAssistance):
    """What this person needs."""

    needs: tuple[NeedItem, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SafetyPlanAgreed(OfAssistance):
    """What to do when danger rises, agreed with the person."""

    agreement: Agreement
    review_by: Due


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanActivated(OfAssistance):
    """The assistance plan holds."""

    plan: PlanId
    items: tuple[PlanItem, ...]
    agreement: Agreement
    review_by: Due


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanReviewed(OfAssistance):
    """The plan was reviewed with the person."""

    plan: PlanId
    review_by: Due


@dataclass(frozen=True, slots=True, kw_only=True)
class SupportStarted(OfAssistance):
    """A support began; `relative` is set where it is given to one."""

    support: SupportId
    need: Need
    setting: Setting
    pillar: int
    subject: RiskSubject
    relative: PersonId | None
    agreement: Agreement


@dataclass(frozen=True, slots=True, kw_only=True)
class SupportDelivered(OfAssistance):
    """A support was given."""

    support: SupportId
    need: Need


@dataclass(frozen=True, slots=True, kw_only=True)
class SupportEnded(OfAssistance):
    """A support ended, moved or became shared."""

    support: SupportId
    how: SupportEnd


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentFiled(OfAssistance):
    """A document is on file."""

    document: DocumentId
    kind: PaperKind
    category: DataCategory
    language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TranslationFiled(OfAssistance):
    """A translation stands beside its original."""

    document: DocumentId
    original: DocumentId
    language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadlineFellDue(Event):
    """A deadline of ours was reached; `about` is the id it belongs to."""

    assistance: AssistanceId
    what: Overdue
    about: AboutId
    due_at: datetime
    responsible: OrganisationId


CaseFact: TypeAlias = (
    CaseLearned
    | AgeLearned
    | CustodyLearned
    | AcceptanceLearned
    | HandOffLearned
    | ReferralEndLearned
    | NothingOpen
    | StillOpen
    | ClosingAbandonedLearned
    | CaseClosedLearned
    | CaseReopenedLearned
)
"""Facts about the case as a whole."""

WayFact: TypeAlias = (
    CrisisBegun
    | AssistanceActivated
    | AssistanceSuspended
    | AssistanceResumed
    | AssistanceTransferred
    | AssistanceTransferredWithSupports
    | AssistanceCompleted
    | AssistanceLeft
    | PreparationEnded
)
"""Facts that move one assistance along its way."""

FileFact: TypeAlias = (
    ImmediateQuestionsAsked
    | ImmediateNeedFound
    | RelativeAdded
    | RiskAssessed
    | NeedsAssessed
    | SafetyPlanAgreed
    | PlanActivated
    | PlanReviewed
    | SupportStarted
    | SupportDelivered
    | SupportEnded
    | DocumentFiled
    | TranslationFiled
    | DeadlineFellDue
)
"""Facts that go into one assistance's file."""

AssistanceEvent: TypeAlias = CaseFact | AssistanceOpened | WayFact | FileFact
"""Everything that happens in this service's stream of a case."""
