"""What can be asked of an organisation's part in the mechanism."""

from dataclasses import dataclass
from uuid import UUID

from nrm_access.domain.values import Entrusted, Profile, PublicKey
from nrm_contracts.access_codes import DeclineOfVetting, SuspensionReason
from nrm_contracts.codes import Duty
from nrm_runtime.core import Command


@dataclass(frozen=True, slots=True, kw_only=True)
class About(Command):
    """Base: `organisation` names the stream of one organisation."""

    organisation: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Enter(About):
    """Base: an organisation comes in, with the duties it wants, first workers and keys."""

    profile: Profile
    duties: frozenset[Duty]
    workers: tuple[Entrusted, ...]
    keys: tuple[PublicKey, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplyAsOrganisation(Enter):
    """It asks to take part; a national administrator will look at it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportOrganisation(Enter):
    """It is taken over from a register that was trusted before, and may act at once.

    Only the service itself does so, or an operator while the country has nobody to vet
    (`first`), so that there is a first national agency at all.
    """

    first: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class VetOrganisation(About):
    """A national administrator takes it in, with these of the duties that it asked for."""

    duties: frozenset[Duty]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclineOrganisation(About):
    """A national administrator does not take it in."""

    reason: DeclineOfVetting


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptTerms(About):
    """Its administrator accepts a version of the terms; the first time makes it active."""

    terms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SuspendOrganisation(About):
    """Nobody of it may act for now."""

    reason: SuspensionReason


@dataclass(frozen=True, slots=True, kw_only=True)
class RestoreOrganisation(About):
    """It may act again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SetOrganisationDuties(About):
    """Change what it is entrusted with; workers lose what it loses."""

    duties: frozenset[Duty]


@dataclass(frozen=True, slots=True, kw_only=True)
class AddWorker(About):
    """Register a worker under a random id."""

    worker: UUID
    duties: frozenset[Duty]


@dataclass(frozen=True, slots=True, kw_only=True)
class SetDuties(About):
    """Change what a worker is entrusted with."""

    worker: UUID
    duties: frozenset[Duty]


@dataclass(frozen=True, slots=True, kw_only=True)
class SuspendWorker(About):
    """A worker may not act for now."""

    worker: UUID
    reason: SuspensionReason


@dataclass(frozen=True, slots=True, kw_only=True)
class RestoreWorker(About):
    """A worker may act again."""

    worker: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterKey(About):
    """The organisation's machines may sign in with one more key."""

    key: PublicKey


@dataclass(frozen=True, slots=True, kw_only=True)
class RevokeKey(About):
    """Nobody may sign in with this key any more."""

    key: UUID
