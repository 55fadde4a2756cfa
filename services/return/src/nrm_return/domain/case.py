"""The machine of the case stream in return: every command to its region, every fact to its state.

Nothing here awaits, reads a clock or knows a database. `allowed.py` has the legal steps,
`checklist.py` the guards, `running.py` the deadlines.
"""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Final

from nrm_contracts.ids import OrganisationId
from nrm_return.domain import allowed, filing, follow_up, hearing, journey, running
from nrm_return.domain import commands as ask
from nrm_return.domain import file_events as filed
from nrm_return.domain import follow_up_commands as follow
from nrm_return.domain import heard_commands as heard
from nrm_return.domain import journey_events as moved
from nrm_return.domain import known as knowledge
from nrm_return.domain import states as returns
from nrm_return.domain.case_events import ClosingFact, KnownFact
from nrm_return.domain.case_states import Case, Closed, Closing, Working
from nrm_return.domain.events import CaseFact
from nrm_return.domain.file import begun
from nrm_return.domain.parties import member
from nrm_return.domain.states import Arrived, Interrupted, Requested, Return
from nrm_runtime.core import Command, Due, FallDue, Refused, worker

initial: Final = Case()

OPENINGS: Final = (ask.RequestReturn, follow.ScheduleFollowUp)

ALLOWED: Final[Mapping[str, Mapping[type, frozenset[type[Command]]]]] = MappingProxyType(
    {
        "closing": MappingProxyType(
            {
                Working: frozenset(OPENINGS),
                Closing: frozenset[type[Command]](),
                Closed: frozenset[type[Command]](),
            }
        ),
        "return": allowed.RETURN,
        "follow_up": allowed.FOLLOW_UP,
    }
)
"""Per region and state, what may be asked; a closing case opens nothing new."""


def decide(state: Case, command: Command) -> tuple[CaseFact, ...]:
    """Give the facts that follow from a command; raises `Refused`."""
    match command:
        case heard.HeardCommand():
            return hearing.decide(state, command)
        case FallDue(name=name):
            return _fall_due(state, name)
        case ask.RequestReturn():
            _hold_open(state, command)
            return _request(state, command)
        case ask.ReturnCommand():
            _hold_open(state, command)
            return _decide(_found(state, command), state.known, command)
        case _:
            raise Refused("out-of-order", "Return does not know this step.")


def evolve(state: Case, event: CaseFact) -> Case:
    """Give the state after a fact."""
    if isinstance(event, KnownFact):
        return replace(state, known=knowledge.evolve(state.known, event))
    if isinstance(event, ClosingFact):
        return replace(state, closing=hearing.evolve_closing(event))
    if isinstance(event, filed.ReturnRequested):
        now: Return = Requested(file=begun(event))
    else:
        now = returns.evolve(state.returns[event.return_id], event)
    return replace(state, returns={**state.returns, event.return_id: now})


def clocks(state: Case) -> Mapping[str, Due]:
    """Name every deadline that runs."""
    return {
        deadline.name: deadline.due
        for each in state.returns.values()
        for deadline in running.running(each, state.known)
    }


def _fall_due(state: Case, name: str) -> tuple[CaseFact, ...]:
    for each in state.returns.values():
        for deadline in running.running(each, state.known):
            if deadline.name == name:
                return deadline.fires
    return ()


def _hold_open(state: Case, command: ask.ReturnCommand) -> None:
    if isinstance(state.closing, Closed):
        raise Refused("case-closed", "The case is closed; it is reopened first.")
    if isinstance(state.closing, Closing) and isinstance(command, OPENINGS):
        raise Refused("case-closing", "A closing was proposed; nothing new is opened meanwhile.")


def _found(state: Case, command: ask.ReturnCommand) -> Return:
    found = state.returns.get(command.return_id)
    if found is None:
        raise Refused("no-such-return", "This case has no return of that id.")
    return found


def _request(state: Case, command: ask.RequestReturn) -> tuple[CaseFact, ...]:
    by = worker(command)
    if state.known.custodian is None or by.organisation not in state.known.parties:
        raise Refused("not-a-party", "Only an organisation with a part in the case may do this.")
    if command.return_id in state.returns:
        raise Refused("out-of-order", "This return was asked for before.")
    if command.origin == command.destination_country:
        raise Refused("same-country", "A return goes from one country to another.")
    requested = filed.ReturnRequested(
        at=command.at,
        return_id=command.return_id,
        kind=command.kind,
        origin=command.origin,
        destination_country=command.destination_country,
        destination=command.destination,
        for_child=state.known.is_child,
        organisation=OrganisationId(by.organisation),
        profile=command.profile,
        inquiry_for=command.inquiry_for,
    )
    return (*_instead(state, command), requested)


def _instead(state: Case, command: ask.RequestReturn) -> tuple[CaseFact, ...]:
    """End the return that the new one replaces, if the person named one."""
    if command.instead_of is None:
        return ()
    old = state.returns.get(command.instead_of)
    if old is None:
        raise Refused("no-such-return", "This case has no return of that id.")
    member(old, state.known, command)
    if ask.WithdrawReturn not in allowed.RETURN[type(old)] or isinstance(old, returns.Travelling):
        raise Refused("out-of-order", "That return can no longer be replaced.")
    on_the_road = isinstance(old, Interrupted)
    withdrawn = moved.ReturnWithdrawn(
        at=command.at, return_id=command.instead_of, on_the_road=on_the_road
    )
    return (withdrawn,)


def _decide(
    state: Return, known: knowledge.Known, command: ask.ReturnCommand
) -> tuple[CaseFact, ...]:
    if isinstance(command, follow.FollowUpCommand):
        if not isinstance(state, Arrived):
            raise Refused("out-of-order", "Contact is kept after the person arrived.")
        return follow_up.decide(state, known, command)
    allowed.hold(allowed.RETURN[type(state)], command, state)
    if type(command) in allowed.FILING:
        return _file(state, known, command)
    match command:
        case ask.ProposeShortLead() | ask.ApproveShortLead():
            return filing.short_lead(state, known, command)
        case ask.EndorseReturn():
            return journey.endorse(state, known, command)
        case ask.RefuseReturn():
            return journey.refuse(state, known, command)
        case ask.WithdrawReturn():
            return journey.withdraw(state, known, command)
        case ask.SeekAlternative():
            return journey.seek_alternative(state, known, command)
        case ask.DepartReturn():
            return journey.depart(state, known, command)
        case ask.ConfirmArrival():
            return journey.arrive(state, known, command)
        case ask.WithdrawReturnConsent():
            return journey.withdraw(state, known, command)
        case ask.FinishReturn():
            assert isinstance(state, Arrived)
            return journey.finish(state, known, command)
        case _:
            raise Refused("out-of-order", "Return does not know this step.")


def _file(
    state: Return, known: knowledge.Known, command: ask.ReturnCommand
) -> tuple[CaseFact, ...]:
    match command:
        case ask.ConsentToReturn():
            return filing.consent(state, known, command)
        case ask.WithdrawReturnConsent():
            return journey.withdraw(state, known, command)
        case ask.RequestInquiry():
            return filing.request_inquiry(state, known, command)
        case ask.ReceiveInquiry():
            return filing.receive_inquiry(state, known, command)
        case ask.TranslateInquiry():
            return filing.translate_inquiry(state, known, command)
        case ask.SignJointRisk():
            return filing.sign_risk(state, known, command)
        case ask.SetItinerary():
            return filing.set_itinerary(state, known, command)
        case (
            ask.RecordDecision()
            | ask.RecordDocuments()
            | ask.GiveBorderNotice()
            | ask.DetermineBestInterests()
            | ask.AuthoriseByGuardian()
        ):
            return filing.paper(state, known, command)
        case _:
            raise Refused("out-of-order", "This is no item of the file.")
