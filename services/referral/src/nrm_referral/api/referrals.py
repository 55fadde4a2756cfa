"""Doors for one referral: its answers, its hand-off, its end."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from fastapi import APIRouter

from nrm_contracts.codes import YesNo
from nrm_contracts.consent_codes import (
    BackOutReason,
    DeclineReason,
    DeliveryWay,
    Need,
    NotSuccessfulReason,
    Outcome,
    WithdrawalReason,
    WithdrawnBy,
)
from nrm_contracts.ids import ReferralId
from nrm_referral import queries
from nrm_referral.api.common import (
    Body,
    WhenIn,
    command,
    documents,
    due,
    free,
    listed,
    rules,
    seen_case,
    there,
)
from nrm_referral.documents import HandOffNote, Private, Reason
from nrm_referral.domain import commands as ask
from nrm_runtime.core import Command, Due
from nrm_runtime.web.edge import Edge, EdgeDep
from nrm_runtime.web.problems import Problem
from nrm_runtime.web.route import CommandRoute, records

router = APIRouter(route_class=CommandRoute, tags=["referrals"])

PATH = "/cases/{case}/referrals/{referral}"


class DeclineIn(Body):
    """Why the receiver says no."""

    reason: DeclineReason
    private: Reason | None = None


class WithdrawalIn(Body):
    """On whose word and why the referral is taken back."""

    on_word_of: WithdrawnBy = WithdrawnBy.SENDER
    reason: WithdrawalReason
    private: Reason | None = None


class BackOutIn(Body):
    """Why the receiver cannot keep its word."""

    reason: BackOutReason
    private: Reason | None = None


class ConfirmationIn(Body):
    """What one side says of the hand-off; `keeps_assistance` counts for the sender only."""

    accompanied: YesNo = YesNo.NO
    keeps_assistance: YesNo = YesNo.NO
    private: HandOffNote | None = None


NO_DATE = WhenIn()
PLAIN = ConfirmationIn()


class EndIn(Body):
    """How it ended; a reason belongs to an end without success."""

    outcome: Outcome
    reason: NotSuccessfulReason | None = None


async def _act(
    edge: Edge,
    case: UUID,
    referral: UUID,
    asked: Command,
    private: Sequence[tuple[str, Private | None]] = (),
) -> queries.ReferralView:
    """Execute a command on a referral the caller sees, guarded by If-Match, and show it."""
    view = there(await queries.referral(edge.tx, case, referral, edge.principal))
    edge.match(view.event_id)
    sealed = await documents(edge, case, edge.command_id, private)
    await edge.execute(case, asked, documents=sealed)
    return await edge.show(queries.referral(edge.tx, case, referral, edge.principal))


@router.get("/cases/{case}/referrals", operation_id="list_referrals")
async def list_referrals(case: UUID, edge: EdgeDep) -> list[queries.ReferralView]:
    """List the referrals of a case that the organisation may see."""
    found = await queries.referrals(edge.tx, case, edge.principal)
    if not found:
        await seen_case(edge, case)
    return list(found)


@router.get(PATH, operation_id="show_referral")
@records
async def show_referral(case: UUID, referral: UUID, edge: EdgeDep) -> queries.ReferralView:
    """Show a referral; the receiver's first look at an offer delivers it."""
    view = there(await queries.referral(edge.tx, case, referral, edge.principal))
    if view.state == "offered" and view.receiver == edge.principal.organisation:
        asked = command(
            edge, ask.NoteDelivery, referral=ReferralId(referral), way=DeliveryWay.FETCHED
        )
        await edge.execute(case, asked)
    return await edge.show(queries.referral(edge.tx, case, referral, edge.principal))


@router.post(f"{PATH}/acknowledge", operation_id="acknowledge_referral")
async def acknowledge_referral(case: UUID, referral: UUID, edge: EdgeDep) -> queries.ReferralView:
    """Say, as the receiver: seen, answer by the deadline."""
    asked = command(edge, ask.AcknowledgeOffer, referral=ReferralId(referral))
    return await _act(edge, case, referral, asked)


@router.post(f"{PATH}/accept", operation_id="accept_referral")
async def accept_referral(
    case: UUID, referral: UUID, edge: EdgeDep, body: WhenIn = NO_DATE
) -> queries.ReferralView:
    """Take it, now or for an agreed date; the packet may be read from then on."""
    view = there(await queries.referral(edge.tx, case, referral, edge.principal))
    edge.match(view.event_id)
    agreed_at = body.instant(edge)
    asked = command(
        edge,
        ask.AcceptReferral,
        referral=ReferralId(referral),
        offer=view.offer,
        free=await _free(edge, view),
        agreed_at=agreed_at,
        confirm_by=_confirm_by(edge, view, agreed_at),
        confirm_hours=rules(edge.principal.country).number("hand_off", "confirm_hours"),
    )
    await edge.execute(case, asked)
    return await edge.show(queries.referral(edge.tx, case, referral, edge.principal))


async def _free(edge: Edge, view: queries.ReferralView) -> int | None:
    """Count places only where the person will stay: the others need no lock."""
    if Need.ACCOMMODATION not in view.needs:
        return None
    return await free(edge, listed(edge, view.receiver))


def _confirm_by(edge: Edge, view: queries.ReferralView, agreed_at: datetime | None) -> Due:
    """Count from the agreed date.

    A journey that has no date yet cannot begin before its lead time; the itinerary moves this.
    """
    start = agreed_at
    if start is None and view.linked_return is not None:
        start = due(edge, "return", "lead_days").at
    return due(edge, "hand_off", "confirm_hours", start)


@router.post(f"{PATH}/decline", operation_id="decline_referral")
async def decline_referral(
    case: UUID, referral: UUID, body: DeclineIn, edge: EdgeDep
) -> queries.ReferralView:
    """Say no; the sender keeps the case and must find the next route."""
    asked = command(edge, ask.DeclineReferral, referral=ReferralId(referral), reason=body.reason)
    return await _act(edge, case, referral, asked, [("answer-reason", body.private)])


@router.post(f"{PATH}/withdraw", operation_id="withdraw_referral")
async def withdraw_referral(
    case: UUID, referral: UUID, body: WithdrawalIn, edge: EdgeDep
) -> queries.ReferralView:
    """Take it back before the hand-off."""
    asked = command(
        edge,
        ask.WithdrawReferral,
        referral=ReferralId(referral),
        on_word_of=body.on_word_of,
        reason=body.reason,
    )
    return await _act(edge, case, referral, asked, [("answer-reason", body.private)])


@router.post(f"{PATH}/back-out", operation_id="back_out_of_referral")
async def back_out_of_referral(
    case: UUID, referral: UUID, body: BackOutIn, edge: EdgeDep
) -> queries.ReferralView:
    """Say, as the receiver, that the acceptance cannot be kept."""
    asked = command(edge, ask.BackOut, referral=ReferralId(referral), reason=body.reason)
    return await _act(edge, case, referral, asked, [("answer-reason", body.private)])


@router.post(f"{PATH}/reschedule", operation_id="reschedule_hand_off")
async def reschedule_hand_off(
    case: UUID, referral: UUID, body: WhenIn, edge: EdgeDep
) -> queries.ReferralView:
    """Agree on another date."""
    agreed_at = body.instant(edge)
    if agreed_at is None:
        raise Problem(422, "date-missing", "Give a date or a number of days.")
    asked = command(
        edge,
        ask.RescheduleHandOff,
        referral=ReferralId(referral),
        agreed_at=agreed_at,
        confirm_by=due(edge, "hand_off", "confirm_hours", agreed_at),
    )
    return await _act(edge, case, referral, asked)


@router.post(f"{PATH}/confirm", operation_id="confirm_hand_off")
async def confirm_hand_off(
    case: UUID, referral: UUID, edge: EdgeDep, body: ConfirmationIn = PLAIN
) -> queries.ReferralView:
    """Confirm as one side; the second confirmation moves the case or the need."""
    asked = command(
        edge,
        ask.ConfirmHandOff,
        referral=ReferralId(referral),
        accompanied=body.accompanied,
        keeps_assistance=body.keeps_assistance,
    )
    return await _act(edge, case, referral, asked, [("hand-off-note", body.private)])


@router.post(f"{PATH}/done", operation_id="finish_referral")
async def finish_referral(
    case: UUID, referral: UUID, body: EndIn, edge: EdgeDep
) -> queries.ReferralView:
    """Say how it ended."""
    asked = command(
        edge,
        ask.FinishReferral,
        referral=ReferralId(referral),
        outcome=body.outcome,
        reason=body.reason,
    )
    return await _act(edge, case, referral, asked)


@router.post(f"{PATH}/next-route", operation_id="take_next_route")
async def take_next_route(case: UUID, referral: UUID, edge: EdgeDep) -> queries.ReferralView:
    """Settle what follows a lost referral without another offer."""
    asked = command(edge, ask.TakeNextRoute, referral=ReferralId(referral))
    return await _act(edge, case, referral, asked)
