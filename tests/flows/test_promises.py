"""The watch over the promises is awake: each broken promise is noticed, told from facts alone."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache
from random import Random
from typing import Any
from uuid import UUID, uuid4

import pytest

from nrm_contracts import assistance, cases, identification, referral, returns
from nrm_contracts.care_codes import Destination
from nrm_contracts.codes import AgeBand
from nrm_contracts.consent_codes import ReferralKind
from nrm_contracts.contract import Contract
from nrm_referral.domain import events as moved
from nrm_return.domain import file_events as filed
from nrm_runtime.core import Event
from tests.flows.agenda import agenda
from tests.flows.asks import Ask
from tests.flows.mechanism import PARTS, SERVICES, World
from tests.flows.people import CASA, FARO, HARBOUR
from tests.flows.promises import Promises
from tests.flows.views import Plan, View, Wait

CASE = UUID(int=0xC1)
PLAN = Plan(
    route=(CASA, HARBOUR),
    age=AgeBand.ADULT,
    travels=True,
    destination=Destination.FAMILY,
    declines_reflection=True,
    lead_days=31,
    declines_contact=True,
    shares_with=FARO,
    dawdles=False,
)

Fact = tuple[str, Event, Contract | None]
"""Service, private fact, told fact."""


@cache
def story() -> tuple[Fact, ...]:
    """Live a whole case in which nothing goes wrong; give its facts in the order they came."""
    facts: list[Fact] = []
    promises = Promises()

    def witness(service: str, case: UUID, event: Event, told: Contract | None) -> None:
        promises(service, case, event, told)
        facts.append((service, event, told))

    view = View(World(Random(1), witness), CASE, PLAN)
    for _ in range(200):
        view.world.settle()
        steps = agenda(view)
        if not steps:
            break
        if isinstance(steps[0], Wait):
            view.world.wait(steps[0].until - view.world.now)
        elif isinstance(steps[0], Ask):
            view.world.act(steps[0].service, CASE, steps[0].command)
    assert isinstance(facts[-1][2], cases.CaseClosed) or promises.reached["CaseClosed"]
    return tuple(facts)


def watch(facts: tuple[Fact, ...] | list[Fact]) -> None:
    """Hold facts against the promises."""
    promises = Promises()
    for service, event, told in facts:
        promises(service, CASE, event, told)


def without(*kinds: type[Contract] | type[Event]) -> list[Fact]:
    """Tell the story without some facts, as if somebody had gone on without them."""
    return [fact for fact in story() if not isinstance(fact[1], kinds)
            and not isinstance(fact[2], kinds)]  # fmt: skip


def changed(kind: type[Any], change: Callable[[Any], Any], nth: int = 0) -> list[Fact]:
    """Tell the story with one fact changed: the private one, or what is told of it."""
    facts = list(story())
    places = [i for i, fact in enumerate(facts) if isinstance(fact[1], kind)
              or isinstance(fact[2], kind)]  # fmt: skip
    service, event, told = facts[places[nth]]
    if isinstance(event, kind):
        event = change(event)
        told = PARTS[service].tell(event)
    else:
        told = change(told)
    facts[places[nth]] = (service, event, told)
    return facts


def updated(**values: Any) -> Callable[[Contract], Contract]:
    """Change fields of a told fact."""
    return lambda told: told.model_copy(update=values)


def later(days: int) -> Callable[[Any], Any]:
    """Let a private fact happen later."""
    return lambda event: replace(event, at=event.at + timedelta(days=days))


def test_a_case_in_which_nothing_goes_wrong_keeps_every_promise() -> None:
    watch(story())
    assert {service for service, _, _ in story()} == set(SERVICES)


def _earlier(event: filed.JointRiskSigned) -> filed.JointRiskSigned:
    return replace(event, at=event.at - timedelta(days=8))


def _worse(likelihood: int, severity: int) -> Callable[[Any], Any]:
    def change(event: filed.JointRiskSigned) -> filed.JointRiskSigned:
        findings = tuple(
            replace(one, likelihood=likelihood, severity=severity) for one in event.findings
        )
        return replace(event, findings=findings)

    return change


def _second_transfer() -> list[Fact]:
    facts = list(story())
    transfer = ReferralKind.TRANSFER_OF_CUSTODY
    place, told = next(
        (i, told)
        for i, (_, _, told) in enumerate(facts)
        if isinstance(told, referral.ReferralOffered) and told.kind is transfer
    )
    second = (facts[place][0], facts[place][1], told.model_copy(update={"referral": uuid4()}))
    return [*facts[: place + 1], second]


def _signatures() -> list[filed.JointRiskSigned]:
    return [event for _, event, _ in story() if isinstance(event, filed.JointRiskSigned)]


def _endorsements() -> list[filed.ReturnEndorsed]:
    return [event for _, event, _ in story() if isinstance(event, filed.ReturnEndorsed)]


def _first_two_signatures_only() -> list[Fact]:
    kept = _signatures()[:2]
    return [fact for fact in story() if not isinstance(fact[1], filed.JointRiskSigned)
            or fact[1] in kept]  # fmt: skip


def _ended_alone() -> list[Fact]:
    facts = list(story())
    place = next(i for i, fact in enumerate(facts) if isinstance(fact[2], returns.ReturnDone))
    arrived = next(fact for _, _, fact in facts if isinstance(fact, returns.ReturnArrived))
    gone = filed.ReceiverGone(
        at=facts[place][1].at,
        return_id=arrived.return_id,
        referral=uuid4(),  # type: ignore[arg-type]
    )
    return [*facts[:place], ("return", gone, None), *facts[place:]]


BROKEN: dict[str, tuple[Callable[[], list[Fact]], str]] = {
    "custody moves on one word": (
        lambda: changed(referral.HandOffConfirmed, updated(organisation=FARO.id), 2),
        "one side's word",
    ),
    "custody moves without a hand-off": (
        lambda: without(referral.HandedOver),
        "without both confirmations",
    ),
    "custody moves from a stranger": (
        lambda: changed(cases.CustodyMoved, updated(sender=FARO.id)),
        "has it not",
    ),
    "a hand-off without an acceptance": (
        lambda: without(referral.ReferralAccepted),
        "without an acceptance",
    ),
    "two open transfers": (_second_transfer, "two transfers"),
    "an offer without consent": (lambda: without(cases.ConsentGranted), "without a consent"),
    "an offer to somebody else": (
        lambda: changed(cases.ConsentGranted, updated(recipient=FARO.id), 1),
        "does not name",
    ),
    "an offer on an old consent": (
        lambda: changed(
            cases.ConsentGranted, updated(until=datetime.fromisoformat("2000-01-01T00:00Z"))
        ),
        "after the consent ended",
    ),
    "approved without consent": (lambda: without(filed.ReturnConsented), "nobody consented"),
    "approved on one country's word": (
        lambda: changed(filed.ReturnEndorsed, lambda event: replace(event, country="XX")),
        "one country's word",
    ),
    "approved by one person": (
        lambda: changed(
            filed.ReturnEndorsed,
            lambda event: replace(event, worker=_endorsements()[0].worker),
            1,
        ),
        "one person approves twice",
    ),
    "approved without a receiver": (lambda: without(returns.ReceiverConfirmed), "nobody receives"),
    "approved without joint risk": (
        lambda: without(filed.JointRiskSigned),
        "joint risk was not assessed",
    ),
    "approved on an old assessment": (
        lambda: changed(filed.JointRiskSigned, _earlier),
        "too old",
    ),
    "approved into extreme danger": (
        lambda: changed(filed.JointRiskSigned, _worse(4, 4)),
        "extreme danger",
    ),
    "approved into high danger without a measure": (
        lambda: changed(filed.JointRiskSigned, _worse(3, 3)),
        "without a measure",
    ),
    "one person signs for both": (
        lambda: changed(
            filed.JointRiskSigned, lambda event: replace(event, worker=_signatures()[0].worker), 1
        ),
        "signed for both",
    ),
    "approved for nobody's victim": (
        lambda: without(identification.VictimPresumed),
        "nobody presumes",
    ),
    "approved during the time to reflect": (
        lambda: without(identification.ReflectionDeclined),
        "time to reflect",
    ),
    "departed without an approval": (
        lambda: without(returns.ReturnApproved),
        "without an approval",
    ),
    "departed on an assessment that was not renewed": (
        _first_two_signatures_only,
        "too old",
    ),
    "arrived without a departure": (
        lambda: without(returns.ReturnDeparted),
        "without a departure",
    ),
    "arrived by somebody else's word": (
        lambda: changed(returns.ReturnArrived, updated(organisation=CASA.id)),
        "not the receiver's word",
    ),
    "ended after its receiver was lost": (_ended_alone, "ends without a hand-off"),
    "closed with an open assistance": (
        lambda: without(assistance.AssistanceCompleted),
        "closed with open",
    ),
    "closed with an open return": (lambda: without(returns.ReturnDone), "closed with open"),
    "closed with an open referral": (lambda: without(referral.ReferralDone), "closed with open"),
    "closed without an answer": (lambda: without(returns.NothingOpen), "everybody answered"),
    "closed without the agency": (lambda: without(cases.ClosingChecked), "agency's check"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_promise_is_noticed(name: str) -> None:
    facts, why = BROKEN[name]
    with pytest.raises(AssertionError, match=why):
        watch(facts())


def test_a_case_is_opened_once() -> None:
    opened = next(fact for fact in story() if isinstance(fact[2], cases.CaseOpened))
    with pytest.raises(AssertionError, match="opened twice"):
        watch([opened, opened])


def test_an_override_needs_a_second_worker() -> None:
    (offer,) = [event for _, event, _ in story() if isinstance(event, moved.CaseOpened)]
    proposed = moved.OverrideProposed(
        at=offer.at,
        override=uuid4(),  # type: ignore[arg-type]
        organisation=CASA.id,
        worker=CASA.worker().worker,  # type: ignore[arg-type]
        ground="vital_interest",  # type: ignore[arg-type]
        recipient=HARBOUR.id,
        purpose="assistance",  # type: ignore[arg-type]
        categories=frozenset(),
    )
    approved = moved.OverrideApproved(
        at=offer.at,
        override=proposed.override,
        organisation=CASA.id,
        worker=proposed.worker,
        ground=proposed.ground,
        recipient=HARBOUR.id,
        purpose=proposed.purpose,
    )
    with pytest.raises(AssertionError, match="approved alone"):
        watch([("referral", proposed, None), ("referral", approved, None)])
