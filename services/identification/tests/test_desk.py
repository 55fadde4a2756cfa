"""The pages of identification: every act has one, and says in four languages what it asks."""

import re
from dataclasses import fields
from html import unescape
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx2
import pytest

import nrm_identification
from nrm_contracts.codes import Duty, IndicatorList
from nrm_contracts.indicators import indicator_set
from nrm_identification.api.allowed import ALWAYS, NAMES, allowed
from nrm_identification.app import service
from nrm_identification.domain import case
from nrm_identification.domain import commands as ask
from nrm_identification.ui import DESK
from nrm_pages.forms.fields import Kind
from nrm_pages.forms.keys import columns_of
from nrm_pages.forms.pages import PLAIN, pages_of
from nrm_pages.words.catalogues import Catalogues
from nrm_pages.words.language import LANGUAGES, language
from nrm_runtime.access import READ, WRITE, Principal
from nrm_runtime.core import Command, Refused
from nrm_runtime.web.app import make
from services.identification.tests.people import (
    AGENCY,
    ENTITLED,
    HARBOUR,
    KINDS,
    LANTERN,
    POLICE,
    STRANGER,
    Story,
    stories,
)
from tests.flows import desk
from tests.flows.house import House, worker_of
from tools.desk_words import desk_keys, document_of

DOCUMENT = document_of(service())
POSTS = [one for one in DOCUMENT.operations.values() if one.method != "GET"]
ROOMS = Path(nrm_identification.__file__).parent
REFUSED = re.compile(r'(?:Refused\(|Problem\(\d+,|forbidden\()\s*"([a-z-]+)"')
TEXTS = Catalogues(["nrm_pages.pages", "nrm_contracts", "nrm_identification.ui"])
CASELESS = {"record_signal", "find_case"}
COMMANDS: dict[str, type[Command]] = {
    **{name: kind for kind, name in NAMES.items()},
    "take_notice": ask.TakeNotice,
    "record_person": ask.RecordPerson,
    "record_indicators": ask.RecordIndicators,
    "assess_age": ask.AssessAge,
    "inform_rights": ask.InformRights,
}


def worker(organisation: UUID = HARBOUR) -> Principal:
    """A worker to whom everything is entrusted."""
    return Principal(
        organisation=organisation,
        worker=worker_of(organisation),
        country="RO",
        kind=KINDS.get(organisation, "NGO"),
        duties=frozenset({Duty.ERASE}),
        scopes=frozenset({READ, WRITE}),
        client="invented",
    )


def states() -> list[case.Case]:
    """Every state that the stories of this service pass through."""
    found: list[case.Case] = [case.initial]
    for story in stories():
        state = case.initial
        for command in story:
            for event in case.decide(state, command):
                state = case.evolve(state, event)
            found.append(state)
    return found


SAMPLES = {type(one): one for story in stories() for one in story}
NOT_NOW = {"out-of-order", "case-closed", "case-closing", "not-a-party", "not-notified"}
"""How a state says no; every other code is a guard's."""


def _refusal(state: case.Case, name: str, who: UUID) -> str:
    kind = COMMANDS[name]
    names = {one.name for one in fields(kind)} - {"id", "by", "at"}
    command = Story().by(who, kind, **{name: getattr(SAMPLES[kind], name) for name in names})
    try:
        case.decide(state, command)
    except Refused as refused:
        return refused.code
    return ""


@pytest.mark.parametrize("who", [HARBOUR, LANTERN, POLICE, AGENCY, STRANGER])
def test_what_a_page_offers_is_in_order(who: UUID) -> None:
    for state in states():
        offered = {name for name, _ in allowed(state, worker(who))}
        asked = offered & set(COMMANDS)
        assert {name for name in asked if _refusal(state, name, who) in NOT_NOW} == set()


def test_what_is_in_order_is_offered_to_who_decides() -> None:
    for state in states():
        offered = {name for name, _ in allowed(state, worker(POLICE))}
        possible = {name for name in COMMANDS if _refusal(state, name, POLICE) not in NOT_NOW}
        assert possible <= offered


def test_every_act_is_offered_in_some_state() -> None:
    whose = (HARBOUR, LANTERN, POLICE, AGENCY)
    offered = {name for one in states() for who in whose for name, _ in allowed(one, worker(who))}
    assert offered | CASELESS == {one.name for one in POSTS} - set(DESK.hidden)
    assert set(DESK.begin) == CASELESS


def test_a_decision_is_offered_to_whom_the_country_entitles_and_a_stranger_nothing() -> None:
    state = next(
        one
        for one in states()
        if isinstance(one, case.CaseFile) and POLICE in one.parties
        and "identify" in {name for name, _ in allowed(one, worker(POLICE))}
    )  # fmt: skip
    assert "identify" not in {name for name, _ in allowed(state, worker(HARBOUR))}
    assert list(allowed(state, worker(STRANGER))) == []
    assert set(ALWAYS) <= {name for name, _ in allowed(state, worker(HARBOUR))}
    assert "NGO" in ENTITLED


@pytest.mark.parametrize("operation", POSTS, ids=lambda one: one.name)
def test_every_act_has_a_page_and_every_reference_a_source(operation: Any) -> None:
    shape = DESK.shapes.get(operation.name, PLAIN)
    if operation.name in DESK.hidden or operation.body is None:
        return
    pages_of(operation.body, shape)
    names = {one.name: one.kind for one in operation.body.leaves()}
    references = {name for name, kind in names.items() if kind is Kind.REFERENCE}
    assert references == set(shape.references)
    assert {name for name, kind in names.items() if kind is Kind.ANSWERS} == set(shape.keys)


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_text_is_there_in_every_language(code: str) -> None:
    keys = DESK.shapes["record_indicators"].keys["answers"]
    signs = {f"code.Indicator.{one}" for one in keys.of({})}
    spoken = language.set(code)
    try:
        assert {
            key for key in desk_keys("nrm_identification") | signs if not TEXTS.has(key)
        } == set()
    finally:
        language.reset(spoken)


def test_every_refusal_says_in_words_what_to_do() -> None:
    source = "".join(path.read_text("utf-8") for path in ROOMS.rglob("*.py"))
    codes = set(REFUSED.findall(source))
    assert len(codes) > 10
    for code in LANGUAGES:
        spoken = language.set(code)
        try:
            assert {one for one in codes if not TEXTS.has(f"problem.{one}")} == set()
        finally:
            language.reset(spoken)


def test_every_column_is_shown_in_a_way_that_pages_know() -> None:
    coded = {one.name for one in columns_of(DESK) if one.show in {"code", "codes"}}
    assert coded == {one.name for one in columns_of(DESK) if one.codes}


def test_the_signs_that_are_asked_are_those_of_the_list_that_was_chosen() -> None:
    keys = DESK.shapes["record_indicators"].keys["answers"]
    for chosen in IndicatorList:
        listed = [one.code for one in indicator_set(chosen).indicators]
        assert list(keys.of({"indicators": chosen.value})) == listed


async def at_desk(house: House, name: str) -> httpx2.AsyncClient:
    """A browser at the desk, as an organisation's worker."""
    app = make(house.running.service, house.running)
    who = house.members[name].organisation
    auth: Any = house.caller(name).http.auth
    token = await auth.token()
    house.opened.append(await desk.at_desk(app, "identification", token, worker_of(who), who))
    return house.opened[-1]


async def sent(browser: httpx2.AsyncClient, begun: str, *pages: dict[str, Any]) -> httpx2.Response:
    """Begin a form, answer its pages in order, and send it."""
    shown = await browser.post(begun)
    for answers in pages:
        shown = await browser.post(shown.url, data=answers)
        assert shown.status_code == 200, shown.url.path
    assert shown.url.path.endswith("/check"), shown.text
    return await browser.post(shown.url)


FIRST: tuple[dict[str, str], ...] = (
    {"trigger": "INDICATORS", "channel": "outreach"},
    {"age": "adult", "spoken_to": "yes"},
    {},
    {"private.identity.first_name": "Ileana-Maria"},
)


@pytest.mark.integration
async def test_a_signal_is_recorded_on_pages_and_who_was_told_takes_notice(house: House) -> None:
    harbour, agency = await at_desk(house, "harbour"), await at_desk(house, "agency")
    done = await sent(harbour, "/desk/do/record_signal", *FIRST, {}, {}, {}, {}, {})
    assert TEXTS.text("do.record_signal.done") in done.text
    (found,) = (await house.caller("harbour").get("/cases")).json()["items"]
    assert found["code"] in done.text
    for code in LANGUAGES:
        harbour.cookies.set("nrm_language", code)
        shown = (await harbour.get(f"/desk/cases/{found['case']}")).text
        assert found["code"] in shown
        assert "Ileana-Maria" not in shown
        assert f"/desk/do/record_indicators?case={found['case']}" in shown
        assert "/desk/do/take_notice" not in shown
    taking = f"/desk/do/take_notice?case={found['case']}"
    assert taking in (await agency.get("/desk/")).text
    about = await agency.get(taking)
    typed = dict(re.findall(r'name="(key|etag)" value="([^"]*)"', about.text))
    await agency.post(taking, data={name: unescape(value) for name, value in typed.items()})
    assert taking not in (await agency.get("/desk/")).text
    assert (await house.caller("agency").get("/notices")).json()["items"] == []


@pytest.mark.integration
async def test_a_list_of_indicators_is_gone_through_on_one_page(house: House) -> None:
    browser = await at_desk(house, "harbour")
    caller = house.caller("harbour")
    await sent(browser, "/desk/do/record_signal", *FIRST, {}, {}, {}, {}, {})
    (found,) = (await caller.get("/cases")).json()["items"]
    begun = f"/desk/do/record_indicators?case={found['case']}"
    yes = {
        f"answers.{one.code}": "yes"
        for one in indicator_set(IndicatorList.ILO_DELPHI_ADULT_LABOUR).indicators
    }
    await sent(browser, begun, {"indicators": "ilo_delphi_adult_labour"}, yes)
    (listed,) = (await caller.get(f"/cases/{found['case']}/indicators")).json()
    assert listed["outcome"] == "TRAFFICKING"
    code = await browser.post("/desk/do/find_case")
    wrong = await browser.post((await browser.post(code.url, data={"code": "zzz"})).url)
    assert TEXTS.text("problem.wrong-code") in wrong.text


@pytest.mark.integration
async def test_reflection_periods_are_listed_by_their_end(house: House) -> None:
    story = Story()
    case_id = UUID(int=7)
    await house.act(case_id, *story.presumed(), story.offered(), story.started())
    (one,) = (await house.caller("harbour").get("/reflections")).json()["items"]
    assert one["case"] == str(case_id)
    assert (await house.caller("stranger").get("/reflections")).json()["items"] == []
