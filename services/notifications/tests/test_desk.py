"""The pages of notifications: new notices first, until when, of which case, and how each went."""

from dataclasses import replace
from uuid import uuid4

import pytest

from nrm_notifications.app import service
from nrm_notifications.ui import DESK
from nrm_pages.forms.keys import columns_of
from nrm_pages.forms.pages import pages_of
from nrm_pages.pages import doing, tasks, things
from nrm_pages.words.catalogues import Catalogues
from nrm_pages.words.language import LANGUAGES, language
from pages.tests.seats import page
from services.notifications.tests.conftest import REFERRAL, Desk
from services.notifications.tests.notes import MAIL, NOTICE, attempt, named, plan, queue, seen
from tests.flows.house import Caller
from tools.desk_words import desk_keys, document_of

DOCUMENT = document_of(service())
TEXTS = Catalogues(["nrm_pages.pages", "nrm_contracts", "nrm_notifications.ui"])
ACKNOWLEDGE = f"/desk/do/acknowledge_notice?notice={NOTICE}"


def test_every_act_has_a_page() -> None:
    posts = [one for one in DOCUMENT.operations.values() if one.method != "GET"]
    assert [one.name for one in posts] == ["acknowledge_notice"]
    assert all(pages_of(one.body) == () for one in posts)
    assert DESK.hidden == {}


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_text_is_there_in_every_language(code: str) -> None:
    spoken = language.set(code)
    try:
        wanted = desk_keys("nrm_notifications") | {
            *("problem.not-the-addressee", "thing.notices"),
            *(f"code.NoticeState.{one}" for one in ("queued", "acknowledged")),
            *(f"code.DeliveryState.{one}" for one in ("open", "sent", "failed")),
        }
        assert {key for key in wanted if not TEXTS.has(key)} == set()
    finally:
        language.reset(spoken)


def test_every_code_that_is_shown_names_its_list() -> None:
    coded = {one.name for one in columns_of(DESK) if one.show in {"code", "codes"}}
    assert coded == {one.name for one in columns_of(DESK) if one.codes}


async def token_of(caller: Caller) -> str:
    """The access token with which a caller calls."""
    token: str = await caller.http.auth.token()  # type: ignore[union-attr]
    return token


@pytest.mark.integration
async def test_new_notices_come_first_with_their_deadline_and_their_case(desk: Desk) -> None:
    case, old = uuid4(), named("old")
    await desk.house.act(case, queue())
    await desk.house.act(uuid4(), queue(notice=old), replace(seen(), notice=old))
    token = await token_of(desk.house.caller("harbour"))
    for code in LANGUAGES:
        shown = await page(desk.house.app, token, tasks.home, code)
        first, rest = shown.split('id="part-all_notices"')
        new = first[first.index('id="part-unseen"') :]
        assert ACKNOWLEDGE in new
        assert f'href="/desk/notices/{NOTICE}"' in new
        assert f'href="{REFERRAL}/desk/cases/{case}"' in new
        assert "nrm-clock" in new
        assert str(old) not in new
        assert f'href="/desk/notices/{old}"' in rest
        assert f"acknowledge_notice?notice={old}" not in shown


@pytest.mark.integration
async def test_a_notice_shows_how_it_travelled_and_is_marked_as_seen_once(desk: Desk) -> None:
    await desk.house.act(uuid4(), queue(), plan(MAIL), attempt(MAIL))
    harbour = desk.house.caller("harbour")
    token = await token_of(harbour)
    for code in LANGUAGES:
        shown = await page(
            desk.house.app, token, things.show, code, kind="notices", thing=str(NOTICE)
        )
        assert ACKNOWLEDGE in shown
    english = await page(desk.house.app, token, things.show, kind="notices", thing=str(NOTICE))
    travelled = english[english.index('id="part-deliveries"') :]
    assert "E-mail" in travelled
    assert "Delivered" in travelled
    query = f"notice={NOTICE}"
    asked = await page(
        desk.house.app, token, doing.begin, query=query, operation="acknowledge_notice"
    )
    assert f'href="/desk/notices/{NOTICE}"' in asked
    assert (await harbour.post(f"/inbox/{NOTICE}/acknowledge")).is_success
    after = await page(
        desk.house.app,
        token,
        things.show,
        query="done=acknowledge_notice",
        kind="notices",
        thing=str(NOTICE),
    )
    assert "The notice is marked as seen" in after
    assert ACKNOWLEDGE not in after


@pytest.mark.integration
async def test_a_notice_of_another_organisation_is_not_there(desk: Desk) -> None:
    await desk.house.act(uuid4(), queue())
    token = await token_of(desk.house.caller("lantern"))
    for where in (str(NOTICE), str(named("none")), "no-id"):
        with pytest.raises(AssertionError):
            await page(desk.house.app, token, things.show, kind="notices", thing=where)
    with pytest.raises(AssertionError):
        await page(desk.house.app, token, things.show, kind="cases", thing=str(NOTICE))
    home = await page(desk.house.app, token, tasks.home)
    assert str(NOTICE) not in home
