"""Plans, supports and documents."""

from typing import Any
from uuid import UUID

import pytest

from nrm_assistance.domain import case
from nrm_assistance.domain import commands as ask
from nrm_assistance.domain import events as fact
from nrm_assistance.domain.parts import PlanItem
from nrm_contracts.care_codes import RiskSubject, SupportEnd
from nrm_contracts.codes import AgeBand, Overdue
from nrm_contracts.consent_codes import ConsentGiver, Need
from nrm_runtime.core import FallDue
from nrm_runtime.testing.clock import after
from nrm_runtime.testing.given import Given
from services.assistance.tests.samples import (
    FOR_A_CHILD,
    ITEM,
    OURS,
    PAPER,
    PLAN,
    POLICY,
    SISTER,
    SUPPORT,
    TRANSLATION,
    Act,
    a_case,
    due,
    learn,
    named,
)


def opened(act: Act, **of_case: object) -> Given[Any, Any]:
    """Begin where needs have been assessed."""
    return a_case(**of_case).after(
        act.make(ask.OpenAssistance),
        act.make(ask.AskImmediateQuestions),
        act.make(ask.AssessNeeds),
    )


def test_a_plan_holds_when_the_person_signed_it() -> None:
    act = Act()
    (event,) = opened(act).when(act.make(ask.ActivatePlan))
    assert isinstance(event, fact.PlanActivated)
    assert (event.plan, event.items, event.agreement.giver) == (
        PLAN,
        (ITEM,),
        ConsentGiver.PERSON,
    )


def test_a_childs_plan_needs_guardian_and_assent() -> None:
    act = Act()
    state = opened(act, age=AgeBand.CHILD)
    state.refuses(act.make(ask.ActivatePlan), "guardian-missing")
    assert state.when(act.make(ask.ActivatePlan, agreement=FOR_A_CHILD))


def test_whoever_turns_out_a_child_needs_a_guardian_from_then_on() -> None:
    act = Act()
    state = opened(act).after(learn(ask.LearnAge, age=AgeBand.CHILD))
    state.refuses(act.make(ask.ActivatePlan), "guardian-missing")


@pytest.mark.parametrize(
    ("items", "code"),
    [
        ((), "plan-empty"),
        ((PlanItem(need=ITEM.need, pillar=5, setting=ITEM.setting),), "pillar-unknown"),
    ],
)
def test_a_plan_without_sense_is_refused(items: tuple[PlanItem, ...], code: str) -> None:
    act = Act()
    opened(act).refuses(act.make(ask.ActivatePlan, items=items), code)


def test_a_plan_follows_from_needs() -> None:
    act = Act()
    state = a_case().after(act.make(ask.OpenAssistance))
    state.refuses(act.make(ask.ActivatePlan), "immediate-questions-first")
    after_questions = state.after(act.make(ask.AskImmediateQuestions))
    after_questions.refuses(act.make(ask.ActivatePlan), "needs-not-assessed")


def test_the_same_plan_is_activated_once() -> None:
    act = Act()
    state = opened(act).after(act.make(ask.ActivatePlan))
    state.stays_quiet(act.make(ask.ActivatePlan))


def test_an_overdue_review_is_told_once_and_a_review_sets_the_next() -> None:
    act = Act()
    state = opened(act).after(act.make(ask.ActivatePlan))
    command = FallDue(id=named("review"), by=POLICY, at=after(days=30), name=f"plan_review:{PLAN}")
    (event,) = state.when(command)
    assert isinstance(event, fact.DeadlineFellDue)
    assert event.what is Overdue.PLAN_REVIEW
    assert UUID(str(event.about)) == PLAN
    fallen = state.after(command)
    fallen.stays_quiet(command)
    (reviewed,) = fallen.when(act.make(ask.ReviewPlan))
    assert isinstance(reviewed, fact.PlanReviewed)
    again = fallen.after(act.make(ask.ReviewPlan, review_by=due(days=60)))
    assert case.clocks(again.state)[f"plan_review:{PLAN}"] == due(days=60)


def test_only_the_plan_in_force_is_reviewed() -> None:
    act = Act()
    opened(act).refuses(act.make(ask.ReviewPlan), "plan-not-in-force")
    newer = opened(act).after(
        act.make(ask.ActivatePlan), act.make(ask.ActivatePlan, plan=named("newer"))
    )
    newer.refuses(act.make(ask.ReviewPlan), "plan-not-in-force")


def test_a_support_is_started_once() -> None:
    act = Act()
    (event,) = opened(act).when(act.make(ask.StartSupport))
    assert isinstance(event, fact.SupportStarted)
    assert event.need is Need.PSYCHOLOGICAL
    opened(act).after(act.make(ask.StartSupport)).stays_quiet(act.make(ask.StartSupport))


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"pillar": 0}, "pillar-unknown"),
        ({"subject": RiskSubject.RELATIVE, "relative": SISTER}, "relative-unknown"),
        ({"agreement": FOR_A_CHILD}, "person-must-agree"),
    ],
)
def test_a_support_that_nobody_agreed_to_is_refused(fields: dict[str, object], code: str) -> None:
    act = Act()
    opened(act).refuses(act.make(ask.StartSupport, **fields), code)


def test_a_relative_may_be_supported_too() -> None:
    act = Act()
    state = opened(act).after(act.make(ask.AddRelative))
    command = act.make(ask.StartSupport, subject=RiskSubject.RELATIVE, relative=SISTER)
    (event,) = state.when(command)
    assert isinstance(event, fact.SupportStarted)
    assert event.relative == SISTER


def test_a_support_is_delivered_as_often_as_it_is_given() -> None:
    act = Act()
    state = opened(act).after(act.make(ask.StartSupport))
    for _ in range(2):
        (event,) = state.when(act.make(ask.DeliverSupport))
        assert isinstance(event, fact.SupportDelivered)
        assert (event.support, event.need) == (SUPPORT, Need.PSYCHOLOGICAL)
        state = state.after(act.make(ask.DeliverSupport))


def test_what_was_never_started_is_not_delivered_or_ended() -> None:
    act = Act()
    opened(act).refuses(act.make(ask.DeliverSupport), "support-unknown")
    opened(act).refuses(act.make(ask.EndSupport), "support-unknown")


def test_a_support_ends_once() -> None:
    act = Act()
    state = opened(act).after(act.make(ask.StartSupport))
    (event,) = state.when(act.make(ask.EndSupport))
    assert isinstance(event, fact.SupportEnded)
    assert event.how is SupportEnd.COMPLETED
    ended = state.after(act.make(ask.EndSupport))
    ended.refuses(act.make(ask.EndSupport), "support-ended")
    ended.refuses(act.make(ask.DeliverSupport), "support-ended")


def test_the_task_after_a_transfer_falls_due_once() -> None:
    act = Act()
    state = opened(act).after(act.make(ask.StartSupport), learn(ask.LearnCustody))
    assert dict(case.clocks(state.state)) == {f"supports:{OURS}": due(days=14)}
    command = FallDue(id=named("supports"), by=POLICY, at=after(days=14), name=f"supports:{OURS}")
    (event,) = state.when(command)
    assert isinstance(event, fact.DeadlineFellDue)
    assert event.what is Overdue.SUPPORTS
    fallen = state.after(command)
    fallen.stays_quiet(command)
    assert fallen.when(act.make(ask.EndSupport, how=SupportEnd.MOVED))


def test_after_a_transfer_a_support_still_reaches_the_person() -> None:
    act = Act()
    state = opened(act).after(act.make(ask.StartSupport), learn(ask.LearnCustody))
    assert state.when(act.make(ask.DeliverSupport))


def test_a_document_is_filed_once() -> None:
    act = Act()
    (event,) = opened(act).when(act.make(ask.FileDocument))
    assert isinstance(event, fact.DocumentFiled)
    opened(act).after(act.make(ask.FileDocument)).stays_quiet(act.make(ask.FileDocument))


def test_a_translation_stands_beside_its_original() -> None:
    act = Act()
    state = opened(act).after(act.make(ask.FileDocument))
    (event,) = state.when(act.make(ask.FileTranslation))
    assert isinstance(event, fact.TranslationFiled)
    assert (event.document, event.original) == (TRANSLATION, PAPER)
    state.after(act.make(ask.FileTranslation)).stays_quiet(act.make(ask.FileTranslation))


def test_a_translation_of_nothing_is_refused() -> None:
    act = Act()
    opened(act).refuses(act.make(ask.FileTranslation), "original-missing")
    state = opened(act).after(act.make(ask.FileDocument), act.make(ask.FileTranslation))
    command = act.make(
        ask.FileTranslation, document=named("third"), original=TRANSLATION, language="en"
    )
    state.refuses(command, "original-missing")


def test_a_translation_is_in_another_language() -> None:
    act = Act()
    state = opened(act).after(act.make(ask.FileDocument))
    state.refuses(act.make(ask.FileTranslation, language="it"), "same-language")
