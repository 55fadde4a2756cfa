"""Code lists of assistance, risk, return and follow-up."""

from enum import StrEnum


class AssistancePhase(StrEnum):
    """In which phase an assistance begins."""

    PREPARING = "preparing"
    CRISIS = "crisis"
    ACTIVE = "active"


class SuspensionReason(StrEnum):
    """Why assistance pauses."""

    HOSPITAL = "hospital"
    DETENTION = "detention"
    TRAVEL = "travel"
    PERSON_ASKED = "person_asked"
    OTHER = "other"


class ImmediateNeed(StrEnum):
    """The two questions asked first of all."""

    MEDICAL = "medical"
    THREAT = "threat"


class RiskDimension(StrEnum):
    """A dimension of danger (D1 to D11 of the risk form)."""

    NETWORK = "network"
    RE_TRAFFICKING = "re_trafficking"
    FAMILY = "family"
    COMMUNITY = "community"
    PHYSICAL_HEALTH = "physical_health"
    MENTAL_HEALTH = "mental_health"
    LEGAL = "legal"
    SOCIO_ECONOMIC = "socio_economic"
    SERVICES_AT_DESTINATION = "services_at_destination"
    CHILD = "child"
    DATA_DISCLOSURE = "data_disclosure"


class RiskLevel(StrEnum):
    """Level of a dimension or of a whole assessment; overall is the maximum."""

    LOW = "LOW"
    MEDIUM = "MEDIUM"
    HIGH = "HIGH"
    EXTREME = "EXTREME"


class RiskPhase(StrEnum):
    """At what moment a risk was assessed."""

    IDENTIFICATION = "identification"
    BEFORE_REFERRAL = "before_referral"
    BEFORE_RETURN_ORIGIN = "before_return_origin"
    BEFORE_RETURN_DESTINATION = "before_return_destination"
    ARRIVAL = "arrival"
    FOLLOW_UP = "follow_up"


class RiskSubject(StrEnum):
    """Whose danger is assessed."""

    PERSON = "person"
    RELATIVE = "relative"


class Priority(StrEnum):
    """How soon a need must be met."""

    URGENT = "urgent"
    HIGH = "high"
    NORMAL = "normal"


class Setting(StrEnum):
    """Where support is given."""

    RESIDENTIAL = "residential"
    NON_RESIDENTIAL = "non_residential"
    AMBULANT = "ambulant"


class SupportEnd(StrEnum):
    """What became of a support."""

    COMPLETED = "completed"
    ENDED = "ended"
    MOVED = "moved"
    SHARED = "shared"


class PaperKind(StrEnum):
    """Kind of document on a file."""

    IDENTITY_DOCUMENT = "identity_document"
    TRAVEL_DOCUMENT = "travel_document"
    SOCIAL_INQUIRY = "social_inquiry"
    RISK_FORM = "risk_form"
    NEEDS_FORM = "needs_form"
    REINTEGRATION_PLAN = "reintegration_plan"
    NARRATIVE_REPORT = "narrative_report"
    MEDICAL_CERTIFICATE = "medical_certificate"
    BEST_INTERESTS = "best_interests"
    GUARDIAN_AUTHORISATION = "guardian_authorisation"
    DECISION = "decision"
    OTHER = "other"


class LeavingReason(StrEnum):
    """Why a person left assistance."""

    PERSON_LEFT = "person_left"
    MISSING = "missing"
    DECLINED = "declined"


class ReturnKind(StrEnum):
    """Kind of return or journey."""

    TO_ORIGIN = "to_origin"
    THIRD_COUNTRY = "third_country"
    PROTECTIVE_MOVE = "protective_move"
    TRANSIT = "transit"
    HEARING_TRIP = "hearing_trip"


class Destination(StrEnum):
    """Where the person goes to."""

    FAMILY = "family"
    PROTECTED_PLACE = "protected_place"
    INDEPENDENT_LIVING = "independent_living"
    CARE_INSTITUTION = "care_institution"


class Escort(StrEnum):
    """Who travels with the person."""

    NONE = "none"
    SOCIAL_WORKER = "social_worker"
    POLICE = "police"
    FAMILY_MEMBER = "family_member"
    CARRIER_SERVICE = "carrier_service"


class ReturnReopening(StrEnum):
    """Why an approved return is taken up again."""

    RISK_ROSE = "risk_rose"
    RECEIVER_LOST = "receiver_lost"
    CONSENT_AGED = "consent_aged"
    ITINERARY_CHANGED = "itinerary_changed"
    JOINT_RISK_EXPIRED = "joint_risk_expired"


class RefusalReason(StrEnum):
    """Why a return is refused as unsafe."""

    RISK_TOO_HIGH = "risk_too_high"
    NO_RECEIVER = "no_receiver"
    BEST_INTERESTS = "best_interests"
    NO_DOCUMENTS = "no_documents"


class AlternativeReason(StrEnum):
    """Why another way is sought."""

    FAMILY_NOT_SAFE = "family_not_safe"
    NO_SERVICES = "no_services"
    PERSON_CHANGED_MIND = "person_changed_mind"
    CONSENT_WITHDRAWN_ON_THE_ROAD = "consent_withdrawn_on_the_road"
    RECEIVER_LOST = "receiver_lost"


class FollowUpOutcome(StrEnum):
    """What a follow-up contact found."""

    SAFE = "safe"
    SAFE_WITH_NEEDS = "safe_with_needs"
    IN_DANGER = "in_danger"
    NOT_REACHED = "not_reached"


class InquirySubject(StrEnum):
    """Whom or what a social inquiry looks at."""

    FAMILY = "family"
    HOME = "home"
    GUARDIAN = "guardian"
    SERVICES = "services"


__all__ = [
    "AlternativeReason",
    "AssistancePhase",
    "Destination",
    "Escort",
    "FollowUpOutcome",
    "ImmediateNeed",
    "InquirySubject",
    "LeavingReason",
    "PaperKind",
    "Priority",
    "RefusalReason",
    "ReturnKind",
    "ReturnReopening",
    "RiskDimension",
    "RiskLevel",
    "RiskPhase",
    "RiskSubject",
    "Setting",
    "SupportEnd",
    "SuspensionReason",
]
