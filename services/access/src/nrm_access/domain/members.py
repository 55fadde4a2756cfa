"""What may change about an organisation's duties and its workers."""

from nrm_access.domain import commands as ask
from nrm_access.domain import events as fact
from nrm_access.domain.guards import (
    Managed,
    either_administrator,
    granted_by,
    may_entrust,
    within,
)
from nrm_access.domain.values import ALWAYS, WEIGHTY, WORKERS_MAX, Member, Organisation
from nrm_contracts.codes import Duty
from nrm_runtime.core import Refused


def set_organisation_duties(
    state: Managed, command: ask.SetOrganisationDuties
) -> tuple[fact.AccessEvent, ...]:
    """Change the organisation's duties; duties of weight come from outside only."""
    by = either_administrator(state, command)
    duties = command.duties | ALWAYS
    if duties == state.of.duties:
        return ()
    added = duties - state.of.duties
    if added & WEIGHTY and by.organisation == state.of.organisation:
        raise Refused("needs-vetting", "Only a national administrator grants this duty.")
    changed = fact.OrganisationDutiesSet(
        at=command.at, organisation=command.organisation, duties=duties
    )
    return changed, *duties_shrunk(state.of, command, duties)


def duties_shrunk(
    of: Organisation, command: ask.About, duties: frozenset[Duty]
) -> tuple[fact.WorkerDutiesSet, ...]:
    """Give what workers lose when the organisation keeps only `duties`."""
    return tuple(
        fact.WorkerDutiesSet(
            at=command.at,
            organisation=command.organisation,
            worker=one,
            duties=member.duties & duties,
        )
        for one, member in sorted(of.members.items())
        if not member.duties <= duties
    )


def add_worker(state: Managed, command: ask.AddWorker) -> tuple[fact.AccessEvent, ...]:
    """Register a worker."""
    by = may_entrust(state, command)
    if by.organisation != state.of.organisation:
        raise Refused("not-an-administrator", "Only the organisation itself names its workers.")
    if command.worker in state.of.members:
        raise Refused("worker-known", "A worker is registered once.")
    if len(state.of.members) >= WORKERS_MAX:
        raise Refused("too-many-workers", "An organisation cannot have more workers.")
    within(state.of, command.duties)
    granted_by(state.of, by, command.duties)
    return (
        fact.WorkerAdded(
            at=command.at,
            organisation=command.organisation,
            worker=command.worker,
            duties=command.duties,
        ),
    )


def set_duties(state: Managed, command: ask.SetDuties) -> tuple[fact.AccessEvent, ...]:
    """Change a worker's duties."""
    by = may_entrust(state, command)
    member = _member(state.of, command)
    if command.duties == member.duties:
        return ()
    added = command.duties - member.duties
    if added and command.worker == by.worker:
        raise Refused("own-duties", "Nobody grants himself a duty.")
    within(state.of, command.duties)
    granted_by(state.of, by, added)
    if Duty.ADMINISTER not in command.duties:
        _not_the_last(state.of, command)
    return (
        fact.WorkerDutiesSet(
            at=command.at,
            organisation=command.organisation,
            worker=command.worker,
            duties=command.duties,
        ),
    )


def suspend_worker(state: Managed, command: ask.SuspendWorker) -> tuple[fact.AccessEvent, ...]:
    """Take a worker out for now."""
    by = may_entrust(state, command)
    if _member(state.of, command).suspended:
        return ()
    _not_the_last(state.of, command)
    return (
        fact.WorkerSuspended(
            at=command.at,
            organisation=command.organisation,
            worker=command.worker,
            reason=command.reason,
            from_outside=by.organisation != state.of.organisation,
        ),
    )


def restore_worker(state: Managed, command: ask.RestoreWorker) -> tuple[fact.AccessEvent, ...]:
    """Let a worker act again; whom a national administrator took out only such a one lets in."""
    by = may_entrust(state, command)
    member = _member(state.of, command)
    if not member.suspended:
        return ()
    if member.from_outside and by.organisation == state.of.organisation:
        raise Refused("suspended-from-outside", "Only a national administrator may.")
    return (
        fact.WorkerRestored(
            at=command.at, organisation=command.organisation, worker=command.worker
        ),
    )


def _member(
    of: Organisation, command: ask.SetDuties | ask.SuspendWorker | ask.RestoreWorker
) -> Member:
    found = of.members.get(command.worker)
    if found is None:
        raise Refused("worker-unknown", "The organisation has no such worker.")
    return found


def _not_the_last(of: Organisation, command: ask.SetDuties | ask.SuspendWorker) -> None:
    if of.administrators() == {command.worker}:
        raise Refused("last-administrator", "Somebody must administer the organisation.")
