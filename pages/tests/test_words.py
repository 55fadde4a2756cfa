"""Texts, dates and plural forms in four languages; the choice of a language."""

import datetime as dt
from collections.abc import Iterator

import pytest
from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from nrm_pages.words import Catalogues, formats, maybe, t, tn
from nrm_pages.words.catalogues import MissingText
from nrm_pages.words.language import (
    COOKIE,
    LANGUAGES,
    Speaking,
    choose,
    chosen,
    direction,
    language,
    same_origin_path,
)

NOW = dt.datetime(2026, 11, 20, 15, 0, tzinfo=dt.UTC)  # a Friday


@pytest.fixture(params=LANGUAGES)
def code(request: pytest.FixtureRequest) -> Iterator[str]:
    kept = language.set(request.param)
    yield request.param
    language.reset(kept)


@pytest.fixture
def romanian() -> Iterator[None]:
    kept = language.set("ro")
    yield
    language.reset(kept)


@pytest.mark.usefixtures("romanian")
def test_romanian_counts_in_three_forms() -> None:
    assert tn("time.in_days", 1) == "peste 1 zi"
    assert tn("time.in_days", 2) == "peste 2 zile"
    assert tn("time.in_days", 0) == "peste 0 zile"
    assert tn("time.in_days", 19) == "peste 19 zile"
    assert tn("time.in_days", 20) == "peste 20 de zile"
    assert tn("time.in_days", 101) == "peste 101 zile"
    assert tn("time.in_days", 1_020) == "peste 1.020 de zile"


def test_a_missing_text_is_a_fault_where_people_develop() -> None:
    with pytest.raises(MissingText, match=r"en: no\.such"):
        t("no.such")
    with pytest.raises(MissingText, match="wants name"):
        t("page.signed_in")
    assert maybe("no.such") == ""
    assert maybe("page.back") == "Back"


@pytest.mark.usefixtures("romanian")
def test_a_missing_text_never_shows_its_key_to_people() -> None:
    kind = Catalogues(strict=False)
    assert kind.text("no.such") == kind.text("text.missing")
    assert "no.such" not in kind.text("no.such")


def test_a_moment_names_its_zone_and_its_country(code: str) -> None:
    said = formats.moment(NOW, "RO")
    assert "17:00" in said
    assert "UTC+2" in said
    assert formats.country("RO") in said
    assert str(NOW.year) in said
    assert formats.moment(NOW).endswith("15:00 (UTC)")


def test_a_moment_follows_the_clocks_of_summer() -> None:
    assert "18:00 (Romania, UTC+3)" in formats.moment(NOW.replace(month=7), "RO")


def test_a_deadline_is_said_in_working_days_where_the_calendar_is_known() -> None:
    assert formats.left(NOW + dt.timedelta(days=4), NOW, "RO").words == "in 2 working days"
    assert formats.left(NOW + dt.timedelta(days=2), NOW, "RO").words == "in 2 days"
    assert formats.left(NOW + dt.timedelta(days=4), NOW, "PT").words == "in 4 days"
    assert formats.left(NOW + dt.timedelta(hours=1), NOW, "RO").words == "today at 18:00"
    assert formats.left(NOW + dt.timedelta(days=1), NOW, "RO").words == "tomorrow at 17:00"
    # Saint Andrew's day and the first of December are holidays in Romania.
    assert formats.left(NOW + dt.timedelta(days=12), NOW, "RO").words == "in 6 working days"


def test_a_deadline_that_passed_says_so() -> None:
    late = formats.left(NOW - dt.timedelta(hours=1), NOW, "RO")
    assert (late.words, late.late, late.soon) == ("overdue since today at 16:00", True, False)
    assert formats.left(NOW - dt.timedelta(days=3), NOW, "RO").words == "3 days overdue"


def test_every_language_writes_dates_and_numbers_its_own_way() -> None:
    said = {}
    for one in LANGUAGES:
        kept = language.set(one)
        said[one] = (formats.day(NOW.date()), formats.number(1234567.5))
        language.reset(kept)
    assert said == {
        "en": ("20 November 2026", "1,234,567.5"),
        "ro": ("20 noiembrie 2026", "1.234.567,5"),
        "it": ("20 novembre 2026", "1.234.567,5"),
        "pt": ("20 de novembro de 2026", "1\N{NO-BREAK SPACE}234\N{NO-BREAK SPACE}567,5"),
    }


@pytest.mark.parametrize(
    ("wish", "kept", "code"),
    [
        ("", "", "en"),
        ("ro-RO,ro;q=0.9,en;q=0.8", "", "ro"),
        ("de, it;q=0.5, pt;q=0.7", "", "pt"),
        ("de", "", "en"),
        ("it;q=much", "", "en"),
        ("it", "pt", "pt"),
        ("it", "xx", "it"),
    ],
)
def test_a_choice_comes_before_the_browser_and_the_browser_before_english(
    wish: str, kept: str, code: str
) -> None:
    assert chosen(Headers({"accept-language": wish, "cookie": f"{COOKIE}={kept}"})) == code


def test_a_language_that_is_written_from_the_right_is_ready() -> None:
    assert [direction(one) for one in ("en", "ar", "he", "uk")] == ["ltr", "rtl", "rtl", "ltr"]


@pytest.mark.parametrize(
    "back",
    ["//elsewhere.example/", "https://elsewhere.example", "/\\elsewhere.example", "", "x", "/a\nb"],
)
def test_going_back_never_leads_elsewhere(back: str) -> None:
    assert same_origin_path(back, "/desk/") == "/desk/"
    assert same_origin_path("/desk/cases?after=1", "/desk/") == "/desk/cases?after=1"


def test_the_chosen_language_stays_and_the_page_too() -> None:
    async def say(_: Request) -> PlainTextResponse:
        return PlainTextResponse(t("page.back"))

    app = Starlette(
        routes=[Route("/say", say), Route("/language", choose, methods=["POST"])],
        middleware=[Middleware(Speaking)],
    )
    with TestClient(app) as reader:
        answer = reader.post("/language", data={"to": "ro", "back": "/say?a=1"})
        assert str(answer.url).endswith("/say?a=1")
        assert answer.text == "Înapoi"
        assert reader.get("/say", headers={"accept-language": "it"}).text == "Înapoi"
        assert reader.post("/language", data={"to": "xx", "back": "/say"}).text == "Înapoi"
