"""Every shared part of the pages, in every language, in a real browser."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from nrm_pages.words.language import LANGUAGES, OWN_NAMES
from tests.system.browser import NARROW, focused, too_wide

pytestmark = pytest.mark.browser

PAGES = ("gallery", "nothing", "message/404", "message/412", "message/503", "absent")
Axe = Callable[[Page], list[str]]
Watch = Callable[[Page], list[str]]


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    opened = browser.new_context(viewport={"width": 1100, "height": 800}, locale="en-GB")
    yield opened
    opened.close()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    return context.new_page()


def spoken(browser: Browser, language: str, *, width: int = 1100, script: bool = True) -> Page:
    """Open an empty page for a reader of one language."""
    size = {"width": width, "height": 700}
    opened = browser.new_context(
        viewport={"width": size["width"], "height": size["height"]},
        locale=language,
        java_script_enabled=script,
    )
    return opened.new_page()


@pytest.mark.parametrize("language", LANGUAGES)
def test_axe_finds_nothing_on_any_part_in_any_language(
    browser: Browser, gallery: str, axe: Axe, csp: Watch, language: str
) -> None:
    page = spoken(browser, language)
    seen = csp(page)
    for path in PAGES:
        page.goto(f"{gallery}/{path}")
        assert page.locator("html").get_attribute("lang") == language
        assert page.locator("body").get_attribute("dir") == "ltr"
        assert axe(page) == [], path
    assert seen == []
    page.context.close()


def test_axe_would_find_a_fault(page: Page, gallery: str, axe: Axe) -> None:
    page.goto(f"{gallery}/nothing")
    page.evaluate("document.querySelector('label').remove()")
    assert any(one.startswith("label ") for one in axe(page))


def test_a_breach_of_the_policy_would_be_seen(page: Page, gallery: str, csp: Watch) -> None:
    seen = csp(page)
    page.goto(f"{gallery}/nothing")
    page.evaluate("document.body.innerHTML += '<i style=\"top:0\"></i>'")
    assert any("style-src" in one for one in seen)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
def test_nothing_is_wider_than_a_narrow_page(
    browser: Browser, gallery: str, language: str, *, script: bool
) -> None:
    page = spoken(browser, language, width=NARROW, script=script)
    for path in PAGES:
        page.goto(f"{gallery}/{path}")
        assert too_wide(page) == 0, path
    page.context.close()


def test_rows_keep_their_meaning_on_a_narrow_page(browser: Browser, gallery: str) -> None:
    page = spoken(browser, "en", width=NARROW)
    page.goto(f"{gallery}/gallery")
    tasks = page.get_by_role("table", name="Open tasks, soonest first")
    row = tasks.get_by_role("row").nth(2)
    expect(row.get_by_role("rowheader")).to_have_text("RO-26-0001")
    expect(row.get_by_role("cell")).to_have_count(4)
    label = row.get_by_role("cell").nth(2)
    shown = label.evaluate("cell => getComputedStyle(cell, '::before').content")
    assert shown == '"Reply by"'
    page.context.close()


def test_the_keyboard_begins_at_the_skip_link_and_reaches_what_follows(
    page: Page, gallery: str
) -> None:
    page.goto(f"{gallery}/message/404")
    steps = []
    for _ in range(4):
        page.keyboard.press("Tab")
        steps.append(focused(page))
    assert steps[:3] == ["Skip to main content", "Exit this page", "National Referral Mechanism"]
    assert steps[3] == "Identification"
    page.goto(f"{gallery}/message/404")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main-content"


@pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
def test_the_switch_of_languages_keeps_the_page(
    browser: Browser, gallery: str, *, script: bool
) -> None:
    page = spoken(browser, "en", script=script)
    address = f"{gallery}/gallery?after=abc&sort=due"
    page.goto(address)
    for language in ("ro", "it", "pt", "en"):
        page.get_by_role("button", name=OWN_NAMES[language], exact=True).click()
        assert page.url == address
        assert page.locator("html").get_attribute("lang") == language
    page.context.close()


def test_the_button_leaves_at_once(page: Page, gallery: str) -> None:
    page.goto(f"{gallery}/gallery")
    page.get_by_role("main").wait_for()
    page.locator(".govuk-js-exit-this-page-button").click()
    page.wait_for_url("**/exit")
    assert page.inner_text("body") == "a neutral page"


def test_three_times_shift_leaves_at_once(page: Page, gallery: str) -> None:
    page.goto(f"{gallery}/gallery")
    page.wait_for_selector(".govuk-exit-this-page__indicator", state="attached")
    for _ in range(3):
        page.keyboard.press("Shift")
    page.wait_for_url("**/exit")
    assert page.inner_text("body") == "a neutral page"


def test_the_exit_works_without_script_and_stays_in_reach(browser: Browser, gallery: str) -> None:
    page = spoken(browser, "en", script=False)
    page.goto(f"{gallery}/gallery")
    page.mouse.wheel(0, 1500)
    button = page.locator(".govuk-js-exit-this-page-button")
    expect(button).to_be_in_viewport()
    button.click()
    assert page.inner_text("body") == "a neutral page"
    page.context.close()


def test_a_refused_form_says_so_in_its_title_and_takes_the_focus(page: Page, gallery: str) -> None:
    answer = page.goto(f"{gallery}/nothing")
    assert answer is not None
    assert answer.status == 422
    assert (
        page.title() == "Error: Tasks of your organisation \N{EN DASH} National Referral Mechanism"
    )
    expect(page.locator(".govuk-error-summary")).to_be_focused()
    page.get_by_role("link", name="Enter a reason").click()
    expect(page.locator("#reason")).to_be_focused()


def test_targets_are_large_enough_to_hit(browser: Browser, gallery: str, axe: Axe) -> None:
    page = spoken(browser, "ro", width=NARROW)
    page.goto(f"{gallery}/gallery")
    assert axe(page) == []
    page.context.close()


def test_words_are_seen_where_the_reader_chose_the_colours(browser: Browser, gallery: str) -> None:
    opened = browser.new_context(forced_colors="active")
    page = opened.new_page()
    page.goto(f"{gallery}/gallery")
    chosen = page.locator(".nrm-matrix td[data-chosen]")
    assert chosen.evaluate("cell => getComputedStyle(cell).outlineStyle") == "solid"
    expect(page.locator(".govuk-tag").first).to_have_text("Termen depășit")
    opened.close()


def test_paper_shows_what_the_page_says_and_none_of_its_controls(page: Page, gallery: str) -> None:
    page.goto(f"{gallery}/gallery")
    page.emulate_media(media="print")
    expect(page.locator(".nrm-languages")).to_be_hidden()
    expect(page.locator(".nrm-exit")).to_be_hidden()
    expect(page.get_by_role("button", name="Print this page")).to_be_hidden()
    expect(page.get_by_role("heading", level=1)).to_be_visible()


def test_arrows_end_before_the_lane_they_point_at(page: Page, gallery: str) -> None:
    page.goto(f"{gallery}/gallery")
    marker = page.locator("svg marker")
    assert marker.get_attribute("markerUnits") == "userSpaceOnUse"
    lanes = {float(str(one.get_attribute("y1"))) for one in page.locator("svg .lane").all()}
    for arrow in page.locator("svg .step").all():
        end = float(str(arrow.get_attribute("y2")))
        assert 6 <= min(abs(end - lane) for lane in lanes) <= 16
