"""Invented organisations, workers and commands that the tests of assistance share."""

from datetime import timedelta
from uuid import UUID, uuid5

from nrm_assistance.domain import case
from nrm_assistance.domain import commands as ask
from nrm_assistance.domain.events import AssistanceEvent
from nrm_assistance.domain.parts import Agreement, Assent, NeedItem, PlanItem, Rating
from nrm_assistance.domain.states import State
from nrm_contracts.care_codes import (
    AssistancePhase,
    ImmediateNeed,
    LeavingReason,
    PaperKind,
    Priority,
    RiskDimension,
    RiskPhase,
    RiskSubject,
    Setting,
    SupportEnd,
    SuspensionReason,
)
from nrm_contracts.codes import AgeBand
from nrm_contracts.consent_codes import ConsentForm, ConsentGiver, DataCategory, Need
from nrm_contracts.ids import (
    AssessmentId,
    AssistanceId,
    ClosingId,
    DocumentId,
    OrganisationId,
    PersonId,
    PlanId,
    ReferralId,
    SupportId,
)
from nrm_runtime.core import Automatic, Command, Due, Worker
from nrm_runtime.testing.clock import after
from nrm_runtime.testing.given import Given

_SPACE = UUID("7a0c1f9e-6a4e-4a55-9b57-0f3e1d2c4b5a")


def named(name: str) -> UUID:
    """Give the same id for the same name."""
    return uuid5(_SPACE, name)


HARBOUR = OrganisationId(named("Harbour House"))
LANTERN = OrganisationId(named("Lantern Centre"))
AGENCY = OrganisationId(named("Agency"))
STRANGER = OrganisationId(named("Stranger"))

OURS = AssistanceId(named("assistance of Harbour House"))
THEIRS = AssistanceId(named("assistance of Lantern Centre"))
REFERRAL = ReferralId(named("referral"))
OTHER_REFERRAL = ReferralId(named("another referral"))
CLOSING = ClosingId(named("closing"))
PERSON = PersonId(named("person"))
SISTER = PersonId(named("sister"))
ASSESSMENT = AssessmentId(named("assessment"))
PLAN = PlanId(named("plan"))
SUPPORT = SupportId(named("support"))
PAPER = DocumentId(named("paper"))
TRANSLATION = DocumentId(named("translation"))

POLICY = Automatic(service="assistance")


def of(organisation: UUID, country: str = "RO") -> Worker:
    """Give a worker of an organisation."""
    return Worker(
        organisation=organisation,
        worker=named(f"worker of {organisation}"),
        country=country,
        kind="NGO",
    )


def due(**after_: float) -> Due:
    """Give a deadline so long after the beginning, under an invented profile."""
    return Due(at=after(**after_), profile="RO@1")


ADULT = Agreement(giver=ConsentGiver.PERSON, form=ConsentForm.WRITTEN, assent=Assent.NOT_NEEDED)
FOR_A_CHILD = Agreement(giver=ConsentGiver.GUARDIAN, form=ConsentForm.WRITTEN, assent=Assent.GIVEN)
CALM = tuple(
    Rating(dimension=one, likelihood=1, severity=2)
    for one in RiskDimension
    if one is not RiskDimension.CHILD
)
THREATENED = tuple(
    Rating(dimension=one.dimension, likelihood=3, severity=3)
    if one.dimension is RiskDimension.NETWORK
    else one
    for one in CALM
)
HOUSING = NeedItem(need=Need.ACCOMMODATION, priority=Priority.URGENT, provider=None, consent=None)
COUNSEL = NeedItem(need=Need.PSYCHOLOGICAL, priority=Priority.NORMAL, provider=None, consent=None)
ITEM = PlanItem(need=Need.PSYCHOLOGICAL, pillar=2, setting=Setting.NON_RESIDENTIAL)


class Act:
    """Commands of one organisation on one assistance, with everything filled in."""

    def __init__(self, organisation: UUID = HARBOUR, assistance: AssistanceId = OURS) -> None:
        """Act as `organisation`."""
        self.by = of(organisation)
        self.assistance = assistance
        self.at = after(hours=1)
        self._count = 0

    def base(self) -> dict[str, object]:
        """Give what every command carries; each gets an id of its own."""
        self._count += 1
        return {
            "id": named(f"{self.by.worker} {self.assistance} {self._count}"),
            "by": self.by,
            "at": self.at,
            "assistance": self.assistance,
        }

    def later(self, **span: float) -> "Act":
        """Go on at a later time."""
        self.at += timedelta(**span)
        return self

    def make(self, kind: type[Command], **fields: object) -> Command:
        """Make a command, from its usual fields and those given."""
        return kind(**{**self.base(), **USUAL.get(kind, {}), **fields})  # type: ignore[arg-type]


USUAL: dict[type[Command], dict[str, object]] = {
    ask.OpenAssistance: {"phase": AssistancePhase.ACTIVE},
    ask.SuspendAssistance: {"reason": SuspensionReason.HOSPITAL},
    ask.LeaveAssistance: {"reason": LeavingReason.PERSON_LEFT},
    ask.AskImmediateQuestions: {"found": frozenset(), "act_by": due(hours=5)},
    ask.AddRelative: {"relative": SISTER},
    ask.AssessRisk: {
        "assessment": ASSESSMENT,
        "subject": RiskSubject.PERSON,
        "relative": None,
        "phase": RiskPhase.BEFORE_REFERRAL,
        "ratings": THREATENED,
        "immediate": frozenset(),
        "valid_until": due(days=30),
        "act_by": due(hours=5),
    },
    ask.AssessNeeds: {"needs": (HOUSING, COUNSEL)},
    ask.AgreeSafetyPlan: {"agreement": ADULT, "review_by": due(days=30)},
    ask.ActivatePlan: {
        "plan": PLAN,
        "items": (ITEM,),
        "agreement": ADULT,
        "review_by": due(days=30),
    },
    ask.ReviewPlan: {"plan": PLAN, "review_by": due(days=60)},
    ask.StartSupport: {
        "support": SUPPORT,
        "need": Need.PSYCHOLOGICAL,
        "setting": Setting.NON_RESIDENTIAL,
        "pillar": 2,
        "subject": RiskSubject.PERSON,
        "relative": None,
        "agreement": ADULT,
    },
    ask.DeliverSupport: {"support": SUPPORT},
    ask.EndSupport: {"support": SUPPORT, "how": SupportEnd.COMPLETED},
    ask.FileDocument: {
        "document": PAPER,
        "kind": PaperKind.NARRATIVE_REPORT,
        "category": DataCategory.STORY,
        "language": "it",
    },
    ask.FileTranslation: {"document": TRANSLATION, "original": PAPER, "language": "ro"},
}
"""What a command carries beside its base when a test does not care."""

URGENT = frozenset({ImmediateNeed.MEDICAL})


def learn(kind: type[Command], name: str = "", **fields: object) -> Command:
    """Make the command that follows from a fact of another service."""
    usual: dict[type[Command], dict[str, object]] = {
        ask.LearnCase: {
            "custodian": HARBOUR,
            "agency": AGENCY,
            "country": "RO",
            "age": AgeBand.ADULT,
            "person": PERSON,
        },
        ask.LearnAge: {"age": AgeBand.CHILD},
        ask.LearnAcceptance: {
            "referral": REFERRAL,
            "receiver": LANTERN,
            "country": "RO",
            "assistance": THEIRS,
        },
        ask.LearnHandOff: {"referral": REFERRAL},
        ask.LearnReferralEnd: {"referral": REFERRAL},
        ask.LearnCustody: {
            "referral": REFERRAL,
            "sender": HARBOUR,
            "receiver": LANTERN,
            "agency": None,
            "decide_by": (("IT", due(days=10)), ("RO", due(days=14))),
        },
        ask.AnswerClosing: {"closing": CLOSING},
        ask.LearnClosingAbandoned: {"closing": CLOSING},
        ask.LearnCaseClosed: {"closing": CLOSING},
        ask.LearnCaseReopened: {"custodian": HARBOUR},
    }
    base = {"id": named(f"{kind.__name__} {name}"), "by": POLICY, "at": after()}
    return kind(**{**base, **usual[kind], **fields})  # type: ignore[arg-type]


def a_case(**fields: object) -> Given[State, AssistanceEvent]:
    """Begin with a case of Harbour House that this service has heard of."""
    start: Given[State, AssistanceEvent] = Given(case, case.initial)
    return start.after(learn(ask.LearnCase, "", **fields))
