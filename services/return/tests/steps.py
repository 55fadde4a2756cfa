"""Invented organisations, instants and commands that the tests of return share.

The folder's name is a keyword, so tests load this module with `import_module`.
"""

from datetime import datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID, uuid5

from nrm_contracts.care_codes import (
    AlternativeReason,
    Destination,
    Escort,
    FollowUpOutcome,
    InquirySubject,
    PaperKind,
    RefusalReason,
    ReturnKind,
    RiskDimension,
    RiskLevel,
    RiskPhase,
    RiskSubject,
)
from nrm_contracts.codes import AgeBand
from nrm_contracts.consent_codes import ConsentForm, ConsentGiver, Purpose, ReferralKind
from nrm_contracts.ids import (
    AssessmentId,
    ClosingId,
    ConsentId,
    DocumentId,
    FollowUpId,
    OrganisationId,
    PersonId,
    ReferralId,
    ReturnId,
)
from nrm_return.domain import case
from nrm_return.domain import commands as ask
from nrm_return.domain import follow_up_commands as follow
from nrm_return.domain import heard_commands as heard
from nrm_return.domain.values import Finding, InquiryGround, Measure, Reflection, Span
from nrm_runtime.core import Actor, Automatic, Command, Due, FallDue, Worker
from nrm_runtime.testing.clock import BEGINNING, after
from nrm_runtime.testing.given import Given

_SPACE = UUID("0d3b5d42-5d0e-4f0b-8f0a-8a6b9f9d0c11")
_NUMBERS = count(1)


def named(name: str) -> UUID:
    """Give the same id for the same name."""
    return uuid5(_SPACE, name)


SENDER = OrganisationId(named("Casa Aperta"))  # the organisation in the destination country
RECEIVER = OrganisationId(named("Harbour House"))  # the one in the country of origin
AGENCY = OrganisationId(named("Agency"))
ESCORTS = OrganisationId(named("Safe Roads"))
INSPECTORATE = OrganisationId(named("Social Inspectorate"))
STRANGER = OrganisationId(named("Stranger"))

RETURN = ReturnId(named("return"))
OTHER = ReturnId(named("another return"))
TRANSFER = ReferralId(named("transfer"))
CLOSING = ClosingId(named("closing"))
ASSESSMENT = AssessmentId(named("assessment"))
CONSENT = ConsentId(named("consent"))
INQUIRY = DocumentId(named("inquiry"))
TRANSLATION = DocumentId(named("translation"))

POLICY = Automatic(service="return")
LEAVES = after(days=40)
LANDS = after(days=40, hours=6)


def worker_of(organisation: UUID, country: str, name: str = "one") -> Worker:
    """Give a worker of an organisation."""
    return Worker(
        organisation=organisation,
        worker=named(f"worker {name} of {organisation}"),
        country=country,
        kind="NGO",
    )


FROM = worker_of(SENDER, "IT")
SECOND = worker_of(SENDER, "IT", "two")
TO = worker_of(RECEIVER, "RO")
AGENT = worker_of(AGENCY, "IT")
ESCORT = worker_of(ESCORTS, "RO")
INSPECTOR = worker_of(INSPECTORATE, "RO")
NOBODY = worker_of(STRANGER, "IT")


def due(at: datetime, profile: str = "IT@1") -> Due:
    """Give a deadline."""
    return Due(at=at, profile=profile)


def finding(
    dimension: RiskDimension = RiskDimension.NETWORK,
    likelihood: int = 2,
    severity: int = 2,
    subject: RiskSubject = RiskSubject.PERSON,
) -> Finding:
    """Give a danger; MEDIUM unless said otherwise."""
    return Finding(subject=subject, dimension=dimension, likelihood=likelihood, severity=severity)


def measure(
    residual: RiskLevel = RiskLevel.MEDIUM,
    dimension: RiskDimension = RiskDimension.NETWORK,
    subject: RiskSubject = RiskSubject.PERSON,
) -> Measure:
    """Give what is done about a danger."""
    return Measure(subject=subject, dimension=dimension, owner=RECEIVER, residual=residual)


BOTH_SUBJECTS = (finding(), finding(subject=RiskSubject.RELATIVE))


def _usual(kind: type[Command], at: datetime) -> dict[str, Any]:
    """Give a sensible value for every field that a test does not care about."""
    match kind:
        case ask.RequestReturn:
            return {
                "kind": ReturnKind.TO_ORIGIN,
                "origin": "IT",
                "destination_country": "RO",
                "destination": Destination.FAMILY,
                "profile": "IT@1",
                "inquiry_for": frozenset({InquiryGround.CHILD, InquiryGround.FAMILY}),
            }
        case ask.ConsentToReturn:
            return {
                "consent": CONSENT,
                "form": ConsentForm.VERBAL,
                "giver": ConsentGiver.PERSON,
                "assent": None,
                "assent_needed": False,
                "until": due(at + timedelta(days=90)),
            }
        case ask.RequestInquiry:
            return {
                "asked": INSPECTORATE,
                "subjects": frozenset({InquirySubject.FAMILY, InquirySubject.HOME}),
                "answer_by": due(at + timedelta(days=30)),
            }
        case ask.ReceiveInquiry:
            return {"document": INQUIRY, "language": "ro"}
        case ask.TranslateInquiry:
            return {"document": TRANSLATION, "original": INQUIRY, "language": "it"}
        case ask.SignJointRisk:
            return {
                "assessment": AssessmentId(named(f"assessment {next(_NUMBERS)}")),
                "findings": BOTH_SUBJECTS,
                "measures": (),
                "family_threatened": False,
                "disagreement": False,
                "valid_until": due(at + timedelta(days=7)),
            }
        case ask.RecordDocuments:
            return {"papers": frozenset({PaperKind.TRAVEL_DOCUMENT})}
        case _:
            return _on_the_way(kind, at)


def _on_the_way(kind: type[Command], at: datetime) -> dict[str, Any]:
    match kind:
        case ask.SetItinerary:
            return {
                "departs_at": LEAVES,
                "arrives_at": LANDS,
                "escort": Escort.SOCIAL_WORKER,
                "lead_by": due(at + timedelta(days=30)),
            }
        case ask.RecordDecision | ask.AuthoriseByGuardian:
            return {"document": DocumentId(named("decision"))}
        case ask.DetermineBestInterests:
            return {"document": DocumentId(named("best interests")), "favourable": True}
        case ask.EndorseReturn:
            return {"origin_profile": "IT@1", "destination_profile": "RO@1"}
        case ask.RefuseReturn:
            return {"reason": RefusalReason.RISK_TOO_HIGH}
        case ask.SeekAlternative:
            return {
                "reason": AlternativeReason.FAMILY_NOT_SAFE,
                "plan_by": due(at + timedelta(hours=24)),
            }
        case ask.DepartReturn:
            return {
                "departed_at": at,
                "arrival_by": due(at + timedelta(hours=30)),
                "alarm_every": Span(hours=24, profile="IT@1"),
                "plan": Span(hours=24, profile="IT@1"),
            }
        case ask.ConfirmArrival:
            return {"arrived_at": at, "reassess_by": due(at + timedelta(hours=72))}
        case _:
            return _after_arrival(kind, at)


def _after_arrival(kind: type[Command], at: datetime) -> dict[str, Any]:
    match kind:
        case follow.ScheduleFollowUp:
            return {
                "responsible": RECEIVER,
                "report_to": SENDER,
                "contact_by": tuple(due(at + timedelta(days=each)) for each in (30, 90)),
                "report_by": (due(at + timedelta(days=90)),),
                "consent": ConsentId(named("consent to contact")),
                "form": ConsentForm.VERBAL,
                "giver": ConsentGiver.PERSON,
            }
        case follow.RecordFollowUp:
            return {
                "follow_up": FollowUpId(named("contact")),
                "number": 1,
                "outcome": FollowUpOutcome.SAFE,
            }
        case follow.SendReport:
            return {"number": 1, "document": DocumentId(named("report"))}
        case _:
            return _heard(kind, at)


def _heard(kind: type[Command], at: datetime) -> dict[str, Any]:
    match kind:
        case heard.NoteCase:
            return {
                "custodian": SENDER,
                "agency": AGENCY,
                "country": "IT",
                "age": AgeBand.ADULT,
                "person": PersonId(named("person")),
                "family": PersonId(named("family")),
            }
        case heard.NoteCustodian:
            return {"custodian": RECEIVER, "agency": None, "referral": TRANSFER}
        case heard.NoteAge:
            return {"age": AgeBand.ADULT}
        case heard.NoteReflection:
            return {"country": "IT", "standing": Reflection.SETTLED}
        case heard.NoteAcceptance:
            return {
                "referral": TRANSFER,
                "kind": ReferralKind.TRANSFER_OF_CUSTODY,
                "purpose": Purpose.ASSISTANCE,
                "receiver": RECEIVER,
                "linked_return": RETURN,
                "agreed_at": LANDS,
            }
        case heard.NoteReferralEnded:
            return {"referral": TRANSFER}
        case heard.NoteReceiverLost | heard.NoteHandedOver:
            return {"referral": TRANSFER, "linked_return": RETURN}
        case heard.NoteRisk:
            return {
                "assessment": ASSESSMENT,
                "subject": RiskSubject.PERSON,
                "phase": RiskPhase.BEFORE_RETURN_DESTINATION,
                "overall": RiskLevel.EXTREME,
                "high": frozenset({RiskDimension.NETWORK}),
                "assessed_at": at,
            }
        case heard.AnswerClosing:
            return {"closing": CLOSING}
        case heard.NoteClosingOver:
            return {"closed": False}
        case _:
            return {}


def make(
    command: type[Command], /, by: Actor | None = None, at: datetime = BEGINNING, **own: Any
) -> Any:
    """Make a command; by the sending organisation unless said otherwise."""
    fields = _usual(command, at) | own
    if issubclass(command, heard.HeardCommand):
        actor: Actor = POLICY
    else:
        actor = by or FROM
        if issubclass(command, ask.ReturnCommand):
            fields.setdefault("return_id", RETURN)
    return command(id=named(f"command {next(_NUMBERS)}"), by=actor, at=at, **fields)


def fall_due(name: str, at: datetime) -> FallDue:
    """Let a deadline fall due."""
    return FallDue(id=named(f"due {name} {at}"), by=POLICY, at=at, name=name)


def a_case(**opening: Any) -> Given[Any, Any]:
    """Give a case that we heard of: presumed victim, reflection settled."""
    begun: Given[Any, Any] = Given(case, case.initial)
    return begun.after(
        make(heard.NoteCase, **opening),
        make(heard.NotePresumption),
        make(heard.NoteReflection),
    )


def a_request(**own: Any) -> Given[Any, Any]:
    """Give a case with a return that was asked for."""
    return a_case().after(make(ask.RequestReturn, **own))


def signed(at: datetime = BEGINNING, **own: Any) -> tuple[Any, Any]:
    """Give the two signatures of a joint risk assessment."""
    return (
        make(ask.SignJointRisk, by=FROM, at=at, **own),
        make(ask.SignJointRisk, by=TO, at=at, **own),
    )


FILE: dict[str, tuple[Any, ...]] = {
    "receiver": (make(heard.NoteAcceptance),),
    "consent": (make(ask.ConsentToReturn),),
    "risk": signed(),
    "inquiry": (
        make(ask.RequestInquiry),
        make(ask.ReceiveInquiry, by=INSPECTOR),
        make(ask.TranslateInquiry),
    ),
    "documents": (make(ask.RecordDocuments),),
    "itinerary": (make(ask.SetItinerary),),
}
"""What an adult's return to the family needs, item by item; the receiver first, who then signs."""


def filed(*without: str, **own: Any) -> Given[Any, Any]:
    """Give a return whose file is whole but for the items named."""
    steps = [step for item, found in FILE.items() if item not in without for step in found]
    return a_request(**own).after(*steps)


def approved() -> Given[Any, Any]:
    """Give a return that both countries approved on the first day."""
    return filed().after(make(ask.EndorseReturn), make(ask.EndorseReturn, by=TO))


def ready_to_leave() -> Given[Any, Any]:
    """Give an approved return whose joint risk was signed anew before departure."""
    return approved().after(*signed(at=LEAVES - timedelta(days=2)))


def travelling() -> Given[Any, Any]:
    """Give a return on the road."""
    return ready_to_leave().after(make(ask.DepartReturn, at=LEAVES))


def arrived() -> Given[Any, Any]:
    """Give a return whose arrival the receiver confirmed."""
    return travelling().after(make(ask.ConfirmArrival, by=TO, at=LANDS))


def followed() -> Given[Any, Any]:
    """Give an arrival with a schedule of follow-ups."""
    return arrived().after(make(follow.ScheduleFollowUp, by=TO, at=LANDS))


def lost() -> Given[Any, Any]:
    """Give a journey that lost its receiver on the road."""
    return travelling().after(make(heard.NoteReceiverLost, at=LEAVES))


def state_of(history: Given[Any, Any], return_id: ReturnId = RETURN) -> Any:
    """Give the state of one return."""
    return history.state.returns[return_id]
