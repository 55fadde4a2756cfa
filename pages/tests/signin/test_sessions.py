"""How long a session lasts, what it knows, and what its rows are worth to a thief."""

import asyncio
import json
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import httpx2
import pytest

from nrm_runtime.settings import Settings
from pages.tests.house import ANA, LIFE, Browser, House, back_again, house_of

pytestmark = pytest.mark.integration


async def test_a_session_in_which_nothing_happens_ends(house: House, browser: Browser) -> None:
    await browser.sign_in()
    for _ in range(2):
        house.clock.move(90)
        assert await browser.signed_in()
    house.clock.move(101)
    assert not await browser.signed_in()


async def test_a_page_that_refreshes_itself_keeps_nobody_signed_in(
    house: House, browser: Browser
) -> None:
    await browser.sign_in()
    asking = {"Sec-Fetch-Mode": "cors"}
    for _ in range(2):
        house.clock.move(40)
        answer = await browser.get(f"{house.at['referral']}/desk/who", headers=asking)
        assert answer.status_code == 200
    house.clock.move(40)
    assert not await browser.signed_in()


async def test_a_session_ends_however_busy_it_is(house: House, browser: Browser) -> None:
    await browser.sign_in()
    while house.clock.ahead < LIFE:
        assert await browser.signed_in()
        house.clock.move(65)
    assert not await browser.signed_in()


async def test_changed_duties_arrive_within_five_minutes(house: House, browser: Browser) -> None:
    assert (await browser.sign_in())["duties"] == ["refer"]
    harbour = house.clients["harbour"]
    changed = {**harbour.workers, ANA: frozenset({"intake"})}
    object.__setattr__(harbour, "workers", changed)
    for _ in range(3):
        house.clock.move(80)
        known = (await browser.who()).json()
    assert house.clock.ahead.total_seconds() < 300
    assert known["duties"] == ["intake"]


async def test_a_worker_who_was_removed_is_out_within_five_minutes(
    house: House, browser: Browser
) -> None:
    await browser.sign_in()
    harbour = house.clients["harbour"]
    object.__setattr__(harbour, "workers", {uuid4(): frozenset()})
    for _ in range(3):
        house.clock.move(80)
        answer = await browser.who()
    assert answer.status_code == 303
    assert not await house.rows("referral", "SELECT 1 FROM desk_session")


async def test_many_requests_of_two_processes_refresh_a_session_once(
    house: House, browser: Browser
) -> None:
    before = (await browser.sign_in())["token"]
    for _ in range(3):
        house.clock.move(80)
        await browser.get(f"{house.at['return']}/desk/signed-out")
        if house.clock.ahead.total_seconds() < 200:
            assert await browser.signed_in()
    both = [f"{house.at['referral']}/desk/who", f"{house.twin}/desk/who"] * 8
    answers = await asyncio.gather(*(browser.http.get(one) for one in both))
    assert {one.status_code for one in answers} == {200}
    tokens = {one.json()["token"] for one in answers}
    assert len(tokens) == 1
    assert before not in tokens
    assert await browser.signed_in()


async def test_while_the_provider_is_away_a_session_lasts_as_long_as_its_token(
    house: House, browser: Browser
) -> None:
    await browser.sign_in()
    await house.stop()
    house.clock.move(90)
    assert await browser.signed_in()
    house.clock.move(90)
    assert await browser.signed_in()
    house.clock.move(45)
    assert await browser.signed_in()


async def test_a_provider_that_is_away_loses_nothing(house: House, browser: Browser) -> None:
    await browser.sign_in()
    await house.stop()
    newcomer = Browser(house)
    answer = await newcomer.get(f"{house.at['return']}/desk/sign-in")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert "Nothing was lost" in answer.text
    await newcomer.http.aclose()
    async with back_again(house):
        assert await browser.signed_in()


async def test_what_was_typed_outlives_a_provider_that_is_away(
    databases: dict[str, Settings], tmp_path: Path
) -> None:
    long = timedelta(hours=1)
    async with house_of(databases, tmp_path, idle=long, life=long) as house:
        browser = Browser(house)
        await browser.sign_in()
        await house.stop()
        house.clock.move(250)
        assert (await browser.who()).status_code == 503
        typed = {"reason": "she asked for a lawyer", "key": "k-1"}
        answer = await browser.post(f"{house.at['referral']}/desk/take", typed)
        assert answer.status_code == 503
        assert (await browser.press("Send again")).status_code == 503
        async with back_again(house):
            assert dict((await browser.press("Send again")).json()) == typed
        await browser.http.aclose()


async def test_a_stolen_row_opens_nothing(house: House, browser: Browser) -> None:
    known = await browser.sign_in()
    (row,) = await house.rows("referral", "SELECT * FROM desk_session")
    thief = Browser(house)
    for guess in (row.id.hex(), row.id.hex().upper(), known["session"]):
        thief.http.cookies.set("nrm_referral", guess, domain="127.0.0.1", path="/desk")
        assert not await thief.signed_in()
    await thief.http.aclose()
    secret = next(c.value for c in browser.http.cookies.jar if c.name == "nrm_referral")
    whole = b"".join(str(value).encode() for value in row) + row.sealed
    for inside in (str(secret), known["token"], "Ana", "eyJ", "access"):
        assert inside.encode() not in whole


async def test_a_row_moved_to_another_id_is_no_session(house: House, browser: Browser) -> None:
    await browser.sign_in()
    other = Browser(house)
    await other.sign_in(name="Bogdan")
    async with house.held["referral"].app.begin() as tx:
        await tx.exec_driver_sql(
            "UPDATE desk_session SET sealed = (SELECT sealed FROM desk_session WHERE worker <> $1)"
            " WHERE worker = $1",
            (ANA,),
        )
    assert not await browser.signed_in()
    assert (await other.who()).json()["name"] == "Bogdan"
    await other.http.aclose()


async def test_the_cookie_holds_an_id_only_and_scripts_cannot_read_it(browser: Browser) -> None:
    await browser.to_provider()
    answer = await browser.get(await browser.back())
    (cookie,) = [one for one in answer.headers.get_list("set-cookie") if "nrm_referral=" in one]
    value, *marks = cookie.split("; ")
    assert len(value) == len("nrm_referral=") + 43
    assert {"HttpOnly", "Path=/desk", "SameSite=lax"} <= set(marks)


async def test_a_machines_token_is_no_session_and_a_session_no_machine(
    house: House, browser: Browser
) -> None:
    await browser.sign_in()
    token = await house.machine(ANA).token()
    async with httpx2.AsyncClient(headers={"Authorization": f"Bearer {token}"}) as machine:
        answer = await machine.get(f"{house.at['referral']}/desk/who")
        assert answer.status_code == 303
    openly = await browser.get(f"{house.at['referral']}/operations/parked")
    assert openly.status_code in {401, 404}
    assert "code" in json.loads(openly.text)
