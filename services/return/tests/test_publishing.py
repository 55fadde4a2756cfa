"""What is told, what is kept, and what names facts have at rest."""

from functools import reduce
from importlib import import_module
from typing import Any, get_args

import pytest

from nrm_contracts import follow_ups as kept
from nrm_contracts import returns as told
from nrm_contracts.care_codes import RiskLevel, RiskPhase, RiskSubject
from nrm_contracts.catalogue import facts_of
from nrm_contracts.codes import Overdue, YesNo
from nrm_contracts.contract import Contract
from nrm_return.codec import CODEC
from nrm_return.domain import case, case_events, file_events, journey_events
from nrm_return.domain import commands as ask
from nrm_return.domain import follow_up_commands as follow
from nrm_return.domain import heard_commands as heard
from nrm_return.domain.events import CaseFact
from nrm_return.publishing import CONTACT, WAY, regions, tell
from nrm_runtime.testing.clock import after

with_: Any = import_module("services.return.tests.steps")
make = with_.make

UNTOLD = {
    journey_events.ReceptionSought,
    case_events.CaseNoted,
    case_events.CustodianNoted,
    case_events.AgeNoted,
    case_events.PresumptionNoted,
    case_events.ReflectionNoted,
    case_events.PartNoted,
    case_events.PartEnded,
    case_events.FamilyThreatNoted,
    case_events.ClosingOver,
    file_events.RiskRiseNoted,
    file_events.DecisionRecorded,
    file_events.ReceiverGone,
    journey_events.ReassessmentNoted,
    journey_events.HandOffNoted,
}
RUNTIMES_OWN = {told.PersonalDataRead, told.PersonErased}
"""Told by the runtime when a private document is read or a person erased."""


def history(*steps: Any, begin: Any = None) -> list[Any]:
    """Give the events of commands, each decided in turn."""
    state = (begin or with_.a_case()).state
    events: list[Any] = []
    for step in steps:
        new = case.decide(state, step)
        state = reduce(case.evolve, new, state)
        events += new
    return events


def item(*names: str) -> list[Any]:
    """Give the steps of items of the file."""
    return [step for name in names for step in with_.FILE[name]]


WHOLE = item("receiver", "consent", "risk", "inquiry", "documents", "itinerary")
BOTH = [make(ask.EndorseReturn), make(ask.EndorseReturn, by=with_.TO)]
AGAIN = with_.signed(at=after(days=38))
LATE_CONTACT = with_.fall_due(f"follow-up:{with_.RETURN}:1:1", after(days=70))
STORIES: list[list[Any]] = [
    history(
        make(ask.RequestReturn),
        *WHOLE,
        *BOTH,
        with_.fall_due(f"joint-risk:{with_.RETURN}", after(days=7)),
        *AGAIN,
        with_.fall_due(f"departure:{with_.RETURN}", with_.LEAVES),
        make(ask.DepartReturn, at=with_.LEAVES),
        with_.fall_due(f"arrival:{with_.RETURN}:1", after(days=41, hours=6)),
        make(ask.ConfirmArrival, by=with_.TO, at=after(days=42)),
        with_.fall_due(f"reassessment:{with_.RETURN}", after(days=45)),
        make(heard.NoteRisk, phase=RiskPhase.ARRIVAL, overall=RiskLevel.LOW),
        make(heard.NoteHandedOver),
        make(heard.NoteCustodian),
        make(follow.ScheduleFollowUp, at=with_.LANDS),
        LATE_CONTACT,
        make(follow.RecordFollowUp, by=with_.TO),
        make(follow.RecordFollowUp, by=with_.TO, number=2),
        make(follow.SendReport, by=with_.TO),
        make(follow.CompleteFollowUp, by=with_.TO),
        make(heard.AnswerClosing),
        make(ask.FinishReturn),
        make(heard.NoteClosingOver, closed=False),
        make(heard.AnswerClosing),
        make(heard.NoteClosingOver, closed=True),
        make(heard.NoteReferralEnded),
    ),
    history(
        make(ask.RequestReturn),
        make(ask.GiveBorderNotice),
        make(ask.DetermineBestInterests),
        make(ask.AuthoriseByGuardian),
        make(ask.RecordDecision),
        make(heard.NoteAge),
        make(heard.NoteRisk, subject=RiskSubject.RELATIVE, overall=RiskLevel.HIGH),
        make(ask.RequestInquiry),
        with_.fall_due(f"inquiry:{with_.RETURN}", after(days=30)),
        make(ask.SetItinerary, departs_at=after(days=3), arrives_at=after(days=4)),
        make(ask.ProposeShortLead),
        make(ask.ApproveShortLead, by=with_.SECOND),
        make(ask.ConsentToReturn),
        with_.fall_due(f"consent:{with_.RETURN}", after(days=90)),
        make(ask.SeekAlternative),
        with_.fall_due(f"plan:{with_.RETURN}", after(days=1)),
        make(ask.RefuseReturn),
    ),
    history(
        make(ask.RequestReturn),
        *WHOLE,
        *BOTH,
        make(heard.NoteRisk, at=after(days=1)),
        make(heard.NoteReceiverLost),
        make(ask.WithdrawReturn),
    ),
    history(
        make(follow.ScheduleFollowUp),
        make(follow.ReportContactLost, by=with_.TO),
        make(follow.ScheduleFollowUp, at=after(days=300)),
        make(follow.DeclineFollowUp),
        begin=with_.arrived(),
    ),
    history(make(heard.NoteReceiverLost, at=with_.LANDS), begin=with_.arrived()),
    history(
        make(ask.WithdrawReturn, at=with_.LEAVES),
        make(ask.WithdrawReturn, at=with_.LANDS),
        begin=with_.travelling(),
    ),
    history(
        make(heard.NoteCase),
        make(heard.NotePresumption),
        make(heard.NoteReflection),
        begin=with_.Given(case, case.initial),
    ),
]
EVENTS = [event for story in STORIES for event in story]


def test_everything_that_can_happen_happens_in_these_stories() -> None:
    assert {type(each) for each in EVENTS} == set(get_args(CaseFact))


def test_every_told_fact_of_return_is_told_here_or_by_the_runtime() -> None:
    assert {type(tell(each)) for each in EVENTS} - {type(None)} == (
        set(facts_of("return")) - RUNTIMES_OWN
    )


@pytest.mark.parametrize("event", EVENTS, ids=lambda each: type(each).__name__)
def test_only_what_changes_no_region_is_kept_from_others(event: Any) -> None:
    assert (tell(event) is None) == (type(event) in UNTOLD)


@pytest.mark.parametrize("event", EVENTS, ids=lambda each: type(each).__name__)
def test_a_fact_at_rest_is_read_as_it_was_written(event: Any) -> None:
    name, version, body = CODEC.encode(event)
    assert CODEC.decode(name, version, body) == event
    assert CODEC.encode(CODEC.decode(name, version, body)) == (name, version, body)


def test_every_fact_has_one_name_at_rest() -> None:
    assert set(CODEC.names.values()) == set(get_args(CaseFact))


def test_the_joint_risk_is_told_with_the_levels_of_both() -> None:
    signed = [each for each in EVENTS if isinstance(each, file_events.JointRiskSigned)]
    first, second = map(tell, signed[:2])
    assert isinstance(first, told.JointRiskSigned)
    assert isinstance(second, told.JointRiskSigned)
    assert (first.complete, second.complete) == (YesNo.NO, YesNo.YES)
    assert first.assessment == second.assessment


def test_a_missed_deadline_says_what_and_who() -> None:
    missed = [each for each in map(tell, EVENTS) if isinstance(each, told.DeadlineFellDue)]
    assert {each.what for each in missed} == {
        Overdue.INQUIRY,
        Overdue.CONSENT,
        Overdue.RISK,
        Overdue.HAND_OFF,
        Overdue.NEXT_ROUTE,
    }
    inquiry = next(each for each in missed if each.what is Overdue.INQUIRY)
    assert inquiry.responsible == with_.INSPECTORATE


def test_the_answer_to_a_closing_names_what_is_open_or_that_nothing_is() -> None:
    answers = [tell(each) for each in STORIES[0] if isinstance(each, case_events.ClosingAnswered)]
    still, nothing = answers
    assert isinstance(still, told.StillOpen)
    assert isinstance(nothing, told.NothingOpen)


STEPS: dict[type[Contract], str] = {
    told.ReturnRequested: "requested",
    told.ReturnApproved: "approved",
    told.ReturnReopened: "reopened",
    told.ReturnRefused: "refused_unsafe",
    told.ReturnWithdrawn: "withdrawn",
    told.ReturnAlternativeSought: "alternative_sought",
    told.ReturnDeparted: "travelling",
    told.ReturnArrived: "arrived",
    told.ReturnDone: "done",
}
CONTACTS: dict[type[Contract], str] = {
    kept.FollowUpScheduled: "scheduled",
    kept.FollowUpRecorded: "active",
    kept.FollowUpReportSent: "active",
    kept.FollowUpOverdue: "overdue",
    kept.ContactLost: "lost_contact",
    kept.FollowUpCompleted: "completed",
    kept.FollowUpDeclined: "declined",
}


def fold(facts: list[Contract | None]) -> dict[str, dict[str, str]]:
    """Rebuild every return from told facts alone, as somebody with the ledger would."""
    found: dict[str, dict[str, str]] = {}
    for fact in facts:
        if fact is None:
            continue
        name = str(getattr(fact, "return_id", ""))
        if type(fact) in STEPS:
            follow_up = found.get(name, {}).get("follow_up", "none")
            found[name] = {"state": STEPS[type(fact)], "follow_up": follow_up}
        elif type(fact) in CONTACTS:
            found[name]["follow_up"] = CONTACTS[type(fact)]
    return found


@pytest.mark.parametrize("story", STORIES[:3], ids=["done", "refused", "withdrawn"])
def test_what_is_told_leads_to_the_same_regions_after_every_event(story: list[Any]) -> None:
    state = with_.a_case().state
    facts: list[Contract | None] = []
    for event in story:
        state = case.evolve(state, event)
        facts.append(tell(event))
        assert regions(state) == {"returns": fold(facts)}


def test_every_state_has_its_code() -> None:
    assert set(WAY.values()) == set(STEPS.values())
    assert set(CONTACT.values()) == set(CONTACTS.values()) | {"none"}
