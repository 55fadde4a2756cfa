"""Invented organisations of two countries and their workers."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID, uuid5

from nrm_contracts.codes import AgeBand, Duty, Gender, OrganisationKind
from nrm_contracts.consent_codes import BlockedGroup, Need
from nrm_contracts.ids import OrganisationId
from nrm_referral.domain.values import Receiver
from nrm_runtime.core import Worker

_NAMES: Final = UUID("c8c1b5a4-0b3b-4b52-8f0a-7d0c3f2f6b11")


@dataclass(frozen=True, slots=True, kw_only=True)
class Organisation:
    """An organisation with two workers; `groups` are those it belongs to."""

    name: str
    country: str
    kind: OrganisationKind
    protects_children: bool = False
    groups: frozenset[BlockedGroup] = frozenset()

    @property
    def id(self) -> OrganisationId:
        """Its id."""
        return OrganisationId(uuid5(_NAMES, self.name))

    def worker(self, number: int = 1) -> Worker:
        """Give one of its workers."""
        duties = {Duty.CHILD_PROTECTION.value} if self.protects_children else set()
        return Worker(
            organisation=self.id,
            worker=uuid5(_NAMES, f"{self.name}/{number}"),
            country=self.country,
            kind=self.kind.value,
            duties=frozenset(duties),
        )


_NGO, _STATE = OrganisationKind.NGO, OrganisationKind.CENTRAL_GOVERNMENT_ORGANISATION
_LOCAL, _POLICE = (
    OrganisationKind.LOCAL_GOVERNMENT_ORGANISATION,
    OrganisationKind.LAW_ENFORCEMENT,
)

CASA: Final = Organisation(name="Casa Aperta", country="IT", kind=_NGO)
FARO: Final = Organisation(name="Faro", country="IT", kind=_NGO, protects_children=True)
HARBOUR: Final = Organisation(name="Harbour House", country="RO", kind=_NGO, protects_children=True)
LANTERN: Final = Organisation(name="Lantern Centre", country="RO", kind=_NGO)
POLICE: Final = Organisation(
    name="Questura", country="IT", kind=_POLICE, groups=frozenset({BlockedGroup.POLICE})
)
INSPECTORATE: Final = Organisation(name="Social Inspectorate", country="RO", kind=_LOCAL)
AGENCY_IT: Final = Organisation(name="Agency of Italy", country="IT", kind=_STATE)
AGENCY_RO: Final = Organisation(name="Agency of Romania", country="RO", kind=_STATE)

HELPERS: Final = (CASA, FARO, HARBOUR, LANTERN)
EVERYBODY: Final = (*HELPERS, POLICE, INSPECTORATE, AGENCY_IT, AGENCY_RO)
BY_ID: Final = {one.id: one for one in EVERYBODY}
AGENCIES: Final = {"IT": AGENCY_IT, "RO": AGENCY_RO}


def agency_of(country: str) -> UUID | None:
    """Give the national agency of a country."""
    return AGENCIES[country].id if country in AGENCIES else None


def as_receiver(one: Organisation, free: int | None = None) -> Receiver:
    """Give what a directory would say of an organisation."""
    return Receiver(
        organisation=one.id,
        country=one.country,
        agency=AGENCIES[one.country].id,
        child_protection=one.protects_children,
        groups=one.groups,
        needs=frozenset(Need),
        ages=frozenset(AgeBand),
        genders=frozenset(Gender),
        languages=frozenset({"ro", "it"}),
        free=free,
    )
