"""Code lists of the field; where a standard has a list, its codes are used."""

from enum import StrEnum


class YesNo(StrEnum):
    """A yes or a no on the wire, where booleans are not allowed."""

    YES = "yes"
    NO = "no"


class OrganisationKind(StrEnum):
    """HTCDS 2.0 `org_type`."""

    NGO = "NGO"
    LAW_ENFORCEMENT = "LawEnforcement"
    HEALTH_SERVICE_ORGANISATION = "HealthServiceOrganisation"
    CENTRAL_GOVERNMENT_ORGANISATION = "CentralGovernmentOrganisation"
    LOCAL_GOVERNMENT_ORGANISATION = "LocalGovernmentOrganisation"
    IMMIGRATION_SERVICE = "ImmigrationService"
    LEGAL_SERVICE = "LegalService"
    CORPORATE_BUSINESS = "CorporateBusiness"
    SCHOOL_OR_COLLEGE = "SchoolOrCollege"


class Duty(StrEnum):
    """What an organisation entrusts to a worker; country profiles name duties in their rules."""

    FIRST_RESPONDER = "first_responder"
    PRESUME = "presume"
    IDENTIFY = "identify"
    NATIONAL_AGENCY = "national_agency"
    CHILD_PROTECTION = "child_protection"
    SOCIAL_INQUIRY = "social_inquiry"
    ASSIST = "assist"
    REFER = "refer"
    APPROVE_RETURN = "approve_return"
    APPROVE_OVERRIDE = "approve_override"
    ERASE = "erase"
    INTAKE = "intake"
    ADMINISTER = "administer"
    VET_ORGANISATIONS = "vet_organisations"


class Trigger(StrEnum):
    """Why the national agency must be told of a signal (MNIR measure 1)."""

    INDICATORS = "INDICATORS"
    SELF_IDENTIFIED = "SELF_IDENTIFIED"
    INFORMATION = "INFORMATION"


class Channel(StrEnum):
    """How a signal came."""

    HELPLINE = "helpline"
    OUTREACH = "outreach"
    INSPECTION = "inspection"
    RELATIVE = "relative"
    THIRD_PERSON = "third_person"
    BORDER = "border"
    CONSULATE = "consulate"
    POLICE = "police"
    HEALTH_CARE = "health_care"
    SCHOOL = "school"
    NGO = "ngo"
    LABOUR_INSPECTION = "labour_inspection"
    SELF = "self"
    ONLINE = "online"
    OTHER = "other"


class ContactWay(StrEnum):
    """A way in which the person may safely be contacted."""

    NO_CONTACT = "no_contact"
    PHONE_CALL = "phone_call"
    TEXT_MESSAGE = "text_message"
    EMAIL = "email"
    IN_PERSON = "in_person"
    THROUGH_ORGANISATION = "through_organisation"


class AgeBand(StrEnum):
    """Age as far as guards need it; unknown is treated as a child."""

    ADULT = "adult"
    CHILD = "child"
    UNKNOWN = "unknown"


class Gender(StrEnum):
    """HTCDS 2.0 `prs_Gender`."""

    FEMININE = "Feminine"
    MASCULINE = "Masculine"
    TRANSGENDER_FEMININE = "TransgenderFeminine"
    TRANSGENDER_MASCULINE = "TransgenderMasculine"
    NON_CONFORMING = "NonConforming"
    NON_SPECIFIED_UNKNOWN = "NonSpecifiedUnknown"


class IndicatorList(StrEnum):
    """A published list of indicators."""

    ILO_DELPHI_ADULT_LABOUR = "ilo_delphi_adult_labour"
    ILO_DELPHI_CHILD_LABOUR = "ilo_delphi_child_labour"


class IndicatorClass(StrEnum):
    """What a list of indicators advises; never a decision."""

    NO_TRAFFICKING_SIGNS = "NO_TRAFFICKING_SIGNS"
    EXPLOITED = "EXPLOITED"
    DECEPTION_AND_EXPLOITATION = "DECEPTION_AND_EXPLOITATION"
    TRAFFICKING = "TRAFFICKING"
    UNDETERMINED = "UNDETERMINED"


class IndicatorAnswer(StrEnum):
    """Answer to one indicator."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


class GroundsReason(StrEnum):
    """Why a person is presumed or identified as a victim."""

    INDICATORS = "indicators"
    OWN_ACCOUNT = "own_account"
    EVIDENCE = "evidence"
    THIRD_PERSON_ACCOUNT = "third_person_account"
    DOCUMENTS = "documents"
    OTHER_COUNTRY_DECISION = "other_country_decision"
    PROFESSIONAL_JUDGEMENT = "professional_judgement"


class NotConfirmedReason(StrEnum):
    """Why the grounds were not met."""

    ACT_MISSING = "act_missing"
    MEANS_MISSING = "means_missing"
    PURPOSE_MISSING = "purpose_missing"
    INSUFFICIENT_INFORMATION = "insufficient_information"
    PERSON_NOT_FOUND = "person_not_found"


class ReopeningReason(StrEnum):
    """Why something closed or denied is taken up again."""

    NEW_INFORMATION = "new_information"
    NEW_NEED = "new_need"
    HEARING_NOTICE = "hearing_notice"
    PERSON_RETURNED = "person_returned"
    ERROR = "error"


class RightsAid(StrEnum):
    """With which aid rights were explained."""

    NONE = "none"
    INTERPRETER = "interpreter"
    MEDIATOR = "mediator"
    EASY_LANGUAGE = "easy_language"
    SIGN_LANGUAGE = "sign_language"
    WRITTEN_LEAFLET = "written_leaflet"


class ReflectionExemption(StrEnum):
    """Why no recovery and reflection period applies."""

    CHILD_PROTECTED_OTHERWISE = "child_protected_otherwise"
    OWN_NATIONAL = "own_national"
    NOT_COVERED = "not_covered"


class ReflectionEnd(StrEnum):
    """How a recovery and reflection period ended."""

    EXPIRED = "expired"
    DECIDED = "decided"
    WAIVED = "waived"
    REVOKED = "revoked"


class LinkKind(StrEnum):
    """Why two cases belong together."""

    SAME_FAMILY = "same_family"
    POSSIBLE_DUPLICATE = "possible_duplicate"
    SAME_SITUATION = "same_situation"
    TRAVELLING_TOGETHER = "travelling_together"


class Exploitation(StrEnum):
    """HTCDS 2.0 `vic_TypeOfExploitation`; private, never told."""

    FORCED_LABOUR = "ForcedLabour"
    SEXUAL_EXPLOITATION = "SexualExploitation"
    CHILD_LABOUR = "ChildLabour"
    FORCED_MARRIAGE = "ForcedMarriage"
    SERVITUDE = "Servitude"
    FORCED_MILITARY_BY_NON_STATE_ACTORS = "ForcedMilitaryByNonStateActors"
    ORGAN_REMOVAL = "OrganRemoval"
    FORCED_BEGGING = "ForcedBegging"
    FORCED_ADOPTION = "ForcedAdoption"
    SURROGACY = "Surrogacy"
    OTHER = "Other"


class OpenMatter(StrEnum):
    """What keeps a case from being closed."""

    REFERRAL = "referral"
    RETURN = "return"
    ASSISTANCE = "assistance"
    PLAN = "plan"
    SUPPORT = "support"
    FOLLOW_UP = "follow_up"
    REFLECTION = "reflection"
    IDENTIFICATION = "identification"
    CONSENT_WITHDRAWAL = "consent_withdrawal"


class ClosureReason(StrEnum):
    """Why a case is closed."""

    REINTEGRATED = "reintegrated"
    DECLINED_ASSISTANCE = "declined_assistance"
    LEFT_PROGRAMME = "left_programme"
    LOST_CONTACT = "lost_contact"
    TRANSFERRED_ABROAD = "transferred_abroad"
    TRANSFERRED_PROVIDER = "transferred_provider"
    NOT_A_VICTIM = "not_a_victim"
    DUPLICATE = "duplicate"
    DECEASED = "deceased"


class NotificationChannel(StrEnum):
    """How a notice travels."""

    INBOX = "inbox"
    EMAIL = "email"
    WEBHOOK = "webhook"


class NotificationKind(StrEnum):
    """What a notice asks for, without saying what about."""

    TASK = "task"
    REMINDER = "reminder"
    DANGER = "danger"


class Overdue(StrEnum):
    """Which deadline fell due."""

    NOTIFY = "notify"
    REFLECTION = "reflection"
    REFLECTION_REMINDER = "reflection_reminder"
    ANSWER = "answer"
    ACKNOWLEDGEMENT = "acknowledgement"
    HAND_OFF = "hand_off"
    NEXT_ROUTE = "next_route"
    WITHDRAWAL = "withdrawal"
    CLOSING = "closing"
    SUPPORTS = "supports"
    IMMEDIATE_NEED = "immediate_need"
    SAFETY_PLAN = "safety_plan"
    PLAN_REVIEW = "plan_review"
    RISK = "risk"
    INQUIRY = "inquiry"
    ARRIVAL = "arrival"
    FOLLOW_UP = "follow_up"
    REPORT = "report"
    TRIAL_NOTICE = "trial_notice"
    CONSENT = "consent"


class ServiceName(StrEnum):
    """A service of this mechanism, where a fact names one."""

    IDENTIFICATION = "identification"
    REFERRAL = "referral"
    ASSISTANCE = "assistance"
    RETURN = "return"
    NOTIFICATIONS = "notifications"
    LEDGER = "ledger"


__all__ = [
    "AgeBand",
    "Channel",
    "ClosureReason",
    "ContactWay",
    "Duty",
    "Exploitation",
    "Gender",
    "GroundsReason",
    "IndicatorAnswer",
    "IndicatorClass",
    "IndicatorList",
    "LinkKind",
    "NotConfirmedReason",
    "NotificationChannel",
    "NotificationKind",
    "OpenMatter",
    "OrganisationKind",
    "Overdue",
    "ReflectionEnd",
    "ReflectionExemption",
    "ReopeningReason",
    "RightsAid",
    "ServiceName",
    "Trigger",
    "YesNo",
]
