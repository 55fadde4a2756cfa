"""Immediate needs, dangers, needs and safety."""

from typing import Any
from uuid import UUID

import pytest

from nrm_assistance.domain import case
from nrm_assistance.domain import commands as ask
from nrm_assistance.domain import events as fact
from nrm_assistance.domain.parts import Rating, grave, level, overall
from nrm_contracts.care_codes import (
    AssistancePhase,
    ImmediateNeed,
    RiskDimension,
    RiskLevel,
    RiskSubject,
)
from nrm_contracts.codes import AgeBand, Overdue
from nrm_contracts.consent_codes import Need
from nrm_runtime.core import FallDue
from nrm_runtime.testing.clock import after
from nrm_runtime.testing.given import Given
from services.assistance.tests.samples import (
    ADULT,
    ASSESSMENT,
    CALM,
    COUNSEL,
    FOR_A_CHILD,
    HOUSING,
    LANTERN,
    OURS,
    POLICY,
    SISTER,
    THEIRS,
    THREATENED,
    URGENT,
    Act,
    a_case,
    due,
    learn,
    named,
)


def opened(act: Act, **of_case: object) -> Given[Any, Any]:
    """Begin with an active assistance of the custodian."""
    return a_case(**of_case).after(act.make(ask.OpenAssistance))


def asked(act: Act, **of_case: object) -> Given[Any, Any]:
    """Begin where the immediate questions have been asked."""
    return opened(act, **of_case).after(act.make(ask.AskImmediateQuestions))


def due_now(name: str, **when: float) -> FallDue:
    """Make the command of the deadline worker."""
    return FallDue(id=named(f"due {name} {when}"), by=POLICY, at=after(**when), name=name)


@pytest.mark.parametrize(
    ("likelihood", "severity", "expected"),
    [
        (1, 3, RiskLevel.LOW),
        (2, 2, RiskLevel.MEDIUM),
        (2, 3, RiskLevel.MEDIUM),
        (2, 4, RiskLevel.HIGH),
        (3, 3, RiskLevel.HIGH),
        (3, 4, RiskLevel.EXTREME),
        (4, 4, RiskLevel.EXTREME),
    ],
)
def test_the_level_is_likelihood_times_severity(
    likelihood: int, severity: int, expected: RiskLevel
) -> None:
    rating = Rating(dimension=RiskDimension.NETWORK, likelihood=likelihood, severity=severity)
    assert level(rating) is expected


def test_the_overall_level_is_the_maximum_and_not_the_mean() -> None:
    assert overall(CALM) is RiskLevel.LOW
    assert overall(THREATENED) is RiskLevel.HIGH
    assert grave(THREATENED) == {RiskDimension.NETWORK}


def test_an_immediate_need_opens_an_urgent_task() -> None:
    act = Act()
    first, found = opened(act).when(
        act.make(ask.AskImmediateQuestions, found=URGENT, act_by=due(hours=5))
    )
    assert isinstance(first, fact.ImmediateQuestionsAsked)
    assert isinstance(found, fact.ImmediateNeedFound)
    assert (found.found, found.act_by.at) == ((ImmediateNeed.MEDICAL,), after(hours=5))


def test_two_noes_open_no_task() -> None:
    act = Act()
    (only,) = opened(act).when(act.make(ask.AskImmediateQuestions))
    assert isinstance(only, fact.ImmediateQuestionsAsked)


def test_asking_again_wins_no_time() -> None:
    act = Act()
    state = opened(act).after(act.make(ask.AskImmediateQuestions, found=URGENT))
    same = act.make(ask.AskImmediateQuestions, found=URGENT, act_by=due(hours=50))
    (only,) = state.when(same)
    assert isinstance(only, fact.ImmediateQuestionsAsked)
    both = frozenset(ImmediateNeed)
    _, found = state.when(act.make(ask.AskImmediateQuestions, found=both, act_by=due(hours=50)))
    assert isinstance(found, fact.ImmediateNeedFound)
    assert found.act_by.at == after(hours=5)


def test_a_need_that_is_met_stops_its_deadline() -> None:
    act = Act()
    name = f"immediate_need:{OURS}"
    state = opened(act).after(act.make(ask.AskImmediateQuestions, found=URGENT))
    assert name in case.clocks(state.state)
    met = state.after(act.make(ask.AskImmediateQuestions))
    assert name not in case.clocks(met.state)
    met.stays_quiet(due_now(name, hours=5))


def test_a_need_that_nobody_met_falls_due_exactly_once() -> None:
    act = Act()
    command = due_now(f"immediate_need:{OURS}", hours=5)
    state = opened(act).after(act.make(ask.AskImmediateQuestions, found=URGENT))
    (event,) = state.when(command)
    assert isinstance(event, fact.DeadlineFellDue)
    assert (event.what, event.due_at) == (Overdue.IMMEDIATE_NEED, after(hours=5))
    assert UUID(str(event.about)) == OURS
    fallen = state.after(command)
    fallen.stays_quiet(command)
    assert case.clocks(fallen.state) == {}


def test_a_risk_is_assessed_with_its_validity() -> None:
    act = Act()
    (event,) = asked(act).when(act.make(ask.AssessRisk))
    assert isinstance(event, fact.RiskAssessed)
    assert overall(event.ratings) is RiskLevel.HIGH
    assert event.valid_until.at == after(days=30)


def test_the_immediate_questions_come_first() -> None:
    act = Act()
    state = opened(act)
    state.refuses(act.make(ask.AssessRisk), "immediate-questions-first")
    state.refuses(act.make(ask.AssessNeeds), "immediate-questions-first")


def test_a_preparing_receiver_assesses_before_it_can_ask() -> None:
    prepared = a_case().after(learn(ask.LearnAcceptance))
    assert prepared.when(Act(LANTERN, THEIRS).make(ask.AssessRisk))


def test_an_assessment_is_recorded_once() -> None:
    act = Act()
    state = asked(act).after(act.make(ask.AssessRisk))
    state.stays_quiet(act.make(ask.AssessRisk, ratings=CALM))


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"ratings": CALM[1:]}, "dimension-missing"),
        ({"ratings": (*CALM, CALM[0])}, "dimension-twice"),
        ({"ratings": ()}, "dimension-twice"),
        (
            {
                "ratings": (
                    *CALM[1:],
                    Rating(dimension=CALM[0].dimension, likelihood=5, severity=1),
                )
            },
            "scale-left",
        ),
        ({"subject": RiskSubject.RELATIVE}, "relative-unknown"),
        ({"subject": RiskSubject.RELATIVE, "relative": SISTER}, "relative-unknown"),
        ({"relative": SISTER}, "relative-not-meant"),
        ({"immediate": frozenset({RiskDimension.NETWORK})}, "not-immediate"),
    ],
)
def test_an_incomplete_assessment_is_refused(fields: dict[str, object], code: str) -> None:
    act = Act()
    asked(act).refuses(act.make(ask.AssessRisk, **fields), code)


def test_a_child_is_assessed_in_the_childs_dimension_too() -> None:
    act = Act()
    state = asked(act, age=AgeBand.UNKNOWN)
    state.refuses(act.make(ask.AssessRisk), "dimension-missing")
    child = Rating(dimension=RiskDimension.CHILD, likelihood=2, severity=2)
    assert state.when(act.make(ask.AssessRisk, ratings=(*CALM, child)))


def test_the_danger_of_a_relative_is_assessed_beside_the_persons() -> None:
    act = Act()
    only = (Rating(dimension=RiskDimension.NETWORK, likelihood=4, severity=4),)
    state = asked(act).after(act.make(ask.AddRelative), act.make(ask.AssessRisk))
    hers = act.make(
        ask.AssessRisk,
        assessment=named("hers"),
        subject=RiskSubject.RELATIVE,
        relative=SISTER,
        ratings=only,
    )
    (event,) = state.when(hers)
    assert isinstance(event, fact.RiskAssessed)
    assert event.relative == SISTER
    assert set(case.clocks(state.after(hers).state)) == {
        f"risk:{ASSESSMENT}",
        f"risk:{named('hers')}",
    }


def test_a_relative_is_added_once() -> None:
    act = Act()
    (event,) = opened(act).when(act.make(ask.AddRelative))
    assert isinstance(event, fact.RelativeAdded)
    opened(act).after(act.make(ask.AddRelative)).stays_quiet(act.make(ask.AddRelative))


def test_a_health_danger_that_cannot_wait_opens_an_urgent_task() -> None:
    act = Act()
    now = frozenset({RiskDimension.MENTAL_HEALTH})
    state = asked(act)
    assessed, found = state.when(act.make(ask.AssessRisk, immediate=now))
    assert isinstance(assessed, fact.RiskAssessed)
    assert isinstance(found, fact.ImmediateNeedFound)
    urgent = state.after(act.make(ask.AskImmediateQuestions, found=URGENT))
    (alone,) = urgent.when(act.make(ask.AssessRisk, immediate=now))
    assert isinstance(alone, fact.RiskAssessed)


def test_a_new_assessment_replaces_the_deadline_of_the_old_one() -> None:
    act = Act()
    newer = named("newer")
    state = asked(act).after(
        act.make(ask.AssessRisk),
        act.make(ask.AssessRisk, assessment=newer, valid_until=due(days=40)),
    )
    assert dict(case.clocks(state.state)) == {f"risk:{newer}": due(days=40)}
    (event,) = state.when(due_now(f"risk:{newer}", days=40))
    assert isinstance(event, fact.DeadlineFellDue)
    assert (event.what, event.about) == (Overdue.RISK, newer)
    state.stays_quiet(due_now(f"risk:{ASSESSMENT}", days=30))


def test_a_deadline_that_moved_does_not_fall_due_early() -> None:
    act = Act()
    state = asked(act).after(act.make(ask.AgreeSafetyPlan, review_by=due(days=30)))
    state.stays_quiet(due_now(f"safety_plan:{OURS}", days=29))


def test_needs_are_named_once_each() -> None:
    act = Act()
    (event,) = asked(act).when(act.make(ask.AssessNeeds, needs=(COUNSEL, HOUSING)))
    assert isinstance(event, fact.NeedsAssessed)
    assert [item.need for item in event.needs] == [Need.ACCOMMODATION, Need.PSYCHOLOGICAL]
    asked(act).refuses(act.make(ask.AssessNeeds, needs=(HOUSING, HOUSING)), "need-twice")
    asked(act).refuses(act.make(ask.AssessNeeds, needs=()), "need-twice")


def test_needs_alone_set_no_deadline() -> None:
    act = Act()
    assert case.clocks(asked(act).after(act.make(ask.AssessNeeds)).state) == {}


def test_a_safety_plan_is_agreed_with_the_person() -> None:
    act = Act()
    (event,) = opened(act).when(act.make(ask.AgreeSafetyPlan))
    assert isinstance(event, fact.SafetyPlanAgreed)
    assert event.agreement == ADULT


def test_for_a_child_a_guardian_agrees_and_the_child_too() -> None:
    act = Act()
    state = opened(act, age=AgeBand.CHILD)
    state.refuses(act.make(ask.AgreeSafetyPlan), "guardian-missing")
    no_assent = type(ADULT)(giver=FOR_A_CHILD.giver, form=ADULT.form, assent=ADULT.assent)
    state.refuses(act.make(ask.AgreeSafetyPlan, agreement=no_assent), "assent-missing")
    assert state.when(act.make(ask.AgreeSafetyPlan, agreement=FOR_A_CHILD))


def test_no_guardian_agrees_for_an_adult() -> None:
    act = Act()
    command = act.make(ask.AgreeSafetyPlan, agreement=FOR_A_CHILD)
    opened(act).refuses(command, "person-must-agree")


def test_agreeing_anew_moves_the_review() -> None:
    act = Act()
    state = opened(act).after(
        act.make(ask.AgreeSafetyPlan), act.make(ask.AgreeSafetyPlan, review_by=due(days=60))
    )
    assert case.clocks(state.state)[f"safety_plan:{OURS}"] == due(days=60)


def test_an_ended_assistance_has_no_deadlines() -> None:
    act = Act()
    state = asked(act).after(
        act.make(ask.AssessRisk), act.make(ask.AgreeSafetyPlan), act.make(ask.CompleteAssistance)
    )
    assert case.clocks(state.state) == {}


def test_a_crisis_never_waits_for_an_assessment() -> None:
    act = Act()
    state = a_case().after(act.make(ask.OpenAssistance, phase=AssistancePhase.CRISIS))
    assert state.when(act.make(ask.StartSupport))
