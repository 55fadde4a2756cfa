"""One notice: given what was said of it, when something comes, then these facts."""

from collections.abc import Sequence
from functools import reduce

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nrm_contracts.codes import NotificationChannel
from nrm_contracts.envelope import read_envelope, write_envelope
from nrm_notifications.codec import CODEC
from nrm_notifications.domain import commands as ask
from nrm_notifications.domain import events as fact
from nrm_notifications.domain import notice
from nrm_notifications.publishing import tell
from nrm_runtime.core import Automatic, Command, Due, Refused
from nrm_runtime.testing.clock import after
from services.notifications.tests.notes import (
    HARBOUR,
    HOOK,
    LANTERN,
    MAIL,
    NOTICE,
    OFFER,
    attempt,
    cancel,
    due,
    fall_due,
    kinds,
    named,
    plan,
    queue,
    refusal,
    remind,
    seen,
    told,
)

WAITING = told(remind())
CANCELLED = told(remind(), cancel())
QUEUED = told(queue())
PLANNED = told(queue(), plan(MAIL, HOOK))
ACKNOWLEDGED = told(queue(), seen())
STATES = (notice.initial, WAITING, CANCELLED, QUEUED, PLANNED, ACKNOWLEDGED)
COMMANDS: tuple[Command, ...] = (
    queue(),
    remind(),
    cancel(),
    fall_due(days=2),
    plan(MAIL),
    attempt(),
    seen(),
)


# --- queue -------------------------------------------------------------------------------------


def test_a_notice_stands_in_the_inbox_at_once() -> None:
    (event,) = notice.decide(notice.initial, queue())
    assert isinstance(event, fact.NoticeQueued)
    assert (event.organisation, event.about, event.act_by) == (HARBOUR, OFFER, after(days=3))


def test_a_reminder_waits_for_its_instant() -> None:
    assert kinds(notice.initial, remind()) == ["NoticeScheduled"]
    assert notice.clocks(WAITING) == {"remind": due(days=2)}


def test_a_reminder_whose_instant_has_passed_is_told_now() -> None:
    assert kinds(notice.initial, remind(at=after(days=2))) == ["NoticeQueued"]


def test_a_waiting_reminder_moves_to_a_new_instant() -> None:
    moved = told(remind(), remind(remind=due(days=9)))
    assert notice.clocks(moved) == {"remind": due(days=9)}


def test_a_cancelled_reminder_may_be_wanted_again() -> None:
    assert kinds(CANCELLED, remind()) == ["NoticeScheduled"]


@pytest.mark.parametrize("state", [QUEUED, PLANNED, ACKNOWLEDGED])
def test_what_was_said_is_not_said_again(state: notice.Notice) -> None:
    assert kinds(state, queue()) == []


# --- cancel ------------------------------------------------------------------------------------


def test_a_waiting_reminder_is_cancelled_and_its_clock_stops() -> None:
    assert kinds(WAITING, cancel()) == ["NoticeCancelled"]
    assert notice.clocks(CANCELLED) == {}


@pytest.mark.parametrize("state", [notice.initial, CANCELLED, QUEUED, PLANNED, ACKNOWLEDGED])
def test_there_is_nothing_to_cancel_in_what_does_not_wait(state: notice.Notice) -> None:
    assert kinds(state, cancel()) == []


# --- the clock ---------------------------------------------------------------------------------


def test_a_reminder_falls_due_once_with_what_was_written() -> None:
    (event,) = notice.decide(WAITING, fall_due(days=2))
    assert isinstance(event, fact.NoticeQueued)
    assert (event.at, event.organisation, event.about) == (after(days=2), HARBOUR, OFFER)
    assert notice.clocks(notice.evolve(WAITING, event)) == {}


@pytest.mark.parametrize("state", [notice.initial, CANCELLED, QUEUED, ACKNOWLEDGED])
def test_nothing_falls_due_where_nothing_waits(state: notice.Notice) -> None:
    assert notice.clocks(state) == {}
    assert refusal(state, fall_due(days=2)) == "out-of-order"


# --- deliveries --------------------------------------------------------------------------------


def test_channels_are_planned_once() -> None:
    assert kinds(QUEUED, plan(MAIL, HOOK)) == ["DeliveriesPlanned"]
    assert refusal(PLANNED, plan(MAIL)) == "out-of-order"


def test_an_inbox_alone_is_a_plan_too() -> None:
    assert refusal(told(queue(), plan()), attempt()) == "out-of-order"


@pytest.mark.parametrize("state", [notice.initial, WAITING, CANCELLED])
def test_nothing_is_planned_for_what_is_not_told(state: notice.Notice) -> None:
    assert refusal(state, plan(MAIL)) == "out-of-order"


@pytest.mark.parametrize("command", [plan(MAIL), attempt()])
def test_what_was_seen_needs_no_delivery(command: Command) -> None:
    assert kinds(ACKNOWLEDGED, command) == []


def test_a_channel_that_took_it_is_done() -> None:
    (event,) = notice.decide(PLANNED, attempt())
    assert isinstance(event, fact.NoticeSent)
    assert (event.channel, event.attempts, event.about) == (MAIL, 1, OFFER)
    assert refusal(notice.evolve(PLANNED, event), attempt()) == "out-of-order"


def test_a_channel_that_failed_is_tried_again_and_counted() -> None:
    tried = told(queue(), plan(MAIL), attempt(succeeded=False))
    (event,) = notice.decide(tried, attempt())
    assert isinstance(event, fact.NoticeSent)
    assert event.attempts == 2


def test_a_channel_that_failed_for_good_is_left_alone() -> None:
    tried = told(queue(), plan(MAIL), attempt(succeeded=False, final=True))
    assert refusal(tried, attempt()) == "out-of-order"


def test_a_channel_that_was_not_planned_has_no_attempt() -> None:
    assert refusal(told(queue(), plan(MAIL)), attempt(HOOK)) == "out-of-order"


# --- acknowledge -------------------------------------------------------------------------------


@pytest.mark.parametrize("state", [QUEUED, PLANNED])
def test_who_was_told_says_that_it_was_seen(state: notice.Notice) -> None:
    assert kinds(state, seen()) == ["NoticeAcknowledged"]


def test_nobody_else_says_so() -> None:
    assert refusal(QUEUED, seen(LANTERN)) == "not-the-addressee"


def test_no_service_says_so() -> None:
    by_service = ask.AcknowledgeNotice(
        id=named("x"), by=Automatic(service="notifications"), at=after(), notice=NOTICE
    )
    assert refusal(QUEUED, by_service) == "worker-required"


@pytest.mark.parametrize("state", [notice.initial, WAITING, CANCELLED, ACKNOWLEDGED])
def test_what_is_not_in_the_inbox_is_not_seen(state: notice.Notice) -> None:
    assert refusal(state, seen()) == "out-of-order"


# --- the table of what may happen --------------------------------------------------------------


def test_the_table_says_what_decide_does() -> None:
    found: dict[type, set[type[Command]]] = {type(state): set() for state in STATES}
    for state in STATES:
        for command in COMMANDS:
            try:
                events = notice.decide(state, command)
            except Refused as refused:
                assert refused.code == "out-of-order"
                continue
            if events:
                found[type(state)].add(type(command))
    assert found == notice.ALLOWED


# --- histories ---------------------------------------------------------------------------------

steps = st.lists(
    st.sampled_from(
        [
            queue(),
            remind(),
            remind(remind=Due(at=after(days=5), profile="RO@1")),
            cancel(),
            fall_due(days=2),
            plan(),
            plan(MAIL, HOOK),
            attempt(MAIL),
            attempt(HOOK, succeeded=False),
            attempt(HOOK, succeeded=False, final=True),
            seen(),
        ]
    ),
    max_size=25,
)


def history(commands: Sequence[Command]) -> list[fact.NoticeEvent]:
    """Give the facts of a notice; refused commands change nothing."""
    state = notice.initial
    events: list[fact.NoticeEvent] = []
    for command in commands:
        try:
            new = notice.decide(state, command)
        except Refused:
            continue
        state = reduce(notice.evolve, new, state)
        events += new
    return events


@given(steps)
def test_every_history_is_read_again_as_it_was_written(commands: Sequence[Command]) -> None:
    events = history(commands)
    read = [CODEC.decode(*CODEC.encode(event)) for event in events]
    assert read == events
    assert reduce(notice.evolve, read, notice.initial) == reduce(  # type: ignore[arg-type]
        notice.evolve, events, notice.initial
    )


@given(steps)
def test_no_channel_takes_a_notice_twice(commands: Sequence[Command]) -> None:
    events = history(commands)
    sent: list[NotificationChannel] = []
    for event in events:
        if isinstance(event, fact.NoticeQueued):
            sent.clear()
        if isinstance(event, fact.NoticeSent):
            assert event.channel not in sent
            sent.append(event.channel)


@given(steps)
def test_what_is_told_of_a_notice_keeps_its_contract(commands: Sequence[Command]) -> None:
    for number, event in enumerate(history(commands), start=1):
        contract = tell(event)
        if contract is None:
            continue
        body = write_envelope(
            contract,
            id=named(str(number)),
            source="nrm.notifications",
            case=named("case"),
            at=event.at,
            stream=NOTICE,
            told=number,
            correlation=named("case"),
            causation=None,
        )
        assert read_envelope(body).contract() == contract
