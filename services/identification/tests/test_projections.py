"""What identification shows follows from the facts alone, and to whom."""

import asyncio
from uuid import UUID, uuid4

import pytest

from nrm_contracts import cases, referral
from nrm_contracts.ids import OrganisationId
from nrm_identification import queries
from nrm_identification.app import service
from nrm_identification.models import metadata
from nrm_runtime.access import Principal
from nrm_runtime.migrate import check
from nrm_runtime.store.rebuild import rebuild_check
from nrm_runtime.store.tables import EVERYONE, read_side
from nrm_runtime.testing.clock import after
from services.identification.tests.people import (
    AGENCY,
    HARBOUR,
    LANTERN,
    POLICE,
    STRANGER,
    Story,
    named,
    stories,
)
from services.identification.tests.test_policies import example
from tests.flows.house import House, worker_of

pytestmark = pytest.mark.integration

KINDS = {"UUID", "CHAR(32)", "TEXT", "INTEGER", "BOOLEAN"} | {
    "DATETIME",
    "ARRAY",
    "UUID[]",
    "CHAR(32)[]",
}


def principal(organisation: UUID, *scopes: str) -> Principal:
    """Give somebody who asks."""
    return Principal(
        organisation=organisation,
        kind="NGO",
        country="RO",
        worker=worker_of(organisation),
        duties=frozenset(),
        scopes=frozenset(scopes or {"case:read"}),
        client="test",
    )


async def tell(house: House) -> list[UUID]:
    """Tell every story, each in a case of its own."""
    found = []
    for story in stories():
        found.append(uuid4())
        await house.act(found[-1], *story)
    return found


async def test_everything_shown_is_rebuilt_from_the_facts(house: House) -> None:
    await tell(house)
    report = await rebuild_check(house.running.app, service())
    assert report["same"], report
    assert {one["table"] for one in report["tables"]} == {
        "victim_status", "case_code", "indicator_result",
    }  # fmt: skip
    assert [one["table"] for one in report["tables"] if one["empty"]] == []
    assert report["events"] == (await house.rows("SELECT count(*) FROM event"))[0][0]


async def test_the_migrated_tables_are_those_of_the_models(house: House) -> None:
    await asyncio.to_thread(check, service(), house.running.settings)


async def test_a_stranger_sees_no_row_but_of_the_codes(house: House) -> None:
    await tell(house)
    for table in read_side(metadata):
        count = f"SELECT count(*) FROM {table.name}"
        assert (await house.rows(count, HARBOUR))[0][0] > 0, table.name
        assert (await house.rows(count))[0][0] == 0, table.name
        shown = (await house.rows(count, STRANGER))[0][0] > 0
        assert shown == (table.info.get("shown_to") == EVERYONE), table.name


async def test_only_parties_see_a_case_and_its_indicators(house: House) -> None:
    first, *_ = await tell(house)
    for one, seen in {HARBOUR: 1, LANTERN: 1, POLICE: 1, AGENCY: 1, STRANGER: 0}.items():
        for table in ("victim_status", "indicator_result"):
            sql = f"SELECT count(*) FROM {table} WHERE case_id = '{first}'"
            assert (await house.rows(sql, one))[0][0] == seen, (table, one)


async def test_queries_answer_parties_only_even_without_the_second_wall(house: House) -> None:
    """Each query names who asks; row-level security stands behind it."""
    case, *_ = await tell(house)
    for asking, seen in ((HARBOUR, True), (STRANGER, False)):
        who = principal(asking)
        async with house.running.app.begin() as tx:
            # The wall lets Harbour House look in; the query must still say no to a stranger.
            await tx.exec_driver_sql("SELECT set_config('nrm.org', $1, true)", (str(HARBOUR),))
            assert (await queries.case(tx, case, who) is not None) == seen
            assert (await queries.person(tx, case, who) == named("person")) == seen
            assert bool(await queries.indicator_results(tx, case, who)) == seen
            assert bool(await queries.cases(tx, who, limit=10, after=())) == seen
            assert await queries.sees(tx, case, who) == seen
            assert (await queries.case_of_code(tx, "ONE", who) == case) == seen


async def test_a_code_leads_auditors_to_its_case_and_nobody_else(house: House) -> None:
    case, *_ = await tell(house)
    async with house.running.app.begin() as tx:
        await tx.exec_driver_sql("SELECT set_config('nrm.org', $1, true)", (str(STRANGER),))
        assert await queries.case_of_code(tx, "ONE", principal(STRANGER, "audit")) == case
        assert await queries.case_of_code(tx, "NOSUCH", principal(STRANGER, "audit")) is None
        assert await queries.case_of_code(tx, "ONE", principal(STRANGER)) is None


async def test_cases_come_newest_first_page_by_page(house: House) -> None:
    told = await tell(house)
    found: list[UUID] = []
    after_: tuple[str, ...] = ()
    who = principal(HARBOUR)
    while True:
        async with house.running.app.begin() as tx:
            await tx.exec_driver_sql("SELECT set_config('nrm.org', $1, true)", (str(HARBOUR),))
            rows = await queries.cases(tx, who, limit=1, after=after_)
        found.append(rows[0].case)
        if len(rows) == 1:
            break
        after_ = (rows[0].recorded_at.isoformat(), str(rows[0].case))
    assert sorted(found) == sorted(told)
    assert len(found) == len(told)


async def test_a_new_custodian_sees_what_was_there_before(house: House) -> None:
    case = uuid4()
    await house.act(case, *Story().presumed())
    count = "SELECT (SELECT count(*) FROM victim_status) + (SELECT count(*) FROM indicator_result)"
    assert (await house.rows(count, LANTERN))[0][0] == 0
    moved = example(cases.CustodyMoved).model_copy(update={"receiver": OrganisationId(LANTERN)})
    await house.hear(case, moved)
    assert (await house.rows(count, LANTERN))[0][0] == 2
    accepted = example(referral.ReferralAccepted).model_copy(
        update={"receiver": OrganisationId(POLICE)}
    )
    assert (await house.rows(count, POLICE))[0][0] == 0
    await house.hear(case, accepted)
    assert (await house.rows(count, POLICE))[0][0] == 2


async def test_the_states_are_shown_as_codes(house: House) -> None:
    await tell(house)
    sql = (
        "SELECT code, identification, reflection, reflection_ends_by, age, closure, notice_by"
        " FROM victim_status ORDER BY code"
    )
    rows = {row.code: tuple(row)[1:] for row in await house.rows(sql, HARBOUR)}
    assert rows == {
        "ONE": ("Identified", "Over", None, "adult", "Closed", None),
        "TWO": ("Presumed", "Over", None, "adult", "Working", None),
        "THREE": ("SelfWithdrawn", "NotApplicable", None, "child", "Working", after(days=1)),
        "FOUR": ("Presumed", "Running", after(days=30), "adult", "Working", after(days=1)),
    }


async def test_no_private_plaintext_stands_in_any_table_shown(house: House) -> None:
    """A view holds ids, codes and instants; names are in the vault."""
    await tell(house)
    for table in read_side(metadata):
        for column in table.columns:
            assert str(column.type) in KINDS, column
