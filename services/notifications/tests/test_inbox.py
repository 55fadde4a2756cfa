"""The inbox: what an organisation sees of its notices, and what others do not see."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID, uuid4

import pytest

from nrm_contracts import referral
from nrm_contracts.codes import YesNo
from nrm_contracts.ids import OrganisationId, ReferralId
from nrm_notifications.app import service
from nrm_notifications.domain import commands as ask
from nrm_notifications.models import metadata
from nrm_runtime.core import Command
from nrm_runtime.migrate import check
from nrm_runtime.store.execute import execute
from nrm_runtime.store.rebuild import rebuild_check
from nrm_runtime.store.streams import stream_id
from nrm_runtime.store.tables import read_side
from nrm_runtime.testing.clock import after
from services.notifications.tests.conftest import STRANGER, Desk
from services.notifications.tests.notes import (
    HARBOUR,
    HOOK,
    LANTERN,
    MAIL,
    NOTICE,
    OFFER,
    attempt,
    cancel,
    fall_due,
    named,
    plan,
    queue,
    remind,
    seen,
)
from services.notifications.tests.test_policies import example

pytestmark = pytest.mark.integration


def story() -> Sequence[Sequence[Command]]:
    """Give notices after which every table holds something in every state, each of one case."""
    return (
        (queue(), plan(MAIL, HOOK), attempt(MAIL), attempt(HOOK, succeeded=False)),
        (queue(notice=named("seen")), _on("seen", seen())),
        (remind(notice=named("waits")),),
        (remind(notice=named("moved")), remind(notice=named("moved"), remind=None)),
        (remind(notice=named("over")), _on("over", cancel())),
        (remind(notice=named("told")), _on("told", fall_due(days=2))),
        (
            queue(notice=named("lost"), organisation=LANTERN),
            _on("lost", plan(HOOK)),
            _on("lost", attempt(HOOK, succeeded=False, final=True)),
        ),
    )


def _on(name: str, command: Command) -> Command:
    """Aim a command at another notice."""
    return replace(command, notice=named(name)) if isinstance(command, ask.About) else command


async def tell(desk: Desk) -> None:
    """Let it all happen."""
    for commands in story():
        case = uuid4()
        for command in commands:
            if type(command).__name__ == "FallDue":
                await _fall(desk, case, command)
            else:
                await desk.house.act(case, command)


async def _fall(desk: Desk, case: UUID, command: Command) -> None:
    held = desk.house.running
    async with held.app.begin() as tx:
        await execute(
            held.service.machine,
            tx,
            held.vault,
            case,
            command,
            now=command.at,
            stream=stream_id("notifications", "notice", named("told")),
        )


async def test_everything_shown_is_rebuilt_from_the_facts(desk: Desk) -> None:
    await tell(desk)
    report = await rebuild_check(desk.house.running.app, service())
    assert report["same"], report
    assert {one["table"] for one in report["tables"]} == {"notice", "delivery"}
    assert [one["table"] for one in report["tables"] if one["empty"]] == []


async def test_the_migrated_tables_are_those_of_the_models(desk: Desk) -> None:
    await asyncio.to_thread(check, service(), desk.house.running.settings)


async def test_a_stranger_sees_no_row_of_any_table(desk: Desk) -> None:
    await tell(desk)
    for table in read_side(metadata):
        count = f"SELECT count(*) FROM {table.name}"
        assert [tuple(row) for row in await desk.house.rows(count, STRANGER)] == [(0,)]
        assert [tuple(row) for row in await desk.house.rows(count)] == [(0,)]
        assert (await desk.house.rows(count, HARBOUR))[0][0] > 0
        assert (await desk.house.rows(count, LANTERN))[0][0] == 1


async def test_an_inbox_shows_what_was_told_and_not_what_waits(desk: Desk) -> None:
    await tell(desk)
    harbour = desk.house.caller("harbour")
    listed = (await harbour.get("/inbox")).json()["items"]
    assert {one["notice"] for one in listed} == {
        str(one) for one in (NOTICE, named("seen"), named("moved"), named("told"))
    }
    unseen = (await harbour.get("/inbox", unseen="true")).json()["items"]
    assert str(named("seen")) not in {one["notice"] for one in unseen}
    assert (await harbour.get(f"/inbox/{named('waits')}")).status_code == 404
    assert (await harbour.get(f"/inbox/{named('over')}")).status_code == 404


async def test_the_newest_notice_comes_first_page_by_page(desk: Desk) -> None:
    names = [named(f"number {number}") for number in range(5)]
    for number, name in enumerate(names):
        await desk.house.act(uuid4(), queue(at=after(minutes=number), notice=name))
    harbour, found, more = desk.house.caller("harbour"), [], ""
    while True:
        query = {"limit": "2"} | ({"after": more} if more else {})
        page = (await harbour.get("/inbox", **query)).json()
        found += [UUID(one["notice"]) for one in page["items"]]
        more = page["next"] or ""
        if not more:
            break
    assert found == names[::-1]


async def test_nobody_sees_acknowledges_or_follows_a_notice_of_another(desk: Desk) -> None:
    await desk.house.act(uuid4(), queue(), plan(MAIL))
    lantern = desk.house.caller("lantern")
    assert (await lantern.get("/inbox")).json()["items"] == []
    for path in (f"/inbox/{NOTICE}", f"/inbox/{NOTICE}/deliveries", f"/inbox/{named('none')}"):
        assert (await lantern.get(path)).status_code == 404
    assert (await lantern.post(f"/inbox/{NOTICE}/acknowledge")).status_code == 404
    unseen = (await desk.house.caller("harbour").get("/inbox", unseen="true")).json()["items"]
    assert [one["notice"] for one in unseen] == [str(NOTICE)]


async def test_an_operator_reads_no_inbox(desk: Desk) -> None:
    await desk.house.act(uuid4(), queue())
    reply = await desk.house.caller("operator").get("/inbox")
    assert reply.status_code == 403, reply.text


async def test_who_was_told_says_so_once_and_sees_how_it_travelled(desk: Desk) -> None:
    await desk.house.act(uuid4(), queue())
    await desk.deliveries.one_round()
    harbour = desk.house.caller("harbour")
    ways = (await harbour.get(f"/inbox/{NOTICE}/deliveries")).json()
    assert [(one["channel"], one["state"]) for one in ways] == [
        ("email", "sent"),
        ("webhook", "sent"),
    ]
    first = await harbour.post(f"/inbox/{NOTICE}/acknowledge")
    assert (first.status_code, first.json()["state"]) == (200, "acknowledged")
    again = await harbour.post(f"/inbox/{NOTICE}/acknowledge")
    assert (again.status_code, again.json()["code"]) == (409, "out-of-order")


async def test_an_offer_that_is_heard_twice_stands_in_the_inbox_once(desk: Desk) -> None:
    read = example(referral.ReferralOffered)
    now = await desk.house.running.clock.now()
    offer = read.contract().model_copy(
        update={
            "receiver": OrganisationId(HARBOUR),
            "referral": ReferralId(OFFER),
            "urgent": YesNo.NO,
            "answer_by": now.replace(year=now.year + 1),
        }
    )
    await desk.house.hear(read.case, offer, offer)
    harbour = desk.house.caller("harbour")
    listed = (await harbour.get("/inbox")).json()["items"]
    assert [(one["about"], one["kind"]) for one in listed] == [(str(OFFER), "task")]
    rows = await desk.house.rows("SELECT state FROM notice ORDER BY state", HARBOUR)
    assert [row.state for row in rows] == ["queued", "waiting"]
