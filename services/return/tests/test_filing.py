"""The return file: inquiry, papers, itinerary, a child's items."""

from datetime import timedelta
from importlib import import_module
from typing import Any

import pytest

from nrm_contracts.care_codes import (
    Destination,
    Escort,
    ReturnKind,
    ReturnReopening,
)
from nrm_contracts.codes import AgeBand, YesNo
from nrm_contracts.consent_codes import ConsentGiver
from nrm_contracts.ids import ConsentId, DocumentId, OrganisationId
from nrm_return.domain import commands as ask
from nrm_return.domain import file_events as filed
from nrm_return.domain import heard_commands as heard
from nrm_return.domain import journey_events as journey
from nrm_return.domain import states
from nrm_return.domain.file import LeadUnasked, Translated
from nrm_runtime.testing.clock import BEGINNING, after
from nrm_runtime.testing.given import Given

with_: Any = import_module("services.return.tests.steps")
make = with_.make


def test_the_person_may_ask_for_a_return_before_anybody_decided_on_the_status() -> None:
    unknown = Given[Any, Any](with_.case, with_.case.initial).after(make(heard.NoteCase))
    (requested,) = unknown.when(make(ask.RequestReturn))
    assert isinstance(requested, filed.ReturnRequested)
    assert requested.kind is ReturnKind.TO_ORIGIN
    assert not requested.for_child


def test_a_person_of_unknown_age_asks_as_a_child() -> None:
    (requested,) = with_.a_case(age=AgeBand.UNKNOWN).when(make(ask.RequestReturn))
    assert requested.for_child


def test_an_organisation_without_a_part_in_the_case_records_no_request() -> None:
    with_.a_case().refuses(make(ask.RequestReturn, by=with_.NOBODY), "not-a-party")


def test_a_return_within_one_country_is_none() -> None:
    with_.a_case().refuses(make(ask.RequestReturn, origin="RO"), "same-country")


def test_the_same_request_is_not_recorded_twice() -> None:
    with_.a_request().refuses(make(ask.RequestReturn), "out-of-order")


def test_a_new_request_may_replace_one_that_waits() -> None:
    again = make(ask.RequestReturn, return_id=with_.OTHER, instead_of=with_.RETURN)
    withdrawn, requested = with_.a_request().when(again)
    assert isinstance(withdrawn, journey.ReturnWithdrawn)
    assert withdrawn.return_id == with_.RETURN
    assert requested.return_id == with_.OTHER


def test_a_journey_on_the_road_is_not_replaced() -> None:
    again = make(ask.RequestReturn, return_id=with_.OTHER, instead_of=with_.RETURN)
    with_.travelling().refuses(again, "out-of-order")


def test_nobody_replaces_a_return_that_they_have_no_part_in() -> None:
    shared = make(heard.NoteAcceptance, linked_return=None, receiver=with_.ESCORTS)
    history = with_.a_request().after(shared)
    again = make(ask.RequestReturn, by=with_.ESCORT, return_id=with_.OTHER, instead_of=with_.RETURN)
    history.refuses(again, "not-a-party")


def test_an_adult_consents_in_person() -> None:
    (consented,) = with_.a_request().when(make(ask.ConsentToReturn))
    assert isinstance(consented, filed.ReturnConsented)
    assert consented.giver is ConsentGiver.PERSON


def test_a_guardian_cannot_consent_for_an_adult() -> None:
    for_adult = make(ask.ConsentToReturn, giver=ConsentGiver.GUARDIAN)
    with_.a_request().refuses(for_adult, "wrong-giver")


def test_a_child_cannot_consent_alone() -> None:
    child = with_.a_case(age=AgeBand.CHILD).after(make(ask.RequestReturn))
    child.refuses(make(ask.ConsentToReturn), "wrong-giver")


@pytest.mark.parametrize("assent", [None, YesNo.NO])
def test_a_child_who_is_old_enough_must_agree(assent: YesNo | None) -> None:
    child = with_.a_case(age=AgeBand.CHILD).after(make(ask.RequestReturn))
    without = make(
        ask.ConsentToReturn, giver=ConsentGiver.GUARDIAN, assent=assent, assent_needed=True
    )
    child.refuses(without, "assent-missing")


def test_a_small_child_need_not_agree() -> None:
    child = with_.a_case(age=AgeBand.CHILD).after(make(ask.RequestReturn))
    (consented,) = child.when(make(ask.ConsentToReturn, giver=ConsentGiver.GUARDIAN))
    assert consented.assent is None


def test_a_stranger_files_nothing() -> None:
    for kind in (ask.ConsentToReturn, ask.SetItinerary, ask.RecordDocuments, ask.SignJointRisk):
        with_.a_request().refuses(make(kind, by=with_.NOBODY), "not-a-party")


def test_consent_may_be_renewed_while_approved_and_reopens_nothing() -> None:
    again = make(ask.ConsentToReturn, consent=ConsentId(with_.named("renewed")))
    history = with_.approved().after(again)
    state = with_.state_of(history)
    assert isinstance(state, states.Approved)
    assert state.file.consent is not None
    assert state.file.consent.consent == with_.named("renewed")


def test_consent_may_be_taken_back_and_the_request_stays() -> None:
    history = with_.filed().after(make(ask.EndorseReturn))
    taken = history.when(make(ask.WithdrawReturnConsent))
    assert [type(each) for each in taken] == [filed.ReturnConsentWithdrawn]
    state = with_.state_of(history.after(make(ask.WithdrawReturnConsent)))
    assert isinstance(state, states.Requested)
    assert state.file.endorsements == ()


def test_there_must_be_a_consent_to_take_back() -> None:
    with_.a_request().refuses(make(ask.WithdrawReturnConsent), "consent-missing")


def test_a_social_inquiry_is_asked_answered_and_translated() -> None:
    history = with_.a_request().after(*with_.FILE["inquiry"])
    inquiry = with_.state_of(history).file.inquiry
    assert isinstance(inquiry, Translated)
    assert (inquiry.document, inquiry.translation) == (with_.INQUIRY, with_.TRANSLATION)


def test_the_same_service_is_not_asked_twice_while_its_time_runs() -> None:
    asked = with_.a_request().after(make(ask.RequestInquiry))
    asked.refuses(make(ask.RequestInquiry), "inquiry-open")
    (other,) = asked.when(make(ask.RequestInquiry, asked=with_.AGENCY))
    assert other.asked == with_.AGENCY


def test_a_late_service_may_be_asked_again() -> None:
    asked = with_.a_request().after(make(ask.RequestInquiry))
    late = asked.after(with_.fall_due(f"inquiry:{with_.RETURN}", after(days=30)))
    assert len(late.when(make(ask.RequestInquiry, at=after(days=31)))) == 1


def test_the_service_asked_answers_and_so_may_a_party_that_got_the_paper() -> None:
    asked = with_.a_request().after(make(ask.RequestInquiry))
    for by in (with_.INSPECTOR, with_.FROM):
        (received,) = asked.when(make(ask.ReceiveInquiry, by=by))
        assert received.organisation == by.organisation
    asked.refuses(make(ask.ReceiveInquiry, by=with_.NOBODY), "not-a-party")


def test_nobody_answers_what_was_not_asked() -> None:
    with_.a_request().refuses(make(ask.ReceiveInquiry), "inquiry-not-asked")


def test_a_translation_stands_beside_its_original() -> None:
    answered = with_.a_request().after(make(ask.RequestInquiry), make(ask.ReceiveInquiry))
    other = DocumentId(with_.named("something else"))
    answered.refuses(make(ask.TranslateInquiry, original=other), "not-the-original")
    answered.refuses(make(ask.TranslateInquiry, language="ro"), "same-language")
    with_.a_request().refuses(make(ask.TranslateInquiry), "inquiry-missing")


def test_a_journey_is_planned_ahead_and_forwards() -> None:
    request = with_.a_request()
    request.refuses(make(ask.SetItinerary, departs_at=BEGINNING), "in-the-past")
    request.refuses(make(ask.SetItinerary, arrives_at=with_.LEAVES), "times-reversed")
    (planned,) = request.when(make(ask.SetItinerary))
    assert planned.lead_by.at == after(days=30)


def test_the_lead_time_counts_from_the_first_announcement() -> None:
    later = make(ask.SetItinerary, at=after(days=5), departs_at=after(days=39))
    (planned,) = with_.filed().when(later)
    assert planned.lead_by.at == after(days=30)


def test_another_plan_takes_an_approval_away() -> None:
    planned, reopened = with_.approved().when(make(ask.SetItinerary, escort=Escort.NONE))
    assert isinstance(planned, filed.ItinerarySet)
    assert reopened.reason is ReturnReopening.ITINERARY_CHANGED


def test_another_plan_takes_the_first_countrys_word_away() -> None:
    history = with_.filed().after(make(ask.EndorseReturn), make(ask.SetItinerary))
    assert with_.state_of(history).file.endorsements == ()


def soon() -> Any:
    """Give a whole file whose departure is in ten days."""
    plan = make(ask.SetItinerary, departs_at=after(days=10), arrives_at=after(days=10, hours=5))
    return with_.filed("itinerary").after(plan)


def test_a_short_notice_needs_a_reason_and_a_second_worker() -> None:
    soon().refuses(make(ask.EndorseReturn), "short-lead")
    soon().refuses(make(ask.ApproveShortLead, by=with_.SECOND), "reason-missing")
    (proposed,) = soon().when(make(ask.ProposeShortLead))
    assert proposed.days_ahead == 10
    waiting = soon().after(make(ask.ProposeShortLead))
    waiting.refuses(make(ask.EndorseReturn), "short-lead")
    waiting.refuses(make(ask.ApproveShortLead), "same-worker")
    waiting.refuses(make(ask.ProposeShortLead, by=with_.SECOND), "already-proposed")
    granted = waiting.after(make(ask.ApproveShortLead, by=with_.SECOND))
    assert len(granted.when(make(ask.EndorseReturn))) == 1


def test_a_second_approval_of_the_short_notice_stays_quiet() -> None:
    granted = soon().after(make(ask.ProposeShortLead), make(ask.ApproveShortLead, by=with_.SECOND))
    granted.stays_quiet(make(ask.ApproveShortLead, by=with_.TO))


def test_a_new_plan_needs_a_new_short_notice() -> None:
    granted = soon().after(make(ask.ProposeShortLead), make(ask.ApproveShortLead, by=with_.SECOND))
    sooner = granted.after(
        make(ask.SetItinerary, departs_at=after(days=8), arrives_at=after(days=9))
    )
    assert isinstance(with_.state_of(sooner).file.short_lead, LeadUnasked)


def test_a_journey_in_good_time_needs_no_short_notice() -> None:
    with_.filed().refuses(make(ask.ProposeShortLead), "lead-kept")


def test_documents_add_up() -> None:
    history = with_.a_request().after(*with_.FILE["documents"])
    with_.a_request().refuses(make(ask.RecordDocuments, papers=frozenset()), "documents-missing")
    assert len(history.when(make(ask.RecordDocuments))) == 1


def test_border_notice_is_given_once() -> None:
    history = with_.a_request()
    assert len(history.when(make(ask.GiveBorderNotice))) == 1
    history.after(make(ask.GiveBorderNotice)).stays_quiet(make(ask.GiveBorderNotice))


def a_child() -> Any:
    """Give a child's return with everything that an adult would need."""
    consent = make(
        ask.ConsentToReturn,
        giver=ConsentGiver.GUARDIAN,
        assent=YesNo.YES,
        assent_needed=True,
    )
    steps = [step for item, found in with_.FILE.items() if item != "consent" for step in found]
    request = make(ask.RequestReturn, destination=Destination.CARE_INSTITUTION)
    return with_.a_case(age=AgeBand.CHILD).after(request, consent, *steps)


def test_a_child_needs_the_guardians_authorisation_and_a_favourable_decision() -> None:
    child = a_child()
    child.refuses(make(ask.EndorseReturn), "guardian-missing")
    authorised = child.after(make(ask.AuthoriseByGuardian))
    authorised.refuses(make(ask.EndorseReturn), "best-interests-missing")
    against = authorised.after(make(ask.DetermineBestInterests, favourable=False))
    against.refuses(make(ask.EndorseReturn), "best-interests-against")
    mixed = against.after(make(ask.DetermineBestInterests, by=with_.TO))
    mixed.refuses(make(ask.EndorseReturn), "best-interests-against")
    better = mixed.after(make(ask.DetermineBestInterests))
    assert len(better.when(make(ask.EndorseReturn))) == 1


def test_no_child_travels_alone_or_without_notice_at_the_border() -> None:
    whole = a_child().after(make(ask.AuthoriseByGuardian), make(ask.DetermineBestInterests))
    alone = whole.after(make(ask.SetItinerary, escort=Escort.NONE))
    alone.refuses(make(ask.EndorseReturn), "escort-missing")
    going = whole.after(
        make(ask.EndorseReturn),
        make(ask.EndorseReturn, by=with_.TO),
        *with_.signed(at=with_.LEAVES - timedelta(days=1)),
    )
    going.refuses(make(ask.DepartReturn, at=with_.LEAVES), "border-notice-missing")
    noticed = going.after(make(ask.GiveBorderNotice, at=with_.LEAVES))
    assert len(noticed.when(make(ask.DepartReturn, at=with_.LEAVES))) == 1


def test_a_child_in_care_still_needs_a_social_inquiry() -> None:
    steps = [step for item, found in with_.FILE.items() if item != "inquiry" for step in found]
    request = make(ask.RequestReturn, destination=Destination.CARE_INSTITUTION)
    child = with_.a_case(age=AgeBand.CHILD).after(
        request,
        *steps[:1],
        make(ask.ConsentToReturn, giver=ConsentGiver.REPRESENTATIVE),
        *steps[2:],
        make(ask.AuthoriseByGuardian),
        make(ask.DetermineBestInterests),
    )
    child.refuses(make(ask.EndorseReturn), "inquiry-missing")


def test_best_interests_are_determined_in_one_of_the_two_countries() -> None:
    elsewhere = with_.worker_of(OrganisationId(with_.SENDER), "FR")
    with_.a_request().refuses(make(ask.DetermineBestInterests, by=elsewhere), "wrong-country")


def test_an_age_assessment_changes_who_must_consent() -> None:
    found_young = with_.filed().after(make(heard.NoteAge, age=AgeBand.CHILD))
    found_young.refuses(make(ask.EndorseReturn), "consent-missing")


def test_a_decision_of_the_person_is_on_file() -> None:
    history = with_.a_request().after(make(ask.RecordDecision))
    assert with_.state_of(history).file.decision == with_.named("decision")
