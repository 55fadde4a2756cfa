"""Closing: proposed, answered, checked, closed; and taken up again."""

import pytest

from nrm_contracts.codes import AgeBand, LinkKind, OpenMatter, ServiceName, YesNo
from nrm_contracts.ids import ClosingId
from nrm_referral.domain import case
from nrm_referral.domain import commands as ask
from nrm_referral.domain import events as fact
from nrm_referral.domain.states import Closed, ClosingApproved, NoClosing, Reopened
from nrm_runtime.core import TooEarly
from services.referral.tests.given import (
    AGENCY,
    CLOSING,
    DAY,
    HOUR,
    NGO_D,
    NGO_O,
    PERSON,
    REFERRAL,
    SECOND,
    START,
    STRANGER,
    Story,
    kinds,
)

SERVICES = (ServiceName.IDENTIFICATION, ServiceName.ASSISTANCE, ServiceName.RETURN)


@pytest.fixture
def story() -> Story:
    """Give a case that is open and for which closing was proposed."""
    begun = Story()
    begun.open()
    begun.do(begun.propose_closing())
    return begun


def test_a_signal_opens_a_case_with_its_recorder_as_custodian() -> None:
    story = Story()
    opened = story.open()
    assert isinstance(opened, fact.CaseOpened)
    assert story.opened.custodian == NGO_D
    repeated = ask.OpenCase(
        **story.heard(),
        person=PERSON,
        custodian=STRANGER,
        agency=None,
        country="RO",
        age=AgeBand.ADULT,
    )
    assert story.do(repeated) == ()


def test_what_comes_before_the_signal_waits_for_it() -> None:
    story = Story()
    with pytest.raises(TooEarly):
        case.decide(story.state, ask.NoteAge(**story.heard(), age=AgeBand.ADULT))
    assert story.refused(story.grant()) == "out-of-order"


def test_an_age_that_is_known_already_stays_quiet() -> None:
    story = Story()
    story.open(AgeBand.UNKNOWN)
    assert kinds(story.do(ask.NoteAge(**story.heard(), age=AgeBand.ADULT))) == [fact.AgeNoted]
    assert story.do(ask.NoteAge(**story.heard(), age=AgeBand.ADULT)) == ()
    assert story.opened.age is AgeBand.ADULT


def test_custodian_and_agency_link_cases_once() -> None:
    story = Story()
    story.open()
    assert story.refused(story.simple(ask.LinkCase, STRANGER)) == "not-the-custodian"
    assert kinds(story.do(story.simple(ask.LinkCase, NGO_D))) == [fact.CaseLinked]
    assert story.do(story.simple(ask.LinkCase, AGENCY)) == ()
    other = story.simple(ask.LinkCase, AGENCY, how=LinkKind.POSSIBLE_DUPLICATE)
    assert kinds(story.do(other)) == [fact.CaseLinked]


def test_only_the_custodian_proposes() -> None:
    story = Story()
    story.open()
    assert story.refused(story.propose_closing(by=AGENCY)) == "not-the-custodian"
    assert kinds(story.do(story.propose_closing())) == [fact.ClosingProposed]
    assert story.refused(story.propose_closing()) == "out-of-order"


@pytest.mark.parametrize("stage", ["until_offered", "until_accepted", "until_handed"])
def test_an_open_referral_keeps_the_case_open(stage: str) -> None:
    story = getattr(Story(), stage)()
    proposed = story.propose_closing(by=story.opened.custodian)
    assert story.refused(proposed) == "something-open"


def test_an_unacknowledged_withdrawal_keeps_the_case_open() -> None:
    story = Story().until_handed()
    story.do(story.simple(ask.FinishReferral, NGO_O))
    story.do(story.withdraw_consent())
    assert story.refused(story.propose_closing(by=NGO_O)) == "something-open"
    story.do(story.simple(ask.AcknowledgeWithdrawal, NGO_O))
    assert kinds(story.do(story.propose_closing(by=NGO_O))) == [fact.ClosingProposed]


def test_a_running_trial_needs_who_receives_hearing_notices() -> None:
    story = Story()
    story.open()
    trial = story.propose_closing(trial_runs=YesNo.YES)
    assert story.refused(trial) == "hearing-receiver-missing"
    named = story.propose_closing(trial_runs=YesNo.YES, hearing_notices_to=NGO_O)
    assert kinds(story.do(named)) == [fact.ClosingProposed]


def test_nothing_new_is_opened_while_a_closing_is_proposed(story: Story) -> None:
    story.do(story.grant())
    assert story.refused(story.offer()) == "case-closing"


def test_what_is_open_elsewhere_ends_the_closing(story: Story) -> None:
    (abandoned,) = story.do(story.answer_closing(ServiceName.RETURN, OpenMatter.FOLLOW_UP))
    assert isinstance(abandoned, fact.ClosingAbandoned)
    assert abandoned.open == {OpenMatter.FOLLOW_UP}
    assert isinstance(story.opened.closing, NoClosing)


def test_answers_to_another_closing_or_given_twice_stay_quiet(story: Story) -> None:
    other = ClosingId(REFERRAL)
    assert story.do(story.answer_closing(ServiceName.RETURN, closing=other)) == ()
    story.do(story.answer_closing(ServiceName.RETURN))
    assert story.do(story.answer_closing(ServiceName.RETURN)) == ()


def test_the_agency_checks_when_everybody_has_answered(story: Story) -> None:
    check = story.simple(ask.CheckClosing, AGENCY)
    for service in SERVICES:
        assert story.refused(check) == "answers-missing"
        story.do(story.answer_closing(service))
    assert story.refused(story.simple(ask.CheckClosing, NGO_O)) == "not-the-agency"
    assert kinds(story.do(check)) == [fact.ClosingChecked]
    assert isinstance(story.opened.closing, ClosingApproved)


def test_an_agency_that_is_custodian_needs_two_workers() -> None:
    story = Story()
    story.open(agency=NGO_D)
    story.do(story.propose_closing())
    for service in SERVICES:
        story.do(story.answer_closing(service))
    assert story.refused(story.simple(ask.CheckClosing, NGO_D)) == "same-worker"


def test_nothing_is_closed_without_the_agencys_check(story: Story) -> None:
    for service in SERVICES:
        story.do(story.answer_closing(service))
    assert story.refused(story.simple(ask.CloseCase, NGO_D)) == "agency-check-missing"


def test_the_custodian_closes() -> None:
    story = Story().until_checked()
    assert story.refused(story.simple(ask.CloseCase, AGENCY)) == "not-the-custodian"
    (closed,) = story.do(story.simple(ask.CloseCase, NGO_D))
    assert isinstance(closed, fact.CaseClosed)
    assert closed.checked_by == AGENCY
    assert isinstance(story.opened.life, Closed)


def test_what_opened_since_the_check_prevents_the_closing() -> None:
    story = Story().until_handed()
    story.do(story.simple(ask.FinishReferral, NGO_O))
    story.do(story.propose_closing(by=NGO_O))
    for service in SERVICES:
        story.do(story.answer_closing(service))
    agency = story.opened.agency
    assert agency is not None
    story.do(story.simple(ask.CheckClosing, agency))
    story.do(story.withdraw_consent(by=NGO_O))
    assert story.refused(story.simple(ask.CloseCase, NGO_O)) == "something-open"


def test_a_closing_that_nobody_finishes_comes_to_nothing(story: Story) -> None:
    (abandoned,) = story.wait(72 * HOUR)
    assert isinstance(abandoned, fact.ClosingAbandoned)
    assert abandoned.at == START + 72 * HOUR
    assert story.wait(72 * HOUR) == []


def test_the_custodian_takes_a_proposal_back(story: Story) -> None:
    assert story.refused(story.simple(ask.AbandonClosing, AGENCY)) == "not-the-custodian"
    assert kinds(story.do(story.simple(ask.AbandonClosing, NGO_D))) == [fact.ClosingAbandoned]
    assert story.refused(story.simple(ask.AbandonClosing, NGO_D)) == "out-of-order"


def test_a_closed_case_takes_nothing_new() -> None:
    story = Story().until_closed()
    assert story.refused(story.grant()) == "case-closed"
    assert story.refused(story.offer(referral=SECOND)) == "case-closed"
    assert story.refused(story.release()) == "case-closed"


def test_a_closed_case_keeps_no_clock_but_that_of_a_withdrawal() -> None:
    story = Story().until_handed()
    story.do(story.simple(ask.FinishReferral, NGO_O))
    story.do(story.propose_closing(by=NGO_O))
    for service in SERVICES:
        story.do(story.answer_closing(service))
    agency = story.opened.agency
    assert agency is not None
    story.do(story.simple(ask.CheckClosing, agency))
    story.do(story.simple(ask.CloseCase, NGO_O))

    assert case.clocks(story.state) == {}
    story.do(story.withdraw_consent(by=NGO_O))
    assert [name.split(":")[0] for name in case.clocks(story.state)] == ["withdrawal"]
    assert kinds(story.wait(10 * DAY)) == [fact.WithdrawalUnanswered]


def test_a_lost_route_ends_with_the_case() -> None:
    story = Story().until_offered()
    story.do(story.simple(ask.DeclineReferral, NGO_O))
    story.do(story.propose_closing())
    for service in SERVICES:
        story.do(story.answer_closing(service))
    story.do(story.simple(ask.CheckClosing, AGENCY))
    story.do(story.simple(ask.CloseCase, NGO_D))
    assert story.opened.routes == {}


def test_who_was_named_for_hearing_notices_takes_the_case_up_again() -> None:
    story = Story()
    story.open()
    story.do(story.propose_closing(trial_runs=YesNo.YES, hearing_notices_to=NGO_O))
    for service in SERVICES:
        story.do(story.answer_closing(service))
    story.do(story.simple(ask.CheckClosing, AGENCY))
    assert story.refused(story.simple(ask.ReopenCase, NGO_D)) == "out-of-order"
    story.do(story.simple(ask.CloseCase, NGO_D))

    assert story.refused(story.simple(ask.ReopenCase, STRANGER)) == "not-a-party"
    (reopened,) = story.do(story.simple(ask.ReopenCase, NGO_O))
    assert isinstance(reopened, fact.CaseReopened)
    assert reopened.custodian == NGO_D
    assert isinstance(story.opened.life, Reopened)
    again = ClosingId(REFERRAL)
    assert again != CLOSING
    assert kinds(story.do(story.propose_closing(closing=again))) == [fact.ClosingProposed]
