"""What the facts of other services ask of this one."""

from typing import Any
from uuid import UUID

import pytest

from nrm_assistance.domain import commands as ask
from nrm_assistance.handlers import HEARS
from nrm_contracts import cases, identification, referral
from nrm_contracts.catalogue import CATALOGUE
from nrm_contracts.codes import AgeBand
from nrm_contracts.consent_codes import BackOutReason, WithdrawalReason, WithdrawnBy
from nrm_contracts.contract import Contract
from nrm_contracts.profiles import countries
from nrm_runtime.broker.heard import Heard
from nrm_runtime.core import Command
from nrm_runtime.testing.clock import after
from services.assistance.tests.samples import (
    AGENCY,
    CLOSING,
    HARBOUR,
    LANTERN,
    POLICY,
    REFERRAL,
    named,
)
from services.assistance.tests.told import accepted, handed_over, moved

SIDES: dict[str, Any] = {"referral": REFERRAL, "sender": HARBOUR, "receiver": LANTERN}
PROFILE: dict[str, Any] = {"profile": "IT@1", "calendar": "none"}
FACTS: list[tuple[Contract, type[Command], dict[str, Any]]] = [
    (
        cases.CaseOpened(custodian=HARBOUR, agency=AGENCY, country="RO", age=AgeBand.CHILD),
        ask.LearnCase,
        {"custodian": HARBOUR, "agency": AGENCY, "country": "RO", "age": AgeBand.CHILD},
    ),
    (
        identification.AgeAssessed(organisation=HARBOUR, age=AgeBand.ADULT),
        ask.LearnAge,
        {"age": AgeBand.ADULT},
    ),
    (
        accepted(),
        ask.LearnAcceptance,
        {"referral": REFERRAL, "receiver": LANTERN, "country": "IT"},
    ),
    (handed_over(), ask.LearnHandOff, {"referral": REFERRAL}),
    (
        referral.ReferralWithdrawn(
            **SIDES, by=WithdrawnBy.PERSON, reason=WithdrawalReason.PERSON_WITHDREW
        ),
        ask.LearnReferralEnd,
        {"referral": REFERRAL},
    ),
    (
        referral.ReferralBackedOut(
            **SIDES, reason=BackOutReason.OTHER, next_route_by=after(days=1), **PROFILE
        ),
        ask.LearnReferralEnd,
        {"referral": REFERRAL},
    ),
    (
        referral.ReferralDone(referral=REFERRAL, receiver=LANTERN, outcome="successful"),  # type: ignore[arg-type]
        ask.LearnReferralEnd,
        {"referral": REFERRAL},
    ),
    (moved(), ask.LearnCustody, {"sender": HARBOUR, "receiver": LANTERN, "agency": None}),
    (
        cases.ClosingProposed(closing=CLOSING, custodian=HARBOUR, reason="reintegrated"),  # type: ignore[arg-type]
        ask.AnswerClosing,
        {"closing": CLOSING},
    ),
    (
        cases.ClosingAbandoned(closing=CLOSING, open=()),
        ask.LearnClosingAbandoned,
        {"closing": CLOSING},
    ),
    (
        cases.CaseClosed(
            closing=CLOSING,
            custodian=HARBOUR,
            reason="reintegrated",  # type: ignore[arg-type]
            checked_by=AGENCY,
        ),
        ask.LearnCaseClosed,
        {"closing": CLOSING},
    ),
    (
        cases.CaseReopened(custodian=LANTERN, reason="new_need"),  # type: ignore[arg-type]
        ask.LearnCaseReopened,
        {"custodian": LANTERN},
    ),
]


def heard(fact: Contract, message: UUID | None = None) -> Heard[Any]:
    """Hear a fact that happened a minute before."""
    return Heard(
        data=fact,
        case=named("case"),
        message=message or named("message"),
        event=named("event"),
        occurred_at=after(minutes=-1),
        now=after(),
        by=POLICY,
    )


@pytest.mark.parametrize(
    ("fact", "kind", "fields"), FACTS, ids=[type(fact).__name__ for fact, _, _ in FACTS]
)
def test_a_fact_becomes_its_command(
    fact: Contract, kind: type[Command], fields: dict[str, Any]
) -> None:
    (command,) = HEARS[type(fact)](heard(fact))
    assert type(command) is kind
    assert {name: getattr(command, name) for name in fields} == fields
    assert (command.by, command.at) == (POLICY, after(minutes=-1))


@pytest.mark.parametrize("fact", [fact for fact, _, _ in FACTS], ids=lambda one: type(one).__name__)
def test_a_repeated_message_makes_the_same_command(fact: Contract) -> None:
    policy = HEARS[type(fact)]
    assert policy(heard(fact)) == policy(heard(fact))
    assert policy(heard(fact)) != policy(heard(fact, named("another message")))


def test_every_fact_that_is_heard_is_tried_here() -> None:
    assert {type(fact) for fact, _, _ in FACTS} == set(HEARS)
    assert set(HEARS) <= set(CATALOGUE.values())


def test_the_deadline_for_supports_goes_along_for_every_country() -> None:
    (command,) = HEARS[cases.CustodyMoved](heard(moved()))
    assert isinstance(command, ask.LearnCustody)
    dues = dict(command.decide_by)
    assert set(dues) == set(countries())
    assert all(due.at > after() for due in dues.values())
    assert dues["RO"].profile == "RO@1"


def test_the_ids_of_a_case_and_its_person_differ() -> None:
    (command,) = HEARS[cases.CaseOpened](heard(FACTS[0][0]))
    assert isinstance(command, ask.LearnCase)
    assert len({command.id, command.person, named("case"), named("message")}) == 4
