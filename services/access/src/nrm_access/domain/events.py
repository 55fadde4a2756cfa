"""The facts of an organisation. Its name is public and stands here; a worker is an id only."""

from dataclasses import dataclass
from typing import TypeAlias
from uuid import UUID

from nrm_access.domain.values import Profile, PublicKey
from nrm_contracts.access_codes import DeclineOfVetting, SuspensionReason
from nrm_contracts.codes import Duty
from nrm_runtime.core import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganisationApplied(Event):
    """It asks to take part; `applicant` is the worker who wrote the application."""

    organisation: UUID
    applicant: UUID
    profile: Profile
    asked: frozenset[Duty]


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganisationImported(Event):
    """It was taken over from a register that was trusted before."""

    organisation: UUID
    profile: Profile
    duties: frozenset[Duty]


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganisationVetted(Event):
    """It may take part, with these duties."""

    organisation: UUID
    duties: frozenset[Duty]


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganisationDeclined(Event):
    """It may not take part."""

    organisation: UUID
    reason: DeclineOfVetting


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganisationActivated(Event):
    """It may act."""

    organisation: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganisationSuspended(Event):
    """Nobody of it may act for now."""

    organisation: UUID
    reason: SuspensionReason


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganisationRestored(Event):
    """It may act again."""

    organisation: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganisationDutiesSet(Event):
    """What it is entrusted with from now on."""

    organisation: UUID
    duties: frozenset[Duty]


@dataclass(frozen=True, slots=True, kw_only=True)
class TermsAccepted(Event):
    """A worker accepted this version of the terms for it."""

    organisation: UUID
    terms: int
    worker: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerAdded(Event):
    """A worker was registered."""

    organisation: UUID
    worker: UUID
    duties: frozenset[Duty]


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerDutiesSet(Event):
    """What a worker is entrusted with from now on."""

    organisation: UUID
    worker: UUID
    duties: frozenset[Duty]


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerSuspended(Event):
    """A worker may not act for now; `from_outside`: by a national administrator."""

    organisation: UUID
    worker: UUID
    reason: SuspensionReason
    from_outside: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerRestored(Event):
    """A worker may act again."""

    organisation: UUID
    worker: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRegistered(Event):
    """A public key is known."""

    organisation: UUID
    key: PublicKey


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRevoked(Event):
    """A key is good for nothing any more."""

    organisation: UUID
    key: UUID


Entrance: TypeAlias = OrganisationApplied | OrganisationImported
Standing: TypeAlias = (
    OrganisationVetted
    | OrganisationDeclined
    | OrganisationActivated
    | OrganisationSuspended
    | OrganisationRestored
)
Inside: TypeAlias = (
    OrganisationDutiesSet
    | TermsAccepted
    | WorkerAdded
    | WorkerDutiesSet
    | WorkerSuspended
    | WorkerRestored
    | KeyRegistered
    | KeyRevoked
)
AccessEvent: TypeAlias = Entrance | Standing | Inside
