"""The hand-off that both confirm, and the custody that moves with it."""

import pytest

from nrm_contracts.codes import Overdue, YesNo
from nrm_contracts.consent_codes import (
    Basis,
    BlockedGroup,
    DataCategory,
    NotSuccessfulReason,
    Outcome,
)
from nrm_referral.domain import commands as ask
from nrm_referral.domain import events as fact
from nrm_referral.domain.states import Accepted, BackedOut, Done, Handed
from nrm_referral.domain.values import Ground
from services.referral.tests.given import (
    AGENCY,
    AGENCY_O,
    CONSENT,
    DAY,
    FOR_SHELTER,
    HOUR,
    NGO_D,
    NGO_O,
    REFERRAL,
    SECOND,
    SHARED,
    SHELTER,
    START,
    STRANGER,
    Story,
    due,
    kinds,
    receiver,
    worker_of,
)


@pytest.fixture
def story() -> Story:
    """Give an accepted transfer."""
    return Story().until_accepted()


def share_with_shelter(story: Story) -> None:
    """The custodian shares a need with the shelter."""
    story.do(story.grant(consent=FOR_SHELTER, recipient=SHELTER))
    story.do(
        story.offer(
            referral=SECOND,
            kind=SHARED,
            receiver=receiver(SHELTER),
            ground=Ground(basis=Basis.CONSENT, consent=FOR_SHELTER),
        )
    )


def test_custody_moves_when_both_confirmed_and_not_before(story: Story) -> None:
    assert kinds(story.do(story.confirm(NGO_O))) == [fact.HandOffConfirmed]
    assert story.opened.custodian == NGO_D

    events = story.do(story.confirm(NGO_D))

    assert kinds(events) == [fact.HandOffConfirmed, fact.HandedOver, fact.CustodyMoved]
    assert story.opened.custodian == NGO_O
    assert isinstance(story.opened.referrals[REFERRAL], Handed)


def test_the_agency_of_the_new_country_answers_from_then_on(story: Story) -> None:
    assert story.opened.agency == AGENCY
    story.do(story.confirm(NGO_O))
    story.do(story.confirm(NGO_D))
    assert story.opened.agency == AGENCY_O
    assert story.opened.agencies == {AGENCY, AGENCY_O}
    assert story.opened.country == "RO"


def test_the_order_of_confirmations_does_not_matter(story: Story) -> None:
    story.do(story.confirm(NGO_D))
    assert fact.CustodyMoved in kinds(story.do(story.confirm(NGO_O)))


def test_one_side_does_not_confirm_twice(story: Story) -> None:
    story.do(story.confirm(NGO_O))
    assert story.refused(story.confirm(NGO_O)) == "already-confirmed"


def test_nobody_else_confirms(story: Story) -> None:
    assert story.refused(story.confirm(AGENCY)) == "not-a-party"


def test_an_offer_cannot_be_confirmed() -> None:
    assert Story().until_offered().refused(Story().confirm(NGO_O)) == "out-of-order"


def test_shared_assistance_moves_a_need_and_no_custody() -> None:
    story = Story().until_accepted(kind=SHARED)
    story.do(story.confirm(NGO_O))
    assert kinds(story.do(story.confirm(NGO_D))) == [fact.HandOffConfirmed, fact.HandedOver]
    assert story.opened.custodian == NGO_D


def test_the_receiver_backs_out_and_custody_stays(story: Story) -> None:
    assert kinds(story.do(story.simple(ask.BackOut, NGO_O))) == [fact.ReferralBackedOut]
    assert isinstance(story.opened.referrals[REFERRAL], BackedOut)
    assert story.opened.custodian == NGO_D
    assert story.opened.routes[REFERRAL].organisation == NGO_D


def test_only_the_receiver_backs_out_and_only_before_it_confirmed(story: Story) -> None:
    assert story.refused(story.simple(ask.BackOut, NGO_D)) == "not-the-receiver"
    story.do(story.confirm(NGO_O))
    assert story.refused(story.simple(ask.BackOut, NGO_O)) == "already-confirmed"


def test_a_confirmed_side_cannot_be_left_alone_by_a_withdrawal(story: Story) -> None:
    story.do(story.confirm(NGO_O))
    withdrawal = story.simple(ask.WithdrawReferral, NGO_D)
    assert story.refused(withdrawal) == "already-confirmed"


def test_an_overdue_hand_off_asks_the_side_that_is_missing(story: Story) -> None:
    (first,) = story.wait(24 * HOUR)
    story.do(story.confirm(NGO_D))
    (second,) = story.wait(24 * HOUR)
    assert isinstance(first, fact.ReferralEscalated)
    assert isinstance(second, fact.ReferralEscalated)
    assert (first.what, first.responsible, first.times) == (Overdue.HAND_OFF, NGO_D, 1)
    assert (second.what, second.responsible, second.times) == (Overdue.HAND_OFF, NGO_O, 2)


def test_an_agreed_date_moves_the_deadline(story: Story) -> None:
    moved = story.simple(ask.RescheduleHandOff, NGO_O)
    assert kinds(story.do(moved)) == [fact.HandOffRescheduled]
    assert story.wait(5 * DAY) == []
    (late,) = story.wait(1 * DAY)
    assert late.at == START + 6 * DAY


def test_a_moved_date_counts_on_and_never_repeats_a_deadlines_name(story: Story) -> None:
    story.wait(24 * HOUR)
    story.do(story.simple(ask.RescheduleHandOff, NGO_D))
    told = story.wait(6 * DAY)
    assert [one.times for one in told if isinstance(one, fact.ReferralEscalated)] == [2, 3]
    assert len(set(story.fired)) == len(story.fired)


def test_dates_are_agreed_between_the_two_and_lie_ahead(story: Story) -> None:
    assert story.refused(story.simple(ask.RescheduleHandOff, STRANGER)) == "not-a-party"
    past = story.simple(ask.RescheduleHandOff, NGO_O, agreed_at=START - DAY, confirm_by=due(DAY))
    assert story.refused(past) == "date-past"


def test_open_shared_needs_pass_to_the_new_custodian(story: Story) -> None:
    share_with_shelter(story)
    story.do(story.confirm(NGO_O))

    events = story.do(story.confirm(NGO_D))

    (passed,) = [one for one in events if isinstance(one, fact.ReferralPassed)]
    assert (passed.referral, passed.former, passed.sender) == (SECOND, NGO_D, NGO_O)
    assert story.opened.referrals[SECOND].terms.sender == NGO_O


def test_shared_needs_stay_with_a_sender_that_goes_on_assisting(story: Story) -> None:
    share_with_shelter(story)
    story.do(story.confirm(NGO_D, keeps_assistance=YesNo.YES))
    assert fact.ReferralPassed not in kinds(story.do(story.confirm(NGO_O)))
    assert story.opened.referrals[SECOND].terms.sender == NGO_D


def test_the_receiver_has_no_word_on_what_the_sender_keeps(story: Story) -> None:
    share_with_shelter(story)
    story.do(story.confirm(NGO_O, keeps_assistance=YesNo.YES))
    assert fact.ReferralPassed in kinds(story.do(story.confirm(NGO_D)))


def test_a_passed_hand_off_is_confirmed_by_the_new_sender(story: Story) -> None:
    share_with_shelter(story)
    story.do(story.accept(by=SHELTER, referral=SECOND))
    story.do(story.confirm(NGO_D, referral=SECOND))
    story.do(story.confirm(NGO_O))
    story.do(story.confirm(NGO_D))

    shared = story.opened.referrals[SECOND]
    assert isinstance(shared, Accepted)
    assert shared.confirmed == frozenset()
    story.do(story.confirm(SHELTER, referral=SECOND))
    assert story.refused(story.confirm(NGO_D, referral=SECOND)) == "not-a-party"
    assert fact.HandedOver in kinds(story.do(story.confirm(NGO_O, referral=SECOND)))


def test_a_lost_shared_need_passes_with_its_task(story: Story) -> None:
    share_with_shelter(story)
    story.do(story.simple(ask.DeclineReferral, SHELTER, referral=SECOND))
    story.do(story.confirm(NGO_O))
    story.do(story.confirm(NGO_D))
    assert story.opened.routes[SECOND].organisation == NGO_O


def test_a_transfer_ends_the_tasks_of_lost_transfers() -> None:
    story = Story().until_offered()
    story.do(story.simple(ask.DeclineReferral, NGO_O))
    story.do(story.offer(referral=SECOND))
    story.do(story.accept(referral=SECOND))
    story.do(story.confirm(NGO_O, referral=SECOND))
    assert fact.NextRouteTaken in kinds(story.do(story.confirm(NGO_D, referral=SECOND)))
    assert story.opened.routes == {}


def test_the_receiver_says_how_it_ended(story: Story) -> None:
    story.do(story.confirm(NGO_O))
    story.do(story.confirm(NGO_D))
    assert story.refused(story.simple(ask.FinishReferral, NGO_D)) == "not-a-party"
    (done,) = story.do(story.simple(ask.FinishReferral, NGO_O))
    assert isinstance(done, fact.ReferralDone)
    assert isinstance(story.opened.referrals[REFERRAL], Done)


@pytest.mark.parametrize(
    ("outcome", "reason"),
    [
        (Outcome.NOT_SUCCESSFUL, None),
        (Outcome.SUCCESSFUL, NotSuccessfulReason.OTHER),
    ],
)
def test_a_reason_belongs_to_an_end_without_success(
    outcome: Outcome, reason: NotSuccessfulReason | None
) -> None:
    story = Story().until_handed()
    command = story.simple(ask.FinishReferral, NGO_O, outcome=outcome, reason=reason)
    assert story.refused(command) == "reason-missing"


def test_an_accepted_referral_is_not_done_yet(story: Story) -> None:
    assert story.refused(story.simple(ask.FinishReferral, NGO_O)) == "out-of-order"


# --- packets ----------------------------------------------------------------------------------


def test_the_receiver_reads_after_acceptance_only() -> None:
    story = Story().until_offered()
    assert story.refused(story.release()) == "out-of-order"
    story.do(story.accept())
    (released,) = story.do(story.release())
    assert isinstance(released, fact.PacketReleased)
    assert (released.recipient, released.ground.consent) == (NGO_O, CONSENT)


def test_nobody_else_gets_a_ticket(story: Story) -> None:
    assert story.refused(story.release(by=NGO_D)) == "not-the-receiver"


@pytest.mark.parametrize("categories", [frozenset(), frozenset({DataCategory.EXPLOITATION})])
def test_a_ticket_opens_only_what_was_offered(
    story: Story, categories: frozenset[DataCategory]
) -> None:
    assert story.refused(story.release(categories=categories)) == "category-not-offered"


def test_a_withdrawal_stops_tickets_at_once() -> None:
    story = Story().until_handed()
    story.do(story.release())
    story.do(story.withdraw_consent())
    assert story.refused(story.release()) == "consent-missing"


def test_an_ended_consent_stops_tickets(story: Story) -> None:
    story.do(story.confirm(NGO_O))
    story.do(story.confirm(NGO_D))
    story.now += 300 * DAY
    assert story.refused(story.release()) == "consent-missing"


def test_reading_ends_with_the_referral() -> None:
    story = Story().until_handed()
    story.do(story.simple(ask.FinishReferral, NGO_O))
    assert story.refused(story.release()) == "out-of-order"


def test_a_block_that_came_later_stops_tickets_on_another_ground() -> None:
    story = Story()
    story.open()
    story.do(story.propose_override(categories=frozenset({DataCategory.NEEDS})))
    story.do(story.simple(ask.ApproveOverride, worker_of(NGO_D, "second")))
    police = receiver(SHELTER, groups=frozenset({BlockedGroup.POLICE}))
    story.do(
        story.offer(
            kind=SHARED,
            receiver=police,
            purpose=story.propose_override().purpose,
            categories=frozenset({DataCategory.NEEDS}),
            ground=Ground(basis=Basis.LEGAL_GROUND, override=story.propose_override().override),
        )
    )
    story.do(story.accept(by=SHELTER))
    needs = story.release(by=SHELTER, categories=frozenset({DataCategory.NEEDS}))
    assert kinds(story.do(needs)) == [fact.PacketReleased]
    story.do(story.grant(blocked=frozenset({BlockedGroup.POLICE})))
    assert story.refused(needs) == "disclosure-blocked"
