"""Facts that every service may tell; each service has its own named version of them."""

from nrm_contracts.codes import OpenMatter, Overdue
from nrm_contracts.consent_codes import Basis, DataCategory, LegalGround, Purpose
from nrm_contracts.contract import Codes, Contract, Instant
from nrm_contracts.ids import (
    AboutId,
    ClosingId,
    ConsentId,
    OrganisationId,
    OverrideId,
    PersonId,
    ReferralId,
    TicketId,
    WorkerId,
)


class NothingOpenBase(Contract):
    """Answer to a proposed closing: nothing of this service keeps the case open."""

    closing: ClosingId


class StillOpenBase(Contract):
    """Answer to a proposed closing: these matters keep the case open."""

    closing: ClosingId
    open: Codes[OpenMatter]


class PersonalDataReadBase(Contract):
    """Somebody read personal data: who, why, on what ground, which kinds."""

    reader: OrganisationId
    worker: WorkerId
    purpose: Purpose
    categories: Codes[DataCategory]
    basis: Basis | None = None
    ground: LegalGround | None = None
    consent: ConsentId | None = None
    override: OverrideId | None = None
    referral: ReferralId | None = None
    ticket: TicketId | None = None


class PersonErasedBase(Contract):
    """The key, salts and documents of a person were destroyed in this service."""

    person: PersonId
    ground: LegalGround | None = None


class DeadlineFellDueBase(Contract):
    """A deadline was reached that no other fact tells of; `about` is what it belongs to."""

    what: Overdue
    about: AboutId | None = None
    due_at: Instant
    responsible: OrganisationId | None = None


__all__ = [
    "DeadlineFellDueBase",
    "NothingOpenBase",
    "PersonErasedBase",
    "PersonalDataReadBase",
    "StillOpenBase",
]
