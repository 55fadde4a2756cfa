"""Drafts: their author's alone, and gone when they are old or somebody was erased."""

from uuid import uuid4

import pytest
from sqlalchemy import text

from nrm_pages.drafts import Drafts
from nrm_runtime.access import Principal
from pages.tests.house import ANA, BOGDAN, ORGANISATION, House
from runtime.tests.wires import as_owner

pytestmark = pytest.mark.integration


def drafts_of(house: House, worker: object) -> Drafts:
    principal = Principal(
        organisation=ORGANISATION,
        kind="NGO",
        country="RO",
        worker=ANA if worker == ANA else BOGDAN,
        duties=frozenset(),
        scopes=frozenset({"case:read"}),
        client="harbour",
    )
    sealing = house.signin("referral").sessions._sealing
    return Drafts(house.held["referral"].app, sealing, principal)


async def test_a_draft_is_its_authors_alone_and_unreadable_in_its_row(house: House) -> None:
    mine = drafts_of(house, ANA)
    draft = await mine.begin("paint", {"case": str(uuid4())}, None)
    await mine.keep(draft, {"private": {"words": "invented words"}}, "check")
    found = await mine.find(draft.id)
    assert found is not None
    assert found.answers == {"private": {"words": "invented words"}}
    assert await drafts_of(house, BOGDAN).find(draft.id) is None
    (row,) = await house.rows("referral", "SELECT sealed FROM desk_draft")
    assert b"invented" not in bytes(row.sealed)


async def test_a_draft_that_nobody_touched_for_a_week_is_gone(house: House) -> None:
    mine = drafts_of(house, ANA)
    draft = await mine.begin("paint", {}, None)
    async with house.held["referral"].app.begin() as tx:
        await tx.execute(text("UPDATE desk_draft SET touched_at = now() - interval '8 days'"))
    assert await mine.find(draft.id) is None
    assert await house.rows("referral", "SELECT 1 FROM desk_draft") == []


async def test_an_erasure_takes_the_drafts_that_were_begun_before_it(house: House) -> None:
    mine, case = drafts_of(house, ANA), uuid4()
    before = await mine.begin("paint", {"case": str(case)}, None)
    other = await mine.begin("paint", {"case": str(uuid4())}, None)
    async with as_owner(house.held["referral"]) as tx:
        told = (
            "INSERT INTO erasure (person, case_ref, ground, asked_at) VALUES (:p, :c, 'g', now())"
        )
        await tx.execute(text(told), {"p": uuid4(), "c": case})
    after = await mine.begin("paint", {"case": str(case)}, None)
    assert {one.id for one in await mine.mine()} == {other.id, after.id}
    assert await mine.find(before.id) is None
