"""Any commands in any order: what must hold always."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import reduce
from typing import Any, get_args
from uuid import UUID

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from nrm_assistance.domain import case, states
from nrm_assistance.domain import commands as ask
from nrm_assistance.domain import events as fact
from nrm_assistance.domain.hearing import open_matters
from nrm_assistance.domain.states import State
from nrm_assistance.publishing import regions, tell
from nrm_contracts.care_codes import AssistancePhase, ImmediateNeed, SupportEnd
from nrm_contracts.codes import AgeBand
from nrm_contracts.ids import AssistanceId, OrganisationId, ReferralId
from nrm_runtime.core import Command, Due, FallDue, Refused, TooEarly
from nrm_runtime.testing.clock import after
from services.assistance.tests.folding import fold
from services.assistance.tests.samples import (
    ADULT,
    HARBOUR,
    LANTERN,
    POLICY,
    USUAL,
    learn,
    named,
    of,
)

ORGANISATIONS: Sequence[OrganisationId] = (HARBOUR, LANTERN)
ACTS: Sequence[type[Command]] = get_args(case.Act)
FACTS: Sequence[type[Command]] = (
    ask.LearnAcceptance,
    ask.LearnHandOff,
    ask.LearnReferralEnd,
    ask.LearnCustody,
    ask.LearnAge,
)
CLOSINGS: Sequence[type[Command]] = (
    ask.AnswerClosing,
    ask.LearnClosingAbandoned,
    ask.LearnCaseClosed,
    ask.LearnCaseReopened,
)
REACHED: set[type[fact.AssistanceEvent]] = set()
NUMBERS = st.integers(min_value=0, max_value=2)


class Histories(RuleBasedStateMachine):
    """One case, two organisations, their acts, and the facts of others, with time going on."""

    def __init__(self) -> None:
        """Begin before anybody has heard of the case."""
        super().__init__()
        self.state: State = case.initial
        self.events: list[fact.AssistanceEvent] = []
        self.now: datetime = after()
        self.count = 0

    def put(self, command: Command) -> None:
        """Decide, and fold what follows; a refusal changes nothing."""
        try:
            events = case.decide(self.state, command)  # type: ignore[arg-type]
        except (Refused, TooEarly):
            return
        self.events.extend(events)
        self.state = reduce(case.evolve, events, self.state)
        REACHED.update(type(event) for event in events)

    def base(self, **fields: Any) -> dict[str, Any]:
        """Give what every command carries, at a time of its own."""
        self.count += 1
        self.now += timedelta(minutes=1)
        return {"id": named(str(self.count)), "at": self.now, **fields}

    def assistances(self) -> Sequence[states.Opened]:
        """Give all assistances, those that go on or have a task first."""
        if not isinstance(self.state, states.Case):
            return ()
        going = (*states.RUNNING, states.TransferredWithTask)
        every = self.state.assistances.values()
        return [one for one in every if isinstance(one, going)] or list(every)

    def due(self, days: int) -> Due:
        """Give a deadline from now."""
        return Due(at=self.now + timedelta(days=days), profile="RO@1")

    @initialize(helping=st.booleans())
    def hear_of_the_case(self, *, helping: bool) -> None:
        """Nothing happens before the case is heard of; often somebody helps already."""
        self.put(learn(ask.LearnCase))
        if helping:
            assistance = AssistanceId(named(f"{HARBOUR}/0"))
            mine = {"by": of(HARBOUR), "assistance": assistance}
            self.put(ask.OpenAssistance(**self.base(**mine), phase=AssistancePhase.ACTIVE))
            first = {"support": named(f"{assistance}/0"), "agreement": ADULT}
            usual = {**USUAL[ask.StartSupport], **first}
            self.put(ask.StartSupport(**self.base(**mine, **usual)))

    @rule(
        organisation=st.sampled_from(ORGANISATIONS),
        number=NUMBERS,
        phase=st.sampled_from(AssistancePhase),
    )
    def open(self, organisation: OrganisationId, number: int, phase: AssistancePhase) -> None:
        assistance = AssistanceId(named(f"{organisation}/{number}"))
        base = self.base(by=of(organisation), assistance=assistance, phase=phase)
        self.put(ask.OpenAssistance(**base))

    @precondition(lambda self: self.assistances())
    @rule(
        data=st.data(),
        support=NUMBERS,
        how=st.sampled_from(SupportEnd),
        found=st.frozensets(st.sampled_from(ImmediateNeed)),
    )
    def act(
        self, data: st.DataObject, support: int, how: SupportEnd, found: frozenset[ImmediateNeed]
    ) -> None:
        """Let an organisation act on one of the assistances there are, mostly as it may."""
        one = data.draw(st.sampled_from(self.assistances()))
        allowed = sorted(case.ALLOWED[type(one)], key=lambda kind: kind.__name__)
        kind = data.draw(st.sampled_from((*allowed, *ACTS)))
        given = USUAL.get(kind, {})
        supports = (*sorted(one.file.supports), named(f"{one.file.assistance}/{support}"))
        moving: dict[str, object] = {
            "support": data.draw(st.sampled_from(supports)),
            "assessment": named(f"assessment {self.count}"),
            "how": how,
            "found": found,
        }
        dues = {"act_by": 1, "valid_until": 30, "review_by": 30}
        fields = {**given, **{name: moved for name, moved in moving.items() if name in given}}
        base = self.base(by=of(one.file.organisation), assistance=one.file.assistance)
        fields |= {name: self.due(days) for name, days in dues.items() if name in given}
        self.put(kind(**{**base, **fields}))

    @rule(
        kind=st.sampled_from(FACTS),
        referral=NUMBERS,
        receiver=st.sampled_from(ORGANISATIONS),
    )
    def hear(self, kind: type[Command], referral: int, receiver: OrganisationId) -> None:
        """Hear what becomes of referrals, custody and age."""
        self.base()
        if kind is ask.LearnCustody and isinstance(self.state, states.Case):
            receiver = HARBOUR if self.state.custodian == LANTERN else LANTERN
        routes = sorted(self.state.routes) if isinstance(self.state, states.Case) else []
        name = ReferralId(named(f"referral {referral}"))
        if routes and kind in {ask.LearnHandOff, ask.LearnReferralEnd}:
            name = routes[referral % len(routes)]
        moving: dict[str, object] = {
            "referral": name,
            "receiver": receiver,
            "sender": HARBOUR if receiver == LANTERN else LANTERN,
            "assistance": AssistanceId(named(f"{receiver}/{referral}")),
            "decide_by": (("RO", self.due(14)),),
            "age": AgeBand.ADULT,
        }
        known = {name: one for name, one in moving.items() if name in kind.__slots__}
        self.put(learn(kind, str(self.count), **known, at=self.now))

    @rule(kind=st.sampled_from(CLOSINGS), closing=NUMBERS)
    def hear_of_closing(self, kind: type[Command], closing: int) -> None:
        """Hear what becomes of a closing; most come to nothing."""
        self.base()
        which = {} if kind is ask.LearnCaseReopened else {"closing": named(f"closing {closing}")}
        self.put(learn(kind, str(self.count), **which, at=self.now))
        if isinstance(self.state, states.Case) and closing:
            door = self.state.door
            if isinstance(door, states.DoorClosing):
                self.base()
                answer = learn(
                    ask.LearnClosingAbandoned, str(self.count), closing=door.closing, at=self.now
                )
                self.put(answer)

    @rule()
    def time_passes(self) -> None:
        """Let everything that is due fall due, in order."""
        self.now += timedelta(days=10)
        ripe = [(due.at, name) for name, due in case.clocks(self.state).items()]
        for _, name in sorted(one for one in ripe if one[0] <= self.now):
            self.put(self.fall(name))

    def fall(self, name: str) -> FallDue:
        """Make the deadline worker's command."""
        return FallDue(id=named(f"{name} {self.count}"), by=POLICY, at=self.now, name=name)

    @invariant()
    def replaying_the_facts_gives_the_state(self) -> None:
        assert reduce(case.evolve, self.events, case.initial) == self.state

    @invariant()
    def told_facts_alone_lead_to_the_regions(self) -> None:
        facts = filter(None, map(tell, self.events))
        assert regions(self.state) == {"assistances": fold(facts)} or not self.events

    @invariant()
    def an_organisation_has_one_running_assistance_at_most(self) -> None:
        if isinstance(self.state, states.Case):
            running = [
                one.file.organisation
                for one in self.state.assistances.values()
                if isinstance(one, states.RUNNING)
            ]
            assert len(running) == len(set(running))

    @invariant()
    def nothing_was_opened_after_the_answer_that_nothing_is_open(self) -> None:
        last = [one for one in self.events if isinstance(one, fact.NothingOpen | fact.StillOpen)]
        if (
            isinstance(self.state, states.Case)
            and isinstance(self.state.door, states.DoorClosing)
            and isinstance(last[-1], fact.NothingOpen)
        ):
            assert not any(open_matters(one) for one in self.state.assistances.values())

    @invariant()
    def each_deadline_was_told_once(self) -> None:
        told = [
            (one.what, one.about, one.due_at)
            for one in self.events
            if isinstance(one, fact.DeadlineFellDue)
        ]
        assert len(told) == len(set(told))

    @invariant()
    def what_fell_due_runs_no_longer(self) -> None:
        assert all(due.at > self.now - timedelta(days=10) for due in self.running_dues())

    def running_dues(self) -> Sequence[Due]:
        """Give all deadlines still to come."""
        return tuple(case.clocks(self.state).values())

    @invariant()
    def supports_that_ended_stay_ended(self) -> None:
        ended: set[UUID] = set()
        for event in self.events:
            if isinstance(event, fact.SupportEnded):
                assert event.support not in ended
                ended.add(event.support)
            if isinstance(event, fact.SupportDelivered):
                assert event.support not in ended


Histories.TestCase.settings = settings(max_examples=120, stateful_step_count=40, deadline=None)
TestHistories = Histories.TestCase


def test_the_histories_reach_most_of_what_can_happen() -> None:
    REACHED.clear()
    same_each_time = settings(Histories.TestCase.settings, derandomize=True, database=None)
    run_state_machine_as_test(Histories, settings=same_each_time)
    wanted = {
        fact.AssistanceActivated,
        fact.AssistanceTransferredWithSupports,
        fact.SupportEnded,
        fact.PreparationEnded,
        fact.NothingOpen,
        fact.StillOpen,
        fact.DeadlineFellDue,
    }
    assert wanted <= REACHED
