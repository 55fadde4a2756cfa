"""Tickets open one door for one reader for one minute."""

import stat
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from nrm_runtime.access import (
    Principal,
    RemoteKeys,
    Ticket,
    TicketCheck,
    TicketOffice,
    TicketRefused,
    key_file,
)
from nrm_runtime.access.signed import EDDSA, ES256, new_key, sign
from nrm_runtime.access.tickets import KIND, LIFE_S

from .conftest import KeyHouse

KEY = new_key(EDDSA)
READER = Principal(
    organisation=uuid4(),
    kind="NGO",
    country="RO",
    worker=uuid4(),
    duties=frozenset(),
    scopes=frozenset(),
    client="reader",
)
TICKET = Ticket(
    id=uuid4(),
    holder="assistance",
    reader=READER.organisation,
    about=uuid4(),
    case=uuid4(),
    categories=frozenset({"risk", "health"}),
    purpose="assistance",
)


class Clock:
    def __init__(self) -> None:
        self.now = time.time()

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def office(clock: Clock) -> TicketOffice:
    return TicketOffice(KEY, issuer="referral", now=clock)


@pytest.fixture
def door(keyhouse: KeyHouse, clock: Clock) -> TicketCheck:
    keyhouse.keys = [KEY]
    keys = RemoteKeys(f"{keyhouse.address}/jwks", algorithm=EDDSA)
    return TicketCheck(keys, issuer="referral", holder="assistance", now=clock)


async def refusal(door: TicketCheck, text: str, who: Principal = READER) -> str:
    with pytest.raises(TicketRefused) as found:
        await door.check(text, who)
    return found.value.code


async def test_a_ticket_says_what_may_be_read(office: TicketOffice, door: TicketCheck) -> None:
    assert await door.check(office.issue(TICKET), READER) == TICKET


async def test_a_ticket_lasts_a_minute(
    office: TicketOffice, door: TicketCheck, clock: Clock
) -> None:
    text = office.issue(TICKET)
    clock.now += LIFE_S - 2
    await door.check(text, READER)
    clock.now += 2
    assert await refusal(door, text) == "ticket-expired"
    clock.now -= LIFE_S + 60
    assert await refusal(door, text) == "ticket-expired"


async def test_a_ticket_opens_one_holder_for_one_reader(
    office: TicketOffice, door: TicketCheck
) -> None:
    elsewhere = office.issue(replace(TICKET, holder="return"))
    assert await refusal(door, elsewhere) == "ticket-for-another-holder"
    other = replace(READER, organisation=uuid4())
    assert await refusal(door, office.issue(TICKET), other) == "ticket-for-another"


async def test_whatever_is_no_ticket_of_the_issuer_is_refused(
    office: TicketOffice, door: TicketCheck, clock: Clock
) -> None:
    now = int(clock())
    good: dict[str, Any] = {
        "iss": "referral",
        "aud": "assistance",
        "sub": str(READER.organisation),
        "jti": str(uuid4()),
        "iat": now,
        "exp": now + LIFE_S,
        "about": str(uuid4()),
        "case": str(uuid4()),
        "categories": ["risk"],
        "purpose": "assistance",
    }
    await door.check(sign(good, KEY, algorithm=EDDSA, kind=KIND), READER)
    wrong: list[dict[str, Any]] = [
        good | {"iss": "return"},
        good | {"exp": now + LIFE_S + 1},
        good | {"exp": float(now + 30)},
        good | {"iat": str(now)},
        good | {"categories": []},
        good | {"categories": "risk"},
        good | {"case": "a case"},
        *({name: good[name] for name in good if name != left} for left in good),
    ]
    texts = [sign(one, KEY, algorithm=EDDSA, kind=KIND) for one in wrong]
    texts += [
        sign(good, KEY, algorithm=EDDSA, kind="at+jwt"),
        sign(good, new_key(EDDSA), algorithm=EDDSA, kind=KIND),
        sign(good, new_key(ES256), algorithm=ES256, kind=KIND),
        "",
        "a.b.c",
    ]
    assert {await refusal(door, text) for text in texts} == {"ticket-unreadable"}


async def test_the_public_half_is_all_that_is_shown(office: TicketOffice) -> None:
    (shown,) = office.public()["keys"]
    assert "d" not in shown
    assert (shown["crv"], shown["kid"]) == ("Ed25519", KEY.kid)


def test_processes_that_start_together_hold_one_key(tmp_path: Path) -> None:
    path = tmp_path / "private" / "tickets.pem"
    with ThreadPoolExecutor(8) as threads:
        keys = list(threads.map(lambda _: key_file(path).kid, range(16)))
    assert len(set(keys)) == 1
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [one.name for one in path.parent.iterdir()] == ["tickets.pem"]
