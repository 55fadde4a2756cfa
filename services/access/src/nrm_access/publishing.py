"""What others may know of an organisation: ids, codes and instants, never a name or a key."""

from typing import assert_never

from nrm_access.domain import events as fact
from nrm_access.domain import states as at
from nrm_contracts import access as told
from nrm_contracts.contract import Contract
from nrm_contracts.ids import KeyId, OrganisationId, WorkerId
from nrm_runtime.service import Json

STATES: dict[type[at.State], str] = {
    at.Unknown: "unknown",
    at.Applied: "applied",
    at.Declined: "declined",
    at.Vetted: "vetted",
    at.Active: "active",
    at.Suspended: "suspended",
}


def tell(event: fact.AccessEvent) -> Contract:
    """Give the public fact behind a private one; all are told."""
    organisation = OrganisationId(event.organisation)
    match event:
        case fact.OrganisationApplied(profile=profile):
            return told.OrganisationApplied(
                organisation=organisation,
                kind=profile.kind,
                country=profile.country,
                languages=tuple(profile.languages),
                asked=tuple(event.asked),
            )
        case fact.OrganisationImported(profile=profile):
            return told.OrganisationImported(
                organisation=organisation,
                kind=profile.kind,
                country=profile.country,
                languages=tuple(profile.languages),
                duties=tuple(event.duties),
            )
        case fact.OrganisationVetted():
            return told.OrganisationVetted(organisation=organisation, duties=tuple(event.duties))
        case fact.OrganisationDeclined():
            return told.OrganisationDeclined(organisation=organisation, reason=event.reason)
        case fact.OrganisationActivated():
            return told.OrganisationActivated(organisation=organisation)
        case fact.OrganisationSuspended():
            return told.OrganisationSuspended(organisation=organisation, reason=event.reason)
        case fact.OrganisationRestored():
            return told.OrganisationRestored(organisation=organisation)
        case _:
            return _inside(event, organisation)


def _inside(event: fact.Inside, organisation: OrganisationId) -> Contract:
    match event:
        case fact.OrganisationDutiesSet():
            return told.OrganisationDutiesSet(organisation=organisation, duties=tuple(event.duties))
        case fact.TermsAccepted():
            return told.TermsAccepted(
                organisation=organisation, terms=event.terms, worker=WorkerId(event.worker)
            )
        case fact.WorkerAdded():
            return told.WorkerAdded(
                organisation=organisation,
                worker=WorkerId(event.worker),
                duties=tuple(event.duties),
            )
        case fact.WorkerDutiesSet():
            return told.WorkerDutiesSet(
                organisation=organisation,
                worker=WorkerId(event.worker),
                duties=tuple(event.duties),
            )
        case fact.WorkerSuspended():
            return told.WorkerSuspended(
                organisation=organisation, worker=WorkerId(event.worker), reason=event.reason
            )
        case fact.WorkerRestored():
            return told.WorkerRestored(organisation=organisation, worker=WorkerId(event.worker))
        case fact.KeyRegistered(key=key):
            return told.KeyRegistered(
                organisation=organisation,
                key=KeyId(key.key),
                thumbprint=key.thumbprint,
                valid_from=key.valid_from,
            )
        case fact.KeyRevoked():
            return told.KeyRevoked(organisation=organisation, key=KeyId(event.key))
        case _:
            assert_never(event)


def regions(state: at.State) -> Json:
    """Show an organisation as codes, for the comparison of replays."""
    if isinstance(state, at.Unknown):
        return {}
    of = state.of
    return {
        "organisation": STATES[type(state)],
        "duties": sorted(of.duties),
        "terms": of.terms,
        "workers": {
            str(one): {
                "state": "suspended" if member.suspended else "active",
                "duties": sorted(member.duties),
            }
            for one, member in of.members.items()
        },
        "keys": {
            str(one): "revoked" if key.revoked else "registered" for one, key in of.keys.items()
        },
    }
