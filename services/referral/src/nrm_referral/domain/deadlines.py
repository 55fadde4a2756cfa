"""Every deadline that runs in a case, by a name that never comes twice, and what follows."""

from collections.abc import Iterator, Mapping
from uuid import UUID

from nrm_contracts.codes import Overdue
from nrm_contracts.ids import ClosingId, ConsentId, ReferralId
from nrm_referral.domain import closing, consents, routes
from nrm_referral.domain import events as fact
from nrm_referral.domain.moves import timed_out
from nrm_referral.domain.states import (
    Accepted,
    Acknowledged,
    Case,
    Closed,
    Delivered,
    Granted,
    NoClosing,
    Offered,
    Opened,
    Referral,
    Unopened,
    Withdrawn,
)
from nrm_runtime.core import Due, FallDue

ANSWER = "answer"
ACKNOWLEDGE = "acknowledge"
HAND_OFF = "hand-off"
NEXT_ROUTE = "next-route"
CONSENT = "consent"
WITHDRAWAL = "withdrawal"
CLOSING = "closing"


def clocks(case: Case) -> Mapping[str, Due]:
    """Give every running deadline; a closed case waits for withdrawals only."""
    if isinstance(case, Unopened):
        return {}
    running = dict(_of_withdrawals(case))
    if isinstance(case.life, Closed):
        return running
    running.update(_of_consents(case))
    for referral in case.referrals.values():
        running.update(_of_referral(referral))
    for identifier, route in case.routes.items():
        due = route.watch.due(route.pace)
        if due is not None:
            running[f"{NEXT_ROUTE}:{identifier}:{route.watch.times}"] = due
    if not isinstance(case.closing, NoClosing):
        proposed = case.closing.proposed
        running[f"{CLOSING}:{proposed.closing}"] = proposed.answer_by
    return running


def _of_withdrawals(case: Opened) -> Iterator[tuple[str, Due]]:
    for identifier, consent in case.consents.items():
        if isinstance(consent, Withdrawn):
            yield f"{WITHDRAWAL}:{identifier}", consent.acknowledge_by


def _of_consents(case: Opened) -> Iterator[tuple[str, Due]]:
    for identifier, consent in case.consents.items():
        if isinstance(consent, Granted):
            yield f"{CONSENT}:{identifier}", consent.given.until


def _of_referral(state: Referral) -> Iterator[tuple[str, Due]]:
    terms = state.terms
    if isinstance(state, Offered | Delivered | Acknowledged):
        yield f"{ANSWER}:{terms.referral}", terms.answer_by
    if isinstance(state, Offered | Delivered):
        due = state.watch.due(terms.pace)
        if due is not None and due.at < terms.answer_by.at:
            yield f"{ACKNOWLEDGE}:{terms.referral}:{state.watch.times}", due
    if isinstance(state, Accepted):
        due = state.watch.due(terms.pace)
        if due is not None:
            yield f"{HAND_OFF}:{terms.referral}:{state.watch.times}", due


def fall_due(case: Opened, command: FallDue) -> tuple[fact.CaseEvent, ...]:
    """Answer a deadline; one that no longer runs has no effect."""
    if command.name not in clocks(case):
        return ()
    what, identifier, *_ = command.name.split(":")
    about = UUID(identifier)
    if what in (CONSENT, WITHDRAWAL):
        return consents.fall_due(case, case.consents[ConsentId(about)], command)
    if what == CLOSING:
        assert not isinstance(case.closing, NoClosing)
        assert case.closing.proposed.closing == ClosingId(about)
        return closing.fall_due(case.closing, command)
    referral = ReferralId(about)
    if what == NEXT_ROUTE:
        return routes.fall_due(referral, case.routes[referral], command)
    return _of_step(case.referrals[referral], what, command)


def _of_step(state: Referral, what: str, command: FallDue) -> tuple[fact.CaseEvent, ...]:
    terms = state.terms
    if what == ANSWER:
        return timed_out(terms, command.at)
    assert isinstance(state, Offered | Delivered | Accepted)
    if isinstance(state, Accepted):
        overdue = Overdue.HAND_OFF
        # The sender answers for the case until both confirmed: it is asked first.
        late = terms.receiver if terms.sender in state.confirmed else terms.sender
    else:
        overdue, late = Overdue.ACKNOWLEDGEMENT, terms.receiver
    return (
        fact.ReferralEscalated(
            at=command.at,
            referral=terms.referral,
            what=overdue,
            responsible=late,
            times=state.watch.times + 1,
        ),
    )
