"""What return remembers for showing, written in the transaction of each event."""

from collections.abc import Iterable
from typing import Any, Final, TypeAlias
from uuid import UUID

from sqlalchemy import Table, update
from sqlalchemy.ext.asyncio import AsyncConnection

from nrm_contracts.codes import Overdue
from nrm_return.domain import follow_up_events as follow_up
from nrm_return.domain.case_events import ClosingFact, KnownFact
from nrm_return.domain.case_states import Case
from nrm_return.domain.checklist import items
from nrm_return.domain.events import CaseFact
from nrm_return.domain.parties import parties, schedule_of
from nrm_return.domain.running import owed
from nrm_return.domain.states import Return
from nrm_return.models import (
    appointment,
    approval,
    checklist_item,
    contact,
    known_case,
    return_file,
    task,
)
from nrm_return.projections.rows import case_row, return_row
from nrm_runtime.store.machine import Applied
from nrm_runtime.store.tables import drop, put

Stored: TypeAlias = Applied[Case, CaseFact]
Row: TypeAlias = dict[str, Any]

KEPT_ROWS: Final = (return_file, appointment, contact)
"""Tables whose rows stay as they are when something else about the case is heard."""


async def project(tx: AsyncConnection, applied: Stored) -> None:
    """Write the rows that an event touches."""
    event, state = applied.event, applied.state
    if isinstance(event, KnownFact | ClosingFact):
        await put(tx, known_case, case_row(applied.case, state) | _touched(applied))
        for each in state.returns.values():
            await _heard(tx, applied, each)
        return
    found = state.returns[event.return_id]
    seen = parties(found, state.known)
    await put(tx, return_file, return_row(applied.case, state.known, found) | _by(applied, seen))
    await _around(tx, applied, found)
    if isinstance(event, follow_up.FollowUpFact):
        await _contacts(tx, applied, found, event)


async def _heard(tx: AsyncConnection, applied: Stored, found: Return) -> None:
    """Bring a return up to what was heard of its case; its own row only if who sees it changed."""
    seen = sorted(parties(found, applied.state.known))
    for table in KEPT_ROWS:
        changed = (table.c.return_id == found.file.return_id) & table.c.parties.is_distinct_from(
            seen
        )
        await tx.execute(
            update(table).where(changed).values(parties=seen, event_id=applied.event_id)
        )
    await _around(tx, applied, found)


async def _around(tx: AsyncConnection, applied: Stored, found: Return) -> None:
    """Write anew what follows from the state: checklist, approvals that stand, what is owed."""
    file, known = found.file, applied.state.known
    seen = parties(found, known)
    needs = (
        {
            "need": each.need.value,
            "position": position,
            "met": each.met,
            "code": each.code,
            "late_code": each.late_code,
            "until": each.until,
            "at_departure": each.at_departure,
        }
        for position, each in enumerate(items(file, known))
    )
    await _replace(tx, checklist_item, applied, found, needs, seen)
    words = (
        {"country": each.country, "organisation": each.organisation, "approved_at": each.at}
        for each in file.endorsements
    )
    await _replace(tx, approval, applied, found, words, seen)
    await drop(tx, task, {"return_id": file.return_id})
    for each in owed(found, known):
        answering = frozenset() if each.responsible is None else frozenset({each.responsible})
        row = {
            "return_id": file.return_id,
            "name": each.name,
            "case_id": applied.case,
            "what": each.what.value,
            "due_at": each.due.at,
            "overdue": each.overdue,
            "responsible": each.responsible,
        }
        await put(tx, task, row | _by(applied, answering | each.others))


async def _replace(
    tx: AsyncConnection,
    table: Table,
    applied: Stored,
    found: Return,
    rows: Iterable[Row],
    seen: Iterable[UUID],
) -> None:
    """Put these rows of a return in the place of all that stood there."""
    key = {"return_id": found.file.return_id}
    await drop(tx, table, key)
    both = _by(applied, seen)
    for row in rows:
        await put(tx, table, key | row | both)


async def _contacts(
    tx: AsyncConnection, applied: Stored, found: Return, event: follow_up.FollowUpFact
) -> None:
    """Write what was agreed, and what was done about it."""
    both = _by(applied, parties(found, applied.state.known))
    schedule = schedule_of(found)
    if schedule is not None:
        for what, each in schedule.entries:
            row = {
                "return_id": event.return_id,
                "round": schedule.round,
                "what": what.value,
                "number": each.number,
                "case_id": applied.case,
                "due_at": each.due.at,
                "responsible": schedule.responsible,
                "report_to": schedule.report_to,
                "kept": each.kept,
                "overdue": each.overdue,
                "tries": each.tries,
            }
            await put(tx, appointment, row | both)
    match event:
        case follow_up.FollowUpRecorded():
            done: Row = {"what": Overdue.FOLLOW_UP.value, "outcome": event.outcome.value}
        case follow_up.FollowUpReportSent():
            done = {"what": Overdue.REPORT.value, "document": event.document}
        case _:
            return
    row = {
        "return_id": event.return_id,
        "seq": applied.seq,
        "number": event.number,
        "organisation": event.organisation,
        "occurred_at": event.at,
    }
    await put(tx, contact, row | done | both)


def _touched(applied: Stored) -> Row:
    return _by(applied, applied.state.known.parties)


def _by(applied: Stored, seen: Iterable[UUID]) -> Row:
    """Give who sees a row, and the event that touched it."""
    return {"parties": sorted(seen), "event_id": applied.event_id}
