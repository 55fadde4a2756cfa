"""Doors for first information: signal, notice, personal data, cases."""

import secrets
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, Field, StringConstraints

from nrm_contracts.case_code import RANDOM_BYTES, WrongCode, case_code, read_code
from nrm_contracts.codes import AgeBand, Channel, Duty, Trigger
from nrm_contracts.consent_codes import LegalGround
from nrm_contracts.contract import CountryCode
from nrm_contracts.profiles import UnknownCountry, profile
from nrm_identification import queries
from nrm_identification.api.common import Body, act, directory, sealed
from nrm_identification.documents import DOCUMENTS, Contact, ExploitationForm, Identity, Story
from nrm_identification.domain import commands as ask
from nrm_runtime.access import AUDIT, READ, WRITE
from nrm_runtime.core import Due, Refused
from nrm_runtime.persons.erasing import ask_erasure
from nrm_runtime.web.edge import Edge, EdgeDep
from nrm_runtime.web.paging import Page, PagingDep
from nrm_runtime.web.problems import Problem, absent
from nrm_runtime.web.route import CommandRoute, records

router = APIRouter(route_class=CommandRoute, tags=["signals"])

BY_REQUEST = "person_asked"  # the ground when the person wants it and no law is named


class Person(Body):
    """Personal data; goes into the vault and nowhere else."""

    identity: Identity | None = None
    contact: Contact | None = None
    story: Story | None = None
    exploitation: ExploitationForm | None = None

    def parts(self) -> list[tuple[str, Identity | Contact | Story | ExploitationForm]]:
        """Give what was filled in, by the name of the private document."""
        named = {
            "identity": self.identity,
            "contact": self.contact,
            "story": self.story,
            "exploitation": self.exploitation,
        }
        return [(name, part) for name, part in named.items() if part is not None]


class SignalIn(Body):
    """First information. `spoken_to` is no where nobody has met the person yet."""

    trigger: Trigger
    channel: Channel
    age: AgeBand = AgeBand.UNKNOWN
    spoken_to: bool
    country: CountryCode | None = None
    private: Annotated[Person, Field(default_factory=Person)]


class FindIn(Body):
    """The code of a case, as people say or write it."""

    code: Annotated[str, StringConstraints(min_length=1, max_length=40)]


class FoundCase(BaseModel):
    """A case and its code."""

    case: UUID
    code: str


class ErasureIn(Body):
    """On which ground the person is erased; without one, because the person asked."""

    ground: LegalGround | None = None


class ErasureOut(Body):
    """Whether an erasure was begun now, or had been before."""

    begun: bool


class PersonIn(Body):
    """Personal data learned later."""

    private: Person


@router.post("/cases", status_code=201, operation_id="record_signal")
async def record_signal(body: SignalIn, edge: EdgeDep) -> queries.CaseView:
    """Record a signal; the recording organisation becomes the first custodian."""
    edge.need(WRITE)
    country = body.country or edge.principal.country
    try:
        rules = profile(country)
    except UnknownCountry as error:
        raise Problem(422, "unknown-country", "No country profile exists for it.") from error
    case, person = edge.fresh_id(), edge.fresh_id()
    command = ask.RecordSignal(
        id=edge.command_id,
        by=edge.by,
        at=edge.now,
        person=person,
        code=case_code(secrets.token_bytes(RANDOM_BYTES)),
        country=country,
        trigger=body.trigger,
        channel=body.channel,
        age=body.age,
        spoken_to=body.spoken_to,
        notify=_to_be_told(edge, country, body.age),
        notify_by=Due.of(rules.due("notify", "hours", edge.now)),
    )
    await edge.execute(case, command, documents=sealed(person, body.private.parts()))
    edge.location = f"/cases/{case}"
    return await edge.show(queries.case(edge.tx, case, edge.principal))


def _to_be_told(edge: Edge, country: str, age: AgeBand) -> frozenset[UUID]:
    """Name the national agency and, for a child or unknown age, child protection."""
    known = directory(edge)
    child = known.child_protection(country) if age is not AgeBand.ADULT else None
    told = {known.agency(country), child} - {None, edge.principal.organisation}
    return frozenset(one for one in told if one is not None)


@router.post("/cases/{case}/notice/take", operation_id="take_notice")
async def take_notice(case: UUID, edge: EdgeDep) -> queries.CaseView:
    """Say that one's organisation has been told of the case."""
    return await act(edge, case, ask.TakeNotice(id=edge.command_id, by=edge.by, at=edge.now))


@router.post("/cases/{case}/person", operation_id="record_person")
async def record_person(case: UUID, body: PersonIn, edge: EdgeDep) -> queries.CaseView:
    """Put more personal data into the vault."""
    parts = body.private.parts()
    if not parts:
        raise Problem(422, "nothing-given", "At least one private document is needed.")
    command = ask.RecordPerson(
        id=edge.command_id,
        by=edge.by,
        at=edge.now,
        categories=frozenset(DOCUMENTS[name][1] for name, _ in parts),
    )
    return await act(edge, case, command, parts)


@router.post("/cases/{case}/erasure", status_code=202, operation_id="erase_person")
async def erase_person(case: UUID, body: ErasureIn, edge: EdgeDep) -> ErasureOut:
    """Erase the person of a case here: from now on nothing is written or read about them."""
    edge.need(WRITE, duty=Duty.ERASE)
    view = await queries.case(edge.tx, case, edge.principal)
    person = await queries.person(edge.tx, case, edge.principal)
    if view is None or person is None:
        raise absent()
    if view.custodian != edge.principal.organisation:
        raise Refused("not-the-custodian", "The custodian erases the person of a case.")
    ground = BY_REQUEST if body.ground is None else body.ground.value
    begun = await ask_erasure(edge.tx, person, case, by=edge.by, ground=ground, at=edge.now)
    return ErasureOut(begun=begun)


@router.get("/cases", operation_id="list_cases")
async def list_cases(edge: EdgeDep, asked: PagingDep) -> Page[queries.CaseView]:
    """List the cases that one's organisation takes part in, the newest first."""
    rows = await queries.cases(edge.tx, edge.principal, limit=asked.limit, after=asked.after)
    return asked.page(
        rows, lambda row: (row.recorded_at.isoformat(), str(row.case)), lambda row: row
    )


@router.get("/notices", operation_id="list_notices")
async def list_notices(edge: EdgeDep, asked: PagingDep) -> Page[queries.CaseView]:
    """List the cases that the organisation was told of and nobody took notice of."""
    rows = await queries.notices(edge.tx, edge.principal, limit=asked.limit, after=asked.after)
    return asked.page(rows, lambda row: (_text(row.notice_by), str(row.case)), lambda row: row)


@router.get("/reflections", operation_id="list_reflections")
async def list_reflections(edge: EdgeDep, asked: PagingDep) -> Page[queries.CaseView]:
    """List the recovery and reflection periods that run, the nearest end first."""
    rows = await queries.reflections(edge.tx, edge.principal, limit=asked.limit, after=asked.after)
    return asked.page(
        rows, lambda row: (_text(row.reflection_ends_by), str(row.case)), lambda row: row
    )


def _text(at: datetime | None) -> str:
    return "" if at is None else at.isoformat()


@router.post("/cases/find", operation_id="find_case")
@records
async def find_case(body: FindIn, edge: EdgeDep) -> FoundCase:
    """Find a case by the code that people see; auditors may, and who takes part."""
    edge.need(READ, AUDIT)
    try:
        code = read_code(body.code)
    except WrongCode as error:
        raise Problem(422, "wrong-code", "This is no case code; look again.") from error
    found = await queries.case_of_code(edge.tx, code, edge.principal)
    if found is None:
        raise absent()
    return FoundCase(case=found, code=code)


@router.get("/cases/{case}", operation_id="show_case")
async def show_case(case: UUID, edge: EdgeDep) -> queries.CaseView:
    """Show where a case stands."""
    return await edge.show(queries.case(edge.tx, case, edge.principal))
