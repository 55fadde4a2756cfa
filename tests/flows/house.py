"""One service on a real database, behind real doors, with a real provider of tokens."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID, uuid4, uuid5

import httpx2
import uvicorn
from fastapi import FastAPI
from joserfc.jwk import Key
from sqlalchemy import text

from infra.idp.__main__ import application
from infra.idp.provider import Provider
from infra.idp.registry import Client
from nrm_contracts.contract import Contract, topic_of
from nrm_contracts.envelope import write_envelope
from nrm_runtime.access.client import ClientCredentials
from nrm_runtime.access.signed import ES256, new_key
from nrm_runtime.broker.effects import Policies
from nrm_runtime.broker.letter import Letter
from nrm_runtime.core import Command
from nrm_runtime.service import Running, Service, running
from nrm_runtime.settings import Settings
from nrm_runtime.store.execute import execute
from nrm_runtime.web.app import make

WRITES = frozenset({"case:read", "case:write"})


def organisation(
    name: str, identifier: UUID, *duties: str, kind: str = "NGO", country: str = "RO"
) -> Client:
    """Give an organisation's client, with one worker."""
    return Client(
        name=name,
        organisation=identifier,
        kind=kind,
        country=country,
        scopes=WRITES,
        workers={worker_of(identifier): frozenset(duties)},
        itself=False,
    )


def office(name: str, scope: str) -> Client:
    """Give the client of an operator or an auditor, who is no organisation."""
    identifier = uuid5(UUID(int=9), name)
    return Client(
        name=name,
        organisation=identifier,
        kind=name,
        country="ZZ",
        scopes=frozenset({scope}),
        workers={identifier: frozenset()},
        itself=True,
    )


def worker_of(identifier: UUID) -> UUID:
    """Give the id of an organisation's worker."""
    return uuid5(identifier, "worker")


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
    """An organisation at the doors; remembers the ETag that it saw last at each path."""

    def __init__(self, client: httpx2.AsyncClient) -> None:
        """Call with `client`."""
        self.http = client
        self.tags: dict[str, str] = {}

    async def get(self, path: str, **query: str) -> httpx2.Response:
        """Read, and remember the tag."""
        reply = await self.http.get(path, params=query)
        if reply.is_success and "ETag" in reply.headers:
            self.tags[path] = reply.headers["ETag"]
        return reply

    async def post(
        self, path: str, body: Mapping[str, Any] | None = None, *, seen: str = "", key: str = ""
    ) -> httpx2.Response:
        """Act; `seen` is the path whose tag is shown, `key` makes a request a repeated one."""
        headers = {"Idempotency-Key": key or str(uuid4())}
        if seen:
            headers["If-Match"] = self.tags.get(seen, '"none"')
        reply = await self.http.post(path, json=body, headers=headers)
        if reply.is_success and "ETag" in reply.headers:
            self.tags[reply.headers.get("Location", seen)] = reply.headers["ETag"]
        return reply


@dataclass
class House:
    """What a test may use."""

    address: str
    issuer: str
    members: Mapping[str, Client]
    keys: Mapping[str, Key]
    running: Running
    app: FastAPI
    told: int = 0
    opened: list[httpx2.AsyncClient] = field(default_factory=list)

    def caller(self, name: str) -> Caller:
        """Give an organisation or office, with its tokens."""
        member = self.members[name]
        auth = ClientCredentials(
            issuer=self.issuer,
            client=name,
            key=self.keys[name],
            scope="",
            worker=None if member.itself else worker_of(member.organisation),
        )
        self.opened.append(httpx2.AsyncClient(base_url=self.address, auth=auth))
        return Caller(self.opened[-1])

    async def act(self, case: UUID, *commands: Command) -> None:
        """Execute commands at their own instants, each in a transaction of its own."""
        held = self.running
        for command in commands:
            async with held.app.begin() as tx:
                await execute(held.service.machine, tx, held.vault, case, command, now=command.at)

    async def hear(self, case: UUID, *facts: Contract) -> None:
        """Hear facts of another service, as a worker process does after the broker gave them."""
        held = self.running
        policies = Policies(held.service.machine, held.service.hears, held.vault, held.clock.now)
        for fact in facts:
            self.told += 1
            letter = await self._letter(case, fact)
            async with held.app.begin() as tx:
                await policies(tx, [letter])

    async def rows(self, sql: str, seen_by: UUID | None = None) -> Sequence[Any]:
        """Ask the database as an organisation, or as nobody."""
        async with self.running.app.begin() as tx:
            if seen_by is not None:
                await tx.exec_driver_sql("SELECT set_config('nrm.org', $1, true)", (str(seen_by),))
            return (await tx.execute(text(sql))).all()

    async def _letter(self, case: UUID, fact: Contract) -> Letter:
        message, stream, now = uuid4(), uuid4(), await self.running.clock.now()
        body = write_envelope(
            fact,
            id=message,
            source="test",
            case=case,
            at=now,
            stream=stream,
            told=self.told,
            correlation=message,
            causation=None,
        )
        return Letter(
            topic=topic_of(fact),
            partition=0,
            offset=self.told,
            message=message,
            named=True,
            case=case,
            stream=stream,
            told=self.told,
            type=fact.name,
            stored_at=now,
            traceparent=None,
            body=body,
        )


@asynccontextmanager
async def house_of(
    made: Service, settings: Settings, members: Mapping[str, Client]
) -> AsyncIterator[House]:
    """Open a service to its members."""
    keys = {name: new_key(ES256) for name in members}
    provider = Provider(issuer="", audience="nrm", clients=dict(members), keys=keys)
    async with serving(application(provider)) as issuer:
        provider.issuer = issuer
        async with (
            running(
                made, replace(settings, issuer=issuer, public={made.name: "http://desk.test"})
            ) as held,
        ):
            app = make(made, held)
            async with serving(app) as address:
                house = House(address, issuer, members, keys, held, app)
                try:
                    yield house
                finally:
                    for client in house.opened:
                        await client.aclose()
