"""Access tokens: everything that is not exactly right is refused."""

import asyncio
import time
from typing import Any
from uuid import uuid4

import pytest
from joserfc.jwk import Key

from nrm_runtime.access.keys import UNKNOWN_MAX, KeysAway, RemoteKeys
from nrm_runtime.access.principal import principal_of
from nrm_runtime.access.scopes import Allow, Deny, may
from nrm_runtime.access.signed import EDDSA, ES256, TOKEN_MAX, new_key, sign
from nrm_runtime.access.tokens import KIND, Tokens, Unauthorised

from .conftest import KeyHouse

ORGANISATION, WORKER = str(uuid4()), str(uuid4())
KEY = new_key(ES256)


def claims(**other: Any) -> dict[str, Any]:
    now = int(time.time())
    usual = {
        "iss": "ISSUER",
        "aud": "nrm",
        "sub": "harbour",
        "client_id": "harbour",
        "iat": now,
        "exp": now + 300,
        "scope": "case:read case:write",
        "org": ORGANISATION,
        "org_type": "NGO",
        "country": "RO",
        "worker": WORKER,
        "duties": ["intake"],
    }
    return {name: value for name, value in (usual | other).items() if value is not None}


def token(house: KeyHouse, key: Key = KEY, kind: str = KIND, **other: Any) -> str:
    said = claims(**other)
    if said.get("iss") == "ISSUER":
        said["iss"] = house.address
    return sign(said, key, algorithm=ES256, kind=kind)


@pytest.fixture
def tokens(keyhouse: KeyHouse) -> Tokens:
    keyhouse.keys = [KEY]
    keys = RemoteKeys(keyhouse.address, algorithm=ES256, issuer=True)
    return Tokens(keys, issuer=keyhouse.address, audience="nrm")


async def test_a_token_says_who_asks(tokens: Tokens, keyhouse: KeyHouse) -> None:
    found = await tokens.principal(token(keyhouse))
    assert (str(found.organisation), str(found.worker)) == (ORGANISATION, WORKER)
    assert (found.kind, found.country, found.client) == ("NGO", "RO", "harbour")
    assert found.scopes == {"case:read", "case:write"}
    assert found.duties == {"intake"}
    assert found.acts().organisation == found.organisation


WRONG: dict[str, dict[str, Any]] = {
    "another issuer": {"iss": "https://elsewhere.example"},
    "no issuer": {"iss": None},
    "another audience": {"aud": "other"},
    "no audience": {"aud": None},
    "another kind of token": {"kind": "JWT"},
    "a sign-in token": {"kind": "id+jwt"},
    "ended": {"exp": int(time.time()) - 60},
    "without an end": {"exp": None},
    "of tomorrow": {"iat": int(time.time()) + 86_400},
    "not yet": {"nbf": int(time.time()) + 86_400},
    "without a subject": {"sub": None},
    "without an organisation": {"org": None},
    "an organisation that is no id": {"org": "harbour"},
    "without a worker": {"worker": None},
    "without a scope": {"scope": None},
    "without a client": {"client_id": None},
    "a client with a blank": {"client_id": "har bour"},
    "a country that is none": {"country": "Romania"},
    "duties that are no list": {"duties": "intake"},
}


@pytest.mark.parametrize("name", WRONG)
async def test_a_token_is_refused_that_is(name: str, tokens: Tokens, keyhouse: KeyHouse) -> None:
    await tokens.principal(token(keyhouse))
    with pytest.raises(Unauthorised):
        await tokens.principal(token(keyhouse, **WRONG[name]))


async def test_strangers_signatures_and_none_are_refused(
    tokens: Tokens, keyhouse: KeyHouse
) -> None:
    stranger = new_key(ES256)
    good = token(keyhouse)
    same_name = new_key(ES256)
    same_name.dict_value["kid"] = str(KEY.kid)
    head, body, _ = good.split(".")
    for wrong in (
        token(keyhouse, stranger),
        token(keyhouse, same_name),
        f"{head}.{body}.",
        f"eyJhbGciOiJub25lIiwidHlwIjoiYXQrand0In0.{body}.",
        sign(claims(iss=keyhouse.address), new_key(EDDSA), algorithm=EDDSA, kind=KIND),
        "",
        "a.b.c",
        "ünïcode",
    ):
        with pytest.raises(Unauthorised):
            await tokens.principal(wrong)


async def test_a_token_over_four_kilobytes_is_refused(tokens: Tokens, keyhouse: KeyHouse) -> None:
    long = token(keyhouse, more="x" * TOKEN_MAX)
    with pytest.raises(Unauthorised):
        await tokens.principal(long)
    assert keyhouse.asked == 0


async def test_a_remembered_token_ends_when_it_ends(keyhouse: KeyHouse) -> None:
    keyhouse.keys = [KEY]
    now = time.time()
    clock = [now]
    tokens = Tokens(
        RemoteKeys(keyhouse.address, algorithm=ES256, issuer=True),
        issuer=keyhouse.address,
        audience="nrm",
        now=lambda: clock[0],
    )
    text = token(keyhouse)
    first = await tokens.principal(text)
    assert await tokens.principal(text) is first
    clock[0] = now + 400
    with pytest.raises(Unauthorised):
        await tokens.principal(text)


async def test_new_keys_of_the_issuer_are_found(tokens: Tokens, keyhouse: KeyHouse) -> None:
    await tokens.principal(token(keyhouse))
    fresh = new_key(ES256)
    keyhouse.keys = [fresh]
    await tokens.principal(token(keyhouse, fresh))
    assert keyhouse.asked == 2
    with pytest.raises(Unauthorised):
        await tokens.principal(token(keyhouse, jti="the old key signs nothing new"))


async def test_bad_tokens_make_few_questions(tokens: Tokens, keyhouse: KeyHouse) -> None:
    for _ in range(3 * UNKNOWN_MAX):
        with pytest.raises(Unauthorised):
            await tokens.principal(token(keyhouse, new_key(ES256)))
    assert keyhouse.asked <= UNKNOWN_MAX + 1
    await tokens.principal(token(keyhouse))


async def test_many_at_once_make_one_question(tokens: Tokens, keyhouse: KeyHouse) -> None:
    texts = [token(keyhouse, jti=str(n)) for n in range(20)]
    await asyncio.gather(*(tokens.principal(text) for text in texts))
    assert keyhouse.asked == 1


async def test_while_the_issuer_is_away_known_keys_serve_and_others_wait(
    keyhouse: KeyHouse,
) -> None:
    keyhouse.keys = [KEY]
    keys = RemoteKeys(keyhouse.address, algorithm=ES256, issuer=True)
    keyhouse.broken = True
    with pytest.raises(KeysAway):
        await keys.key(str(KEY.kid))
    asked = keyhouse.asked
    with pytest.raises(KeysAway):
        await keys.key(str(KEY.kid))
    assert keyhouse.asked == asked, "nobody is asked again during a back-off"
    await asyncio.sleep(0.3)
    keyhouse.broken = False
    assert await keys.key(str(KEY.kid)) is not None
    keyhouse.broken = True
    assert await keys.key(str(KEY.kid)) is not None
    with pytest.raises(KeysAway):
        await keys.key("unknown")
    assert await keys.key(str(KEY.kid)) is not None


async def test_an_issuer_that_calls_itself_otherwise_is_not_believed(keyhouse: KeyHouse) -> None:
    keyhouse.keys, keyhouse.says = [KEY], "https://elsewhere.example"
    with pytest.raises(KeysAway):
        await RemoteKeys(keyhouse.address, algorithm=ES256, issuer=True).key(str(KEY.kid))


def test_nothing_declared_is_open_to_nobody() -> None:
    asks = principal_of(claims(iss="x"))
    assert isinstance(may(asks), Deny)
    assert isinstance(may(asks, "operate"), Deny)
    assert isinstance(may(asks, "operate", "case:read"), Allow)
    assert isinstance(may(asks, "case:read", duty="intake"), Allow)
    assert may(asks, "case:read", duty="approve") == Deny(
        "duty-missing", "The organisation has not entrusted this to the worker."
    )
