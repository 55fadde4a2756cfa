"""What a return still lacks: the guards of approval and departure, over what was heard.

Items stand in the order in which they are refused. An item may be there and grow too old:
`until` is when, so that the same list serves the guard and the screen.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from nrm_contracts.care_codes import (
    Destination,
    Escort,
    PaperKind,
    ReturnKind,
    RiskLevel,
    RiskSubject,
)
from nrm_contracts.codes import YesNo
from nrm_contracts.consent_codes import ConsentGiver
from nrm_return.domain import risk
from nrm_return.domain.file import (
    Answered,
    Asked,
    File,
    LeadGranted,
    NotAsked,
    Translated,
)
from nrm_return.domain.known import Known
from nrm_return.domain.values import InquiryGround
from nrm_runtime.core import Refused

PAPERS: Final = frozenset({PaperKind.TRAVEL_DOCUMENT, PaperKind.IDENTITY_DOCUMENT})


class Need(StrEnum):
    """One item of the return file."""

    PRESUMPTION = "presumption"
    REFLECTION = "reflection"
    CONSENT = "consent"
    GUARDIAN = "guardian"
    BEST_INTERESTS = "best_interests"
    RECEIVER = "receiver"
    JOINT_RISK = "joint_risk"
    INQUIRY = "inquiry"
    DOCUMENTS = "documents"
    ITINERARY = "itinerary"
    ESCORT = "escort"
    LEAD = "lead"
    BORDER_NOTICE = "border_notice"


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One need of this return: `code` and `why` if it is not met, `until` when it grows too old.

    `at_departure` says that approval does not wait for it.
    """

    need: Need
    code: str = ""
    why: str = ""
    until: datetime | None = None
    late_code: str = ""
    at_departure: bool = False

    @property
    def met(self) -> bool:
        """Whether it is there, whatever its age."""
        return not self.code

    def lacks(self, at: datetime) -> str:
        """Give the code of what is missing at an instant (UTC), or nothing."""
        if self.code:
            return self.code
        return self.late_code if self.until is not None and self.until <= at else ""


def items(file: File, known: Known) -> tuple[Item, ...]:
    """List every need of this return, met or not."""
    found = [_presumption(known), _reflection(known), _consent(file, known)]
    if known.is_child:
        found += [_guardian(file), _best_interests(file)]
    found += [_receiver(file), _joint_risk(file, known)]
    if inquiry_needed(file, known):
        found.append(_inquiry(file))
    found += [_documents(file), _itinerary(file)]
    if known.is_child:
        found.append(_escort(file))
    found.append(_lead(file))
    if known.is_child:
        found.append(_border_notice(file))
    return tuple(found)


def hold_complete(file: File, known: Known, at: datetime, *, departing: bool) -> None:
    """Refuse with the first thing that is missing at an instant (UTC)."""
    for item in items(file, known):
        code = item.lacks(at)
        if code and (departing or not item.at_departure):
            raise Refused(code, item.why or "It is older than the country profile allows.")


def inquiry_needed(file: File, known: Known) -> bool:
    """Say whether the profiles ask for a social inquiry: for a child, or a return to the family."""
    if file.kind is ReturnKind.HEARING_TRIP:
        return False
    to_family = file.destination is Destination.FAMILY
    return (InquiryGround.CHILD in file.inquiry_for and known.is_child) or (
        InquiryGround.FAMILY in file.inquiry_for and to_family
    )


def relative_needed(file: File, known: Known) -> bool:
    """Say whether danger to the family must be assessed as well."""
    return (
        file.destination is Destination.FAMILY
        or known.family_threatened
        or any(each.family_threatened for each in file.signatures)
    )


def _presumption(known: Known) -> Item:
    if known.presumed:
        return Item(need=Need.PRESUMPTION)
    why = "We have not heard that the person is at least a presumed victim."
    return Item(need=Need.PRESUMPTION, code="not-presumed", why=why)


def _reflection(known: Known) -> Item:
    if known.reflection_settled:
        return Item(need=Need.REFLECTION)
    why = "We have not heard that the reflection period ended, was declined or does not apply."
    return Item(need=Need.REFLECTION, code="reflection-open", why=why)


def _consent(file: File, known: Known) -> Item:
    consent, need = file.consent, Need.CONSENT
    if consent is None:
        return Item(need=need, code="consent-missing", why="Nobody consented to the journey.")
    by_person = consent.giver is ConsentGiver.PERSON
    if by_person == known.is_child:
        why = "An adult consents in person; for a child the guardian does."
        return Item(need=need, code="consent-missing", why=why)
    if known.is_child and consent.assent is YesNo.NO:
        return Item(need=need, code="assent-missing", why="The child does not agree.")
    if consent.aged:
        why = "The consent is too old; it has to be given again."
        return Item(need=need, code="consent-expired", why=why)
    return Item(need=need, until=consent.until.at, late_code="consent-expired")


def _guardian(file: File) -> Item:
    if file.guardian is not None:
        return Item(need=Need.GUARDIAN)
    why = "A child travels only with the authorisation of guardian or representative."
    return Item(need=Need.GUARDIAN, code="guardian-missing", why=why)


def _best_interests(file: File) -> Item:
    need = Need.BEST_INTERESTS
    if not file.best_interests:
        why = "There is no documented decision on the best interests of the child."
        return Item(need=need, code="best-interests-missing", why=why)
    if not all(file.best_interests.values()):
        why = "The return is not in the best interests of the child."
        return Item(need=need, code="best-interests-against", why=why)
    return Item(need=need)


def _receiver(file: File) -> Item:
    if file.receiver is not None:
        return Item(need=Need.RECEIVER)
    why = "We have not heard that a linked referral was accepted."
    return Item(need=Need.RECEIVER, code="receiver-missing", why=why)


def _joint_risk(file: File, known: Known) -> Item:
    need, joint = Need.JOINT_RISK, file.joint
    found = risk.levels(file.signatures)
    limit = risk.residual_max(file.destination, decided=file.decision is not None)
    if file.signatures and found.overall is RiskLevel.EXTREME:
        return Item(need=need, code="risk-too-high", why="Extreme danger blocks every return.")
    if joint is None:
        why = "One organisation of each country signs the joint risk assessment."
        return Item(need=need, code="joint-risk-missing", why=why)
    if relative_needed(file, known) and not all(
        RiskSubject.RELATIVE in risk.subjects(each) for each in joint.signatures
    ):
        why = "The danger to the family must be assessed by both sides as well."
        return Item(need=need, code="joint-risk-missing", why=why)
    if risk.RANK[found.residual] > risk.RANK[limit]:
        why = f"What remains of the danger is {found.residual}; {limit} is the most here."
        return Item(need=need, code="risk-too-high", why=why)
    if risk.unmeasured(file.signatures):
        why = "Each high danger needs a measure with an owner and an agreed remaining level."
        return Item(need=need, code="measure-missing", why=why)
    if joint.outdated:
        why = "A later assessment found more; both countries sign anew."
        return Item(need=need, code="joint-risk-expired", why=why)
    return Item(need=need, until=joint.until.at, late_code="joint-risk-expired")


def _inquiry(file: File) -> Item:
    match file.inquiry:
        case NotAsked() | Asked():
            why = "The social inquiry has not been answered."
            return Item(need=Need.INQUIRY, code="inquiry-missing", why=why)
        case Answered():
            why = "The answer to the social inquiry has not been translated."
            return Item(need=Need.INQUIRY, code="translation-missing", why=why)
        case Translated():
            return Item(need=Need.INQUIRY)


def _documents(file: File) -> Item:
    if file.papers & PAPERS:
        return Item(need=Need.DOCUMENTS)
    why = "There is no paper to travel with."
    return Item(need=Need.DOCUMENTS, code="documents-missing", why=why)


def _itinerary(file: File) -> Item:
    if file.itinerary is not None:
        return Item(need=Need.ITINERARY)
    return Item(need=Need.ITINERARY, code="itinerary-missing", why="No journey is planned.")


def _escort(file: File) -> Item:
    if file.itinerary is not None and file.itinerary.escort is Escort.NONE:
        return Item(need=Need.ESCORT, code="escort-missing", why="No child travels alone.")
    return Item(need=Need.ESCORT)


def _lead(file: File) -> Item:
    if is_short(file) and not isinstance(file.short_lead, LeadGranted):
        why = "The journey is at short notice: it needs a reason and a second worker."
        return Item(need=Need.LEAD, code="short-lead", why=why)
    return Item(need=Need.LEAD)


def is_short(file: File) -> bool:
    """Say whether the departure is sooner than the lead time of the first announcement."""
    if file.itinerary is None or file.lead_by is None:
        return False
    return file.itinerary.departs_at < file.lead_by.at


def _border_notice(file: File) -> Item:
    need = Need.BORDER_NOTICE
    if file.border_notice:
        return Item(need=need, at_departure=True)
    why = "Border police are told of a child's journey before it leaves."
    return Item(need=need, code="border-notice-missing", why=why, at_departure=True)
