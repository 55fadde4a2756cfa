"""Doors for the return file: request, consent, inquiry, papers, itinerary, a child's items."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from pydantic import AwareDatetime, Field

from nrm_contracts.care_codes import (
    Destination,
    Escort,
    InquirySubject,
    PaperKind,
    ReturnKind,
)
from nrm_contracts.codes import YesNo
from nrm_contracts.consent_codes import ConsentForm, ConsentGiver
from nrm_contracts.contract import CountryCode, LanguageCode
from nrm_contracts.ids import ConsentId, DocumentId
from nrm_return import documents as vault
from nrm_return import queries
from nrm_return.api.common import (
    Body,
    Part,
    act,
    command,
    known_organisation,
    rules,
    rules_of,
    sealed,
    show,
    there,
)
from nrm_return.domain import commands as ask
from nrm_return.domain.values import InquiryGround
from nrm_runtime.core import Due
from nrm_runtime.web.edge import EdgeDep
from nrm_runtime.web.route import CommandRoute

router = APIRouter(route_class=CommandRoute, prefix="/cases/{case}/returns", tags=["return file"])

ONE = "/{return_id}"


class RequestIn(Body):
    """The person asks: what kind of journey, from where to where, to what kind of place."""

    kind: ReturnKind
    origin: CountryCode
    destination_country: CountryCode
    destination: Destination
    instead_of: UUID | None = None
    private: vault.Wish | None = None


class ConsentIn(Body):
    """Consent to the journey. `child_age` (years) is used for the profile's rule, never kept."""

    form: ConsentForm
    giver: ConsentGiver = ConsentGiver.PERSON
    assent: YesNo | None = None
    child_age: Annotated[int, Field(ge=0, le=17)] | None = None
    private: vault.ConsentNote | None = None


class InquiryIn(Body):
    """Who is asked to look at what."""

    asked: UUID
    subjects: Annotated[frozenset[InquirySubject], Field(min_length=1)]
    private: vault.InquiryQuestions | None = None


class AnswerIn(Body):
    """The answer, in its own language."""

    language: LanguageCode
    private: vault.SocialInquiry


class TranslationIn(Body):
    """A translation of the answer named."""

    original: UUID
    language: LanguageCode
    private: vault.SocialInquiry


class DocumentsIn(Body):
    """Which papers are there."""

    papers: frozenset[PaperKind]
    private: vault.Papers | None = None


class ItineraryIn(Body):
    """When the journey begins and ends, who travels along."""

    departs_at: AwareDatetime
    arrives_at: AwareDatetime
    escort: Escort
    private: vault.Journey | None = None


class ReasonIn(Body):
    """A reason, for the vault only."""

    private: vault.Decision


class BestInterestsIn(Body):
    """The decision for a child, with its reasons."""

    favourable: bool
    private: vault.Decision


class GuardianIn(Body):
    """Who authorised a child's journey."""

    private: vault.Authorisation


class BorderNoticeIn(Body):
    """Who at the border was told."""

    private: vault.BorderNotice | None = None


@router.post("", status_code=201, operation_id="request_return")
async def request_return(case: UUID, body: RequestIn, edge: EdgeDep) -> queries.ReturnFileView:
    """Record the person's request; possible at any victim status."""
    there(await queries.case(edge.tx, case, edge.principal))
    both = (rules_of(body.origin), rules_of(body.destination_country))
    grounds = {each for given in both for each in given.codes("return", "inquiry_required")}
    return_id = edge.new_id("return")
    asked = command(
        edge,
        ask.RequestReturn,
        return_id,
        kind=body.kind,
        origin=body.origin,
        destination_country=body.destination_country,
        destination=body.destination,
        profile=rules(edge).ref,
        inquiry_for=frozenset(InquiryGround(each) for each in grounds),
        instead_of=body.instead_of,
    )
    wish = await sealed(edge, case, return_id, [Part("wish", body.private)])
    await edge.execute(case, asked, documents=wish)
    edge.location = f"/cases/{case}/returns/{return_id}"
    return await show(edge, case, return_id)


@router.post(ONE + "/consent", operation_id="consent_to_return")
async def consent_to_return(
    case: UUID, return_id: UUID, body: ConsentIn, edge: EdgeDep
) -> queries.ReturnFileView:
    """Record informed consent to the journey; for a child the guardian's, with assent."""
    profile = rules(edge)
    assent_from = profile.number("consent", "child_assent_age")
    asked = command(
        edge,
        ask.ConsentToReturn,
        return_id,
        consent=ConsentId(edge.new_id("consent")),
        form=body.form,
        giver=body.giver,
        assent=body.assent,
        assent_needed=body.child_age is None or body.child_age >= assent_from,
        until=Due.of(profile.due("consent", "return_consent_days", edge.now)),
    )
    return await act(edge, case, asked, [Part("consent", body.private)])


@router.post(ONE + "/consent/withdraw", operation_id="withdraw_return_consent")
async def withdraw_return_consent(
    case: UUID, return_id: UUID, edge: EdgeDep
) -> queries.ReturnFileView:
    """Take the consent back; an approval cannot stand without it."""
    return await act(edge, case, command(edge, ask.WithdrawReturnConsent, return_id))


@router.post(ONE + "/inquiry", operation_id="request_inquiry")
async def request_inquiry(
    case: UUID, return_id: UUID, body: InquiryIn, edge: EdgeDep
) -> queries.ReturnFileView:
    """Ask the competent service for a social inquiry."""
    asked = command(
        edge,
        ask.RequestInquiry,
        return_id,
        asked=known_organisation(edge, body.asked),
        subjects=body.subjects,
        answer_by=Due.of(rules(edge).due("return", "inquiry_days", edge.now)),
    )
    return await act(edge, case, asked, [Part("inquiry-questions", body.private)])


@router.post(ONE + "/inquiry/answer", operation_id="receive_inquiry")
async def receive_inquiry(
    case: UUID, return_id: UUID, body: AnswerIn, edge: EdgeDep
) -> queries.ReturnFileView:
    """File the answer to the social inquiry."""
    asked = command(
        edge,
        ask.ReceiveInquiry,
        return_id,
        document=DocumentId(edge.new_id("document")),
        language=body.language,
    )
    return await act(edge, case, asked, [Part("inquiry", body.private)])


@router.post(ONE + "/inquiry/translation", operation_id="translate_inquiry")
async def translate_inquiry(
    case: UUID, return_id: UUID, body: TranslationIn, edge: EdgeDep
) -> queries.ReturnFileView:
    """File a translation beside its original."""
    asked = command(
        edge,
        ask.TranslateInquiry,
        return_id,
        document=DocumentId(edge.new_id("document")),
        original=DocumentId(body.original),
        language=body.language,
    )
    return await act(edge, case, asked, [Part("inquiry-translation", body.private)])


@router.post(ONE + "/documents", operation_id="record_documents")
async def record_documents(
    case: UUID, return_id: UUID, body: DocumentsIn, edge: EdgeDep
) -> queries.ReturnFileView:
    """Say which papers for the journey are there."""
    asked = command(edge, ask.RecordDocuments, return_id, papers=body.papers)
    return await act(edge, case, asked, [Part("papers", body.private)])


@router.post(ONE + "/itinerary", operation_id="set_itinerary")
async def set_itinerary(
    case: UUID, return_id: UUID, body: ItineraryIn, edge: EdgeDep
) -> queries.ReturnFileView:
    """Plan the journey; a departure before the lead time is over is at short notice."""
    asked = command(
        edge,
        ask.SetItinerary,
        return_id,
        departs_at=body.departs_at,
        arrives_at=body.arrives_at,
        escort=body.escort,
        lead_by=Due.of(rules(edge).due("return", "lead_days", edge.now)),
    )
    return await act(edge, case, asked, [Part("journey", body.private)])


@router.post(ONE + "/short-lead", operation_id="propose_short_lead")
async def propose_short_lead(
    case: UUID, return_id: UUID, body: ReasonIn, edge: EdgeDep
) -> queries.ReturnFileView:
    """Propose a journey at short notice, with a reason."""
    asked = command(edge, ask.ProposeShortLead, return_id)
    return await act(edge, case, asked, [Part("short-lead", body.private)])


@router.post(ONE + "/short-lead/approve", operation_id="approve_short_lead")
async def approve_short_lead(case: UUID, return_id: UUID, edge: EdgeDep) -> queries.ReturnFileView:
    """Approve the short notice, as a second worker."""
    return await act(edge, case, command(edge, ask.ApproveShortLead, return_id))


@router.post(ONE + "/border-notice", operation_id="give_border_notice")
async def give_border_notice(
    case: UUID, return_id: UUID, edge: EdgeDep, body: BorderNoticeIn | None = None
) -> queries.ReturnFileView:
    """Record that border police know of a child's journey."""
    asked = command(edge, ask.GiveBorderNotice, return_id)
    return await act(
        edge, case, asked, [Part("border-notice", None if body is None else body.private)]
    )


@router.post(ONE + "/best-interests", operation_id="determine_best_interests")
async def determine_best_interests(
    case: UUID, return_id: UUID, body: BestInterestsIn, edge: EdgeDep
) -> queries.ReturnFileView:
    """Record the documented decision for a child."""
    asked = command(
        edge,
        ask.DetermineBestInterests,
        return_id,
        document=DocumentId(edge.new_id("document")),
        favourable=body.favourable,
    )
    part = Part("best-interests", body.private, edge.principal.country)
    return await act(edge, case, asked, [part])


@router.post(ONE + "/guardian", operation_id="authorise_by_guardian")
async def authorise_by_guardian(
    case: UUID, return_id: UUID, body: GuardianIn, edge: EdgeDep
) -> queries.ReturnFileView:
    """Record that guardian or representative authorised a child's journey."""
    document = DocumentId(edge.new_id("document"))
    asked = command(edge, ask.AuthoriseByGuardian, return_id, document=document)
    return await act(edge, case, asked, [Part("guardian", body.private)])
