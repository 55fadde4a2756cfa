"""Rows of the read side as a state has them, and the few ways to write one."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, TypeAlias

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncConnection

from nrm_contracts.ids import ConsentId
from nrm_referral.domain import events as fact
from nrm_referral.domain.guards import blocks
from nrm_referral.domain.states import (
    Accepted,
    Case,
    Closed,
    Delivered,
    Offered,
    Open,
    Opened,
    Referral,
    Withdrawn,
)
from nrm_referral.models import cases, consents, custody, referrals
from nrm_referral.projections import sight
from nrm_referral.publishing.regions import (
    closing_code,
    confirmed,
    consent_code,
    life_code,
    referral_code,
    waiting,
)
from nrm_runtime.store.machine import Applied
from nrm_runtime.store.tables import put

Stored: TypeAlias = Applied[Case, fact.CaseEvent]
Changes: TypeAlias = Mapping[str, object]
NONE: Changes = MappingProxyType({})


async def put_case(tx: AsyncConnection, applied: Stored, case: Opened) -> None:
    """Write the case's own row."""
    closed = case.life if isinstance(case.life, Closed) else None
    row = {
        "case_id": applied.case,
        "person": case.person,
        "state": life_code(case.life),
        "custodian": case.custodian,
        "agency": case.agency,
        "country": case.country,
        "age": case.age,
        "closing": closing_code(case.closing),
        "closure_reason": closed.reason if closed else None,
        "hearing_notices_to": None if isinstance(case.life, Open) else case.life.hearing_notices_to,
        "blocked": sorted(blocks(case)),
        "opened_at": case.custody[0].since,
        "parties": sight.of_case(case),
        "event_id": applied.event_id,
    }
    await put(tx, cases, row)


async def put_custody(tx: AsyncConnection, applied: Stored, case: Opened) -> None:
    """Write the custody timeline; a tenure ends when the next one begins."""
    ends = [one.since for one in case.custody[1:]]
    for position, tenure in enumerate(case.custody):
        touched = position >= len(case.custody) - 2
        row: dict[str, Any] = {
            "case_id": applied.case,
            "position": position,
            "custodian": tenure.custodian,
            "since": tenure.since,
            "until": ends[position] if position < len(ends) else None,
            "referral": tenure.referral,
            "parties": sight.of_tenure(case, tenure.custodian),
        }
        if touched:
            await put(tx, custody, {**row, "event_id": applied.event_id})
        else:
            here = (custody.c.case_id == applied.case) & (custody.c.position == position)
            await tx.execute(update(custody).where(here).values(parties=row["parties"]))


async def put_consent(
    tx: AsyncConnection, applied: Stored, case: Opened, consent: ConsentId, changes: Changes = NONE
) -> None:
    """Write what a fact changed of a consent."""
    state = case.consents[consent]
    due = state.acknowledge_by.at if isinstance(state, Withdrawn) else None
    row = {
        "consent": consent,
        "case_id": applied.case,
        "state": consent_code(state),
        "received": sorted(state.received),
        "waiting": sorted(waiting(state)),
        "acknowledge_by": due,
        "parties": sight.of_consent(case, consent),
        "event_id": applied.event_id,
        **changes,
    }
    await put(tx, consents, row)


async def put_referral(
    tx: AsyncConnection, applied: Stored, case: Opened, state: Referral, changes: Changes = NONE
) -> None:
    """Write what a fact changed of a referral."""
    row = {
        "referral": state.terms.referral,
        "case_id": applied.case,
        "state": referral_code(state),
        "sender": state.terms.sender,
        "confirmed": sorted(confirmed(state)),
        "parties": sight.of_referral(case, state),
        "event_id": applied.event_id,
        **changes,
    }
    if isinstance(state, Offered | Delivered | Accepted):
        row["escalated"] = state.watch.times
    await put(tx, referrals, row)


async def show_case(tx: AsyncConnection, applied: Stored, case: Opened) -> None:
    """Change who sees the case's row, and nothing else of it."""
    statement = update(cases).where(cases.c.case_id == applied.case)
    await tx.execute(statement.values(parties=sight.of_case(case)))
