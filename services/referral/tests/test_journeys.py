"""Journeys that return tells of, and the referrals that are linked to them."""

from nrm_contracts.consent_codes import WithdrawalReason, WithdrawnBy
from nrm_referral.domain import commands as ask
from nrm_referral.domain import events as fact
from nrm_referral.domain.states import Accepted, TakenBack
from nrm_runtime.core import Command
from services.referral.tests.given import (
    DAY,
    HOUR,
    NGO_D,
    NGO_O,
    REFERRAL,
    RETURN,
    START,
    SYSTEM,
    Story,
    due,
    kinds,
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
