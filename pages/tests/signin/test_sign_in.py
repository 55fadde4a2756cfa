"""Signing in: who comes in, as whom, and everything that is refused on the way."""

import pytest

from nrm_runtime.access import Tokens
from pages.tests.house import ANA, TWO, Browser, House, query_of

pytestmark = pytest.mark.integration


async def test_a_worker_signs_in_and_comes_back_to_the_page_they_wanted(
    house: House, browser: Browser
) -> None:
    wanted = f"{house.at['referral']}/desk/take?page=2"
    first = await browser.get(wanted)
    assert first.status_code == 303
    await browser.follow(first)
    await browser.get(await browser.back())
    assert browser.last.headers["location"] == "/desk/take?page=2"
    assert (await browser.follow(browser.last)).status_code == 200
    known = (await browser.who()).json()
    assert (known["worker"], known["name"], known["acr"]) == (str(ANA), "Ana Invented", TWO)
    assert known["scopes"] == ["case:read", "case:write"]


async def test_a_signed_in_worker_is_the_same_as_the_machines(
    house: House, browser: Browser
) -> None:
    known = await browser.sign_in()
    tokens: Tokens = house.signin("referral").tokens
    person = await tokens.principal(known["token"])
    assert person == await tokens.principal(await house.machine(ANA).token())


@pytest.mark.parametrize(("name", "scope"), [("Operator", "operate"), ("Auditor", "audit")])
async def test_offices_sign_in_with_their_one_scope(
    browser: Browser, name: str, scope: str
) -> None:
    assert (await browser.sign_in(name=name))["scopes"] == [scope]


async def test_one_sign_in_serves_every_service(house: House, browser: Browser) -> None:
    await browser.sign_in("referral")
    begun = await browser.get(f"{house.at['return']}/desk/who")
    known = (await browser.follow(begun)).json()
    assert known["worker"] == str(ANA)
    assert browser.cookie("nrm_return") != browser.cookie("nrm_referral")


async def test_every_attempt_has_its_own_state_nonce_and_challenge(
    house: House, browser: Browser
) -> None:
    asked = []
    for _ in range(2):
        begun = await browser.get(f"{house.at['referral']}/desk/sign-in")
        asked.append(query_of(begun.headers["location"]))
    for part in ("state", "nonce", "code_challenge"):
        assert asked[0][part] != asked[1][part]
    assert asked[0]["code_challenge_method"] == "S256"
    assert asked[0]["redirect_uri"] == f"{house.at['referral']}/desk/signed-in"
    assert asked[0]["acr_values"] == TWO


async def test_two_tabs_may_sign_in_side_by_side(browser: Browser) -> None:
    await browser.to_provider()
    other = browser.last
    await browser.to_provider()
    first = await browser.back()
    browser.last = other
    second = await browser.back()
    for address in (first, second):
        assert (await browser.get(address)).status_code == 303
        assert await browser.signed_in()
