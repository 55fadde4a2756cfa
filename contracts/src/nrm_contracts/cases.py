"""What referral tells of a case: opening, consents to disclose, custody, closing."""

from nrm_contracts.codes import (
    AgeBand,
    ClosureReason,
    LinkKind,
    OpenMatter,
    ReopeningReason,
    YesNo,
)
from nrm_contracts.common import (
    DeadlineFellDueBase,
    PersonalDataReadBase,
    PersonErasedBase,
)
from nrm_contracts.consent_codes import (
    BlockedGroup,
    ConsentForm,
    ConsentGiver,
    DataCategory,
    LegalGround,
    Purpose,
)
from nrm_contracts.contract import (
    Codes,
    Contract,
    CountryCode,
    Instant,
)
from nrm_contracts.ids import (
    CaseId,
    ClosingId,
    ConsentId,
    OrganisationId,
    OverrideId,
    ReferralId,
)


class CaseOpened(Contract):
    """A case exists; its first custodian is who recorded the signal."""

    name = "nrm.referral.case-opened"

    custodian: OrganisationId
    agency: OrganisationId | None = None
    country: CountryCode
    age: AgeBand


class CaseLinked(Contract):
    """Two cases are known to belong together; they are never merged."""

    name = "nrm.referral.case-linked"

    linked: CaseId
    how: LinkKind
    organisation: OrganisationId


class ConsentGranted(Contract):
    """The person agreed that kinds of data go to one recipient for one purpose."""

    name = "nrm.referral.consent-granted"

    consent: ConsentId
    recipient: OrganisationId | None = None
    group: BlockedGroup | None = None
    purpose: Purpose
    categories: Codes[DataCategory]
    blocked: Codes[BlockedGroup]
    form: ConsentForm
    giver: ConsentGiver
    assent: YesNo | None = None
    until: Instant


class ConsentWithdrawn(Contract):
    """The person withdrew a consent; nothing more is sent under it.

    Those who received data must acknowledge.
    """

    name = "nrm.referral.consent-withdrawn"

    consent: ConsentId
    received: Codes[OrganisationId]
    acknowledge_by: Instant | None = None


class GroupInformed(Contract):
    """Somebody outside the mechanism, such as the family, was told kinds of things."""

    name = "nrm.referral.group-informed"
    organisation: OrganisationId
    group: BlockedGroup
    categories: Codes[DataCategory]
    purpose: Purpose
    consent: ConsentId | None = None


class WithdrawalAcknowledged(Contract):
    """An organisation that received data knows of the withdrawal."""

    name = "nrm.referral.withdrawal-acknowledged"

    consent: ConsentId
    organisation: OrganisationId


class OverrideProposed(Contract):
    """A worker proposes to disclose on a legal ground instead of consent."""

    name = "nrm.referral.override-proposed"

    override: OverrideId
    organisation: OrganisationId
    ground: LegalGround
    recipient: OrganisationId
    purpose: Purpose
    categories: Codes[DataCategory]


class OverrideApproved(Contract):
    """A second worker approved the disclosure on a legal ground."""

    name = "nrm.referral.override-approved"

    override: OverrideId
    organisation: OrganisationId
    ground: LegalGround
    recipient: OrganisationId
    purpose: Purpose


class CustodyMoved(Contract):
    """Another organisation answers for the case from now on, and the agency of its country."""

    name = "nrm.referral.custody-moved"

    referral: ReferralId
    sender: OrganisationId
    receiver: OrganisationId
    country: CountryCode | None = None
    agency: OrganisationId | None = None


class ClosingProposed(Contract):
    """The custodian proposes to close; every service answers whether something is open."""

    name = "nrm.referral.closing-proposed"

    closing: ClosingId
    custodian: OrganisationId
    reason: ClosureReason
    hearing_notices_to: OrganisationId | None = None
    answer_by: Instant | None = None


class ClosingChecked(Contract):
    """The national agency finds the proposed closing right; the custodian may close."""

    name = "nrm.referral.closing-checked"

    closing: ClosingId
    organisation: OrganisationId


class ClosingAbandoned(Contract):
    """The proposed closing came to nothing."""

    name = "nrm.referral.closing-abandoned"

    closing: ClosingId
    open: Codes[OpenMatter]


class CaseClosed(Contract):
    """The case is closed, checked by the national agency."""

    name = "nrm.referral.case-closed"

    closing: ClosingId
    custodian: OrganisationId
    reason: ClosureReason
    checked_by: OrganisationId
    hearing_notices_to: OrganisationId | None = None


class CaseReopened(Contract):
    """The case goes on; nothing was lost."""

    name = "nrm.referral.case-reopened"

    custodian: OrganisationId
    reason: ReopeningReason


class PersonalDataRead(PersonalDataReadBase):
    """Personal data kept by this service were read."""

    name = "nrm.referral.personal-data-read"


class PersonErased(PersonErasedBase):
    """A person was erased in this service."""

    name = "nrm.referral.person-erased"


class DeadlineFellDue(DeadlineFellDueBase):
    """A deadline of this service fell due."""

    name = "nrm.referral.deadline-fell-due"


__all__ = [
    "CaseClosed",
    "CaseLinked",
    "CaseOpened",
    "CaseReopened",
    "ClosingAbandoned",
    "ClosingChecked",
    "ClosingProposed",
    "ConsentGranted",
    "ConsentWithdrawn",
    "CustodyMoved",
    "DeadlineFellDue",
    "GroupInformed",
    "OverrideApproved",
    "OverrideProposed",
    "PersonErased",
    "PersonalDataRead",
    "WithdrawalAcknowledged",
]
