"""Doors for the time after arrival: schedule, contacts, reports, their end."""

import json
from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from pydantic import Field

from nrm_contracts.care_codes import FollowUpOutcome
from nrm_contracts.consent_codes import Basis, ConsentForm, ConsentGiver, DataCategory, Purpose
from nrm_contracts.ids import ConsentId, DocumentId, FollowUpId, OrganisationId, WorkerId
from nrm_contracts.returns import PersonalDataRead
from nrm_return import documents as vault
from nrm_return import queries
from nrm_return.api.common import (
    Body,
    Part,
    act,
    command,
    known_organisation,
    rules,
    seen,
)
from nrm_return.domain import follow_up_commands as ask
from nrm_runtime.access import READ
from nrm_runtime.core import Due
from nrm_runtime.persons.reading import Wanted
from nrm_runtime.web.edge import EdgeDep
from nrm_runtime.web.problems import absent
from nrm_runtime.web.reading import PrivateDocument, PrivateDocuments
from nrm_runtime.web.route import CommandRoute, records

router = APIRouter(
    route_class=CommandRoute,
    prefix="/cases/{case}/returns/{return_id}/follow-up",
    tags=["follow-up"],
)

Number = Annotated[int, Field(ge=1, le=100)]


class ScheduleIn(Body):
    """Who keeps contact and who gets reports; the person consents to being contacted."""

    responsible: UUID
    report_to: UUID
    form: ConsentForm
    giver: ConsentGiver = ConsentGiver.PERSON
    private: vault.ConsentNote | None = None


class ContactIn(Body):
    """The contact of a number: what it found, or that it was tried in vain."""

    number: Number
    outcome: FollowUpOutcome
    private: vault.Contact | None = None


class ReportIn(Body):
    """The report of a number."""

    number: Number
    private: vault.Report


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUpView:
    """A return's follow-up: what was agreed, and what was done."""

    state: str
    responsible: UUID | None
    report_to: UUID | None
    appointments: list[queries.AppointmentView]
    contacts: list[queries.ContactView]
    event_id: UUID


@router.get("", operation_id="show_follow_up")
async def show_follow_up(case: UUID, return_id: UUID, edge: EdgeDep) -> FollowUpView:
    """Show contacts and reports of a return, agreed and done."""

    async def found() -> FollowUpView:
        view = await seen(edge, case, return_id)
        agreed = await queries.appointments(edge.tx, return_id, edge.principal)
        done = await queries.contacts(edge.tx, return_id, edge.principal)
        return FollowUpView(
            state=view.follow_up,
            responsible=view.responsible,
            report_to=view.report_to,
            appointments=list(agreed),
            contacts=list(done),
            event_id=view.event_id,
        )

    return await edge.show(found())


@router.post("", operation_id="schedule_follow_up")
async def schedule_follow_up(
    case: UUID, return_id: UUID, body: ScheduleIn, edge: EdgeDep
) -> queries.ReturnFileView:
    """Agree on contacts and reports, in the profile's months after arrival (or renewal)."""
    profile = rules(edge)
    view = await seen(edge, case, return_id)
    renewed = view.follow_up in {"lost_contact", "declined"}
    begin = edge.now if renewed else view.arrived_at or edge.now
    asked = command(
        edge,
        ask.ScheduleFollowUp,
        return_id,
        responsible=known_organisation(edge, body.responsible),
        report_to=known_organisation(edge, body.report_to),
        contact_by=tuple(map(Due.of, profile.schedule("follow_up", "months", begin))),
        report_by=tuple(map(Due.of, profile.schedule("follow_up", "report_months", begin))),
        consent=ConsentId(edge.new_id("consent")),
        form=body.form,
        giver=body.giver,
    )
    return await act(edge, case, asked, [Part("contact-consent", body.private)])


@router.post("/record", operation_id="record_follow_up")
async def record_follow_up(
    case: UUID, return_id: UUID, body: ContactIn, edge: EdgeDep
) -> queries.ReturnFileView:
    """Record a contact, kept or tried in vain."""
    follow_up = edge.new_id("follow-up")
    asked = command(
        edge,
        ask.RecordFollowUp,
        return_id,
        follow_up=FollowUpId(follow_up),
        number=body.number,
        outcome=body.outcome,
    )
    return await act(edge, case, asked, [Part("contact", body.private, str(follow_up))])


@router.post("/report", operation_id="send_report")
async def send_report(
    case: UUID, return_id: UUID, body: ReportIn, edge: EdgeDep
) -> queries.ReturnFileView:
    """Send a report to the sender of the case."""
    document = edge.new_id("document")
    asked = command(
        edge, ask.SendReport, return_id, number=body.number, document=DocumentId(document)
    )
    return await act(edge, case, asked, [Part("report", body.private, str(document))])


@router.post("/reports/read", operation_id="read_reports")
@records
async def read_reports(case: UUID, return_id: UUID, edge: EdgeDep) -> PrivateDocuments:
    """Read the reports that went to the acting organisation, or that it wrote; it is recorded.

    The ground is the person's consent to be contacted and reported on.
    """
    edge.need(READ)
    view = await seen(edge, case, return_id)
    if edge.principal.organisation not in {view.report_to, view.responsible}:
        raise absent()
    done = await queries.contacts(edge.tx, return_id, edge.principal)
    fact = PersonalDataRead(
        reader=OrganisationId(edge.principal.organisation),
        worker=WorkerId(edge.principal.worker),
        purpose=Purpose.FOLLOW_UP,
        categories=(DataCategory.NEEDS,),
        basis=Basis.CONSENT,
        consent=None if view.contact_consent is None else ConsentId(view.contact_consent),
    )
    sent = [f"report.{return_id}.{each.document}" for each in done if each.document is not None]
    opened = await edge.open(case, Wanted(parts=sent, latest=False), fact)
    return PrivateDocuments(
        case=case,
        documents=[
            PrivateDocument(
                part=one.part,
                category=DataCategory(one.category),
                written_by=one.written_by,
                content=json.loads(one.content),
            )
            for one in opened
        ],
    )


@router.post("/lost", operation_id="report_contact_lost")
async def report_contact_lost(case: UUID, return_id: UUID, edge: EdgeDep) -> queries.ReturnFileView:
    """Say that the person cannot be reached."""
    return await act(edge, case, command(edge, ask.ReportContactLost, return_id))


@router.post("/complete", operation_id="complete_follow_up")
async def complete_follow_up(case: UUID, return_id: UUID, edge: EdgeDep) -> queries.ReturnFileView:
    """End a schedule that was kept to its end."""
    return await act(edge, case, command(edge, ask.CompleteFollowUp, return_id))


@router.post("/decline", operation_id="decline_follow_up")
async def decline_follow_up(case: UUID, return_id: UUID, edge: EdgeDep) -> queries.ReturnFileView:
    """Record that the person wants no contact, or no more of it."""
    return await act(edge, case, command(edge, ask.DeclineFollowUp, return_id))
