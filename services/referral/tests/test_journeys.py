"""Journeys that return tells of, and the referrals that are linked to them."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest

from nrm_contracts.consent_codes import (
    BackOutReason,
    Basis,
    DeclineReason,
    LossReason,
    WithdrawalReason,
    WithdrawnBy,
)
from nrm_contracts.ids import ReferralId
from nrm_referral.domain import commands as ask
from nrm_referral.domain import events as fact
from nrm_referral.domain.states import Accepted, TakenBack
from nrm_referral.domain.values import Ground
from nrm_runtime.core import Command
from services.referral.tests.given import (
    DAY,
    FOR_SHELTER,
    HOUR,
    NGO_D,
    NGO_O,
    REFERRAL,
    RETURN,
    SECOND,
    SHELTER,
    START,
    SYSTEM,
    Story,
    due,
    kinds,
    receiver,
)


def note(story: Story, kind: type[Command], **changes: object) -> Command:
    """Give what the service hears."""
    return story.simple(kind, SYSTEM, **changes)


def test_a_hand_off_waits_for_the_arrival() -> None:
    story = Story().until_accepted(linked_return=RETURN)
    story.do(note(story, ask.NoteReturn))
    assert story.refused(story.confirm(NGO_O)) == "return-not-arrived"

    events = story.do(note(story, ask.NoteArrival))

    assert kinds(events) == [fact.ArrivalNoted, fact.HandOffRescheduled]
    story.do(story.confirm(NGO_O))
    assert fact.CustodyMoved in kinds(story.do(story.confirm(NGO_D)))


def test_arrival_alone_moves_nothing() -> None:
    story = Story().until_accepted(linked_return=RETURN)
    story.do(note(story, ask.NoteArrival))
    assert story.opened.custodian == NGO_D
    assert isinstance(story.opened.referrals[REFERRAL], Accepted)


def test_an_arrival_that_is_known_stays_quiet() -> None:
    story = Story().until_accepted(linked_return=RETURN)
    story.do(note(story, ask.NoteArrival))
    assert story.do(note(story, ask.NoteArrival)) == ()
    assert story.do(note(story, ask.NoteReturnEnd)) == ()


def test_the_itinerarys_arrival_is_the_agreed_date() -> None:
    story = Story().until_accepted(linked_return=RETURN)
    story.do(note(story, ask.NoteReturn))
    noted, moved = story.do(note(story, ask.NoteItinerary))
    assert isinstance(noted, fact.ItineraryNoted)
    assert isinstance(moved, fact.HandOffRescheduled)
    assert moved.agreed_at == START + 30 * DAY
    assert moved.confirm_by.at == START + 30 * DAY + 24 * HOUR
    assert story.wait(30 * DAY) == []


def test_an_itinerary_that_came_first_gives_the_date_at_acceptance() -> None:
    story = Story().until_offered(linked_return=RETURN)
    story.do(note(story, ask.NoteReturn))
    story.do(note(story, ask.NoteItinerary))
    (accepted,) = story.do(story.accept(confirm_by=due(24 * HOUR)))
    assert isinstance(accepted, fact.ReferralAccepted)
    assert accepted.agreed_at == START + 30 * DAY
    assert accepted.confirm_by.at == START + 31 * DAY


def test_a_return_that_ends_takes_its_referral_back_without_an_echo() -> None:
    for stage in ("until_offered", "until_accepted"):
        story = getattr(Story(), stage)(linked_return=RETURN)
        events = story.do(note(story, ask.NoteReturnEnd))
        assert kinds(events) == [fact.ReturnEndNoted, fact.ReferralWithdrawn]
        taken_back = events[1]
        assert (taken_back.on_word_of, taken_back.reason) == (
            WithdrawnBy.RETURN,
            WithdrawalReason.RETURN_ENDED,
        )
        assert isinstance(story.opened.referrals[REFERRAL], TakenBack)


def test_other_journeys_leave_a_referral_alone() -> None:
    story = Story().until_accepted()
    assert kinds(story.do(note(story, ask.NoteReturnEnd))) == [fact.ReturnEndNoted]


def test_a_trip_to_a_hearing_that_is_heard_late_takes_its_transfer_back() -> None:
    story = Story().until_offered(linked_return=RETURN)
    events = story.do(note(story, ask.NoteReturn, moves_no_custody=True))
    assert kinds(events) == [fact.ReturnNoted, fact.ReferralWithdrawn]


def test_a_journey_is_noted_once_and_dates_of_an_unknown_one_stay_quiet() -> None:
    story = Story()
    story.open()
    assert story.do(note(story, ask.NoteItinerary)) == ()
    assert kinds(story.do(note(story, ask.NoteReturn))) == [fact.ReturnNoted]
    assert story.do(note(story, ask.NoteReturn)) == ()


def offer_to_shelter(story: Story, **changes: Any) -> ask.OfferReferral:
    """Offer the case to the shelter, for the same journey."""
    terms: dict[str, Any] = {
        "referral": SECOND,
        "receiver": receiver(SHELTER),
        "ground": Ground(basis=Basis.CONSENT, consent=FOR_SHELTER),
        "linked_return": RETURN,
    }
    return story.offer(**(terms | changes))


def arrived() -> Story:
    """Give an accepted transfer of somebody who is there, and a consent for the shelter."""
    story = Story().until_accepted(linked_return=RETURN)
    story.do(story.grant(consent=FOR_SHELTER, recipient=SHELTER))
    story.do(note(story, ask.NoteReturn))
    story.do(note(story, ask.NoteArrival))
    return story


def backed_out(story: Story) -> LossReason:
    """The receiver cannot keep its word."""
    reason = BackOutReason.CANNOT_KEEP_SAFE
    story.do(story.simple(ask.BackOut, NGO_O, referral=REFERRAL, reason=reason))
    return LossReason.BACKED_OUT


def taken_back(story: Story) -> LossReason:
    """The person does not want this receiver to know any more."""
    story.do(story.withdraw_consent())
    return LossReason.WITHDRAWN


Loss = Callable[[Story], LossReason]
LOSSES: list[Loss] = [backed_out, taken_back]


@pytest.mark.parametrize("lose", LOSSES, ids=["backed out", "taken back"])
def test_a_receiver_lost_after_the_arrival_is_told_and_custody_stays(lose: Loss) -> None:
    story = arrived()
    how = lose(story)
    (lost,) = [event for event in story.events if isinstance(event, fact.ReceiverLost)]
    assert (lost.linked_return, lost.how) == (RETURN, how)
    assert story.opened.custodian == NGO_D


@pytest.mark.parametrize("lose", LOSSES, ids=["backed out", "taken back"])
def test_after_the_arrival_the_next_receiver_is_linked_to_the_same_return(lose: Loss) -> None:
    story = arrived()
    assert story.refused(offer_to_shelter(story)) == "transfer-already-open"
    lose(story)
    story.do(offer_to_shelter(story))
    story.do(story.accept(SHELTER, referral=SECOND))
    story.do(story.confirm(SHELTER, referral=SECOND))
    assert story.opened.custodian == NGO_D
    handed = story.do(story.confirm(NGO_D, referral=SECOND))
    (over,) = [event for event in handed if isinstance(event, fact.HandedOver)]
    assert over.terms.linked_return == RETURN
    assert story.opened.custodian == SHELTER


def test_backing_out_after_the_arrival_leaves_the_sender_a_task_with_a_date() -> None:
    story = arrived()
    backed_out(story)
    assert story.opened.routes[REFERRAL].organisation == NGO_D
    story.do(offer_to_shelter(story, replaces=REFERRAL))
    assert story.opened.routes == {}


def test_a_receiver_that_says_no_after_the_arrival_is_not_the_last() -> None:
    story = arrived()
    backed_out(story)
    story.do(offer_to_shelter(story))
    story.do(
        story.simple(
            ask.DeclineReferral, SHELTER, referral=SECOND, reason=DeclineReason.LACK_OF_CAPACITY
        )
    )
    third = ReferralId(uuid4())
    story.do(offer_to_shelter(story, referral=third))
    assert third in story.opened.referrals
