"""Signing out, here and everywhere, and leaving in a hurry."""

import asyncio
import time
from uuid import uuid4

import pytest

from infra.idp.codes import LOGGED_OUT
from pages.tests.house import Browser, House

pytestmark = pytest.mark.integration


async def both(browser: Browser) -> tuple[bool, bool]:
    """Whether a browser is signed in at each of the two services."""
    return await browser.signed_in("referral"), await browser.signed_in("return")


async def in_both(browser: Browser, house: House) -> None:
    """Sign in at one service, and by that at the other."""
    await browser.sign_in("referral")
    await browser.follow(await browser.get(f"{house.at['return']}/desk/who"))
    assert await both(browser) == (True, True)


async def test_signing_out_here_leaves_the_other_service_open(
    house: House, browser: Browser
) -> None:
    await in_both(browser, house)
    answer = await browser.post(f"{house.at['referral']}/desk/sign-out", {})
    assert answer.headers["location"] == "/desk/signed-out"
    assert await both(browser) == (False, True)
    assert not await house.rows("referral", "SELECT 1 FROM desk_session")


async def test_signing_out_everywhere_ends_every_service(house: House, browser: Browser) -> None:
    await in_both(browser, house)
    answer = await browser.post(f"{house.at['referral']}/desk/sign-out-everywhere", {})
    shown = await browser.follow(answer)
    assert "every service" in shown.text
    assert not await house.rows("return", "SELECT 1 FROM desk_session")
    assert await both(browser) == (False, False)
    begun = await browser.get(f"{house.at['referral']}/desk/sign-in")
    assert "Who are you today?" in (await browser.follow(begun)).text


async def test_signing_out_at_the_provider_ends_every_service(
    house: House, browser: Browser
) -> None:
    await in_both(browser, house)
    await browser.get(f"{house.issuer}/end-session")
    await browser.press("Sign out everywhere")
    assert await both(browser) == (False, False)


async def test_one_who_signs_out_everywhere_ends_nobody_elses_session(
    house: House, browser: Browser
) -> None:
    await in_both(browser, house)
    other = Browser(house)
    await other.sign_in(name="Bogdan")
    await browser.post(f"{house.at['return']}/desk/sign-out-everywhere", {})
    assert await other.signed_in()
    await other.http.aclose()


async def test_without_the_provider_one_is_told_what_stays_open(
    house: House, browser: Browser
) -> None:
    await in_both(browser, house)
    await house.stop()
    answer = await browser.post(f"{house.at['referral']}/desk/sign-out-everywhere", {})
    assert "could not be told" in (await browser.follow(answer)).text
    assert await both(browser) == (False, True)


async def test_a_sign_out_that_the_provider_did_not_sign_is_refused(
    house: House, browser: Browser
) -> None:
    await browser.sign_in()
    (row,) = await house.rows("referral", "SELECT provider_session FROM desk_session")
    sign, now = house.signs.provider.sign, int(time.time())
    good = {
        "aud": "desk-referral",
        "sid": row.provider_session,
        "iat": now,
        "exp": now + 60,
        "jti": str(uuid4()),
        "events": {LOGGED_OUT: {}},
    }
    bad = [
        "",
        "a.b.c",
        sign(good, "JWT"),
        sign(good | {"aud": "desk-return"}, "logout+jwt"),
        sign(good | {"events": {}}, "logout+jwt"),
        sign(good | {"nonce": "n"}, "logout+jwt"),
        sign(good | {"exp": now - 60}, "logout+jwt"),
        sign({name: good[name] for name in good if name != "sid"}, "logout+jwt"),
        sign(good | {"iss": "http://127.0.0.1:1"}, "logout+jwt"),
    ]
    at = f"{house.at['referral']}/desk/back-channel-logout"
    for statement in bad:
        assert (await browser.http.post(at, data={"logout_token": statement})).status_code == 400
    assert await browser.signed_in()
    good_one = {"logout_token": sign(good, "logout+jwt")}
    assert (await browser.http.post(at, data=good_one)).status_code == 200
    assert not await browser.signed_in()


async def test_exit_ends_everything_clears_the_browser_and_is_elsewhere(
    house: House, browser: Browser
) -> None:
    await in_both(browser, house)
    answer = await browser.get(f"{house.at['referral']}/desk/exit")
    assert answer.status_code == 303
    assert answer.headers["location"] == "https://www.wikipedia.org/"
    assert answer.headers["clear-site-data"] == '"cache", "cookies", "storage"'
    assert answer.headers["cache-control"] == "no-store"
    assert 'nrm_referral="";' in "".join(answer.headers.get_list("set-cookie"))
    assert not await house.rows("referral", "SELECT 1 FROM desk_session")
    for _ in range(200):  # the provider is told after the reply
        if not await browser.signed_in("return"):
            break
        await asyncio.sleep(0.02)
    assert await both(browser) == (False, False)


async def test_exit_works_for_whom_nobody_knows_and_without_the_provider(
    house: House, browser: Browser
) -> None:
    await house.stop()
    answer = await browser.get(f"{house.at['referral']}/desk/exit")
    assert answer.headers["location"] == "https://www.wikipedia.org/"
