"""One organisation's part in the mechanism.

    Unknown -> Applied -> Vetted -> Active <-> Suspended
               Applied, Vetted -> Declined
    Unknown -> Active                 taken over from a register that was trusted before

An active organisation has an administrator at every moment; a worker's duties are within the
organisation's; duties of weight come from a national administrator; nobody grants himself a duty.
"""

from collections.abc import Mapping
from typing import Final

from nrm_access.domain import commands as ask
from nrm_access.domain import events as fact
from nrm_access.domain import states as at
from nrm_access.domain.entering import enter
from nrm_access.domain.evolving import evolve
from nrm_access.domain.guards import national_administrator, own_administrator
from nrm_access.domain.keys import register_key, revoke_key
from nrm_access.domain.members import (
    add_worker,
    duties_shrunk,
    restore_worker,
    set_duties,
    set_organisation_duties,
    suspend_worker,
)
from nrm_access.domain.values import ALWAYS, TERMS_NOW
from nrm_runtime.core import Command, Due, Refused

initial: at.State = at.Unknown()

_MANAGING: Final[frozenset[type[Command]]] = frozenset(
    {
        ask.SetOrganisationDuties,
        ask.AddWorker,
        ask.SetDuties,
        ask.SuspendWorker,
        ask.RestoreWorker,
        ask.RegisterKey,
        ask.RevokeKey,
    }
)
ALLOWED: Final[Mapping[type[at.State], frozenset[type[Command]]]] = {
    at.Unknown: frozenset({ask.ApplyAsOrganisation, ask.ImportOrganisation}),
    at.Applied: frozenset({ask.VetOrganisation, ask.DeclineOrganisation}),
    at.Declined: frozenset(),
    at.Vetted: _MANAGING | {ask.AcceptTerms, ask.DeclineOrganisation},
    at.Active: _MANAGING | {ask.AcceptTerms, ask.SuspendOrganisation},
    at.Suspended: _MANAGING - {ask.AddWorker} | {ask.RestoreOrganisation},
}
"""What each state allows; a test holds it equal to `decide`."""


def decide(state: at.State, command: Command) -> tuple[fact.AccessEvent, ...]:
    """Give the facts that follow, or refuse."""
    if type(command) not in ALLOWED[type(state)]:
        raise Refused(
            "out-of-order",
            f"{type(command).__name__} is not possible in {type(state).__name__}.",
        )
    match state, command:
        case at.Unknown(), ask.ApplyAsOrganisation() | ask.ImportOrganisation():
            return enter(command)
        case at.Applied(), ask.VetOrganisation():
            return _vet(state, command)
        case ((at.Applied() | at.Vetted()), ask.DeclineOrganisation()):
            national_administrator(state.of, command)
            return (
                fact.OrganisationDeclined(
                    at=command.at, organisation=command.organisation, reason=command.reason
                ),
            )
        case at.Active(), ask.SuspendOrganisation():
            national_administrator(state.of, command)
            return (
                fact.OrganisationSuspended(
                    at=command.at, organisation=command.organisation, reason=command.reason
                ),
            )
        case at.Suspended(), ask.RestoreOrganisation():
            national_administrator(state.of, command)
            return (fact.OrganisationRestored(at=command.at, organisation=command.organisation),)
        case ((at.Vetted() | at.Active()), ask.AcceptTerms()):
            return _accept(state, command)
        case ((at.Vetted() | at.Active() | at.Suspended()), _):
            return _manage(state, command)
        case _:
            raise AssertionError(type(command))


def _manage(
    state: at.Vetted | at.Active | at.Suspended, command: Command
) -> tuple[fact.AccessEvent, ...]:
    match command:
        case ask.SetOrganisationDuties():
            return set_organisation_duties(state, command)
        case ask.AddWorker():
            return add_worker(state, command)
        case ask.SetDuties():
            return set_duties(state, command)
        case ask.SuspendWorker():
            return suspend_worker(state, command)
        case ask.RestoreWorker():
            return restore_worker(state, command)
        case ask.RegisterKey():
            return register_key(state, command)
        case ask.RevokeKey():
            return revoke_key(state, command)
        case _:
            raise AssertionError(type(command))


def _vet(state: at.Applied, command: ask.VetOrganisation) -> tuple[fact.AccessEvent, ...]:
    by = national_administrator(state.of, command)
    if by.worker == state.of.applicant:
        raise Refused("own-application", "Another worker looks at it than the one who wrote it.")
    duties = command.duties | ALWAYS
    if not duties <= state.of.duties:
        raise Refused("not-asked-for", "It asked for no such duty.")
    vetted = fact.OrganisationVetted(
        at=command.at, organisation=command.organisation, duties=duties
    )
    return vetted, *duties_shrunk(state.of, command, duties)


def _accept(state: at.Vetted | at.Active, command: ask.AcceptTerms) -> tuple[fact.AccessEvent, ...]:
    by = own_administrator(state, command)
    if command.terms != TERMS_NOW:
        raise Refused("other-terms", "These are not the terms in force.")
    if state.of.terms == command.terms:
        return ()
    accepted = fact.TermsAccepted(
        at=command.at, organisation=command.organisation, terms=command.terms, worker=by.worker
    )
    if isinstance(state, at.Active):
        return (accepted,)
    activated = fact.OrganisationActivated(at=command.at, organisation=command.organisation)
    return accepted, activated


def clocks(_state: at.State) -> Mapping[str, Due]:
    """Nothing here falls due."""
    return {}


__all__ = ["ALLOWED", "clocks", "decide", "evolve", "initial"]
