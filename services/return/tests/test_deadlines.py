"""Every clock of a return fires once."""

from datetime import timedelta
from importlib import import_module
from typing import Any

import pytest

from nrm_contracts.care_codes import ReturnReopening
from nrm_return.domain import commands as ask
from nrm_return.domain import file_events as filed
from nrm_return.domain import heard_commands as heard
from nrm_return.domain import journey_events as journey
from nrm_return.domain import running, states
from nrm_runtime.testing.clock import after

with_: Any = import_module("services.return.tests.steps")
make, RETURN = with_.make, with_.RETURN


def clocks(history: Any) -> Any:
    """Give the deadlines that run."""
    return with_.case.clocks(history.state)


def fired(history: Any, name: str) -> tuple[Any, Any]:
    """Let a deadline fall due that runs; give what followed and the history after it."""
    fell = with_.fall_due(name, clocks(history)[name].at)
    return history.when(fell), history.after(fell)


ASKED = with_.a_request().after(make(ask.RequestInquiry))
STOPPED = with_.travelling().after(make(ask.WithdrawReturn, at=with_.LEAVES))
LEFT_ALONE = with_.arrived().after(make(heard.NoteReceiverLost, at=with_.LANDS))
SEEKING = with_.filed().after(make(ask.SeekAlternative))


@pytest.mark.parametrize(
    ("history", "name", "kinds"),
    [
        (ASKED, "inquiry", [filed.InquiryOverdue]),
        (with_.filed(), "consent", [filed.ConsentAged]),
        (with_.approved(), "consent", [filed.ConsentAged, journey.ReturnReopened]),
        (with_.approved(), "joint-risk", [filed.JointRiskExpired]),
        (with_.approved(), "departure", [journey.DepartureMissed]),
        (STOPPED, "plan", [journey.PlanOverdue]),
        (SEEKING, "plan", [journey.PlanOverdue]),
        (with_.arrived(), "reassessment", [journey.ReassessmentOverdue]),
        (LEFT_ALONE, "reassessment", [journey.ReassessmentOverdue]),
        (LEFT_ALONE, "plan", [journey.PlanOverdue]),
    ],
)
def test_each_deadline_fires_exactly_once(history: Any, name: str, kinds: list[Any]) -> None:
    full = f"{name}:{RETURN}"
    due = clocks(history)[full]
    events, then = fired(history, full)
    assert [type(each) for each in events] == kinds
    assert all(each.at == due.at for each in events)
    assert full not in clocks(then)
    then.stays_quiet(with_.fall_due(full, due.at))


def test_a_consent_that_grew_old_takes_the_approval_away() -> None:
    (_, reopened), _ = fired(with_.approved(), f"consent:{RETURN}")
    assert reopened.reason is ReturnReopening.CONSENT_AGED


def test_an_old_joint_assessment_is_told_and_reopens_nothing() -> None:
    _, then = fired(with_.approved(), f"joint-risk:{RETURN}")
    assert isinstance(with_.state_of(then), states.Approved)
    anew = then.after(*with_.signed(at=after(days=20)))
    assert clocks(anew)[f"joint-risk:{RETURN}"].at == after(days=27)


def test_an_unconfirmed_arrival_alarms_again_and_again_until_it_is_confirmed() -> None:
    history = with_.travelling()
    first = clocks(history)[f"arrival:{RETURN}:1"]
    (overdue,), history = fired(history, f"arrival:{RETURN}:1")
    assert (overdue.times, overdue.sender, overdue.receiver) == (
        1,
        with_.SENDER,
        with_.RECEIVER,
    )
    assert clocks(history)[f"arrival:{RETURN}:2"].at == first.at + timedelta(hours=24)
    (again,), history = fired(history, f"arrival:{RETURN}:2")
    assert again.times == 2
    there = history.after(make(ask.ConfirmArrival, by=with_.TO, at=after(days=45)))
    assert not [name for name in clocks(there) if name.startswith("arrival")]


def test_the_alarm_has_a_last_time() -> None:
    history = with_.travelling()
    for number in range(1, running.ARRIVAL_ALARMS_MAX + 1):
        events, history = fired(history, f"arrival:{RETURN}:{number}")
    assert events[0].next_by is None
    assert clocks(history) == {}


def test_the_journey_stopped_has_a_plan_to_make_and_no_arrival_to_await() -> None:
    assert set(clocks(STOPPED)) == {f"plan:{RETURN}"}


def test_a_departure_recorded_in_time_is_not_missed() -> None:
    assert f"departure:{RETURN}" not in clocks(with_.travelling())


def test_a_new_plan_gives_a_new_departure_to_watch() -> None:
    _, missed = fired(with_.approved(), f"departure:{RETURN}")
    late = after(days=41)
    planned = missed.after(
        make(ask.SetItinerary, at=late, departs_at=after(days=60), arrives_at=after(days=61)),
        *with_.signed(at=late),
        make(ask.EndorseReturn, at=late),
        make(ask.EndorseReturn, by=with_.TO, at=late),
    )
    assert clocks(planned)[f"departure:{RETURN}"].at == after(days=60)


def test_what_ended_has_no_deadlines() -> None:
    for history in (
        with_.approved().after(make(ask.WithdrawReturn)),
        with_.approved().after(make(ask.RefuseReturn)),
    ):
        assert clocks(history) == {}


def test_a_deadline_nobody_runs_stays_quiet() -> None:
    with_.approved().stays_quiet(with_.fall_due(f"plan:{RETURN}", after(days=1)))
