"""Code lists of consent, purpose and hand-off."""

from enum import StrEnum


class Purpose(StrEnum):
    """Why data are used or disclosed."""

    IDENTIFICATION = "identification"
    REFERRAL = "referral"
    ASSISTANCE = "assistance"
    RISK_ASSESSMENT = "risk_assessment"
    SAFE_RETURN = "safe_return"
    MEDICAL_CARE = "medical_care"
    LEGAL_AID = "legal_aid"
    PROTECTION = "protection"
    FOLLOW_UP = "follow_up"
    PROCEEDINGS = "proceedings"
    ERASURE = "erasure"
    STATISTICS = "statistics"
    RECEPTION = "reception"


class DataCategory(StrEnum):
    """Kind of personal data that a consent or packet covers; a private document has just one."""

    IDENTITY = "identity"
    CONTACT = "contact"
    STORY = "story"
    EXPLOITATION = "exploitation"
    NEEDS = "needs"
    RISKS = "risks"
    HEALTH = "health"
    FAMILY = "family"
    PAPERS = "papers"
    TRAVEL = "travel"
    LEGAL = "legal"
    SAFETY_PLAN = "safety_plan"
    DECISION = "decision"


class ConsentForm(StrEnum):
    """In which form consent was given; a verbal one is recorded as such."""

    WRITTEN = "written"
    VERBAL = "verbal"


class ConsentGiver(StrEnum):
    """Who consented."""

    PERSON = "person"
    GUARDIAN = "guardian"
    REPRESENTATIVE = "representative"


class Basis(StrEnum):
    """On what a disclosure rests."""

    CONSENT = "consent"
    CHILD_PROTECTION = "child_protection"
    LEGAL_GROUND = "legal_ground"


class LegalGround(StrEnum):
    """The named ground when consent is not it (GDPR art. 6 and 9); needs a second worker."""

    VITAL_INTEREST = "vital_interest"
    LEGAL_OBLIGATION = "legal_obligation"
    COURT_ORDER = "court_order"
    PUBLIC_TASK = "public_task"
    CHILD_BEST_INTERESTS = "child_best_interests"


class BlockedGroup(StrEnum):
    """Who must not learn what is disclosed."""

    FAMILY = "family"
    COMMUNITY = "community"
    MEDIA = "media"
    EXPLOITER = "exploiter"
    POLICE = "police"
    EMBASSY = "embassy"
    EMPLOYER = "employer"


class ReferralKind(StrEnum):
    """Whether custody moves or one need is shared."""

    TRANSFER_OF_CUSTODY = "transfer_of_custody"
    SHARED_ASSISTANCE = "shared_assistance"


class Need(StrEnum):
    """What the person needs."""

    ACCOMMODATION = "accommodation"
    MEDICAL = "medical"
    PSYCHOLOGICAL = "psychological"
    LEGAL = "legal"
    INTERPRETATION = "interpretation"
    MATERIAL = "material"
    DOCUMENTS = "documents"
    EDUCATION = "education"
    EMPLOYMENT = "employment"
    FAMILY_TRACING = "family_tracing"
    CHILD_CARE = "child_care"
    SECURITY = "security"
    FINANCIAL = "financial"
    COMPENSATION = "compensation"
    RECEPTION = "reception"


class DeclineReason(StrEnum):
    """Why a receiver declines."""

    LACK_OF_CAPACITY = "lack_of_capacity"
    NOT_ELIGIBLE = "not_eligible"
    OUT_OF_AREA = "out_of_area"
    CANNOT_KEEP_SAFE = "cannot_keep_safe"
    LANGUAGE_NOT_AVAILABLE = "language_not_available"
    CONFLICT_OF_INTEREST = "conflict_of_interest"
    OTHER = "other"


class BackOutReason(StrEnum):
    """Why a receiver backs out after accepting."""

    LACK_OF_CAPACITY = "lack_of_capacity"
    CANNOT_KEEP_SAFE = "cannot_keep_safe"
    PERSON_DID_NOT_COME = "person_did_not_come"
    INFORMATION_CHANGED = "information_changed"
    OTHER = "other"


class WithdrawalReason(StrEnum):
    """Why an offer or a waiting hand-off is withdrawn."""

    PERSON_WITHDREW = "person_withdrew"
    CONSENT_WITHDRAWN = "consent_withdrawn"
    URGENT_TRANSFER = "urgent_transfer"
    RETURN_ENDED = "return_ended"
    OTHER_ROUTE = "other_route"
    SENT_IN_ERROR = "sent_in_error"


class WithdrawnBy(StrEnum):
    """On whose word a referral was withdrawn."""

    SENDER = "sender"
    PERSON = "person"
    RETURN = "return"


class DeliveryWay(StrEnum):
    """How an offer reached the receiver's side."""

    WEBHOOK = "webhook"
    FETCHED = "fetched"


class Outcome(StrEnum):
    """How a referral ended."""

    SUCCESSFUL = "successful"
    NOT_SUCCESSFUL = "not_successful"


class NotSuccessfulReason(StrEnum):
    """Why a referral was not successful (Primero's list)."""

    CLIENT_REFUSED_SERVICES = "client_refused_services"
    LACK_OF_CAPACITY = "lack_of_capacity"
    OTHER = "other"
    SERVICES_NO_LONGER_NEEDED = "services_no_longer_needed"
    UNABLE_TO_CONTACT_CLIENT = "unable_to_contact_client"
    UNABLE_TO_CONTACT_REFERRED_TO_ORGANIZATION = "unable_to_contact_referred_to_organization"


class LossReason(StrEnum):
    """How a return lost its receiver."""

    DECLINED = "declined"
    BACKED_OUT = "backed_out"
    WITHDRAWN = "withdrawn"
    TIMED_OUT = "timed_out"


__all__ = [
    "BackOutReason",
    "Basis",
    "BlockedGroup",
    "ConsentForm",
    "ConsentGiver",
    "DataCategory",
    "DeclineReason",
    "DeliveryWay",
    "LegalGround",
    "LossReason",
    "Need",
    "NotSuccessfulReason",
    "Outcome",
    "Purpose",
    "ReferralKind",
    "WithdrawalReason",
    "WithdrawnBy",
]
