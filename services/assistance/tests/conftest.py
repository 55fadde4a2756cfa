"""The assistance service on a real database, behind real ports, with a real provider of tokens."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import httpx2
import pytest
import uvicorn
from fastapi import FastAPI
from joserfc.jwk import Key

from infra.idp.__main__ import application
from infra.idp.provider import Provider
from infra.idp.registry import Client
from nrm_assistance.app import service
from nrm_contracts.cases import CaseOpened
from nrm_contracts.codes import AgeBand
from nrm_contracts.contract import Contract, topic_of
from nrm_contracts.envelope import write_envelope
from nrm_runtime.access.client import ClientCredentials
from nrm_runtime.access.signed import ES256, new_key
from nrm_runtime.broker.effects import Policies
from nrm_runtime.broker.letter import Letter
from nrm_runtime.service import Running, running
from nrm_runtime.testing.postgres import Fresh, fresh, templates
from nrm_runtime.web.app import make
from services.assistance.tests.samples import AGENCY, HARBOUR, LANTERN, STRANGER, named

__all__ = ["fresh", "templates"]

ORGANISATIONS = {"harbour": HARBOUR, "lantern": LANTERN, "agency": AGENCY, "stranger": STRANGER}
OFFICES = {"operator": "operate", "auditor": "audit"}


def clients() -> dict[str, Client]:
    """Organisations with one worker each, an operator and an auditor."""
    found = {
        name: Client(
            name=name,
            organisation=organisation,
            kind="NGO",
            country="IT" if name == "lantern" else "RO",
            scopes=frozenset({"case:read", "case:write"}),
            workers={
                named(f"worker of {name}"): frozenset(
                    {"erase"} if name == "agency" else {"assist", "erase"}
                )
            },
            itself=False,
        )
        for name, organisation in ORGANISATIONS.items()
    }
    for name, scope in OFFICES.items():
        found[name] = Client(
            name=name,
            organisation=named(name),
            kind=name,
            country="ZZ",
            scopes=frozenset({scope}),
            workers={named(name): frozenset()},
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
    """An organisation at the doors; remembers the last ETag of each assistance."""

    def __init__(self, client: httpx2.AsyncClient) -> None:
        """Call with `client`."""
        self.http = client
        self.tags: dict[str, str] = {}

    async def get(self, path: str, **query: str) -> httpx2.Response:
        """Read, and remember the tag of an assistance."""
        reply = await self.http.get(path, params=query)
        self._remember(path, reply)
        return reply

    async def post(
        self, path: str, body: Mapping[str, Any] | None = None, **headers: str
    ) -> httpx2.Response:
        """Act, saying which state was seen last."""
        told = {"Idempotency-Key": str(uuid4()), "If-Match": self.tags.get(_of(path), '"none"')}
        reply = await self.http.post(path, json=body, headers={**told, **headers})
        self._remember(path, reply)
        return reply

    def _remember(self, path: str, reply: httpx2.Response) -> None:
        where = reply.headers.get("Location", path)
        if "ETag" in reply.headers and reply.is_success:
            self.tags[_of(where)] = reply.headers["ETag"]


def _of(path: str) -> str:
    """Cut a path to that of the assistance in it."""
    return "/".join(path.split("/")[:5])


@dataclass
class House:
    """What a test may use."""

    address: str
    issuer: str
    keys: dict[str, Key]
    running: Running
    app: FastAPI
    told: int = 0
    opened: list[httpx2.AsyncClient] = field(default_factory=list)

    def caller(self, name: str) -> Caller:
        """Give an organisation or office, with its tokens."""
        worker = named(f"worker of {name}") if name in ORGANISATIONS else None
        auth = ClientCredentials(
            issuer=self.issuer, client=name, key=self.keys[name], scope="", worker=worker
        )
        self.opened.append(httpx2.AsyncClient(base_url=self.address, auth=auth))
        return Caller(self.opened[-1])

    async def hear(self, case: UUID, fact: Contract) -> None:
        """Hear a fact of another service, as a worker process does after the broker gave it."""
        self.told += 1
        letter = _letter(case, fact, self.told)
        made = self.running.service
        clock = self.running.clock
        policies = Policies(made.machine, made.hears, self.running.vault, clock.now)
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
async def house(fresh: Fresh) -> AsyncIterator[House]:
    """The service and its provider."""
    made = service()
    settings = await fresh(made)
    keys = {name: new_key(ES256) for name in clients()}
    provider = Provider(issuer="", audience="nrm", clients=clients(), keys=keys)
    async with serving(application(provider)) as issuer:
        provider.issuer = issuer
        ready = replace(settings, issuer=issuer, public={"assistance": "http://desk.test"})
        async with running(made, ready) as held:
            app = make(made, held)
            async with serving(app) as address:
                found = House(address, issuer, keys, held, app)
                yield found
            for client in found.opened:
                await client.aclose()


@pytest.fixture
def harbour(house: House) -> Caller:
    """The custodian."""
    return house.caller("harbour")


@pytest.fixture
def lantern(house: House) -> Caller:
    """Another organisation, in another country."""
    return house.caller("lantern")


@pytest.fixture
async def case(house: House) -> UUID:
    """A case of Harbour House that this service has heard of."""
    found = uuid4()
    opened = CaseOpened(custodian=HARBOUR, agency=AGENCY, country="RO", age=AgeBand.ADULT)
    await house.hear(found, opened)
    return found


@pytest.fixture
async def active(case: UUID, harbour: Caller) -> str:
    """The path of an active assistance of Harbour House."""
    reply = await harbour.post(f"/cases/{case}/assistances", {"phase": "active"})
    assert reply.status_code == 201, reply.text
    return f"/cases/{case}/assistances/{reply.json()['assistance']}"
