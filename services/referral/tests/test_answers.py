"""What the receiver says to an offer, and what silence means."""

from datetime import timedelta

import pytest

from nrm_contracts.codes import Overdue
from nrm_contracts.consent_codes import (
    DeliveryWay,
    LossReason,
    Need,
    WithdrawalReason,
    WithdrawnBy,
)
from nrm_contracts.ids import OrganisationId
from nrm_referral.domain import commands as ask
from nrm_referral.domain import events as fact
from nrm_referral.domain.states import (
    Accepted,
    Acknowledged,
    Declined,
    Delivered,
    TakenBack,
    TimedOut,
)
from nrm_referral.domain.values import ESCALATIONS_MAX
from nrm_runtime.core import Command
from services.referral.tests.given import (
    AGENCY,
    DAY,
    HOUR,
    LEAF,
    NGO_D,
    NGO_O,
    REFERRAL,
    RETURN,
    START,
    STRANGER,
    Story,
    due,
    kinds,
)


@pytest.fixture
def story() -> Story:
    """Give a case with an offer to the origin NGO."""
    return Story().until_offered()


def test_a_webhook_or_a_fetch_delivers_once(story: Story) -> None:
    note = ask.NoteDelivery(**story.heard(), referral=REFERRAL, way=DeliveryWay.WEBHOOK)
    assert kinds(story.do(note)) == [fact.ReferralDelivered]
    assert isinstance(story.opened.referrals[REFERRAL], Delivered)
    assert story.do(story.simple(ask.NoteDelivery, NGO_O)) == ()


def test_somebody_elses_fetch_delivers_nothing(story: Story) -> None:
    assert story.do(story.simple(ask.NoteDelivery, NGO_D)) == ()


def test_a_notice_about_something_else_delivers_nothing(story: Story) -> None:
    assert story.do(story.simple(ask.NoteDelivery, NGO_O, referral=RETURN)) == ()


def test_the_receiver_acknowledges_with_or_without_delivery(story: Story) -> None:
    assert kinds(story.do(story.simple(ask.AcknowledgeOffer, NGO_O))) == [fact.ReferralAcknowledged]
    assert isinstance(story.opened.referrals[REFERRAL], Acknowledged)
    assert story.do(story.simple(ask.AcknowledgeOffer, NGO_O)) == ()


@pytest.mark.parametrize("before", [None, ask.NoteDelivery, ask.AcknowledgeOffer])
def test_an_answer_follows_from_every_waiting_state(
    before: type[Command] | None,
) -> None:
    for answer in (ask.AcceptReferral, ask.DeclineReferral):
        story = Story().until_offered()
        if before is not None:
            story.do(story.simple(before, NGO_O))
        command = (
            story.accept()
            if answer is ask.AcceptReferral
            else story.simple(ask.DeclineReferral, NGO_O)
        )
        assert len(story.do(command)) == 1


def test_an_acceptance_names_the_offer_and_moves_nothing(story: Story) -> None:
    (accepted,) = story.do(story.accept())
    assert isinstance(accepted, fact.ReferralAccepted)
    assert accepted.offer == LEAF
    assert isinstance(story.opened.referrals[REFERRAL], Accepted)
    assert story.opened.custodian == NGO_D


@pytest.mark.parametrize("other", [NGO_D, AGENCY, STRANGER])
def test_nobody_else_may_answer(story: Story, other: OrganisationId) -> None:
    assert story.refused(story.accept(by=other)) == "not-the-receiver"
    declined = story.simple(ask.DeclineReferral, other)
    assert story.refused(declined) == "not-the-receiver"
    seen = story.simple(ask.AcknowledgeOffer, other)
    assert story.refused(seen) == "not-the-receiver"


def test_an_answer_after_the_deadline_is_too_late(story: Story) -> None:
    story.now += 72 * HOUR  # the deadline's own event is not recorded yet
    assert story.refused(story.accept()) == "answered-too-late"
    story.wait(timedelta(0))
    assert isinstance(story.opened.referrals[REFERRAL], TimedOut)
    assert story.refused(story.accept()) == "answered-too-late"
    assert story.refused(story.simple(ask.DeclineReferral, NGO_O)) == "answered-too-late"


def test_an_answer_a_moment_before_the_deadline_counts(story: Story) -> None:
    story.now += 72 * HOUR - timedelta(microseconds=1)
    assert kinds(story.do(story.accept())) == [fact.ReferralAccepted]


def test_an_answered_offer_is_not_answered_again(story: Story) -> None:
    story.do(story.accept())
    assert story.refused(story.accept()) == "out-of-order"
    assert story.refused(story.simple(ask.DeclineReferral, NGO_O)) == "out-of-order"


def test_a_decline_leaves_custody_and_a_dated_task_with_the_sender(story: Story) -> None:
    (declined,) = story.do(story.simple(ask.DeclineReferral, NGO_O))
    assert isinstance(declined, fact.ReferralDeclined)
    assert declined.next_route_by.at == START + 48 * HOUR
    assert isinstance(story.opened.referrals[REFERRAL], Declined)
    assert story.opened.custodian == NGO_D
    assert story.opened.routes[REFERRAL].organisation == NGO_D


def test_silence_times_out_and_leaves_the_same_task(story: Story) -> None:
    told = story.wait(72 * HOUR)
    timed_out = told[-1]
    assert isinstance(timed_out, fact.ReferralTimedOut)
    assert timed_out.at == START + 72 * HOUR
    assert REFERRAL in story.opened.routes


def test_a_missing_acknowledgement_is_told_daily_until_the_answer_is_due(story: Story) -> None:
    told = story.wait(72 * HOUR)
    escalated = [one for one in told if isinstance(one, fact.ReferralEscalated)]
    assert [(one.times, one.responsible) for one in escalated] == [(1, NGO_O), (2, NGO_O)]
    assert {one.what for one in escalated} == {Overdue.ACKNOWLEDGEMENT}


def test_an_acknowledged_offer_is_not_told_as_unseen(story: Story) -> None:
    story.do(story.simple(ask.AcknowledgeOffer, NGO_O))
    assert kinds(story.wait(71 * HOUR)) == []


def test_an_open_next_route_is_told_again_and_again_but_not_for_ever(story: Story) -> None:
    story.do(story.simple(ask.DeclineReferral, NGO_O))
    told = story.wait(100 * DAY)
    escalated = [one for one in told if isinstance(one, fact.ReferralEscalated)]
    assert [one.times for one in escalated] == list(range(1, ESCALATIONS_MAX + 1))
    assert {(one.what, one.responsible) for one in escalated} == {(Overdue.NEXT_ROUTE, NGO_D)}
    assert len(set(story.fired)) == len(story.fired)


def test_the_sender_settles_the_next_route_itself(story: Story) -> None:
    story.do(story.simple(ask.DeclineReferral, NGO_O))
    stranger = story.simple(ask.TakeNextRoute, STRANGER)
    assert story.refused(stranger) == "not-the-sender"
    assert kinds(story.do(story.simple(ask.TakeNextRoute, NGO_D))) == [fact.NextRouteTaken]
    assert story.do(story.simple(ask.TakeNextRoute, NGO_D)) == ()
    story.wait(100 * DAY)
    assert not any(name.startswith("next-route") for name in story.fired)


def test_the_sender_withdraws_its_offer(story: Story) -> None:
    (taken_back,) = story.do(story.simple(ask.WithdrawReferral, NGO_D))
    assert isinstance(taken_back, fact.ReferralWithdrawn)
    assert isinstance(story.opened.referrals[REFERRAL], TakenBack)
    assert story.opened.routes == {}


def test_the_receiver_withdraws_on_the_persons_word_only(story: Story) -> None:
    own = story.simple(ask.WithdrawReferral, NGO_O)
    assert story.refused(own) == "not-the-sender"
    person = story.simple(
        ask.WithdrawReferral,
        NGO_O,
        on_word_of=WithdrawnBy.PERSON,
        reason=WithdrawalReason.PERSON_WITHDREW,
    )
    assert kinds(story.do(person)) == [fact.ReferralWithdrawn]


def test_a_stranger_withdraws_nothing_on_anybodys_word(story: Story) -> None:
    for word, code in (
        (WithdrawnBy.SENDER, "not-the-sender"),
        (WithdrawnBy.PERSON, "not-a-party"),
        (WithdrawnBy.RETURN, "not-the-sender"),
    ):
        command = story.simple(ask.WithdrawReferral, STRANGER, on_word_of=word)
        assert story.refused(command) == code


def test_a_place_may_be_gone_at_acceptance() -> None:
    story = Story().until_offered(needs=frozenset({Need.ACCOMMODATION}))
    assert story.refused(story.accept(free=0)) == "no-places"
    assert kinds(story.do(story.accept(free=1))) == [fact.ReferralAccepted]


def test_an_acceptance_rests_on_a_consent_that_still_holds() -> None:
    story = Story()
    story.open()
    story.do(story.grant(until=due(10 * HOUR)))
    story.do(story.offer())
    story.now += 10 * HOUR
    assert story.refused(story.accept()) == "consent-missing"


def test_an_agreed_date_lies_ahead(story: Story) -> None:
    assert story.refused(story.accept(agreed_at=START - DAY)) == "date-past"


def test_an_unknown_referral_is_not_answered() -> None:
    story = Story()
    story.open()
    assert story.refused(story.accept()) == "referral-unknown"


@pytest.mark.parametrize(
    ("step", "how"),
    [
        (ask.DeclineReferral, LossReason.DECLINED),
        (ask.WithdrawReferral, LossReason.WITHDRAWN),
        (ask.BackOut, LossReason.BACKED_OUT),
        (None, LossReason.TIMED_OUT),
    ],
)
def test_return_hears_when_its_receiver_is_lost(
    step: type[Command] | None, how: LossReason
) -> None:
    story = Story().until_offered(linked_return=RETURN)
    if step is ask.BackOut:
        story.do(story.accept())
    by = NGO_D if step is ask.WithdrawReferral else NGO_O
    told = story.wait(73 * HOUR) if step is None else story.do(story.simple(step, by))
    lost = [one for one in told if isinstance(one, fact.ReceiverLost)]
    assert [(one.how, one.linked_return, one.receiver) for one in lost] == [(how, RETURN, NGO_O)]
