"""The tables of legal next steps are what `decide` obeys: every state against every command."""

from importlib import import_module
from typing import Any, get_args

import pytest

from nrm_return.domain import case_states as closing
from nrm_return.domain import commands as ask
from nrm_return.domain import follow_up_commands as follow
from nrm_return.domain import follow_up_states as keeping
from nrm_return.domain import heard_commands as heard
from nrm_return.domain import states
from nrm_return.domain.case import ALLOWED, decide
from nrm_runtime.core import Command, Refused

with_: Any = import_module("services.return.tests.steps")
make = with_.make


def every(module: Any, base: type[Command]) -> list[type[Command]]:
    """List the commands of a module that stand below a base."""
    kinds = [each for each in vars(module).values() if isinstance(each, type)]
    own = [each for each in kinds if each.__module__ == module.__name__ and each is not base]
    return [each for each in own if issubclass(each, base)]


FOLLOW_UPS = every(follow, follow.FollowUpCommand)
STEPS = every(ask, ask.ReturnCommand)
STEPS.remove(ask.RequestReturn)

STOPPED = make(ask.WithdrawReturn, at=with_.LEAVES)
DECLINED = make(follow.DeclineFollowUp)
IN_RETURN: dict[type[Any], Any] = {
    states.Requested: with_.filed(),
    states.Reopened: with_.approved().after(make(heard.NoteReceiverLost)),
    states.Approved: with_.ready_to_leave(),
    states.Travelling: with_.travelling(),
    states.Interrupted: with_.travelling().after(STOPPED, make(ask.ConsentToReturn)),
    states.AlternativeSought: with_.filed().after(make(ask.SeekAlternative)),
    states.Arrived: with_.arrived(),
    states.Done: with_.arrived().after(
        make(heard.NoteHandedOver), DECLINED, make(ask.FinishReturn)
    ),
    states.RefusedUnsafe: with_.filed().after(make(ask.RefuseReturn)),
    states.Withdrawn: with_.filed().after(make(ask.WithdrawReturn)),
}
CONTACT = make(follow.RecordFollowUp, by=with_.TO)
KEPT = (CONTACT, make(follow.RecordFollowUp, by=with_.TO, number=2))
LATE = with_.fall_due(f"report:{with_.RETURN}:1:1", with_.LANDS)
IN_FOLLOW_UP: dict[type[Any], Any] = {
    keeping.NoFollowUp: with_.arrived(),
    keeping.Scheduled: with_.followed(),
    keeping.Active: with_.followed().after(CONTACT),
    keeping.Late: with_.followed().after(LATE),
    keeping.Completed: with_.followed().after(
        *KEPT, make(follow.SendReport, by=with_.TO), make(follow.CompleteFollowUp, by=with_.TO)
    ),
    keeping.LostContact: with_.followed().after(make(follow.ReportContactLost, by=with_.TO)),
    keeping.Declined: with_.arrived().after(DECLINED),
}
IN_CLOSING: dict[type[Any], Any] = {
    closing.Working: with_.arrived(),
    closing.Closing: with_.arrived().after(make(heard.AnswerClosing)),
    closing.Closed: with_.arrived().after(make(heard.NoteClosingOver, closed=True)),
}
NOT_NOW = {"out-of-order", "case-closing", "case-closed"}


def possible(history: Any, command: Any) -> bool:
    """Say whether the machine takes a command here, whatever else it may lack."""
    try:
        decide(history.state, command)
    except Refused as refused:
        return refused.code not in NOT_NOW
    return True


def test_every_state_is_reached_and_has_its_row() -> None:
    for region, union, reached in (
        ("return", states.Return, IN_RETURN),
        ("follow_up", keeping.FollowUp, IN_FOLLOW_UP),
        ("closing", closing.ClosingRegion, IN_CLOSING),
    ):
        kinds = set(get_args(union))
        assert set(ALLOWED[region]) == kinds
        assert set(reached) == kinds
    assert all(isinstance(with_.state_of(each), kind) for kind, each in IN_RETURN.items())
    assert all(
        isinstance(with_.state_of(each).follow_up, kind) for kind, each in IN_FOLLOW_UP.items()
    )
    assert all(isinstance(each.state.closing, kind) for kind, each in IN_CLOSING.items())


@pytest.mark.parametrize("command", STEPS, ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("state", IN_RETURN, ids=lambda kind: kind.__name__)
def test_a_return_takes_what_the_table_allows(state: type[Any], command: type[Any]) -> None:
    asked = make(command, by=with_.FROM, at=with_.LEAVES)
    assert possible(IN_RETURN[state], asked) == (command in ALLOWED["return"][state])


@pytest.mark.parametrize("command", FOLLOW_UPS, ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("state", IN_FOLLOW_UP, ids=lambda kind: kind.__name__)
def test_a_follow_up_takes_what_the_table_allows(state: type[Any], command: type[Any]) -> None:
    asked = make(command, by=with_.TO, at=with_.LANDS)
    assert possible(IN_FOLLOW_UP[state], asked) == (command in ALLOWED["follow_up"][state])


@pytest.mark.parametrize("command", FOLLOW_UPS, ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("state", set(IN_RETURN) - {states.Arrived}, ids=lambda kind: kind.__name__)
def test_nobody_keeps_contact_but_after_an_arrival(state: type[Any], command: type[Any]) -> None:
    assert not possible(IN_RETURN[state], make(command, by=with_.TO, at=with_.LANDS))


@pytest.mark.parametrize("command", [ask.RequestReturn, follow.ScheduleFollowUp])
@pytest.mark.parametrize("state", IN_CLOSING, ids=lambda kind: kind.__name__)
def test_a_closing_case_opens_what_the_table_allows(state: type[Any], command: type[Any]) -> None:
    fields = {"return_id": with_.OTHER} if command is ask.RequestReturn else {}
    asked = make(command, by=with_.FROM, at=with_.LANDS, **fields)
    assert possible(IN_CLOSING[state], asked) == (command in ALLOWED["closing"][state])


def test_a_command_of_nobody_is_refused() -> None:
    stray = Command(id=with_.named("stray"), by=with_.FROM, at=with_.LEAVES)
    with_.a_case().refuses(stray, "out-of-order")
