"""The table of legal next steps is what `decide` obeys: every state against every command."""

from dataclasses import replace
from typing import Any, get_args

import pytest

from nrm_assistance.domain import case, states
from nrm_assistance.domain import commands as ask
from nrm_assistance.domain.case import ALLOWED, Act
from nrm_contracts.care_codes import AssistancePhase, LeavingReason
from nrm_runtime.core import Command, Refused
from nrm_runtime.testing.given import Given
from services.assistance.tests.samples import (
    HARBOUR,
    LANTERN,
    OTHER_REFERRAL,
    OURS,
    THEIRS,
    a_case,
    learn,
)
from services.assistance.tests.samples import Act as Acting

COMMANDS: tuple[type[Command], ...] = (ask.OpenAssistance, *get_args(Act))
STATES: tuple[type[Any], ...] = get_args(states.Assistance)


def in_state(kind: type[Any]) -> Given[Any, Any]:
    """Lead an assistance of Harbour House into a state, with a full file on the way."""
    act = Acting()
    crisis = act.make(ask.OpenAssistance, phase=AssistancePhase.CRISIS)
    known = a_case().after(crisis)
    full = known.after(
        act.make(ask.AskImmediateQuestions),
        act.make(ask.AssessNeeds),
        act.make(ask.ActivatePlan),
        act.make(ask.FileDocument),
        act.make(ask.StartSupport),
    )
    active = full.after(act.make(ask.ActivateAssistance))
    prepared = a_case(custodian=LANTERN).after(
        learn(ask.LearnAcceptance, receiver=HARBOUR, assistance=OURS, referral=OTHER_REFERRAL)
    )
    ended = active.after(act.make(ask.EndSupport))
    return {
        states.Unopened: a_case(),
        states.Preparing: prepared,
        states.Crisis: full,
        states.Active: active,
        states.Suspended: active.after(act.make(ask.SuspendAssistance)),
        states.Completed: ended.after(act.make(ask.CompleteAssistance)),
        states.Left: active.after(act.make(ask.LeaveAssistance, reason=LeavingReason.MISSING)),
        states.Transferred: ended.after(learn(ask.LearnCustody)),
        states.TransferredWithTask: active.after(learn(ask.LearnCustody)),
        states.NeverBegun: prepared.after(learn(ask.LearnReferralEnd, referral=OTHER_REFERRAL)),
    }[kind]


@pytest.mark.parametrize("kind", STATES, ids=lambda kind: kind.__name__)
def test_the_histories_lead_where_they_say(kind: type[Any]) -> None:
    found = in_state(kind).state.assistances.get(OURS, states.Unopened())
    assert type(found) is kind


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.__name__)
@pytest.mark.parametrize("kind", STATES, ids=lambda kind: kind.__name__)
def test_decide_obeys_the_table(kind: type[Any], command: type[Command]) -> None:
    asked = Acting().make(command)
    try:
        case.decide(in_state(kind).state, asked)  # type: ignore[arg-type]
    except Refused as refused:
        in_order = refused.code != "out-of-order"
    else:
        in_order = True
    assert in_order == (command in ALLOWED[kind])


def test_every_state_and_every_command_stands_in_the_table() -> None:
    assert set(ALLOWED) == set(STATES)
    assert frozenset().union(*ALLOWED.values()) == set(COMMANDS)


def test_the_states_of_another_assistance_change_nothing() -> None:
    beside = a_case().after(learn(ask.LearnAcceptance))
    assert THEIRS in beside.state.assistances  # type: ignore[union-attr]
    assert replace(Acting().make(ask.OpenAssistance)).by == Acting().by
    assert beside.when(Acting().make(ask.OpenAssistance))
