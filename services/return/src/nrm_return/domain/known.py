"""What return knows of a case because other services told it.

Facts of different services come in any order, so each is kept by itself and none waits for
another. Guards say in their reason that they hold over what was heard.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import assert_never

from nrm_contracts.codes import AgeBand
from nrm_contracts.ids import OrganisationId, PersonId, ReferralId
from nrm_return.domain.case_events import (
    AgeNoted,
    CaseNoted,
    CustodianNoted,
    FamilyThreatNoted,
    KnownFact,
    PartEnded,
    PartNoted,
    PresumptionNoted,
    ReflectionNoted,
)
from nrm_return.domain.values import Country, Reflection


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """The case as heard; no custodian as long as its opening was not heard.

    `parts` are the organisations that accepted a referral of the case, by referral; `helpers`
    are those of them whose referral concerns returns, such as an escort.
    """

    custodian: OrganisationId | None = None
    agency: OrganisationId | None = None
    person: PersonId | None = None
    family: PersonId | None = None
    age: AgeBand = AgeBand.UNKNOWN
    age_assessed: bool = False
    presumed: bool = False
    reflection: Mapping[Country, Reflection] = field(default_factory=dict)
    parts: Mapping[ReferralId, OrganisationId] = field(default_factory=dict)
    helpers: frozenset[ReferralId] = frozenset()
    family_threatened: bool = False

    @property
    def is_child(self) -> bool:
        """Under 18, or of unknown age and treated as a child."""
        return self.age is not AgeBand.ADULT

    @property
    def reflection_settled(self) -> bool:
        """Whether the period ended, was waived, declined or does not apply, wherever one began."""
        standings = set(self.reflection.values())
        return standings == {Reflection.SETTLED}

    @property
    def parties(self) -> frozenset[OrganisationId]:
        """The organisations that take part in the case itself."""
        named = {self.custodian, self.agency} - {None}
        return frozenset(one for one in named if one is not None) | frozenset(self.parts.values())


def evolve(known: Known, event: KnownFact) -> Known:
    """Give what is known after a fact."""
    match event:
        case CaseNoted():
            return replace(
                known,
                custodian=event.custodian,
                agency=event.agency,
                person=event.person,
                family=event.family,
                age=known.age if known.age_assessed else event.age,
            )
        case CustodianNoted(custodian=custodian, agency=agency):
            return replace(known, custodian=custodian, agency=agency or known.agency)
        case AgeNoted(age=age):
            return replace(known, age=age, age_assessed=True)
        case PresumptionNoted():
            return replace(known, presumed=True)
        case ReflectionNoted(country=country, standing=standing):
            return replace(known, reflection={**known.reflection, country: standing})
        case PartNoted(referral=referral, organisation=organisation):
            parts = {**known.parts, referral: organisation}
            helpers = known.helpers | ({referral} if event.for_return else set())
            return replace(known, parts=parts, helpers=helpers)
        case PartEnded(referral=ended):
            left = {one: party for one, party in known.parts.items() if one != ended}
            return replace(known, parts=left, helpers=known.helpers - {ended})
        case FamilyThreatNoted():
            return replace(known, family_threatened=True)
        case _:
            assert_never(event)
