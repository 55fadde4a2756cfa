"""A real provider and two real services with desks, on real ports, and a browser of sorts."""

import asyncio
import re
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urljoin, urlsplit
from uuid import UUID, uuid4

import httpx2
import uvicorn
from fastapi import FastAPI
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from infra.idp.codes import SignIns
from infra.idp.desks import desk_at
from infra.idp.personas import Persona
from infra.idp.provider import Provider
from infra.idp.registry import Client
from infra.idp.web import Front, application
from nrm_pages.desk import Desk
from nrm_pages.desk_app import mount
from nrm_pages.furnishing import look_of
from nrm_pages.settings import DeskSettings
from nrm_pages.signin.session import Session, SignIn, signed_in
from nrm_runtime.access.client import ClientCredentials
from nrm_runtime.access.signed import ES256, new_key, private_pem
from nrm_runtime.service import Running, Service, running
from nrm_runtime.settings import Settings
from nrm_runtime.web.app import make

SERVICES = ("referral", "return")
TWO = "urn:nrm:acr:2"
ORGANISATION, OFFICE, AUDITOR = uuid4(), uuid4(), uuid4()
ANA, BOGDAN = uuid4(), uuid4()
IDLE, LIFE = timedelta(seconds=100), timedelta(seconds=260)


class Clock:
    """The desks' clock: the real one, and as far ahead as a test moves it."""

    def __init__(self) -> None:
        self.ahead = timedelta(0)

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def move(self, seconds: float) -> None:
        self.ahead += timedelta(seconds=seconds)


def people() -> tuple[dict[str, Client], tuple[Persona, ...]]:
    """One organisation with two workers, an operator and an auditor."""
    clients = {
        "harbour": Client(
            name="harbour",
            organisation=ORGANISATION,
            kind="NGO",
            country="RO",
            scopes=frozenset({"case:read", "case:write"}),
            workers={ANA: frozenset({"refer"}), BOGDAN: frozenset({"assist"})},
            itself=False,
        )
    }
    for name, office, scope in (("operator", OFFICE, "operate"), ("auditor", AUDITOR, "audit")):
        clients[name] = Client(
            name=name,
            organisation=office,
            kind=name,
            country="ZZ",
            scopes=frozenset({scope}),
            workers={office: frozenset()},
            itself=True,
        )
    personas = tuple(
        Persona(worker=worker, client=client, name=name, organisation=client, country="RO")
        for worker, client, name in (
            (ANA, "harbour", "Ana Invented"),
            (BOGDAN, "harbour", "Bogdan"),
            (OFFICE, "operator", "Operator"),
            (AUDITOR, "auditor", "Auditor"),
        )
    )
    return clients, personas


@signed_in
async def who(_: Request, session: Session) -> Response:
    """Say who is signed in, as a page of a desk would know it."""
    principal = session.principal
    return JSONResponse(
        {
            "session": session.id,
            "name": session.name,
            "acr": session.acr,
            "token": session.token,
            "worker": str(principal.worker),
            "duties": sorted(principal.duties),
            "scopes": sorted(principal.scopes),
        }
    )


@signed_in
async def take(request: Request, _: Session) -> Response:
    """Take a form."""
    return JSONResponse([[key, value] for key, value in (await request.form()).multi_items()])


async def broken(_: Request) -> Response:
    """Fail with a name in the fault's text."""
    raise RuntimeError("Ana Invented")


def furnish(_: Desk, __: FastAPI, app: Starlette) -> Sequence[BaseRoute]:
    """The pages of the tests' desks."""
    app.state.look = look_of([], [], navigation=lambda _: (), development=True)
    return [
        Route("/", who),
        Route("/who", who),
        Route("/take", take, methods=["GET", "POST"]),
        Route("/broken", broken),
    ]


@asynccontextmanager
async def serving(app: Any, listening: socket.socket) -> AsyncIterator[None]:
    """Serve an application on a socket that is bound already."""
    config = uvicorn.Config(app, log_level="critical", access_log=False, lifespan="off")
    server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve(sockets=[listening]))
    while not server.started:
        await asyncio.sleep(0.005)
    try:
        yield
    finally:
        server.should_exit = True
        await task


def bound() -> tuple[socket.socket, str]:
    """A loopback port of our own, and its address."""
    listening = socket.socket()
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listening.bind(("127.0.0.1", 0))
    return listening, f"http://127.0.0.1:{listening.getsockname()[1]}"


def bare(name: str) -> Service:
    """A service that is nothing but its desk."""
    return Service(name=name, migrations=Path("/no/migrations"))


@dataclass
class House:
    """What a test may use. `at` are the desks' origins; `twin` is a second process of one."""

    issuer: str
    at: dict[str, str]
    clock: Clock
    clients: dict[str, Client]
    signs: SignIns
    key: Any
    stop: Callable[[], Awaitable[None]]
    held: dict[str, Running] = field(default_factory=dict)
    apps: dict[str, FastAPI] = field(default_factory=dict)
    twin: str = ""

    def signin(self, service: str) -> SignIn:
        """The relying party of a desk."""
        found: list[Any] = [one.app for one in self.apps[service].routes if one.path == "/desk"]  # type: ignore[attr-defined]
        signin: SignIn = found[0].state.signin
        return signin

    def machine(self, worker: UUID) -> ClientCredentials:
        """The organisation's own machine, acting for a worker."""
        return ClientCredentials(
            issuer=self.issuer, client="harbour", key=self.key, scope="", worker=worker
        )

    async def rows(self, service: str, statement: str) -> list[Any]:
        """Rows as somebody with the database in hand sees them."""
        async with self.held[service].app.connect() as tx:
            return list((await tx.exec_driver_sql(statement)).all())


@asynccontextmanager
async def house_of(
    databases: Mapping[str, Settings], home: Path, **more: Any
) -> AsyncIterator[House]:
    """Run a provider and two services; `more` changes the desks' settings."""
    clients, personas = people()
    key = new_key(ES256)
    (home / "keys").mkdir(exist_ok=True)
    desk_keys = {f"desk-{service}": new_key(ES256) for service in SERVICES}
    for name, one in desk_keys.items():
        (home / "keys" / f"{name}.pem").write_bytes(private_pem(one))
    sockets = {service: bound() for service in SERVICES}
    at = {service: address for service, (_, address) in sockets.items()}
    listening, issuer = bound()
    keys = dict.fromkeys(clients, key) | desk_keys
    provider = Provider(issuer=issuer, audience="nrm", clients=clients, keys=keys)
    desks = {one.name: one for one in (desk_at(service, at[service]) for service in SERVICES)}
    signs = SignIns(provider, personas, desks)
    front = Front(signs=signs, public=issuer)
    ports = {name: one for name, (one, _) in sockets.items()}
    async with AsyncExitStack() as running_provider:
        await running_provider.enter_async_context(serving(application(provider, front), listening))
        found = House(
            issuer=issuer,
            at=at,
            clock=Clock(),
            clients=clients,
            signs=signs,
            key=key,
            stop=running_provider.aclose,
        )
        async with _all(found, databases, home, ports, more):
            yield found


@asynccontextmanager
async def back_again(house: House) -> AsyncIterator[None]:
    """Serve the provider of a house once more, where it was."""
    listening = socket.socket()
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listening.bind(("127.0.0.1", urlsplit(house.issuer).port or 0))
    front = Front(signs=house.signs, public=house.issuer)
    async with serving(application(house.signs.provider, front), listening):
        yield


@asynccontextmanager
async def _all(
    found: House,
    databases: Mapping[str, Settings],
    home: Path,
    sockets: dict[str, socket.socket],
    more: dict[str, Any],
) -> AsyncIterator[None]:
    async with AsyncExitStack() as stack:
        for name in SERVICES:
            desk = DeskSettings(
                service=name,
                issuer=found.issuer,
                client=f"desk-{name}",
                key=home / "keys" / f"desk-{name}.pem",
                address=found.at[name],
                secure=False,
                **{"idle": IDLE, "life": LIFE, "factors": frozenset({TWO}), **more},
            )
            mounting = mount(
                Desk(service=name, package="", worklists=()),
                furnish,
                settings=desk,
                now=found.clock,
            )
            service = replace(bare(name), mounts=[mounting])
            settings = replace(databases[name], issuer=found.issuer)
            held = await stack.enter_async_context(running(service, settings))
            async with held.app.begin() as tx:
                await tx.exec_driver_sql("DELETE FROM desk_session")
                await tx.exec_driver_sql("DELETE FROM desk_attempt")
            found.held[name], found.apps[name] = held, make(service, held)
            await stack.enter_async_context(serving(found.apps[name], sockets[name]))
        listening, found.twin = bound()
        twin = make(found.held["referral"].service, found.held["referral"])
        await stack.enter_async_context(serving(twin, listening))
        yield


class Browser:
    """A browser without scripts: cookies of the host, forms, redirects followed by hand."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.http = httpx2.AsyncClient(follow_redirects=False, timeout=20)
        self.seen: list[str] = []
        self.last: httpx2.Response

    async def get(self, address: str, **more: Any) -> httpx2.Response:
        """Go to an address; stay where it leads, without following."""
        self.seen.append(address)
        self.last = await self.http.get(address, **more)
        return self.last

    async def post(self, address: str, form: dict[str, str], **more: Any) -> httpx2.Response:
        """Send a form, as from a page of the same origin."""
        self.seen.append(address)
        headers = {"Sec-Fetch-Site": "same-origin"} | more.pop("headers", {})
        self.last = await self.http.post(address, data=form, headers=headers, **more)
        return self.last

    async def follow(self, answer: httpx2.Response) -> httpx2.Response:
        """Follow redirects to the end."""
        for _ in range(10):
            if not answer.is_redirect:
                return answer
            answer = await self.get(urljoin(str(answer.url), answer.headers["location"]))
        raise AssertionError("redirects without end")

    async def press(self, words: str, **typed: str) -> httpx2.Response:
        """Press the button with these words on the page that is shown."""
        page = self.last
        for form in re.findall(r"<form.*?</form>", page.text, re.DOTALL):
            button = re.search(rf"<button([^>]*)>\s*{re.escape(words)}\s*</button>", form)
            if button is None:
                continue
            tags = [*re.findall(r"<input[^>]*>", form), button[0]]
            fields = {}
            for tag in tags:
                name, value = re.search(r'name="([^"]*)"', tag), re.search(r'value="([^"]*)"', tag)
                if name is not None:
                    fields[unescape(name[1])] = unescape(value[1]) if value else ""
            action = re.search(r'action="([^"]*)"', form)
            assert action is not None
            target = urljoin(str(page.url), unescape(action[1]))
            return await self.post(target, fields | typed)
        raise AssertionError(f"no button {words} at {page.url.path}: {page.text}")

    async def to_provider(self, service: str = "referral", to: str = "/desk/who") -> None:
        """Begin to sign in; stop at the provider's page."""
        begun = await self.get(f"{self.house.at[service]}/desk/sign-in", params={"to": to})
        await self.follow(begun)
        assert str(self.last.url).startswith(self.house.issuer), self.last.text

    async def back(self, name: str = "Ana Invented") -> str:
        """Choose a persona and take the second step; stop at the address that leads back."""
        await self.press(name)
        if "Second step" in self.last.text:
            await self.press("Continue")
        assert self.last.is_redirect, self.last.text
        return self.last.headers["location"]

    async def sign_in(self, service: str = "referral", name: str = "Ana Invented") -> Any:
        """Sign in and give what the desk then knows."""
        await self.to_provider(service)
        await self.get(await self.back(name))
        return (await self.follow(self.last)).json()

    async def who(self, service: str = "referral") -> httpx2.Response:
        """Ask the desk who is signed in."""
        return await self.get(f"{self.house.at[service]}/desk/who")

    async def signed_in(self, service: str = "referral") -> bool:
        """Whether the desk still knows this browser."""
        answer = await self.who(service)
        assert answer.status_code in {200, 303}, answer.text
        return answer.status_code == 200

    def cookie(self, name: str = "nrm_referral") -> str:
        """What a cookie holds, empty where there is none."""
        return str(self.http.cookies.get(name) or "")


def query_of(address: str) -> dict[str, str]:
    """The query of an address."""
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
