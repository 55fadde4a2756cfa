"""What is shown follows from the facts alone, and to whom."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from importlib import import_module
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from nrm_contracts.ids import OrganisationId
from nrm_return.app import service
from nrm_return.domain import commands as ask
from nrm_return.domain import follow_up_commands as follow
from nrm_return.domain import heard_commands as heard
from nrm_return.models import metadata
from nrm_runtime.core import Command
from nrm_runtime.migrate import check
from nrm_runtime.store.execute import execute
from nrm_runtime.store.rebuild import rebuild_check
from nrm_runtime.store.tables import read_side
from nrm_runtime.testing.clock import after

with_: Any = import_module("services.return.tests.steps")
make = with_.make

pytestmark = pytest.mark.integration

NEW_CUSTODIAN = OrganisationId(with_.named("new custodian"))


def heard_first() -> Sequence[Command]:
    """Give what is heard of a case before anybody asks for anything."""
    return [make(heard.NoteCase), make(heard.NotePresumption), make(heard.NoteReflection)]


def story() -> Sequence[Command]:
    """Give acts after which every table holds something."""
    return [
        *heard_first(),
        make(ask.RequestReturn),
        *[step for steps in with_.FILE.values() for step in steps],
        make(ask.EndorseReturn),
        make(ask.EndorseReturn, by=with_.TO),
        with_.fall_due(f"joint-risk:{with_.RETURN}", after(days=7)),
        *with_.signed(at=with_.LEAVES - timedelta(days=2)),
        make(ask.DepartReturn, at=with_.LEAVES),
        with_.fall_due(f"arrival:{with_.RETURN}:1", after(days=41, hours=6)),
        make(ask.ConfirmArrival, by=with_.TO, at=after(days=42)),
        make(follow.ScheduleFollowUp, at=after(days=42)),
        with_.fall_due(f"follow-up:{with_.RETURN}:1:1", after(days=72)),
        make(follow.RecordFollowUp, by=with_.TO, at=after(days=73)),
        make(follow.SendReport, by=with_.TO, at=after(days=73)),
        make(heard.NoteHandedOver),
        make(heard.NoteCustodian, custodian=NEW_CUSTODIAN),
        make(ask.RequestReturn, by=with_.TO, return_id=with_.OTHER),
        make(heard.AnswerClosing),
        make(heard.NoteClosingOver, closed=False),
    ]


async def act(house: Any, case: UUID, commands: Sequence[Command]) -> None:
    """Execute commands, each in a transaction of its own."""
    running = house.running
    for command in commands:
        async with running.app.begin() as tx:
            done = await execute(
                running.service.machine, tx, running.vault, case, command, now=command.at
            )
            assert done.events


async def shown(house: Any, organisation: UUID | None, sql: str) -> list[Any]:
    """Ask as an organisation, or as nobody."""
    async with house.running.app.begin() as tx:
        if organisation is not None:
            await tx.exec_driver_sql("SELECT set_config('nrm.org', $1, true)", (str(organisation),))
        return list((await tx.execute(text(sql))).all())


async def test_everything_shown_is_rebuilt_from_the_facts(house: Any) -> None:
    await act(house, uuid4(), story())
    report = await rebuild_check(house.running.app, service())
    assert report["same"], report
    assert [one["table"] for one in report["tables"] if one["empty"]] == []


async def test_the_migrated_tables_are_those_of_the_models(house: Any) -> None:
    await asyncio.to_thread(check, service(), house.running.settings)


async def test_nobody_sees_a_row_without_a_part(house: Any) -> None:
    await act(house, uuid4(), story())
    for table in read_side(metadata):
        for organisation in (with_.STRANGER, None):
            assert await shown(house, organisation, f"SELECT * FROM {table.name}") == []
        assert await shown(house, with_.RECEIVER, f"SELECT * FROM {table.name}")


async def test_who_was_asked_for_the_inquiry_sees_the_return_and_not_the_case(house: Any) -> None:
    first = [*heard_first(), make(ask.RequestReturn), make(ask.RequestInquiry)]
    await act(house, uuid4(), first)
    assert len(await shown(house, with_.INSPECTORATE, "SELECT * FROM return_file")) == 1
    assert await shown(house, with_.INSPECTORATE, "SELECT * FROM known_case") == []
    (task,) = await shown(house, with_.INSPECTORATE, "SELECT what, overdue FROM task")
    assert tuple(task) == ("inquiry", False)


async def test_custody_moves_what_is_seen_and_the_state_stays(house: Any) -> None:
    await act(house, uuid4(), [*heard_first(), make(ask.RequestReturn)])
    sql = "SELECT state, event_id FROM return_file"
    assert await shown(house, NEW_CUSTODIAN, sql) == []
    (before,) = await shown(house, with_.SENDER, sql)
    (case,) = await house.rows("SELECT case_ref FROM stream_head")
    await act(house, case[0], [make(heard.NoteCustodian, custodian=NEW_CUSTODIAN)])
    (moved,) = await shown(house, NEW_CUSTODIAN, sql)
    assert moved.state == before.state
    assert moved.event_id != before.event_id


async def test_what_changes_nobodys_view_keeps_the_tag_of_a_return(house: Any) -> None:
    await act(house, uuid4(), [make(heard.NoteCase), make(ask.RequestReturn)])
    sql = "SELECT event_id FROM return_file"
    before = await shown(house, with_.SENDER, sql)
    (case,) = await house.rows("SELECT case_ref FROM stream_head")
    await act(house, case[0], [make(heard.NotePresumption), make(heard.NoteReflection)])
    assert await shown(house, with_.SENDER, sql) == before
    met = "SELECT met FROM checklist_item WHERE need IN ('presumption', 'reflection')"
    assert [row.met for row in await shown(house, with_.SENDER, met)] == [True, True]


async def test_an_overdue_contact_is_seen_by_both_sides(house: Any) -> None:
    steps = [
        *heard_first(),
        make(ask.RequestReturn),
        *[step for steps in with_.FILE.values() for step in steps],
        make(ask.EndorseReturn),
        make(ask.EndorseReturn, by=with_.TO),
        *with_.signed(at=with_.LEAVES),
        make(ask.DepartReturn, at=with_.LEAVES),
        make(ask.ConfirmArrival, by=with_.TO, at=with_.LANDS),
        make(follow.ScheduleFollowUp, at=with_.LANDS),
    ]
    case = uuid4()
    await act(house, case, steps)
    sql = "SELECT name FROM task WHERE what = 'follow_up' AND overdue"
    assert await shown(house, with_.SENDER, "SELECT name FROM task WHERE what = 'follow_up'") == []
    await act(house, case, [with_.fall_due(f"follow-up:{with_.RETURN}:1:1", after(days=75))])
    for side in (with_.SENDER, with_.RECEIVER):
        assert len(await shown(house, side, sql)) == 1


async def test_the_database_keeps_the_deadlines_that_the_machine_names(house: Any) -> None:
    case = uuid4()
    steps = [*heard_first(), make(ask.RequestReturn), make(ask.RequestInquiry)]
    await act(house, case, [*steps, make(ask.ConsentToReturn)])
    rows = await house.rows("SELECT name, profile_version FROM deadline ORDER BY name")
    assert [tuple(row) for row in rows] == [
        (f"consent:{with_.RETURN}", "IT@1"),
        (f"inquiry:{with_.RETURN}", "IT@1"),
    ]
    await act(house, case, [make(ask.ReceiveInquiry)])
    assert len(await house.rows("SELECT name FROM deadline")) == 1


async def test_who_has_to_find_the_next_receiver_sees_that_task(house: Any) -> None:
    case = uuid4()
    lost_at = with_.LANDS + timedelta(hours=1)
    await act(
        house,
        case,
        [
            *heard_first(),
            make(ask.RequestReturn),
            *[step for steps in with_.FILE.values() for step in steps],
            make(ask.EndorseReturn),
            make(ask.EndorseReturn, by=with_.TO),
            *with_.signed(at=with_.LEAVES - timedelta(days=2)),
            make(ask.DepartReturn, at=with_.LEAVES),
            make(ask.ConfirmArrival, by=with_.TO, at=with_.LANDS),
            make(heard.NoteReceiverLost, at=lost_at),
        ],
    )
    tasks = f"SELECT what FROM task WHERE case_id = '{case}' ORDER BY what"
    assert await shown(house, with_.SENDER, tasks) == [("next_route",), ("risk",)]
    assert await shown(house, with_.RECEIVER, tasks) == []
    row = f"SELECT state, receiver, plan_by FROM return_file WHERE case_id = '{case}'"
    ((state, receiver, plan_by),) = await shown(house, with_.SENDER, row)
    assert (state, receiver, plan_by) == ("arrived", None, lost_at + timedelta(hours=24))
