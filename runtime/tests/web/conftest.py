"""A real provider and a real service, on real ports, over a real database."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import uuid4

import httpx2
import pytest
import uvicorn
from joserfc.jwk import Key
from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import create_async_engine

from infra.idp.__main__ import application
from infra.idp.provider import Provider
from infra.idp.registry import Client
from nrm_runtime.access.client import ClientCredentials
from nrm_runtime.access.signed import ES256, new_key
from nrm_runtime.migrate import prepare
from nrm_runtime.service import Running, Service, running
from nrm_runtime.settings import Settings
from nrm_runtime.web.app import make

from . import tally

SECRET = b"a secret of thirty-two bytes, ok"
WORKERS = {"harbour": uuid4(), "haven": uuid4()}
ORGANISATIONS = {"harbour": uuid4(), "haven": uuid4(), "operator": uuid4()}


@pytest.fixture(scope="session")
def tally_settings(postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings of a service whose database is ready."""
    home = tmp_path_factory.mktemp("tally")
    settings = Settings(
        service=tally.SERVICE,
        environment="development",
        home=home,
        database=make_url(postgres_url),
        kafka="",
        kek=home / "kek",
        secret=SECRET,
        issuer="http://127.0.0.1:1",
    )

    async def ready() -> None:
        await prepare(replace(tally.service(), migrations=home), settings)
        engine = create_async_engine(settings.database_url("owner"))
        async with engine.begin() as connection:
            for statement in tally.TABLES.split(";"):
                if statement.strip():
                    await connection.execute(text(statement))
        await engine.dispose()

    asyncio.run(ready())
    return settings


def clients() -> dict[str, Client]:
    """Two organisations with one worker each, and an operator."""
    found = {
        name: Client(
            name=name,
            organisation=ORGANISATIONS[name],
            kind="NGO",
            country="RO",
            scopes=frozenset({"case:read", "case:write"}),
            workers={WORKERS[name]: frozenset({"intake"}) if name == "harbour" else frozenset()},
            itself=False,
        )
        for name in ("harbour", "haven")
    }
    office = ORGANISATIONS["operator"]
    found["operator"] = Client(
        name="operator",
        organisation=office,
        kind="operator",
        country="ZZ",
        scopes=frozenset({"operate"}),
        workers={office: frozenset()},
        itself=True,
    )
    return found


@asynccontextmanager
async def serving(app: Any) -> AsyncIterator[str]:
    """Serve an application on a free loopback port; gives its address."""
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


@dataclass
class House:
    """What a test may use."""

    address: str
    issuer: str
    keys: dict[str, Key]
    running: Running
    app: Any
    provider: Provider
    opened: list[httpx2.AsyncClient] = field(default_factory=list)

    def credentials(self, name: str, scope: str = "") -> ClientCredentials:
        """Credentials of a client, acting as its first worker."""
        return ClientCredentials(
            issuer=self.issuer,
            client=name,
            key=self.keys[name],
            scope=scope,
            worker=WORKERS.get(name),
        )

    def caller(self, name: str | None, scope: str = "") -> httpx2.AsyncClient:
        """An HTTP client of the service, with the tokens of `name`."""
        auth = None if name is None else self.credentials(name, scope)
        client = httpx2.AsyncClient(base_url=self.address, auth=auth)
        self.opened.append(client)
        return client


@asynccontextmanager
async def house_of(settings: Settings, service: Service) -> AsyncIterator[House]:
    """Run a provider and a service."""
    keys = {name: new_key(ES256) for name in clients()}
    provider = Provider(issuer="", audience="nrm", clients=clients(), keys=keys)
    async with serving(application(provider)) as issuer:
        provider.issuer = issuer
        async with running(service, replace(settings, issuer=issuer)) as held:
            app = make(service, held)
            async with serving(app) as address:
                house = House(address, issuer, keys, held, app, provider)
                yield house
                for client in house.opened:
                    await client.aclose()


@pytest.fixture
async def house(tally_settings: Settings) -> AsyncIterator[House]:
    """A provider and the tally service."""
    async with house_of(tally_settings, tally.service()) as found:
        yield found


@pytest.fixture
def harbour(house: House) -> httpx2.AsyncClient:
    """The first organisation."""
    return house.caller("harbour")


@pytest.fixture
def haven(house: House) -> httpx2.AsyncClient:
    """The second organisation, a stranger to what the first one does."""
    return house.caller("haven")


def key() -> dict[str, str]:
    """A fresh idempotency key."""
    return {"Idempotency-Key": str(uuid4())}


@pytest.fixture
def begun(harbour: httpx2.AsyncClient) -> Callable[[], Awaitable[httpx2.Response]]:
    """Begins a tally as the first organisation."""

    async def begin() -> httpx2.Response:
        reply = await harbour.post("/tallies", headers=key())
        assert reply.status_code == 201, reply.text
        return reply

    return begin
