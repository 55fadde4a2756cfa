"""The development identity provider gives tokens to whom it knows, once per assertion."""

import asyncio
import os
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx2
import pytest
import uvicorn
from joserfc.jwk import Key

from infra.idp.__main__ import SEEDS, Elsewhere, application, only_here
from infra.idp.provider import ASSERTION_MAX_S, TOKEN_S, Denied, Provider
from infra.idp.registry import Client, ensure_keys, read_clients, read_keys
from nrm_runtime.access import ClientCredentials, RemoteKeys, TokenRefused, Tokens, Unauthorised
from nrm_runtime.access.client import ASSERTION, ASSERTION_KIND
from nrm_runtime.access.signed import EDDSA, ES256, claims_of, header_of, new_key, read_key, sign

CHECKOUT = Path(__file__).parents[2]
ISSUER = "http://127.0.0.1:8090"
ORGANISATION, OFFICE, WORKER = uuid4(), uuid4(), uuid4()
KEY = new_key(ES256)
CLIENTS = {
    "harbour": Client(
        name="harbour",
        organisation=ORGANISATION,
        kind="NGO",
        country="RO",
        scopes=frozenset({"case:read", "case:write"}),
        workers={WORKER: frozenset({"refer", "assist"})},
        itself=False,
    ),
    "auditor": Client(
        name="auditor",
        organisation=OFFICE,
        kind="auditor",
        country="ZZ",
        scopes=frozenset({"audit"}),
        workers={OFFICE: frozenset()},
        itself=True,
    ),
}


class Clock:
    def __init__(self) -> None:
        self.now = time.time()

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def provider(clock: Clock) -> Provider:
    keys = {"harbour": KEY, "auditor": KEY}
    return Provider(issuer=ISSUER, audience="nrm", clients=CLIENTS, keys=keys, now=clock)


def form(
    scope: str = "",
    key: Key = KEY,
    kind: str = ASSERTION_KIND,
    algorithm: str = ES256,
    **other: Any,
) -> dict[str, str]:
    now = int(time.time())
    usual = {
        "iss": "harbour",
        "sub": "harbour",
        "aud": f"{ISSUER}/token",
        "iat": now,
        "exp": now + 60,
        "jti": str(uuid4()),
        "worker": str(WORKER),
    }
    claims = {name: value for name, value in (usual | other).items() if value is not None}
    return {
        "grant_type": "client_credentials",
        "client_assertion_type": ASSERTION,
        "client_assertion": sign(claims, key, algorithm=algorithm, kind=kind),
        "scope": scope,
    }


def denial(provider: Provider, asked: dict[str, str]) -> str:
    with pytest.raises(Denied) as found:
        provider.token(asked)
    return found.value.error


def test_a_token_says_who_acts_for_whom_and_for_how_long(provider: Provider) -> None:
    given = provider.token(form())
    assert (given["token_type"], given["expires_in"]) == ("Bearer", TOKEN_S)
    token = given["access_token"]
    (jwk,) = provider.jwks()["keys"]
    assert "d" not in jwk
    assert header_of(token) == {"alg": ES256, "typ": "at+jwt", "kid": jwk["kid"]}
    claims = claims_of(token, provider._key, algorithm=ES256, kind="at+jwt")
    assert claims["exp"] - claims["iat"] == TOKEN_S
    assert {name: claims[name] for name in claims if name not in {"iat", "exp", "jti"}} == {
        "iss": ISSUER,
        "aud": "nrm",
        "sub": "harbour",
        "client_id": "harbour",
        "scope": "case:read case:write",
        "org": str(ORGANISATION),
        "org_type": "NGO",
        "country": "RO",
        "worker": str(WORKER),
        "duties": ["assist", "refer"],
    }


def test_an_assertion_is_taken_once(provider: Provider) -> None:
    asked = form()
    assert provider.token(asked)
    assert denial(provider, asked) == "invalid_client"
    assert provider.token(form())


def test_an_assertion_is_not_forgotten_while_it_could_be_used(
    provider: Provider, clock: Clock
) -> None:
    asked = form(exp=int(clock()) + ASSERTION_MAX_S)
    provider.token(asked)
    for step in range(0, ASSERTION_MAX_S + 60, 30):
        clock.now = time.time() + step
        provider._seen.update({("harbour", str(n)): clock.now - 1 for n in range(100)})
        assert denial(provider, asked) == "invalid_client"


def test_a_worker_whom_nobody_registered_is_refused(provider: Provider) -> None:
    for wrong in (str(uuid4()), str(OFFICE), "ana", 7, None):
        assert denial(provider, form(worker=wrong)) == "unauthorized_client"


def test_an_office_acts_as_itself(provider: Provider) -> None:
    given = provider.token(form(iss="auditor", sub="auditor", worker=None))
    claims = claims_of(given["access_token"], provider._key, algorithm=ES256, kind="at+jwt")
    assert (claims["org"], claims["worker"], claims["scope"]) == (str(OFFICE), str(OFFICE), "audit")
    asked = form(iss="auditor", sub="auditor", worker=str(WORKER))
    assert denial(provider, asked) == "unauthorized_client"


def test_a_client_gets_no_scope_beyond_its_own(provider: Provider) -> None:
    assert provider.token(form("case:read"))["scope"] == "case:read"
    assert denial(provider, form("operate")) == "invalid_scope"
    assert denial(provider, form("case:read operate")) == "invalid_scope"


def test_assertions_that_prove_nothing_are_refused(provider: Provider) -> None:
    now = int(time.time())
    good = form()["client_assertion"]
    head, body, _ = good.split(".")
    refused = [
        form(key=new_key(ES256)),
        form(key=new_key(EDDSA), algorithm=EDDSA),
        form(kind="at+jwt"),
        form(iss="auditor"),
        form(sub="nobody", iss="nobody"),
        form(sub=None),
        form(aud="nrm"),
        form(aud=["nrm", f"{ISSUER}/token"]),
        form(aud=None),
        form(exp=now - 1),
        form(exp=now + ASSERTION_MAX_S + 60),
        form(exp=None),
        form(exp=str(now + 60)),
        form(jti=None),
        form(jti=""),
        form() | {"client_id": "auditor"},
        form() | {"client_assertion": "a.b.c"},
        form() | {"client_assertion": f"{head}.{body}."},
        form() | {"client_assertion": "ü"},
        form() | {"client_assertion": good + "x" * 5000},
    ]
    assert {denial(provider, asked) for asked in refused} == {"invalid_client"}
    assert provider.token({**form(), "client_assertion": good})


def test_other_requests_are_named(provider: Provider) -> None:
    assert denial(provider, form() | {"grant_type": "password"}) == "unsupported_grant_type"
    assert denial(provider, {"grant_type": "client_credentials"}) == "invalid_request"
    assert denial(provider, form() | {"client_assertion_type": "x"}) == "invalid_request"


def test_the_seed_file_names_organisations_offices_and_their_workers() -> None:
    clients = read_clients(SEEDS)
    assert clients["operator"].scopes == {"operate"}
    assert clients["auditor"].scopes == {"audit"}
    organisations = [client for client in clients.values() if not client.itself]
    assert len(organisations) > 10
    assert all(client.workers for client in organisations)
    assert all(client.scopes == {"case:read", "case:write"} for client in organisations)
    workers = [worker for client in clients.values() for worker in client.workers]
    assert len(workers) == len(set(workers))


def test_keys_are_made_once_and_the_private_half_is_private(tmp_path: Path) -> None:
    folder = tmp_path / "keys"
    ensure_keys(folder, ["harbour"])
    before = read_keys(folder, ["harbour"])["harbour"]
    ensure_keys(folder, ["harbour", "haven"])
    after = read_keys(folder, ["harbour", "haven"])
    assert after["harbour"].kid == before.kid != after["haven"].kid
    assert not after["harbour"].is_private
    assert read_key((folder / "harbour.pem").read_bytes(), ES256).kid == before.kid
    assert (folder / "harbour.pem").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("allowed", "issuer"),
    [
        ("0", ISSUER),
        ("", ISSUER),
        ("1", ""),
        ("1", "https://login.example.org"),
        ("1", "http://10.0.0.1:80"),
        ("1", "http://0.0.0.0:80"),
        ("1", "http://127.0.0.1.example.org"),
    ],
)
def test_it_refuses_to_start_anywhere_else(allowed: str, issuer: str) -> None:
    with pytest.raises(Elsewhere):
        only_here({"NRM_DEV_IDP": allowed, "NRM_ISSUER": issuer})


def test_it_starts_on_loopback_and_inside_a_compose_network() -> None:
    for issuer in (ISSUER, "http://[::1]:80", "http://localhost:80", "http://idp:8090"):
        assert only_here({"NRM_DEV_IDP": "1", "NRM_ISSUER": issuer}) == issuer


def test_the_process_itself_refuses(tmp_path: Path) -> None:
    environ = {"PATH": os.environ["PATH"], "NRM_HOME": str(tmp_path), "NRM_ISSUER": ISSUER}
    ended = subprocess.run(
        [sys.executable, "-m", "infra.idp"],
        cwd=CHECKOUT,
        env=environ,
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 2
    assert b"NRM_DEV_IDP" in ended.stderr
    assert list(tmp_path.iterdir()) == []


async def test_from_assertion_to_principal_over_http() -> None:
    keys = {"harbour": KEY}
    provider = Provider(issuer="", audience="nrm", clients=CLIENTS, keys=keys)
    config = uvicorn.Config(
        application(provider), port=0, log_level="critical", access_log=False, lifespan="off"
    )
    server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.005)
    try:
        issuer = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
        provider.issuer = issuer

        def caller(worker: UUID, key: Key = KEY) -> ClientCredentials:
            return ClientCredentials(
                issuer=issuer, client="harbour", key=key, scope="case:read", worker=worker
            )

        remote = RemoteKeys(issuer, algorithm=ES256, issuer=True)
        tokens = Tokens(remote, issuer=issuer, audience="nrm")
        credentials = caller(WORKER)
        principal = await tokens.principal(await credentials.token())
        assert (principal.organisation, principal.worker) == (ORGANISATION, WORKER)
        assert await credentials.token() == await credentials.token()
        with pytest.raises(TokenRefused, match="unauthorized_client"):
            await caller(uuid4()).token()
        with pytest.raises(TokenRefused, match="invalid_client"):
            await caller(WORKER, new_key(ES256)).token()
        elsewhere = Tokens(remote, issuer=issuer, audience="other")
        with pytest.raises(Unauthorised):
            await elsewhere.principal(await credentials.token())
        async with httpx2.AsyncClient(base_url=issuer) as client:
            reply = await client.post("/token", data=form() | {"scope": "operate"})
            assert (reply.status_code, reply.json()) == (401, {"error": "invalid_client"})
            assert reply.headers["cache-control"] == "no-store"
            big = await client.post("/token", content=b"a=" + b"x" * 20_000)
            twice = await client.post("/token", content=b"grant_type=a&grant_type=b")
            assert {big.status_code, twice.status_code} == {400}
            assert (await client.get("/healthz/ready")).status_code == 200
            discovery = (await client.get("/.well-known/openid-configuration")).json()
        assert discovery["issuer"] == issuer
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+/token", discovery["token_endpoint"])
    finally:
        server.should_exit = True
        await task
