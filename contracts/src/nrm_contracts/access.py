"""What access tells: which organisations take part, who works there, with which duties and keys.

A worker is a random id and nothing else. An organisation's name is not told: who may know it
asks access.
"""

from nrm_contracts.access_codes import DeclineOfVetting, SuspensionReason
from nrm_contracts.codes import Duty, OrganisationKind
from nrm_contracts.contract import Codes, Contract, CountryCode, Instant, LanguageCode, Thumbprint
from nrm_contracts.ids import KeyId, OrganisationId, WorkerId


class OrganisationApplied(Contract):
    """An organisation asks to take part, with the duties that it asks for."""

    name = "nrm.access.organisation-applied"

    organisation: OrganisationId
    kind: OrganisationKind
    country: CountryCode
    languages: Codes[LanguageCode]
    asked: Codes[Duty]


class OrganisationImported(Contract):
    """An organisation was taken over, active, from a register that was trusted before."""

    name = "nrm.access.organisation-imported"

    organisation: OrganisationId
    kind: OrganisationKind
    country: CountryCode
    languages: Codes[LanguageCode]
    duties: Codes[Duty]


class OrganisationVetted(Contract):
    """A national administrator found that it may take part, with these duties."""

    name = "nrm.access.organisation-vetted"

    organisation: OrganisationId
    duties: Codes[Duty]


class OrganisationDeclined(Contract):
    """A national administrator found that it may not take part."""

    name = "nrm.access.organisation-declined"

    organisation: OrganisationId
    reason: DeclineOfVetting


class OrganisationActivated(Contract):
    """A vetted organisation has accepted the terms and may act."""

    name = "nrm.access.organisation-activated"

    organisation: OrganisationId


class OrganisationSuspended(Contract):
    """Nobody of this organisation may act for now."""

    name = "nrm.access.organisation-suspended"

    organisation: OrganisationId
    reason: SuspensionReason


class OrganisationRestored(Contract):
    """A suspended organisation may act again."""

    name = "nrm.access.organisation-restored"

    organisation: OrganisationId


class OrganisationDutiesSet(Contract):
    """What an organisation is entrusted with changed."""

    name = "nrm.access.organisation-duties-set"

    organisation: OrganisationId
    duties: Codes[Duty]


class TermsAccepted(Contract):
    """A worker accepted a version of the terms for the organisation."""

    name = "nrm.access.terms-accepted"

    organisation: OrganisationId
    terms: int
    worker: WorkerId


class WorkerAdded(Contract):
    """A worker was registered, with duties of the organisation's."""

    name = "nrm.access.worker-added"

    organisation: OrganisationId
    worker: WorkerId
    duties: Codes[Duty]


class WorkerDutiesSet(Contract):
    """What a worker is entrusted with changed."""

    name = "nrm.access.worker-duties-set"

    organisation: OrganisationId
    worker: WorkerId
    duties: Codes[Duty]


class WorkerSuspended(Contract):
    """A worker may not act for now."""

    name = "nrm.access.worker-suspended"

    organisation: OrganisationId
    worker: WorkerId
    reason: SuspensionReason


class WorkerRestored(Contract):
    """A suspended worker may act again."""

    name = "nrm.access.worker-restored"

    organisation: OrganisationId
    worker: WorkerId


class KeyRegistered(Contract):
    """The organisation's machines may sign in with this public key from an instant on."""

    name = "nrm.access.key-registered"

    organisation: OrganisationId
    key: KeyId
    thumbprint: Thumbprint
    valid_from: Instant


class KeyRevoked(Contract):
    """Nobody may sign in with this key any more."""

    name = "nrm.access.key-revoked"

    organisation: OrganisationId
    key: KeyId


__all__ = [
    "KeyRegistered",
    "KeyRevoked",
    "OrganisationActivated",
    "OrganisationApplied",
    "OrganisationDeclined",
    "OrganisationDutiesSet",
    "OrganisationImported",
    "OrganisationRestored",
    "OrganisationSuspended",
    "OrganisationVetted",
    "TermsAccepted",
    "WorkerAdded",
    "WorkerDutiesSet",
    "WorkerRestored",
    "WorkerSuspended",
]
