"""The provider of tokens goes by access: real provider, real service, over HTTP.

Only the clock of both is held by the test, so that five minutes pass at once.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx2
import pytest
from joserfc.jwk import Key
from sqlalchemy import text

from infra.idp.__main__ import SEEDS, application
from infra.idp.learning import ANSWER_S, REFRESH_S, learn_once
from infra.idp.provider import TOKEN_S, Provider
from infra.idp.registry import ensure_keys, read_clients, read_keys
from nrm_access.app import service
from nrm_access.tasks.seeds import import_seeds
from nrm_contracts.organisations import Member, organisations
from nrm_runtime.access import RemoteKeys, TokenRefused, Tokens
from nrm_runtime.access.client import ClientCredentials
from nrm_runtime.access.signed import ES256, new_key, read_key
from nrm_runtime.access.tokens import LEEWAY_S
from nrm_runtime.service import Running, running
from nrm_runtime.testing.postgres import Fresh
from nrm_runtime.web.app import make
from services.access.tests.conftest import public_jwk
from tests.flows.house import Caller, serving

pytestmark = pytest.mark.integration

FIVE_MINUTES = 300
SEED = organisations(SEEDS)


class Clock:
    """The real clock, and what the test adds to it."""

    def __init__(self) -> None:
        self.added = 0.0

    def __call__(self) -> float:
        return time.time() + self.added


@dataclass
class Copy:
    """A provider and access beside it, as in a copy that has just started."""

    provider: Provider
    clock: Clock
    held: Running
    address: str
    keys: Path
    http: httpx2.AsyncClient
    opened: list[httpx2.AsyncClient] = field(default_factory=list)

    async def learn(self) -> bool:
        return await learn_once(self.provider, self.http)

    def credentials(
        self, client: str, worker: UUID | None = None, secret: Key | None = None
    ) -> ClientCredentials:
        pem = self.keys / f"{client}.pem"
        return ClientCredentials(
            issuer=self.provider.issuer,
            client=client,
            key=secret or read_key(pem.read_bytes(), ES256),
            scope="",
            worker=worker,
        )

    async def calls(self, token: str, path: str = "/organisations") -> int:
        headers = {"Authorization": f"Bearer {token}"}
        return (await self.http.get(path, headers=headers)).status_code

    def caller(self, client: str, name: str) -> Caller:
        """Give a worker of the seed at the doors."""
        return self.at_the_doors(self.credentials(client, member(client, name).id))

    def at_the_doors(self, auth: ClientCredentials) -> Caller:
        """Give somebody with these credentials."""
        self.opened.append(httpx2.AsyncClient(base_url=self.address, auth=auth))
        return Caller(self.opened[-1])

    async def refusal(self, *asked: Any) -> str:
        with pytest.raises(TokenRefused) as found:
            await self.credentials(*asked).token()
        return found.value.code


def member(client: str, name: str) -> Member:
    office = SEED.named(client)
    assert office is not None
    return next(one for one in office.workers if one.key == name)


def path(client: str, *more: object) -> str:
    office = SEED.named(client)
    assert office is not None
    return "/".join(["/organisations", str(office.id), *map(str, more)])


async def act(caller: Caller, where: str, verb: str, body: Any = None) -> dict[str, Any]:
    await caller.get(where)
    reply = await caller.post(f"{where}/{verb}", body, seen=where)
    assert reply.is_success, reply.text
    found: dict[str, Any] = reply.json()
    return found


@pytest.fixture
async def copy(fresh: Fresh, tmp_path: Path) -> AsyncIterator[Copy]:
    """Access is up and empty; the provider goes by the seed file."""
    made, clock = service(), Clock()
    settings = replace(await fresh(made), home=tmp_path, organisations=SEEDS)
    clients, keys = read_clients(SEEDS), tmp_path / "keys"
    ensure_keys(keys, list(clients))
    provider = Provider(
        issuer="", audience="nrm", clients=clients, keys=read_keys(keys, list(clients)), now=clock
    )
    async with serving(application(provider)) as issuer:
        provider.issuer = issuer
        public = {made.name: "http://desk.test"}
        async with running(made, replace(settings, issuer=issuer, public=public)) as held:
            app = make(made, held)
            remote = RemoteKeys(issuer, algorithm=ES256, issuer=True)
            tokens = Tokens(remote, issuer=issuer, audience="nrm", now=clock)
            app.state.web = replace(app.state.web, tokens=tokens)
            async with (
                serving(app) as address,
                httpx2.AsyncClient(base_url=address) as http,
            ):
                found = Copy(provider, clock, held, address, keys, http)
                yield found
                for each in found.opened:
                    await each.aclose()


@pytest.fixture
async def learnt(copy: Copy) -> Copy:
    """The seed file was imported, and the provider has asked for the first time."""
    assert await import_seeds(copy.held) == len(SEED.organisations)
    assert await copy.learn()
    return copy


async def test_a_suspended_worker_is_out_after_five_minutes_at_the_latest(learnt: Copy) -> None:
    radu = member("ngo-o", "radu").id
    token = await learnt.credentials("ngo-o", radu).token()
    assert await learnt.calls(token) == 200
    ioana = learnt.caller("ngo-o", "ioana")
    where = path("ngo-o", "workers", radu)
    assert (await act(ioana, where, "suspend", {"reason": "left"}))["suspended"]
    last = await learnt.credentials("ngo-o", radu).token()  # before the provider looks again
    await learnt.learn()
    assert await learnt.refusal("ngo-o", radu) == "unauthorized_client"
    assert TOKEN_S + LEEWAY_S + REFRESH_S + ANSWER_S <= FIVE_MINUTES
    assert REFRESH_S + ANSWER_S <= 60
    assert await learnt.calls(last) == 200
    learnt.clock.added = FIVE_MINUTES - REFRESH_S - ANSWER_S
    assert await learnt.calls(last) == 401
    learnt.clock.added = 0
    await act(ioana, where, "restore")
    await learnt.learn()
    assert await learnt.calls(await learnt.credentials("ngo-o", radu).token()) == 200


async def test_nobody_of_a_suspended_organisation_gets_a_token(learnt: Copy) -> None:
    elena = learnt.caller("anitp", "elena")
    await act(elena, path("ngo-o"), "suspend", {"reason": "terms_broken"})
    await learnt.learn()
    for name in ("ioana", "radu"):
        assert await learnt.refusal("ngo-o", member("ngo-o", name).id) == "invalid_client"
    await act(elena, path("ngo-o"), "restore")
    await learnt.learn()
    assert await learnt.credentials("ngo-o", member("ngo-o", "ioana").id).token()


async def test_tokens_carry_the_duties_that_access_knows_now(learnt: Copy) -> None:
    giulia, marco = (learnt.caller("ngo-d", one) for one in ("giulia", "marco"))
    where = path("ngo-d", "workers", member("ngo-d", "marco").id)
    reply = await marco.post(path("ngo-d", "workers"), {"duties": []})
    assert reply.status_code == 403
    now = (await giulia.get(where)).json()["duties"]
    await act(giulia, where, "set-duties", {"duties": [*now, "administer"]})
    await learnt.learn()
    marco = learnt.caller("ngo-d", "marco")
    reply = await marco.post(path("ngo-d", "workers"), {"duties": []})
    assert reply.status_code == 201


async def test_keys_rotate_while_both_are_good(learnt: Copy) -> None:
    ioana, secret = learnt.caller("ngo-o", "ioana"), new_key(ES256)
    worker = member("ngo-o", "ioana").id
    assert await learnt.refusal("ngo-o", worker, secret) == "invalid_client"
    first = (await ioana.get(path("ngo-o", "keys"))).json()[0]["key"]
    reply = await ioana.post(path("ngo-o", "keys"), {"jwk": public_jwk(secret)})
    assert reply.status_code == 201
    await learnt.learn()
    assert await learnt.credentials("ngo-o", worker).token()
    assert await learnt.credentials("ngo-o", worker, secret).token()
    await act(ioana, path("ngo-o", "keys", first), "revoke")
    await learnt.learn()
    assert await learnt.refusal("ngo-o", worker) == "invalid_client"
    assert await learnt.credentials("ngo-o", worker, secret).token()


async def test_a_new_organisation_gets_in_by_itself_once_it_was_vetted(learnt: Copy) -> None:
    secret = new_key(ES256)
    desk = learnt.at_the_doors(learnt.credentials("front-desk"))
    entrance = {
        "name": "Haven (invented)",
        "kind": "NGO",
        "country": "RO",
        "languages": ["ro"],
        "duties": ["assist"],
        "key": {"jwk": public_jwk(secret)},
    }
    haven = (await desk.post("/organisations", entrance)).json()
    asked = (haven["client"], UUID(haven["administrator"]), secret)
    where = f"/organisations/{haven['organisation']}"
    await learnt.learn()
    assert await learnt.refusal(*asked) == "invalid_client"
    await act(learnt.caller("anitp", "elena"), where, "vet", {"duties": ["assist"]})
    await learnt.learn()
    own = learnt.at_the_doors(learnt.credentials(*asked))
    assert (await own.get(where)).json()["state"] == "vetted"
    assert (await own.get("/operations/quarantine")).status_code == 403
    assert (await act(own, where, "accept-terms", {"terms": 1}))["state"] == "active"
    reply = await own.post(f"{where}/workers", {"duties": ["assist"]})
    assert reply.status_code == 201, "and the token for joining still does that"
    await learnt.learn()
    new = UUID(reply.json()["worker"])
    assert await learnt.credentials(haven["client"], new, secret).token()


async def test_only_an_issuer_reads_its_list_and_reads_it_page_by_page(learnt: Copy) -> None:
    listed = "/issuer/organisations"
    for client, worker in (("operator", None), ("ngo-o", member("ngo-o", "ioana").id)):
        token = await learnt.credentials(client, worker).token()
        assert await learnt.calls(token, listed) == 403
    assert (await learnt.http.get(listed)).status_code == 401
    headers = {"Authorization": f"Bearer {learnt.provider.own_token('issuer')}"}
    found, after = [], ""
    while True:
        query = {"limit": "4"} | ({"after": after} if after else {})
        page = (await learnt.http.get(listed, params=query, headers=headers)).json()
        found += [one["client"] for one in page["items"]]
        if page["next"] is None:
            break
        after = page["next"]
    assert sorted(found) == sorted(one.key for one in SEED.organisations)


async def test_until_access_knows_anybody_the_seed_file_holds(copy: Copy) -> None:
    worker = member("ngo-o", "ioana").id
    assert not await copy.learn()
    assert await copy.credentials("ngo-o", worker).token()
    assert await import_seeds(copy.held)
    assert await copy.learn()
    assert await copy.credentials("ngo-o", worker).token()
    async with httpx2.AsyncClient(base_url="http://127.0.0.1:9") as nobody:
        with pytest.raises(httpx2.HTTPError):
            await learn_once(copy.provider, nobody)
    assert await copy.credentials("ngo-o", worker).token(), "what is known holds on"


async def test_the_seed_file_is_imported_once_and_waits_for_the_keys(copy: Copy) -> None:
    last = copy.keys / f"{SEED.organisations[-1].key}.pub.pem"
    pem = last.read_bytes()
    last.unlink()
    assert await import_seeds(copy.held) is None
    assert await events(copy.held) == 0
    last.write_bytes(pem)
    assert await import_seeds(copy.held) == len(SEED.organisations)
    told = await events(copy.held)
    assert told > len(SEED.organisations) * 4
    assert await import_seeds(copy.held) == 0
    assert await events(copy.held) == told


async def events(held: Running) -> int:
    async with held.app.connect() as tx:
        return int((await tx.execute(text("SELECT count(*) FROM event"))).scalar_one())


async def test_an_issuer_s_token_opens_nothing_else(learnt: Copy) -> None:
    token = learnt.provider.own_token("issuer")
    for other in ("/organisations", path("ngo-o"), "/operations/quarantine"):
        assert await learnt.calls(token, other) == 403
    assert await learnt.calls(token, f"/operations/regions/{uuid4()}") == 403


async def test_the_provider_learns_by_itself_while_it_is_served(copy: Copy) -> None:
    assert await import_seeds(copy.held)
    elena = copy.caller("anitp", "elena")
    await act(elena, path("ngo-o"), "suspend", {"reason": "safety"})
    worker = member("ngo-o", "ioana").id
    assert await copy.credentials("ngo-o", worker).token()
    app = application(copy.provider, access=copy.address)
    async with app.router.lifespan_context(app):
        while True:
            try:
                await copy.credentials("ngo-o", worker).token()
            except TokenRefused as refused:
                assert refused.code == "invalid_client"
                break
            await asyncio.sleep(0.05)
