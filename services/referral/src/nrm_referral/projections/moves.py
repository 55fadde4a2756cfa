"""Rows of referrals, of what rests on them, and of the custody that moves with them."""

from typing import Any, assert_never

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncConnection

from nrm_contracts.codes import Overdue
from nrm_contracts.ids import ConsentId
from nrm_referral.domain import events as fact
from nrm_referral.domain.referral import referral_of
from nrm_referral.domain.states import Accepted, Opened, Referral
from nrm_referral.models import (
    closings,
    consents,
    disclosures,
    links,
    overrides,
    places,
    referrals,
    tasks,
)
from nrm_referral.projections import sight
from nrm_referral.projections.rows import (
    Stored,
    put_case,
    put_consent,
    put_custody,
    put_referral,
    show_case,
)
from nrm_runtime.store.tables import put

REACHES = (
    fact.ReferralDelivered
    | fact.ReferralAcknowledged
    | fact.ReferralAccepted
    | fact.ReferralDeclined
)
"""Facts after which the receiver knows something by the referral's consent."""

ENDS = fact.ReferralBackedOut | fact.ReferralWithdrawn | fact.ReferralDone
"""Facts after which the receiver may take no part any more."""


async def moved(tx: AsyncConnection, applied: Stored, case: Opened, event: fact.MoveEvent) -> None:
    """Write a referral's row, then those that rest on it."""
    state = case.referrals[referral_of(event)]
    await put_referral(tx, applied, case, state, _changes(applied, case, state, event))
    consent = state.terms.ground.consent
    if isinstance(event, fact.ReferralOffered) and consent is not None:
        await _show_consent(tx, case, consent)
    if isinstance(event, REACHES) and consent is not None:
        await put_consent(tx, applied, case, consent)
    if isinstance(event, fact.ReferralAccepted):
        await show_case(tx, applied, case)
        if state.terms.takes_a_place:
            await _place(tx, applied, state, taken=True)
    if isinstance(event, ENDS):
        await show_case(tx, applied, case)
        if state.terms.takes_a_place:
            await _place(tx, applied, state, taken=False)
    await _task(tx, applied, case, event)


def _changes(
    applied: Stored, case: Opened, state: Referral, event: fact.MoveEvent
) -> dict[str, Any]:
    """Give the columns that this kind of fact sets beside the usual ones."""
    match event:
        case fact.ReferralOffered():
            return _offered(applied, case, event)
        case fact.ReferralAccepted():
            return {"agreed_at": event.agreed_at, "confirm_by": event.confirm_by.at}
        case fact.HandOffRescheduled():
            return {"agreed_at": event.agreed_at, "confirm_by": event.confirm_by.at}
        case fact.ReferralDeclined() | fact.ReferralBackedOut() | fact.ReferralWithdrawn():
            return {"reason": event.reason}
        case fact.ReferralDone():
            return {"outcome": event.outcome, "reason": event.reason}
        case fact.ReferralDelivered() | fact.ReferralAcknowledged() | fact.ReferralTimedOut():
            return {}
        case fact.ReferralEscalated() | fact.HandOffConfirmed() | fact.HandedOver():
            return {}
        case fact.ReferralPassed():
            assert not isinstance(state, Accepted) or event.former not in state.confirmed
            return {}
        case _:
            assert_never(event)


def _offered(applied: Stored, case: Opened, event: fact.ReferralOffered) -> dict[str, Any]:
    terms = event.terms
    return {
        "person": case.person,
        "kind": terms.kind,
        "receiver": terms.receiver,
        "needs": sorted(terms.needs),
        "purpose": terms.purpose,
        "categories": sorted(terms.categories),
        "blocked": sorted(terms.blocked),
        "basis": terms.ground.basis,
        "consent": terms.ground.consent,
        "override": terms.ground.override,
        "ground": terms.ground.legal,
        "urgent": terms.urgent,
        "age": case.age,
        "gender": terms.fit.gender,
        "languages": sorted(terms.fit.languages),
        "medical": terms.immediate.medical,
        "threat": terms.immediate.threat,
        "linked_return": terms.linked_return,
        "offer": applied.entry_hash,
        "offered_at": terms.offered_at,
        "acknowledge_by": terms.acknowledge_by.at,
        "answer_by": terms.answer_by.at,
    }


async def _show_consent(tx: AsyncConnection, case: Opened, consent: ConsentId) -> None:
    statement = update(consents).where(consents.c.consent == consent)
    await tx.execute(statement.values(parties=sight.of_consent(case, consent)))


async def _place(tx: AsyncConnection, applied: Stored, state: Referral, *, taken: bool) -> None:
    row = {
        "referral": state.terms.referral,
        "organisation": state.terms.receiver,
        "taken": taken,
        "event_id": applied.event_id,
    }
    await put(tx, places, row)


async def _task(tx: AsyncConnection, applied: Stored, case: Opened, event: fact.MoveEvent) -> None:
    """Write the task that a lost referral leaves behind."""
    if isinstance(event, fact.LostEvent):
        route = case.routes[event.referral]
        row = {
            "referral": event.referral,
            "case_id": applied.case,
            "organisation": route.organisation,
            "what": Overdue.NEXT_ROUTE,
            "due_by": route.watch.first.at,
            "escalated": 0,
            "over": False,
            "parties": sight.of_task(case, route),
            "event_id": applied.event_id,
        }
        await put(tx, tasks, row)
    elif isinstance(event, fact.ReferralEscalated | fact.ReferralPassed):
        passed = case.routes.get(event.referral)
        if passed is not None:
            statement = update(tasks).where(tasks.c.referral == event.referral)
            await tx.execute(
                statement.values(
                    organisation=passed.organisation,
                    escalated=passed.watch.times,
                    parties=sight.of_task(case, passed),
                    event_id=applied.event_id,
                )
            )


async def route_taken(tx: AsyncConnection, applied: Stored, event: fact.NextRouteTaken) -> None:
    """Write that a task is over."""
    statement = update(tasks).where(tasks.c.referral == event.referral)
    await tx.execute(statement.values(over=True, event_id=applied.event_id))


async def released(
    tx: AsyncConnection, applied: Stored, case: Opened, event: fact.PacketReleased
) -> None:
    """Write that a ticket was given."""
    row = {
        "event_id": applied.event_id,
        "case_id": applied.case,
        "seq": applied.seq,
        "what": "packet",
        "organisation": event.recipient,
        "referral": event.referral,
        "ticket": event.ticket,
        "owner": event.owner,
        "categories": sorted(event.categories),
        "purpose": event.purpose,
        "basis": event.ground.basis,
        "consent": event.ground.consent,
        "override": event.ground.override,
        "at": event.at,
        "parties": sight.of_disclosure(case, event.recipient),
    }
    await put(tx, disclosures, row)


async def custody_moved(tx: AsyncConnection, applied: Stored, case: Opened) -> None:
    """Write the new custodian, and let it see what the former one saw."""
    await put_case(tx, applied, case)
    await put_custody(tx, applied, case)
    for referral, state in case.referrals.items():
        of_referral = update(referrals).where(referrals.c.referral == referral)
        await tx.execute(of_referral.values(parties=sight.of_referral(case, state)))
    for consent in case.consents:
        await _show_consent(tx, case, consent)
    for override in case.overrides:
        of_override = update(overrides).where(overrides.c.override == override)
        await tx.execute(of_override.values(parties=sight.of_override(case, override)))
    for referral, route in case.routes.items():
        of_route = update(tasks).where(tasks.c.referral == referral)
        await tx.execute(of_route.values(parties=sight.of_task(case, route)))
    of_links = update(links).where(links.c.case_id == applied.case)
    await tx.execute(of_links.values(parties=sight.of_links(case)))
    of_closings = update(closings).where(closings.c.case_id == applied.case)
    await tx.execute(of_closings.values(parties=sight.of_case(case)))
    # What was disclosed is for whoever answers for the case now, beside who received it.
    newcomers = sight.overseers(case)
    rows = await tx.execute(disclosures.select().where(disclosures.c.case_id == applied.case))
    for row in rows.all():
        shown = sorted({row.organisation, *newcomers})
        of_row = update(disclosures).where(disclosures.c.event_id == row.event_id)
        await tx.execute(of_row.values(parties=shown))
