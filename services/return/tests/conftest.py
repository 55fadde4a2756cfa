"""The return service on a real database, behind real ports, with a real provider of tokens."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx2
import pytest
import uvicorn
from fastapi import FastAPI
from joserfc.jwk import Key
from ruamel.yaml import YAML
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from infra.idp.__main__ import application
from infra.idp.provider import Provider
from infra.idp.registry import Client
from nrm_contracts import cases
from nrm_contracts.codes import AgeBand
from nrm_contracts.contract import Contract, topic_of
from nrm_contracts.envelope import write_envelope
from nrm_return.app import service
from nrm_runtime.access.client import ClientCredentials
from nrm_runtime.access.signed import ES256, new_key
from nrm_runtime.broker.effects import Policies
from nrm_runtime.broker.letter import Letter
from nrm_runtime.service import Running, running
from nrm_runtime.store.deadlines import Deadlines
from nrm_runtime.testing.postgres import Fresh, fresh, templates
from nrm_runtime.web.app import make

__all__ = ["fresh", "templates"]

with_: Any = import_module("services.return.tests.steps")
told_: Any = import_module("services.return.tests.told")

APPROVES = frozenset({"approve_return", "erase"})
PLACES: dict[str, tuple[UUID, str]] = {
    "sender": (with_.SENDER, "IT"),
    "receiver": (with_.RECEIVER, "RO"),
    "agency": (with_.AGENCY, "IT"),
    "inspectorate": (with_.INSPECTORATE, "RO"),
    "stranger": (with_.STRANGER, "IT"),
}
OFFICES = {"operator": "operate", "auditor": "audit"}


def worker_of(name: str, number: int = 1) -> UUID:
    """Give the id of an organisation's worker; the second has no duty to approve."""
    found: UUID = with_.named(f"worker {number} of {name}")
    return found


def clients() -> dict[str, Client]:
    """Organisations with two workers each, an operator and an auditor."""
    found = {
        name: Client(
            name=name,
            organisation=organisation,
            kind="NGO",
            country=country,
            scopes=frozenset({"case:read", "case:write"}),
            workers={worker_of(name): APPROVES, worker_of(name, 2): frozenset()},
            itself=False,
        )
        for name, (organisation, country) in PLACES.items()
    }
    for name, scope in OFFICES.items():
        found[name] = Client(
            name=name,
            organisation=with_.named(name),
            kind=name,
            country="ZZ",
            scopes=frozenset({scope}),
            workers={with_.named(name): frozenset()},
            itself=True,
        )
    return found


def write_directory(folder: Path) -> Path:
    """Write the directory of the organisations that these tests know."""
    path = folder / "organisations.yaml"
    known = [
        {"id": str(one), "key": name, "name": f"{name} (invented)", "kind": "NGO", "country": at}
        for name, (one, at) in PLACES.items()
    ]
    with path.open("w") as file:
        YAML().dump({"organisations": known}, file)
    return path


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
    """A worker at the doors, who always says which state was seen last."""

    def __init__(self, client: httpx2.AsyncClient, home: str = "") -> None:
        """Call with `client`; `home` is the path of the return, if there is one."""
        self.http = client
        self.home = home

    async def get(self, path: str = "", **query: Any) -> httpx2.Response:
        """Read something of the return, or of anything with a whole path."""
        return await self.http.get(self._whole(path), params=query)

    async def post(
        self, path: str, body: Mapping[str, Any] | None = None, **headers: str
    ) -> httpx2.Response:
        """Act on the return as it stands now."""
        shown = await self.http.get(self.home) if self.home else None
        tag = '"none"' if shown is None else shown.headers.get("ETag", '"none"')
        told = {"Idempotency-Key": str(uuid4()), "If-Match": tag}
        return await self.http.post(self._whole(path), json=body, headers={**told, **headers})

    async def does(
        self, path: str, body: Mapping[str, Any] | None = None, **headers: str
    ) -> dict[str, Any]:
        """Act, and give what is shown afterwards; a refusal fails the test."""
        reply = await self.post(path, body, **headers)
        assert reply.is_success, reply.text
        found: dict[str, Any] = reply.json()
        return found

    async def refused(self, path: str, body: Mapping[str, Any] | None = None) -> str:
        """Act, and give the code of the refusal."""
        reply = await self.post(path, body)
        assert reply.status_code >= 400, reply.text
        code: str = reply.json()["code"]
        return code

    def _whole(self, path: str) -> str:
        return path if path.startswith("/") else f"{self.home}/{path}".rstrip("/")


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

    def caller(self, name: str, home: str = "", worker: int = 1) -> Caller:
        """Give a worker of an organisation, or an office, with tokens."""
        acting = worker_of(name, worker) if name in PLACES else None
        auth = ClientCredentials(
            issuer=self.issuer, client=name, key=self.keys[name], scope="", worker=acting
        )
        self.opened.append(httpx2.AsyncClient(base_url=self.address, auth=auth))
        return Caller(self.opened[-1], home)

    async def hear(self, case: UUID, *facts: Contract) -> None:
        """Hear facts of other services, as a worker process does after the broker gave them."""
        made, clock = self.running.service, self.running.clock
        policies = Policies(made.machine, made.hears, self.running.vault, clock.now)
        for fact in facts:
            self.told += 1
            async with self.running.app.begin() as tx:
                await policies(tx, [_letter(case, fact, self.told)])

    async def later(self, seconds: int) -> None:
        """Move the service's clock to so much after the real one, and let deadlines fire."""
        await self.running.clock.move(seconds)
        deadlines = Deadlines(self.running)
        while await deadlines.fire_next():
            pass

    async def rows(self, sql: str, *arguments: object) -> list[Any]:
        """Ask the whole database, past every wall."""
        settings = self.running.settings
        whole = settings.database.set(database=settings.database_name)
        engine = create_async_engine(whole, poolclass=NullPool)
        async with engine.connect() as tx:
            found = list((await tx.exec_driver_sql(sql, arguments)).all())
        await engine.dispose()
        return found


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
async def house(fresh: Fresh, tmp_path: Path) -> AsyncIterator[House]:
    """The service and its provider."""
    made = service()
    settings = await fresh(made)
    keys = {name: new_key(ES256) for name in clients()}
    provider = Provider(issuer="", audience="nrm", clients=clients(), keys=keys)
    async with serving(application(provider)) as issuer:
        provider.issuer = issuer
        ready = replace(
            settings,
            issuer=issuer,
            organisations=write_directory(tmp_path),
            public={"return": "http://desk.test"},
        )
        async with running(made, ready) as held:
            app = make(made, held)
            async with serving(app) as address:
                found = House(address, issuer, keys, held, app)
                yield found
            for client in found.opened:
                await client.aclose()


@pytest.fixture
async def case(house: House) -> UUID:
    """A case of the sender that this service has heard of."""
    found = uuid4()
    opened = cases.CaseOpened(
        custodian=with_.SENDER, agency=with_.AGENCY, country="IT", age=AgeBand.ADULT
    )
    await house.hear(found, opened, *told_.presumed())
    return found


@pytest.fixture
async def home(house: House, case: UUID) -> str:
    """The path of a return that was asked for."""
    reply = await house.caller("sender").post(f"/cases/{case}/returns", told_.REQUEST)
    assert reply.status_code == 201, reply.text
    where: str = reply.headers["Location"]
    return where
