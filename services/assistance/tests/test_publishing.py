"""What is told, what is kept, and what names facts have at rest."""

from collections.abc import Sequence
from typing import Any, get_args

import pytest

from nrm_assistance.codec import CODEC
from nrm_assistance.domain import commands as ask
from nrm_assistance.domain import events as fact
from nrm_assistance.domain.case import decide, evolve, initial
from nrm_assistance.publishing import regions, tell
from nrm_contracts import assistance as told
from nrm_contracts.care_codes import RiskLevel, SupportEnd
from nrm_contracts.catalogue import facts_of
from nrm_contracts.codes import AgeBand
from nrm_contracts.consent_codes import Need
from nrm_runtime.core import FallDue
from nrm_runtime.testing.clock import after
from services.assistance.tests.folding import fold
from services.assistance.tests.samples import (
    LANTERN,
    OTHER_REFERRAL,
    OURS,
    PLAN,
    POLICY,
    REFERRAL,
    THEIRS,
    URGENT,
    Act,
    learn,
    named,
)

UNTOLD = {
    fact.CaseLearned,
    fact.AgeLearned,
    fact.CustodyLearned,
    fact.AcceptanceLearned,
    fact.HandOffLearned,
    fact.ReferralEndLearned,
    fact.ClosingAbandonedLearned,
    fact.CaseClosedLearned,
    fact.CaseReopenedLearned,
    fact.RelativeAdded,
}


def long_history() -> Sequence[fact.AssistanceEvent]:
    """Give a history in which everything happens that can happen."""
    ours, theirs, closing = Act(), Act(LANTERN, THEIRS), named("late closing")
    commands: list[Any] = [
        learn(ask.LearnCase),
        learn(ask.LearnAge),
        learn(ask.LearnAge, "back", age=AgeBand.ADULT),
        learn(ask.AnswerClosing, "early"),
        learn(ask.LearnClosingAbandoned),
        ours.make(ask.OpenAssistance),
        ours.make(ask.AskImmediateQuestions, found=URGENT),
        FallDue(id=named("due"), by=POLICY, at=after(hours=5), name=f"immediate_need:{OURS}"),
        ours.make(ask.AskImmediateQuestions),
        ours.make(ask.AddRelative),
        ours.make(ask.AssessRisk),
        ours.make(ask.AssessNeeds),
        ours.make(ask.AgreeSafetyPlan),
        ours.make(ask.ActivatePlan),
        ours.make(ask.ReviewPlan),
        ours.make(ask.StartSupport),
        ours.make(ask.DeliverSupport),
        ours.make(ask.FileDocument),
        ours.make(ask.FileTranslation),
        ours.make(ask.SuspendAssistance),
        ours.make(ask.ResumeAssistance),
        learn(ask.LearnAcceptance),
        learn(ask.LearnReferralEnd),
        learn(ask.LearnAcceptance, "2", referral=OTHER_REFERRAL, assistance=named("second")),
        Act(LANTERN, named("second")).make(ask.BeginCrisis),  # type: ignore[arg-type]
        learn(ask.LearnAcceptance, "3", referral=named("third referral")),
        learn(ask.LearnHandOff, referral=OTHER_REFERRAL),
        learn(ask.LearnCustody, referral=OTHER_REFERRAL),
        ours.make(ask.EndSupport, how=SupportEnd.SHARED),
        Act(LANTERN, named("second")).make(ask.LeaveAssistance),  # type: ignore[arg-type]
        learn(ask.LearnCustody, "back", sender=LANTERN, receiver=ours.by.organisation),
        Act(assistance=named("third")).make(ask.OpenAssistance),  # type: ignore[arg-type]
        Act(assistance=named("third")).make(ask.CompleteAssistance),  # type: ignore[arg-type]
        Act(assistance=named("fourth")).make(ask.OpenAssistance),  # type: ignore[arg-type]
        learn(ask.LearnCustody, "away"),
        theirs.make(ask.OpenAssistance, assistance=named("fifth")),
        learn(ask.AnswerClosing, "late", closing=closing),
        learn(ask.LearnCaseClosed, closing=closing),
        learn(ask.LearnCaseReopened),
    ]
    state, events = initial, []
    for command in commands:
        for event in decide(state, command):
            events.append(event)
            state = evolve(state, event)
    return events


HISTORY = long_history()
KINDS: Sequence[type[Any]] = get_args(fact.AssistanceEvent)


def test_the_history_of_these_tests_holds_every_fact() -> None:
    assert {type(event) for event in HISTORY} == set(KINDS)


def test_every_fact_has_one_name_at_rest() -> None:
    assert set(CODEC.names.values()) == set(KINDS)


@pytest.mark.parametrize("event", HISTORY, ids=lambda event: type(event).__name__)
def test_a_fact_is_read_as_it_was_written(event: fact.AssistanceEvent) -> None:
    name, version, body = CODEC.encode(event)
    assert CODEC.decode(name, version, body) == event


@pytest.mark.parametrize("event", HISTORY, ids=lambda event: type(event).__name__)
def test_what_is_heard_is_not_told_again_and_all_else_is(event: fact.AssistanceEvent) -> None:
    assert (tell(event) is None) == (type(event) in UNTOLD)


def test_everything_this_service_may_tell_is_told() -> None:
    by_the_runtime = {told.PersonalDataRead, told.PersonErased}
    found = {type(tell(event)) for event in HISTORY} - {type(None)}
    assert found == set(facts_of("assistance")) - by_the_runtime


def one(kind: type[Any]) -> Any:
    """Give the first contract of a kind that the history tells."""
    return next(found for found in map(tell, HISTORY) if isinstance(found, kind))


def test_a_risk_is_told_by_its_level_and_never_by_its_ratings() -> None:
    risk = one(told.RiskAssessed)
    assert (risk.overall, risk.high, risk.profile) == (RiskLevel.HIGH, ("network",), "RO@1")
    assert set(risk.data()) == {
        "assistance",
        "assessment",
        "organisation",
        "subject",
        "phase",
        "overall",
        "high",
        "valid_until",
        "profile",
        "calendar",
    }


def test_a_relative_is_never_told() -> None:
    assert not any(
        b"relative" in str(found.data()).encode() for found in map(tell, HISTORY) if found
    )


def test_needs_are_told_with_those_that_are_urgent() -> None:
    needs = one(told.NeedsAssessed)
    assert needs.needs == (Need.ACCOMMODATION, Need.PSYCHOLOGICAL)
    assert needs.urgent == (Need.ACCOMMODATION,)


def test_a_transfer_tells_how_much_is_left_to_decide() -> None:
    moved = one(told.AssistanceTransferred)
    assert (moved.open_supports, moved.decide_by, moved.profile) == (1, after(days=14), "RO@1")


def test_a_plan_is_told_with_who_agreed() -> None:
    plan = one(told.PlanActivated)
    assert (plan.plan, plan.giver, plan.review_by) == (PLAN, "person", after(days=30))


def test_the_end_of_a_preparation_names_its_referral() -> None:
    assert one(told.PreparationEnded).referral == REFERRAL


def test_told_facts_alone_lead_to_the_regions_at_every_moment() -> None:
    state = initial
    assert regions(state) == {}
    for number, event in enumerate(HISTORY):
        state = evolve(state, event)
        if isinstance(event, fact.ImmediateQuestionsAsked) and event.found:
            continue  # the next fact of the same command says the deadline
        facts = filter(None, map(tell, HISTORY[: number + 1]))
        assert regions(state) == {"assistances": fold(facts)}
