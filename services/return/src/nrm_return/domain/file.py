"""The return file: everything that must be there before approval, filled in any order."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TypeAlias, assert_never

from nrm_contracts.care_codes import Destination, Escort, PaperKind, ReturnKind
from nrm_contracts.codes import YesNo
from nrm_contracts.consent_codes import ConsentGiver
from nrm_contracts.ids import (
    ConsentId,
    DocumentId,
    OrganisationId,
    ReferralId,
    ReturnId,
    WorkerId,
)
from nrm_return.domain import file_events as fact
from nrm_return.domain.risk import Joint, Signature
from nrm_return.domain.values import Country, InquiryGround, Language
from nrm_runtime.core import Due


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """Consent to the journey, with who gave it; `aged` once it was too old."""

    consent: ConsentId
    giver: ConsentGiver
    assent: YesNo | None
    until: Due
    aged: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Receiver:
    """Who accepted the linked referral and takes the person in."""

    referral: ReferralId
    organisation: OrganisationId
    agreed_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Itinerary:
    """When the journey begins and ends, and who travels along."""

    departs_at: datetime
    arrives_at: datetime
    escort: Escort


@dataclass(frozen=True, slots=True)
class NotAsked:
    """No social inquiry was asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A social inquiry is awaited; `overdue` once its date was told."""

    asked: OrganisationId
    answer_by: Due
    overdue: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """The answer is there, in its own language only."""

    asked: OrganisationId
    document: DocumentId
    language: Language


@dataclass(frozen=True, slots=True, kw_only=True)
class Translated:
    """Original and translation stand together."""

    asked: OrganisationId
    document: DocumentId
    language: Language
    translation: DocumentId


Inquiry: TypeAlias = NotAsked | Asked | Answered | Translated


@dataclass(frozen=True, slots=True)
class LeadUnasked:
    """Nobody proposed a short notice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadProposed:
    """A worker proposed a short notice."""

    worker: WorkerId


@dataclass(frozen=True, slots=True)
class LeadGranted:
    """A second worker approved it."""


ShortLead: TypeAlias = LeadUnasked | LeadProposed | LeadGranted


@dataclass(frozen=True, slots=True, kw_only=True)
class Endorsement:
    """One country's approval."""

    organisation: OrganisationId
    worker: WorkerId
    country: Country
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """What was asked, and what is on file. An item that is absent is not there yet.

    `lead_by` is the earliest departure that keeps the lead time of the first announcement;
    `joint` is the last assessment that both countries signed, `signing` one that waits for the
    other country.
    """

    return_id: ReturnId
    kind: ReturnKind
    origin: Country
    destination_country: Country
    destination: Destination
    requester: OrganisationId
    inquiry_for: frozenset[InquiryGround]
    requested_at: datetime
    consent: Consent | None = None
    receiver: Receiver | None = None
    joint: Joint | None = None
    signing: Signature | None = None
    decision: DocumentId | None = None
    inquiry: Inquiry = NotAsked()
    papers: frozenset[PaperKind] = frozenset()
    itinerary: Itinerary | None = None
    lead_by: Due | None = None
    departure_missed: bool = False
    short_lead: ShortLead = LeadUnasked()
    border_notice: bool = False
    best_interests: Mapping[Country, bool] = field(default_factory=dict)
    guardian: DocumentId | None = None
    endorsements: tuple[Endorsement, ...] = ()

    @property
    def countries(self) -> frozenset[Country]:
        """The two countries that must agree."""
        return frozenset({self.origin, self.destination_country})

    @property
    def signatures(self) -> tuple[Signature, ...]:
        """Every signature that counts: those of both countries, and one that waits."""
        both: tuple[Signature, ...] = () if self.joint is None else self.joint.signatures
        return both if self.signing is None else (*both, self.signing)


def begun(event: fact.ReturnRequested) -> File:
    """Give the empty file of a new request."""
    return File(
        return_id=event.return_id,
        kind=event.kind,
        origin=event.origin,
        destination_country=event.destination_country,
        destination=event.destination,
        requester=event.organisation,
        inquiry_for=event.inquiry_for,
        requested_at=event.at,
    )


def evolve(file: File, event: fact.FileFact) -> File:
    """Give the file after a fact."""
    match event:
        case fact.ReturnConsented():
            return replace(file, consent=_consent(event))
        case fact.ReturnConsentWithdrawn():
            return replace(file, consent=None)
        case fact.ConsentAged():
            assert file.consent is not None
            return replace(file, consent=replace(file.consent, aged=True))
        case fact.SocialInquiryRequested():
            return replace(file, inquiry=Asked(asked=event.asked, answer_by=event.answer_by))
        case fact.SocialInquiryReceived() | fact.SocialInquiryTranslated() | fact.InquiryOverdue():
            return replace(file, inquiry=_inquiry(file.inquiry, event))
        case fact.JointRiskSigned():
            return _signed(file, event)
        case fact.JointRiskExpired():
            assert file.joint is not None
            return replace(file, joint=replace(file.joint, expiry_told=True))
        case fact.RiskRiseNoted():
            assert file.joint is not None
            return replace(file, joint=replace(file.joint, outdated=True))
        case fact.ReceiverConfirmed():
            receiver = Receiver(
                referral=event.referral, organisation=event.receiver, agreed_at=event.agreed_at
            )
            return replace(file, receiver=receiver)
        case fact.ReceiverGone():
            return replace(file, receiver=None)
        case fact.ItinerarySet():
            return _planned(file, event)
        case fact.ShortLeadProposed(worker=worker):
            return replace(file, short_lead=LeadProposed(worker=worker))
        case fact.ShortLeadApproved():
            return replace(file, short_lead=LeadGranted())
        case fact.ReturnEndorsed():
            endorsement = Endorsement(
                organisation=event.organisation,
                worker=event.worker,
                country=event.country,
                at=event.at,
            )
            return replace(file, endorsements=(*file.endorsements, endorsement))
        case _:
            return _papers(file, event)


def _papers(
    file: File,
    event: fact.DecisionRecorded
    | fact.DocumentsReady
    | fact.BorderNoticeGiven
    | fact.BestInterestsDetermined
    | fact.GuardianAuthorised,
) -> File:
    match event:
        case fact.DecisionRecorded(document=document):
            return replace(file, decision=document)
        case fact.DocumentsReady(papers=papers):
            return replace(file, papers=file.papers | papers)
        case fact.BorderNoticeGiven():
            return replace(file, border_notice=True)
        case fact.BestInterestsDetermined(country=country, favourable=favourable):
            return replace(file, best_interests={**file.best_interests, country: favourable})
        case fact.GuardianAuthorised(document=document):
            return replace(file, guardian=document)
        case _:
            assert_never(event)


def _consent(event: fact.ReturnConsented) -> Consent:
    return Consent(consent=event.consent, giver=event.giver, assent=event.assent, until=event.until)


def _inquiry(
    inquiry: Inquiry,
    event: fact.SocialInquiryReceived | fact.SocialInquiryTranslated | fact.InquiryOverdue,
) -> Inquiry:
    match event:
        case fact.InquiryOverdue():
            assert isinstance(inquiry, Asked)
            return replace(inquiry, overdue=True)
        case fact.SocialInquiryReceived():
            assert not isinstance(inquiry, NotAsked)
            return Answered(asked=inquiry.asked, document=event.document, language=event.language)
        case fact.SocialInquiryTranslated():
            assert isinstance(inquiry, Answered | Translated)
            return Translated(
                asked=inquiry.asked,
                document=inquiry.document,
                language=inquiry.language,
                translation=event.document,
            )
        case _:
            assert_never(event)


def _signed(file: File, event: fact.JointRiskSigned) -> File:
    signature = Signature(
        assessment=event.assessment,
        organisation=event.organisation,
        worker=event.worker,
        country=event.country,
        findings=event.findings,
        measures=event.measures,
        family_threatened=event.family_threatened,
        disagreement=event.disagreement,
        signed_at=event.at,
        valid_until=event.valid_until,
    )
    if not event.complete:
        return replace(file, signing=signature)
    assert file.signing is not None
    return replace(file, joint=Joint(signatures=(file.signing, signature)), signing=None)


def _planned(file: File, event: fact.ItinerarySet) -> File:
    itinerary = Itinerary(
        departs_at=event.departs_at, arrives_at=event.arrives_at, escort=event.escort
    )
    return replace(
        file,
        itinerary=itinerary,
        lead_by=event.lead_by,
        departure_missed=False,
        short_lead=LeadUnasked(),
    )
