"""What access remembers for its lists and for the issuer of tokens."""

from typing import Any, assert_never

from sqlalchemy.ext.asyncio import AsyncConnection

from nrm_access.domain import events as fact
from nrm_access.domain import states as at
from nrm_access.domain.values import PublicKey
from nrm_access.models import listed, machine_key, member, organisation, vetter
from nrm_access.publishing import STATES
from nrm_contracts.codes import Duty
from nrm_runtime.store.machine import Applied
from nrm_runtime.store.tables import change, drop, put

OnEvent = Applied[at.State, Any]


async def project(tx: AsyncConnection, applied: Applied[at.State, fact.AccessEvent]) -> None:
    """Write the rows that an event touches."""
    event = applied.event
    match event:
        case fact.OrganisationApplied() | fact.OrganisationImported():
            await _entered(tx, applied, event)
        case (
            fact.OrganisationVetted()
            | fact.OrganisationDeclined()
            | fact.OrganisationActivated()
            | fact.OrganisationSuspended()
            | fact.OrganisationRestored()
            | fact.OrganisationDutiesSet()
        ):
            await _stands(tx, applied)
        case fact.TermsAccepted():
            await change(
                tx,
                organisation,
                {"org": event.organisation},
                {
                    "terms": event.terms,
                    "terms_at": event.at,
                    "terms_by": event.worker,
                    "event_id": applied.event_id,
                },
            )
        case (
            fact.WorkerAdded()
            | fact.WorkerDutiesSet()
            | fact.WorkerSuspended()
            | fact.WorkerRestored()
        ):
            await _worker(tx, applied, event)
        case fact.KeyRegistered():
            await _key(tx, applied, event.key)
        case fact.KeyRevoked():
            key = {"org": event.organisation, "key": event.key}
            row = {"revoked_at": event.at, "event_id": applied.event_id}
            await change(tx, machine_key, key, row)
        case _:
            assert_never(event)


async def _entered(tx: AsyncConnection, applied: OnEvent, event: fact.Entrance) -> None:
    state = _known(applied)
    row = {
        "org": event.organisation,
        "client": event.profile.client,
        "duties": state.of.duties,
        "state": STATES[type(state)],
        "terms": state.of.terms,
    }
    await put(tx, organisation, row | _said(applied))


async def _stands(tx: AsyncConnection, applied: OnEvent) -> None:
    """Show state and duties anew, and whether the organisation vets others.

    An applicant is on no public list, nor is one who was declined before it ever took part.
    """
    state = _known(applied)
    of = state.of
    row = {"duties": of.duties, "state": STATES[type(state)], "event_id": applied.event_id}
    await change(tx, organisation, {"org": of.organisation}, row)
    active = isinstance(state, at.Active)
    key = {"organisation": of.organisation}
    if isinstance(state, at.Declined | at.Vetted):
        await drop(tx, listed, key)
    else:
        await put(tx, listed, key | {"active": active} | _said(applied))
    if active and Duty.VET_ORGANISATIONS in of.duties:
        await put(tx, vetter, key | {"country": of.country, "event_id": applied.event_id})
    else:
        await drop(tx, vetter, key)


def _said(applied: OnEvent) -> dict[str, object]:
    """What the organisation says of itself, and the event behind the row."""
    said = _known(applied).of.profile
    return {
        "name": said.name,
        "kind": said.kind,
        "country": said.country,
        "languages": said.languages,
        "groups": said.groups,
        "event_id": applied.event_id,
    }


async def _worker(
    tx: AsyncConnection,
    applied: OnEvent,
    event: fact.WorkerAdded | fact.WorkerDutiesSet | fact.WorkerSuspended | fact.WorkerRestored,
) -> None:
    of = _known(applied).of
    now = of.members[event.worker]
    row = {
        "org": of.organisation,
        "worker": event.worker,
        "country": of.country,
        "duties": now.duties,
        "suspended": now.suspended,
        "event_id": applied.event_id,
    }
    await put(tx, member, row)


async def _key(tx: AsyncConnection, applied: OnEvent, key: PublicKey) -> None:
    of = _known(applied).of
    row = {
        "org": of.organisation,
        "key": key.key,
        "country": of.country,
        "thumbprint": key.thumbprint,
        "jwk": {"kty": "EC", "crv": "P-256", "x": key.x, "y": key.y},
        "valid_from": key.valid_from,
        "event_id": applied.event_id,
    }
    await put(tx, machine_key, row)


def _known(applied: OnEvent) -> at.Known:
    assert not isinstance(applied.state, at.Unknown)
    return applied.state
