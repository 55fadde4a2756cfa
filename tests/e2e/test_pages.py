"""The pages of a whole copy in a real browser: workers, operators and strangers."""

import asyncio
import re
from collections.abc import Callable, Iterator
from uuid import uuid4

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, expect

from nrm_cli.scenario.run import Run
from tests.e2e.conftest import Stage
from tests.system import cases
from tests.system.browser import NARROW, too_wide

pytestmark = [pytest.mark.e2e]

DESKS = ("identification", "referral", "assistance", "return")
WIDE: ViewportSize = {"width": 1100, "height": 900}
Axe = Callable[[Page], list[str]]
Watch = Callable[[Page], list[str]]


@pytest.fixture(scope="module")
def played(stage: Stage) -> Run:
    """The demonstration's case, played to its end; before a browser's loop runs."""
    return asyncio.run(stage.play(cases.FIRST))


@pytest.fixture(scope="module")
def opened(played: Run, browser: Browser) -> Browser:
    """A browser for a copy in which a case was played."""
    assert played.kept["case"]
    return browser


def sign_in(context: BrowserContext, address: str, name: str) -> Page:
    """Sign in as one of the invented people, as a person does."""
    page = context.new_page()
    page.goto(f"{address}/")
    page.get_by_role("button", name=name, exact=True).click()
    second = page.get_by_role("button", name="Continue", exact=True)
    if second.count():
        second.click()
    assert page.url == f"{address}/desk/", page.url
    return page


@pytest.fixture
def giulia(opened: Browser, stage: Stage) -> Iterator[Page]:
    """Giulia of the organisation that first answered for the case, at her desk."""
    context = opened.new_context(viewport=WIDE, locale="en-GB")
    yield sign_in(context, stage.system.copy.services["referral"], "Giulia")
    context.close()


@pytest.mark.parametrize("language", ["English", "Română"])
def test_every_desk_and_case_page_is_sound_in_two_languages(
    giulia: Page, played: Run, stage: Stage, axe: Axe, csp: Watch, language: str
) -> None:
    seen = csp(giulia)
    giulia.get_by_role("button", name=language, exact=True).click()
    for desk in DESKS:
        address = stage.system.copy.services[desk]
        for path in ("/desk/", f"/desk/cases/{played.kept['case']}", "/desk/drafts"):
            answer = giulia.goto(f"{address}{path}")
            assert answer is not None
            assert answer.status == 200, f"{desk}{path}"
            expect(giulia.locator("h1")).to_have_count(1)
            assert axe(giulia) == [], f"{desk}{path}"
            giulia.set_viewport_size({"width": NARROW, "height": 700})
            assert too_wide(giulia) <= 0, f"{desk}{path}"
            giulia.set_viewport_size({"width": 1100, "height": 900})
    assert seen == []


def test_a_signal_is_recorded_in_romanian_without_javascript(opened: Browser, stage: Stage) -> None:
    context = opened.new_context(viewport=WIDE, locale="ro-RO", java_script_enabled=False)
    address = stage.system.copy.services["identification"]
    page = sign_in(context, address, "Ioana")
    page.goto(f"{address}/desk/do/record_signal")
    page.get_by_role("button", name="Începeți acum").click()
    answered = 0
    while not page.url.endswith("/check"):
        answered += 1
        assert answered < 30, page.url
        _answer(page, stage.canaries.core)
        page.get_by_role("button", name="Continuați", exact=True).click()
        assert not page.title().startswith("Eroare"), page.inner_text("main")
    page.locator("main form button").first.click()
    assert page.url.endswith("/done"), page.inner_text("main")
    code = re.search(r"[0-9A-HJKMNP-TV-Z]{10}[0-9A-Z*~$=U]", page.inner_text("main"))
    assert code is not None, page.inner_text("main")
    page.locator("main a[href^='/desk/cases/']").first.click()
    assert code[0] in page.inner_text("h1")
    context.close()


def _answer(page: Page, core: str) -> None:
    """Answer every question of a page, the free ones with what must be found nowhere."""
    for group in page.locator("main .govuk-radios").all():
        group.locator("input").first.check()
    for group in page.locator("main .govuk-checkboxes").all():
        group.locator("input").first.check()
    for select in page.locator("main select").all():
        ours = select.locator("option[value=RO]").count()
        select.select_option("RO" if ours else None, index=None if ours else 1)
    for words in page.locator("main textarea").all():
        words.fill(core)
    for line in page.locator("main input[type=text]").all():
        name = line.get_attribute("name") or ""
        ends = {"day": "3", "month": "2", "year": "1990", "time": "10:30"}
        line.fill(ends.get(name.rpartition(".")[2], core))
    for phone in page.locator("main input[type=tel]").all():
        phone.fill("+40211234567")


def test_a_stranger_cannot_tell_a_case_from_none(
    opened: Browser, played: Run, stage: Stage
) -> None:
    context = opened.new_context(viewport=WIDE)
    page = sign_in(context, stage.system.copy.services["referral"], "Tom")
    for desk in DESKS:
        said = set()
        for case in (played.kept["case"], uuid4()):
            answer = page.goto(f"{stage.system.copy.services[desk]}/desk/cases/{case}")
            assert answer is not None
            said.add((answer.status, page.title(), page.inner_text("main")))
        assert len(said) == 1, desk
        assert said.pop()[0] == 404
    context.close()


def test_an_operator_sees_how_a_service_stands_and_no_case(
    opened: Browser, played: Run, stage: Stage, axe: Axe
) -> None:
    context = opened.new_context(viewport=WIDE)
    address = stage.system.copy.services["referral"]
    page = sign_in(context, address, "Operator")
    page.goto(f"{address}/desk/operations")
    assert axe(page) == []
    assert stage.canaries.core not in page.content()
    answer = page.goto(f"{address}/desk/cases/{played.kept['case']}")
    assert answer is not None
    assert answer.status in {403, 404}
    context.close()


def test_leaving_ends_the_session_and_leads_elsewhere(giulia: Page, stage: Stage) -> None:
    address = stage.system.copy.services["referral"]
    answer = giulia.request.get(f"{address}/desk/exit", max_redirects=0)
    assert answer.status == 303
    assert not answer.headers["location"].startswith(address)
    assert '"cookies"' in answer.headers["clear-site-data"]
    again = giulia.request.get(f"{address}/desk/", max_redirects=0)
    assert again.status == 303
    assert "/desk/sign-in" in again.headers["location"]
