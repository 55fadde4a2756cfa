"""Doors for offering a referral, and for the lists of what is to be answered or done."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from pydantic import Field

from nrm_contracts.codes import Duty, Gender, YesNo
from nrm_contracts.consent_codes import Basis, DataCategory, Need, Purpose, ReferralKind
from nrm_contracts.contract import LanguageCode
from nrm_contracts.ids import ConsentId, OrganisationId, OverrideId, ReferralId, ReturnId
from nrm_contracts.organisations import Organisation
from nrm_referral import queries
from nrm_referral.api.common import (
    Body,
    command,
    directory,
    documents,
    due,
    free,
    listed,
    may_refer,
    rules,
    seen_case,
)
from nrm_referral.documents import OfferNote, PickUp
from nrm_referral.domain import commands as ask
from nrm_referral.domain.values import Fit, Ground, Pace, Receiver
from nrm_runtime.core import Due
from nrm_runtime.web.edge import Edge, EdgeDep
from nrm_runtime.web.paging import Page, PagingDep
from nrm_runtime.web.route import CommandRoute

router = APIRouter(route_class=CommandRoute, tags=["offers"])


class OfferPrivateIn(Body):
    """What the receiver reads after acceptance: words, and where the person is met."""

    note: OfferNote | None = None
    pick_up: PickUp | None = None


class OfferIn(Body):
    """Who is asked, for which needs, what may be read then, and on what that rests.

    `medical` and `threat` answer the two immediate questions; an offer without them is refused.
    """

    receiver: UUID
    kind: ReferralKind
    needs: Annotated[frozenset[Need], Field(min_length=1)]
    purpose: Purpose
    categories: frozenset[DataCategory]
    basis: Basis = Basis.CONSENT
    consent: UUID | None = None
    override: UUID | None = None
    urgent: YesNo = YesNo.NO
    gender: Gender
    languages: frozenset[LanguageCode] = frozenset()
    medical: YesNo | None = None
    threat: YesNo | None = None
    linked_return: UUID | None = None
    replaces: UUID | None = None
    private: OfferPrivateIn = OfferPrivateIn()


@router.get("/offers", operation_id="list_offers")
async def list_offers(edge: EdgeDep, asked: PagingDep) -> Page[queries.ReferralView]:
    """List the offers that the organisation must answer, the nearest deadline first."""
    rows = await queries.offers(edge.tx, edge.principal, limit=asked.limit, after=asked.after)
    return asked.page(
        rows, lambda row: (row.answer_by.isoformat(), str(row.referral)), lambda row: row
    )


@router.get("/hand-offs", operation_id="list_hand_offs")
async def list_hand_offs(edge: EdgeDep, asked: PagingDep) -> Page[queries.ReferralView]:
    """List the hand-offs that the organisation must still confirm, the nearest deadline first."""
    rows = await queries.hand_offs(edge.tx, edge.principal, limit=asked.limit, after=asked.after)
    return asked.page(rows, _confirm_by, lambda row: row)


def _confirm_by(row: queries.ReferralView) -> tuple[str, str]:
    return ("" if row.confirm_by is None else row.confirm_by.isoformat(), str(row.referral))


@router.get("/tasks", operation_id="list_tasks")
async def list_tasks(edge: EdgeDep, asked: PagingDep) -> Page[queries.TaskView]:
    """List the next routes that the organisation must find, the nearest deadline first."""
    rows = await queries.tasks(edge.tx, edge.principal, limit=asked.limit, after=asked.after)
    return asked.page(
        rows, lambda row: (row.due_by.isoformat(), str(row.referral)), lambda row: row
    )


@router.post("/cases/{case}/referrals", status_code=201, operation_id="offer_referral")
async def offer_referral(case: UUID, body: OfferIn, edge: EdgeDep) -> queries.ReferralView:
    """Ask another organisation to take over the case or one need."""
    may_refer(edge)
    await seen_case(edge, case)
    referral = ReferralId(edge.new_id("referral"))
    asked = command(
        edge,
        ask.OfferReferral,
        referral=referral,
        kind=body.kind,
        receiver=await _receiver(edge, listed(edge, body.receiver)),
        needs=body.needs,
        purpose=body.purpose,
        categories=body.categories,
        ground=_ground(body),
        urgent=body.urgent,
        fit=Fit(gender=body.gender, languages=frozenset(body.languages)),
        medical=body.medical,
        threat=body.threat,
        linked_return=None if body.linked_return is None else ReturnId(body.linked_return),
        replaces=None if body.replaces is None else ReferralId(body.replaces),
        pace=_pace(edge),
        **_deadlines(edge, body.urgent),
    )
    given = [("offer-note", body.private.note), ("pick-up", body.private.pick_up)]
    private = await documents(edge, case, referral, given)
    await edge.execute(case, asked, documents=private)
    edge.location = f"/cases/{case}/referrals/{referral}"
    return await edge.show(queries.referral(edge.tx, case, referral, edge.principal))


def _ground(body: OfferIn) -> Ground:
    return Ground(
        basis=body.basis,
        consent=None if body.consent is None else ConsentId(body.consent),
        override=None if body.override is None else OverrideId(body.override),
    )


def _deadlines(edge: Edge, urgent: YesNo) -> dict[str, Due]:
    """A crisis is answered within hours; nobody acknowledges later than the answer is due."""
    answer = due(edge, "hand_off", "crisis_hours" if urgent is YesNo.YES else "accept_hours")
    acknowledge = due(edge, "hand_off", "acknowledge_hours")
    return {
        "answer_by": answer,
        "acknowledge_by": min(acknowledge, answer, key=lambda one: one.at),
    }


def _pace(edge: Edge) -> Pace:
    country = rules(edge.principal.country)
    return Pace(
        profile=country.ref,
        next_route_hours=country.number("hand_off", "next_route_hours"),
        escalate_hours=country.number("hand_off", "escalate_hours"),
    )


async def _receiver(edge: Edge, organisation: Organisation) -> Receiver:
    """Give what the directory says of the receiver now; who receives nobody fits no need."""
    received = organisation.receives
    agency = directory(edge).agency(organisation.country)
    return Receiver(
        organisation=OrganisationId(organisation.id),
        country=organisation.country,
        agency=None if agency is None else OrganisationId(agency),
        child_protection=Duty.CHILD_PROTECTION in organisation.duties,
        groups=frozenset(organisation.groups),
        needs=frozenset(received.needs if received else ()),
        ages=frozenset(received.ages if received else ()),
        genders=frozenset(received.genders if received else ()),
        languages=frozenset(received.languages if received else ()),
        free=await free(edge, organisation),
    )
