"""What is shown follows from the facts alone, and to whom."""

import asyncio
from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from nrm_assistance.app import service
from nrm_assistance.domain import commands as ask
from nrm_assistance.models import metadata
from nrm_contracts.care_codes import SupportEnd
from nrm_contracts.codes import AgeBand
from nrm_runtime.core import Command, FallDue
from nrm_runtime.migrate import check
from nrm_runtime.store.execute import execute
from nrm_runtime.store.rebuild import rebuild_check
from nrm_runtime.store.tables import read_side
from services.assistance.tests.conftest import House
from services.assistance.tests.samples import (
    AGENCY,
    ASSESSMENT,
    HARBOUR,
    LANTERN,
    OTHER_REFERRAL,
    OURS,
    POLICY,
    STRANGER,
    THEIRS,
    URGENT,
    Act,
    due,
    learn,
    named,
)

pytestmark = pytest.mark.integration


def fall(name: str, **when: float) -> FallDue:
    """Let a deadline fall due."""
    at = due(**when).at
    return FallDue(id=named(f"{name} {when}"), by=POLICY, at=at, name=name)


def story() -> Sequence[Command]:
    """Give acts after which every table holds something."""
    ours, theirs = Act(), Act(LANTERN, THEIRS)
    return [
        learn(ask.LearnCase),
        ours.make(ask.OpenAssistance),
        ours.make(ask.AskImmediateQuestions, found=URGENT),
        fall(f"immediate_need:{OURS}", hours=5),
        ours.make(ask.AskImmediateQuestions),
        ours.make(ask.AddRelative),
        ours.make(ask.AssessRisk),
        fall(f"risk:{ASSESSMENT}", days=30),
        ours.make(ask.AssessRisk, assessment=named("again"), valid_until=due(days=60)),
        ours.make(ask.AssessNeeds),
        ours.make(ask.AgreeSafetyPlan),
        ours.make(ask.ActivatePlan),
        ours.make(ask.ActivatePlan, plan=named("newer plan")),
        ours.make(ask.ReviewPlan, plan=named("newer plan")),
        ours.make(ask.StartSupport),
        ours.make(ask.DeliverSupport),
        ours.make(ask.FileDocument),
        ours.make(ask.FileTranslation),
        learn(ask.LearnAge, age=AgeBand.ADULT),
        learn(ask.LearnAcceptance),
        learn(ask.LearnAcceptance, "2", referral=OTHER_REFERRAL),
        learn(ask.LearnHandOff),
        learn(ask.LearnCustody),
        theirs.make(ask.AskImmediateQuestions, found=URGENT),
        learn(ask.AnswerClosing),
        learn(ask.LearnClosingAbandoned),
        ours.make(ask.EndSupport, how=SupportEnd.MOVED),
    ]


async def act(house: House, case: UUID, commands: Sequence[Command]) -> None:
    """Execute commands, each in a transaction of its own."""
    running = house.running
    for command in commands:
        async with running.app.begin() as tx:
            done = await execute(
                running.service.machine, tx, running.vault, case, command, now=command.at
            )
            assert done.events or isinstance(command, ask.LearnAge)


async def shown(house: House, organisation: UUID | None, sql: str) -> list[Any]:
    """Ask as an organisation, or as nobody."""
    async with house.running.app.begin() as tx:
        if organisation is not None:
            await tx.exec_driver_sql("SELECT set_config('nrm.org', $1, true)", (str(organisation),))
        return list((await tx.execute(text(sql))).all())


async def test_everything_shown_is_rebuilt_from_the_facts(house: House) -> None:
    await act(house, uuid4(), story())
    report = await rebuild_check(house.running.app, service())
    assert report["same"], report
    assert [one["table"] for one in report["tables"] if one["empty"]] == []


async def test_the_migrated_tables_are_those_of_the_models(house: House) -> None:
    settings = house.running.settings
    await asyncio.to_thread(check, service(), settings)


async def test_a_stranger_sees_no_row_of_any_table(house: House) -> None:
    await act(house, uuid4(), story())
    for table in read_side(metadata):
        count = f"SELECT count(*) FROM {table.name}"
        assert await shown(house, STRANGER, count) == [(0,)], table.name
        assert await shown(house, None, count) == [(0,)], table.name
        assert (await shown(house, HARBOUR, count))[0][0] > 0, table.name


async def test_others_see_that_one_assists_and_nothing_of_its_file(house: House) -> None:
    await act(house, uuid4(), story())
    own = {"assistance_file", "risk", "plan", "support", "document", "relative"}
    for table in own:
        found = await shown(house, AGENCY, f"SELECT count(*) FROM {table}")
        assert found == [(0,)], table
    mine = "SELECT organisation, state FROM assistance ORDER BY organisation"
    assert {row.organisation for row in await shown(house, AGENCY, mine)} == {HARBOUR, LANTERN}
    assert {row.organisation for row in await shown(house, LANTERN, mine)} == {HARBOUR, LANTERN}
    assert {row.organisation for row in await shown(house, HARBOUR, mine)} == {HARBOUR}


async def test_tasks_come_fall_due_and_end_without_vanishing(house: House) -> None:
    case = uuid4()
    await act(house, case, story()[:4])
    standing = "SELECT what, standing FROM task ORDER BY what"
    assert await shown(house, HARBOUR, standing) == [("immediate_need", "overdue")]
    await act(house, case, story()[4:5])
    assert await shown(house, HARBOUR, standing) == [("immediate_need", "over")]


async def test_an_expired_risk_says_so_and_a_newer_one_replaces_it(house: House) -> None:
    case = uuid4()
    await act(house, case, story()[:8])
    standing = "SELECT standing FROM risk ORDER BY valid_until"
    assert await shown(house, HARBOUR, standing) == [("expired",)]
    await act(house, case, story()[8:9])
    assert await shown(house, HARBOUR, standing) == [("expired",), ("valid",)]


async def test_running_deadlines_are_kept_and_stopped_ones_are_not(house: House) -> None:
    case = uuid4()
    await act(house, case, story()[:3])
    (row,) = await house.rows("SELECT name, due_at, profile_version FROM deadline")
    assert (row.name, row.due_at, row.profile_version) == (
        f"immediate_need:{OURS}",
        due(hours=5).at,
        "RO@1",
    )
    await act(house, case, [Act().make(ask.AskImmediateQuestions, id=named("met"))])
    assert await house.rows("SELECT name FROM deadline") == []
