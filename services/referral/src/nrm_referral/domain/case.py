"""One case as referral keeps it: the machine that all regions together are.

Everything that may happen is decided here and in the modules of the regions; nothing here
awaits, reads a clock or knows a database. "Exactly one custodian" and "one transfer of custody
at a time" are decided here and nowhere else.

What a region forbids is refused as `out-of-order`; what it allows may still be refused by a
guard, each with a code of its own.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import assert_never

from nrm_contracts.ids import ReferralId
from nrm_referral.domain import (
    closing,
    consents,
    custody,
    deadlines,
    journeys,
    life,
    offering,
    overrides,
    packets,
    referral,
    routes,
)
from nrm_referral.domain import commands as ask
from nrm_referral.domain import events as fact
from nrm_referral.domain.deadlines import clocks
from nrm_referral.domain.guards import out_of_order
from nrm_referral.domain.states import Case, Closed, Opened, Referral, Unopened
from nrm_runtime.core import Automatic, Command, FallDue, Refused, TooEarly

initial: Case = Unopened()

ALLOWED: Mapping[type[object], frozenset[type[Command]]] = {
    **life.ALLOWED,
    **consents.ALLOWED,
    **overrides.ALLOWED,
    **referral.ALLOWED,
    **journeys.ALLOWED,
    **closing.ALLOWED,
}
"""What each state of each region lets happen to it; a test holds it equal to `decide`."""


def decide(state: Case, command: Command) -> tuple[fact.CaseEvent, ...]:
    """Give the facts that follow from a command.

    Raises `Refused` with a code, or `TooEarly` where another service's fact came before the
    signal that opens the case.
    """
    match state, command:
        case Unopened(), ask.OpenCase():
            return life.begin(command)
        case Unopened(), ask.NoteDelivery() | ask.AnswerClosing() | FallDue():
            return ()
        case Unopened(), _:
            if isinstance(command.by, Automatic):
                raise TooEarly("the signal that opens the case")
        case Opened(life=Closed() as closed), _ if type(command) not in life.ALLOWED[Closed]:
            raise Refused("case-closed", f"The case was closed as {closed.reason}.")
        case Opened(), _:
            return _decide(state, command)
    raise out_of_order(state, command)


def _decide(case: Opened, command: Command) -> tuple[fact.CaseEvent, ...]:
    match command:
        case ask.OpenCase():
            return ()
        case ask.NoteAge():
            return life.note_age(case, command)
        case ask.LinkCase():
            return life.link(case, command)
        case ask.ReopenCase():
            return life.reopen(case, command)
        case ask.GrantConsent():
            return consents.grant(case, command)
        case ask.WithdrawConsent():
            return consents.withdraw(case, command)
        case ask.AcknowledgeWithdrawal():
            return consents.acknowledge(case, command)
        case ask.InformGroup():
            return consents.inform(case, command)
        case ask.ProposeOverride():
            return overrides.propose(case, command)
        case ask.ApproveOverride():
            return overrides.approve(case, command)
        case ask.NoteReturn():
            return journeys.requested(case, command)
        case ask.NoteItinerary():
            return journeys.planned(case, command)
        case ask.NoteArrival():
            return journeys.arrived(case, command)
        case ask.NoteReturnEnd():
            return journeys.ended(case, command)
        case FallDue():
            return deadlines.fall_due(case, command)
        case _:
            return _decide_closing(case, command)


def _decide_closing(case: Opened, command: Command) -> tuple[fact.CaseEvent, ...]:
    match command:
        case ask.ProposeClosing():
            return closing.propose(case, command)
        case ask.AnswerClosing():
            return closing.answer(case, command)
        case ask.CheckClosing():
            return closing.check(case, command)
        case ask.AbandonClosing():
            return closing.abandon(case, command)
        case ask.CloseCase():
            return closing.close(case, command)
        case _:
            return _decide_referral(case, command)


def _decide_referral(case: Opened, command: Command) -> tuple[fact.CaseEvent, ...]:
    match command:
        case ask.OfferReferral():
            return offering.offer(case, command)
        case ask.NoteDelivery(referral=identifier) if identifier not in case.referrals:
            return ()  # a notice about something else
        case ask.NoteDelivery():
            return referral.delivered(_known(case, command.referral), command)
        case ask.AcknowledgeOffer():
            return referral.acknowledge(_known(case, command.referral), command)
        case ask.AcceptReferral():
            return referral.accept(case, _known(case, command.referral), command)
        case ask.DeclineReferral():
            return referral.decline(_known(case, command.referral), command)
        case ask.WithdrawReferral():
            return referral.take_back(case, _known(case, command.referral), command)
        case ask.BackOut():
            return referral.back_out(_known(case, command.referral), command)
        case ask.RescheduleHandOff():
            return referral.reschedule(_known(case, command.referral), command)
        case ask.ConfirmHandOff():
            return referral.confirm(case, _known(case, command.referral), command)
        case ask.FinishReferral():
            return referral.finish(case, _known(case, command.referral), command)
        case ask.TakeNextRoute():
            return routes.take(case, _known(case, command.referral), command)
        case ask.ReleasePacket():
            return packets.release(case, _known(case, command.referral), command)
    raise out_of_order(case.life, command)


def _known(case: Opened, identifier: ReferralId) -> Referral:
    found = case.referrals.get(identifier)
    if found is None:
        raise Refused("referral-unknown", "This referral is not in the case.")
    return found


def evolve(state: Case, event: fact.CaseEvent) -> Case:
    """Give the state after a fact."""
    if isinstance(event, fact.CaseOpened):
        return life.opened(event)
    assert isinstance(state, Opened), "a fact before the case was opened"
    return _evolve(state, event)


def _evolve(case: Opened, event: fact.CaseEvent) -> Opened:
    if isinstance(event, fact.MoveEvent):
        return _moved(case, event)
    if isinstance(event, fact.ConsentEvent):
        return consents.evolve(case, event)
    if isinstance(event, fact.OverrideEvent):
        return overrides.evolve(case, event)
    if isinstance(event, fact.JourneyEvent):
        return journeys.evolve(case, event)
    if isinstance(event, fact.ClosingEvent):
        return closing.evolve(case, event)
    match event:
        case fact.CaseOpened():
            return life.opened(event)
        case fact.AgeNoted() | fact.CaseLinked() | fact.CaseReopened():
            return life.evolve(case, event)
        case fact.CustodyMoved():
            return custody.evolve(case, event)
        case fact.NextRouteTaken():
            return routes.taken(case, event)
        case fact.ReceiverLost():
            return case
        case fact.PacketReleased():
            return consents.received(case, event.ground.consent, event.recipient)
        case _:
            assert_never(event)


def _moved(case: Opened, event: fact.MoveEvent) -> Opened:
    """A move changes one referral, and beside it what rests on it: route, consent's receivers."""
    identifier = referral.referral_of(event)
    after = referral.evolve(case.referrals.get(identifier), event)
    case = replace(case, referrals={**case.referrals, identifier: after})
    match event:
        case fact.ReferralDelivered() | fact.ReferralAcknowledged() | fact.ReferralAccepted():
            return consents.received(case, after.terms.ground.consent, after.terms.receiver)
        case fact.ReferralDeclined():
            case = consents.received(case, after.terms.ground.consent, after.terms.receiver)
            return routes.opened(case, event)
        case fact.ReferralBackedOut() | fact.ReferralTimedOut():
            return routes.opened(case, event)
        case fact.ReferralEscalated() if identifier in case.routes:
            return routes.escalated(case, event)
        case fact.ReferralPassed():
            return routes.passed(case, event)
        case _:
            return case


__all__ = ["ALLOWED", "clocks", "decide", "evolve", "initial"]
