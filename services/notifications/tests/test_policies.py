"""Who is told what about each fact, made from the examples that are kept of every contract."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import reduce
from pathlib import Path
from typing import Any, TypeAlias
from uuid import UUID

import pytest

from nrm_contracts import assistance, cases, follow_ups, identification, referral, returns
from nrm_contracts.codes import NotificationKind, YesNo
from nrm_contracts.contract import Contract
from nrm_contracts.envelope import Envelope, read_envelope
from nrm_notifications.domain import commands as ask
from nrm_notifications.domain import notice
from nrm_notifications.handlers import HEARS
from nrm_runtime.broker.heard import Heard
from nrm_runtime.core import Automatic, Command, Due, FallDue
from services.notifications.tests.notes import named

EXAMPLES = Path(__file__).parents[3] / "contracts" / "examples"
TASK, REMINDER, DANGER = NotificationKind

Told: TypeAlias = tuple[str, NotificationKind | None, str, str]
"""Field that names who is told (or a part of it), kind (None: cancelled), about, act_by."""

EXPECTED: Mapping[type[Contract], tuple[Told, ...]] = {
    identification.SignalReceived: (("notify", TASK, "case", "notify_by"),),
    identification.VictimPresumed: (("notify", TASK, "case", ""),),
    identification.ReflectionStarted: (("organisation", REMINDER, "case", "ends_by"),) * 3,
    identification.ReflectionExtended: (("organisation", REMINDER, "case", "ends_by"),) * 3,
    identification.DeadlineFellDue: (("responsible", DANGER, "about", ""),),
    referral.ReferralOffered: (
        ("receiver", DANGER, "referral", "answer_by"),
        ("receiver", REMINDER, "referral", "answer_by"),
    ),
    referral.ReferralAccepted: (
        ("receiver", None, "referral", ""),
        ("sender", TASK, "referral", "confirm_by"),
    ),
    referral.ReferralDeclined: (
        ("receiver", None, "referral", ""),
        ("sender", TASK, "referral", "next_route_by"),
    ),
    referral.ReferralBackedOut: (
        ("receiver", None, "referral", ""),
        ("sender", TASK, "referral", "next_route_by"),
    ),
    referral.ReferralTimedOut: (
        ("receiver", None, "referral", ""),
        ("sender", TASK, "referral", "next_route_by"),
    ),
    referral.ReferralWithdrawn: (
        ("receiver", None, "referral", ""),
        ("receiver", TASK, "referral", ""),
    ),
    referral.ReferralEscalated: (("responsible", DANGER, "referral", ""),),
    referral.HandedOver: (("sender", TASK, "referral", ""), ("receiver", TASK, "referral", "")),
    cases.ConsentWithdrawn: (("received", TASK, "consent", "acknowledge_by"),),
    cases.CaseClosed: (
        ("custodian", TASK, "case", ""),
        ("hearing_notices_to", TASK, "case", ""),
    ),
    cases.DeadlineFellDue: (("responsible", DANGER, "about", ""),),
    assistance.ImmediateNeedFound: (("organisation", DANGER, "assistance", "act_by"),),
    assistance.PlanActivated: (("organisation", REMINDER, "assistance", "review_by"),),
    assistance.PlanReviewed: (("organisation", REMINDER, "assistance", "review_by"),),
    assistance.SafetyPlanAgreed: (("organisation", REMINDER, "assistance", "review_by"),),
    assistance.AssistanceTransferred: (("organisation", TASK, "assistance", "decide_by"),),
    assistance.DeadlineFellDue: (("responsible", DANGER, "about", ""),),
    returns.SocialInquiryRequested: (("asked", TASK, "return_id", "answer_by"),),
    returns.ReturnAlternativeSought: (("organisation", DANGER, "return_id", "plan_by"),),
    returns.ArrivalOverdue: (
        ("sender", DANGER, "return_id", ""),
        ("receiver", DANGER, "return_id", ""),
    ),
    returns.DeadlineFellDue: (("responsible", DANGER, "about", ""),),
    follow_ups.FollowUpScheduled: (("organisation", REMINDER, "return_id", "contact_by"),),
    follow_ups.FollowUpOverdue: (
        ("responsible", TASK, "return_id", ""),
        ("report_to", TASK, "return_id", ""),
    ),
    follow_ups.FollowUpReportSent: (("report_to", TASK, "return_id", ""),),
}

FACTS = sorted(HEARS, key=lambda fact: fact.name)


def example(fact: type[Contract]) -> Envelope:
    """Give the example that is kept for ever."""
    path = EXAMPLES / f"{fact.name}.v{fact.version}.json"
    return read_envelope(path.read_bytes())


def heard(
    fact: Contract, now: datetime, *, case: UUID = named("case"), message: str = "message"
) -> Heard[Any]:
    """Hear a fact."""
    return Heard(
        data=fact,
        case=case,
        message=named(message),
        event=named("event"),
        occurred_at=now,
        now=now,
        by=Automatic(service="notifications"),
    )


def answer(fact: Contract, now: datetime, **more: Any) -> tuple[Command, ...]:
    """Give the commands that answer a fact."""
    return HEARS[type(fact)](heard(fact, now, **more))


def long_before(fact: Contract) -> datetime:
    """Give an instant at which every date of an example still lies far ahead."""
    dates = [value for _, value in fact if isinstance(value, datetime)]
    dates += [one for _, value in fact if isinstance(value, tuple) for one in value
              if isinstance(one, datetime)]  # fmt: skip
    return min(dates, default=example(type(fact)).at) - timedelta(days=60)


def expected_of(fact: Contract, case: UUID) -> Counter[tuple[Any, ...]]:
    """Write the expectation out for one fact, once for each organisation and date."""
    found: Counter[tuple[Any, ...]] = Counter()
    for who, kind, about, act_by in EXPECTED[type(fact)]:
        told = getattr(fact, who)
        dates = getattr(fact, act_by) if act_by else None
        thing = case if about == "case" else getattr(fact, about) or case
        for organisation in told if isinstance(told, tuple) else (told,):
            for date in dates if isinstance(dates, tuple) else (dates,):
                found[(organisation, kind, None if kind is None else thing, date)] += 1
    return found


def test_every_fact_heard_is_expected_here() -> None:
    assert set(EXPECTED) == set(HEARS)


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact.name)
def test_each_fact_tells_whom_it_concerns(fact: type[Contract]) -> None:
    read = example(fact)
    data = read.contract()
    commands = answer(data, long_before(data), case=read.case)
    assert commands, "every fact heard produces or cancels something"
    found: Counter[tuple[Any, ...]] = Counter()
    cancelled = [one for one in commands if isinstance(one, ask.CancelNotice)]
    for command in commands:
        if isinstance(command, ask.QueueNotice):
            found[(command.organisation, command.kind, command.about, command.act_by)] += 1
    expected = expected_of(data, read.case)
    assert sum(count for key, count in expected.items() if key[1] is None) == len(cancelled)
    assert found == Counter({key: count for key, count in expected.items() if key[1] is not None})


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact.name)
def test_a_repeated_fact_gives_the_same_commands(fact: type[Contract]) -> None:
    data = example(fact).contract()
    now = long_before(data)
    assert answer(data, now) == answer(data, now)
    ids = [command.id for command in answer(data, now)]
    assert len(set(ids)) == len(ids)
    others = {command.id for command in answer(data, now, message="another message")}
    assert others.isdisjoint(ids)


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact.name)
def test_no_two_notices_of_a_fact_are_one(fact: type[Contract]) -> None:
    data = example(fact).contract()
    told = [one.notice for one in answer(data, long_before(data)) if isinstance(one, ask.About)]
    assert len(set(told)) == len(told)


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact.name)
def test_the_machine_takes_what_a_fact_leads_to(fact: type[Contract]) -> None:
    """In the order of the facts, and also where the notice was never written."""
    data = example(fact).contract()
    for command in answer(data, long_before(data)):
        events = notice.decide(notice.initial, command)
        assert bool(events) == isinstance(command, ask.QueueNotice)


# --- what is not told, or differently -------------------------------------------------------


def changed(fact: type[Contract], **changes: Any) -> Contract:
    """Give an example with other values."""
    data = example(fact).contract()
    return data.model_copy(update=changes)


NOW = datetime.fromisoformat("2026-03-01T09:30:00+00:00")


def test_an_offer_that_is_not_urgent_is_a_task() -> None:
    told, _ = answer(changed(referral.ReferralOffered, urgent=YesNo.NO), NOW - timedelta(days=9))
    assert isinstance(told, ask.QueueNotice)
    assert told.kind is TASK


def test_an_offer_to_be_answered_within_a_day_has_no_reminder() -> None:
    soon = changed(referral.ReferralOffered, answer_by=NOW + timedelta(hours=4))
    assert len(answer(soon, NOW)) == 1


@pytest.mark.parametrize(
    "end",
    [
        referral.ReferralAccepted,
        referral.ReferralDeclined,
        referral.ReferralBackedOut,
        referral.ReferralTimedOut,
        referral.ReferralWithdrawn,
    ],
)
def test_the_reminder_of_an_offer_is_cancelled_by_its_answer(end: type[Contract]) -> None:
    ids = {"referral": named("offer"), "receiver": named("receiver"), "sender": named("sender")}
    offered = changed(referral.ReferralOffered, **ids)
    reminder = next(
        one
        for one in answer(offered, long_before(offered))
        if isinstance(one, ask.QueueNotice) and one.kind is REMINDER
    )
    state = _after(reminder)
    assert notice.clocks(state)
    (over,) = (one for one in answer(changed(end, **ids), NOW) if isinstance(one, ask.CancelNotice))
    assert over.notice == reminder.notice
    assert [type(event).__name__ for event in notice.decide(state, over)] == ["NoticeCancelled"]


def test_only_reminders_that_are_still_to_come_are_written() -> None:
    ends_by = NOW + timedelta(days=20)
    running = changed(identification.ReflectionStarted, ends_by=ends_by)
    found = [one.remind for one in answer(running, NOW) if isinstance(one, ask.QueueNotice)]
    assert [ends_by - one.at for one in found if one is not None] == [
        timedelta(days=7),
        timedelta(days=1),
    ]


def test_an_extended_period_is_reminded_of_again() -> None:
    """The reminder of the old end is no reminder of the new one (30, 7 and 1 day before)."""
    started = changed(identification.ReflectionStarted, ends_by=NOW + timedelta(days=30))
    written = {
        one.notice: _after(one) for one in answer(started, NOW) if isinstance(one, ask.QueueNotice)
    }
    week_before = NOW + timedelta(days=23)
    for key, state in written.items():
        for name, due in notice.clocks(state).items():
            if due.at <= week_before:
                command = FallDue(id=named("fell"), by=_SERVICE, at=due.at, name=name)
                written[key] = reduce(notice.evolve, notice.decide(state, command), state)
    extended = changed(identification.ReflectionExtended, ends_by=NOW + timedelta(days=60))
    waiting: list[Due] = []
    for one in answer(extended, week_before + timedelta(days=1)):
        assert isinstance(one, ask.QueueNotice)
        state = written.get(one.notice, notice.initial)
        state = reduce(notice.evolve, notice.decide(state, one), state)
        waiting += notice.clocks(state).values()
    assert sorted(due.at for due in waiting) == [
        NOW + timedelta(days=days) for days in (30, 53, 59)
    ]


def test_nobody_is_told_of_supports_where_none_is_open() -> None:
    assert answer(changed(assistance.AssistanceTransferred, open_supports=0), NOW) == ()


@pytest.mark.parametrize(
    "fact", [identification.DeadlineFellDue, assistance.DeadlineFellDue, returns.DeadlineFellDue]
)
def test_a_missed_deadline_of_nobody_is_told_to_nobody(fact: type[Contract]) -> None:
    assert answer(changed(fact, responsible=None), NOW) == ()


def test_each_alarm_is_a_notice_of_its_own() -> None:
    first = answer(changed(returns.ArrivalOverdue, times=1), NOW)
    second = answer(changed(returns.ArrivalOverdue, times=2), NOW)
    ids = [one.notice for one in (*first, *second) if isinstance(one, ask.About)]
    assert len(set(ids)) == 4


def test_nobody_receives_hearing_notices_of_a_case_without_a_trial() -> None:
    (told,) = answer(changed(cases.CaseClosed, hearing_notices_to=None), NOW)
    assert isinstance(told, ask.QueueNotice)


def test_an_organisation_that_gets_its_own_reports_is_told_once() -> None:
    one = named("both")
    overdue = changed(follow_ups.FollowUpOverdue, responsible=one, report_to=one)
    assert len(answer(overdue, NOW)) == 1


_SERVICE = Automatic(service="notifications")


def _after(command: Command) -> notice.Notice:
    return reduce(notice.evolve, notice.decide(notice.initial, command), notice.initial)
