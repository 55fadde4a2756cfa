"""What does not come in: answers that were not asked for, stolen codes, other places."""

import logging
from pathlib import Path
from urllib.parse import urlencode

import pytest

from nrm_pages.signin.show import safe_path
from nrm_runtime.settings import Settings
from pages.tests.house import Browser, House, house_of, query_of

pytestmark = pytest.mark.integration


async def refused(browser: Browser, address: str) -> None:
    """The answer begins no session and says so without a word of what came."""
    answer = await browser.get(address)
    assert answer.status_code == 400, answer.text
    assert "Begin again" in answer.text
    assert not browser.cookie()
    for value in query_of(address).values():
        assert value not in answer.text


async def test_a_state_that_nobody_sent_is_refused(house: House, browser: Browser) -> None:
    await browser.to_provider()
    query = query_of(await browser.back())
    at = f"{house.at['referral']}/desk/signed-in"
    await refused(browser, f"{at}?{urlencode(query | {'state': 'another'})}")
    await refused(browser, f"{at}?{urlencode({'code': query['code']})}")
    await refused(browser, f"{at}?{urlencode(query)}&state=another")


async def test_an_answer_that_another_browser_asked_for_is_refused(
    house: House, browser: Browser
) -> None:
    await browser.to_provider()
    address = await browser.back()
    victim = Browser(house)
    await refused(victim, address)
    await victim.to_provider()
    await refused(victim, address)
    await victim.http.aclose()


async def test_an_answer_counts_once(browser: Browser) -> None:
    await browser.to_provider()
    address = await browser.back()
    assert (await browser.get(address)).status_code == 303
    browser.http.cookies.delete("nrm_referral")
    await refused(browser, address)


async def test_an_answer_with_another_nonce_is_refused(house: House, browser: Browser) -> None:
    begun = await browser.get(f"{house.at['referral']}/desk/sign-in")
    asked = query_of(begun.headers["location"]) | {"nonce": "another"}
    await browser.get(f"{house.issuer}/authorize?{urlencode(asked)}")
    await refused(browser, await browser.back())


async def test_a_code_of_another_attempt_has_the_wrong_verifier(
    house: House, browser: Browser
) -> None:
    await browser.to_provider()
    first = query_of(await browser.back())
    await browser.get(f"{house.at['referral']}/desk/sign-in")
    second = query_of(browser.last.headers["location"])
    mixed = urlencode(first | {"state": second["state"]})
    await refused(browser, f"{house.at['referral']}/desk/signed-in?{mixed}")


async def test_a_code_of_another_service_is_refused(house: House, browser: Browser) -> None:
    await browser.to_provider("return")
    other = query_of(await browser.back())
    await browser.get(f"{house.at['referral']}/desk/sign-in")
    state = query_of(browser.last.headers["location"])["state"]
    mixed = urlencode(other | {"state": state})
    await refused(browser, f"{house.at['referral']}/desk/signed-in?{mixed}")


async def test_an_answer_of_another_issuer_is_refused(house: House, browser: Browser) -> None:
    await browser.to_provider()
    query = query_of(await browser.back()) | {"iss": "http://127.0.0.1:1"}
    await refused(browser, f"{house.at['referral']}/desk/signed-in?{urlencode(query)}")


async def test_the_provider_sends_nobody_to_an_address_that_is_not_registered(
    house: House, browser: Browser
) -> None:
    begun = await browser.get(f"{house.at['referral']}/desk/sign-in")
    asked = query_of(begun.headers["location"])
    for change in (
        {"redirect_uri": asked["redirect_uri"] + "/"},
        {"redirect_uri": asked["redirect_uri"] + "?to=elsewhere"},
        {"redirect_uri": f"{house.at['return']}/desk/signed-in"},
        {"redirect_uri": "https://elsewhere.example/"},
        {"client_id": "nobody"},
    ):
        answer = await browser.get(f"{house.issuer}/authorize?{urlencode(asked | change)}")
        assert answer.status_code == 400
        assert "location" not in answer.headers


async def test_without_the_second_step_nobody_comes_in(browser: Browser, house: House) -> None:
    await browser.to_provider()
    await browser.press("Ana Invented")
    await browser.press("Continue without the second step", without="1")
    answer = await browser.follow(browser.last)
    assert answer.status_code == 403
    assert "second step" in answer.text
    assert not browser.cookie()
    assert not await house.rows("referral", "SELECT 1 FROM desk_session")
    await browser.to_provider()
    await browser.press("Continue")
    assert (await browser.follow(browser.last)).json()["acr"] == "urn:nrm:acr:2"


async def test_a_desk_that_asks_for_no_second_step_needs_none(
    databases: dict[str, Settings], tmp_path: Path
) -> None:
    async with house_of(databases, tmp_path, factors=frozenset()) as house:
        browser = Browser(house)
        await browser.to_provider()
        await browser.press("Ana Invented")
        assert (await browser.follow(browser.last)).json()["acr"] == "urn:nrm:acr:1"
        await browser.http.aclose()


async def test_a_planted_cookie_never_becomes_a_session(house: House, browser: Browser) -> None:
    browser.http.cookies.set("nrm_referral", "planted", domain="127.0.0.1", path="/desk")
    await browser.sign_in()
    assert "planted" not in [one.value for one in browser.http.cookies.jar]
    first = next(c for c in browser.http.cookies.jar if c.name == "nrm_referral").value
    other = f"{house.at['referral']}/desk/sign-in?as=somebody-else&to=/desk/who"
    await browser.follow(await browser.get(other))
    await browser.get(await browser.back("Bogdan"))
    assert (await browser.follow(browser.last)).json()["name"] == "Bogdan"
    stolen = Browser(house)
    stolen.http.cookies.set("nrm_referral", str(first), domain="127.0.0.1", path="/desk")
    assert not await stolen.signed_in()
    await stolen.http.aclose()


@pytest.mark.parametrize(
    "to",
    [
        "https://elsewhere.example/",
        "//elsewhere.example/desk/",
        "/\\elsewhere.example",
        "/desk/\\..\\..\\elsewhere",
        "/desk//elsewhere.example",
        "/desk/../openapi.json",
        "/desk/..%2f..",
        "/elsewhere",
        "javascript:alert(1)",
        "/desk/\r\nSet-Cookie: a=b",
        "/\t/elsewhere.example",
        "/desk/ümlaut",
        "/desk/sign-out",
        "/desk/exit",
        "/desk/" + "x" * 2000,
        "",
    ],
)
def test_nobody_is_sent_to_another_place(to: str) -> None:
    assert safe_path(to) == "/desk/"


def test_a_path_of_the_desk_is_kept_with_its_query() -> None:
    assert safe_path("/desk/cases/1?sort=due&page=2") == "/desk/cases/1?sort=due&page=2"


async def test_neither_tokens_nor_names_reach_a_log_or_an_address(
    house: House,
    browser: Browser,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.WARNING)
    known = await browser.sign_in()
    await browser.post(f"{house.at['referral']}/desk/sign-out-everywhere", {})
    await browser.get(f"{house.at['referral']}/desk/signed-in?state=x&code=planted-code")
    said = caplog.text + capsys.readouterr().out
    for secret in (known["token"], "Ana", "planted-code"):
        assert secret not in said
        assert not [one for one in browser.seen[:-1] if secret in one]
