"""What return tells: the return file, approval, travel, arrival."""

from nrm_contracts.care_codes import (
    AlternativeReason,
    Destination,
    Escort,
    InquirySubject,
    PaperKind,
    RefusalReason,
    ReturnKind,
    ReturnReopening,
    RiskDimension,
    RiskLevel,
    RiskSubject,
)
from nrm_contracts.codes import YesNo
from nrm_contracts.common import (
    DeadlineFellDueBase,
    NothingOpenBase,
    PersonalDataReadBase,
    PersonErasedBase,
    StillOpenBase,
)
from nrm_contracts.consent_codes import ConsentForm, ConsentGiver
from nrm_contracts.contract import (
    CalendarRef,
    Codes,
    Contract,
    CountryCode,
    Instant,
    LanguageCode,
    ProfileRef,
)
from nrm_contracts.ids import (
    AssessmentId,
    ConsentId,
    DocumentId,
    OrganisationId,
    ReferralId,
    ReturnId,
)


class ReturnRequested(Contract):
    """The person asks for a return or journey; possible at any victim status."""

    name = "nrm.return.requested"

    return_id: ReturnId
    kind: ReturnKind
    origin: CountryCode
    destination_country: CountryCode
    destination: Destination
    for_child: YesNo
    organisation: OrganisationId
    profile: ProfileRef


class ReturnConsented(Contract):
    """Informed consent to the journey itself; revocable until arrival."""

    name = "nrm.return.consented"

    return_id: ReturnId
    consent: ConsentId
    organisation: OrganisationId
    form: ConsentForm
    giver: ConsentGiver
    assent: YesNo | None = None


class ReturnConsentWithdrawn(Contract):
    """The person no longer wants to travel."""

    name = "nrm.return.consent-withdrawn"

    return_id: ReturnId
    consent: ConsentId
    on_the_road: YesNo


class SocialInquiryRequested(Contract):
    """The competent service is asked to look at family and home."""

    name = "nrm.return.social-inquiry-requested"

    return_id: ReturnId
    organisation: OrganisationId
    asked: OrganisationId
    subjects: Codes[InquirySubject]
    answer_by: Instant
    profile: ProfileRef
    calendar: CalendarRef


class SocialInquiryReceived(Contract):
    """The inquiry was answered."""

    name = "nrm.return.social-inquiry-received"

    return_id: ReturnId
    organisation: OrganisationId
    document: DocumentId
    language: LanguageCode


class SocialInquiryTranslated(Contract):
    """The translation stands beside the original."""

    name = "nrm.return.social-inquiry-translated"

    return_id: ReturnId
    organisation: OrganisationId
    document: DocumentId
    original: DocumentId
    language: LanguageCode


class JointRiskSigned(Contract):
    """An organisation of one of the two countries signed the joint risk assessment."""

    name = "nrm.return.joint-risk-signed"

    return_id: ReturnId
    assessment: AssessmentId
    organisation: OrganisationId
    country: CountryCode
    subjects: Codes[RiskSubject]
    overall: RiskLevel
    residual: RiskLevel
    high: Codes[RiskDimension]
    disagreement: YesNo
    complete: YesNo
    valid_until: Instant
    profile: ProfileRef
    calendar: CalendarRef


class ReceiverConfirmed(Contract):
    """The acceptance of the linked referral names the receiver."""

    name = "nrm.return.receiver-confirmed"

    return_id: ReturnId
    referral: ReferralId
    receiver: OrganisationId
    agreed_at: Instant | None = None


class DocumentsReady(Contract):
    """The papers for the journey are there."""

    name = "nrm.return.documents-ready"

    return_id: ReturnId
    organisation: OrganisationId
    papers: Codes[PaperKind]


class ItinerarySet(Contract):
    """When the journey begins and ends, and who travels along."""

    name = "nrm.return.itinerary-set"

    return_id: ReturnId
    organisation: OrganisationId
    departs_at: Instant
    arrives_at: Instant
    escort: Escort
    lead_by: Instant
    profile: ProfileRef
    calendar: CalendarRef


class BestInterestsDetermined(Contract):
    """The documented decision for a child."""

    name = "nrm.return.best-interests-determined"

    return_id: ReturnId
    organisation: OrganisationId
    country: CountryCode
    document: DocumentId
    favourable: YesNo


class GuardianAuthorised(Contract):
    """The guardian or representative authorised the journey of a child."""

    name = "nrm.return.guardian-authorised"

    return_id: ReturnId
    organisation: OrganisationId
    document: DocumentId


class BorderNoticeGiven(Contract):
    """Border police know of the journey, with the minimum."""

    name = "nrm.return.border-notice-given"

    return_id: ReturnId
    organisation: OrganisationId


class ShortLeadProposed(Contract):
    """A journey announced at short notice, with a reason."""

    name = "nrm.return.short-lead-proposed"

    return_id: ReturnId
    organisation: OrganisationId
    days_ahead: int


class ShortLeadApproved(Contract):
    """A second worker approved the short notice."""

    name = "nrm.return.short-lead-approved"

    return_id: ReturnId
    organisation: OrganisationId


class ReturnEndorsed(Contract):
    """An organisation of one country approves."""

    name = "nrm.return.endorsed"

    return_id: ReturnId
    organisation: OrganisationId
    country: CountryCode


class ReturnApproved(Contract):
    """Organisations of both countries approve; the person may travel."""

    name = "nrm.return.approved"

    return_id: ReturnId
    organisation: OrganisationId
    consent: ConsentId
    assessment: AssessmentId | None = None
    receiver: OrganisationId | None = None
    departs_at: Instant
    profile: ProfileRef
    destination_profile: ProfileRef


class ReturnReopened(Contract):
    """An approval fell; the file is open again."""

    name = "nrm.return.reopened"

    return_id: ReturnId
    reason: ReturnReopening


class ReturnRefused(Contract):
    """The return is refused as unsafe."""

    name = "nrm.return.refused"

    return_id: ReturnId
    organisation: OrganisationId
    reason: RefusalReason


class ReturnWithdrawn(Contract):
    """The person withdrew the return."""

    name = "nrm.return.withdrawn"

    return_id: ReturnId
    on_the_road: YesNo


class ReturnAlternativeSought(Contract):
    """Another place, country or stay is sought."""

    name = "nrm.return.alternative-sought"

    return_id: ReturnId
    organisation: OrganisationId | None = None
    reason: AlternativeReason
    plan_by: Instant | None = None


class ReturnDeparted(Contract):
    """The person left; arrival must be confirmed by the deadline."""

    name = "nrm.return.departed"

    return_id: ReturnId
    organisation: OrganisationId
    departed_at: Instant
    arrival_by: Instant
    profile: ProfileRef
    calendar: CalendarRef


class ReturnArrived(Contract):
    """The receiver says that the person arrived."""

    name = "nrm.return.arrived"

    return_id: ReturnId
    organisation: OrganisationId
    arrived_at: Instant
    reassess_by: Instant | None = None


class ArrivalOverdue(Contract):
    """Nobody confirmed the arrival: alarm to both sides."""

    name = "nrm.return.arrival-overdue"

    return_id: ReturnId
    sender: OrganisationId
    receiver: OrganisationId | None = None
    times: int


class ReturnDone(Contract):
    """The return is finished."""

    name = "nrm.return.done"

    return_id: ReturnId


class NothingOpen(NothingOpenBase):
    """Nothing of this service keeps the case open."""

    name = "nrm.return.nothing-open"


class StillOpen(StillOpenBase):
    """Something of this service keeps the case open."""

    name = "nrm.return.still-open"


class PersonalDataRead(PersonalDataReadBase):
    """Personal data kept by this service were read."""

    name = "nrm.return.personal-data-read"


class PersonErased(PersonErasedBase):
    """A person was erased in this service."""

    name = "nrm.return.person-erased"


class DeadlineFellDue(DeadlineFellDueBase):
    """A deadline of this service fell due."""

    name = "nrm.return.deadline-fell-due"


__all__ = [
    "ArrivalOverdue",
    "BestInterestsDetermined",
    "BorderNoticeGiven",
    "DeadlineFellDue",
    "DocumentsReady",
    "GuardianAuthorised",
    "ItinerarySet",
    "JointRiskSigned",
    "NothingOpen",
    "PersonErased",
    "PersonalDataRead",
    "ReceiverConfirmed",
    "ReturnAlternativeSought",
    "ReturnApproved",
    "ReturnArrived",
    "ReturnConsentWithdrawn",
    "ReturnConsented",
    "ReturnDeparted",
    "ReturnDone",
    "ReturnEndorsed",
    "ReturnRefused",
    "ReturnReopened",
    "ReturnRequested",
    "ReturnWithdrawn",
    "ShortLeadApproved",
    "ShortLeadProposed",
    "SocialInquiryReceived",
    "SocialInquiryRequested",
    "SocialInquiryTranslated",
    "StillOpen",
]
