"""Commands with usual values, as the doors of the services make them from country profiles."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from nrm_assistance.domain import commands as care
from nrm_assistance.domain.parts import Agreement, Assent, NeedItem, PlanItem, Rating
from nrm_contracts.care_codes import (
    AlternativeReason,
    AssistancePhase,
    Destination,
    Escort,
    FollowUpOutcome,
    InquirySubject,
    PaperKind,
    Priority,
    ReturnKind,
    RiskDimension,
    RiskLevel,
    RiskPhase,
    RiskSubject,
    Setting,
)
from nrm_contracts.codes import (
    AgeBand,
    Channel,
    ClosureReason,
    Gender,
    GroundsReason,
    IndicatorClass,
    IndicatorList,
    RightsAid,
    Trigger,
    YesNo,
)
from nrm_contracts.consent_codes import (
    Basis,
    BlockedGroup,
    ConsentForm,
    ConsentGiver,
    DataCategory,
    Need,
    Outcome,
    Purpose,
    ReferralKind,
)
from nrm_contracts.profiles import profile
from nrm_identification.domain import commands as sign
from nrm_referral.domain import commands as refer
from nrm_referral.domain.values import Fit, Ground, Pace
from nrm_return.domain import commands as travel
from nrm_return.domain import follow_up_commands as keep
from nrm_return.domain.values import Finding, InquiryGround, Measure, Span
from nrm_runtime.core import Command, Due, Worker
from tests.flows.mechanism import World
from tests.flows.people import AGENCIES, HARBOUR, Organisation, as_receiver

TOLD: Final = frozenset({DataCategory.STORY, DataCategory.NEEDS, DataCategory.RISKS})
LEAF: Final = "ab" * 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """A command and the service it is put to."""

    service: str
    command: Command


@dataclass(frozen=True, slots=True)
class Desk:
    """A worker who is about to ask for something in one case, now."""

    world: World
    case: UUID
    who: Worker

    @property
    def _rules(self) -> Any:
        return profile(self.who.country)

    def _due(self, section: str, key: str, start: datetime | None = None) -> Due:
        return Due.of(self._rules.due(section, key, start or self.world.now))

    def _in(self, span: timedelta) -> Due:
        return Due(at=self.world.now + span, profile=self._rules.ref)

    def ask(self, service: str, kind: type[Any], /, **fields: Any) -> Ask:
        """Make any command."""
        command = kind(id=self.world.fresh_id(), by=self.who, at=self.world.now, **fields)
        return Ask(service=service, command=command)

    # --- identification -------------------------------------------------------------------

    def signal(self, age: AgeBand) -> Ask:
        """Record first information."""
        return self.ask(
            "identification",
            sign.RecordSignal,
            person=self.world.fresh_id(),
            code="INVENTED",
            country=self.who.country,
            trigger=Trigger.INDICATORS,
            channel=Channel.OUTREACH,
            age=age,
            spoken_to=True,
            notify=frozenset({AGENCIES[self.who.country].id}),
            notify_by=self._due("notify", "hours"),
        )

    def indicators(self, outcome: IndicatorClass = IndicatorClass.TRAFFICKING) -> Ask:
        """Go through a list of indicators."""
        return self.ask(
            "identification",
            sign.RecordIndicators,
            indicators=IndicatorList.ILO_DELPHI_ADULT_LABOUR,
            list_version=1,
            outcome=outcome,
        )

    def rights(self) -> Ask:
        """Explain rights."""
        aid = RightsAid.INTERPRETER
        return self.ask("identification", sign.InformRights, language="ro", aid=aid)

    def presume(self, *, justified: bool = True) -> Ask:
        """Decide on reasonable grounds."""
        return self.ask(
            "identification",
            sign.Presume,
            reasons=frozenset({GroundsReason.INDICATORS}),
            justified=justified,
            entitled=frozenset(self._rules.codes("identification", "who_can_presume")),
            notify=frozenset({AGENCIES[self.who.country].id}),
            country=self.who.country,
            profile=self._rules.ref,
        )

    def decide(self, kind: type[Any], **fields: Any) -> Ask:
        """Decide formally, one way or the other."""
        return self.ask(
            "identification",
            kind,
            entitled=frozenset(self._rules.codes("identification", "who_can_identify")),
            country=self.who.country,
            profile=self._rules.ref,
            **fields,
        )

    def offer_reflection(self) -> Ask:
        """Offer a recovery and reflection period."""
        return self.ask(
            "identification",
            sign.OfferReflection,
            country=self.who.country,
            profile=self._rules.ref,
            own_national=False,
            foreigners_only="foreigners" in self._rules.codes("reflection", "applies_to"),
            for_children=self._rules.flag("reflection", "minors"),
            starts_on=frozenset(self._rules.codes("reflection", "starts_on")),
        )

    def exempt(self, reason: Any) -> Ask:
        """Say that no period applies."""
        return self.ask(
            "identification",
            sign.ExemptFromReflection,
            reason=reason,
            country=self.who.country,
            profile=self._rules.ref,
        )

    def start_reflection(self) -> Ask:
        """Let the period begin."""
        return self.ask(
            "identification", sign.StartReflection, ends=self._due("reflection", "days")
        )

    # --- referral -------------------------------------------------------------------------

    def consent(
        self, recipient: UUID, purpose: Purpose, *, child: bool, days: int = 200, **changes: Any
    ) -> Ask:
        """Record that the person lets one organisation know."""
        usual: dict[str, Any] = {
            "consent": self.world.fresh_id(),
            "recipient": recipient,
            "group": None,
            "purpose": purpose,
            "categories": TOLD,
            "blocked": frozenset({BlockedGroup.FAMILY}),
            "form": ConsentForm.VERBAL,
            "giver": ConsentGiver.REPRESENTATIVE if child else ConsentGiver.PERSON,
            "assent": YesNo.YES if child else None,
            "until": self._in(timedelta(days=days)),
        }
        return self.ask("referral", refer.GrantConsent, **usual | changes)

    def offer(
        self,
        to: Organisation,
        ground: Ground,
        purpose: Purpose,
        kind: ReferralKind = ReferralKind.TRANSFER_OF_CUSTODY,
        **changes: Any,
    ) -> Ask:
        """Offer a referral."""
        usual: dict[str, Any] = {
            "referral": self.world.fresh_id(),
            "kind": kind,
            "receiver": as_receiver(to),
            "needs": frozenset({Need.ACCOMMODATION}),
            "purpose": purpose,
            "categories": TOLD,
            "ground": ground,
            "urgent": YesNo.NO,
            "fit": Fit(gender=Gender.FEMININE, languages=frozenset({"ro"})),
            "medical": YesNo.NO,
            "threat": YesNo.NO,
            "acknowledge_by": self._due("hand_off", "acknowledge_hours"),
            "answer_by": self._due("hand_off", "accept_hours"),
            "pace": Pace(
                profile=self._rules.ref,
                next_route_hours=self._rules.number("hand_off", "next_route_hours"),
                escalate_hours=self._rules.number("hand_off", "escalate_hours"),
            ),
            "linked_return": None,
            "replaces": None,
        }
        return self.ask("referral", refer.OfferReferral, **usual | changes)

    def accept(self, referral: UUID, agreed_at: datetime | None = None) -> Ask:
        """Take a referral."""
        return self.ask(
            "referral",
            refer.AcceptReferral,
            referral=referral,
            offer=LEAF,
            free=None,
            agreed_at=agreed_at,
            confirm_by=self._due("hand_off", "confirm_hours", agreed_at),
            confirm_hours=self._rules.number("hand_off", "confirm_hours"),
        )

    def reschedule(self, referral: UUID, agreed_at: datetime) -> Ask:
        """Agree on another date."""
        return self.ask(
            "referral",
            refer.RescheduleHandOff,
            referral=referral,
            agreed_at=agreed_at,
            confirm_by=self._due("hand_off", "confirm_hours", agreed_at),
        )

    def confirm(self, referral: UUID, keeps: YesNo = YesNo.NO) -> Ask:
        """Say that the hand-off took place."""
        return self.ask(
            "referral",
            refer.ConfirmHandOff,
            referral=referral,
            accompanied=YesNo.YES,
            keeps_assistance=keeps,
        )

    def finish_referral(self, referral: UUID) -> Ask:
        """Say that what was asked for has ended."""
        return self.ask(
            "referral",
            refer.FinishReferral,
            referral=referral,
            outcome=Outcome.SUCCESSFUL,
            reason=None,
        )

    def withdraw_consent(self, consent: UUID) -> Ask:
        """Record that the person takes a consent back."""
        return self.ask(
            "referral",
            refer.WithdrawConsent,
            consent=consent,
            acknowledge_by=self._due("consent", "withdrawal_acknowledge_hours"),
        )

    def propose_closing(self, reason: ClosureReason = ClosureReason.REINTEGRATED) -> Ask:
        """Propose to close."""
        return self.ask(
            "referral",
            refer.ProposeClosing,
            closing=self.world.fresh_id(),
            reason=reason,
            trial_runs=YesNo.NO,
            hearing_notices_to=None,
            answer_by=self._due("closing", "answer_hours"),
        )

    # --- assistance -----------------------------------------------------------------------

    def open_assistance(self, phase: AssistancePhase = AssistancePhase.ACTIVE) -> Ask:
        """Assist without a referral."""
        return self.ask(
            "assistance", care.OpenAssistance, assistance=self.world.fresh_id(), phase=phase
        )

    def questions(self, assistance: UUID, found: frozenset[Any] = frozenset()) -> Ask:
        """Ask the two immediate questions."""
        return self.ask(
            "assistance",
            care.AskImmediateQuestions,
            assistance=assistance,
            found=found,
            act_by=self._due("risk", "immediate_hours"),
        )

    def assess(self, assistance: UUID, severity: int = 1, phase: Any = None) -> Ask:
        """Assess the danger to the person in every dimension."""
        return self.ask(
            "assistance",
            care.AssessRisk,
            assistance=assistance,
            assessment=self.world.fresh_id(),
            subject=RiskSubject.PERSON,
            relative=None,
            phase=phase or RiskPhase.BEFORE_RETURN_DESTINATION,
            ratings=tuple(
                Rating(dimension=one, likelihood=3, severity=severity) for one in RiskDimension
            ),
            immediate=frozenset(),
            valid_until=self._due("risk", "validity_days"),
            act_by=self._due("risk", "immediate_hours"),
        )

    def needs(self, assistance: UUID) -> Ask:
        """Say what the person needs."""
        needed = NeedItem(need=Need.LEGAL, priority=Priority.HIGH, provider=None, consent=None)
        return self.ask("assistance", care.AssessNeeds, assistance=assistance, needs=(needed,))

    def safety(self, assistance: UUID, *, child: bool) -> Ask:
        """Agree on what to do when danger rises."""
        return self.ask(
            "assistance",
            care.AgreeSafetyPlan,
            assistance=assistance,
            agreement=_agreement(child=child),
            review_by=self._due("assistance", "safety_review_days"),
        )

    def plan(self, assistance: UUID, *, child: bool) -> Ask:
        """Put a plan into force."""
        item = PlanItem(need=Need.LEGAL, pillar=2, setting=Setting.AMBULANT)
        return self.ask(
            "assistance",
            care.ActivatePlan,
            assistance=assistance,
            plan=self.world.fresh_id(),
            items=(item,),
            agreement=_agreement(child=child),
            review_by=self._due("assistance", "review_days"),
        )

    def review(self, assistance: UUID, plan: UUID) -> Ask:
        """Review a plan."""
        return self.ask(
            "assistance",
            care.ReviewPlan,
            assistance=assistance,
            plan=plan,
            review_by=self._due("assistance", "review_days"),
        )

    def support(self, assistance: UUID, *, child: bool) -> Ask:
        """Begin a support."""
        return self.ask(
            "assistance",
            care.StartSupport,
            assistance=assistance,
            support=self.world.fresh_id(),
            need=Need.LEGAL,
            setting=Setting.AMBULANT,
            pillar=2,
            subject=RiskSubject.PERSON,
            relative=None,
            agreement=_agreement(child=child),
        )

    # --- return ---------------------------------------------------------------------------

    def request_return(
        self,
        destination: Destination,
        to_country: str,
        kind: ReturnKind = ReturnKind.TO_ORIGIN,
        **changes: Any,
    ) -> Ask:
        """Record that the person asks for a return."""
        usual: dict[str, Any] = {
            "return_id": self.world.fresh_id(),
            "kind": kind,
            "origin": self.who.country,
            "destination_country": to_country,
            "destination": destination,
            "profile": self._rules.ref,
            "inquiry_for": frozenset({InquiryGround.CHILD, InquiryGround.FAMILY}),
            "instead_of": None,
        }
        return self.ask("return", travel.RequestReturn, **usual | changes)

    def consent_to_return(self, return_id: UUID, *, child: bool) -> Ask:
        """Record consent to the journey."""
        return self.ask(
            "return",
            travel.ConsentToReturn,
            return_id=return_id,
            consent=self.world.fresh_id(),
            form=ConsentForm.VERBAL,
            giver=ConsentGiver.GUARDIAN if child else ConsentGiver.PERSON,
            assent=YesNo.YES if child else None,
            assent_needed=child,
            until=self._due("consent", "return_consent_days"),
        )

    def sign_risk(
        self,
        return_id: UUID,
        severity: int = 2,
        residual: RiskLevel | None = None,
        *,
        relative: bool = True,
    ) -> Ask:
        """Sign the joint assessment; `severity` 1 to 4 at likelihood 3, with a measure or none."""
        subjects = (RiskSubject.PERSON, RiskSubject.RELATIVE) if relative else (RiskSubject.PERSON,)
        dimension = RiskDimension.NETWORK
        return self.ask(
            "return",
            travel.SignJointRisk,
            return_id=return_id,
            assessment=self.world.fresh_id(),
            findings=tuple(
                Finding(subject=one, dimension=dimension, likelihood=3, severity=severity)
                for one in subjects
            ),
            measures=()
            if residual is None
            else tuple(
                Measure(subject=one, dimension=dimension, owner=HARBOUR.id, residual=residual)
                for one in subjects
            ),
            family_threatened=False,
            disagreement=False,
            valid_until=self._due("risk", "joint_days"),
        )

    def ask_inquiry(self, return_id: UUID, asked: UUID) -> Ask:
        """Ask for a social inquiry."""
        return self.ask(
            "return",
            travel.RequestInquiry,
            return_id=return_id,
            asked=asked,
            subjects=frozenset({InquirySubject.FAMILY}),
            answer_by=self._due("return", "inquiry_days"),
        )

    def papers(self, return_id: UUID) -> Ask:
        """Say which papers are there."""
        papers = frozenset({PaperKind.TRAVEL_DOCUMENT})
        return self.ask("return", travel.RecordDocuments, return_id=return_id, papers=papers)

    def itinerary(self, return_id: UUID, days: int, escort: Escort) -> Ask:
        """Plan the journey."""
        departs_at = self.world.now + timedelta(days=days)
        return self.ask(
            "return",
            travel.SetItinerary,
            return_id=return_id,
            departs_at=departs_at,
            arrives_at=departs_at + timedelta(hours=8),
            escort=escort,
            lead_by=self._due("return", "lead_days"),
        )

    def endorse(self, return_id: UUID) -> Ask:
        """Approve for one's country."""
        return self.ask(
            "return",
            travel.EndorseReturn,
            return_id=return_id,
            origin_profile=self._rules.ref,
            destination_profile=self._rules.ref,
        )

    def seek(self, return_id: UUID, reason: AlternativeReason) -> Ask:
        """Say that another way is sought."""
        return self.ask(
            "return",
            travel.SeekAlternative,
            return_id=return_id,
            reason=reason,
            plan_by=self._due("return", "plan_hours"),
        )

    def depart(self, return_id: UUID, arrives_at: datetime) -> Ask:
        """Record the departure."""
        rules, hours = self._rules, "arrival_confirm_hours"
        start = max(arrives_at, self.world.now)
        return self.ask(
            "return",
            travel.DepartReturn,
            return_id=return_id,
            departed_at=self.world.now,
            arrival_by=self._due("return", hours, start),
            alarm_every=Span(hours=rules.number("return", hours), profile=rules.ref),
            plan=Span(hours=rules.number("return", "plan_hours"), profile=rules.ref),
        )

    def arrive(self, return_id: UUID) -> Ask:
        """Confirm the arrival."""
        return self.ask(
            "return",
            travel.ConfirmArrival,
            return_id=return_id,
            arrived_at=self.world.now,
            reassess_by=self._due("risk", "arrival_hours"),
        )

    def schedule(self, return_id: UUID, responsible: UUID, report_to: UUID) -> Ask:
        """Agree on contacts and reports."""
        contacts = self._rules.schedule("follow_up", "months", self.world.now)
        reports = self._rules.schedule("follow_up", "report_months", self.world.now)
        return self.ask(
            "return",
            keep.ScheduleFollowUp,
            return_id=return_id,
            responsible=responsible,
            report_to=report_to,
            contact_by=tuple(Due.of(one) for one in contacts),
            report_by=tuple(Due.of(one) for one in reports),
            consent=self.world.fresh_id(),
            form=ConsentForm.VERBAL,
            giver=ConsentGiver.PERSON,
        )

    def contact(self, return_id: UUID, number: int, outcome: FollowUpOutcome) -> Ask:
        """Record a contact."""
        return self.ask(
            "return",
            keep.RecordFollowUp,
            return_id=return_id,
            follow_up=self.world.fresh_id(),
            number=number,
            outcome=outcome,
        )

    def report(self, return_id: UUID, number: int) -> Ask:
        """Send a report."""
        document = self.world.fresh_id()
        return self.ask(
            "return", keep.SendReport, return_id=return_id, number=number, document=document
        )


def by_consent(consent: UUID) -> Ground:
    """Let a disclosure rest on a consent."""
    return Ground(basis=Basis.CONSENT, consent=consent)  # type: ignore[arg-type]


def _agreement(*, child: bool) -> Agreement:
    return Agreement(
        giver=ConsentGiver.GUARDIAN if child else ConsentGiver.PERSON,
        form=ConsentForm.WRITTEN,
        assent=Assent.GIVEN if child else Assent.NOT_NEEDED,
    )
