"""A receiver that is lost when the person is on the road, or there already.

On the road it is an alarm for somebody who has to make a new plan. After the arrival, while
nobody has confirmed the hand-off, the custodian finds the next route for the same journey; the
return still ends with a hand-off, and the case can be closed.
"""

from datetime import timedelta
from random import Random
from uuid import UUID

from nrm_contracts.care_codes import Destination
from nrm_contracts.codes import AgeBand, YesNo
from nrm_contracts.consent_codes import BackOutReason, Purpose
from nrm_contracts.envelope import read_envelope
from nrm_contracts.returns import ReturnAlternativeSought
from nrm_referral.domain import commands as refer
from nrm_referral.domain import states as moving
from nrm_return.domain import commands as travel
from nrm_return.domain import follow_up_commands as keep
from nrm_return.domain import states as going
from tests.flows.agenda import agenda
from tests.flows.agreement import agree
from tests.flows.asks import Ask, by_consent
from tests.flows.ending import ending
from tests.flows.mechanism import World
from tests.flows.people import CASA, HARBOUR, LANTERN, Organisation
from tests.flows.promises import Promises
from tests.flows.views import Plan, View, Wait, consent_for

CASE = UUID(int=0xA1)
PLAN = Plan(
    route=(CASA, HARBOUR),
    age=AgeBand.ADULT,
    travels=True,
    destination=Destination.PROTECTED_PLACE,
    declines_reflection=True,
    lead_days=31,
    declines_contact=True,
    shares_with=None,
    dawdles=False,
)


def put(view: View, ask: Ask) -> None:
    """Put a command to its service, and let everybody hear of it."""
    view.world.act(ask.service, CASE, ask.command)
    view.world.settle()


def on_the_road() -> View:
    """Tell a case in which nothing goes wrong until the person is about to arrive."""
    view = View(World(Random(0), Promises()), CASE, PLAN)
    while not isinstance(view.journey(), going.Travelling):
        step = agenda(view)[0]
        if isinstance(step, Wait):
            view.world.wait(step.until - view.world.now)
        else:
            put(view, step)
    return view


def arrive(view: View) -> UUID:
    """Let the receiver say that the person is there; give the return."""
    key: UUID = view.journey().file.return_id  # type: ignore[union-attr]
    put(view, view.desk(HARBOUR).arrive(key))
    return key


def hand_over(view: View, to: Organisation, journey: UUID) -> None:
    """Offer the case for the same journey to another organisation, which takes it."""
    desk = view.desk(CASA)
    put(view, desk.consent(to.id, Purpose.RECEPTION, child=False))
    consent = consent_for(view, to, Purpose.RECEPTION)
    assert consent is not None
    offer = desk.offer(to, by_consent(consent), Purpose.RECEPTION, linked_return=journey)
    put(view, offer)
    key = offer.command.referral  # type: ignore[attr-defined]
    put(view, view.desk(to).accept(key))
    for side in (to, CASA):
        put(view, view.desk(side).confirm(key))
    assert view.custodian is to


def end(view: View, journey: UUID) -> None:
    """End the return, and close the case."""
    put(view, view.desk(CASA).ask("return", keep.DeclineFollowUp, return_id=journey))
    put(view, view.desk(CASA).ask("return", travel.FinishReturn, return_id=journey))
    assert isinstance(view.returns.returns[journey], going.Done)
    while not isinstance(view.moves.life, moving.Closed):
        for ask in list(ending(view)):
            put(view, ask)
    agree(view.world, CASE)


def test_a_journey_ends_with_the_hand_off_to_its_receiver() -> None:
    """As a measure for the others: this is how it goes when nothing goes wrong."""
    view = on_the_road()
    journey = arrive(view)
    (linked,) = view.moves.referrals
    for side in (HARBOUR, CASA):
        put(view, view.desk(side).confirm(linked))
    end(view, journey)


def test_a_receiver_that_backs_out_on_the_road_is_an_alarm_for_the_custodian() -> None:
    view = on_the_road()
    (linked,) = view.moves.referrals
    reason = BackOutReason.CANNOT_KEEP_SAFE
    put(view, view.desk(HARBOUR).ask("referral", refer.BackOut, referral=linked, reason=reason))
    told = [read_envelope(letter.body).contract() for letter in view.world.outbox["return"]]
    (alarm,) = [each for each in told if isinstance(each, ReturnAlternativeSought)]
    assert alarm.organisation == CASA.id, "nobody is told that a new plan is due"


def test_a_receiver_that_backs_out_after_the_arrival_is_replaced() -> None:
    view = on_the_road()
    journey = arrive(view)
    (linked,) = view.moves.referrals
    reason = BackOutReason.CANNOT_KEEP_SAFE
    put(view, view.desk(HARBOUR).ask("referral", refer.BackOut, referral=linked, reason=reason))
    hand_over(view, LANTERN, journey)
    end(view, journey)


def test_a_loss_that_is_heard_after_the_arrival_is_made_good() -> None:
    """Withdrawn while the person travels; return hears the arrival first."""
    view = on_the_road()
    key: UUID = view.journey().file.return_id  # type: ignore[union-attr]
    consent = consent_for(view, HARBOUR, Purpose.SAFE_RETURN)
    assert consent is not None
    withdrawal = view.desk(CASA).withdraw_consent(consent)
    view.world.act(withdrawal.service, CASE, withdrawal.command)
    arrive(view)
    put(view, view.desk(HARBOUR).ask("referral", refer.AcknowledgeWithdrawal, consent=consent))
    hand_over(view, LANTERN, key)
    end(view, key)


def test_a_transfer_that_nobody_linked_hands_the_person_over_as_well() -> None:
    view = on_the_road()
    journey = arrive(view)
    (linked,) = view.moves.referrals
    reason = BackOutReason.CANNOT_KEEP_SAFE
    put(view, view.desk(HARBOUR).ask("referral", refer.BackOut, referral=linked, reason=reason))
    desk = view.desk(CASA)
    put(view, desk.consent(LANTERN.id, Purpose.RECEPTION, child=False))
    consent = consent_for(view, LANTERN, Purpose.RECEPTION)
    assert consent is not None
    offer = desk.offer(LANTERN, by_consent(consent), Purpose.RECEPTION)
    put(view, offer)
    key = offer.command.referral  # type: ignore[attr-defined]
    put(view, view.desk(LANTERN).accept(key))
    for side in (LANTERN, CASA):
        assert not view.returns.returns[journey].handed_over
        put(view, view.desk(side).confirm(key))
    assert view.returns.returns[journey].handed_over
    end(view, journey)


def test_who_took_the_case_on_the_road_and_says_the_person_came_has_the_person() -> None:
    """The receiver gets the case by another referral; return hears of it after the arrival."""
    view = on_the_road()
    journey: UUID = view.journey().file.return_id  # type: ignore[union-attr]
    consent = consent_for(view, HARBOUR, Purpose.SAFE_RETURN)
    assert consent is not None
    purpose, ground = Purpose.SAFE_RETURN, by_consent(consent)
    offer = view.desk(CASA).offer(HARBOUR, ground, purpose, urgent=YesNo.YES)
    key = offer.command.referral  # type: ignore[attr-defined]
    sides = [view.desk(side).confirm(key) for side in (HARBOUR, CASA)]
    for ask in (offer, view.desk(HARBOUR).accept(key), *sides):
        view.world.act(ask.service, CASE, ask.command)
    view.world.wait(timedelta(hours=2))
    arrive(view)
    assert view.custodian is HARBOUR
    end(view, journey)
