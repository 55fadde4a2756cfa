"""Closing a case: proposed, answered by three services, checked by the agency, closed."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final, assert_never

from nrm_contracts.codes import ServiceName, YesNo
from nrm_contracts.ids import WorkerId
from nrm_referral.domain import commands as ask
from nrm_referral.domain import events as fact
from nrm_referral.domain.guards import custodian, nothing_open, organisation, out_of_order
from nrm_referral.domain.states import (
    Closed,
    Closing,
    ClosingApproved,
    ClosingOpen,
    NoClosing,
    Opened,
)
from nrm_runtime.core import Command, FallDue, Refused, worker

ANSWERING: Final = frozenset(
    {ServiceName.IDENTIFICATION, ServiceName.ASSISTANCE, ServiceName.RETURN}
)
"""Who must say that nothing is open."""

ALLOWED: Mapping[type[object], frozenset[type[Command]]] = {
    NoClosing: frozenset({ask.ProposeClosing, ask.AnswerClosing, ask.OfferReferral}),
    ClosingOpen: frozenset({ask.AnswerClosing, ask.CheckClosing, ask.AbandonClosing, FallDue}),
    ClosingApproved: frozenset({ask.AnswerClosing, ask.CloseCase, ask.AbandonClosing, FallDue}),
}


def propose(case: Opened, command: ask.ProposeClosing) -> tuple[fact.CaseEvent, ...]:
    """Propose to close with a reason; a running trial needs who receives hearing notices."""
    if not isinstance(case.closing, NoClosing):
        raise out_of_order(case.closing, command)
    acting = custodian(case, command)
    nothing_open(case)
    if command.trial_runs is YesNo.YES and command.hearing_notices_to is None:
        raise Refused(
            "hearing-receiver-missing", "A trial runs: name who receives hearing notices."
        )
    return (
        fact.ClosingProposed(
            at=command.at,
            closing=command.closing,
            custodian=acting,
            worker=WorkerId(worker(command).worker),
            reason=command.reason,
            trial_runs=command.trial_runs,
            hearing_notices_to=command.hearing_notices_to,
            answer_by=command.answer_by,
        ),
    )


def answer(case: Opened, command: ask.AnswerClosing) -> tuple[fact.CaseEvent, ...]:
    """Hear a service's answer; one that has something open ends the closing."""
    state = case.closing
    if isinstance(state, NoClosing) or state.proposed.closing != command.closing:
        return ()
    if command.open:
        return (fact.ClosingAbandoned(at=command.at, closing=command.closing, open=command.open),)
    if isinstance(state, ClosingApproved) or command.service not in state.missing:
        return ()
    return (fact.ClosingAnswered(at=command.at, closing=command.closing, service=command.service),)


def check(case: Opened, command: ask.CheckClosing) -> tuple[fact.CaseEvent, ...]:
    """Check as the national agency, when every service has answered, and as a second worker."""
    state = case.closing
    if not isinstance(state, ClosingOpen):
        raise out_of_order(state, command)
    acting = organisation(command)
    if acting != case.agency:
        raise Refused("not-the-agency", "Only the national agency checks a closing.")
    if worker(command).worker == state.proposed.worker:
        raise Refused("same-worker", "Who proposed may not check.")
    if state.missing:
        named = ", ".join(sorted(state.missing))
        raise Refused("answers-missing", f"Not answered yet: {named}.")
    return (
        fact.ClosingChecked(at=command.at, closing=state.proposed.closing, organisation=acting),
    )


def abandon(case: Opened, command: ask.AbandonClosing) -> tuple[fact.CaseEvent, ...]:
    """Take the proposal back, as the custodian."""
    state = case.closing
    if isinstance(state, NoClosing):
        raise out_of_order(state, command)
    custodian(case, command)
    return (_abandoned(state, command),)


def close(case: Opened, command: ask.CloseCase) -> tuple[fact.CaseEvent, ...]:
    """Close, as the custodian, after the agency's check and with nothing open here."""
    state = case.closing
    if isinstance(state, NoClosing):
        raise out_of_order(state, command)
    acting = custodian(case, command)
    if isinstance(state, ClosingOpen):
        raise Refused("agency-check-missing", "The national agency has not checked yet.")
    nothing_open(case)
    proposed = state.proposed
    return (
        fact.CaseClosed(
            at=command.at,
            closing=proposed.closing,
            custodian=acting,
            reason=proposed.reason,
            checked_by=state.checked_by,
            hearing_notices_to=proposed.hearing_notices_to,
        ),
    )


def fall_due(state: Closing, command: FallDue) -> tuple[fact.CaseEvent, ...]:
    """A closing that nobody finished comes to nothing."""
    return () if isinstance(state, NoClosing) else (_abandoned(state, command),)


def _abandoned(state: ClosingOpen | ClosingApproved, command: Command) -> fact.ClosingAbandoned:
    return fact.ClosingAbandoned(at=command.at, closing=state.proposed.closing, open=frozenset())


def evolve(case: Opened, event: fact.ClosingEvent) -> Opened:
    """Give the case after a fact about its closing."""
    match event:
        case fact.ClosingProposed():
            return replace(case, closing=ClosingOpen(proposed=event, missing=ANSWERING))
        case fact.ClosingAnswered(service=service):
            assert isinstance(case.closing, ClosingOpen)
            left = case.closing.missing - {service}
            return replace(case, closing=replace(case.closing, missing=left))
        case fact.ClosingChecked(organisation=checked_by):
            assert isinstance(case.closing, ClosingOpen)
            approved = ClosingApproved(proposed=case.closing.proposed, checked_by=checked_by)
            return replace(case, closing=approved)
        case fact.ClosingAbandoned():
            return replace(case, closing=NoClosing())
        case fact.CaseClosed():
            life = Closed(
                reason=event.reason,
                checked_by=event.checked_by,
                hearing_notices_to=event.hearing_notices_to,
            )
            return replace(case, life=life, closing=NoClosing(), routes={})
        case _:
            assert_never(event)
