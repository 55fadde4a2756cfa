"""The pages of referral: every act has one, packets are read at once, receivers are searched."""

import re
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx2
import pytest

import nrm_referral
from nrm_contracts.codes import Duty
from nrm_contracts.organisations import organisations
from nrm_pages.forms.choosing import Asking, filters_of
from nrm_pages.forms.fields import Kind
from nrm_pages.forms.keys import columns_of, needed_codes
from nrm_pages.forms.pages import PLAIN, pages_of
from nrm_pages.words.catalogues import Catalogues
from nrm_pages.words.language import LANGUAGES, language
from nrm_referral.api.allowed import CASE, CLOSING, CONSENT, REFERRAL, allowed
from nrm_referral.app import service
from nrm_referral.domain import case as machine
from nrm_referral.domain import commands as ask
from nrm_referral.ui import DESK
from nrm_runtime.access import READ, WRITE, Principal
from nrm_runtime.core import Command
from nrm_runtime.web.app import make
from services.referral.tests.bodies import accepted, consent, offered
from services.referral.tests.conftest import SEED, Caller, House, organisation
from services.referral.tests.given import AGENCY, NGO_D, NGO_O, SHELTER
from services.referral.tests.test_allowed import REACHED, _asked, _of_region, _says_no
from tests.flows import desk
from tools.desk_words import desk_keys, document_of

DOCUMENT = document_of(service())
POSTS = [one for one in DOCUMENT.operations.values() if one.method != "GET"]
ROOMS = Path(nrm_referral.__file__).parent
REFUSED = re.compile(r'(?:Refused\(|Problem\(\d+,|forbidden\()\s*"([a-z-]+)"')
TEXTS = Catalogues(["nrm_pages.pages", "nrm_contracts", "nrm_referral.ui"])
ORGANISATIONS = {"recipient", "hearing_notices_to"}
COMMANDS: dict[str, type[Command]] = {
    **{name: kind for kind, name in (*CASE.items(), *CONSENT.items())},
    **{name: kind for kind, name in (*REFERRAL.items(), *CLOSING.items())},
    "approve_override": ask.ApproveOverride,
}


def worker(who: UUID) -> Principal:
    """A worker to whom everything is entrusted."""
    return Principal(
        organisation=who,
        worker=uuid4(),
        country="RO",
        kind="NGO",
        duties=frozenset({Duty.ERASE, Duty.REFER}),
        scopes=frozenset({READ, WRITE}),
        client="invented",
    )


@pytest.mark.parametrize("reached", REACHED, ids=lambda one: one.__name__)
def test_what_a_page_offers_is_in_order(reached: type[object]) -> None:
    story = REACHED[reached]()
    here = _of_region(reached)
    for who in (NGO_D, NGO_O, SHELTER, AGENCY):
        offered_ = {
            COMMANDS[name] for name, _ in allowed(story.state, worker(who)) if name in COMMANDS
        }
        for kind in offered_ & here:
            assert not _says_no(story, _asked(story, kind), reached), kind


def test_every_act_is_offered_in_some_state_and_each_table_is_the_machines() -> None:
    whose = (NGO_D, NGO_O, SHELTER, AGENCY)
    states = [make_() for make_ in REACHED.values()]
    found = {name for one in states for who in whose for name, _ in allowed(one.state, worker(who))}
    assert found == {one.name for one in POSTS} - set(DESK.hidden)
    assert set(COMMANDS.values()) <= frozenset().union(*machine.ALLOWED.values())


def test_who_takes_no_part_is_offered_nothing_but_its_own_words() -> None:
    for reached in REACHED.values():
        found = {name for name, _ in allowed(reached().state, worker(uuid4()))}
        assert found <= {"read_documents"}


@pytest.mark.parametrize("operation", POSTS, ids=lambda one: one.name)
def test_every_act_has_a_page_and_every_reference_a_source(operation: Any) -> None:
    shape = DESK.shapes.get(operation.name, PLAIN)
    if operation.name in DESK.hidden or operation.body is None:
        return
    pages_of(operation.body, shape)
    kinds = {one.name: one for one in operation.body.leaves()}
    references = {name for name, one in kinds.items() if one.kind is Kind.REFERENCE}
    assert references - ORGANISATIONS == set(shape.references)
    for name, codes in shape.offered.items():
        assert set(codes) <= set(kinds[name].values)


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_text_is_there_in_every_language(code: str) -> None:
    codes = {f"code.{name}.{value}" for name, value in needed_codes(DESK, DOCUMENT)}
    spoken = language.set(code)
    try:
        assert {key for key in desk_keys("nrm_referral") | codes if not TEXTS.has(key)} == set()
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


def test_receivers_are_searched_by_what_the_person_needs_until_somebody_searches() -> None:
    shape = DESK.shapes["offer_referral"]
    answers = {"needs": ["accommodation"], "gender": "Feminine", "languages": ["ro", "en"]}
    asking = Asking(shape=shape, target={}, answers=answers, query={})
    known = shape.references["receiver"]
    assert filters_of(known, asking) == {"need": "accommodation", "gender": "Feminine"}
    searched = Asking(shape=shape, target={}, answers=answers, query={"need": "", "country": "IT"})
    assert filters_of(known, searched) == {"country": "IT"}
    checked = Asking(shape=shape, target={}, answers=answers)
    assert filters_of(known, checked) == {}


async def _token(caller: Caller) -> str:
    auth: Any = caller.http.auth
    token: str = await auth.token()
    return token


@pytest.mark.integration
async def test_a_receiver_sees_what_it_is_asked_and_a_stranger_nothing(
    house: House, case: UUID, sender: Caller, receiver: Caller
) -> None:
    path = await offered(case, sender)
    referral = path.rsplit("/", 1)[-1]
    act = f"/desk/do/accept_referral?case={case}&amp;referral={referral}"
    asked = await at_desk(house, "ngo-o")
    for code in LANGUAGES:
        asked.cookies.set("nrm_language", code)
        assert act in (await asked.get("/desk/")).text
        assert act in (await asked.get(f"/desk/cases/{case}")).text
    holding = await (await at_desk(house, "ngo-d")).get(f"/desk/cases/{case}")
    assert act not in holding.text
    assert f"/desk/do/withdraw_referral?case={case}&amp;referral={referral}" in holding.text
    stranger = await at_desk(house, "dgaspc")
    assert str(case) not in (await stranger.get("/desk/")).text
    assert (await stranger.get(f"/desk/cases/{case}")).status_code == 404


@pytest.mark.integration
async def test_lists_name_what_waits_for_whom(
    house: House, case: UUID, sender: Caller, receiver: Caller
) -> None:
    path = await accepted(case, sender, receiver)
    for caller in (sender, receiver):
        (one,) = (await caller.get("/hand-offs")).json()["items"]
        assert one["referral"] == path.rsplit("/", 1)[-1]
    await receiver.does(path, "confirm")
    assert (await receiver.get("/hand-offs")).json()["items"] == []
    assert len((await sender.get("/hand-offs")).json()["items"]) == 1
    await sender.does(path, "confirm")
    assert (await sender.get("/hand-offs")).json()["items"] == []

    ground = {
        "ground": "vital_interest",
        "recipient": str(organisation("ngo-o").id),
        "purpose": "safe_return",
        "categories": ["risks"],
        "private": {"reason": "She was threatened on the phone."},
    }
    proposed = await receiver.new(f"/cases/{case}/overrides", ground)
    (waiting,) = (await receiver.get("/overrides")).json()["items"]
    assert waiting["override"] == proposed.rsplit("/", 1)[-1]
    await receiver.does(path, "done", {"outcome": "successful"})
    await receiver.new(f"/cases/{case}/closings", {"reason": "reintegrated"})
    (open_,) = (await house.caller("agency-it").get("/closings")).json()["items"]
    assert (open_["case"], open_["state"]) == (str(case), "proposed")


async def at_desk(house: House, name: str) -> httpx2.AsyncClient:
    """A browser at the desk, as an organisation's first worker."""
    house.running.settings.urls["referral"] = house.address  # type: ignore[index]
    app = make(house.running.service, house.running)
    first, token = organisation(name), await _token(house.caller(name))
    house.opened.append(await desk.at_desk(app, "referral", token, first.workers[0].id, first.id))
    return house.opened[-1]


@pytest.mark.integration
async def test_a_packet_is_read_as_soon_as_its_ticket_is_given(
    house: House, case: UUID, sender: Caller, receiver: Caller
) -> None:
    path = await accepted(case, sender, receiver)
    browser = await at_desk(house, "ngo-o")
    referral = path.rsplit("/", 1)[-1]
    begun = f"/desk/do/release_packet?case={case}&referral={referral}"
    assert (await browser.get(begun)).status_code == 200
    asked = await browser.post(begun)
    assert TEXTS.text("ask.release_packet.owner") in asked.text
    assert "notifications" not in asked.text.split("<main", 1)[1]
    kinds = await browser.post(asked.url, data={"owner": "referral"})
    check = await browser.post(kinds.url, data={"categories": "travel"})
    assert check.url.path.endswith("/check"), check.text
    shown = await browser.post(check.url)
    assert "Gate 4" in shown.text
    again = await browser.get(check.url)
    assert "Gate 4" not in again.text
    disclosed = (await sender.get(f"/cases/{case}/disclosures")).json()
    assert [(one["what"], one["owner"]) for one in disclosed] == [("packet", "referral")]
    read = await house.rows("SELECT type FROM event WHERE type LIKE '%personal-data-read'")
    assert len(read) == 1


@pytest.mark.integration
async def test_a_receiver_is_found_by_what_the_person_needs(
    house: House, case: UUID, sender: Caller
) -> None:
    await sender.new(f"/cases/{case}/consents", consent())
    browser = await at_desk(house, "ngo-d")
    needs = await browser.post(f"/desk/do/offer_referral?case={case}")
    urgent = await browser.post(needs.url, data={"needs": "accommodation"})
    fit = await browser.post(urgent.url, data={"urgent": "no", "medical": "no", "threat": "no"})
    found = await browser.post(fit.url, data={"gender": "Feminine", "languages": ["ro"]})
    assert found.url.path.endswith("/receiver"), found.text
    fitting = await sender.get("/directory", need="accommodation", gender="Feminine", language="ro")
    listed = {one["organisation"] for one in fitting.json()["items"]}
    assert listed
    assert {one for one in all_ids() if f'value="{one}"' in found.text} == listed
    wider = await browser.get(found.url, params={"need": "", "country": "IT"})
    italian = {
        one["organisation"]
        for one in (await sender.get("/directory", country="IT")).json()["items"]
    }
    assert {one for one in all_ids() if f'value="{one}"' in wider.text} == italian
    wrong = await browser.post(found.url)
    assert wrong.status_code == 422
    kind = await browser.post(found.url, data={"receiver": min(listed)})
    assert kind.url.path.endswith("/kind")


def all_ids() -> set[str]:
    """The ids of every organisation of the seed."""
    return {str(one.id) for one in organisations(SEED).organisations}
