"""Deliveries on a real database: planned, sent once, tried again with back-off, given up."""

import asyncio
from contextlib import suppress
from uuid import UUID, uuid4

import pytest

from nrm_contracts.codes import NotificationKind, YesNo
from nrm_contracts.envelope import read_envelope
from nrm_contracts.notifications import NotificationFailed, NotificationSent
from nrm_notifications.domain import commands as ask
from nrm_notifications.tasks.deliver import (
    ATTEMPTS_MAX,
    FIRST_PAUSE,
    LONGEST_PAUSE,
    Deliveries,
    run_deliveries,
)
from services.notifications.tests.conftest import STRANGER, Desk
from services.notifications.tests.notes import HARBOUR, LANTERN, NOTICE, OFFER, SERVICE, named

pytestmark = pytest.mark.integration

ENOUGH_S = 30.0


async def write(desk: Desk, organisation: UUID = HARBOUR, notice: UUID = NOTICE) -> UUID:
    """Put a notice into an inbox; give its case."""
    case = uuid4()
    command = ask.QueueNotice(
        id=uuid4(),
        by=SERVICE,
        at=await desk.house.running.clock.now(),
        notice=notice,
        organisation=organisation,
        kind=NotificationKind.TASK,
        about=OFFER,
        act_by=None,
        remind=None,
    )
    await desk.house.act(case, command)
    return case


async def deliveries_of(desk: Desk, organisation: UUID = HARBOUR) -> dict[str, tuple[str, int]]:
    """Give channel, state and attempts, as the organisation sees them."""
    found = await desk.house.rows("SELECT channel, state, attempts FROM delivery", organisation)
    return {row.channel: (row.state, row.attempts) for row in found}


async def told(desk: Desk) -> list[str]:
    """Give the types told, in order."""
    rows = await desk.house.rows("SELECT type FROM event ORDER BY pos")
    return [row.type for row in rows]


async def outgoing(desk: Desk) -> list[bytes]:
    """Give what notifications tells, in order."""
    rows = await desk.house.rows(
        "SELECT body FROM outbox WHERE topic = 'nrm.notifications' ORDER BY id"
    )
    return [bytes(row.body) for row in rows]


async def until_quiet(desk: Desk) -> int:
    """Deliver what is due; count the rounds that had something to do."""
    rounds = 0
    while await desk.deliveries.one_round():
        rounds += 1
        assert rounds < 20, "deliveries never come to rest"
    return rounds


async def test_a_notice_goes_out_by_every_channel_that_its_organisation_has(desk: Desk) -> None:
    await write(desk)
    assert await desk.deliveries.one_round()
    assert await deliveries_of(desk) == {"email": ("sent", 1), "webhook": ("sent", 1)}
    assert [to for to, _ in desk.mailbox.kept] == [["desk@harbour.example"]]
    assert len(desk.hook.got) == 1
    assert await told(desk) == ["notice-queued", "deliveries-planned", "notice-sent", "notice-sent"]


async def test_it_goes_out_once(desk: Desk) -> None:
    await write(desk)
    await until_quiet(desk)
    await desk.later(7 * 86_400)
    assert await until_quiet(desk) == 0
    assert (len(desk.mailbox.kept), len(desk.hook.got)) == (1, 1)


async def test_an_organisation_without_channels_has_its_inbox(desk: Desk) -> None:
    await write(desk, STRANGER)
    await write(desk, named("in no directory"), named("another notice"))
    await until_quiet(desk)
    assert await deliveries_of(desk, STRANGER) == {}
    assert desk.mailbox.kept == []
    rows = await desk.house.rows("SELECT planned, state FROM notice", STRANGER)
    assert [tuple(row) for row in rows] == [(True, "queued")]


async def test_a_channel_that_fails_is_tried_again_with_longer_and_longer_pauses(
    desk: Desk,
) -> None:
    desk.hook.status = 503
    await write(desk)
    await until_quiet(desk)
    assert await deliveries_of(desk) == {"email": ("sent", 1), "webhook": ("open", 1)}
    pause = int(FIRST_PAUSE.total_seconds()) * 2
    await desk.later(pause // 2)
    assert await until_quiet(desk) == 0
    await desk.later(pause // 2 + 1)
    await until_quiet(desk)
    assert (await deliveries_of(desk))["webhook"] == ("open", 2)
    await desk.later(pause + 1)
    assert await until_quiet(desk) == 0
    await desk.later(pause + 1)
    desk.hook.status = 200
    await until_quiet(desk)
    assert await deliveries_of(desk) == {"email": ("sent", 1), "webhook": ("sent", 3)}
    assert len(desk.mailbox.kept) == 1


async def test_a_channel_that_never_takes_it_is_given_up_and_said_so(desk: Desk) -> None:
    desk.hook.status = 500
    await write(desk)
    for _ in range(ATTEMPTS_MAX):
        await until_quiet(desk)
        await desk.later(int(LONGEST_PAUSE.total_seconds()) + 1)
    assert await until_quiet(desk) == 0
    assert (await deliveries_of(desk))["webhook"] == ("failed", ATTEMPTS_MAX)
    assert len(desk.hook.got) == ATTEMPTS_MAX
    assert (await told(desk)).count("notice-failed") == ATTEMPTS_MAX
    facts = [read_envelope(body).contract() for body in await outgoing(desk)]
    finals = [fact.final for fact in facts if isinstance(fact, NotificationFailed)]
    assert finals == [YesNo.NO] * (ATTEMPTS_MAX - 1) + [YesNo.YES]


async def test_a_mail_server_that_is_full_gets_it_later(desk: Desk) -> None:
    desk.mailbox.full = True
    await write(desk, LANTERN)
    await until_quiet(desk)
    assert await deliveries_of(desk, LANTERN) == {"email": ("open", 1)}
    desk.mailbox.full = False
    await desk.later(60)
    await until_quiet(desk)
    assert await deliveries_of(desk, LANTERN) == {"email": ("sent", 2)}


async def test_what_was_seen_meanwhile_is_not_sent(desk: Desk) -> None:
    desk.mailbox.full = True
    desk.hook.status = 503
    await write(desk)
    await until_quiet(desk)
    reply = await desk.house.caller("harbour").post(f"/inbox/{NOTICE}/acknowledge")
    assert reply.status_code == 200, reply.text
    desk.mailbox.full, desk.hook.status = False, 200
    await desk.later(3600)
    assert await until_quiet(desk) == 0
    assert (len(desk.mailbox.kept), len(desk.hook.got)) == (0, 1)


async def test_a_repeated_attempt_keeps_its_id_so_that_the_other_side_can_tell(
    desk: Desk,
) -> None:
    """A crash between the answer and its record repeats the notice; nothing is left out."""
    await write(desk)
    first, second = Deliveries(desk.house.running), Deliveries(desk.house.running)
    with suppress(asyncio.CancelledError):
        await asyncio.gather(first.one_round(), second.one_round())
    await until_quiet(desk)
    assert await deliveries_of(desk) == {"email": ("sent", 1), "webhook": ("sent", 1)}
    assert {headers["webhook-id"] for headers, _ in desk.hook.got} == {str(NOTICE)}
    assert (await told(desk)).count("notice-sent") == 2


async def test_the_worker_delivers_while_it_is_elected(desk: Desk) -> None:
    await write(desk)
    worker = asyncio.create_task(run_deliveries(desk.house.running))
    try:
        async with asyncio.timeout(ENOUGH_S):
            while (await deliveries_of(desk)).get("webhook") != ("sent", 1):
                await asyncio.sleep(0.05)
            notice = named("a second one")
            await write(desk, LANTERN, notice)
            while await deliveries_of(desk, LANTERN) != {"email": ("sent", 1)}:
                await asyncio.sleep(0.05)
    finally:
        worker.cancel()
        with suppress(asyncio.CancelledError):
            await worker


async def test_what_is_told_of_a_delivery_names_channel_and_an_opaque_id(desk: Desk) -> None:
    case = await write(desk)
    await until_quiet(desk)
    read = [read_envelope(body) for body in await outgoing(desk)]
    assert {one.case for one in read} == {case}
    facts = [one.contract() for one in read]
    sent = [fact for fact in facts if isinstance(fact, NotificationSent)]
    assert {(one.channel.value, one.about) for one in sent} == {
        ("email", OFFER),
        ("webhook", OFFER),
    }
    rows = await desk.house.rows("SELECT body FROM outbox")
    assert not [row for row in rows if b"arbour" in bytes(row.body)]
