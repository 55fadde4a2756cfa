"""The pages of access: one's organisation, those to vet, and only what may be done now."""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

import nrm_access
from nrm_access.app import service
from nrm_access.domain import commands as ask
from nrm_access.domain.values import TERMS_NOW, Organisation
from nrm_access.ui import DESK
from nrm_access.ui.offered import on_key, on_organisation, on_worker
from nrm_contracts.access_codes import DeclineOfVetting, SuspensionReason
from nrm_contracts.codes import Duty
from nrm_pages.forms.keys import columns_of
from nrm_pages.forms.pages import PLAIN, pages_of
from nrm_pages.pages import tasks, things
from nrm_pages.words.catalogues import Catalogues
from nrm_pages.words.language import LANGUAGES, language
from nrm_runtime.access import READ, WRITE, Principal
from nrm_runtime.core import Refused, Worker
from nrm_runtime.testing.given import Given
from pages.tests.seats import every_question, page, sit
from services.access.tests.conftest import HARBOUR, LANTERN, Desk, second_of
from services.access.tests.given import (
    ADMINISTRATOR,
    AGENCY,
    BEN,
    COLLEAGUE,
    FOREIGN_VETTER,
    NEW,
    VERA,
    VETTER,
    acting,
    active,
    agency,
    applied,
    command,
    declined,
    key,
    suspended,
    vetted,
)
from services.access.tests.test_api import apply
from tests.flows.house import Caller
from tools.desk_words import desk_keys, document_of

DOCUMENT = document_of(service())
POSTS = [one for one in DOCUMENT.operations.values() if one.method != "GET"]
TEXTS = Catalogues(["nrm_pages.pages", "nrm_contracts", "nrm_access.ui"])
SOURCE = Path(nrm_access.__file__).parent
CODES = re.compile(r'(?:Refused\(\s*|Problem\(\d+, |forbidden\(\s*)"([a-z-]+)"')
NOT_TO_DO = {"out-of-order", "not-an-administrator", "not-the-national-administrator",
             "own-organisation", "organisation-suspended"}  # fmt: skip

STATES: Mapping[str, Callable[[], Given[Any, Any]]] = {
    "applied": applied,
    "declined": declined,
    "vetted": vetted,
    "active": active,
    "active, an agency": agency,
    "suspended": suspended,
}
WORKERS = {
    "administrator": ADMINISTRATOR,
    "colleague": COLLEAGUE,
    "vetter": VETTER,
    "vetter abroad": FOREIGN_VETTER,
    "vetting administrator": acting(VERA, AGENCY, Duty.ADMINISTER, Duty.VET_ORGANISATIONS),
}
SOME = frozenset({Duty.ASSIST})
ABOUT_IT: Mapping[str, Any] = {
    "vet_organisation": command(ask.VetOrganisation, VETTER, duties=SOME),
    "decline_organisation": command(ask.DeclineOrganisation, VETTER, reason=DeclineOfVetting.TWICE),
    "accept_terms": command(ask.AcceptTerms, VETTER, terms=TERMS_NOW),
    "suspend_organisation": command(
        ask.SuspendOrganisation, VETTER, reason=SuspensionReason.SAFETY
    ),
    "restore_organisation": command(ask.RestoreOrganisation, VETTER),
    "set_organisation_duties": command(ask.SetOrganisationDuties, VETTER, duties=SOME),
    "add_worker": command(ask.AddWorker, VETTER, worker=NEW, duties=frozenset()),
    "register_key": command(ask.RegisterKey, VETTER, key=key("2")),
}
ABOUT_A_WORKER: Mapping[str, Any] = {
    "set_duties": command(ask.SetDuties, VETTER, worker=BEN, duties=frozenset()),
    "suspend_worker": command(ask.SuspendWorker, VETTER, worker=BEN, reason=SuspensionReason.LEFT),
    "restore_worker": command(ask.RestoreWorker, VETTER, worker=BEN),
}
ABOUT_A_KEY: Mapping[str, Any] = {"revoke_key": command(ask.RevokeKey, VETTER, key=key().key)}


def principal_of(worker: Worker) -> Principal:
    """Give a worker as the edge sees them."""
    return Principal(
        organisation=worker.organisation,
        worker=worker.worker,
        client="a",
        country=worker.country,
        kind=worker.kind,
        duties=worker.duties,
        scopes=frozenset({READ, WRITE}),
    )


def shown(given: Given[Any, Any]) -> dict[str, Any]:
    """Give an organisation as the API shows it."""
    of: Organisation = given.state.of
    return {
        "organisation": str(of.organisation),
        "state": type(given.state).__name__.lower(),
        "country": of.country,
        "terms": of.terms,
    }


def registered(given: Given[Any, Any], worker: Worker) -> Worker:
    """Give a worker with the duties that the organisation registered, where it is their own."""
    of: Organisation = given.state.of
    if worker.organisation != of.organisation:
        return worker
    member = of.members.get(worker.worker)
    return replace(worker, duties=frozenset() if member is None else member.duties)


def refusal(given: Given[Any, Any], asked: Any, worker: Worker) -> tuple[str, bool]:
    """Give the code of a refusal, empty for none, and whether something changed."""
    about = replace(asked, by=worker, organisation=given.state.of.organisation)
    try:
        return "", bool(given.when(about))
    except Refused as refused:
        return refused.code, False


@pytest.mark.parametrize(("state", "who"), list(product(STATES, WORKERS)))
def test_a_page_offers_what_the_machine_would_do_and_nothing_that_is_not_this_worker_s(
    state: str, who: str
) -> None:
    given = STATES[state]()
    worker = registered(given, WORKERS[who])
    one, asking = shown(given), principal_of(worker)
    kept = any(member == BEN for member in given.state.of.members)
    out = kept and given.state.of.members[BEN].suspended
    offers = (
        (ABOUT_IT, on_organisation(one, asking)),
        (ABOUT_A_WORKER, on_worker({"suspended": out, "of": one}, asking)),
        (ABOUT_A_KEY, on_key({"revoked_at": None, "of": one}, asking)),
    )
    for commands, offered in offers:
        for name, asked in commands.items():
            code, changes = refusal(given, asked, worker)
            if name in offered:
                assert code not in NOT_TO_DO, name
            assert not changes or name in offered, name


def test_a_suspended_worker_is_let_in_again_and_a_revoked_key_is_not_revoked_twice() -> None:
    one, asking = shown(active()), principal_of(ADMINISTRATOR)
    assert "restore_worker" in on_worker({"suspended": True, "of": one}, asking)
    assert "suspend_worker" not in on_worker({"suspended": True, "of": one}, asking)
    assert on_key({"revoked_at": "2026-03-02T08:00:00Z", "of": one}, asking) == ()


def test_every_act_is_tried_above_or_hidden_with_a_reason() -> None:
    tried = {*ABOUT_IT, *ABOUT_A_WORKER, *ABOUT_A_KEY}
    assert tried | set(DESK.hidden) == {one.name for one in POSTS}
    assert tried == {name for listing in DESK.listings() for name in listing.operations}
    for one in POSTS:
        pages_of(one.body, DESK.shapes.get(one.name, PLAIN))


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_text_is_there_in_every_language(code: str) -> None:
    refused = {one for path in SOURCE.rglob("*.py") for one in CODES.findall(path.read_text())}
    assert {"own-application", "key-unreadable", "duty-missing"} <= refused
    wanted = desk_keys("nrm_access") | {f"problem.{one}" for one in refused}
    wanted |= {f"code.OrganisationState.{one.split(',')[0]}" for one in STATES}
    wanted |= {f"code.TermsVersion.{one + 1}" for one in range(TERMS_NOW)}
    spoken = language.set(code)
    try:
        assert {one for one in wanted if not TEXTS.has(one)} == set()
    finally:
        language.reset(spoken)


def test_every_code_that_is_shown_names_its_list() -> None:
    coded = {one.name for one in columns_of(DESK) if one.show in {"code", "codes"}}
    assert coded == {one.name for one in columns_of(DESK) if one.codes}


async def token_of(caller: Caller) -> str:
    """The access token with which a caller calls."""
    token: str = await caller.http.auth.token()  # type: ignore[union-attr]
    return token


async def organisation_page(desk: Desk, token: str, of: UUID, code: str = "en") -> str:
    """The page of an organisation."""
    parameters = {"kind": "organisations", "thing": str(of)}
    return await page(desk.house.app, token, things.show, code, **parameters)


@pytest.mark.integration
async def test_who_vets_finds_the_applicants_first_and_what_they_asked_for(desk: Desk) -> None:
    haven = (await apply(desk))["organisation"]
    token = await token_of(desk["agency"])
    for code in LANGUAGES:
        shown_ = await page(desk.house.app, token, tasks.home, code)
        first = shown_[: shown_.index('id="part-own_organisation"')]
        assert "Haven (invented)" in first
        assert f"/desk/do/vet_organisation?organisation={haven}" in first
        assert f"/desk/do/decline_organisation?organisation={haven}" in first
        assert f'href="/desk/organisations/{haven}"' in first
    assert "First responder" in await organisation_page(desk, token, UUID(haven))
    abroad = await page(desk.house.app, await token_of(desk["agency-it"]), tasks.home)
    assert "Haven" not in abroad


@pytest.mark.integration
async def test_an_administrator_sees_her_own_organisation_whole_and_no_other(desk: Desk) -> None:
    token = await token_of(desk["harbour"])
    home = await page(desk.house.app, token, tasks.home)
    assert "part-to_vet" not in home
    assert f'href="/desk/organisations/{HARBOUR}"' in home
    assert f'href="/desk/organisations/{LANTERN}"' not in home
    assert f"/desk/do/accept_terms?organisation={HARBOUR}" in home
    for code in LANGUAGES:
        own = await organisation_page(desk, token, HARBOUR, code)
        assert str(second_of(HARBOUR)) in own
        assert f"set_duties?organisation={HARBOUR}&worker={second_of(HARBOUR)}" in own
        assert f"/desk/do/revoke_key?key={key('harbour').key}&organisation={HARBOUR}" in own
        assert "suspend_organisation" not in own
    with pytest.raises(AssertionError):
        await organisation_page(desk, token, LANTERN)


@pytest.mark.integration
async def test_a_long_list_of_workers_goes_on_on_a_page_of_its_own(desk: Desk) -> None:
    harbour = desk["harbour"]
    for _ in range(51):
        added = await harbour.post(f"/organisations/{HARBOUR}/workers", {"duties": []})
        assert added.status_code == 201, added.text
    token = await token_of(harbour)
    own = await organisation_page(desk, token, HARBOUR)
    assert f'href="/desk/organisations/{HARBOUR}/workers"' in own
    parameters = {"kind": "organisations", "thing": str(HARBOUR), "section": "workers"}
    first = await page(desk.house.app, token, things.section, **parameters)
    assert first.count("/desk/do/set_duties?") == 50
    after = re.findall(rf'/desk/organisations/{HARBOUR}/workers\?(after=[^"]+)"', first)
    rest = await page(desk.house.app, token, things.section, query=after[0], **parameters)
    assert rest.count("/desk/do/set_duties?") == 3


@pytest.mark.integration
async def test_every_question_can_be_asked_and_leads_back_to_the_organisation(desk: Desk) -> None:
    token = await token_of(desk["harbour"])
    here = {
        "organisation": str(HARBOUR),
        "worker": str(second_of(HARBOUR)),
        "key": str(key("harbour").key),
    }
    for number, one in enumerate(POSTS):
        if one.name not in DESK.hidden:
            target = {name: here[name] for name in one.parameters}
            code = LANGUAGES[number % len(LANGUAGES)]
            await every_question(desk.house.app, token, code, one.name, target)
            _, seat = await sit(desk.house.app, token)
            back = seat.office.desk.page_of(target)
            assert back == f"/desk/organisations/{HARBOUR}"
