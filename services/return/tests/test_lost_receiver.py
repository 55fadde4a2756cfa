"""A receiver that is lost when the person is on the road or there already.

The hand-off is what ends a return. Until it is confirmed somebody else may take the person in:
by accepting a new linked referral, or with the case itself.
"""

from datetime import timedelta
from importlib import import_module
from typing import Any

import pytest

from nrm_contracts.care_codes import Destination, ReturnKind
from nrm_contracts.codes import Overdue
from nrm_contracts.consent_codes import ReferralKind
from nrm_contracts.ids import OrganisationId, ReferralId
from nrm_return.domain import case_events as fact
from nrm_return.domain import commands as ask
from nrm_return.domain import file_events as filed
from nrm_return.domain import follow_up_commands as follow
from nrm_return.domain import heard_commands as heard
from nrm_return.domain import journey_events as journey
from nrm_return.domain import running, states
from nrm_runtime.testing.given import Given

with_: Any = import_module("services.return.tests.steps")
make, LANDS = with_.make, with_.LANDS

LATER = LANDS + timedelta(hours=3)
NEXT = ReferralId(with_.named("next transfer"))
LANTERN = OrganisationId(with_.named("Lantern Centre"))
ACCEPTED = make(heard.NoteAcceptance, referral=NEXT, receiver=LANTERN, agreed_at=None, at=LATER)
MOVED = make(heard.NoteCustodian, custodian=LANTERN, referral=NEXT, at=LATER)
HANDED = make(heard.NoteHandedOver, referral=NEXT, at=LATER)
LOST = make(heard.NoteReceiverLost, at=LATER)


def left_alone(there: Given[Any, Any] | None = None) -> Given[Any, Any]:
    """Give an arrival whose receiver is gone."""
    return (there or with_.arrived()).after(LOST)


def hearing_trip() -> Given[Any, Any]:
    """Give somebody who came to a hearing."""
    went = Given(with_.case, with_.case.initial).after(
        make(heard.NoteCase),
        make(heard.NotePresumption),
        make(heard.NoteReflection),
        make(ask.RequestReturn, kind=ReturnKind.HEARING_TRIP, destination=Destination.FAMILY),
        make(heard.NoteAcceptance, kind=ReferralKind.SHARED_ASSISTANCE),
        *(step for item in ("consent", "documents", "itinerary") for step in with_.FILE[item]),
        *with_.signed(),
        make(ask.EndorseReturn),
        make(ask.EndorseReturn, by=with_.TO),
        *with_.signed(at=with_.LEAVES),
        make(ask.DepartReturn, at=with_.LEAVES),
    )
    return went.after(make(ask.ConfirmArrival, by=with_.TO, at=LANDS))


def owed(history: Given[Any, Any]) -> dict[Overdue, Any]:
    """Give what is owed by a date in the return."""
    found = running.owed(with_.state_of(history), history.state.known)
    return {each.what: each for each in found}


def test_on_the_road_the_custodian_has_to_make_the_new_plan() -> None:
    _, sought = with_.travelling().when(make(heard.NoteReceiverLost, at=with_.LEAVES))
    assert sought.organisation == with_.SENDER


def test_after_the_arrival_the_next_receiver_is_sought_by_a_date() -> None:
    gone, sought = with_.arrived().when(LOST)
    assert isinstance(gone, filed.ReceiverGone)
    assert isinstance(sought, journey.ReceptionSought)
    assert sought.plan_by.at == LATER + timedelta(hours=24)
    state = with_.state_of(left_alone())
    assert isinstance(state, states.Arrived)
    assert state.file.receiver is None


def test_who_answers_for_the_case_owes_the_next_receiver_and_the_new_assessment() -> None:
    tasks = owed(left_alone())
    assert tasks[Overdue.NEXT_ROUTE].responsible == with_.SENDER
    assert tasks[Overdue.RISK].responsible == with_.SENDER
    before = owed(with_.arrived())
    assert before[Overdue.RISK].responsible == with_.RECEIVER
    assert Overdue.NEXT_ROUTE not in before


def test_who_accepts_a_new_linked_referral_receives_and_the_return_ends_with_that_hand_off() -> (
    None
):
    _, confirmed = left_alone().when(ACCEPTED)
    assert isinstance(confirmed, filed.ReceiverConfirmed)
    assert (confirmed.receiver, confirmed.referral) == (LANTERN, NEXT)
    found = left_alone().after(ACCEPTED, make(follow.DeclineFollowUp, at=LATER))
    assert Overdue.NEXT_ROUTE not in owed(found)
    found.refuses(make(ask.FinishReturn, at=LATER), "hand-off-missing")
    (done,) = found.after(HANDED).when(make(ask.FinishReturn, at=LATER))
    assert isinstance(done, journey.ReturnDone)


def test_the_hand_off_of_the_lost_referral_counts_no_more() -> None:
    left_alone().stays_quiet(make(heard.NoteHandedOver, at=LATER))
    left_alone().after(ACCEPTED).stays_quiet(make(heard.NoteHandedOver, at=LATER))


def test_a_second_loss_is_sought_for_again() -> None:
    again = make(heard.NoteReceiverLost, referral=NEXT, at=LATER + timedelta(days=2))
    gone, sought = left_alone().after(ACCEPTED).when(again)
    assert isinstance(gone, filed.ReceiverGone)
    assert sought.plan_by.at == LATER + timedelta(days=3)


def test_an_offer_that_is_lost_while_somebody_is_sought_changes_nothing() -> None:
    left_alone().stays_quiet(make(heard.NoteReceiverLost, referral=NEXT, at=LATER))


def test_once_handed_over_nobody_is_lost_and_nobody_replaced() -> None:
    handed = with_.arrived().after(make(heard.NoteHandedOver))
    handed.stays_quiet(LOST)
    (part,) = handed.when(ACCEPTED)
    assert isinstance(part, fact.PartNoted)
    assert with_.state_of(handed.after(ACCEPTED)).file.receiver.organisation == with_.RECEIVER


def test_a_transfer_without_a_link_hands_the_person_over_too() -> None:
    _, confirmed, handed = left_alone().when(MOVED)
    assert isinstance(confirmed, filed.ReceiverConfirmed)
    assert (confirmed.receiver, confirmed.referral) == (LANTERN, NEXT)
    assert isinstance(handed, journey.HandOffNoted)
    state = with_.state_of(left_alone().after(MOVED))
    assert state.handed_over
    assert Overdue.NEXT_ROUTE not in owed(left_alone().after(MOVED))


@pytest.mark.parametrize(
    "history",
    [with_.arrived(), with_.travelling(), with_.lost()],
    ids=["a receiver stands", "on the road", "stopped on the road"],
)
def test_custody_alone_hands_nobody_over_unless_somebody_is_sought_after_the_arrival(
    history: Given[Any, Any],
) -> None:
    (noted,) = history.when(MOVED)
    assert isinstance(noted, fact.CustodianNoted)


def test_custody_that_moved_before_the_arrival_counts_for_who_confirmed_it_only() -> None:
    before = LANDS - timedelta(hours=1)
    elsewhere = make(heard.NoteCustodian, custodian=LANTERN, referral=NEXT, at=before)
    (noted,) = left_alone().when(elsewhere)
    assert isinstance(noted, fact.CustodianNoted)
    there = make(heard.NoteCustodian, custodian=with_.RECEIVER, referral=NEXT, at=before)
    assert with_.state_of(left_alone().after(there)).handed_over


def test_a_case_that_is_reopened_hands_nobody_over() -> None:
    (noted,) = left_alone().when(
        make(heard.NoteCustodian, custodian=LANTERN, referral=None, at=LATER)
    )
    assert isinstance(noted, fact.CustodianNoted)


def test_from_a_trip_to_a_hearing_nobody_else_is_sought() -> None:
    (gone,) = hearing_trip().when(LOST)
    assert isinstance(gone, filed.ReceiverGone)
    (done,) = hearing_trip().after(LOST).when(make(ask.FinishReturn, at=LATER))
    assert isinstance(done, journey.ReturnDone)
