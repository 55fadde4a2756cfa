"""What the facts of other services ask of this one."""

from importlib import import_module
from typing import Any
from uuid import UUID

import pytest

from nrm_contracts import assistance, cases, identification, referral
from nrm_contracts.care_codes import RiskDimension, RiskLevel, RiskPhase, RiskSubject
from nrm_contracts.catalogue import CATALOGUE
from nrm_contracts.codes import (
    AgeBand,
    ClosureReason,
    ReflectionEnd,
    ReopeningReason,
)
from nrm_contracts.consent_codes import (
    BackOutReason,
    LossReason,
    Outcome,
    Purpose,
    ReferralKind,
    WithdrawalReason,
    WithdrawnBy,
)
from nrm_contracts.contract import Contract
from nrm_contracts.ids import DocumentId
from nrm_return.domain import heard_commands as ask
from nrm_return.domain.values import Reflection
from nrm_return.handlers import HEARS
from nrm_runtime.broker.heard import Heard
from nrm_runtime.core import Command
from nrm_runtime.testing.clock import after

with_: Any = import_module("services.return.tests.steps")
told_: Any = import_module("services.return.tests.told")

SIDES: dict[str, Any] = {
    "referral": with_.TRANSFER,
    "sender": with_.SENDER,
    "receiver": with_.RECEIVER,
}
PROFILE: dict[str, Any] = {"profile": "IT@1", "calendar": "none"}
THERE: dict[str, Any] = {"country": "IT", "profile": "IT@1"}
CLOSING: dict[str, Any] = {"closing": with_.CLOSING}
REFLECTION: dict[str, Any] = {"organisation": with_.SENDER, "country": "IT"}
RUNS: dict[str, Any] = REFLECTION | PROFILE | {"ends_by": after(days=90)}
LINKED: dict[str, Any] = {"referral": with_.TRANSFER, "linked_return": with_.RETURN}

FACTS: list[tuple[Contract, type[Command], dict[str, Any]]] = [
    (
        cases.CaseOpened(
            custodian=with_.SENDER, agency=with_.AGENCY, country="IT", age=AgeBand.CHILD
        ),
        ask.NoteCase,
        {"custodian": with_.SENDER, "agency": with_.AGENCY, "country": "IT"},
    ),
    (
        cases.CustodyMoved(**SIDES, country="RO", agency=with_.AGENCY),
        ask.NoteCustodian,
        {"custodian": with_.RECEIVER, "agency": with_.AGENCY, "referral": with_.TRANSFER},
    ),
    (
        cases.ClosingProposed(**CLOSING, custodian=with_.SENDER, reason=ClosureReason.REINTEGRATED),
        ask.AnswerClosing,
        CLOSING,
    ),
    (cases.ClosingAbandoned(**CLOSING, open=()), ask.NoteClosingOver, {"closed": False}),
    (
        cases.CaseClosed(
            **CLOSING,
            custodian=with_.SENDER,
            reason=ClosureReason.REINTEGRATED,
            checked_by=with_.AGENCY,
        ),
        ask.NoteClosingOver,
        {"closed": True},
    ),
    (
        cases.CaseReopened(custodian=with_.SENDER, reason=ReopeningReason.HEARING_NOTICE),
        ask.NoteClosingOver,
        {"closed": False},
    ),
    (
        identification.AgeAssessed(organisation=with_.SENDER, age=AgeBand.CHILD),
        ask.NoteAge,
        {"age": AgeBand.CHILD},
    ),
    (told_.presumed()[0], ask.NotePresumption, {}),
    (
        identification.VictimIdentified(
            organisation=with_.SENDER, decision=DocumentId(with_.named("decision")), **THERE
        ),
        ask.NotePresumption,
        {},
    ),
    (
        identification.ReflectionOffered(organisation=with_.SENDER, **THERE),
        ask.NoteReflection,
        {"country": "IT", "standing": Reflection.OFFERED},
    ),
    (
        identification.ReflectionStarted(**RUNS),
        ask.NoteReflection,
        {"standing": Reflection.RUNNING},
    ),
    (
        identification.ReflectionExtended(**RUNS),
        ask.NoteReflection,
        {"standing": Reflection.RUNNING},
    ),
    (
        identification.ReflectionEnded(how=ReflectionEnd.WAIVED, **THERE),
        ask.NoteReflection,
        {"standing": Reflection.SETTLED},
    ),
    (
        identification.ReflectionDeclined(**REFLECTION),
        ask.NoteReflection,
        {"standing": Reflection.SETTLED},
    ),
    (told_.presumed()[1], ask.NoteReflection, {"standing": Reflection.SETTLED}),
    (
        told_.accepted(with_.RETURN, agreed_at=with_.LANDS),
        ask.NoteAcceptance,
        LINKED
        | {
            "receiver": with_.RECEIVER,
            "purpose": Purpose.SAFE_RETURN,
            "kind": ReferralKind.TRANSFER_OF_CUSTODY,
            "agreed_at": with_.LANDS,
        },
    ),
    (
        referral.ReferralBackedOut(
            **SIDES,
            **PROFILE,
            reason=BackOutReason.LACK_OF_CAPACITY,
            next_route_by=after(days=2),
        ),
        ask.NoteReferralEnded,
        {"referral": with_.TRANSFER},
    ),
    (
        referral.ReferralWithdrawn(
            **SIDES, by=WithdrawnBy.PERSON, reason=WithdrawalReason.PERSON_WITHDREW
        ),
        ask.NoteReferralEnded,
        {"referral": with_.TRANSFER},
    ),
    (
        referral.ReferralDone(
            referral=with_.TRANSFER, receiver=with_.RECEIVER, outcome=Outcome.SUCCESSFUL
        ),
        ask.NoteReferralEnded,
        {"referral": with_.TRANSFER},
    ),
    (
        referral.ReceiverLost(**LINKED, receiver=with_.RECEIVER, how=LossReason.BACKED_OUT),
        ask.NoteReceiverLost,
        LINKED,
    ),
    (
        referral.HandedOver(
            **SIDES,
            kind=ReferralKind.TRANSFER_OF_CUSTODY,
            needs=(),
            linked_return=with_.RETURN,
        ),
        ask.NoteHandedOver,
        LINKED,
    ),
    (
        assistance.RiskAssessed(
            assessment=with_.ASSESSMENT,
            organisation=with_.RECEIVER,
            subject=RiskSubject.RELATIVE,
            phase=RiskPhase.FOLLOW_UP,
            overall=RiskLevel.HIGH,
            high=(RiskDimension.FAMILY,),
            valid_until=after(days=30),
            **PROFILE,
        ),
        ask.NoteRisk,
        {
            "assessment": with_.ASSESSMENT,
            "subject": RiskSubject.RELATIVE,
            "overall": RiskLevel.HIGH,
            "high": frozenset({RiskDimension.FAMILY}),
            "assessed_at": after(hours=1),
        },
    ),
]


def heard(fact: Contract) -> Heard[Any]:
    """Hear a fact an hour after the beginning, told a minute later."""
    return Heard(
        data=fact,
        case=with_.named("case"),
        message=with_.named(f"message {fact.name}"),
        event=with_.named("event"),
        occurred_at=after(hours=1),
        now=after(hours=1, minutes=1),
        by=with_.POLICY,
    )


@pytest.mark.parametrize(("fact", "kind", "fields"), FACTS, ids=[fact.name for fact, _, _ in FACTS])
def test_a_fact_asks_for_one_thing(
    fact: Contract, kind: type[Command], fields: dict[str, Any]
) -> None:
    first, *_ = HEARS[type(fact)](heard(fact))
    assert isinstance(first, kind)
    assert {name: getattr(first, name) for name in fields} == fields
    assert first.by == with_.POLICY


def test_every_fact_that_is_heard_has_its_test() -> None:
    assert {type(fact) for fact, _, _ in FACTS} == set(HEARS)
    assert all((fact.name, fact.version) in CATALOGUE for fact in HEARS)


def test_a_repeated_fact_gives_the_same_commands() -> None:
    for fact, _, _ in FACTS:
        assert HEARS[type(fact)](heard(fact)) == HEARS[type(fact)](heard(fact))


def test_person_and_family_have_keys_of_their_own() -> None:
    (noted,) = HEARS[cases.CaseOpened](heard(FACTS[0][0]))
    assert isinstance(noted, ask.NoteCase)
    assert len({UUID(int=noted.id.int), noted.person, noted.family}) == 3


def test_a_reopened_case_has_its_custodian_again() -> None:
    fact = next(fact for fact, _, _ in FACTS if isinstance(fact, cases.CaseReopened))
    _, custodian = HEARS[cases.CaseReopened](heard(fact))
    assert isinstance(custodian, ask.NoteCustodian)
    assert custodian.custodian == with_.SENDER
    assert custodian.referral is None, "no hand-off reopens a case"


def test_a_hand_off_that_belongs_to_no_return_asks_for_nothing() -> None:
    fact = referral.HandedOver(**SIDES, kind=ReferralKind.SHARED_ASSISTANCE, needs=())
    assert HEARS[referral.HandedOver](heard(fact)) == ()


def test_the_new_plan_is_due_from_when_the_loss_was_heard() -> None:
    fact = next(fact for fact, _, _ in FACTS if isinstance(fact, referral.ReceiverLost))
    (lost,) = HEARS[referral.ReceiverLost](heard(fact))
    assert lost.at == after(hours=1, minutes=1)
