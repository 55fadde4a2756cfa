"""Private facts of the return file: what must be there before anybody travels."""

from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from nrm_contracts.care_codes import (
    Destination,
    Escort,
    InquirySubject,
    PaperKind,
    ReturnKind,
    RiskDimension,
    RiskLevel,
)
from nrm_contracts.codes import YesNo
from nrm_contracts.consent_codes import ConsentForm, ConsentGiver
from nrm_contracts.ids import (
    AssessmentId,
    ConsentId,
    DocumentId,
    OrganisationId,
    ReferralId,
    ReturnId,
    WorkerId,
)
from nrm_return.domain.values import (
    Country,
    Finding,
    InquiryGround,
    Language,
    Measure,
    Profile,
)
from nrm_runtime.core import Due, Event


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnFact(Event):
    """Base of what happened to one return."""

    return_id: ReturnId


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnRequested(ReturnFact):
    """The person asked for a return or journey."""

    kind: ReturnKind
    origin: Country
    destination_country: Country
    destination: Destination
    for_child: bool
    organisation: OrganisationId
    profile: Profile
    inquiry_for: frozenset[InquiryGround]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnConsented(ReturnFact):
    """Informed consent to the journey itself."""

    consent: ConsentId
    organisation: OrganisationId
    form: ConsentForm
    giver: ConsentGiver
    assent: YesNo | None
    until: Due


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnConsentWithdrawn(ReturnFact):
    """The person no longer wants to travel."""

    consent: ConsentId
    on_the_road: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentAged(ReturnFact):
    """The consent is so old that it has to be given again."""

    consent: ConsentId
    responsible: OrganisationId | None
    due_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SocialInquiryRequested(ReturnFact):
    """The competent service was asked to look at family and home."""

    organisation: OrganisationId
    asked: OrganisationId
    subjects: frozenset[InquirySubject]
    answer_by: Due


@dataclass(frozen=True, slots=True, kw_only=True)
class SocialInquiryReceived(ReturnFact):
    """The inquiry was answered."""

    organisation: OrganisationId
    document: DocumentId
    language: Language


@dataclass(frozen=True, slots=True, kw_only=True)
class SocialInquiryTranslated(ReturnFact):
    """The translation stands beside the original."""

    organisation: OrganisationId
    document: DocumentId
    original: DocumentId
    language: Language


@dataclass(frozen=True, slots=True, kw_only=True)
class InquiryOverdue(ReturnFact):
    """Nobody answered the inquiry by its date."""

    asked: OrganisationId
    due_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class JointRiskSigned(ReturnFact):
    """One country signed; `overall`, `residual`, `high` and `until` are those of both if whole.

    `complete` says that the other country had signed this assessment before.
    """

    assessment: AssessmentId
    organisation: OrganisationId
    worker: WorkerId
    country: Country
    findings: tuple[Finding, ...]
    measures: tuple[Measure, ...]
    family_threatened: bool
    disagreement: bool
    valid_until: Due
    complete: bool
    overall: RiskLevel
    residual: RiskLevel
    high: frozenset[RiskDimension]
    until: Due


@dataclass(frozen=True, slots=True, kw_only=True)
class JointRiskExpired(ReturnFact):
    """The joint assessment is older than the profiles allow; it must be signed anew to travel."""

    assessment: AssessmentId
    responsible: OrganisationId | None
    due_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskRiseNoted(ReturnFact):
    """A later assessment found more than the joint one: it must be signed anew."""

    assessment: AssessmentId


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionRecorded(ReturnFact):
    """The person decided, in a document, to go to a protected place despite high risk."""

    organisation: OrganisationId
    document: DocumentId


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiverConfirmed(ReturnFact):
    """The acceptance of the linked referral names the receiver."""

    referral: ReferralId
    receiver: OrganisationId
    agreed_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiverGone(ReturnFact):
    """The receiver no longer stands for this return."""

    referral: ReferralId


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentsReady(ReturnFact):
    """The papers for the journey are there."""

    organisation: OrganisationId
    papers: frozenset[PaperKind]


@dataclass(frozen=True, slots=True, kw_only=True)
class ItinerarySet(ReturnFact):
    """When the journey begins and ends, and who travels along."""

    organisation: OrganisationId
    departs_at: datetime
    arrives_at: datetime
    escort: Escort
    lead_by: Due


@dataclass(frozen=True, slots=True, kw_only=True)
class ShortLeadProposed(ReturnFact):
    """A journey at short notice was proposed, with a reason in the vault."""

    organisation: OrganisationId
    worker: WorkerId
    days_ahead: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ShortLeadApproved(ReturnFact):
    """A second worker approved the short notice."""

    organisation: OrganisationId
    worker: WorkerId


@dataclass(frozen=True, slots=True, kw_only=True)
class BorderNoticeGiven(ReturnFact):
    """Border police know of the journey."""

    organisation: OrganisationId


@dataclass(frozen=True, slots=True, kw_only=True)
class BestInterestsDetermined(ReturnFact):
    """The documented decision for a child, in one country."""

    organisation: OrganisationId
    country: Country
    document: DocumentId
    favourable: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class GuardianAuthorised(ReturnFact):
    """Guardian or representative authorised the journey of a child."""

    organisation: OrganisationId
    document: DocumentId


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnEndorsed(ReturnFact):
    """An organisation of one country approved."""

    organisation: OrganisationId
    worker: WorkerId
    country: Country


FileFact: TypeAlias = (
    ReturnConsented
    | ReturnConsentWithdrawn
    | ConsentAged
    | SocialInquiryRequested
    | SocialInquiryReceived
    | SocialInquiryTranslated
    | InquiryOverdue
    | JointRiskSigned
    | JointRiskExpired
    | RiskRiseNoted
    | DecisionRecorded
    | ReceiverConfirmed
    | ReceiverGone
    | DocumentsReady
    | ItinerarySet
    | ShortLeadProposed
    | ShortLeadApproved
    | BorderNoticeGiven
    | BestInterestsDetermined
    | GuardianAuthorised
    | ReturnEndorsed
)
"""What changes the file of a return, whatever its state."""
