"""What return shows, always to somebody: their organisation decides which rows exist."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, select, tuple_, union_all
from sqlalchemy.ext.asyncio import AsyncConnection

from nrm_return.models import (
    appointment,
    approval,
    checklist_item,
    contact,
    known_case,
    return_file,
    task,
)
from nrm_runtime.access import Principal


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseView:
    """What return knows of a case."""

    case: UUID
    custodian: UUID | None
    agency: UUID | None
    age: str
    presumed: bool
    reflection_settled: bool
    closing: str
    event_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnView:
    """One return: its state as a code, and what is on file."""

    return_id: UUID
    case: UUID
    kind: str
    origin: str
    destination_country: str
    destination: str
    requester: UUID
    requested_at: datetime
    state: str
    reason: str | None
    consent: UUID | None
    consent_until: datetime | None
    receiver: UUID | None
    referral: UUID | None
    agreed_at: datetime | None
    assessment: UUID | None
    overall: str | None
    residual: str | None
    signed_by: list[str]
    disagreement: bool
    risk_until: datetime | None
    inquiry: str
    inquiry_asked: UUID | None
    inquiry_document: UUID | None
    inquiry_language: str | None
    inquiry_translation: UUID | None
    departs_at: datetime | None
    arrives_at: datetime | None
    escort: str | None
    lead_by: datetime | None
    short_lead: str
    departed_at: datetime | None
    arrival_by: datetime | None
    alarms: int
    plan_by: datetime | None
    arrived_at: datetime | None
    reassess_by: datetime | None
    handed_over: bool
    follow_up: str
    responsible: UUID | None
    report_to: UUID | None
    contact_consent: UUID | None
    event_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemView:
    """One need of a return; `lacks` is the code of what is missing now, absent where nothing is."""

    need: str
    lacks: str | None
    until: datetime | None
    at_departure: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalView:
    """One country's word that stands."""

    country: str
    organisation: UUID
    approved_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnFileView(ReturnView):
    """A return with its checklist; `missing` are the codes that stand against it now."""

    missing: list[str]
    checklist: list[ItemView]
    approvals: list[ApprovalView]


@dataclass(frozen=True, slots=True, kw_only=True)
class AppointmentView:
    """One contact or report that was agreed."""

    round: int
    what: str
    number: int
    due_at: datetime
    responsible: UUID
    report_to: UUID
    kept: bool
    overdue: bool
    tries: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactView:
    """One contact that was made or tried, or one report that was sent."""

    what: str
    number: int
    outcome: str | None
    document: UUID | None
    organisation: UUID
    occurred_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskView:
    """Something owed by a date in one of the organisation's returns."""

    return_id: UUID
    case: UUID
    name: str
    what: str
    due_at: datetime
    overdue: bool
    responsible: UUID | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """The names of a case's keys in the vault: the person's and the family's."""

    person: UUID
    family: UUID


async def case(tx: AsyncConnection, case_id: UUID, principal: Principal) -> CaseView | None:
    """Give a case that the principal's organisation takes part in."""
    statement = select(known_case).where(
        known_case.c.case_id == case_id, known_case.c.parties.contains([principal.organisation])
    )
    row = (await tx.execute(statement)).one_or_none()
    if row is None:
        return None
    return CaseView(
        case=row.case_id,
        custodian=row.custodian,
        agency=row.agency,
        age=row.age,
        presumed=row.presumed,
        reflection_settled=row.reflection_settled,
        closing=row.closing,
        event_id=row.event_id,
    )


async def sees(tx: AsyncConnection, case_id: UUID, principal: Principal) -> bool:
    """Say whether the organisation has a part in the case or in one of its returns."""
    here = principal.organisation
    statement = union_all(
        select(known_case.c.case_id).where(
            known_case.c.case_id == case_id, known_case.c.parties.contains([here])
        ),
        select(return_file.c.case_id).where(
            return_file.c.case_id == case_id, return_file.c.parties.contains([here])
        ),
    )
    return (await tx.execute(statement.limit(1))).first() is not None


async def keys(tx: AsyncConnection, case_id: UUID, principal: Principal) -> Keys | None:
    """Give the keys of a case's private documents, to who may write some."""
    if not await sees(tx, case_id, principal):
        return None
    found = select(return_file.c.person, return_file.c.family).where(
        return_file.c.case_id == case_id, return_file.c.parties.contains([principal.organisation])
    )
    known = select(known_case.c.person, known_case.c.family).where(
        known_case.c.case_id == case_id, known_case.c.parties.contains([principal.organisation])
    )
    row = (await tx.execute(union_all(known, found).limit(1))).first()
    if row is None or row.person is None or row.family is None:
        return None
    return Keys(person=row.person, family=row.family)


async def journey(
    tx: AsyncConnection, case_id: UUID, return_id: UUID, principal: Principal
) -> ReturnView | None:
    """Give a return that the principal's organisation has a part in."""
    statement = _returns(principal).where(
        return_file.c.case_id == case_id, return_file.c.return_id == return_id
    )
    row = (await tx.execute(statement)).one_or_none()
    return None if row is None else _view(row)


async def whole_journey(
    tx: AsyncConnection, case_id: UUID, return_id: UUID, now: datetime, principal: Principal
) -> ReturnFileView | None:
    """Give a return with its checklist and approvals, as things stand at an instant (UTC)."""
    found = await journey(tx, case_id, return_id, principal)
    if found is None:
        return None
    needs = await checklist(tx, return_id, now, principal)
    words = await approvals(tx, return_id, principal)
    return ReturnFileView(
        **asdict(found),
        missing=[each.lacks for each in needs if each.lacks is not None],
        checklist=list(needs),
        approvals=list(words),
    )


async def journeys(
    tx: AsyncConnection,
    principal: Principal,
    *,
    limit: int,
    after: tuple[str, ...],
    case_id: UUID | None = None,
) -> Sequence[ReturnView]:
    """Give the organisation's returns, the newest first; `after` is (requested_at, return)."""
    key = tuple_(return_file.c.requested_at, return_file.c.return_id)
    statement = _returns(principal).order_by(
        return_file.c.requested_at.desc(), return_file.c.return_id.desc()
    )
    if case_id is not None:
        statement = statement.where(return_file.c.case_id == case_id)
    if after:
        statement = statement.where(key < (datetime.fromisoformat(after[0]), UUID(after[1])))
    return [_view(row) for row in await tx.execute(statement.limit(limit + 1))]


async def checklist(
    tx: AsyncConnection, return_id: UUID, now: datetime, principal: Principal
) -> Sequence[ItemView]:
    """Give every need of a return, with what is missing at an instant (UTC)."""
    statement = (
        select(checklist_item)
        .where(
            checklist_item.c.return_id == return_id,
            checklist_item.c.parties.contains([principal.organisation]),
        )
        .order_by(checklist_item.c.position)
    )
    return [
        ItemView(
            need=row.need,
            lacks=_lacks(row, now),
            until=row.until,
            at_departure=row.at_departure,
        )
        for row in await tx.execute(statement)
    ]


async def approvals(
    tx: AsyncConnection, return_id: UUID, principal: Principal
) -> Sequence[ApprovalView]:
    """Give the approvals that stand."""
    statement = (
        select(approval)
        .where(
            approval.c.return_id == return_id, approval.c.parties.contains([principal.organisation])
        )
        .order_by(approval.c.approved_at, approval.c.country)
    )
    return [
        ApprovalView(
            country=row.country, organisation=row.organisation, approved_at=row.approved_at
        )
        for row in await tx.execute(statement)
    ]


async def appointments(
    tx: AsyncConnection, return_id: UUID, principal: Principal
) -> Sequence[AppointmentView]:
    """Give every contact and report that was agreed, in order."""
    statement = (
        select(appointment)
        .where(
            appointment.c.return_id == return_id,
            appointment.c.parties.contains([principal.organisation]),
        )
        .order_by(appointment.c.round, appointment.c.due_at, appointment.c.what)
    )
    return [
        AppointmentView(
            round=row.round,
            what=row.what,
            number=row.number,
            due_at=row.due_at,
            responsible=row.responsible,
            report_to=row.report_to,
            kept=row.kept,
            overdue=row.overdue,
            tries=row.tries,
        )
        for row in await tx.execute(statement)
    ]


async def contacts(
    tx: AsyncConnection, return_id: UUID, principal: Principal
) -> Sequence[ContactView]:
    """Give every contact made or tried and every report sent, in order."""
    statement = (
        select(contact)
        .where(
            contact.c.return_id == return_id, contact.c.parties.contains([principal.organisation])
        )
        .order_by(contact.c.seq)
    )
    return [
        ContactView(
            what=row.what,
            number=row.number,
            outcome=row.outcome,
            document=row.document,
            organisation=row.organisation,
            occurred_at=row.occurred_at,
        )
        for row in await tx.execute(statement)
    ]


async def tasks(
    tx: AsyncConnection, principal: Principal, *, limit: int, after: tuple[str, ...]
) -> Sequence[TaskView]:
    """Give what is owed in the organisation's returns, the earliest first.

    `after` is (due_at, return, name).
    """
    key = tuple_(task.c.due_at, task.c.return_id, task.c.name)
    statement = (
        select(task)
        .where(task.c.parties.contains([principal.organisation]))
        .order_by(task.c.due_at, task.c.return_id, task.c.name)
        .limit(limit + 1)
    )
    if after:
        last = (datetime.fromisoformat(after[0]), UUID(after[1]), after[2])
        statement = statement.where(key > last)
    return [
        TaskView(
            return_id=row.return_id,
            case=row.case_id,
            name=row.name,
            what=row.what,
            due_at=row.due_at,
            overdue=row.overdue,
            responsible=row.responsible,
        )
        for row in await tx.execute(statement)
    ]


def _lacks(row: Row[Any], now: datetime) -> str | None:
    if not row.met:
        return str(row.code)
    return str(row.late_code) if row.until is not None and row.until <= now else None


def _returns(principal: Principal) -> Select[Any]:
    return select(return_file).where(return_file.c.parties.contains([principal.organisation]))


def _view(row: Row[Any]) -> ReturnView:
    shown = (each.name for each in fields(ReturnView) if each.name != "case")
    return ReturnView(case=row.case_id, **{name: getattr(row, name) for name in shown})
