"""Filling the return file: each item by itself, in any order."""

from typing import assert_never

from nrm_contracts.care_codes import ReturnReopening
from nrm_contracts.codes import YesNo
from nrm_contracts.consent_codes import ConsentGiver
from nrm_contracts.ids import OrganisationId, WorkerId
from nrm_return.domain import checklist, risk
from nrm_return.domain import commands as ask
from nrm_return.domain import file_events as fact
from nrm_return.domain import journey_events as journey
from nrm_return.domain.events import CaseFact
from nrm_return.domain.file import (
    Answered,
    Asked,
    LeadGranted,
    LeadProposed,
    LeadUnasked,
    Translated,
)
from nrm_return.domain.known import Known
from nrm_return.domain.parties import asked_of, member
from nrm_return.domain.states import Approved, Return
from nrm_return.domain.values import Country
from nrm_runtime.core import Refused, Worker, worker


def consent(state: Return, known: Known, command: ask.ConsentToReturn) -> tuple[CaseFact, ...]:
    """Record consent: an adult's own; for a child the guardian's, with the child's assent."""
    by = member(state, known, command)
    if (command.giver is ConsentGiver.PERSON) == known.is_child:
        why = "An adult consents in person; for a child the guardian or representative does."
        raise Refused("wrong-giver", why)
    if known.is_child and command.assent_needed and command.assent is not YesNo.YES:
        raise Refused("assent-missing", "The child is old enough to agree, and did not.")
    consented = fact.ReturnConsented(
        at=command.at,
        return_id=command.return_id,
        consent=command.consent,
        organisation=OrganisationId(by.organisation),
        form=command.form,
        giver=command.giver,
        assent=command.assent,
        until=command.until,
    )
    return (consented,)


def sign_risk(state: Return, known: Known, command: ask.SignJointRisk) -> tuple[CaseFact, ...]:
    """Sign for one country; the second country's signature makes the assessment whole.

    While approved, an assessment that found more takes the approval away; any other does not.
    """
    by = member(state, known, command)
    country = of_both(state, by)
    risk.hold_form(command.findings, command.measures)
    signature = risk.Signature(
        assessment=command.assessment,
        organisation=OrganisationId(by.organisation),
        worker=WorkerId(by.worker),
        country=country,
        findings=command.findings,
        measures=command.measures,
        family_threatened=command.family_threatened,
        disagreement=command.disagreement,
        signed_at=command.at,
        valid_until=command.valid_until,
    )
    waiting = state.file.signing
    if waiting is not None and waiting.country != country:
        if waiting.worker == signature.worker:
            raise Refused("same-worker", "Two people sign, one in each country.")
        signed = _signed(command, signature, waiting)
    else:
        signed = _signed(command, signature, None)
    return (signed, *_rise(state, command, signed))


def _signed(
    command: ask.SignJointRisk, signature: risk.Signature, waiting: risk.Signature | None
) -> fact.JointRiskSigned:
    both = (signature,) if waiting is None else (waiting, signature)
    levels = risk.levels(both)
    return fact.JointRiskSigned(
        at=command.at,
        return_id=command.return_id,
        assessment=both[0].assessment,
        organisation=signature.organisation,
        worker=signature.worker,
        country=signature.country,
        findings=signature.findings,
        measures=signature.measures,
        family_threatened=signature.family_threatened,
        disagreement=signature.disagreement,
        valid_until=signature.valid_until,
        complete=waiting is not None,
        overall=levels.overall,
        residual=levels.residual,
        high=levels.high,
        until=risk.earliest(both),
    )


def _rise(
    state: Return, command: ask.SignJointRisk, signed: fact.JointRiskSigned
) -> tuple[CaseFact, ...]:
    """Say what follows if this signature found more than what stood before."""
    found = risk.Levels(overall=signed.overall, residual=signed.residual, high=signed.high)
    risen: list[CaseFact] = []
    joint = state.file.joint
    if joint is not None and not joint.outdated and not signed.complete:
        before = risk.levels(joint.signatures)
        if before.rises_to(found):
            risen.append(
                fact.RiskRiseNoted(
                    at=command.at, return_id=command.return_id, assessment=signed.assessment
                )
            )
    if isinstance(state, Approved) and state.levels.rises_to(found):
        risen.append(
            journey.ReturnReopened(
                at=command.at, return_id=command.return_id, reason=ReturnReopening.RISK_ROSE
            )
        )
    return tuple(risen)


def request_inquiry(
    state: Return, known: Known, command: ask.RequestInquiry
) -> tuple[CaseFact, ...]:
    """Ask the competent service; again only if it is late, or another one is asked."""
    by = member(state, known, command)
    inquiry = state.file.inquiry
    if isinstance(inquiry, Asked) and inquiry.asked == command.asked and not inquiry.overdue:
        raise Refused("inquiry-open", "This service was asked, and its time is not over.")
    requested = fact.SocialInquiryRequested(
        at=command.at,
        return_id=command.return_id,
        organisation=OrganisationId(by.organisation),
        asked=command.asked,
        subjects=command.subjects,
        answer_by=command.answer_by,
    )
    return (requested,)


def receive_inquiry(
    state: Return, known: Known, command: ask.ReceiveInquiry
) -> tuple[CaseFact, ...]:
    """File the answer: by the service asked, or by a party that got it on paper."""
    by = worker(command)
    if by.organisation != asked_of(state.file):
        by = member(state, known, command)
    if not isinstance(state.file.inquiry, Asked):
        raise Refused("inquiry-not-asked", "No social inquiry waits for an answer.")
    received = fact.SocialInquiryReceived(
        at=command.at,
        return_id=command.return_id,
        organisation=OrganisationId(by.organisation),
        document=command.document,
        language=command.language,
    )
    return (received,)


def translate_inquiry(
    state: Return, known: Known, command: ask.TranslateInquiry
) -> tuple[CaseFact, ...]:
    """File a translation beside its original."""
    by = worker(command)
    if by.organisation != asked_of(state.file):
        by = member(state, known, command)
    inquiry = state.file.inquiry
    if not isinstance(inquiry, Answered | Translated):
        raise Refused("inquiry-missing", "There is no answer to translate.")
    if inquiry.document != command.original:
        raise Refused("not-the-original", "A translation names the document that it renders.")
    if inquiry.language == command.language:
        raise Refused("same-language", "A translation is in another language than its original.")
    translated = fact.SocialInquiryTranslated(
        at=command.at,
        return_id=command.return_id,
        organisation=OrganisationId(by.organisation),
        document=command.document,
        original=command.original,
        language=command.language,
    )
    return (translated,)


def set_itinerary(state: Return, known: Known, command: ask.SetItinerary) -> tuple[CaseFact, ...]:
    """Plan the journey; the lead time counts from the first announcement.

    An approval names a departure: another plan takes it away.
    """
    by = member(state, known, command)
    if command.departs_at <= command.at:
        raise Refused("in-the-past", "A journey is planned before it begins.")
    if command.arrives_at <= command.departs_at:
        raise Refused("times-reversed", "A journey ends after it began.")
    planned = fact.ItinerarySet(
        at=command.at,
        return_id=command.return_id,
        organisation=OrganisationId(by.organisation),
        departs_at=command.departs_at,
        arrives_at=command.arrives_at,
        escort=command.escort,
        lead_by=state.file.lead_by or command.lead_by,
    )
    if not isinstance(state, Approved):
        return (planned,)
    reopened = journey.ReturnReopened(
        at=command.at, return_id=command.return_id, reason=ReturnReopening.ITINERARY_CHANGED
    )
    return (planned, reopened)


def short_lead(
    state: Return, known: Known, command: ask.ProposeShortLead | ask.ApproveShortLead
) -> tuple[CaseFact, ...]:
    """Propose or approve a departure before the lead time is over: two workers."""
    by = member(state, known, command)
    file = state.file
    if file.itinerary is None or not checklist.is_short(file):
        raise Refused("lead-kept", "The journey is not at short notice.")
    organisation, worker_id = OrganisationId(by.organisation), WorkerId(by.worker)
    match command, file.short_lead:
        case ask.ProposeShortLead(), LeadUnasked():
            proposed = fact.ShortLeadProposed(
                at=command.at,
                return_id=command.return_id,
                organisation=organisation,
                worker=worker_id,
                days_ahead=(file.itinerary.departs_at - command.at).days,
            )
            return (proposed,)
        case ask.ProposeShortLead(), _:
            raise Refused("already-proposed", "The short notice was proposed before.")
        case ask.ApproveShortLead(), LeadProposed(worker=proposer):
            if proposer == worker_id:
                raise Refused("same-worker", "A second worker approves the short notice.")
            approved = fact.ShortLeadApproved(
                at=command.at,
                return_id=command.return_id,
                organisation=organisation,
                worker=worker_id,
            )
            return (approved,)
        case ask.ApproveShortLead(), LeadGranted():
            return ()
        case _:
            raise Refused("reason-missing", "A short notice is proposed with a reason first.")


def of_both(state: Return, by: Worker) -> Country:
    """Give the worker's country if it is one of the two; raises `Refused`."""
    country = Country(by.country)
    if country not in state.file.countries:
        raise Refused("wrong-country", "Only organisations of the two countries decide here.")
    return country


Paper = (
    ask.RecordDecision
    | ask.RecordDocuments
    | ask.GiveBorderNotice
    | ask.DetermineBestInterests
    | ask.AuthoriseByGuardian
)


def paper(state: Return, known: Known, command: Paper) -> tuple[CaseFact, ...]:
    """File an item that needs no more than to be there."""
    by = member(state, known, command)
    file, organisation = state.file, OrganisationId(by.organisation)
    at, return_id = command.at, command.return_id
    match command:
        case ask.RecordDecision(document=document):
            recorded = fact.DecisionRecorded(
                at=at, return_id=return_id, organisation=organisation, document=document
            )
            return (recorded,)
        case ask.RecordDocuments(papers=papers):
            if not papers:
                raise Refused("documents-missing", "Say which papers are there.")
            ready = fact.DocumentsReady(
                at=at, return_id=return_id, organisation=organisation, papers=papers
            )
            return (ready,)
        case ask.GiveBorderNotice():
            given = fact.BorderNoticeGiven(at=at, return_id=return_id, organisation=organisation)
            return () if file.border_notice else (given,)
        case ask.DetermineBestInterests(document=document, favourable=favourable):
            determined = fact.BestInterestsDetermined(
                at=at,
                return_id=return_id,
                organisation=organisation,
                country=of_both(state, by),
                document=document,
                favourable=favourable,
            )
            return (determined,)
        case ask.AuthoriseByGuardian(document=document):
            authorised = fact.GuardianAuthorised(
                at=at, return_id=return_id, organisation=organisation, document=document
            )
            return (authorised,)
        case _:
            assert_never(command)
