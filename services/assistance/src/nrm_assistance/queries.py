"""What assistance shows, always to somebody: their organisation decides which rows exist."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, Table, any_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from nrm_assistance import models as table
from nrm_runtime.access import Principal

View = TypeVar("View")
OVER = "over"  # the standing of a task that nobody has to do any more


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseView:
    """A case as assistance knows it; `door` is open, closing or closed."""

    case: UUID
    custodian: UUID
    age: str
    door: str
    heard_at: datetime
    event_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class AssistanceView:
    """One organisation's assistance in a case: that it is there and how far it is."""

    assistance: UUID
    case: UUID
    organisation: UUID
    state: str
    referral: UUID | None
    receiver: UUID | None
    open_supports: int
    opened_at: datetime
    event_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class NeedView:
    """One need, with who is to meet it under which consent."""

    need: str
    priority: str
    provider: UUID | None
    consent: UUID | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FileView:
    """What the assisting organisation knows, as codes."""

    assistance: UUID
    immediate: str
    immediate_found: Sequence[str]
    needs: Sequence[NeedView]
    safety_review_by: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RatingView:
    """Danger in one dimension."""

    dimension: str
    likelihood: int
    severity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskView:
    """A risk assessment; `standing` is valid, replaced or expired."""

    assessment: UUID
    assistance: UUID
    subject: str
    relative: UUID | None
    phase: str
    overall: str
    high: Sequence[str]
    ratings: Sequence[RatingView]
    assessed_at: datetime
    valid_until: datetime
    standing: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemView:
    """One item of a plan."""

    need: str
    pillar: int
    setting: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanView:
    """An assistance plan; one of an assistance is in force."""

    plan: UUID
    assistance: UUID
    items: Sequence[ItemView]
    giver: str
    in_force: bool
    activated_at: datetime
    review_by: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SupportView:
    """A support; `state` is started, or how it ended."""

    support: UUID
    assistance: UUID
    need: str
    setting: str
    pillar: int
    subject: str
    relative: UUID | None
    state: str
    delivered: int
    started_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentView:
    """A document on file, without its content; a translation names its original."""

    document: UUID
    assistance: UUID
    original: UUID | None
    kind: str
    category: str
    language: str
    filed_at: datetime
    event_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class RelativeView:
    """A relative: an opaque name."""

    relative: UUID
    assistance: UUID
    added_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskView:
    """A dated task; `standing` is to_come, overdue or over."""

    case: UUID
    assistance: UUID
    what: str
    about: UUID
    due_at: datetime
    profile: str
    standing: str


async def case(tx: AsyncConnection, case_id: UUID, principal: Principal) -> CaseView | None:
    """Give a case that the principal's organisation takes part in."""
    row = (await tx.execute(_case_of(case_id, principal))).one_or_none()
    return None if row is None else _view(CaseView, row, case=row.case_id)


async def person(tx: AsyncConnection, case_id: UUID, principal: Principal) -> UUID | None:
    """Give the opaque name of the person of a case."""
    row = (await tx.execute(_case_of(case_id, principal))).one_or_none()
    return None if row is None else row.person


async def sees(tx: AsyncConnection, case_id: UUID, principal: Principal) -> bool:
    """Say whether the principal's organisation takes part in a case."""
    return await case(tx, case_id, principal) is not None


async def assistance(
    tx: AsyncConnection, case_id: UUID, assistance_id: UUID, principal: Principal
) -> AssistanceView | None:
    """Give one assistance of a case."""
    shown = table.assistance
    found = _assistances(principal).where(
        shown.c.case_id == case_id, shown.c.assistance == assistance_id
    )
    row = (await tx.execute(found)).one_or_none()
    return None if row is None else _assistance(row)


async def assistances_of(
    tx: AsyncConnection, case_id: UUID, principal: Principal
) -> Sequence[AssistanceView]:
    """Give every assistance of a case that may be known, in the order of opening."""
    shown = table.assistance
    found = _assistances(principal).where(shown.c.case_id == case_id)
    rows = await tx.execute(found.order_by(shown.c.opened_at, shown.c.assistance))
    return [_assistance(row) for row in rows]


async def own_assistances(
    tx: AsyncConnection, principal: Principal, *, limit: int, after: tuple[str, ...]
) -> Sequence[AssistanceView]:
    """Give the organisation's own, the newest first; `after` is (opened_at, assistance)."""
    shown = table.assistance
    found = (
        _assistances(principal)
        .where(shown.c.organisation == principal.organisation)
        .order_by(shown.c.opened_at.desc(), shown.c.assistance.desc())
        .limit(limit + 1)
    )
    if after:
        key = tuple_(shown.c.opened_at, shown.c.assistance)
        found = found.where(key < (datetime.fromisoformat(after[0]), UUID(after[1])))
    return [_assistance(row) for row in await tx.execute(found)]


async def file(tx: AsyncConnection, assistance_id: UUID, principal: Principal) -> FileView | None:
    """Give what the organisation knows; None where nothing was found out yet."""
    shown = table.assistance_file
    found = _own(shown, principal, shown.c.assistance == assistance_id)
    row = (await tx.execute(found)).one_or_none()
    if row is None:
        return None
    return _view(FileView, row, needs=[_view_of_need(one) for one in row.needs])


async def risks(
    tx: AsyncConnection, assistance_id: UUID, principal: Principal
) -> Sequence[RiskView]:
    """Give the risk assessments of an assistance, in order."""
    shown = table.risk
    found = _own(shown, principal, shown.c.assistance == assistance_id)
    rows = await tx.execute(found.order_by(shown.c.assessed_at, shown.c.assessment))
    return [_risk(row) for row in rows]


async def risk(tx: AsyncConnection, assessment: UUID, principal: Principal) -> RiskView | None:
    """Give one risk assessment."""
    shown = table.risk
    found = _own(shown, principal, shown.c.assessment == assessment)
    row = (await tx.execute(found)).one_or_none()
    return None if row is None else _risk(row)


async def plans(
    tx: AsyncConnection, assistance_id: UUID, principal: Principal
) -> Sequence[PlanView]:
    """Give the plans of an assistance, in order."""
    shown = table.plan
    found = _own(shown, principal, shown.c.assistance == assistance_id)
    rows = await tx.execute(found.order_by(shown.c.activated_at, shown.c.plan))
    return [_view(PlanView, row, items=[ItemView(**one) for one in row.items]) for row in rows]


async def supports(
    tx: AsyncConnection, assistance_id: UUID, principal: Principal
) -> Sequence[SupportView]:
    """Give the supports of an assistance, in order."""
    shown = table.support
    found = _own(shown, principal, shown.c.assistance == assistance_id)
    rows = await tx.execute(found.order_by(shown.c.started_at, shown.c.support))
    return [_view(SupportView, row) for row in rows]


async def support(
    tx: AsyncConnection, assistance_id: UUID, support_id: UUID, principal: Principal
) -> SupportView | None:
    """Give one support."""
    shown = table.support
    ours = shown.c.assistance == assistance_id
    found = _own(shown, principal, ours, shown.c.support == support_id)
    row = (await tx.execute(found)).one_or_none()
    return None if row is None else _view(SupportView, row)


async def documents(
    tx: AsyncConnection, assistance_id: UUID, principal: Principal
) -> Sequence[DocumentView]:
    """Give what is on file, each original followed by its translations."""
    shown = table.document
    found = _own(shown, principal, shown.c.assistance == assistance_id)
    rows = await tx.execute(found.order_by(shown.c.filed_at, shown.c.document))
    every = [_view(DocumentView, row) for row in rows]
    return [
        one
        for original in every
        if original.original is None
        for one in (original, *(each for each in every if each.original == original.document))
    ]


async def document(
    tx: AsyncConnection, assistance_id: UUID, document_id: UUID, principal: Principal
) -> DocumentView | None:
    """Give one document or translation."""
    every = await documents(tx, assistance_id, principal)
    return next((one for one in every if one.document == document_id), None)


async def relatives(
    tx: AsyncConnection, whose: UUID, principal: Principal
) -> Sequence[RelativeView]:
    """Give the relatives that an organisation added, in a case or in one assistance."""
    shown = table.relative
    here = (shown.c.assistance == whose) | (shown.c.case_id == whose)
    rows = await tx.execute(
        _own(shown, principal, here).order_by(shown.c.added_at, shown.c.relative)
    )
    return [_view(RelativeView, row) for row in rows]


async def relative(
    tx: AsyncConnection, case_id: UUID, relative_id: UUID, principal: Principal
) -> RelativeView | None:
    """Give one relative."""
    shown = table.relative
    ours = shown.c.case_id == case_id
    row = (
        await tx.execute(_own(shown, principal, ours, shown.c.relative == relative_id))
    ).one_or_none()
    return None if row is None else _view(RelativeView, row)


async def tasks_of(
    tx: AsyncConnection, assistance_id: UUID, principal: Principal
) -> Sequence[TaskView]:
    """Give the tasks of an assistance that are not over, the earliest first."""
    shown = table.task
    found = _own(shown, principal, shown.c.assistance == assistance_id, shown.c.standing != OVER)
    rows = await tx.execute(found.order_by(shown.c.due_at, shown.c.what, shown.c.about))
    return [_view(TaskView, row, case=row.case_id) for row in rows]


async def tasks(
    tx: AsyncConnection, principal: Principal, *, limit: int, after: tuple[str, ...]
) -> Sequence[TaskView]:
    """Give the organisation's tasks that are not over, the earliest first.

    `after` is (due_at, assistance, what, about).
    """
    shown = table.task
    found = (
        _own(shown, principal, shown.c.standing != OVER)
        .order_by(shown.c.due_at, shown.c.assistance, shown.c.what, shown.c.about)
        .limit(limit + 1)
    )
    if after:
        key = tuple_(shown.c.due_at, shown.c.assistance, shown.c.what, shown.c.about)
        at, whose, what, about = after
        found = found.where(key > (datetime.fromisoformat(at), UUID(whose), what, UUID(about)))
    return [_view(TaskView, row, case=row.case_id) for row in await tx.execute(found)]


def _case_of(case_id: UUID, principal: Principal) -> Select[Any]:
    shown = table.assisted_case
    return select(shown).where(
        shown.c.case_id == case_id, any_(shown.c.parties) == principal.organisation
    )


def _assistances(principal: Principal) -> Select[Any]:
    return select(table.assistance).where(
        any_(table.assistance.c.parties) == principal.organisation
    )


def _own(shown: Table, principal: Principal, *conditions: ColumnElement[bool]) -> Select[Any]:
    return select(shown).where(shown.c.org == principal.organisation, *conditions)


def _view(kind: type[View], row: Row[Any], **read: object) -> View:
    """Show a row: each field is the column of its name, but for those read in another way."""
    columns = row._asdict()
    plain = {name: columns[name] for name in kind.__annotations__ if name not in read}
    return kind(**plain, **read)


def _assistance(row: Row[Any]) -> AssistanceView:
    return _view(AssistanceView, row, case=row.case_id)


def _view_of_need(one: Mapping[str, str | None]) -> NeedView:
    provider, consent = one["provider"], one["consent"]
    return NeedView(
        need=str(one["need"]),
        priority=str(one["priority"]),
        provider=None if provider is None else UUID(provider),
        consent=None if consent is None else UUID(consent),
    )


def _risk(row: Row[Any]) -> RiskView:
    return _view(RiskView, row, ratings=[RatingView(**one) for one in row.ratings])
