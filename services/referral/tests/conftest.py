"""The referral service on a real database, behind real ports, with a real provider of tokens."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx2
import pytest
import uvicorn
from joserfc.jwk import Key

from infra.idp.__main__ import application
from infra.idp.provider import Provider
from infra.idp.registry import Client
from nrm_contracts.codes import AgeBand, Channel, Trigger, YesNo
from nrm_contracts.contract import Contract, topic_of
from nrm_contracts.envelope import write_envelope
from nrm_contracts.identification import SignalReceived
from nrm_contracts.ids import OrganisationId
from nrm_contracts.organisations import Organisation, organisations
from nrm_referral.app import service
from nrm_runtime.access.client import ClientCredentials
from nrm_runtime.access.signed import ES256, new_key
from nrm_runtime.broker.effects import Policies
from nrm_runtime.broker.letter import Letter
from nrm_runtime.service import Running, running
from nrm_runtime.testing.postgres import Fresh, fresh, templates
from nrm_runtime.web.app import make

__all__ = ["fresh", "templates"]

SEED = Path(__file__).parents[3] / "infra" / "local" / "organisations.yaml"
PUBLIC = {"referral": "http://desk.test"}


def organisation(key: str) -> Organisation:
    """Give an invented organisation of the seed."""
    found = organisations(SEED).named(key)
    assert found is not None
    return found


def clients() -> dict[str, Client]:
    """Every organisation of the seed, an operator and an auditor."""
    found = {
        one.key: Client(
            name=one.key,
            organisation=one.id,
            kind=one.kind,
            country=one.country,
            scopes=frozenset({"case:read", "case:write"}),
            workers={each.id: frozenset({*each.duties, "erase"}) for each in one.workers},
            itself=False,
        )
        for one in organisations(SEED).organisations
    }
    for number, (name, scope) in enumerate({"operator": "operate", "auditor": "audit"}.items()):
        itself = UUID(int=number)
        found[name] = Client(
            name=name,
            organisation=itself,
            kind=name,
            country="ZZ",
            scopes=frozenset({scope}),
            workers={itself: frozenset()},
            itself=True,
        )
    return found


@asynccontextmanager
async def serving(app: Any) -> AsyncIterator[str]:
    """Serve an application on a free loopback port; give its address."""
    config = uvicorn.Config(app, port=0, log_level="critical", access_log=False, lifespan="off")
    server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.005)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        await task


class Caller:
    """A worker of an organisation at the doors; looks before every act on what is there."""

    def __init__(self, client: httpx2.AsyncClient) -> None:
        """Call with `client`."""
        self.http = client

    async def get(self, path: str, **query: str) -> httpx2.Response:
        """Read."""
        return await self.http.get(path, params=query)

    async def post(
        self, path: str, body: Mapping[str, Any] | None = None, **headers: str
    ) -> httpx2.Response:
        """Act on a collection, or with headers of the test's own."""
        told = {"Idempotency-Key": str(uuid4()), **headers}
        return await self.http.post(path, json=body, headers=told)

    async def act(
        self, path: str, verb: str, body: Mapping[str, Any] | None = None
    ) -> httpx2.Response:
        """Look at a resource, then act on it."""
        seen = await self.http.get(path)
        tag = seen.headers.get("ETag", '"none"')
        return await self.post(f"{path}/{verb}", body, **{"If-Match": tag})

    async def new(self, path: str, body: Mapping[str, Any]) -> str:
        """Make something that must work; give its path."""
        reply = await self.post(path, body)
        assert reply.status_code == 201, reply.text
        return str(reply.headers["Location"])

    async def does(
        self, path: str, verb: str, body: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        """Act, which must work."""
        reply = await self.act(path, verb, body)
        assert reply.is_success, reply.text
        found: dict[str, Any] = reply.json()
        return found


def code(reply: httpx2.Response) -> tuple[int, str]:
    """Give status and code of a problem."""
    return reply.status_code, str(reply.json()["code"])


@dataclass
class House:
    """What a test may use."""

    address: str
    issuer: str
    keys: dict[str, Key]
    running: Running
    told: int = 0
    opened: list[httpx2.AsyncClient] = field(default_factory=list)

    def caller(self, name: str, worker: str | None = None) -> Caller:
        """Give an organisation by one of its workers, or an office."""
        key = name if name in {"operator", "auditor"} else None
        found = None
        if key is None:
            workers = organisation(name).workers
            found = next(one.id for one in workers if worker in {None, one.key})
        auth = ClientCredentials(
            issuer=self.issuer, client=name, key=self.keys[name], scope="", worker=found
        )
        self.opened.append(httpx2.AsyncClient(base_url=self.address, auth=auth))
        return Caller(self.opened[-1])

    async def hear(self, case: UUID, fact: Contract) -> None:
        """Hear a fact of another service, as a worker process does after the broker gave it."""
        self.told += 1
        letter = _letter(case, fact, self.told)
        made = self.running.service
        policies = Policies(made.machine, made.hears, self.running.vault, self.running.clock.now)
        async with self.running.app.begin() as tx:
            await policies(tx, [letter])

    async def rows(self, sql: str, *arguments: object) -> list[Any]:
        """Ask the write side."""
        async with self.running.app.connect() as tx:
            return list((await tx.exec_driver_sql(sql, arguments)).all())


def _letter(case: UUID, fact: Contract, told: int) -> Letter:
    message, stream, now = uuid4(), uuid4(), datetime.now(UTC)
    body = write_envelope(
        fact,
        id=message,
        source="test",
        case=case,
        at=now,
        stream=stream,
        told=told,
        correlation=message,
        causation=None,
    )
    return Letter(
        topic=topic_of(fact),
        partition=0,
        offset=told,
        message=message,
        named=True,
        case=case,
        stream=stream,
        told=told,
        type=fact.name,
        stored_at=now,
        traceparent=None,
        body=body,
    )


@pytest.fixture
async def house(fresh: Fresh, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[House]:
    """The service, its provider of tokens and the invented organisations."""
    monkeypatch.setenv("NRM_ORGANISATIONS", str(SEED))
    made = service()
    settings = replace(await fresh(made), organisations=SEED)
    keys = {name: new_key(ES256) for name in clients()}
    provider = Provider(issuer="", audience="nrm", clients=clients(), keys=keys)
    async with serving(application(provider)) as issuer:
        provider.issuer = issuer
        async with (
            running(made, replace(settings, issuer=issuer, public=PUBLIC)) as held,
            serving(make(made, held)) as address,
        ):
            found = House(address, issuer, keys, held)
            yield found
            for client in found.opened:
                await client.aclose()


@pytest.fixture
def sender(house: House) -> Caller:
    """The NGO in the country of destination, custodian of the case."""
    return house.caller("ngo-d")


@pytest.fixture
def receiver(house: House) -> Caller:
    """The NGO in the country of origin."""
    return house.caller("ngo-o")


@pytest.fixture
async def case(house: House) -> UUID:
    """A case whose signal the NGO in the country of destination recorded."""
    found = uuid4()
    await house.hear(found, signal("ngo-d"))
    return found


def signal(recorder: str, age: AgeBand = AgeBand.ADULT) -> SignalReceived:
    """Give a signal of an adult."""
    return SignalReceived(
        organisation=OrganisationId(organisation(recorder).id),
        country=organisation(recorder).country,
        trigger=Trigger.INDICATORS,
        channel=Channel.HELPLINE,
        age=age,
        spoken_to=YesNo.YES,
        notify=(),
        notify_by=datetime.now(UTC),
        profile="IT@1",
        calendar="none",
    )
