"""Whatever anybody asks in whatever order, some things never happen to an organisation.

The tokens of the workers here claim every duty: what a worker may do inside follows from what is
registered, not from the claim.
"""

from collections.abc import Mapping
from functools import reduce
from typing import Any, get_args
from uuid import UUID, uuid4

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

from nrm_access.domain import commands as ask
from nrm_access.domain import events as fact
from nrm_access.domain import organisation as machine
from nrm_access.domain import states as at
from nrm_access.domain.values import TERMS_NOW, WEIGHTY, Entrusted, Member
from nrm_contracts.access_codes import DeclineOfVetting, SuspensionReason
from nrm_contracts.codes import Duty
from nrm_runtime.core import Actor, Refused, Worker
from nrm_runtime.testing.clock import after
from services.access.tests.given import (
    ABROAD,
    ADA,
    AGENCY,
    APPLICANT,
    BEN,
    CY,
    NGO,
    PROFILE,
    SYSTEM,
    VETTER,
    acting,
    key,
)

PEOPLE = (ADA, BEN, CY)
SOME = (Duty.ADMINISTER, Duty.ASSIST, Duty.INTAKE, Duty.FIRST_RESPONDER, Duty.VET_ORGANISATIONS)
ACTORS: tuple[Actor, ...] = (
    *(acting(one, NGO, *SOME) for one in (ADA, *PEOPLE)),
    *(VETTER,) * 4,
    acting(ADA, ABROAD, Duty.VET_ORGANISATIONS, country="IT"),
    APPLICANT,
    SYSTEM,
)

# The same each time: a run that does not get everywhere is no surprise of the day.
EXAMPLES = settings(
    max_examples=200,
    stateful_step_count=30,
    deadline=None,
    derandomize=True,
    database=None,
    print_blob=False,
)

actors = st.sampled_from(ACTORS)
people = st.sampled_from(PEOPLE)
duties = st.frozensets(st.sampled_from(SOME))
reasons = st.sampled_from(SuspensionReason)
keys = st.sampled_from(["1", "2", "3"]).map(key)


def members(state: at.State) -> Mapping[UUID, Member]:
    """Give the workers, of an unknown organisation none."""
    return {} if isinstance(state, at.Unknown) else state.of.members


class Histories(RuleBasedStateMachine):
    """One organisation, and everybody who asks something of it."""

    def __init__(self) -> None:
        super().__init__()
        self.state: at.State = machine.initial
        self.events: list[fact.AccessEvent] = []

    def do(self, what: type[Any], by: Actor, **fields: Any) -> None:
        command = what(id=uuid4(), by=by, at=after(), organisation=NGO, **fields)
        before = self.state
        try:
            told = machine.decide(self.state, command)
        except Refused:
            return
        self.state = reduce(machine.evolve, told, self.state)
        self.events += told
        for event in told:
            self.granted(before, event, by)

    def granted(self, before: at.State, event: fact.AccessEvent, by: Actor) -> None:
        """Nobody vets himself; who granted a duty was somebody else, and entitled to."""
        if isinstance(event, fact.OrganisationVetted):
            assert isinstance(by, Worker)
            assert (by.organisation, by.country) == (AGENCY, "RO")
        if isinstance(before, at.Unknown) or not isinstance(
            event, fact.WorkerDutiesSet | fact.WorkerAdded
        ):
            return
        known = before.of.members.get(event.worker)
        added = event.duties - (known.duties if known else frozenset())
        if not added:
            return
        assert isinstance(by, Worker)
        assert by.worker != event.worker
        if added & WEIGHTY and by.organisation == NGO:
            assert Duty.VET_ORGANISATIONS in before.of.members[by.worker].duties

    @initialize(
        first=st.sampled_from([ask.ApplyAsOrganisation, ask.ImportOrganisation]),
        wanted=duties,
        staff=st.dictionaries(people, duties, min_size=1),
        by=actors,
        as_far_as=st.integers(0, 3),
    )
    def enter(
        self,
        first: type[Any],
        wanted: frozenset[Duty],
        staff: dict[UUID, Any],
        by: Actor,
        as_far_as: int,
    ) -> None:
        """Come in, by an entrance that is refused often, and then go some of the usual way."""
        workers = tuple(
            Entrusted(worker=one, duties=some & (wanted | {Duty.ADMINISTER}))
            for one, some in staff.items()
        )
        more = {"first": True} if first is ask.ImportOrganisation else {}
        by = by if more or isinstance(by, Worker) else APPLICANT
        common: dict[str, Any] = {"profile": PROFILE, "duties": wanted, "keys": (key("1"),)}
        self.do(first, by, workers=workers, **common, **more)
        if isinstance(self.state, at.Unknown):
            workers = (Entrusted(worker=ADA, duties=frozenset({Duty.ADMINISTER})),)
            self.do(ask.ApplyAsOrganisation, APPLICANT, workers=workers, **common)
        usual: tuple[tuple[type[Any], Actor, dict[str, Any]], ...] = (
            (ask.VetOrganisation, VETTER, {"duties": wanted}),
            (ask.AcceptTerms, ACTORS[0], {"terms": TERMS_NOW}),
            (ask.SuspendOrganisation, VETTER, {"reason": SuspensionReason.SAFETY}),
        )
        for what, who, fields in usual[:as_far_as]:
            self.do(what, who, **fields)

    @rule(by=actors, some=duties)
    def vet(self, by: Actor, some: frozenset[Duty]) -> None:
        if not isinstance(self.state, at.Unknown):
            self.do(ask.VetOrganisation, by, duties=some & self.state.of.duties)

    @rule(by=actors)
    def accept_terms(self, by: Actor) -> None:
        self.do(ask.AcceptTerms, by, terms=TERMS_NOW)

    @rule(by=actors, reason=reasons)
    def suspend(self, by: Actor, reason: SuspensionReason) -> None:
        self.do(ask.SuspendOrganisation, by, reason=reason)

    @rule(by=actors)
    def restore(self, by: Actor) -> None:
        self.do(ask.RestoreOrganisation, by)

    @precondition(lambda self: isinstance(self.state, at.Applied | at.Vetted))
    @rule(by=actors)
    def decline(self, by: Actor) -> None:
        if len(members(self.state)) > 1:  # else few get anywhere
            self.do(ask.DeclineOrganisation, by, reason=DeclineOfVetting.TWICE)

    @rule(by=actors, some=duties)
    def set_organisation_duties(self, by: Actor, some: frozenset[Duty]) -> None:
        self.do(ask.SetOrganisationDuties, by, duties=some)

    @rule(by=actors, worker=people, some=duties)
    def add(self, by: Actor, worker: UUID, some: frozenset[Duty]) -> None:
        self.do(ask.AddWorker, by, worker=worker, duties=some)

    @rule(by=actors, worker=people, some=duties)
    def set_duties(self, by: Actor, worker: UUID, some: frozenset[Duty]) -> None:
        self.do(ask.SetDuties, by, worker=worker, duties=some)

    @rule(by=actors, worker=people, reason=reasons)
    def suspend_worker(self, by: Actor, worker: UUID, reason: SuspensionReason) -> None:
        self.do(ask.SuspendWorker, by, worker=worker, reason=reason)

    @precondition(lambda self: any(one.suspended for one in members(self.state).values()))
    @rule(by=st.sampled_from([*ACTORS, *(VETTER,) * 6]), any_one=people)
    def restore_worker(self, by: Actor, any_one: UUID) -> None:
        out = [one for one, member in members(self.state).items() if member.suspended]
        worker = any_one if any_one in out else out[0]
        self.do(ask.RestoreWorker, by, worker=worker)

    @rule(by=actors, one=keys)
    def register(self, by: Actor, one: Any) -> None:
        self.do(ask.RegisterKey, by, key=one)

    @rule(by=actors, one=keys)
    def revoke(self, by: Actor, one: Any) -> None:
        self.do(ask.RevokeKey, by, key=one.key)

    @invariant()
    def an_organisation_never_loses_its_last_administrator(self) -> None:
        if not isinstance(self.state, at.Unknown):
            assert self.state.of.administrators()

    @invariant()
    def no_worker_has_a_duty_beyond_the_organisation_s(self) -> None:
        if not isinstance(self.state, at.Unknown):
            for member in self.state.of.members.values():
                assert member.duties <= self.state.of.duties

    @invariant()
    def who_is_active_was_vetted_or_imported_by_the_entitled(self) -> None:
        if isinstance(self.state, at.Active | at.Suspended):
            kinds = {type(one) for one in self.events}
            assert fact.OrganisationActivated in kinds
            assert kinds & {fact.OrganisationVetted, fact.OrganisationImported}


def test_whatever_is_asked_in_whatever_order_these_things_never_happen() -> None:
    reached: set[type[Any]] = set()

    class Watched(Histories):
        def teardown(self) -> None:
            reached.update(type(one) for one in self.events)

    run_state_machine_as_test(Watched, settings=EXAMPLES)
    told = {kind for part in get_args(fact.AccessEvent) for kind in (get_args(part) or (part,))}
    assert reached == told, "a history that never gets there proves nothing of it"
