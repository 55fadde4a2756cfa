"""What identification remembers for showing, written in the transaction of each event."""

from typing import Any

from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from nrm_identification.domain import events as fact
from nrm_identification.domain.case import Case, CaseFile
from nrm_identification.domain.reflection import Running
from nrm_identification.models import case_code, indicator_result, victim_status
from nrm_runtime.store.machine import Applied


async def project(tx: AsyncConnection, applied: Applied[Case, fact.CaseEvent]) -> None:
    """Write the rows that an event touches."""
    state = applied.state
    if not isinstance(state, CaseFile):
        return
    row = _row(applied, state)
    at_first = {"recorded_at": applied.recorded_at}
    statement = insert(victim_status).values(case_id=applied.case, **row, **at_first)
    await tx.execute(statement.on_conflict_do_update(index_elements=["case_id"], set_=row))
    match applied.event:
        case fact.SignalReceived():
            await tx.execute(
                insert(case_code).values(
                    code=state.code, case_id=applied.case, event_id=applied.event_id
                )
            )
        case fact.IndicatorsRecorded() as event:
            await tx.execute(
                insert(indicator_result).values(
                    case_id=applied.case,
                    seq=applied.seq,
                    indicators=event.indicators,
                    list_version=event.list_version,
                    outcome=event.outcome,
                    organisation=event.by,
                    occurred_at=event.at,
                    parties=row["parties"],
                    event_id=applied.event_id,
                )
            )
        case fact.CustodianNoted() | fact.PartyNoted() | fact.VictimPresumed():
            await tx.execute(
                update(indicator_result)
                .where(indicator_result.c.case_id == applied.case)
                .values(parties=row["parties"])
            )
        case _:
            pass


def _row(applied: Applied[Case, fact.CaseEvent], state: CaseFile) -> dict[str, Any]:
    running = state.reflection if isinstance(state.reflection, Running) else None
    return {
        "code": state.code,
        "person": state.person,
        "country": state.country,
        "recorder": state.recorder,
        "custodian": state.custodian,
        "age": state.age,
        "identification": type(state.identification).__name__,
        "reflection": type(state.reflection).__name__,
        "reflection_began_at": running.began if running else None,
        "reflection_ends_by": running.ends.at if running else None,
        "rights_explained": state.rights_explained,
        "advice": state.advice,
        "notice_by": state.notice.by.at if state.notice.by else None,
        "closure": type(state.closure).__name__,
        "parties": sorted(state.parties),
        "event_id": applied.event_id,
    }
