"""The pages of return: every act has one, and says in four languages what it asks."""

from importlib import import_module
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from nrm_contracts.care_codes import RiskDimension
from nrm_contracts.codes import AgeBand, Duty
from nrm_pages.forms.fields import Field, Kind
from nrm_pages.forms.keys import columns_of
from nrm_pages.forms.pages import PLAIN, pages_of
from nrm_pages.forms.posted import read
from nrm_pages.forms.prefill import texts_of
from nrm_pages.forms.tables import in_place, lines_of
from nrm_pages.pages import cases
from nrm_pages.words.catalogues import Catalogues
from nrm_pages.words.language import LANGUAGES, language
from nrm_return.api.allowed import AGREEING, INQUIRED, KEEPING, MEMBERS, allowed
from nrm_return.app import service
from nrm_return.domain import commands as ask
from nrm_return.domain import follow_up_commands as follow
from nrm_return.domain.case import decide
from nrm_return.ui import DESK
from nrm_runtime.access import READ, WRITE, Principal
from nrm_runtime.core import Command, Refused, Worker
from nrm_runtime.testing.clock import after
from pages.tests.seats import every_question, page
from tools.desk_words import desk_keys, document_of

with_: Any = import_module("services.return.tests.steps")
told_: Any = import_module("services.return.tests.told")
states_: Any = import_module("services.return.tests.test_allowed")
api_: Any = import_module("services.return.tests.test_api")
make = with_.make

DOCUMENT = document_of(service())
KEYS = desk_keys("nrm_return")
POSTS = [one for one in DOCUMENT.operations.values() if one.method != "GET"]
TEXTS = Catalogues(["nrm_pages.pages", "nrm_contracts", "nrm_return.ui"])
ORGANISATIONS = {"asked", "measures.owner", "responsible", "report_to"}
COMMANDS: dict[str, type[Command]] = {
    "request_return": ask.RequestReturn,
    **{name: kind for kind, name in {**MEMBERS, **INQUIRED, **AGREEING, **KEEPING}.items()},
}
NOBODYS = {"out-of-order", "case-closing", "case-closed", "not-a-party", "not-the-receiver",
           "not-responsible", "wrong-country"}  # fmt: skip
SHORT = make(ask.SetItinerary, departs_at=after(days=5), arrives_at=after(days=6))
HISTORIES: dict[str, Any] = {
    **{f"return {kind.__name__}": one for kind, one in states_.IN_RETURN.items()},
    **{f"follow-up {kind.__name__}": one for kind, one in states_.IN_FOLLOW_UP.items()},
    **{f"closing {kind.__name__}": one for kind, one in states_.IN_CLOSING.items()},
    "heard of": with_.a_case(),
    "child": with_.a_case(age=AgeBand.CHILD).after(make(ask.RequestReturn)),
    "inquiry asked": with_.a_request().after(make(ask.RequestInquiry)),
    "short": with_.a_request().after(SHORT),
    "short, proposed": with_.a_request().after(SHORT, make(ask.ProposeShortLead)),
    "reported": with_.followed().after(make(follow.SendReport, by=with_.TO)),
    "kept": with_.followed().after(*states_.KEPT, make(follow.SendReport, by=with_.TO)),
}
WORKERS = (with_.FROM, with_.TO, with_.INSPECTOR, with_.NOBODY)


def principal_of(worker: Worker) -> Principal:
    """Give a worker to whom everything is entrusted, as the edge sees them."""
    return Principal(
        organisation=worker.organisation,
        worker=worker.worker,
        client="a",
        country=worker.country,
        kind=worker.kind,
        duties=frozenset({Duty.APPROVE_RETURN, Duty.ERASE}),
        scopes=frozenset({READ, WRITE}),
    )


def fields_of(field: Field) -> dict[str, Field]:
    """Every question below a body by its name, those of rows included."""
    found = {}
    for one in field.leaves():
        found[one.name] = one
        found |= {f"{one.name}.{inner.name}": inner for inner in one.fields}
    return found


@pytest.mark.parametrize("operation", POSTS, ids=lambda one: one.name)
def test_every_act_has_a_page_and_every_reference_a_source(operation: Any) -> None:
    if operation.name in DESK.hidden:
        return
    shape = DESK.shapes.get(operation.name, PLAIN)
    pages_of(operation.body, shape)
    if operation.body is None:
        return
    known = fields_of(operation.body)
    references = {name for name, one in known.items() if one.kind is Kind.REFERENCE}
    assert references - ORGANISATIONS <= set(shape.references)
    assert {*shape.references, *shape.matrix, *shape.scales, *shape.offered} <= set(known)


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_text_is_there_in_every_language(code: str) -> None:
    spoken = language.set(code)
    try:
        assert {key for key in KEYS if not TEXTS.has(key)} == set()
    finally:
        language.reset(spoken)


def test_every_column_is_shown_in_a_way_that_pages_know() -> None:
    coded = {one.name for one in columns_of(DESK) if one.show in {"code", "codes"}}
    assert coded == {one.name for one in columns_of(DESK) if one.codes}


@pytest.mark.parametrize("name", HISTORIES)
@pytest.mark.parametrize("worker", WORKERS, ids=lambda one: str(one.organisation)[:4])
def test_what_a_page_offers_is_in_order_and_for_this_organisation(
    name: str, worker: Worker
) -> None:
    state = HISTORIES[name].state
    for operation, target in allowed(state, principal_of(worker)):
        if operation not in COMMANDS:
            continue
        kind = COMMANDS[operation]
        own = {"return_id": target.get("return_id", with_.OTHER)}
        try:
            decide(state, make(kind, by=worker, at=with_.LANDS, **own))
        except Refused as refused:
            assert refused.code not in NOBODYS, operation


def test_every_act_is_offered_in_some_state() -> None:
    offered = {
        name
        for history in HISTORIES.values()
        for worker in WORKERS
        for name, _ in allowed(history.state, principal_of(worker))
    }
    assert offered == {one.name for one in POSTS} - set(DESK.hidden)


def test_a_stranger_is_offered_nothing() -> None:
    stranger = principal_of(with_.NOBODY)
    assert all(not list(allowed(one.state, stranger)) for one in HISTORIES.values())


def test_the_joint_risk_keeps_each_danger_in_its_own_line() -> None:
    body = DOCUMENT.operations["sign_joint_risk"].body
    assert body is not None
    asked, by = fields_of(body)["findings"], DESK.shapes["sign_joint_risk"].matrix["findings"]
    lines, zone = lines_of(asked, by), ZoneInfo("Europe/Rome")
    assert len(lines) == 2 * len(RiskDimension)
    place = lines.index(("relative", "legal"))
    posted: dict[str, list[str]] = {}
    for number, (subject, dimension) in enumerate(lines):
        posted[f"findings.{number}.fixed"] = ["dimension", "subject"]
        posted[f"findings.{number}.subject"] = [subject]
        posted[f"findings.{number}.dimension"] = [dimension]
    posted[f"findings.{place}.likelihood"] = ["2"]
    posted[f"findings.{place}.severity"] = ["3"]
    found, faults = read(asked, posted, zone)
    danger = {"subject": "relative", "dimension": "legal", "likelihood": 2, "severity": 3}
    assert (found, faults) == ([danger], [])
    shown = texts_of(asked, in_place(asked, found, by), zone)
    assert shown[f"findings.{place}.severity"] == ["3"]
    assert [name for name in shown if name.endswith("severity")] == [f"findings.{place}.severity"]


async def token_of(caller: Any) -> str:
    """The access token with which a caller calls."""
    token: str = await caller.http.auth.token()
    return token


@pytest.fixture
def sides(house: Any, home: str) -> Any:
    """The callers of one return."""
    return api_.Sides(house, home)


def said(code: str, key: str, **parameters: object) -> str:
    """Give a text in a language."""
    spoken = language.set(code)
    try:
        return TEXTS.text(key, None, **parameters)
    finally:
        language.reset(spoken)


@pytest.mark.integration
async def test_the_file_is_a_checklist_with_who_must_do_what(
    house: Any, case: UUID, home: str, sides: Any
) -> None:
    await sides.sender.does("consent", {"form": "verbal"})
    token = await token_of(sides.sender)
    for code in LANGUAGES:
        shown = await page(house.app, token, cases.show, code, case=str(case))
        list_ = shown[shown.index('id="part-checklist"') : shown.index('id="part-joint_risk"')]
        assert said(code, "code.Lacks.documents-missing") in list_
        assert said(code, "code.Lacks.consent-missing") not in list_
        assert said(code, "checklist.who.receiver") in list_
        assert f"/desk/do/record_documents?case={case}&return_id={home[-36:]}" in list_
        assert "/desk/do/receive_inquiry?" not in list_
    stranger = await token_of(sides.stranger)
    with pytest.raises(AssertionError):
        await page(house.app, stranger, cases.show, case=str(case))


@pytest.mark.integration
async def test_the_follow_up_is_a_calendar_with_what_was_kept(
    house: Any, case: UUID, home: str, sides: Any
) -> None:
    await api_.leave(house, case, home, sides)
    await sides.receiver.does("arrive")
    agreed = {
        "responsible": str(with_.RECEIVER),
        "report_to": str(with_.SENDER),
        "form": "verbal",
    }
    await sides.receiver.does("follow-up", agreed)
    await sides.receiver.does("follow-up/record", {"number": 1, "outcome": "safe"})
    await sides.receiver.does("follow-up/record", {"number": 2, "outcome": "not_reached"})
    token = await token_of(sides.receiver)
    for code in LANGUAGES:
        shown = await page(house.app, token, cases.show, code, case=str(case))
        table = shown[shown.index('id="part-calendar"') : shown.index('id="part-contacts"')]
        assert table.count(said(code, "calendar.kept") + "</strong>") == 1
        assert said(code, "calendar.report", number=1) in table
        assert "sender (invented)" in table
        assert f"/desk/do/record_follow_up?case={case}&return_id={home[-36:]}" in table
        assert said(code, "checklist.over") in shown


@pytest.mark.integration
async def test_every_question_can_be_asked(house: Any, case: UUID, home: str, sides: Any) -> None:
    token = await token_of(sides.sender)
    here = {"case": str(case), "return_id": home[-36:]}
    asked_for = 0
    for number, operation in enumerate(POSTS):
        if operation.name not in DESK.hidden:
            target = {one: here.get(one, str(case)) for one in operation.parameters}
            code = LANGUAGES[number % len(LANGUAGES)]
            asked_for += await every_question(house.app, token, code, operation.name, target)
    assert asked_for > len(POSTS)
