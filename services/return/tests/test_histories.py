"""Any commands in any order: nobody travels without consent, joint risk within the rule, receiver.

What must hold is checked against a model of its own, kept from the bare events.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import reduce
from importlib import import_module
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from nrm_contracts.care_codes import Destination, RiskLevel, RiskPhase, RiskSubject
from nrm_contracts.consent_codes import Purpose, ReferralKind
from nrm_contracts.ids import ReferralId
from nrm_return.domain import case, states
from nrm_return.domain import commands as ask
from nrm_return.domain import file_events as filed
from nrm_return.domain import follow_up_commands as follow
from nrm_return.domain import heard_commands as heard
from nrm_return.domain import journey_events as journey
from nrm_runtime.core import Command, Refused
from nrm_runtime.testing.clock import BEGINNING

with_: Any = import_module("services.return.tests.steps")
make = with_.make

REACHED: set[type[Any]] = set()
JOINT_DAYS = 7
HIGH, EXTREME = 8, 12
WORKERS = st.sampled_from([with_.FROM, with_.SECOND, with_.TO, with_.AGENT, with_.NOBODY])
BOTH = st.sampled_from([with_.FROM, with_.TO])
# Most draws follow the usual way, so that the interesting states are reached often.
SEVERITIES = st.sampled_from([1, 1, 1, 1, 1, 2, 4])
HELPING = {
    "referral": ReferralId(with_.named("helping")),
    "kind": ReferralKind.SHARED_ASSISTANCE,
    "purpose": Purpose.SAFE_RETURN,
    "linked_return": None,
}
BOTH_SEVERITIES = st.tuples(SEVERITIES, SEVERITIES)


@dataclass(frozen=True, slots=True)
class Signed:
    """One signature as it was told."""

    at: datetime
    country: str
    products: tuple[tuple[Any, Any, int], ...]
    residuals: dict[tuple[Any, Any], RiskLevel]

    def within_rule(self, *, decided: bool, protected: bool) -> bool:
        """Hold one side's findings to rule 7, without the machine's own functions."""
        for subject, dimension, product in self.products:
            if product >= EXTREME:
                return False
            if product >= HIGH:
                residual = self.residuals.get((subject, dimension))
                if residual is None or residual is RiskLevel.EXTREME:
                    return False
                if residual is RiskLevel.HIGH and not (decided and protected):
                    return False
        return True


@dataclass(frozen=True, slots=True)
class Model:
    """What is known from the bare events of one return."""

    consent_until: datetime | None = None
    receiver: ReferralId | None = None
    waiting: Signed | None = None
    joint: tuple[Signed, Signed] | None = None
    decided: bool = False
    approvals: int = 0


class Histories(RuleBasedStateMachine):
    """One case with one return at a time, and time that only grows."""

    def __init__(self) -> None:
        """Begin with a case of which nothing was heard."""
        super().__init__()
        self.state = case.initial
        self.events: list[Any] = []
        self.now = BEGINNING
        self.model = Model()
        self.destination = Destination.FAMILY

    @initialize(destination=st.sampled_from([Destination.FAMILY, Destination.PROTECTED_PLACE]))
    def begin(self, destination: Destination) -> None:
        """Ask for a return in a case that we heard of."""
        self.destination = destination
        for kind in (heard.NoteCase, heard.NotePresumption, heard.NoteReflection):
            self._do(make(kind, at=self.now))
        # So that both sides may sign and approve whether or not a receiver is named.
        self._do(make(heard.NoteAcceptance, at=self.now, **HELPING))
        self._do(make(ask.RequestReturn, at=self.now, destination=destination))

    @rule(days=st.integers(min_value=0, max_value=4))
    def wait(self, days: int) -> None:
        """Let time pass; what falls due is put to the machine, earliest first."""
        until = self.now + timedelta(days=days, minutes=1)
        while True:
            due = sorted((d.at, name) for name, d in case.clocks(self.state).items())
            if not due or due[0][0] > until:
                break
            self._do(with_.fall_due(due[0][1], due[0][0]))
            assert due[0][1] not in case.clocks(self.state)
        self.now = until

    @rule(item=st.sampled_from(["consent", "inquiry", "documents", "receiver"]))
    def file_item(self, item: str) -> None:
        """Put one item on file as it should be."""
        for step in with_.FILE[item]:
            self._do(make(type(step), by=step.by, at=self.now))

    @rule(by=BOTH, severity=SEVERITIES, residual=st.sampled_from(list(RiskLevel)))
    def sign(self, by: Any, severity: int, residual: RiskLevel) -> None:
        """Sign for one country, with any danger and any remaining level."""
        self._do(self._signature(by, severity, residual))

    @rule(severities=BOTH_SEVERITIES, residual=st.sampled_from(list(RiskLevel)))
    def sign_both(self, severities: tuple[int, int], residual: RiskLevel) -> None:
        """Sign for both countries, which may see it differently."""
        for by, severity in zip((with_.FROM, with_.TO), severities, strict=True):
            self._do(self._signature(by, severity, residual))

    @rule(days=st.sampled_from([3, 31, 35]))
    def plan(self, days: int) -> None:
        """Plan a journey, soon or in good time."""
        departs = self.now + timedelta(days=days)
        arrives = departs + timedelta(hours=5)
        self._do(make(ask.SetItinerary, at=self.now, departs_at=departs, arrives_at=arrives))

    @rule(
        without=st.sampled_from(["nothing", "nothing", "receiver", "receiver", "consent", "risk"]),
        severities=BOTH_SEVERITIES,
        residual=st.sampled_from([RiskLevel.MEDIUM, RiskLevel.HIGH]),
        days=st.sampled_from([0, 0, 4, 8]),
        then=st.sampled_from(
            [
                (),
                (heard.NoteReceiverLost,),
                (ask.DepartReturn, ask.WithdrawReturn),
                (ask.DepartReturn, heard.NoteReceiverLost),
                *[(ask.DepartReturn, ask.ConfirmArrival, heard.NoteReceiverLost)] * 2,
            ]
        ),
    )
    def approve_with_both(
        self,
        without: str,
        severities: tuple[int, int],
        residual: RiskLevel,
        days: int,
        then: tuple[type[Command], ...],
    ) -> None:
        """Put on file what an adult needs, perhaps all but one; let both approve, perhaps go on."""
        if without != "nothing":
            self.start_over()  # or it is on file from before
            severities = (1, 1)
        for item in ("receiver", "consent", "inquiry", "documents"):
            if item != without:
                self.file_item(item)
        if without != "risk":
            self.sign_both(severities, residual)
        self.plan(40)
        self.wait(days)
        for by in (with_.FROM, with_.TO):
            self._do(make(ask.EndorseReturn, by=by, at=self.now))
        if len(then) > 1:
            self.wait(days)
        for step in then:
            self._do(make(step, by=with_.TO, at=self.now))

    @rule(
        kind=st.sampled_from(
            [
                ask.EndorseReturn,
                ask.DepartReturn,
                ask.ConfirmArrival,
                ask.ProposeShortLead,
                ask.ApproveShortLead,
                ask.RecordDecision,
                follow.ScheduleFollowUp,
                follow.RecordFollowUp,
            ]
        ),
        by=WORKERS,
    )
    def go_on(self, kind: type[Command], by: Any) -> None:
        """Ask for a step of the way, as anybody."""
        self._do(make(kind, by=by, at=self.now))

    @rule()
    def arrive(self) -> None:
        """Leave if that may be, and let the receiver say that the person is there."""
        self._do(make(ask.DepartReturn, at=self.now))
        self._do(make(ask.ConfirmArrival, by=with_.TO, at=self.now))

    @rule(
        kind=st.sampled_from([ask.WithdrawReturnConsent, heard.NoteReceiverLost, heard.NoteRisk]),
        severe=st.booleans(),
    )
    def disturb(self, kind: type[Command], severe: bool) -> None:  # noqa: FBT001 - drawn
        """Let the person, the receiver or the danger change."""
        fields: dict[str, Any] = {}
        if kind is heard.NoteRisk:
            fields["overall"] = RiskLevel.HIGH if severe else RiskLevel.LOW
            fields["phase"] = RiskPhase.BEFORE_RETURN_ORIGIN
        self._do(make(kind, at=self.now, **fields))

    def ask_again(self) -> None:
        """Start over once a return has come to its end here."""
        if not isinstance(self._return(), states.Requested | states.Reopened | states.Approved):
            self.start_over()

    def start_over(self) -> None:
        """Begin with another case, later."""
        self.state, self.events, self.model = case.initial, [], Model()
        self.begin(self.destination)

    @rule(kind=st.sampled_from([ask.WithdrawReturn, ask.SeekAlternative, ask.RefuseReturn]))
    def end(self, kind: type[Command]) -> None:
        """End it otherwise, and start over."""
        self._do(make(kind, at=self.now))
        self.ask_again()

    @invariant()
    def replay_gives_the_state(self) -> None:
        """The events alone lead to the state."""
        assert reduce(case.evolve, self.events, case.initial) == self.state

    @invariant()
    def withdrawal_ends_the_way(self) -> None:
        """Nobody is approved or on the road whose consent was taken back."""
        if isinstance(self._return(), states.Approved | states.Travelling):
            assert self.model.consent_until is not None

    def _signature(self, by: Any, severity: int, residual: RiskLevel) -> Any:
        dangers = tuple(
            with_.finding(likelihood=4 if severity > 1 else 2, severity=severity, subject=subject)
            for subject in RiskSubject
        )
        measures = tuple(with_.measure(residual, subject=subject) for subject in RiskSubject)
        until = with_.due(self.now + timedelta(days=JOINT_DAYS))
        return make(
            ask.SignJointRisk,
            by=by,
            at=self.now,
            findings=dangers,
            measures=measures,
            valid_until=until,
        )

    def _return(self) -> Any:
        return self.state.returns[with_.RETURN]

    def _do(self, command: Command) -> None:
        try:
            events = case.decide(self.state, command)
        except Refused:
            return
        for event in events:
            self._hold(event)
            self.state = case.evolve(self.state, event)
            self.events.append(event)
            REACHED.add(type(event))
            if with_.RETURN in self.state.returns:
                REACHED.add(type(self._return()))

    def _hold(self, event: Any) -> None:
        """Hold an event to the model, then bring the model up to it."""
        model = self.model
        match event:
            case filed.ReturnConsented(until=until):
                self.model = replace(model, consent_until=until.at)
            case filed.ReturnConsentWithdrawn():
                self.model = replace(model, consent_until=None)
            case filed.ReceiverConfirmed(referral=referral):
                self.model = replace(model, receiver=referral)
            case filed.ReceiverGone():
                self.model = replace(model, receiver=None)
            case filed.DecisionRecorded():
                self.model = replace(model, decided=True)
            case filed.JointRiskSigned():
                self.model = _signed(model, event)
            case filed.RiskRiseNoted():
                self.model = replace(model, joint=None)
            case filed.ReturnEndorsed():
                self.model = replace(model, approvals=model.approvals + 1)
            case journey.ReturnApproved() | journey.ReturnDeparted():
                self._hold_rule(event)
            case journey.ReturnArrived():
                assert model.receiver is not None
                assert event.organisation == with_.RECEIVER
            case _:
                pass

    def _hold_rule(self, event: Any) -> None:
        model = self.model
        assert model.consent_until is not None
        assert event.at < model.consent_until
        assert model.receiver is not None
        assert model.joint is not None
        assert {each.country for each in model.joint} == {"IT", "RO"}
        assert model.approvals >= 2
        protected = self.destination is Destination.PROTECTED_PLACE
        for each in model.joint:
            assert event.at < each.at + timedelta(days=JOINT_DAYS)
            assert each.within_rule(decided=model.decided, protected=protected)


def _signed(model: Model, event: filed.JointRiskSigned) -> Model:
    signature = Signed(
        at=event.at,
        country=event.country,
        products=tuple(
            (each.subject, each.dimension, each.likelihood * each.severity)
            for each in event.findings
        ),
        residuals={(each.subject, each.dimension): each.residual for each in event.measures},
    )
    if model.waiting is not None and model.waiting.country != signature.country:
        return replace(model, joint=(model.waiting, signature), waiting=None)
    return replace(model, waiting=signature)


def test_nobody_travels_without_consent_joint_risk_and_receiver() -> None:
    REACHED.clear()
    run_state_machine_as_test(
        Histories,
        settings=settings(
            max_examples=120, stateful_step_count=40, deadline=None, derandomize=True
        ),
    )
    assert {
        states.Approved,
        states.Reopened,
        states.Travelling,
        states.Interrupted,
        states.Arrived,
        states.Withdrawn,
        states.RefusedUnsafe,
        states.AlternativeSought,
    } <= REACHED
