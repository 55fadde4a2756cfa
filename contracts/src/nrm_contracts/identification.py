"""What identification tells: signals, victim status, rights, reflection."""

from nrm_contracts.codes import (
    AgeBand,
    Channel,
    GroundsReason,
    IndicatorClass,
    IndicatorList,
    NotConfirmedReason,
    ReflectionEnd,
    ReflectionExemption,
    ReopeningReason,
    RightsAid,
    Trigger,
    YesNo,
)
from nrm_contracts.common import (
    DeadlineFellDueBase,
    NothingOpenBase,
    PersonalDataReadBase,
    PersonErasedBase,
    StillOpenBase,
)
from nrm_contracts.contract import (
    CalendarRef,
    Codes,
    Contract,
    CountryCode,
    Instant,
    LanguageCode,
    ProfileRef,
)
from nrm_contracts.ids import DocumentId, OrganisationId


class SignalReceived(Contract):
    """First information that a person may be trafficked; its recorder is the first custodian."""

    name = "nrm.identification.signal-received"

    organisation: OrganisationId
    country: CountryCode
    trigger: Trigger
    channel: Channel
    age: AgeBand
    spoken_to: YesNo
    notify: Codes[OrganisationId]
    notify_by: Instant
    profile: ProfileRef
    calendar: CalendarRef


class PotentialFound(Contract):
    """Signs were found; nobody has decided yet."""

    name = "nrm.identification.potential-found"

    organisation: OrganisationId


class IdentificationReopened(Contract):
    """New information takes a negative or withdrawn identification up again."""

    name = "nrm.identification.reopened"

    organisation: OrganisationId
    reason: ReopeningReason


class IndicatorAssessmentRecorded(Contract):
    """A list of indicators was gone through; its outcome is advice."""

    name = "nrm.identification.indicator-assessment-recorded"

    organisation: OrganisationId
    indicators: IndicatorList
    list_version: int
    outcome: IndicatorClass
    for_child: YesNo


class AgeAssessed(Contract):
    """The decision on age; until then the person is treated as a child."""

    name = "nrm.identification.age-assessed"

    organisation: OrganisationId
    age: AgeBand


class RightsInformed(Contract):
    """Rights were explained, in which language and with which aid."""

    name = "nrm.identification.rights-informed"

    organisation: OrganisationId
    language: LanguageCode
    aid: RightsAid


class VictimPresumed(Contract):
    """Reasonable grounds were decided; assistance may start."""

    name = "nrm.identification.victim-presumed"

    organisation: OrganisationId
    reasons: Codes[GroundsReason]
    against_indicators: YesNo
    treated_as_child: YesNo
    notify: Codes[OrganisationId]
    country: CountryCode
    profile: ProfileRef


class VictimIdentified(Contract):
    """The competent authority decided formally."""

    name = "nrm.identification.victim-identified"

    organisation: OrganisationId
    decision: DocumentId
    country: CountryCode
    profile: ProfileRef


class NotConfirmed(Contract):
    """The grounds were not met; closes nothing by itself."""

    name = "nrm.identification.not-confirmed"

    organisation: OrganisationId
    reason: NotConfirmedReason
    country: CountryCode
    profile: ProfileRef


class SelfWithdrawn(Contract):
    """The person wants no identification."""

    name = "nrm.identification.self-withdrawn"

    organisation: OrganisationId


class ReflectionNotApplicable(Contract):
    """No recovery and reflection period applies to this person in this country."""

    name = "nrm.identification.reflection-not-applicable"

    organisation: OrganisationId
    reason: ReflectionExemption
    country: CountryCode
    profile: ProfileRef


class ReflectionOffered(Contract):
    """A recovery and reflection period was offered (CETS 197 art. 13)."""

    name = "nrm.identification.reflection-offered"

    organisation: OrganisationId
    country: CountryCode
    profile: ProfileRef


class ReflectionDeclined(Contract):
    """The person declined the period."""

    name = "nrm.identification.reflection-declined"

    organisation: OrganisationId
    country: CountryCode


class ReflectionStarted(Contract):
    """The period runs; no removal before `ends_by`."""

    name = "nrm.identification.reflection-started"

    organisation: OrganisationId
    country: CountryCode
    ends_by: Instant
    profile: ProfileRef
    calendar: CalendarRef


class ReflectionExtended(Contract):
    """The period was extended to a later end."""

    name = "nrm.identification.reflection-extended"

    organisation: OrganisationId
    country: CountryCode
    ends_by: Instant
    profile: ProfileRef
    calendar: CalendarRef


class ReflectionEnded(Contract):
    """The period ended: expired, decided, waived or revoked."""

    name = "nrm.identification.reflection-ended"

    country: CountryCode
    how: ReflectionEnd
    profile: ProfileRef


class NothingOpen(NothingOpenBase):
    """Nothing of this service keeps the case open."""

    name = "nrm.identification.nothing-open"


class StillOpen(StillOpenBase):
    """Something of this service keeps the case open."""

    name = "nrm.identification.still-open"


class PersonalDataRead(PersonalDataReadBase):
    """Personal data kept by this service were read."""

    name = "nrm.identification.personal-data-read"


class PersonErased(PersonErasedBase):
    """A person was erased in this service."""

    name = "nrm.identification.person-erased"


class DeadlineFellDue(DeadlineFellDueBase):
    """A deadline of this service fell due."""

    name = "nrm.identification.deadline-fell-due"


__all__ = [
    "AgeAssessed",
    "DeadlineFellDue",
    "IdentificationReopened",
    "IndicatorAssessmentRecorded",
    "NotConfirmed",
    "NothingOpen",
    "PersonErased",
    "PersonalDataRead",
    "PotentialFound",
    "ReflectionDeclined",
    "ReflectionEnded",
    "ReflectionExtended",
    "ReflectionNotApplicable",
    "ReflectionOffered",
    "ReflectionStarted",
    "RightsInformed",
    "SelfWithdrawn",
    "SignalReceived",
    "StillOpen",
    "VictimIdentified",
    "VictimPresumed",
]
