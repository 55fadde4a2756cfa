"""What identification tells: every step as its contract says, and nothing of the person."""

from collections.abc import Sequence
from functools import reduce
from typing import get_args
from uuid import UUID

import pytest

from nrm_contracts import identification as told
from nrm_contracts.codes import Overdue, YesNo
from nrm_contracts.contract import Contract
from nrm_contracts.envelope import read_envelope, write_envelope
from nrm_identification.codec import CODEC
from nrm_identification.domain import case
from nrm_identification.domain import events as fact
from nrm_identification.publishing import regions, tell
from nrm_runtime.core import Command
from services.identification.tests.people import AGENCY, HARBOUR, Story, named, stories

UNTOLD = {
    fact.NoticeTaken,
    fact.PersonRecorded,
    fact.CustodianNoted,
    fact.PartyNoted,
    fact.ClosingOver,
}
"""What others need not know: they told it, or it is about the person."""


def events_of(commands: Sequence[Command]) -> list[fact.CaseEvent]:
    """Give the facts of a story."""
    state = case.initial
    found: list[fact.CaseEvent] = []
    for command in commands:
        new = case.decide(state, command)
        assert new, f"{type(command).__name__} leads to nothing"
        state = reduce(case.evolve, new, state)
        found += new
    return found


EVENTS = [event for story in stories() for event in events_of(story)]


def envelope(contract: Contract, event: fact.CaseEvent) -> bytes:
    """Write a fact as it would be on the wire."""
    return write_envelope(
        contract,
        id=named("message"),
        source="nrm.identification",
        case=named("case"),
        at=event.at,
        stream=named("stream"),
        told=1,
        correlation=named("case"),
        causation=None,
    )


def test_the_stories_have_every_event() -> None:
    assert {type(event) for event in EVENTS} == set(get_args(fact.CaseEvent))
    assert set(CODEC.names.values()) == set(get_args(fact.CaseEvent))


@pytest.mark.parametrize("kind", get_args(fact.CaseEvent), ids=lambda kind: kind.__name__)
def test_what_is_told_of_an_event_keeps_its_contract(kind: type[fact.CaseEvent]) -> None:
    for event in (each for each in EVENTS if type(each) is kind):
        contract = tell(event)
        assert (contract is None) == (kind in UNTOLD)
        if contract is not None:
            assert contract.name.startswith("nrm.identification.")
            assert read_envelope(envelope(contract, event)).contract() == contract


def test_every_contract_of_this_service_is_told() -> None:
    """Reads and erasures are told by the runtime, not by the machine."""
    by_machine = {type(contract) for event in EVENTS if (contract := tell(event)) is not None}
    all_of_them = {getattr(told, name) for name in told.__all__}
    assert all_of_them - by_machine == {told.PersonalDataRead, told.PersonErased}


def test_nothing_told_names_the_person_or_the_code() -> None:
    for event in EVENTS:
        contract = tell(event)
        if contract is not None:
            wire = envelope(contract, event).decode()
            assert str(named("person")) not in wire
            assert not [code for code in ("ONE", "TWO", "THREE", "FOUR") if f'"{code}"' in wire]


def test_a_closing_is_answered_with_what_is_open() -> None:
    answers = [tell(event) for event in EVENTS if isinstance(event, fact.ClosingAnswered)]
    assert [type(answer) for answer in answers] == [told.NothingOpen, told.StillOpen]
    assert isinstance(answers[1], told.StillOpen)
    assert [one.value for one in answers[1].open] == ["reflection"]


def test_a_signal_says_who_is_to_be_told_until_when() -> None:
    signal = tell(EVENTS[0])
    assert isinstance(signal, told.SignalReceived)
    assert (signal.organisation, signal.notify, signal.spoken_to) == (HARBOUR, (AGENCY,), YesNo.YES)
    assert signal.profile == "RO@1"


def test_an_overdue_notice_names_who_had_to_tell() -> None:
    (overdue,) = (event for event in EVENTS if isinstance(event, fact.NoticeOverdue))
    contract = tell(overdue)
    assert isinstance(contract, told.DeadlineFellDue)
    assert (contract.what, contract.responsible) == (Overdue.NOTIFY, HARBOUR)


def test_every_event_is_read_again_as_it_was_written() -> None:
    assert [CODEC.decode(*CODEC.encode(event)) for event in EVENTS] == EVENTS


def test_regions_are_codes() -> None:
    state = reduce(case.evolve, events_of(Story().presumed()), case.initial)
    assert regions(state) == {
        "identification": "Presumed",
        "reflection": "Unoffered",
        "age": "adult",
    }
    assert regions(case.initial) == {}


def test_ids_in_contracts_are_plain_ids() -> None:
    for event in EVENTS:
        contract = tell(event)
        for _, value in contract or ():
            assert not isinstance(value, UUID) or type(value) is UUID
