"""What is shown follows from the facts alone, and to whom."""

import asyncio
from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from nrm_referral.app import service
from nrm_referral.models import metadata
from nrm_runtime.core import Command
from nrm_runtime.migrate import check
from nrm_runtime.store.execute import execute
from nrm_runtime.store.rebuild import rebuild_check
from nrm_runtime.store.tables import read_side
from services.referral.tests.conftest import House
from services.referral.tests.given import (
    AGENCY,
    NGO_D,
    NGO_O,
    SHELTER,
    STRANGER,
    Story,
)
from services.referral.tests.whole_life import whole_life

pytestmark = pytest.mark.integration


async def act(house: House, case: UUID, commands: Sequence[Command]) -> None:
    """Execute commands, each in a transaction of its own."""
    running = house.running
    for command in commands:
        async with running.app.begin() as tx:
            await execute(running.service.machine, tx, running.vault, case, command, now=command.at)


async def shown(house: House, organisation: UUID | None, sql: str) -> list[Any]:
    """Ask as an organisation, or as nobody."""
    async with house.running.app.begin() as tx:
        if organisation is not None:
            await tx.exec_driver_sql("SELECT set_config('nrm.org', $1, true)", (str(organisation),))
        return list((await tx.execute(text(sql))).all())


async def test_everything_shown_is_rebuilt_from_the_facts_and_seen_by_its_parties(
    house: House,
) -> None:
    story = whole_life()
    await act(house, uuid4(), story.commands)

    stored = await house.rows("SELECT count(*) FROM event")
    assert stored == [(len(story.events),)]
    report = await rebuild_check(house.running.app, service())
    assert report["same"], report
    assert [one["table"] for one in report["tables"] if one["empty"]] == []

    for table in read_side(metadata):
        count = f"SELECT count(*) FROM {table.name}"
        assert await shown(house, None, count) == [(0,)], table.name
        if table.name != "places":  # which names no case, and is for every organisation
            assert await shown(house, STRANGER, count) == [(0,)], table.name
        assert (await shown(house, NGO_O, count))[0][0] > 0, table.name


async def test_a_row_that_somebody_changed_is_found_in_every_table(house: House) -> None:
    await act(house, uuid4(), whole_life().commands)
    names = {table.name for table in read_side(metadata)}
    first = "(SELECT event_id FROM event ORDER BY pos LIMIT 1)"
    async with house.running.app.begin() as tx:
        await tx.exec_driver_sql("SET LOCAL ROLE nrm_referral_projector")
        for name in names - {"disclosures"}:  # whose event is its key
            await tx.exec_driver_sql(f"UPDATE {name} SET event_id = {first}")
        await tx.exec_driver_sql("UPDATE disclosures SET purpose = 'statistics'")
    report = await rebuild_check(house.running.app, service())
    assert {one["table"] for one in report["tables"] if not one["same"]} == names
    assert all(one["first_difference"] for one in report["tables"])


async def test_the_migrated_tables_are_those_of_the_models(house: House) -> None:
    await asyncio.to_thread(check, service(), house.running.settings)


async def test_a_former_custodian_sees_its_referral_and_its_tenure_only(house: House) -> None:
    await act(house, uuid4(), Story().until_handed().commands)
    for table, rows in {"cases": 0, "custody": 1, "referrals": 1}.items():
        count = f"SELECT count(*) FROM {table}"
        assert await shown(house, NGO_D, count) == [(rows,)], table
        assert await shown(house, AGENCY, count) == [(max(rows, 1) + (table == "custody"),)]


async def test_a_receiver_sees_the_case_while_it_takes_part(house: House) -> None:
    case, story = uuid4(), Story().until_offered()
    await act(house, case, story.commands)
    count = "SELECT count(*) FROM cases"
    assert await shown(house, NGO_O, count) == [(0,)]
    told = len(story.commands)
    story.do(story.accept())
    await act(house, case, story.commands[told:])
    assert await shown(house, NGO_O, count) == [(1,)]
    assert await shown(house, SHELTER, count) == [(0,)]


async def test_running_deadlines_are_kept_and_stopped_ones_are_not(house: House) -> None:
    case, story = uuid4(), Story().until_offered()
    await act(house, case, story.commands)
    names = "SELECT split_part(name, ':', 1) AS what FROM deadline ORDER BY 1"
    assert [row.what for row in await house.rows(names)] == ["acknowledge", "answer", "consent"]
    told = len(story.commands)
    story.do(story.accept())
    await act(house, case, story.commands[told:])
    assert [row.what for row in await house.rows(names)] == ["consent", "hand-off"]
