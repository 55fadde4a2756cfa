"""What is known of an organisation, its workers and its keys."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Final
from uuid import UUID

from nrm_contracts.codes import Duty, OrganisationKind
from nrm_contracts.consent_codes import BlockedGroup

ALWAYS: Final = frozenset({Duty.ADMINISTER})
"""What every organisation is entrusted with: to manage itself."""

WEIGHTY: Final = frozenset(
    {
        Duty.FIRST_RESPONDER,
        Duty.IDENTIFY,
        Duty.NATIONAL_AGENCY,
        Duty.CHILD_PROTECTION,
        Duty.SOCIAL_INQUIRY,
        Duty.APPROVE_RETURN,
        Duty.APPROVE_OVERRIDE,
        Duty.VET_ORGANISATIONS,
    }
)
"""Duties that only a national administrator grants, to an organisation and to a worker."""

TERMS_NOW: Final = 1
WORKERS_MAX: Final = 2_000
KEYS_MAX: Final = 16  # the revoked ones too: a key is never forgotten


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicKey:
    """The public half of a machine key on the curve P-256; `x` and `y` as in RFC 7518, 6.2.1.

    `thumbprint` is that of RFC 7638, in hexadecimal. Good from `valid_from` (UTC) on.
    """

    key: UUID
    x: str
    y: str
    thumbprint: str
    valid_from: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Entrusted:
    """A worker's random id and what the organisation entrusts to that worker."""

    worker: UUID
    duties: frozenset[Duty]


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A worker as registered now."""

    duties: frozenset[Duty]
    suspended: bool = False
    from_outside: bool = False  # suspended by a national administrator

    @property
    def administers(self) -> bool:
        """Whether this worker may manage the organisation now."""
        return not self.suspended and Duty.ADMINISTER in self.duties


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """A registered key as it stands now."""

    thumbprint: str
    valid_from: datetime
    revoked: bool = False

    def good(self, at: datetime) -> bool:
        """Say whether one may sign in with it at an instant."""
        return not self.revoked and self.valid_from <= at


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What an organisation says of itself; public. `client` is its name at the issuer of tokens."""

    name: str
    client: str
    kind: OrganisationKind
    country: str
    languages: frozenset[str]
    groups: frozenset[BlockedGroup]


@dataclass(frozen=True, slots=True, kw_only=True)
class Organisation:
    """An organisation as it stands now."""

    organisation: UUID
    profile: Profile
    duties: frozenset[Duty]
    applicant: UUID | None = None
    members: Mapping[UUID, Member] = field(default_factory=lambda: MappingProxyType({}))
    keys: Mapping[UUID, Key] = field(default_factory=lambda: MappingProxyType({}))
    terms: int = 0

    @property
    def country(self) -> str:
        """Where it takes part, and whose national administrator looks after it."""
        return self.profile.country

    def administrators(self) -> frozenset[UUID]:
        """Give the workers who may manage the organisation now."""
        return frozenset(one for one, member in self.members.items() if member.administers)

    def has_good_key(self, at: datetime, *, beside: UUID | None = None) -> bool:
        """Say whether a machine of theirs can sign in, without counting the key `beside`."""
        return any(key.good(at) for one, key in self.keys.items() if one != beside)
