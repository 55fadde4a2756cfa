"""What follows from the facts of other services."""

from typing import Any

import pytest

from nrm_assistance.domain import case, states
from nrm_assistance.domain import commands as ask
from nrm_assistance.domain import events as fact
from nrm_assistance.domain.hearing import parties
from nrm_contracts.care_codes import AssistancePhase
from nrm_contracts.codes import AgeBand, OpenMatter
from nrm_runtime.core import TooEarly
from nrm_runtime.testing.given import Given, given
from services.assistance.tests.samples import (
    AGENCY,
    HARBOUR,
    LANTERN,
    OTHER_REFERRAL,
    OURS,
    REFERRAL,
    THEIRS,
    Act,
    a_case,
    learn,
    named,
)


def accepted() -> Given[Any, Any]:
    """Begin where Lantern Centre accepted a referral."""
    return a_case().after(learn(ask.LearnAcceptance))


def theirs(now: Given[Any, Any]) -> object:
    """Give the assistance of Lantern Centre."""
    return now.state.assistances[THEIRS]


def test_a_case_is_learned_once() -> None:
    (event,) = given(case).when(learn(ask.LearnCase))
    assert isinstance(event, fact.CaseLearned)
    a_case().stays_quiet(learn(ask.LearnCase, custodian=LANTERN))


@pytest.mark.parametrize(
    "kind",
    [
        ask.LearnAge,
        ask.LearnAcceptance,
        ask.LearnHandOff,
        ask.LearnReferralEnd,
        ask.LearnCustody,
        ask.AnswerClosing,
        ask.LearnClosingAbandoned,
        ask.LearnCaseClosed,
        ask.LearnCaseReopened,
    ],
)
def test_a_fact_about_a_case_on_its_way_comes_too_early(kind: type[Any]) -> None:
    with pytest.raises(TooEarly):
        given(case).when(learn(kind))


def test_the_age_is_learned_when_it_changes() -> None:
    (event,) = a_case().when(learn(ask.LearnAge, age=AgeBand.CHILD))
    assert isinstance(event, fact.AgeLearned)
    a_case().stays_quiet(learn(ask.LearnAge, age=AgeBand.ADULT))


def test_a_receiver_prepares_from_its_acceptance_on() -> None:
    (opened,) = a_case().when(learn(ask.LearnAcceptance))
    assert isinstance(opened, fact.AssistanceOpened)
    assert (opened.organisation, opened.phase, opened.referral) == (
        LANTERN,
        AssistancePhase.PREPARING,
        REFERRAL,
    )


def test_an_acceptance_heard_again_opens_nothing() -> None:
    accepted().stays_quiet(learn(ask.LearnAcceptance, "again"))


def test_a_receiver_that_assists_already_opens_no_second_one() -> None:
    command = learn(ask.LearnAcceptance, referral=OTHER_REFERRAL, assistance=named("second"))
    (only,) = accepted().when(command)
    assert isinstance(only, fact.AcceptanceLearned)


def test_an_acceptance_opens_nothing_while_the_case_is_being_closed() -> None:
    a_case().after(learn(ask.AnswerClosing)).refuses(learn(ask.LearnAcceptance), "case-closing")


def test_the_confirmed_hand_off_makes_preparation_active() -> None:
    learned, activated = accepted().when(learn(ask.LearnHandOff))
    assert isinstance(learned, fact.HandOffLearned)
    assert isinstance(activated, fact.AssistanceActivated)
    done = accepted().after(learn(ask.LearnHandOff))
    done.stays_quiet(learn(ask.LearnHandOff, "again"))
    assert isinstance(theirs(done), states.Active)


def test_a_hand_off_without_its_acceptance_comes_too_early() -> None:
    with pytest.raises(TooEarly):
        a_case().when(learn(ask.LearnHandOff))


def test_what_was_active_before_is_not_activated_again() -> None:
    active = accepted().after(
        learn(ask.LearnHandOff), learn(ask.LearnAcceptance, referral=OTHER_REFERRAL)
    )
    (only,) = active.when(learn(ask.LearnHandOff, referral=OTHER_REFERRAL))
    assert isinstance(only, fact.HandOffLearned)


def test_a_hand_off_that_came_to_nothing_ends_the_preparation() -> None:
    learned, ended = accepted().when(learn(ask.LearnReferralEnd))
    assert isinstance(learned, fact.ReferralEndLearned)
    assert isinstance(ended, fact.PreparationEnded)
    over = accepted().after(learn(ask.LearnReferralEnd))
    over.stays_quiet(learn(ask.LearnReferralEnd, "again"))
    assert isinstance(theirs(over), states.NeverBegun)


def test_an_offer_that_was_never_accepted_ends_nothing() -> None:
    a_case().stays_quiet(learn(ask.LearnReferralEnd))


def test_preparation_goes_on_for_another_accepted_referral() -> None:
    both = accepted().after(learn(ask.LearnAcceptance, referral=OTHER_REFERRAL))
    (only,) = both.when(learn(ask.LearnReferralEnd))
    assert isinstance(only, fact.ReferralEndLearned)
    last = both.after(learn(ask.LearnReferralEnd))
    assert len(last.when(learn(ask.LearnReferralEnd, referral=OTHER_REFERRAL))) == 2


def test_a_referral_that_is_done_leaves_the_assistance_as_it_is() -> None:
    active = accepted().after(learn(ask.LearnHandOff))
    (only,) = active.when(learn(ask.LearnReferralEnd))
    assert isinstance(only, fact.ReferralEndLearned)


def test_crisis_help_goes_on_when_the_receiver_backs_out() -> None:
    helping = accepted().after(Act(LANTERN, THEIRS).make(ask.BeginCrisis))
    (only,) = helping.when(learn(ask.LearnReferralEnd))
    assert isinstance(only, fact.ReferralEndLearned)


def test_custody_moves_once() -> None:
    (event,) = a_case().when(learn(ask.LearnCustody))
    assert isinstance(event, fact.CustodyLearned)
    a_case().after(learn(ask.LearnCustody)).stays_quiet(learn(ask.LearnCustody, "again"))


def test_the_new_custodian_may_open_and_the_former_may_not() -> None:
    moved = a_case().after(learn(ask.LearnCustody))
    assert moved.when(Act(LANTERN, THEIRS).make(ask.OpenAssistance))
    moved.refuses(Act(HARBOUR, OURS).make(ask.OpenAssistance), "not-the-custodian")


def test_nothing_is_open_in_a_case_nobody_assists() -> None:
    (event,) = a_case().when(learn(ask.AnswerClosing))
    assert isinstance(event, fact.NothingOpen)


def test_what_is_open_is_named() -> None:
    act = Act()
    state = a_case().after(
        act.make(ask.OpenAssistance),
        act.make(ask.AskImmediateQuestions),
        act.make(ask.AssessNeeds),
        act.make(ask.ActivatePlan),
        act.make(ask.StartSupport),
    )
    (event,) = state.when(learn(ask.AnswerClosing))
    assert isinstance(event, fact.StillOpen)
    assert set(event.open) == {OpenMatter.ASSISTANCE, OpenMatter.PLAN, OpenMatter.SUPPORT}


def test_an_open_support_of_the_former_custodian_keeps_the_case_open() -> None:
    act = Act()
    state = a_case().after(
        act.make(ask.OpenAssistance), act.make(ask.StartSupport), learn(ask.LearnCustody)
    )
    (event,) = state.when(learn(ask.AnswerClosing))
    assert isinstance(event, fact.StillOpen)
    assert event.open == (OpenMatter.SUPPORT,)
    settled = state.after(act.make(ask.EndSupport))
    assert isinstance(settled.when(learn(ask.AnswerClosing))[0], fact.NothingOpen)


def test_a_closing_is_answered_once() -> None:
    answered = a_case().after(learn(ask.AnswerClosing))
    answered.stays_quiet(learn(ask.AnswerClosing, "again"))
    assert answered.when(learn(ask.AnswerClosing, closing=named("a later closing")))


def test_only_the_closing_that_was_answered_is_abandoned() -> None:
    answered = a_case().after(learn(ask.AnswerClosing))
    answered.stays_quiet(learn(ask.LearnClosingAbandoned, closing=named("an earlier closing")))
    (event,) = answered.when(learn(ask.LearnClosingAbandoned))
    assert isinstance(event, fact.ClosingAbandonedLearned)


def test_a_case_is_closed_and_reopened_once() -> None:
    (closed,) = a_case().when(learn(ask.LearnCaseClosed))
    assert isinstance(closed, fact.CaseClosedLearned)
    state = a_case().after(learn(ask.LearnCaseClosed))
    state.stays_quiet(learn(ask.LearnCaseClosed, "again"))
    state.stays_quiet(learn(ask.AnswerClosing))
    (reopened,) = state.when(learn(ask.LearnCaseReopened))
    assert isinstance(reopened, fact.CaseReopenedLearned)
    a_case().stays_quiet(learn(ask.LearnCaseReopened))


def test_those_concerned_may_know_that_the_case_is_assisted() -> None:
    assert parties(a_case().state) == {HARBOUR, AGENCY}  # type: ignore[arg-type]
    assert parties(accepted().state) == {HARBOUR, AGENCY, LANTERN}
    refused = a_case().after(learn(ask.LearnAcceptance), learn(ask.LearnCustody))
    assert HARBOUR not in parties(refused.state)  # type: ignore[arg-type]


def test_a_former_custodian_keeps_sight_of_what_it_wrote() -> None:
    act = Act()
    moved = a_case().after(act.make(ask.OpenAssistance), learn(ask.LearnCustody))
    assert HARBOUR in parties(moved.state)  # type: ignore[arg-type]
    assert isinstance(moved.state, states.Case)
    assert isinstance(moved.state.assistances[OURS], states.Transferred)
