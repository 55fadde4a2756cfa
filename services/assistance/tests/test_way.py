"""One assistance from its opening to its end."""

from typing import Any

from nrm_assistance.domain import case, states
from nrm_assistance.domain import commands as ask
from nrm_assistance.domain import events as fact
from nrm_contracts.care_codes import (
    AssistancePhase,
    LeavingReason,
    SupportEnd,
    SuspensionReason,
)
from nrm_runtime.core import Automatic
from nrm_runtime.testing.clock import after
from nrm_runtime.testing.given import Given, given
from services.assistance.tests.samples import (
    CLOSING,
    HARBOUR,
    LANTERN,
    OURS,
    STRANGER,
    SUPPORT,
    THEIRS,
    URGENT,
    Act,
    a_case,
    learn,
    named,
)


def opened(
    phase: AssistancePhase = AssistancePhase.ACTIVE, act: Act | None = None
) -> Given[Any, Any]:
    """Begin with a running assistance of the custodian."""
    return a_case().after((act or Act()).make(ask.OpenAssistance, phase=phase))


def test_the_custodian_opens_one_without_a_referral() -> None:
    (event,) = a_case().when(Act().make(ask.OpenAssistance, phase=AssistancePhase.CRISIS))

    assert event == fact.AssistanceOpened(
        at=after(hours=1),
        assistance=OURS,
        organisation=HARBOUR,
        country="RO",
        phase=AssistancePhase.CRISIS,
        referral=None,
    )


def test_nobody_else_opens_one() -> None:
    a_case().refuses(Act(STRANGER).make(ask.OpenAssistance), "not-the-custodian")


def test_the_custodian_does_not_prepare() -> None:
    command = Act().make(ask.OpenAssistance, phase=AssistancePhase.PREPARING)
    a_case().refuses(command, "not-a-receiver")


def test_an_organisation_has_one_at_a_time() -> None:
    again = Act(HARBOUR, THEIRS).make(ask.OpenAssistance)
    opened().refuses(again, "assistance-running")


def test_after_its_end_another_one_may_be_opened() -> None:
    act = Act()
    state = opened(act=act).after(act.make(ask.CompleteAssistance))
    (event,) = state.when(Act(HARBOUR, THEIRS).make(ask.OpenAssistance))
    assert isinstance(event, fact.AssistanceOpened)


def test_nothing_is_opened_while_the_case_is_being_closed() -> None:
    closing = a_case().after(learn(ask.AnswerClosing))
    closing.refuses(Act().make(ask.OpenAssistance), "case-closing")


def test_nothing_is_opened_in_a_closed_case() -> None:
    closed = a_case().after(learn(ask.AnswerClosing), learn(ask.LearnCaseClosed))
    closed.refuses(Act().make(ask.OpenAssistance), "case-closed")


def test_a_reopened_case_may_be_assisted_again() -> None:
    reopened = a_case().after(
        learn(ask.AnswerClosing), learn(ask.LearnCaseClosed), learn(ask.LearnCaseReopened)
    )
    assert reopened.when(Act().make(ask.OpenAssistance))


def test_a_case_nobody_told_of_is_refused() -> None:
    given(case).refuses(Act().make(ask.OpenAssistance), "case-unknown")


def test_no_service_acts_for_a_worker() -> None:
    act = Act()
    command = act.make(ask.CompleteAssistance, by=Automatic(service="assistance"))
    opened(act=act).refuses(command, "worker-required")


def test_nobody_acts_on_the_assistance_of_another() -> None:
    act = Act()
    other = Act(LANTERN, OURS)
    opened(act=act).refuses(other.make(ask.CompleteAssistance), "not-a-party")


def test_crisis_becomes_assistance() -> None:
    act = Act()
    (event,) = opened(AssistancePhase.CRISIS, act).when(act.make(ask.ActivateAssistance))
    assert isinstance(event, fact.AssistanceActivated)


def test_what_is_active_is_not_activated_again() -> None:
    act = Act()
    opened(act=act).refuses(act.make(ask.ActivateAssistance), "out-of-order")


def test_a_preparing_receiver_may_help_at_once() -> None:
    prepared = a_case().after(learn(ask.LearnAcceptance))
    (event,) = prepared.when(Act(LANTERN, THEIRS).make(ask.BeginCrisis))
    assert isinstance(event, fact.CrisisBegun)
    act = Act()
    opened(act=act).refuses(act.make(ask.BeginCrisis), "out-of-order")


def test_assistance_pauses_and_goes_on() -> None:
    act = Act()
    state = opened(act=act)
    (paused,) = state.when(act.make(ask.SuspendAssistance, reason=SuspensionReason.DETENTION))
    assert isinstance(paused, fact.AssistanceSuspended)
    assert paused.reason is SuspensionReason.DETENTION
    suspended = state.after(act.make(ask.SuspendAssistance))
    suspended.refuses(act.make(ask.SuspendAssistance), "out-of-order")
    (on,) = suspended.when(act.make(ask.ResumeAssistance))
    assert isinstance(on, fact.AssistanceResumed)
    state.refuses(act.make(ask.ResumeAssistance), "out-of-order")


def test_assistance_ends_as_planned_when_nothing_is_open() -> None:
    act = Act()
    (event,) = opened(act=act).when(act.make(ask.CompleteAssistance))
    assert isinstance(event, fact.AssistanceCompleted)


def test_it_does_not_end_over_an_open_support() -> None:
    act = Act()
    state = opened(act=act).after(act.make(ask.StartSupport))
    state.refuses(act.make(ask.CompleteAssistance), "something-open")
    assert state.after(act.make(ask.EndSupport)).when(act.make(ask.CompleteAssistance))


def test_it_does_not_end_over_an_immediate_need() -> None:
    act = Act()
    state = opened(act=act).after(act.make(ask.AskImmediateQuestions, found=URGENT))
    state.refuses(act.make(ask.CompleteAssistance), "something-open")
    met = state.after(act.make(ask.AskImmediateQuestions))
    assert met.when(act.make(ask.CompleteAssistance))


def test_when_the_person_leaves_open_supports_end_too() -> None:
    act = Act()
    state = opened(act=act).after(act.make(ask.StartSupport))
    ended, left = state.when(act.make(ask.LeaveAssistance, reason=LeavingReason.MISSING))
    assert isinstance(ended, fact.SupportEnded)
    assert (ended.support, ended.how) == (SUPPORT, SupportEnd.ENDED)
    assert isinstance(left, fact.AssistanceLeft)
    assert left.reason is LeavingReason.MISSING


def test_nobody_leaves_twice() -> None:
    act = Act()
    state = opened(act=act).after(act.make(ask.LeaveAssistance))
    state.refuses(act.make(ask.LeaveAssistance), "out-of-order")


def test_when_custody_moves_each_open_support_becomes_a_dated_task() -> None:
    act = Act()
    more = named("second support")
    state = opened(act=act).after(
        act.make(ask.StartSupport), act.make(ask.StartSupport, support=more)
    )
    learned, moved = state.when(learn(ask.LearnCustody))

    assert isinstance(learned, fact.CustodyLearned)
    assert isinstance(moved, fact.AssistanceTransferredWithSupports)
    assert (moved.open_supports, moved.decide_by.at) == (2, after(days=14))

    task = state.after(learn(ask.LearnCustody))
    task.refuses(act.make(ask.StartSupport, support=named("third")), "out-of-order")
    half = task.after(act.make(ask.EndSupport, how=SupportEnd.MOVED))
    assert isinstance(_ours(half), states.TransferredWithTask)
    whole = half.after(act.make(ask.EndSupport, support=more, how=SupportEnd.SHARED))
    assert isinstance(_ours(whole), states.Transferred)


def test_the_deadline_follows_the_country_that_assists() -> None:
    act = Act()
    act.by = type(act.by)(organisation=HARBOUR, worker=act.by.worker, country="IT", kind="NGO")
    state = opened(act=act).after(act.make(ask.StartSupport))
    _, moved = state.when(learn(ask.LearnCustody))
    assert isinstance(moved, fact.AssistanceTransferredWithSupports)
    assert moved.decide_by.at == after(days=10)


def test_without_open_supports_nothing_is_left_to_decide() -> None:
    _, moved = opened().when(learn(ask.LearnCustody))
    assert isinstance(moved, fact.AssistanceTransferred)


def test_supports_move_only_when_custody_has() -> None:
    act = Act()
    state = opened(act=act).after(act.make(ask.StartSupport))
    state.refuses(act.make(ask.EndSupport, how=SupportEnd.MOVED), "custody-not-moved")


def test_a_plan_or_support_is_not_begun_while_the_case_is_being_closed() -> None:
    act = Act()
    state = opened(act=act).after(
        act.make(ask.AskImmediateQuestions),
        act.make(ask.AssessNeeds),
        learn(ask.AnswerClosing, closing=CLOSING),
    )
    state.refuses(act.make(ask.StartSupport), "case-closing")
    state.refuses(act.make(ask.ActivatePlan), "case-closing")
    again = state.after(learn(ask.LearnClosingAbandoned))
    assert again.when(act.make(ask.StartSupport))


def _ours(now: Given[Any, Any]) -> object:
    return now.state.assistances[OURS]
