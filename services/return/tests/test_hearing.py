"""What return does when other services tell a fact."""

from importlib import import_module
from typing import Any

import pytest

from nrm_contracts.care_codes import RiskLevel, RiskSubject
from nrm_contracts.codes import AgeBand, OpenMatter
from nrm_contracts.consent_codes import ReferralKind
from nrm_contracts.ids import ClosingId, OrganisationId, ReferralId
from nrm_return.domain import case_events as fact
from nrm_return.domain import commands as ask
from nrm_return.domain import file_events as filed
from nrm_return.domain import follow_up_commands as follow
from nrm_return.domain import heard_commands as heard
from nrm_return.domain import parties
from nrm_return.domain.values import Reflection
from nrm_runtime.testing.clock import after
from nrm_runtime.testing.given import Given

with_: Any = import_module("services.return.tests.steps")
make = with_.make


def nothing() -> Given[Any, Any]:
    """Give a case of which nothing was heard."""
    return Given(with_.case, with_.case.initial)


@pytest.mark.parametrize(
    ("command", "kind"),
    [
        (make(heard.NoteCase), fact.CaseNoted),
        (make(heard.NoteCustodian), fact.CustodianNoted),
        (make(heard.NoteAge), fact.AgeNoted),
        (make(heard.NotePresumption), fact.PresumptionNoted),
        (make(heard.NoteReflection), fact.ReflectionNoted),
        (make(heard.NoteAcceptance), fact.PartNoted),
        (
            make(heard.NoteRisk, subject=RiskSubject.RELATIVE, overall=RiskLevel.HIGH),
            fact.FamilyThreatNoted,
        ),
        (make(heard.AnswerClosing), fact.ClosingAnswered),
        (make(heard.NoteClosingOver, closed=True), fact.ClosingOver),
    ],
)
def test_what_is_heard_is_noted_once_in_any_order(command: Any, kind: type[Any]) -> None:
    (noted,) = nothing().when(command)
    assert isinstance(noted, kind)
    nothing().after(command).stays_quiet(command)


@pytest.mark.parametrize(
    "command",
    [
        make(heard.NoteReferralEnded),
        make(heard.NoteReceiverLost),
        make(heard.NoteHandedOver),
        make(heard.NoteRisk),
        make(heard.NoteClosingOver, closed=False),
    ],
)
def test_what_concerns_nothing_here_stays_quiet(command: Any) -> None:
    nothing().stays_quiet(command)


def test_an_age_assessment_heard_first_is_not_lost_to_the_opening() -> None:
    history = nothing().after(
        make(heard.NoteAge, age=AgeBand.CHILD), make(heard.NoteCase, age=AgeBand.ADULT)
    )
    assert history.state.known.is_child


def test_the_reflection_is_settled_only_where_none_is_offered_or_running() -> None:
    offered = with_.a_case().after(
        make(heard.NoteReflection, country="RO", standing=Reflection.OFFERED)
    )
    assert not offered.state.known.reflection_settled
    over = offered.after(make(heard.NoteReflection, country="RO", standing=Reflection.SETTLED))
    assert over.state.known.reflection_settled
    assert not nothing().state.known.reflection_settled


def test_who_accepts_a_referral_takes_part_until_it_ends() -> None:
    shared = make(
        heard.NoteAcceptance,
        kind=ReferralKind.SHARED_ASSISTANCE,
        receiver=with_.ESCORTS,
        linked_return=None,
    )
    part = with_.a_case().after(shared)
    assert with_.ESCORTS in part.state.known.parties
    (ended,) = part.when(make(heard.NoteReferralEnded))
    assert isinstance(ended, fact.PartEnded)
    assert with_.ESCORTS not in part.after(make(heard.NoteReferralEnded)).state.known.parties


def test_an_acceptance_names_the_receiver_of_its_return() -> None:
    part, receiver = with_.a_request().when(make(heard.NoteAcceptance))
    assert isinstance(part, fact.PartNoted)
    assert isinstance(receiver, filed.ReceiverConfirmed)
    assert receiver.agreed_at == with_.LANDS


def test_a_second_receiver_replaces_the_first_before_approval_only() -> None:
    other = make(
        heard.NoteAcceptance,
        referral=ReferralId(with_.named("second transfer")),
        receiver=with_.ESCORTS,
    )
    assert with_.state_of(with_.filed().after(other)).file.receiver.organisation == with_.ESCORTS
    kept = with_.approved().after(other)
    assert with_.state_of(kept).file.receiver.organisation == with_.RECEIVER


def test_an_acceptance_that_comes_after_the_end_changes_no_return() -> None:
    ended = with_.a_request().after(make(ask.WithdrawReturn))
    (part,) = ended.when(make(heard.NoteAcceptance))
    assert isinstance(part, fact.PartNoted)


def test_who_sees_a_return_has_a_part_in_it() -> None:
    history = with_.filed()
    state, known = with_.state_of(history), history.state.known
    assert parties.parties(state, known) == {
        with_.SENDER,
        with_.RECEIVER,
        with_.AGENCY,
        with_.INSPECTORATE,
    }
    assert with_.INSPECTORATE not in parties.members(state, known)


def test_the_new_custodian_may_act_and_the_organisation_that_keeps_contact_too() -> None:
    new = OrganisationId(with_.named("new custodian"))
    history = with_.arrived().after(
        make(heard.NoteCustodian, custodian=new),
        make(follow.ScheduleFollowUp, responsible=with_.ESCORTS),
    )
    members = parties.members(with_.state_of(history), history.state.known)
    assert {new, with_.ESCORTS, with_.SENDER, with_.RECEIVER} <= members


def test_the_agency_of_the_new_custodians_country_takes_part() -> None:
    there = OrganisationId(with_.named("agency of the other country"))
    moved = make(heard.NoteCustodian, agency=there)
    history = with_.arrived().after(moved)
    assert history.state.known.agency == there
    history.stays_quiet(moved)
    history.stays_quiet(make(heard.NoteCustodian))
    assert with_.arrived().after(make(heard.NoteCustodian)).state.known.agency == with_.AGENCY


def test_nothing_open_is_said_when_every_return_ended() -> None:
    (answer,) = with_.a_case().when(make(heard.AnswerClosing))
    assert answer.open == frozenset()
    ended = with_.filed().after(make(ask.RefuseReturn))
    (answer,) = ended.when(make(heard.AnswerClosing))
    assert answer.open == frozenset()


@pytest.mark.parametrize("history", [with_.a_request(), with_.travelling(), with_.arrived()])
def test_an_unfinished_return_keeps_the_case_open(history: Any) -> None:
    (answer,) = history.when(make(heard.AnswerClosing))
    assert answer.open == {OpenMatter.RETURN}


def test_nothing_new_is_opened_while_a_closing_is_proposed() -> None:
    closing = with_.arrived().after(make(heard.AnswerClosing))
    closing.refuses(make(ask.RequestReturn, return_id=with_.OTHER), "case-closing")
    closing.refuses(make(follow.ScheduleFollowUp), "case-closing")
    assert len(closing.when(make(follow.DeclineFollowUp))) == 1
    on = closing.after(make(heard.NoteClosingOver, closed=False))
    assert len(on.when(make(ask.RequestReturn, return_id=with_.OTHER))) == 1


def test_each_closing_is_answered_once() -> None:
    answered = with_.a_case().after(make(heard.AnswerClosing))
    answered.stays_quiet(make(heard.AnswerClosing))
    another = make(heard.AnswerClosing, closing=ClosingId(with_.named("another")))
    assert len(answered.when(another)) == 1


def test_a_closed_case_does_nothing_until_it_is_reopened() -> None:
    closed = with_.a_request().after(make(heard.NoteClosingOver, closed=True))
    closed.refuses(make(ask.ConsentToReturn), "case-closed")
    closed.refuses(make(ask.RequestReturn, return_id=with_.OTHER), "case-closed")
    opened = closed.after(make(heard.NoteClosingOver, closed=False))
    assert len(opened.when(make(ask.ConsentToReturn, at=after(days=1)))) == 1


def test_a_return_that_does_not_exist_is_named_as_such() -> None:
    with_.a_case().refuses(make(ask.ConsentToReturn), "no-such-return")


def test_a_service_by_itself_requests_nothing() -> None:
    with_.a_case().refuses(make(ask.RequestReturn, by=with_.POLICY), "worker-required")
    with_.filed().refuses(make(ask.EndorseReturn, by=with_.POLICY), "worker-required")
