"""Approval, departure, arrival, and the ways that lead elsewhere."""

from importlib import import_module
from typing import Any

import pytest

from nrm_contracts.care_codes import (
    AlternativeReason,
    Destination,
    RefusalReason,
    ReturnKind,
    ReturnReopening,
)
from nrm_contracts.consent_codes import Purpose, ReferralKind
from nrm_contracts.ids import ConsentId, ReferralId
from nrm_return.domain import checklist, states
from nrm_return.domain import commands as ask
from nrm_return.domain import file_events as filed
from nrm_return.domain import follow_up_commands as follow
from nrm_return.domain import heard_commands as heard
from nrm_return.domain import journey_events as journey
from nrm_return.domain.values import Reflection
from nrm_runtime.testing.clock import after
from nrm_runtime.testing.given import Given

with_: Any = import_module("services.return.tests.steps")
make = with_.make


def test_an_organisation_of_each_country_approves() -> None:
    (endorsed,) = with_.filed().when(make(ask.EndorseReturn))
    assert isinstance(endorsed, filed.ReturnEndorsed)
    half = with_.filed().after(make(ask.EndorseReturn))
    assert isinstance(with_.state_of(half), states.Requested)
    second, approved = half.when(make(ask.EndorseReturn, by=with_.TO))
    assert isinstance(second, filed.ReturnEndorsed)
    assert isinstance(approved, journey.ReturnApproved)
    assert approved.consent == with_.CONSENT
    assert approved.receiver == with_.RECEIVER
    assert (approved.profile, approved.destination_profile) == ("IT@1", "RO@1")


@pytest.mark.parametrize("second", [with_.FROM, with_.SECOND, with_.AGENT])
def test_one_countrys_word_is_not_enough_whoever_repeats_it(second: Any) -> None:
    half = with_.filed().after(make(ask.EndorseReturn))
    half.refuses(make(ask.EndorseReturn, by=second), "one-country-only")


def test_one_person_does_not_approve_for_both_countries() -> None:
    half = with_.filed().after(make(ask.EndorseReturn))
    double = type(with_.TO)(
        organisation=with_.RECEIVER, worker=with_.FROM.worker, country="RO", kind="NGO"
    )
    half.refuses(make(ask.EndorseReturn, by=double), "same-worker")


def test_no_third_country_approves() -> None:
    with_.filed().refuses(
        make(ask.EndorseReturn, by=with_.worker_of(with_.SENDER, "FR")), "wrong-country"
    )


@pytest.mark.parametrize(
    ("item", "code"),
    [
        ("receiver", "receiver-missing"),
        ("consent", "consent-missing"),
        ("inquiry", "inquiry-missing"),
        ("documents", "documents-missing"),
        ("itinerary", "itinerary-missing"),
    ],
)
def test_nothing_is_approved_while_an_item_is_missing(item: str, code: str) -> None:
    # Whoever is to receive also signs for the other country, so that goes with the receiver.
    without = (item, "risk") if item == "receiver" else (item,)
    with_.filed(*without).refuses(make(ask.EndorseReturn), code)


def test_an_answer_that_nobody_translated_is_not_enough() -> None:
    answered = with_.filed("inquiry").after(make(ask.RequestInquiry), make(ask.ReceiveInquiry))
    answered.refuses(make(ask.EndorseReturn), "translation-missing")


def test_an_adult_who_goes_elsewhere_needs_no_social_inquiry() -> None:
    elsewhere = with_.filed("inquiry", destination=Destination.INDEPENDENT_LIVING)
    assert len(elsewhere.when(make(ask.EndorseReturn))) == 1


def test_approval_waits_for_a_presumption_but_never_for_a_formal_decision() -> None:
    unheard = Given[Any, Any](with_.case, with_.case.initial).after(
        make(heard.NoteCase), make(ask.RequestReturn)
    )
    unheard.refuses(make(ask.EndorseReturn), "not-presumed")
    presumed = unheard.after(make(heard.NotePresumption))
    presumed.refuses(make(ask.EndorseReturn), "reflection-open")


@pytest.mark.parametrize("standing", [Reflection.OFFERED, Reflection.RUNNING])
def test_approval_waits_for_the_reflection_period_of_either_country(
    standing: Reflection,
) -> None:
    waiting = with_.filed().after(make(heard.NoteReflection, country="RO", standing=standing))
    waiting.refuses(make(ask.EndorseReturn), "reflection-open")


def test_old_consent_is_given_again() -> None:
    aged = with_.filed("risk").after(*with_.signed(at=after(days=89)))
    aged.refuses(make(ask.EndorseReturn, at=after(days=90)), "consent-expired")


def test_only_a_transfer_names_the_receiver_of_a_return() -> None:
    shared = make(heard.NoteAcceptance, kind=ReferralKind.SHARED_ASSISTANCE, receiver=with_.ESCORTS)
    history = with_.a_request().after(shared)
    assert with_.state_of(history).file.receiver is None
    assert len(history.when(make(ask.SetItinerary, by=with_.ESCORT))) == 1


def test_who_accepted_a_referral_for_safe_return_helps_with_every_return_of_the_case() -> None:
    fields = {
        "kind": ReferralKind.SHARED_ASSISTANCE,
        "receiver": with_.ESCORTS,
        "linked_return": None,
    }
    step = make(ask.SetItinerary, by=with_.ESCORT)
    helping = make(heard.NoteAcceptance, purpose=Purpose.SAFE_RETURN, **fields)
    assert len(with_.a_request().after(helping).when(step)) == 1
    with_.a_request().after(helping, make(heard.NoteReferralEnded)).refuses(step, "not-a-party")
    other = make(heard.NoteAcceptance, purpose=Purpose.MEDICAL_CARE, **fields)
    with_.a_request().after(other).refuses(step, "not-a-party")


def test_a_trip_to_a_hearing_rests_on_shared_assistance_and_moves_no_custody() -> None:
    trip = with_.a_request(kind=ReturnKind.HEARING_TRIP)
    assert with_.state_of(trip.after(make(heard.NoteAcceptance))).file.receiver is None
    shared = make(heard.NoteAcceptance, kind=ReferralKind.SHARED_ASSISTANCE)
    assert with_.state_of(trip.after(shared)).file.receiver.organisation == with_.RECEIVER


def test_a_trip_to_a_hearing_has_its_own_consent_and_ends_without_hand_off_or_follow_up() -> None:
    steps = [step for item, found in with_.FILE.items() if item != "receiver" for step in found]
    trip = with_.a_request(kind=ReturnKind.HEARING_TRIP).after(
        make(heard.NoteAcceptance, kind=ReferralKind.SHARED_ASSISTANCE)
    )
    trip.refuses(make(ask.EndorseReturn), "consent-missing")
    there = trip.after(
        *steps,
        make(ask.EndorseReturn),
        make(ask.EndorseReturn, by=with_.TO),
        *with_.signed(at=with_.LEAVES),
        make(ask.DepartReturn, at=with_.LEAVES),
        make(ask.ConfirmArrival, by=with_.TO, at=with_.LANDS),
    )
    (done,) = there.when(make(ask.FinishReturn, at=with_.LANDS))
    assert isinstance(done, journey.ReturnDone)


def test_an_approved_person_departs_and_the_receiver_confirms_the_arrival() -> None:
    (departed,) = with_.ready_to_leave().when(make(ask.DepartReturn, at=with_.LEAVES))
    assert isinstance(departed, journey.ReturnDeparted)
    confirmed = make(ask.ConfirmArrival, by=with_.TO, at=with_.LANDS)
    (landed,) = with_.travelling().when(confirmed)
    assert isinstance(landed, journey.ReturnArrived)


@pytest.mark.parametrize("by", [with_.FROM, with_.AGENT])
def test_nobody_but_the_receiver_says_that_the_person_arrived(by: Any) -> None:
    confirmed = make(ask.ConfirmArrival, by=by, at=with_.LANDS)
    with_.travelling().refuses(confirmed, "not-the-receiver")


def test_departure_and_arrival_are_recorded_when_they_have_happened() -> None:
    ahead = make(ask.DepartReturn, at=with_.LEAVES, departed_at=with_.LANDS)
    with_.ready_to_leave().refuses(ahead, "in-the-future")
    soon = make(ask.ConfirmArrival, by=with_.TO, at=with_.LEAVES, arrived_at=with_.LANDS)
    with_.travelling().refuses(soon, "in-the-future")


def test_nobody_departs_without_approval() -> None:
    with_.filed().refuses(make(ask.DepartReturn, at=with_.LEAVES), "out-of-order")


def test_one_country_is_enough_to_refuse() -> None:
    (refused,) = with_.approved().when(make(ask.RefuseReturn, by=with_.TO))
    assert refused.reason is RefusalReason.RISK_TOO_HIGH
    with_.approved().refuses(make(ask.RefuseReturn, by=with_.NOBODY), "not-a-party")


def test_the_person_may_withdraw_until_departure() -> None:
    for history in (with_.filed(), with_.approved()):
        taken, withdrawn = history.when(make(ask.WithdrawReturn))
        assert isinstance(taken, filed.ReturnConsentWithdrawn)
        assert not taken.on_the_road
        assert isinstance(withdrawn, journey.ReturnWithdrawn)
    (alone,) = with_.a_request().when(make(ask.WithdrawReturn, by=with_.AGENT))
    assert not alone.on_the_road


def test_an_approval_does_not_outlive_the_consent() -> None:
    taken, withdrawn = with_.approved().when(make(ask.WithdrawReturnConsent))
    assert isinstance(taken, filed.ReturnConsentWithdrawn)
    assert isinstance(withdrawn, journey.ReturnWithdrawn)


@pytest.mark.parametrize("kind", [ask.WithdrawReturn, ask.WithdrawReturnConsent])
def test_on_the_road_the_persons_no_is_an_alarm_and_a_dated_new_plan(kind: Any) -> None:
    taken, sought = with_.travelling().when(make(kind, at=with_.LEAVES))
    assert taken.on_the_road
    assert sought.reason is AlternativeReason.CONSENT_WITHDRAWN_ON_THE_ROAD
    assert sought.plan_by.at == after(days=41)
    assert sought.organisation is not None, "somebody has to make the new plan"


def test_after_arrival_there_is_nothing_to_withdraw() -> None:
    with_.arrived().refuses(make(ask.WithdrawReturn), "out-of-order")


def test_an_interrupted_journey_goes_on_with_a_new_consent_only() -> None:
    stopped = with_.travelling().after(make(ask.WithdrawReturn, at=with_.LEAVES))
    assert isinstance(with_.state_of(stopped), states.Interrupted)
    go = make(ask.DepartReturn, at=with_.LANDS)
    stopped.refuses(go, "consent-missing")
    renewed = stopped.after(
        make(ask.ConsentToReturn, consent=ConsentId(with_.named("anew")), at=with_.LANDS)
    )
    assert isinstance(with_.state_of(renewed.after(go)), states.Travelling)


def test_an_interrupted_journey_may_end_where_it_stopped() -> None:
    stopped = with_.travelling().after(make(ask.WithdrawReturn, at=with_.LEAVES))
    (withdrawn,) = stopped.when(make(ask.WithdrawReturn, at=with_.LANDS))
    assert withdrawn.on_the_road


def test_another_way_is_sought_when_the_family_is_not_safe() -> None:
    (sought,) = with_.filed().when(make(ask.SeekAlternative))
    assert sought.reason is AlternativeReason.FAMILY_NOT_SAFE
    assert sought.plan_by.at == after(hours=24)
    seeking = with_.filed().after(make(ask.SeekAlternative))
    assert isinstance(with_.state_of(seeking), states.AlternativeSought)
    seeking.refuses(make(ask.EndorseReturn), "out-of-order")
    again = make(ask.RequestReturn, return_id=with_.OTHER, instead_of=with_.RETURN)
    assert isinstance(with_.state_of(seeking.after(again)), states.Withdrawn)


def test_a_lost_receiver_reopens_an_approval() -> None:
    gone, reopened = with_.approved().when(make(heard.NoteReceiverLost))
    assert isinstance(gone, filed.ReceiverGone)
    assert reopened.reason is ReturnReopening.RECEIVER_LOST
    history = with_.approved().after(make(heard.NoteReceiverLost))
    history.refuses(make(ask.EndorseReturn), "receiver-missing")


def test_a_lost_receiver_on_the_road_is_an_alarm_and_a_dated_new_plan() -> None:
    _, sought = with_.travelling().when(make(heard.NoteReceiverLost, at=with_.LEAVES))
    assert sought.reason is AlternativeReason.RECEIVER_LOST
    new = make(heard.NoteAcceptance, referral=ReferralId(with_.named("new")), at=with_.LEAVES)
    found = with_.lost().after(new)
    assert isinstance(
        with_.state_of(found.after(make(ask.DepartReturn, at=with_.LANDS))), states.Travelling
    )


def test_the_loss_of_another_referral_stays_quiet() -> None:
    other = make(heard.NoteReceiverLost, referral=ReferralId(with_.named("other")))
    with_.approved().stays_quiet(other)
    unknown = make(heard.NoteReceiverLost, linked_return=with_.OTHER)
    with_.approved().stays_quiet(unknown)
    with_.arrived().stays_quiet(other)


def test_a_return_ends_after_hand_off_and_follow_up() -> None:
    there = with_.arrived()
    there.refuses(make(ask.FinishReturn), "hand-off-missing")
    handed = there.after(make(heard.NoteHandedOver))
    handed.refuses(make(ask.FinishReturn), "follow-up-open")
    followed = handed.after(make(follow.ScheduleFollowUp))
    followed.refuses(make(ask.FinishReturn), "follow-up-open")
    (done,) = followed.after(make(follow.DeclineFollowUp)).when(make(ask.FinishReturn))
    assert isinstance(done, journey.ReturnDone)
    handed.stays_quiet(make(heard.NoteHandedOver))


def test_a_hand_off_heard_before_the_arrival_means_nothing_here() -> None:
    with_.travelling().stays_quiet(make(heard.NoteHandedOver))


def test_the_checklist_names_each_need_once() -> None:
    state = with_.filed().state
    needs = [each.need for each in checklist.items(state.returns[with_.RETURN].file, state.known)]
    assert len(needs) == len(set(needs))
    assert all(each.met for each in checklist.items(state.returns[with_.RETURN].file, state.known))
