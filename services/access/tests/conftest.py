"""Access on a real database, behind real doors, with a real provider of tokens."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest

from nrm_access.app import service
from nrm_access.domain import commands as ask
from nrm_access.domain.values import Entrusted
from nrm_contracts.codes import Duty
from nrm_runtime.access.client import ClientCredentials
from nrm_runtime.access.signed import ES256, halves, new_key
from nrm_runtime.store.execute import execute
from nrm_runtime.testing.postgres import Fresh, fresh, templates
from services.access.tests.given import PROFILE, SYSTEM, key, named
from tests.flows.house import Caller, House, house_of, office, organisation, worker_of

__all__ = ["fresh", "templates"]

HARBOUR, LANTERN, AGENCY, AGENCY_IT = (
    named(one) for one in ("harbour", "lantern", "agency ro", "agency it")
)
MEMBERS = {
    "harbour": organisation("harbour", HARBOUR, "administer", "assist"),
    "lantern": organisation("lantern", LANTERN, "administer", "assist"),
    "agency": organisation("agency", AGENCY, "administer", "vet_organisations"),
    "agency-it": organisation(
        "agency-it", AGENCY_IT, "administer", "vet_organisations", country="IT"
    ),
    "operator": office("operator", "operate"),
    "issuer": office("issuer", "issue"),
    "front-desk": office("front-desk", "apply"),
}
LONG_AGO = datetime(2025, 3, 3, 9, 0, tzinfo=UTC)
NGO_DUTIES = frozenset({Duty.ASSIST, Duty.REFER, Duty.FIRST_RESPONDER})
AGENCY_DUTIES = frozenset({Duty.NATIONAL_AGENCY, Duty.VET_ORGANISATIONS})


def imported(name: str, country: str = "RO") -> ask.ImportOrganisation:
    """Give the import of a member, with the worker that its tokens name and a second one."""
    member = MEMBERS[name]
    (first,) = member.workers
    vets = name.startswith("agency")
    return ask.ImportOrganisation(
        id=uuid4(),
        by=SYSTEM,
        at=LONG_AGO,
        organisation=member.organisation,
        profile=replace(PROFILE, name=f"{name} (invented)", client=name, country=country),
        duties=AGENCY_DUTIES if vets else NGO_DUTIES,
        workers=(
            Entrusted(worker=first, duties=frozenset(map(Duty, member.workers[first]))),
            Entrusted(worker=UUID(int=first.int ^ 1), duties=frozenset()),
        ),
        keys=(key(name, LONG_AGO),),
        first=True,
    )


def second_of(identifier: UUID) -> UUID:
    """Give the worker who was imported beside the one that tokens name."""
    return UUID(int=worker_of(identifier).int ^ 1)


@dataclass
class Desk:
    """The service and those who come to it."""

    house: House

    def __getitem__(self, name: str) -> Caller:
        return self.house.caller(name)

    async def execute(self, *commands: Any) -> None:
        """Execute commands of no case, each in a transaction of its own."""
        held = self.house.running
        for one in commands:
            async with held.app.begin() as tx:
                await execute(held.service.machine, tx, held.vault, None, one, now=one.at)

    def known(self, client: str, worker: UUID, secret: Any) -> ClientCredentials:
        """Give the credentials of a client that the provider learnt of later."""
        return ClientCredentials(
            issuer=self.house.issuer, client=client, key=secret, scope="", worker=worker
        )


def public_jwk(secret: Any = None) -> dict[str, str]:
    """Give the public half of a new key, or of this one."""
    x, y, _ = halves(secret or new_key(ES256))
    return {"kty": "EC", "crv": "P-256", "x": x, "y": y}


@pytest.fixture
async def desk(fresh: Fresh) -> AsyncIterator[Desk]:
    """Two organisations and the national agency of one country, and the agency of another."""
    made = service()
    async with house_of(made, await fresh(made), MEMBERS) as house:
        found = Desk(house)
        await found.execute(
            imported("harbour"),
            imported("lantern"),
            imported("agency"),
            imported("agency-it", "IT"),
        )
        yield found
