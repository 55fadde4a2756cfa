"""The pages of assistance: every act has one, and says in four languages what it asks."""

from typing import Any
from uuid import UUID

import pytest

from nrm_assistance.api.allowed import ASSISTANCE, SUPPORT, allowed
from nrm_assistance.app import service
from nrm_assistance.domain import case, states
from nrm_assistance.domain import commands as ask
from nrm_assistance.ui import DESK
from nrm_contracts.care_codes import RiskDimension
from nrm_contracts.codes import Duty
from nrm_contracts.ids import AssistanceId
from nrm_pages.forms.fields import Field, Kind
from nrm_pages.forms.keys import columns_of
from nrm_pages.forms.pages import PLAIN, pages_of
from nrm_pages.pages import cases, doing
from nrm_pages.words.catalogues import Catalogues
from nrm_pages.words.language import LANGUAGES, language
from nrm_runtime.access import READ, WRITE, Principal
from nrm_runtime.core import Command, Refused
from pages.tests.seats import every_question, page, sit
from services.assistance.tests.conftest import Caller, House
from services.assistance.tests.samples import HARBOUR, OURS, STRANGER, named
from services.assistance.tests.samples import Act as Acting
from services.assistance.tests.test_allowed import STATES, in_state
from services.assistance.tests.test_api_file import AGREED, SIGNED, asked, risk
from tools.desk_words import desk_keys, document_of

DOCUMENT = document_of(service())
KEYS = desk_keys("nrm_assistance")
POSTS = [one for one in DOCUMENT.operations.values() if one.method != "GET"]
TEXTS = Catalogues(["nrm_pages.pages", "nrm_contracts", "nrm_assistance.ui"])
ORGANISATIONS = {"needs.provider"}
OTHERS = {
    ask.OpenAssistance: "open_assistance",
    ask.ReviewPlan: "review_plan",
    ask.FileTranslation: "file_translation",
}
COMMANDS: dict[str, type[Command]] = {
    name: kind for kind, name in {**ASSISTANCE, **SUPPORT, **OTHERS}.items()
}
ANOTHER = AssistanceId(named("another assistance"))
NO_COMMAND = {"read_document", "read_documents", "erase_person"}


def worker(organisation: UUID = HARBOUR) -> Principal:
    """A worker to whom everything is entrusted."""
    return Principal(
        organisation=organisation,
        worker=named("worker of harbour"),
        country="RO",
        client="harbour",
        kind="NGO",
        duties=frozenset({Duty.ASSIST, Duty.ERASE}),
        scopes=frozenset({READ, WRITE}),
    )


def fields_of(field: Field, name: str = "") -> list[tuple[str, Field]]:
    """Every question below a body with its name, those of rows included."""
    found = []
    for one in field.leaves():
        found.append((one.name, one))
        found += [(f"{one.name}.{inner.name}", inner) for inner in one.fields]
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
    references = {name for name, one in known if one.kind is Kind.REFERENCE}
    assert references - ORGANISATIONS == set(shape.references)
    named_in_shape = {*shape.matrix, *shape.scales, *shape.offered}
    assert named_in_shape <= {name for name, _ in known}


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


@pytest.mark.parametrize("kind", STATES, ids=lambda kind: kind.__name__)
def test_what_a_page_offers_is_in_order(kind: type[Any]) -> None:
    state = in_state(kind).state
    offered = {name for name, _ in allowed(state, worker())}
    for name in offered - NO_COMMAND:
        try:
            act = Acting() if name != "open_assistance" else Acting(assistance=ANOTHER)
            case.decide(state, act.make(COMMANDS[name]))  # type: ignore[arg-type]
        except Refused as refused:
            assert refused.code != "out-of-order", name


def test_every_act_is_offered_in_some_state() -> None:
    offered = {name for kind in STATES for name, _ in allowed(in_state(kind).state, worker())}
    assert offered == {one.name for one in POSTS} - set(DESK.hidden)


def test_another_organisation_is_offered_nothing_of_ours() -> None:
    found = list(allowed(in_state(states.Active).state, worker(STRANGER)))
    assert all(target.get("assistance") != OURS for _, target in found)


def test_who_is_not_entrusted_with_assistance_may_only_read() -> None:
    reader = worker()
    bare = Principal(
        organisation=reader.organisation, worker=reader.worker, country="RO", kind="NGO",
        client="a", duties=frozenset(), scopes=reader.scopes,
    )  # fmt: skip
    found = {name for name, _ in allowed(in_state(states.Active).state, bare)}
    assert found == {"read_document", "read_documents"}


async def token_of(caller: Caller) -> str:
    """The access token with which a caller calls."""
    auth: Any = caller.http.auth
    token: str = await auth.token()
    return token


@pytest.mark.integration
async def test_the_page_of_a_case_shows_the_file_in_every_language(
    house: House, case: UUID, active: str, harbour: Caller
) -> None:
    await asked(active, harbour, "medical")
    assert (await harbour.post(f"{active}/risks", risk())).status_code == 201
    needs = [
        {"need": "medical", "priority": "normal", "provider": str(HARBOUR)},
        {"need": "legal", "priority": "urgent"},
    ]
    assert (await harbour.post(f"{active}/needs", {"needs": needs})).status_code == 200
    plan: dict[str, Any] = {
        **AGREED,
        "items": [{"need": "legal", "pillar": 4, "setting": "ambulant"}],
        "private": {"objectives": "o", "activities": "a", "timeline": "t"} | SIGNED,
    }
    assert (await harbour.post(f"{active}/plans", plan)).status_code == 201
    token = await token_of(harbour)
    for code in LANGUAGES:
        shown = await page(house.app, token, cases.show, code, case=str(case))
        spoken = language.set(code)
        words = {key: TEXTS.text(key) for key in KEYS if key.startswith("list.")}
        level = TEXTS.text("code.RiskLevel.HIGH")
        order = [TEXTS.text(f"code.Priority.{one}") for one in ("urgent", "normal")]
        language.reset(spoken)
        assert words["list.risks"] in shown
        assert level in shown
        assert shown.index(order[0]) < shown.index(order[1])
        assert f"/desk/do/assess_risk?assistance={active[-36:]}&case={case}" in shown
        assert "/desk/do/review_plan?" in shown
        assert "/desk/do/resume_assistance?" not in shown


@pytest.mark.integration
async def test_a_relative_can_be_chosen_for_the_case(
    case: UUID, active: str, harbour: Caller, lantern: Caller
) -> None:
    added = await harbour.post(
        f"{active}/relatives", {"private": {"name": "Ioana N.", "relation": "sister"}}
    )
    listed = await harbour.get(f"/cases/{case}/relatives")
    assert [one["relative"] for one in listed.json()] == [added.json()["relative"]]
    assert (await lantern.get(f"/cases/{case}/relatives")).status_code == 404


@pytest.mark.integration
async def test_every_danger_has_a_line_with_words_for_how_likely_and_how_severe(
    house: House, case: UUID, active: str, harbour: Caller
) -> None:
    token = await token_of(harbour)
    _, seat = await sit(house.app, token)
    target = {"case": str(case), "assistance": active[-36:]}
    draft = await seat.drafts.begin("assess_risk", target, None)
    rated = {"dimension": "data_disclosure", "likelihood": 4, "severity": 1}
    await seat.drafts.keep(draft, {"ratings": [rated]}, "ratings")
    for code in LANGUAGES:
        shown = await page(house.app, token, doing.ask, code, draft=str(draft.id), page="ratings")
        spoken = language.set(code)
        certain = TEXTS.text("code.Likelihood.4")
        language.reset(spoken)
        assert shown.count(f">{certain}</option>") == len(RiskDimension)
        chosen = [line.strip() for line in shown.splitlines() if "selected" in line]
        assert len(chosen) == 2
        assert certain in chosen[0]
        last = len(RiskDimension) - 1
        assert f'name="ratings.{last}.likelihood"' in shown[: shown.index("selected")]
        assert f'name="ratings.{last}.severity"' not in shown[: shown.index("selected")]
    checked = await page(house.app, token, doing.check, draft=str(draft.id))
    assert "4, almost certain or happening" in checked


@pytest.mark.integration
async def test_every_question_can_be_asked(
    house: House, case: UUID, active: str, harbour: Caller
) -> None:
    token = await token_of(harbour)
    here = {"case": str(case), "assistance": active[-36:]}
    asked_for = 0
    for number, operation in enumerate(POSTS):
        if operation.name not in DESK.hidden:
            target = {one: here.get(one, str(case)) for one in operation.parameters}
            code = LANGUAGES[number % len(LANGUAGES)]
            asked_for += await every_question(house.app, token, code, operation.name, target)
    assert asked_for > len(POSTS)
