"""The deciders and policies of four services together, over a bad post, with time.

Many short lives of two cases, made by chance, and always by the same chance: each life has a
number, and nothing but the number decides. (Hypothesis would also draw on what other modules
happen to be imported.) What is promised is checked at each fact, and what must agree whenever
everybody has heard everything; the whole run fails unless it has been everywhere that matters.
"""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from random import Random
from typing import Any, Final
from uuid import UUID, uuid5

import pytest

from nrm_contracts.care_codes import Destination
from nrm_contracts.codes import AgeBand
from nrm_referral.domain.states import Closed, Unopened
from nrm_runtime.core import Refused
from tests.flows.agenda import agenda
from tests.flows.agreement import agree, from_the_ledger, replay
from tests.flows.asks import Ask
from tests.flows.ending import ending
from tests.flows.mechanism import World
from tests.flows.people import CASA, FARO, HARBOUR, LANTERN
from tests.flows.promises import Promises
from tests.flows.setbacks import SPANS, again, is_tense, setback, webhook
from tests.flows.views import Plan, View, Wait

pytestmark = pytest.mark.flow

LIVES: Final = 110
HAPPENINGS_MAX: Final = 40  # in one life
CASES: Final = tuple(uuid5(UUID(int=7), name) for name in ("mother", "child"))
ROUTES: Final = (
    (CASA, HARBOUR),
    (CASA, FARO, LANTERN),
    (HARBOUR, LANTERN),
    (HARBOUR, CASA),
    (FARO, CASA, HARBOUR),
)
TROUBLES: Final = (0.0, 0.05, 0.2, 0.4)  # how often a step goes otherwise than planned
ROUNDS_MAX: Final = 40  # of ending what is open, until a case counts as stuck
IDLE_MAX: Final = 3  # rounds without any step before a case counts as stuck
POSTS: Final = (1, 2, 4, 9)  # letters delivered between two steps, at most

HAPPENINGS: Final = (
    *["go_on"] * 8,
    "something_comes_in_between",
    "somebody_asks_again",
    *["the_post_is_bad"] * 2,
    "a_machine_gets_an_offer",
    "nobody_does_anything",
    "everybody_hears_everything",
)

MUST_REACH: Final = {
    "HandedOver": 50, "CustodyMoved": 50, "ReturnApproved": 20, "ReturnDeparted": 20,
    "ReturnArrived": 20, "CaseClosed": 20, "ReferralDeclined": 1, "ReferralTimedOut": 1,
    "ReferralBackedOut": 1, "ReferralWithdrawn": 5, "ReferralEscalated": 5, "ReferralPassed": 1,
    "ConsentWithdrawn": 5, "ReceiverLost": 5, "ReceptionSought": 5, "PacketReleased": 1,
    "OverrideApproved": 1,
    "ReturnReopened": 1, "ReturnAlternativeSought": 1, "ReturnWithdrawn": 5, "ReturnRefused": 1,
    "ArrivalOverdue": 1, "FollowUpScheduled": 5, "FollowUpOverdue": 1, "FollowUpCompleted": 1,
    "ShortLeadApproved": 1, "BestInterestsDetermined": 1, "ReturnDone": 5, "StillOpen": 1,
    "ClosingAbandoned": 1, "CaseReopened": 1, "AssistanceTransferred": 20,
}  # fmt: skip
"""What must have happened, and at least how often, in the whole run."""

MUST_HAPPEN: Final = {
    "lost": 50, "repeated on the way": 50, "told again": 50, "overtook another stream": 200,
    "skipped as repeated": 200, "parked for a gap": 200, "parked as too early": 1,
    "fell due": 200,
}  # fmt: skip
"""What the post and the clock must have done, and at least how often."""

MUST_REFUSE: Final = {
    "case-closing", "consent-missing", "disclosure-blocked", "not-the-custodian",
    "receiver-missing", "return-not-arrived", "risk-too-high", "same-worker", "something-open",
    "transfer-already-open",
}  # fmt: skip
"""Codes with which workers must have been refused; each guard has its own tests elsewhere."""

reached: Counter[str] = Counter()
happened: Counter[str] = Counter()
refused: Counter[tuple[str, str]] = Counter()
refused_policies: Counter[tuple[str, str, str]] = Counter()
lives: list[str] = []  # a digest of each
stuck: list[str] = []  # the last acts in cases that nobody could close

Act = Callable[..., None]


def journalled(act: Act) -> Act:
    """Show what happened last when a promise is broken."""

    @wraps(act)
    def inner(self: "Life", *given: Any, **named: Any) -> None:
        try:
            act(self, *given, **named)
        except Exception as broken:
            broken.add_note("\n".join(self.world.journal))
            raise

    return inner


class Life:
    """Two cases, four services, eight organisations of two countries."""

    def __init__(self, number: int) -> None:
        """Decide what the two persons want, and how the world is today."""
        self.chance = Random(number)
        age = self.chance.choice(list(AgeBand))
        self.promises = Promises()
        self.world = World(self.chance, self.promises)
        self.done: list[Ask] = []
        self.plans = {
            case: Plan(
                route=self.chance.choice(ROUTES),
                age=one,
                travels=self.chance.random() < 0.8,
                destination=self.chance.choice(list(Destination)),
                declines_reflection=self.chance.random() < 0.7,
                lead_days=self.chance.choice((5, 31, 40)),
                declines_contact=self.chance.random() < 0.6,
                shares_with=self.chance.choice((None, None, FARO, LANTERN)),
                dawdles=self.chance.random() < 0.3,
            )
            for case, one in zip(CASES, (AgeBand.ADULT, age), strict=True)
        }
        self.trouble = self.chance.choice(TROUBLES)
        self.post = self.chance.choice(POSTS)

    @journalled
    def live(self) -> None:
        """Let one thing happen after the other."""
        for _ in range(self.chance.randint(1, HAPPENINGS_MAX)):
            what = self.chance.choice(HAPPENINGS)
            getattr(self, what)(self.chance.choice(CASES), self.chance.randint(1, 20))

    def view(self, case: UUID) -> View:
        """See what people see."""
        return View(self.world, case, self.plans[case])

    def put(self, ask: Ask, case: UUID) -> bool:
        """Put a command to its service; say whether it was taken."""
        self.done.append(ask)
        try:
            self.world.act(ask.service, case, ask.command)
        except Refused as no:
            refused[type(ask.command).__name__, no.code] += 1
            return False
        return True

    def go_on(self, case: UUID, number: int) -> None:
        """Do what leads on, while the post goes as it goes."""
        for _ in range(number + 5):
            trouble = self.trouble * (2 if is_tense(self.view(case)) else 1)
            if self.chance.random() < trouble:
                self.something_comes_in_between(case)
            possible = agenda(self.view(case))
            if not possible:
                self.world.settle()
                possible = agenda(self.view(case))
            if not possible:
                return
            step = possible[0] if self.chance.random() < 0.8 else self.chance.choice(possible)
            if isinstance(step, Wait):
                self.world.wait(max(step.until - self.world.now, SPANS[0]))
            elif not self.put(step, case):
                self.world.settle()
            self.world.wait(SPANS[0])
            for _ in range(self.chance.randrange(self.post)):
                self.world.deliver()

    def something_comes_in_between(self, case: UUID, _: int = 0) -> None:
        """Somebody says no, danger rises, or a mistake is made."""
        ask = setback(self.view(case), self.chance)
        if self.done and self.chance.random() < 0.3:
            ask = again(self.world, self.chance.choice(self.done[-5:]), self.chance)
        if ask is not None:
            self.put(ask, case)

    def somebody_asks_again(self, case: UUID, number: int) -> None:
        """Ask for what was asked for before: too late, in the wrong case, as the wrong worker."""
        for _ in range(number if self.done else 0):
            self.put(again(self.world, self.chance.choice(self.done), self.chance), case)
            self.world.deliver()

    def the_post_is_bad(self, _: UUID, number: int) -> None:
        """Letters are lost, come twice, and are told again."""
        for _time in range(number % 4):
            self.world.lose()
            self.world.repeat()
        if number % 3 == 0:
            self.world.tell_again()
        for _time in range(number):
            self.world.deliver()

    def a_machine_gets_an_offer(self, case: UUID, _: int) -> None:
        """A webhook was answered."""
        webhook(self.view(case), self.chance)

    def nobody_does_anything(self, _: UUID, number: int) -> None:
        """Time passes; who watches the deadlines may be late."""
        self.world.wait(SPANS[number % len(SPANS)], punctual=number % 2 == 0)

    def everybody_hears_everything(self, *_: object) -> None:
        """The services tell one truth."""
        self.world.settle()
        for case in CASES:
            agree(self.world, case)

    def bring_to_its_end(self, case: UUID) -> None:
        """Whatever happened: if people end what is open, the case can be closed; else keep it."""
        idle, rounds = 0, 0
        while idle < IDLE_MAX and rounds < ROUNDS_MAX:
            rounds += 1
            self.world.settle()
            if isinstance(self.view(case).moves, Unopened):
                return
            if isinstance(self.view(case).moves.life, Closed):
                return
            asks = list(ending(self.view(case)))
            taken = [self.put(ask, case) for ask in asks]
            idle = 0 if any(taken) else idle + 1
            self.world.wait(SPANS[0] if any(taken) else SPANS[3])
        tried = ", ".join(sorted({type(ask.command).__name__ for ask in asks}))
        own = (line for line in self.world.journal if str(case)[:4] in line)
        stuck.append("\n".join([*own, f"tried in vain: {tried}"]))

    @journalled
    def end(self) -> None:
        """End in peace, read everything again, and remember what was reached."""
        self.world.wait(timedelta(0))
        self.everybody_hears_everything()
        for case in CASES:
            self.bring_to_its_end(case)
        self.everybody_hears_everything()
        replay(self.world)
        from_the_ledger(self.world)
        lives.append(self.world.digest())
        reached.update(self.promises.reached)
        happened.update(self.world.count)
        refused_policies.update(self.world.refused)


def run(number_of_lives: int = LIVES) -> None:
    """Live all lives; the same ones each time."""
    for number in range(number_of_lives):
        life = Life(number)
        try:
            life.live()
            life.end()
        except Exception as broken:
            broken.add_note(f"life number {number}")
            raise


def test_the_mechanism_keeps_its_promises() -> None:
    run()


def test_the_run_was_everywhere_that_matters() -> None:
    if not reached:
        run()
    for found, wanted in ((reached, MUST_REACH), (happened, MUST_HAPPEN)):
        too_rare = {name: found[name] for name, least in wanted.items() if found[name] < least}
        assert not too_rare, f"of {sum(found.values())}"
    assert {code for _, code in refused} >= MUST_REFUSE


def test_no_policy_was_ever_refused() -> None:
    """What a service does when it hears a fact is never against its own rules."""
    if not reached:
        run()
    assert refused_policies == Counter()


def test_every_case_can_be_brought_to_its_end() -> None:
    """Whatever went wrong before, people who end what is open can close the case."""
    if not reached:
        run()
    assert not stuck, f"{len(stuck)} cases; the shortest:\n{min(stuck, key=len)}"
