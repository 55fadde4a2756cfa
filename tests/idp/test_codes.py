"""The development provider's codes: used once, for one client; refresh tokens rotate."""

import base64
import hashlib
import secrets
import time
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import httpx2
import pytest

from infra.idp.__main__ import SEEDS, Elsewhere, neighbours
from infra.idp.codes import CODE_S, SESSION_S, TWO, Login, Misdirected, Refused, SignIns
from infra.idp.desks import desk_at, read_desks
from infra.idp.personas import read_personas
from infra.idp.provider import TOKEN_S, Denied, Provider
from infra.idp.registry import read_clients
from infra.idp.web import Front, application
from nrm_runtime.access.client import ASSERTION, ASSERTION_KIND
from nrm_runtime.access.signed import ES256, claims_of, new_key, sign

ISSUER = "http://127.0.0.1:8090"
KEY = new_key(ES256)
VERIFIER = secrets.token_urlsafe(48)
CHALLENGE = (
    base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
)
DESKS = {
    f"desk-{name}": desk_at(name, f"http://127.0.0.1:{port}")
    for name, port in (("referral", 8102), ("return", 8104))
}
PERSONAS = read_personas(SEEDS)


class Clock:
    def __init__(self) -> None:
        self.ahead = 0.0

    def __call__(self) -> float:
        return time.time() + self.ahead


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def signs(clock: Clock) -> SignIns:
    keys = dict.fromkeys(DESKS, KEY)
    clients = read_clients(SEEDS)
    provider = Provider(issuer=ISSUER, audience="nrm", clients=clients, keys=keys, now=clock)
    return SignIns(provider, PERSONAS, DESKS)


def asking(**other: str) -> dict[str, str]:
    return {
        "client_id": "desk-referral",
        "redirect_uri": "http://127.0.0.1:8102/desk/signed-in",
        "response_type": "code",
        "scope": "openid",
        "state": "s",
        "nonce": "n",
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
    } | other


def code_of(signs: SignIns) -> tuple[str, Login]:
    login, _ = signs.begin(PERSONAS[0], TWO)
    answer = signs.answer(signs.ask(asking()), login)
    return parse_qs(urlsplit(answer).query)["code"][0], login


def form(signs: SignIns, desk: str = "desk-referral", **fields: str) -> dict[str, str]:
    now = int(signs.provider.now())
    claims = {
        "iss": desk,
        "sub": desk,
        "aud": f"{ISSUER}/token",
        "exp": now + 60,
        "jti": str(uuid4()),
    }
    return {
        "client_assertion_type": ASSERTION,
        "client_assertion": sign(claims, KEY, algorithm=ES256, kind=ASSERTION_KIND),
    } | fields


def first(signs: SignIns, code: str, **other: str) -> dict[str, Any]:
    usual = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": "http://127.0.0.1:8102/desk/signed-in",
        "code_verifier": VERIFIER,
    }
    desk = other.pop("desk", "desk-referral")
    return signs.token(form(signs, desk, **(usual | other)))


def again(signs: SignIns, refresh: str, desk: str = "desk-referral") -> dict[str, Any]:
    return signs.token(form(signs, desk, grant_type="refresh_token", refresh_token=refresh))


def test_a_code_gives_tokens_for_who_chose_to_sign_in(signs: SignIns) -> None:
    code, login = code_of(signs)
    given = first(signs, code)
    said = claims_of(given["id_token"], signs.provider._key, algorithm=ES256, kind="JWT")
    assert said["exp"] - said["iat"] == TOKEN_S
    expected = {
        "iss": ISSUER,
        "aud": "desk-referral",
        "nonce": "n",
        "acr": TWO,
        "sid": login.sid,
        "sub": str(PERSONAS[0].worker),
        "name": PERSONAS[0].name,
    }
    assert {name: said[name] for name in expected} == expected


def test_a_code_that_comes_twice_ends_what_it_gave(signs: SignIns) -> None:
    code, _ = code_of(signs)
    given = first(signs, code)
    with pytest.raises(Denied, match="invalid_grant"):
        first(signs, code)
    with pytest.raises(Denied, match="invalid_grant"):
        again(signs, given["refresh_token"])


@pytest.mark.parametrize(
    "change",
    [
        {"code_verifier": secrets.token_urlsafe(48)},
        {"code_verifier": ""},
        {"code_verifier": CHALLENGE},
        {"redirect_uri": "http://127.0.0.1:8102/desk/"},
        {"desk": "desk-return"},
        {"code": "another"},
    ],
)
def test_a_code_in_the_wrong_hands_is_worth_nothing(signs: SignIns, change: dict[str, str]) -> None:
    code, _ = code_of(signs)
    with pytest.raises(Denied, match="invalid_grant"):
        first(signs, **({"code": code} | change))
    with pytest.raises(Denied, match="invalid_grant") as spent:
        again(signs, "another")
    assert spent.value.status == 400


def test_a_code_lasts_a_minute(signs: SignIns, clock: Clock) -> None:
    code, _ = code_of(signs)
    clock.ahead = CODE_S + 1
    with pytest.raises(Denied, match="invalid_grant"):
        first(signs, code)


def test_only_s256_with_state_and_nonce_is_answered(signs: SignIns) -> None:
    for change, error in (
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge": ""}, "invalid_request"),
        ({"code_challenge": VERIFIER}, "invalid_request"),
        ({"state": ""}, "invalid_request"),
        ({"nonce": ""}, "invalid_request"),
        ({"scope": "profile"}, "invalid_scope"),
        ({"response_type": "token"}, "unsupported_response_type"),
    ):
        with pytest.raises(Refused, match=error):
            signs.ask(asking(**change))
    with pytest.raises(Misdirected):
        signs.ask(asking(redirect_uri="http://127.0.0.1:8104/desk/signed-in"))


def test_a_refresh_token_rotates_and_a_spent_one_ends_the_family(signs: SignIns) -> None:
    code, _ = code_of(signs)
    one = first(signs, code)["refresh_token"]
    two = again(signs, one)["refresh_token"]
    assert one != two
    with pytest.raises(Denied, match="invalid_grant"):
        again(signs, two, desk="desk-return")
    three = again(signs, two)["refresh_token"]
    with pytest.raises(Denied, match="invalid_grant"):
        again(signs, one)
    with pytest.raises(Denied, match="invalid_grant"):
        again(signs, three)


def test_after_a_sign_out_nothing_is_refreshed(signs: SignIns) -> None:
    code, login = code_of(signs)
    given = first(signs, code)
    told = signs.end(login)
    assert [desk.name for desk, _ in told] == ["desk-referral"]
    with pytest.raises(Denied, match="invalid_grant"):
        again(signs, given["refresh_token"])


def test_a_login_ends_by_itself(signs: SignIns, clock: Clock) -> None:
    code, _ = code_of(signs)
    given = first(signs, code)
    clock.ahead = SESSION_S + 1
    with pytest.raises(Denied, match="invalid_grant"):
        again(signs, given["refresh_token"])


def test_a_desk_gets_no_token_for_itself(signs: SignIns) -> None:
    with pytest.raises(Denied, match="unauthorized_client"):
        signs.token(form(signs, grant_type="client_credentials"))


def test_the_personas_are_the_workers_of_the_seeds() -> None:
    workers = {worker for one in read_clients(SEEDS).values() for worker in one.workers}
    assert {one.worker for one in PERSONAS} == workers
    assert {"Operator", "Auditor", "Giulia"} <= {one.name for one in PERSONAS}


def test_desks_are_told_by_the_environment() -> None:
    environ = {
        "NRM_REFERRAL_URL": "http://referral-web:8080/",
        "NRM_REFERRAL_PUBLIC_URL": "http://127.0.0.1:8102",
        "NRM_RETURN_URL": "http://127.0.0.1:8104",
    }
    desks = read_desks(environ)
    assert set(desks) == {"desk-referral", "desk-return"}
    assert desks["desk-referral"].redirect == "http://127.0.0.1:8102/desk/signed-in"
    inner = desks["desk-referral"].back_channel
    assert inner == "http://referral-web:8080/desk/back-channel-logout"
    assert desks["desk-return"].redirect == "http://127.0.0.1:8104/desk/signed-in"


def test_browsers_may_be_sent_to_a_near_address_only() -> None:
    allowed = {"NRM_DEV_IDP": "1", "NRM_ISSUER": ISSUER}
    near = {**allowed, "NRM_IDP_PUBLIC_URL": "http://127.0.0.1:9"}
    assert neighbours(near, ISSUER) == "http://127.0.0.1:9"
    assert neighbours(allowed, ISSUER) == ISSUER
    with pytest.raises(Elsewhere):
        neighbours({**allowed, "NRM_IDP_PUBLIC_URL": "https://login.example.org"}, ISSUER)


async def test_the_first_page_says_what_this_is_and_names_everybody(signs: SignIns) -> None:
    front = Front(signs=signs, public=ISSUER)
    transport = httpx2.ASGITransport(app=application(signs.provider, front))
    async with httpx2.AsyncClient(transport=transport, base_url=ISSUER) as client:
        shown = await client.get("/")
        assert "invented" in shown.text
        assert 'href="http://127.0.0.1:8102/desk/"' in shown.text
        for one in PERSONAS:
            assert one.name in shown.text
        about = (await client.get("/.well-known/openid-configuration")).json()
        assert about["code_challenge_methods_supported"] == ["S256"]
        assert about["authorization_endpoint"] == f"{ISSUER}/authorize"
        quiet = await client.get("/authorize", params=asking(prompt="none"))
        assert parse_qs(urlsplit(quiet.headers["location"]).query)["error"] == ["login_required"]
        people = await client.get("/authorize", params=asking())
        assert (
            "form-action 'self' http://127.0.0.1:8102" in people.headers["content-security-policy"]
        )
        ended = await client.post("/end-session", data={"id_token_hint": "a.b.c"})
        assert ended.status_code == 200
