"""Test fixtures: Chromium, pages that are watched, what axe finds on them."""

import os
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Error, Page, sync_playwright

from infra.local.home import CHECKOUT, GiveUp
from infra.local.install import chromium

AXE = CHECKOUT / "pages" / "tests" / "browser" / "vendored" / "axe.min.js"
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
SKIPPED = (
    "Chromium is missing (Debian: apt-get install chromium; or NRM_"
    "CHROMIUM): no page was tried in it"
)
NARROW = 320  # CSS pixels: WCAG 2.2, 1.4.10
POLICY = "Content Security Policy"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """The browser of a file's tests: found, or installed where that is allowed, else a skip.

    Not of the whole run: while it is open its loop runs, and no asynchronous test could.
    """
    try:
        program = chromium()
    except GiveUp:
        if "NRM_CHROMIUM" in os.environ:
            raise
        pytest.skip(SKIPPED)
    with sync_playwright() as playwright:
        # Root has no sandbox to give; an ordinary user keeps it.
        free = ["--no-sandbox"] if os.geteuid() == 0 else []
        opened = playwright.chromium.launch(
            executable_path=str(program), args=[*free, "--disable-dev-shm-usage"]
        )
        yield opened
        opened.close()


@cache
def _axe() -> str:
    return Path(AXE).read_text("utf-8")


@pytest.fixture
def axe() -> Callable[[Page], list[str]]:
    """What axe-core finds on a page: rule, how bad, where; nothing is best."""

    def violations(page: Page) -> list[str]:
        page.evaluate(_axe())  # a script tag would break the policy, this does not
        run = "tags => axe.run(document, {runOnly: tags, resultTypes: ['violations']})"
        found = page.evaluate(run, WCAG)["violations"]
        return [
            f"{one['id']} ({one['impact']}): {', '.join(str(n['target']) for n in one['nodes'])}"
            for one in found
        ]

    return violations


@pytest.fixture
def csp() -> Callable[[Page], list[str]]:
    """Begin to watch a page: the list fills with breaches of its policy and errors of scripts.

    Call it before the page is opened, look into it afterwards.
    """

    def watch(page: Page) -> list[str]:
        seen: list[str] = []

        def said(message: ConsoleMessage) -> None:
            if POLICY in message.text:
                seen.append(message.text)

        def failed(error: Error) -> None:
            seen.append(f"script: {error.message}")

        page.on("console", said)
        page.on("pageerror", failed)
        return seen

    return watch


def too_wide(page: Page) -> int:
    """Give by how many pixels a page must be scrolled sideways; 0 is right."""
    return int(page.evaluate("document.documentElement.scrollWidth - window.innerWidth"))


def focused(page: Page) -> str:
    """Say in words what has the keyboard's focus."""
    return str(page.evaluate("(document.activeElement.innerText || '').trim()"))
