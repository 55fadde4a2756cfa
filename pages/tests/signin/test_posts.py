"""What is posted: never from elsewhere, never lost when a session has ended in between."""

import re
from html import unescape

import pytest

from pages.tests.house import Browser, House

pytestmark = pytest.mark.integration


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
        {"Sec-Fetch-Site": "", "Origin": "https://elsewhere.example"},
        {"Sec-Fetch-Site": "", "Origin": "null"},
        {"Sec-Fetch-Site": ""},
    ],
)
async def test_a_post_from_another_site_is_refused(
    house: House, browser: Browser, headers: dict[str, str]
) -> None:
    await browser.sign_in()
    for path in ("take", "sign-out"):
        at = f"{house.at['referral']}/desk/{path}"
        assert (await browser.post(at, {"a": "b"}, headers=headers)).status_code == 403
    assert await browser.signed_in()


async def test_an_old_browser_may_post_from_our_own_origin(house: House, browser: Browser) -> None:
    await browser.sign_in()
    own = house.at["referral"]
    answer = await browser.post(
        f"{own}/desk/take", {"a": "b"}, headers={"Sec-Fetch-Site": "", "Origin": own}
    )
    assert answer.json() == [["a", "b"]]


async def test_an_ended_session_leads_a_reader_back_to_the_page(
    house: House, browser: Browser
) -> None:
    await browser.sign_in()
    house.clock.move(101)
    answer = await browser.get(f"{house.at['referral']}/desk/take?x=1")
    assert answer.headers["location"] == "/desk/sign-in?to=%2Fdesk%2Ftake%3Fx%3D1"
    assert (await browser.follow(answer)).json() == []
    assert str(browser.last.url).endswith("/desk/take?x=1")


async def test_what_was_typed_outlives_an_ended_session(house: House, browser: Browser) -> None:
    await browser.sign_in()
    house.clock.move(101)
    at = f"{house.at['referral']}/desk/take?step=2"
    typed = {"reason": 'she said "no" & left <soon>', "key": "k-1", "empty": "", "ț": "ș"}
    answer = await browser.post(at, typed)
    assert answer.status_code == 401
    first_tab = browser.last
    link = re.search(
        r'<a class="govuk-link" href="([^"]+)" target="_blank" rel="noopener noreferrer">',
        answer.text,
    )
    assert link is not None, answer.text
    await browser.follow(await browser.get(f"{house.at['referral']}{unescape(link[1])}"))
    assert "Close this tab" in browser.last.text
    browser.last = first_tab
    sent = await browser.press("Send again")
    assert dict(sent.json()) == typed
    assert sent.url.query == b"step=2"


async def test_a_stranger_learns_nothing_from_a_post(house: House, browser: Browser) -> None:
    answer = await browser.post(f"{house.at['referral']}/desk/take", {"a": "b"})
    assert answer.status_code == 401
    missing = await browser.get(f"{house.at['referral']}/desk/no-such-page")
    assert missing.status_code == 404


async def test_every_page_binds_the_browser_by_its_headers(house: House, browser: Browser) -> None:
    await browser.sign_in()
    nonces = set()
    for path in ("who", "who", "signed-out", "no-such-page", "broken"):
        answer = await browser.get(f"{house.at['referral']}/desk/{path}")
        policy = answer.headers["content-security-policy"]
        nonce = re.search(r"script-src 'self' 'nonce-([\w-]{20,})'", policy)
        assert nonce is not None, path
        nonces.add(nonce[1])
        assert "frame-ancestors 'none'" in policy
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["cache-control"] == "no-store"
    assert len(nonces) == 5


async def test_a_fault_shows_a_page_and_nothing_of_its_text(house: House, browser: Browser) -> None:
    answer = await browser.get(f"{house.at['referral']}/desk/broken")
    assert answer.status_code == 500
    assert "Something went wrong" in answer.text
    assert "Ana" not in answer.text


async def test_the_root_of_a_service_leads_to_its_desk(house: House, browser: Browser) -> None:
    answer = await browser.get(f"{house.at['referral']}/")
    assert answer.headers["location"] == "/desk/"
