"""Doors for documents: filed with their translations, and read together with them."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter

from nrm_assistance import queries
from nrm_assistance.api.common import Body, act, command, person, sealed, there
from nrm_assistance.documents import Paper
from nrm_assistance.domain import commands as ask
from nrm_contracts.assistance import PersonalDataRead
from nrm_contracts.care_codes import PaperKind
from nrm_contracts.consent_codes import DataCategory, Purpose
from nrm_contracts.contract import LanguageCode
from nrm_contracts.ids import OrganisationId, WorkerId
from nrm_runtime.access import READ
from nrm_runtime.persons.reading import Wanted
from nrm_runtime.web.edge import EdgeDep
from nrm_runtime.web.problems import absent
from nrm_runtime.web.route import CommandRoute, records

router = APIRouter(
    route_class=CommandRoute,
    prefix="/cases/{case}/assistances/{assistance}/documents",
    tags=["papers"],
)


class DocumentIn(Body):
    """A document: kind and category are codes, the content is private."""

    kind: PaperKind
    category: DataCategory
    language: LanguageCode
    private: Paper


class TranslationIn(Body):
    """A translation into another language."""

    language: LanguageCode
    private: Paper


class PaperReadIn(Body):
    """Why a document is read."""

    purpose: Purpose


class PaperOut(Body):
    """A document or translation in the clear."""

    document: UUID
    original: UUID | None
    category: DataCategory
    language: LanguageCode
    content: Paper


class PapersOut(Body):
    """An original and all its translations; the read stands in the ledger."""

    documents: list[PaperOut]


@router.post("", status_code=201, operation_id="file_document")
async def file_document(
    case: UUID, assistance: UUID, body: DocumentIn, edge: EdgeDep
) -> queries.DocumentView:
    """Put a document on file."""
    name = edge.new_id("document")
    asked = command(
        edge,
        ask.FileDocument,
        assistance,
        document=name,
        kind=body.kind,
        category=body.category,
        language=body.language,
    )
    whom = await person(edge, case)
    words = sealed(whom, "paper", body.private, name=name, category=body.category)
    await act(edge, case, asked, words)
    return there(await queries.document(edge.tx, assistance, name, edge.principal))


@router.get("", operation_id="list_documents")
async def list_documents(case: UUID, assistance: UUID, edge: EdgeDep) -> list[queries.DocumentView]:
    """List what is on file, each original followed by its translations."""
    there(await queries.assistance(edge.tx, case, assistance, edge.principal))
    return list(await queries.documents(edge.tx, assistance, edge.principal))


@router.post("/{document}/translations", status_code=201, operation_id="file_translation")
async def file_translation(
    case: UUID, assistance: UUID, document: UUID, body: TranslationIn, edge: EdgeDep
) -> queries.DocumentView:
    """Put a translation beside its original."""
    original = there(await queries.document(edge.tx, assistance, document, edge.principal))
    name = edge.new_id("document")
    asked = command(
        edge,
        ask.FileTranslation,
        assistance,
        document=name,
        original=document,
        language=body.language,
    )
    whom = await person(edge, case)
    category = DataCategory(original.category)
    words = sealed(whom, "paper", body.private, name=name, category=category)
    await act(edge, case, asked, words)
    return there(await queries.document(edge.tx, assistance, name, edge.principal))


@router.post("/{document}/read", operation_id="read_document")
@records
async def read_document(
    case: UUID, assistance: UUID, document: UUID, body: PaperReadIn, edge: EdgeDep
) -> PapersOut:
    """Read a document of one's own together with its translations; the read is recorded."""
    edge.need(READ)
    every = await queries.documents(edge.tx, assistance, edge.principal)
    asked = there(next((one for one in every if one.document == document), None))
    first = asked.original or asked.document
    together = {one.event_id: one for one in every if first in {one.document, one.original}}
    read = PersonalDataRead(
        reader=OrganisationId(edge.principal.organisation),
        worker=WorkerId(edge.principal.worker),
        purpose=body.purpose,
        categories=(DataCategory(asked.category),),
    )
    wanted = Wanted(events=tuple(together), written_by=edge.principal.organisation, latest=False)
    opened = await edge.open(case, wanted, read)
    if not opened:
        raise absent()
    return PapersOut(documents=[_paper(together[one.event_id], one.content) for one in opened])


def _paper(view: queries.DocumentView, content: bytes) -> PaperOut:
    fields: dict[str, Any] = {
        "document": view.document,
        "original": view.original,
        "category": DataCategory(view.category),
        "language": view.language,
    }
    return PaperOut(**fields, content=Paper.model_validate_json(content))
