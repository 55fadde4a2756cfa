"""Private facts of a case: opening, links, consents, overrides, custody, closing."""

from dataclasses import dataclass
from typing import TypeAlias

from nrm_contracts.codes import (
    AgeBand,
    ClosureReason,
    LinkKind,
    OpenMatter,
    ReopeningReason,
    ServiceName,
    YesNo,
)
from nrm_contracts.consent_codes import (
    BlockedGroup,
    ConsentForm,
    ConsentGiver,
    DataCategory,
    LegalGround,
    Purpose,
)
from nrm_contracts.ids import (
    CaseId,
    ClosingId,
    ConsentId,
    OrganisationId,
    OverrideId,
    PersonId,
    ReferralId,
    WorkerId,
)
from nrm_runtime.core import Due, Event


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseOpened(Event):
    """A case exists; its recorder is the custodian, `person` its person's name in our vault."""

    person: PersonId
    custodian: OrganisationId
    agency: OrganisationId | None
    country: str
    age: AgeBand


@dataclass(frozen=True, slots=True, kw_only=True)
class AgeNoted(Event):
    """Identification decided on the age; the person's path here follows it."""

    age: AgeBand


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseLinked(Event):
    """Another case belongs together with this one."""

    linked: CaseId
    how: LinkKind
    organisation: OrganisationId


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentGranted(Event):
    """The person lets one recipient know kinds of data for one purpose."""

    consent: ConsentId
    organisation: OrganisationId
    recipient: OrganisationId | None
    group: BlockedGroup | None
    purpose: Purpose
    categories: frozenset[DataCategory]
    blocked: frozenset[BlockedGroup]
    form: ConsentForm
    giver: ConsentGiver
    assent: YesNo | None
    until: Due


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentWithdrawn(Event):
    """The person withdrew a consent; `received` are those who know something by it."""

    consent: ConsentId
    received: frozenset[OrganisationId]
    acknowledge_by: Due


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentExpired(Event):
    """A consent has reached its end; nothing more is disclosed under it."""

    consent: ConsentId
    custodian: OrganisationId
    due: Due


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawalAcknowledged(Event):
    """An organisation that received data knows of the withdrawal."""

    consent: ConsentId
    organisation: OrganisationId


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawalUnanswered(Event):
    """An organisation that received data has not acknowledged a withdrawal in time."""

    consent: ConsentId
    organisation: OrganisationId
    due: Due


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupInformed(Event):
    """Somebody outside the mechanism is told kinds of things, as the person allowed."""

    organisation: OrganisationId
    group: BlockedGroup
    categories: frozenset[DataCategory]
    purpose: Purpose
    consent: ConsentId


@dataclass(frozen=True, slots=True, kw_only=True)
class OverrideProposed(Event):
    """A worker proposes to disclose on a legal ground."""

    override: OverrideId
    organisation: OrganisationId
    worker: WorkerId
    ground: LegalGround
    recipient: OrganisationId
    purpose: Purpose
    categories: frozenset[DataCategory]


@dataclass(frozen=True, slots=True, kw_only=True)
class OverrideApproved(Event):
    """A second worker approved."""

    override: OverrideId
    organisation: OrganisationId
    worker: WorkerId
    ground: LegalGround
    recipient: OrganisationId
    purpose: Purpose


@dataclass(frozen=True, slots=True, kw_only=True)
class CustodyMoved(Event):
    """Another organisation answers for the case; `agency` is that of its country, if known."""

    referral: ReferralId
    sender: OrganisationId
    receiver: OrganisationId
    country: str
    agency: OrganisationId | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosingProposed(Event):
    """The custodian proposes to close."""

    closing: ClosingId
    custodian: OrganisationId
    worker: WorkerId
    reason: ClosureReason
    trial_runs: YesNo
    hearing_notices_to: OrganisationId | None
    answer_by: Due


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosingAnswered(Event):
    """A service has nothing open."""

    closing: ClosingId
    service: ServiceName


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosingChecked(Event):
    """The national agency finds the closing right."""

    closing: ClosingId
    organisation: OrganisationId


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosingAbandoned(Event):
    """The closing came to nothing; `open` is what kept the case open, if that was the cause."""

    closing: ClosingId
    open: frozenset[OpenMatter]


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseClosed(Event):
    """The case is closed."""

    closing: ClosingId
    custodian: OrganisationId
    reason: ClosureReason
    checked_by: OrganisationId
    hearing_notices_to: OrganisationId | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseReopened(Event):
    """The case goes on with its last custodian."""

    custodian: OrganisationId
    organisation: OrganisationId
    reason: ReopeningReason


LifeEvent: TypeAlias = CaseOpened | AgeNoted | CaseLinked | CaseReopened
ConsentEvent: TypeAlias = (
    ConsentGranted
    | ConsentWithdrawn
    | ConsentExpired
    | WithdrawalAcknowledged
    | WithdrawalUnanswered
    | GroupInformed
)
OverrideEvent: TypeAlias = OverrideProposed | OverrideApproved
ClosingEvent: TypeAlias = (
    ClosingProposed | ClosingAnswered | ClosingChecked | ClosingAbandoned | CaseClosed
)
