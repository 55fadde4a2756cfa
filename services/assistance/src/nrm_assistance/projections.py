"""What assistance remembers for showing, written in the transaction of each event."""

from collections.abc import Mapping
from typing import Any, TypeAlias
from uuid import UUID

from sqlalchemy import Table, update
from sqlalchemy.dialects.postgresql import Insert, insert
from sqlalchemy.ext.asyncio import AsyncConnection

from nrm_assistance.domain import events as fact
from nrm_assistance.domain import states
from nrm_assistance.domain.clocks import Deadline, deadlines
from nrm_assistance.domain.hearing import parties
from nrm_assistance.domain.parts import NeedItem, grave, overall
from nrm_assistance.models import (
    assistance,
    assistance_file,
    assisted_case,
    document,
    plan,
    relative,
    risk,
    support,
    task,
)
from nrm_assistance.publishing import WAY, immediate
from nrm_contracts.codes import Overdue
from nrm_contracts.ids import AssistanceId
from nrm_runtime.store.machine import Applied

Stored: TypeAlias = Applied[states.State, fact.AssistanceEvent]
Row: TypeAlias = Mapping[str, Any]

TO_COME, OVERDUE, OVER = "to_come", "overdue", "over"
VALID, REPLACED, EXPIRED = "valid", "replaced", "expired"
DOORS: Mapping[type[states.Door], str] = {
    states.DoorOpen: "open",
    states.DoorClosing: "closing",
    states.DoorClosed: "closed",
}


# Facts after which the dated tasks of an assistance may be others than before.
MOVES_TASKS = (
    fact.ImmediateQuestionsAsked
    | fact.ImmediateNeedFound
    | fact.RiskAssessed
    | fact.SafetyPlanAgreed
    | fact.PlanActivated
    | fact.PlanReviewed
    | fact.SupportEnded
    | fact.DeadlineFellDue
    | fact.AssistanceTransferred
    | fact.AssistanceTransferredWithSupports
    | fact.AssistanceCompleted
    | fact.AssistanceLeft
    | fact.PreparationEnded
)
MOVES_FILE = (
    fact.ImmediateQuestionsAsked
    | fact.ImmediateNeedFound
    | fact.NeedsAssessed
    | fact.SafetyPlanAgreed
)
MOVED = states.Transferred | states.TransferredWithTask


def _upsert(table: Table, key: str, *, kept: str) -> Insert:
    """Make the statement that inserts a row, or replaces all of it but what was first there."""
    put = insert(table)
    names = [column.name for column in table.columns if column.name not in {key, kept}]
    return put.on_conflict_do_update(
        index_elements=[key], set_={name: put.excluded[name] for name in names}
    )


# Made once: the shell runs these for every message heard.
PUT_CASE = _upsert(assisted_case, "case_id", kept="heard_at")
PUT_FILE = _upsert(assistance_file, "assistance", kept="case_id")
OPEN_ASSISTANCE = insert(assistance)


async def project(tx: AsyncConnection, applied: Stored) -> None:
    """Write the rows that an event touches."""
    state, event = applied.state, applied.event
    assert isinstance(state, states.Case)
    if isinstance(event, fact.CaseFact):
        await _case(tx, applied, state)
        return
    one = state.assistances[event.assistance]
    if isinstance(event, fact.AssistanceOpened):
        await _opened(tx, applied, event, _sees(state, one))
        if event.referral is not None:
            await _case(tx, applied, state)  # the receiver takes part from now on
        return
    await _standing(tx, applied, one)
    if isinstance(event, fact.FileFact):
        await _filed(tx, applied, event)
    if isinstance(event, MOVES_FILE):
        await tx.execute(PUT_FILE, _file(applied, one.file))
    if isinstance(event, MOVES_TASKS):
        await _tasks(tx, applied, one)


async def _case(tx: AsyncConnection, applied: Stored, state: states.Case) -> None:
    row = {
        "case_id": applied.case,
        "heard_at": applied.event.at,
        "person": state.person,
        "custodian": state.custodian,
        "age": state.age.value,
        "door": DOORS[type(state.door)],
        "parties": sorted(parties(state)),
        "event_id": applied.event_id,
    }
    await tx.execute(PUT_CASE, row)
    if isinstance(applied.event, fact.CustodyLearned):
        # Whoever answers for the case now sees that it is assisted; the one before no longer,
        # but for its own. The assistances themselves were not touched.
        for name, one in state.assistances.items():
            await tx.execute(
                update(assistance)
                .where(assistance.c.assistance == name)
                .values(parties=_sees(state, one))
            )


def _sees(state: states.Case, one: states.Opened) -> list[UUID]:
    agency = frozenset[UUID]() if state.agency is None else frozenset({state.agency})
    return sorted(agency | {one.file.organisation, state.custodian})


async def _opened(
    tx: AsyncConnection, applied: Stored, event: fact.AssistanceOpened, seen_by: list[UUID]
) -> None:
    row = {
        "assistance": event.assistance,
        "case_id": applied.case,
        "organisation": event.organisation,
        "state": event.phase.value,
        "referral": event.referral,
        "receiver": None,
        "open_supports": 0,
        "opened_at": event.at,
        "parties": seen_by,
        "event_id": applied.event_id,
    }
    await tx.execute(OPEN_ASSISTANCE, row)


async def _standing(tx: AsyncConnection, applied: Stored, one: states.Opened) -> None:
    name = one.file.assistance
    row = {
        "state": WAY[type(one)],
        "receiver": one.receiver if isinstance(one, MOVED) else None,
        "open_supports": len(one.file.open_supports()),
        "event_id": applied.event_id,
    }
    await tx.execute(update(assistance).where(assistance.c.assistance == name).values(**row))
    if isinstance(applied.event, fact.WayFact) and not isinstance(one, states.RUNNING):
        await _plans_over(tx, applied, name)


async def _plans_over(tx: AsyncConnection, applied: Stored, name: AssistanceId) -> None:
    over = {"in_force": False, "event_id": applied.event_id}
    await tx.execute(update(plan).where(plan.c.assistance == name, plan.c.in_force).values(**over))


def _file(applied: Stored, file: states.File) -> Row:
    urgent, safety = file.immediate, file.safety
    return {
        "assistance": file.assistance,
        "case_id": applied.case,
        "immediate": immediate(urgent),
        "immediate_found": sorted(urgent.found) if isinstance(urgent, states.Urgent) else [],
        "needs": [_need(item) for item in file.needs],
        "safety_review_by": safety.clock.due.at if isinstance(safety, states.SafetyPlan) else None,
        "org": file.organisation,
        "event_id": applied.event_id,
    }


async def _tasks(tx: AsyncConnection, applied: Stored, one: states.Opened) -> None:
    name = one.file.assistance
    wanted = {(each.what, each.about): each for each in deadlines(one)}
    over = (
        update(task)
        .where(task.c.assistance == name, task.c.standing != OVER)
        .values(standing=OVER, event_id=applied.event_id)
    )
    for what, about in wanted:
        over = over.where((task.c.what != what) | (task.c.about != about))
    await tx.execute(over)
    for each in wanted.values():
        await _task(tx, applied, name, each)


async def _task(tx: AsyncConnection, applied: Stored, name: AssistanceId, each: Deadline) -> None:
    row = {
        "due_at": each.due.at,
        "profile": each.due.profile,
        "standing": TO_COME if each.to_come else OVERDUE,
        "event_id": applied.event_id,
    }
    put = insert(task).values(
        assistance=name,
        what=each.what,
        about=each.about,
        case_id=applied.case,
        org=each.responsible,
        **row,
    )
    changed = (task.c.due_at != row["due_at"]) | (task.c.standing != row["standing"])
    await tx.execute(
        put.on_conflict_do_update(
            index_elements=["assistance", "what", "about"], set_=row, where=changed
        )
    )


async def _filed(tx: AsyncConnection, applied: Stored, event: fact.FileFact) -> None:
    base = {
        "case_id": applied.case,
        "assistance": event.assistance,
        "event_id": applied.event_id,
    }
    match event:
        case fact.RelativeAdded(organisation=org, relative=name, at=at):
            await tx.execute(insert(relative).values(relative=name, added_at=at, org=org, **base))
        case fact.RiskAssessed():
            await _risk(tx, event, base)
        case fact.PlanActivated():
            await _plan(tx, applied, event, base)
        case fact.PlanReviewed():
            due = {"review_by": event.review_by.at, "event_id": applied.event_id}
            await tx.execute(update(plan).where(plan.c.plan == event.plan).values(**due))
        case fact.SupportStarted() | fact.SupportDelivered() | fact.SupportEnded():
            await _support(tx, event, base)
        case fact.DocumentFiled() | fact.TranslationFiled():
            await _document(tx, applied, event, base)
        case fact.DeadlineFellDue(what=Overdue.RISK, about=about):
            row = {"standing": EXPIRED, "event_id": applied.event_id}
            await tx.execute(update(risk).where(risk.c.assessment == about).values(**row))
        case _:
            pass  # the standing of assistance, file and tasks says it


async def _risk(tx: AsyncConnection, event: fact.RiskAssessed, base: Row) -> None:
    same = risk.c.relative == event.relative if event.relative else risk.c.relative.is_(None)
    await tx.execute(
        update(risk)
        .where(
            risk.c.assistance == event.assistance,
            risk.c.subject == event.subject,
            same,
            risk.c.standing == VALID,
        )
        .values(standing=REPLACED, event_id=base["event_id"])
    )
    rated = [
        {"dimension": one.dimension, "likelihood": one.likelihood, "severity": one.severity}
        for one in event.ratings
    ]
    await tx.execute(
        insert(risk).values(
            assessment=event.assessment,
            subject=event.subject,
            relative=event.relative,
            phase=event.phase,
            overall=overall(event.ratings),
            high=sorted(grave(event.ratings)),
            ratings=rated,
            assessed_at=event.at,
            valid_until=event.valid_until.at,
            standing=VALID,
            org=event.organisation,
            **base,
        )
    )


def _need(item: NeedItem) -> Row:
    return {
        "need": item.need,
        "priority": item.priority,
        "provider": None if item.provider is None else str(item.provider),
        "consent": None if item.consent is None else str(item.consent),
    }


async def _plan(tx: AsyncConnection, applied: Stored, event: fact.PlanActivated, base: Row) -> None:
    await _plans_over(tx, applied, event.assistance)
    items = [
        {"need": one.need, "pillar": one.pillar, "setting": one.setting} for one in event.items
    ]
    await tx.execute(
        insert(plan).values(
            plan=event.plan,
            items=items,
            giver=event.agreement.giver,
            in_force=True,
            activated_at=event.at,
            review_by=event.review_by.at,
            org=event.organisation,
            **base,
        )
    )


async def _support(
    tx: AsyncConnection,
    event: fact.SupportStarted | fact.SupportDelivered | fact.SupportEnded,
    base: Row,
) -> None:
    row: dict[str, Any] = {"event_id": base["event_id"]}
    match event:
        case fact.SupportStarted():
            await tx.execute(
                insert(support).values(
                    support=event.support,
                    need=event.need,
                    setting=event.setting,
                    pillar=event.pillar,
                    subject=event.subject,
                    relative=event.relative,
                    state="started",
                    delivered=0,
                    started_at=event.at,
                    org=event.organisation,
                    **base,
                )
            )
            return
        case fact.SupportDelivered():
            row["delivered"] = support.c.delivered + 1
        case fact.SupportEnded():
            row |= {"state": event.how, "ended_at": event.at}
    await tx.execute(update(support).where(support.c.support == event.support).values(**row))


async def _document(
    tx: AsyncConnection,
    applied: Stored,
    event: fact.DocumentFiled | fact.TranslationFiled,
    base: Row,
) -> None:
    assert isinstance(applied.state, states.Case)
    papers = applied.state.assistances[event.assistance].file.papers
    source = event.original if isinstance(event, fact.TranslationFiled) else event.document
    paper = papers[source]
    assert isinstance(paper, states.Original)
    await tx.execute(
        insert(document).values(
            document=event.document,
            original=source if source != event.document else None,
            kind=paper.kind,
            category=paper.category,
            language=event.language,
            filed_at=event.at,
            org=event.organisation,
            **base,
        )
    )
