"""What return may be asked for before and on the journey; `hearing.py` has what it is told."""

from dataclasses import dataclass
from datetime import datetime

from nrm_contracts.care_codes import (
    AlternativeReason,
    Destination,
    Escort,
    InquirySubject,
    PaperKind,
    RefusalReason,
    ReturnKind,
)
from nrm_contracts.codes import YesNo
from nrm_contracts.consent_codes import ConsentForm, ConsentGiver
from nrm_contracts.ids import AssessmentId, ConsentId, DocumentId, OrganisationId, ReturnId
from nrm_return.domain.values import (
    Country,
    Finding,
    InquiryGround,
    Language,
    Measure,
    Profile,
    Span,
)
from nrm_runtime.core import Command, Due


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnCommand(Command):
    """Base of what is asked about one return."""

    return_id: ReturnId


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestReturn(ReturnCommand):
    """Record that the person asks for a return or journey, at any victim status.

    `instead_of` names a return that this one replaces; `inquiry_for` says when the profiles of
    the two countries ask for a social inquiry.
    """

    kind: ReturnKind
    origin: Country
    destination_country: Country
    destination: Destination
    profile: Profile
    inquiry_for: frozenset[InquiryGround]
    instead_of: ReturnId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentToReturn(ReturnCommand):
    """Record informed consent to the journey; `until` is when it has to be given again.

    `assent` is the child's own agreement, `assent_needed` follows from the profile's age.
    """

    consent: ConsentId
    form: ConsentForm
    giver: ConsentGiver
    assent: YesNo | None
    assent_needed: bool
    until: Due


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawReturnConsent(ReturnCommand):
    """Record that the consent to the journey is taken back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestInquiry(ReturnCommand):
    """Ask the competent service to look at family and home."""

    asked: OrganisationId
    subjects: frozenset[InquirySubject]
    answer_by: Due


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiveInquiry(ReturnCommand):
    """File the answer to the social inquiry in its own language."""

    document: DocumentId
    language: Language


@dataclass(frozen=True, slots=True, kw_only=True)
class TranslateInquiry(ReturnCommand):
    """File a translation beside its original."""

    document: DocumentId
    original: DocumentId
    language: Language


@dataclass(frozen=True, slots=True, kw_only=True)
class SignJointRisk(ReturnCommand):
    """Sign the joint risk assessment for one of the two countries.

    `family_threatened` makes the relative a subject that must be assessed; `disagreement` keeps
    that the two sides, or the person, see it differently; `valid_until` is by profile.
    """

    assessment: AssessmentId
    findings: tuple[Finding, ...]
    measures: tuple[Measure, ...]
    family_threatened: bool
    disagreement: bool
    valid_until: Due


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordDecision(ReturnCommand):
    """Record the person's documented decision to go to a protected place despite high risk."""

    document: DocumentId


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordDocuments(ReturnCommand):
    """Say which papers for the journey are there."""

    papers: frozenset[PaperKind]


@dataclass(frozen=True, slots=True, kw_only=True)
class SetItinerary(ReturnCommand):
    """Set the journey; a departure before `lead_by` is at short notice."""

    departs_at: datetime
    arrives_at: datetime
    escort: Escort
    lead_by: Due


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposeShortLead(ReturnCommand):
    """Propose a journey at short notice, with a reason that stays in the vault."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApproveShortLead(ReturnCommand):
    """Approve the short notice, as a second worker."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GiveBorderNotice(ReturnCommand):
    """Record that border police know of a child's journey."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DetermineBestInterests(ReturnCommand):
    """Record the documented decision for a child."""

    document: DocumentId
    favourable: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthoriseByGuardian(ReturnCommand):
    """Record that guardian or representative authorised a child's journey."""

    document: DocumentId


@dataclass(frozen=True, slots=True, kw_only=True)
class EndorseReturn(ReturnCommand):
    """Approve for one of the two countries; the second approval makes it whole."""

    origin_profile: Profile
    destination_profile: Profile


@dataclass(frozen=True, slots=True, kw_only=True)
class RefuseReturn(ReturnCommand):
    """Refuse the return as unsafe."""

    reason: RefusalReason


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawReturn(ReturnCommand):
    """Record that the person no longer wants the journey; possible until arrival.

    On the road it means an alarm and, after `plan` hours, a new plan.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class SeekAlternative(ReturnCommand):
    """Say that another place, another country or staying is sought, with a plan by a date."""

    reason: AlternativeReason
    plan_by: Due


@dataclass(frozen=True, slots=True, kw_only=True)
class DepartReturn(ReturnCommand):
    """Record that the person left; arrival is due by `arrival_by`.

    `alarm_every` repeats the alarm while nobody confirms, `plan` is how soon a new plan is due
    if the journey is interrupted.
    """

    departed_at: datetime
    arrival_by: Due
    alarm_every: Span
    plan: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmArrival(ReturnCommand):
    """Say, as the receiver, that the person arrived; danger is assessed anew by then."""

    arrived_at: datetime
    reassess_by: Due


@dataclass(frozen=True, slots=True, kw_only=True)
class FinishReturn(ReturnCommand):
    """End a return whose hand-off is confirmed and whose follow-up has ended."""
