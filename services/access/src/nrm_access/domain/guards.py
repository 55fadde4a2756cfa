"""Who may do what to an organisation. Every guard refuses, or gives the worker who passed."""

from typing import TypeAlias

from nrm_access.domain.commands import About
from nrm_access.domain.states import Active, Suspended, Vetted
from nrm_access.domain.values import WEIGHTY, Organisation
from nrm_contracts.codes import Duty
from nrm_runtime.core import Refused, Worker, worker

Managed: TypeAlias = Vetted | Active | Suspended


def own_administrator(state: Managed, command: About) -> Worker:
    """Let an administrator of the organisation itself pass, by what is registered here now."""
    by = worker(command)
    member = state.of.members.get(by.worker)
    if by.organisation != state.of.organisation or member is None or not member.administers:
        raise Refused("not-an-administrator", "Only an administrator of the organisation may.")
    if isinstance(state, Suspended):
        raise Refused("organisation-suspended", "Nobody of a suspended organisation may act.")
    return by


def national_administrator(of: Organisation, command: About) -> Worker:
    """Let a national administrator of the organisation's country pass, but of no own one."""
    by = worker(command)
    if Duty.VET_ORGANISATIONS not in by.duties or by.country != of.country:
        raise Refused("not-the-national-administrator", "Only a national administrator may.")
    if by.organisation == of.organisation:
        raise Refused("own-organisation", "Nobody vets the organisation that he works for.")
    return by


def either_administrator(state: Managed, command: About) -> Worker:
    """Let a national administrator of another organisation pass, or one of its own."""
    by = worker(command)
    if by.organisation != state.of.organisation:
        return national_administrator(state.of, command)
    return own_administrator(state, command)


def may_entrust(state: Managed, command: About) -> Worker:
    """Let those pass who may change workers: as above, and vetters among their own colleagues."""
    by = worker(command)
    member = state.of.members.get(by.worker)
    colleague = by.organisation == state.of.organisation and member is not None
    if colleague and not isinstance(state, Suspended) and grants_weighty(state.of, by):
        return by
    return either_administrator(state, command)


def grants_weighty(of: Organisation, by: Worker) -> bool:
    """Say whether this worker may grant duties that need vetting to workers of the organisation."""
    if by.organisation != of.organisation:
        return Duty.VET_ORGANISATIONS in by.duties and by.country == of.country
    member = of.members.get(by.worker)
    return member is not None and not member.suspended and Duty.VET_ORGANISATIONS in member.duties


def within(of: Organisation, duties: frozenset[Duty]) -> None:
    """Refuse a worker's duties that the organisation does not have."""
    if not duties <= of.duties:
        raise Refused("beyond-organisation", "The organisation itself has no such duty.")


def granted_by(of: Organisation, by: Worker, added: frozenset[Duty]) -> None:
    """Refuse duties that need vetting from anybody but a national administrator."""
    if added & WEIGHTY and not grants_weighty(of, by):
        raise Refused("needs-vetting", "Only a national administrator grants this duty.")
