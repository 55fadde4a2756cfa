"""Contact after arrival, and reports to the sender."""

from datetime import timedelta
from importlib import import_module
from typing import Any

import pytest

from nrm_contracts.care_codes import FollowUpOutcome
from nrm_contracts.codes import OpenMatter, Overdue
from nrm_return.domain import follow_up_commands as follow
from nrm_return.domain import follow_up_events as fact
from nrm_return.domain import follow_up_states as keeping
from nrm_return.domain import heard_commands as heard

with_: Any = import_module("services.return.tests.steps")
make = with_.make


def keeping_of(history: Any) -> Any:
    """Give the follow-up of the return."""
    return with_.state_of(history).follow_up


def test_contact_is_agreed_with_dates_and_a_responsible_organisation() -> None:
    (scheduled,) = with_.arrived().when(make(follow.ScheduleFollowUp))
    assert (scheduled.organisation, scheduled.report_to) == (with_.RECEIVER, with_.SENDER)
    assert len(scheduled.contact_by) == 2


def test_a_schedule_has_a_contact() -> None:
    with_.arrived().refuses(make(follow.ScheduleFollowUp, contact_by=()), "schedule-empty")


def test_a_stranger_agrees_nothing() -> None:
    with_.arrived().refuses(make(follow.ScheduleFollowUp, by=with_.NOBODY), "not-a-party")


def test_contact_is_kept_after_arrival_only() -> None:
    with_.travelling().refuses(make(follow.ScheduleFollowUp), "out-of-order")


def test_only_who_is_responsible_keeps_contact() -> None:
    for kind in (
        follow.RecordFollowUp,
        follow.SendReport,
        follow.ReportContactLost,
        follow.CompleteFollowUp,
    ):
        with_.followed().refuses(make(kind, by=with_.FROM), "not-responsible")


def test_a_contact_is_recorded_once_it_reached_the_person() -> None:
    contact = make(follow.RecordFollowUp, by=with_.TO)
    (recorded,) = with_.followed().when(contact)
    assert (recorded.number, recorded.outcome) == (1, FollowUpOutcome.SAFE)
    with_.followed().after(contact).refuses(
        make(follow.RecordFollowUp, by=with_.TO), "already-kept"
    )
    nowhere = make(follow.RecordFollowUp, by=with_.TO, number=3)
    with_.followed().refuses(nowhere, "no-such-number")


def test_a_contact_in_vain_stays_owed() -> None:
    vain = make(follow.RecordFollowUp, by=with_.TO, outcome=FollowUpOutcome.NOT_REACHED)
    history = with_.followed().after(vain, vain)
    assert keeping_of(history).schedule.contacts[0].tries == 2
    assert not keeping_of(history).schedule.contacts[0].kept


def test_reports_go_to_the_sender_on_a_schedule_of_their_own() -> None:
    report = make(follow.SendReport, by=with_.TO)
    (sent,) = with_.followed().when(report)
    assert sent.report_to == with_.SENDER
    with_.followed().after(report).refuses(make(follow.SendReport, by=with_.TO), "already-kept")


def test_a_schedule_is_complete_when_every_contact_and_report_was_kept() -> None:
    history = with_.followed().after(make(follow.RecordFollowUp, by=with_.TO))
    end = make(follow.CompleteFollowUp, by=with_.TO)
    history.refuses(end, "follow-up-open")
    kept = history.after(
        make(follow.RecordFollowUp, by=with_.TO, number=2), make(follow.SendReport, by=with_.TO)
    )
    (completed,) = kept.when(end)
    assert isinstance(completed, fact.FollowUpCompleted)


@pytest.mark.parametrize(
    ("clock", "what"), [("follow-up", Overdue.FOLLOW_UP), ("report", Overdue.REPORT)]
)
def test_an_overdue_contact_or_report_is_told_once_and_kept_late(clock: str, what: Overdue) -> None:
    name = f"{clock}:{with_.RETURN}:1:1"
    due = with_.case.clocks(with_.followed().state)[name]
    fell = with_.fall_due(name, due.at)
    (overdue,) = with_.followed().when(fell)
    assert (overdue.what, overdue.number) == (what, 1)
    assert (overdue.responsible, overdue.report_to) == (with_.RECEIVER, with_.SENDER)
    late = with_.followed().after(fell)
    assert isinstance(keeping_of(late), keeping.Late)
    late.stays_quiet(fell)
    done = (
        make(follow.RecordFollowUp, by=with_.TO)
        if clock == "follow-up"
        else make(follow.SendReport, by=with_.TO)
    )
    assert isinstance(keeping_of(late.after(done)), keeping.Active)


def test_a_kept_contact_never_falls_due() -> None:
    history = with_.followed().after(make(follow.RecordFollowUp, by=with_.TO))
    names = with_.case.clocks(history.state)
    assert f"follow-up:{with_.RETURN}:1:1" not in names
    assert f"follow-up:{with_.RETURN}:1:2" in names


def test_lost_contact_may_be_renewed_with_a_new_schedule() -> None:
    lost = make(follow.ReportContactLost, by=with_.TO)
    (event,) = with_.followed().when(lost)
    assert isinstance(event, fact.ContactLost)
    gone = with_.followed().after(lost)
    assert not [each for each in with_.case.clocks(gone.state) if "follow-up" in each]
    renewed = gone.after(make(follow.ScheduleFollowUp, at=with_.LANDS + timedelta(days=200)))
    assert keeping_of(renewed).schedule.round == 2


def test_the_person_may_decline_contact_before_or_during_it() -> None:
    for history in (with_.arrived(), with_.followed()):
        (declined,) = history.when(make(follow.DeclineFollowUp))
        assert isinstance(declined, fact.FollowUpDeclined)
    declined = with_.arrived().after(make(follow.DeclineFollowUp))
    assert len(declined.when(make(follow.ScheduleFollowUp))) == 1


def test_a_running_follow_up_keeps_the_case_open() -> None:
    (answer,) = with_.followed().when(make(heard.AnswerClosing))
    assert answer.open == {OpenMatter.RETURN, OpenMatter.FOLLOW_UP}
