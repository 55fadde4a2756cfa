"""Private facts about the case around its returns: what we heard, and what we answered."""

from dataclasses import dataclass
from typing import TypeAlias

from nrm_contracts.codes import AgeBand, OpenMatter
from nrm_contracts.ids import ClosingId, OrganisationId, PersonId, ReferralId
from nrm_return.domain.values import Country, Reflection
from nrm_runtime.core import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseNoted(Event):
    """The case, its first custodian and agency; the keys of private documents kept here."""

    custodian: OrganisationId
    agency: OrganisationId | None
    country: Country
    age: AgeBand
    person: PersonId
    family: PersonId


@dataclass(frozen=True, slots=True, kw_only=True)
class CustodianNoted(Event):
    """Who answers for the case now; an agency only where another one is told of it."""

    custodian: OrganisationId
    agency: OrganisationId | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AgeNoted(Event):
    """What the age assessment decided."""

    age: AgeBand


@dataclass(frozen=True, slots=True, kw_only=True)
class PresumptionNoted(Event):
    """The person is at least a presumed victim; a later denial stops no return."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReflectionNoted(Event):
    """Where the recovery and reflection period of a country stands."""

    country: Country
    standing: Reflection


@dataclass(frozen=True, slots=True, kw_only=True)
class PartNoted(Event):
    """An organisation takes part in the case by a referral that it accepted.

    `for_return` says that the referral concerns the case's returns: linked to one, or for safe
    return or reception.
    """

    referral: ReferralId
    organisation: OrganisationId
    for_return: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PartEnded(Event):
    """A referral no longer gives a part in the case."""

    referral: ReferralId


@dataclass(frozen=True, slots=True, kw_only=True)
class FamilyThreatNoted(Event):
    """An assessment found a relative in high danger."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosingAnswered(Event):
    """We said what keeps the case open here; nothing new is opened until the closing is over."""

    closing: ClosingId
    open: frozenset[OpenMatter]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosingOver(Event):
    """The proposed closing ended: `closed` or going on."""

    closed: bool


KnownFact: TypeAlias = (
    CaseNoted
    | CustodianNoted
    | AgeNoted
    | PresumptionNoted
    | ReflectionNoted
    | PartNoted
    | PartEnded
    | FamilyThreatNoted
)
"""What we heard of the case."""

ClosingFact: TypeAlias = ClosingAnswered | ClosingOver
"""What changes the closing region."""
