"""Rows of a case's life, of consents, overrides and closings."""

from typing import assert_never

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncConnection

from nrm_referral.domain import events as fact
from nrm_referral.domain.closing import ANSWERING
from nrm_referral.domain.states import ClosingOpen, Opened
from nrm_referral.models import closings, disclosures, links, overrides, tasks
from nrm_referral.projections import sight
from nrm_referral.projections.rows import Changes, Stored, put_case, put_consent, put_custody
from nrm_referral.publishing.regions import override_code
from nrm_runtime.store.tables import put


async def lived(tx: AsyncConnection, applied: Stored, case: Opened, event: fact.LifeEvent) -> None:
    """Write what changed of the case itself."""
    if isinstance(event, fact.CaseLinked):
        row = {
            "case_id": applied.case,
            "linked": event.linked,
            "how": event.how,
            "organisation": event.organisation,
            "parties": sight.of_links(case),
            "event_id": applied.event_id,
        }
        await put(tx, links, row)
        return
    await put_case(tx, applied, case)
    if isinstance(event, fact.CaseOpened):
        await put_custody(tx, applied, case)


async def consented(
    tx: AsyncConnection, applied: Stored, case: Opened, event: fact.ConsentEvent
) -> None:
    """Write what changed of a consent, or what a group was told."""
    match event:
        case fact.ConsentGranted():
            await put_consent(tx, applied, case, event.consent, _granted(event))
            if event.blocked:
                await put_case(tx, applied, case)
        case fact.ConsentWithdrawn() | fact.ConsentExpired():
            await put_consent(tx, applied, case, event.consent)
        case fact.WithdrawalAcknowledged() | fact.WithdrawalUnanswered():
            await put_consent(tx, applied, case, event.consent)
        case fact.GroupInformed():
            row = {
                "event_id": applied.event_id,
                "case_id": applied.case,
                "seq": applied.seq,
                "what": "group",
                "organisation": event.organisation,
                "recipient_group": event.group,
                "categories": sorted(event.categories),
                "purpose": event.purpose,
                "basis": "consent",
                "consent": event.consent,
                "at": event.at,
                "parties": sight.of_disclosure(case, event.organisation),
            }
            await put(tx, disclosures, row)
        case _:
            assert_never(event)


def _granted(event: fact.ConsentGranted) -> Changes:
    return {
        "organisation": event.organisation,
        "recipient": event.recipient,
        "recipient_group": event.group,
        "purpose": event.purpose,
        "categories": sorted(event.categories),
        "blocked": sorted(event.blocked),
        "form": event.form,
        "giver": event.giver,
        "assent": event.assent,
        "granted_at": event.at,
        "until": event.until.at,
    }


async def overridden(
    tx: AsyncConnection, applied: Stored, case: Opened, event: fact.OverrideEvent
) -> None:
    """Write what changed of a disclosure on a legal ground."""
    state = case.overrides[event.override]
    row = {
        "override": event.override,
        "case_id": applied.case,
        "state": override_code(state),
        "organisation": state.given.organisation,
        "ground": state.given.ground,
        "recipient": state.given.recipient,
        "purpose": state.given.purpose,
        "categories": sorted(state.given.categories),
        "proposed_at": state.given.at,
        "parties": sight.of_override(case, event.override),
        "event_id": applied.event_id,
    }
    await put(tx, overrides, row)


async def closed(
    tx: AsyncConnection, applied: Stored, case: Opened, event: fact.ClosingEvent
) -> None:
    """Write what changed of a closing, and of the case by it."""
    row = {
        "closing": event.closing,
        "case_id": applied.case,
        "event_id": applied.event_id,
        "parties": sight.of_case(case),
    }
    match event:
        case fact.ClosingProposed():
            row |= {
                "state": "proposed",
                "custodian": event.custodian,
                "reason": event.reason,
                "hearing_notices_to": event.hearing_notices_to,
                "missing": sorted(ANSWERING),
                "open": [],
                "proposed_at": event.at,
                "answer_by": event.answer_by.at,
            }
        case fact.ClosingAnswered():
            assert isinstance(case.closing, ClosingOpen)
            row |= {"missing": sorted(case.closing.missing)}
        case fact.ClosingChecked():
            row |= {"state": "checked", "checked_by": event.organisation}
        case fact.ClosingAbandoned():
            row |= {"state": "abandoned", "open": sorted(event.open)}
        case fact.CaseClosed():
            row |= {"state": "closed"}
            mine = (tasks.c.case_id == applied.case) & tasks.c.over.is_(False)
            over = update(tasks).where(mine)
            await tx.execute(over.values(over=True, event_id=applied.event_id))
        case _:
            assert_never(event)
    await put(tx, closings, row)
    if not isinstance(event, fact.ClosingAnswered):
        await put_case(tx, applied, case)
