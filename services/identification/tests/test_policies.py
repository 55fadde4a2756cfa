"""What identification does when referral tells a fact."""

from collections.abc import Mapping
from functools import reduce
from pathlib import Path
from typing import Any

import pytest

from nrm_contracts import cases, referral
from nrm_contracts.contract import Contract
from nrm_contracts.envelope import read_envelope
from nrm_identification.domain import case
from nrm_identification.domain import commands as ask
from nrm_identification.handlers import HEARS
from nrm_runtime.broker.heard import Heard
from nrm_runtime.core import Automatic, Command
from nrm_runtime.testing.clock import after
from services.identification.tests.people import Story, named

EXAMPLES = Path(__file__).parents[3] / "contracts" / "examples"
FACTS = sorted(HEARS, key=lambda fact: fact.name)


def example(fact: type[Contract]) -> Any:
    """Give the data of the example that is kept for ever."""
    path = EXAMPLES / f"{fact.name}.v{fact.version}.json"
    return read_envelope(path.read_bytes()).contract()


def answer(data: Contract, message: str = "message") -> tuple[Command, ...]:
    """Give the commands that answer a fact."""
    heard = Heard(
        data=data,
        case=named("case"),
        message=named(message),
        event=named(message),
        occurred_at=after(),
        now=after(minutes=1),
        by=Automatic(service="identification"),
    )
    return HEARS[type(data)](heard)


EXPECTED: Mapping[type[Contract], tuple[tuple[type[Command], str, str], ...]] = {
    cases.CaseOpened: (
        (ask.NoteCustodian, "custodian", "custodian"),
        (ask.NoteParty, "party", "agency"),
    ),
    cases.CustodyMoved: ((ask.NoteCustodian, "custodian", "receiver"),),
    referral.ReferralAccepted: ((ask.NoteParty, "party", "receiver"),),
    cases.ClosingProposed: ((ask.AnswerClosing, "closing", "closing"),),
    cases.CaseClosed: ((ask.NoteClosingOver, "closed", ""),),
    cases.ClosingAbandoned: ((ask.NoteClosingOver, "closed", ""),),
    cases.CaseReopened: ((ask.NoteClosingOver, "closed", ""),),
}


def test_every_fact_heard_is_expected_here() -> None:
    assert set(EXPECTED) == set(HEARS)


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact.name)
def test_each_fact_asks_for_what_follows(fact: type[Contract]) -> None:
    data = example(fact)
    commands = answer(data)
    assert [type(command) for command in commands] == [kind for kind, _, _ in EXPECTED[fact]]
    for command, (_, field, source) in zip(commands, EXPECTED[fact], strict=True):
        expected = getattr(data, source) if source else fact is cases.CaseClosed
        assert getattr(command, field) == expected
        assert command.by == Automatic(service="identification")


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact.name)
def test_a_repeated_fact_asks_for_the_same_again(fact: type[Contract]) -> None:
    data = example(fact)
    assert answer(data) == answer(data)
    ids = {command.id for command in answer(data)}
    assert len(ids) == len(answer(data))
    assert ids.isdisjoint({command.id for command in answer(data, "another")})


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact.name)
def test_no_fact_is_ever_refused(fact: type[Contract]) -> None:
    """Before the signal as after it, and when it comes a second time."""
    known = reduce(
        lambda state, command: reduce(case.evolve, case.decide(state, command), state),
        Story().presumed(),
        case.initial,
    )
    for begin in (case.initial, known):
        state = begin
        for command in (*answer(example(fact)), *answer(example(fact), "another")):
            state = reduce(case.evolve, case.decide(state, command), state)


def test_a_case_without_an_agency_gets_no_party() -> None:
    opened = example(cases.CaseOpened).model_copy(update={"agency": None})
    assert [type(command) for command in answer(opened)] == [ask.NoteCustodian]
