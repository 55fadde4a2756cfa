"""What an organisation is after each fact."""

from dataclasses import replace
from types import MappingProxyType
from typing import assert_never
from uuid import UUID

from nrm_access.domain import events as fact
from nrm_access.domain import states as at
from nrm_access.domain.values import Key, Member, Organisation
from nrm_contracts.codes import Duty


def evolve(state: at.State, event: fact.AccessEvent) -> at.State:
    """Give the state after a fact; never refuses."""
    match event:
        case fact.OrganisationApplied():
            entered = _entered(event, event.asked)
            return at.Applied(of=replace(entered, applicant=event.applicant))
        case fact.OrganisationImported():
            return at.Vetted(of=_entered(event, event.duties))
    assert not isinstance(state, at.Unknown)
    match event:
        case fact.OrganisationVetted():
            return at.Vetted(of=replace(state.of, duties=event.duties))
        case fact.OrganisationDeclined():
            return at.Declined(of=state.of)
        case fact.OrganisationActivated() | fact.OrganisationRestored():
            return at.Active(of=state.of)
        case fact.OrganisationSuspended():
            return at.Suspended(of=state.of)
        case _:
            return replace(state, of=_inside(state.of, event))


def _entered(event: fact.Entrance, duties: frozenset[Duty]) -> Organisation:
    return Organisation(organisation=event.organisation, profile=event.profile, duties=duties)


def _inside(of: Organisation, event: fact.Inside) -> Organisation:
    match event:
        case fact.OrganisationDutiesSet():
            return replace(of, duties=event.duties)
        case fact.TermsAccepted():
            return replace(of, terms=event.terms)
        case fact.WorkerAdded():
            return _member(of, event.worker, Member(duties=event.duties))
        case fact.WorkerDutiesSet():
            member = replace(of.members[event.worker], duties=event.duties)
            return _member(of, event.worker, member)
        case fact.WorkerSuspended():
            member = replace(
                of.members[event.worker], suspended=True, from_outside=event.from_outside
            )
            return _member(of, event.worker, member)
        case fact.WorkerRestored():
            member = replace(of.members[event.worker], suspended=False, from_outside=False)
            return _member(of, event.worker, member)
        case fact.KeyRegistered():
            key = Key(thumbprint=event.key.thumbprint, valid_from=event.key.valid_from)
            return _key(of, event.key.key, key)
        case fact.KeyRevoked():
            return _key(of, event.key, replace(of.keys[event.key], revoked=True))
        case _:
            assert_never(event)


def _member(of: Organisation, worker: UUID, member: Member) -> Organisation:
    return replace(of, members=MappingProxyType({**of.members, worker: member}))


def _key(of: Organisation, key: UUID, now: Key) -> Organisation:
    return replace(of, keys=MappingProxyType({**of.keys, key: now}))
