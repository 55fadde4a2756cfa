"""What goes otherwise than planned: people say no, dangers rise, somebody makes a mistake."""

from collections.abc import Iterator
from dataclasses import fields, replace
from datetime import datetime, timedelta
from random import Random
from typing import Any, Final

from nrm_assistance.domain import commands as care
from nrm_assistance.domain import states as helping
from nrm_contracts.care_codes import (
    AlternativeReason,
    Destination,
    Escort,
    FollowUpOutcome,
    ImmediateNeed,
    LeavingReason,
    RefusalReason,
    ReturnKind,
    RiskLevel,
    SuspensionReason,
)
from nrm_contracts.codes import (
    AgeBand,
    IndicatorClass,
    NotConfirmedReason,
    NotificationChannel,
    ReopeningReason,
    ServiceName,
    YesNo,
)
from nrm_contracts.consent_codes import (
    BackOutReason,
    Basis,
    BlockedGroup,
    DataCategory,
    DeclineReason,
    DeliveryWay,
    LegalGround,
    Need,
    Purpose,
    ReferralKind,
    WithdrawalReason,
    WithdrawnBy,
)
from nrm_contracts.ids import AboutId, NotificationId
from nrm_contracts.notifications import NotificationSent
from nrm_identification.domain import commands as sign
from nrm_identification.domain.case import Unknown
from nrm_referral.domain import commands as refer
from nrm_referral.domain import states as moving
from nrm_referral.domain.values import Ground
from nrm_return.domain import commands as travel
from nrm_return.domain import follow_up_commands as keep
from nrm_return.domain import states as going
from nrm_runtime.core import Due
from tests.flows.asks import TOLD, Ask, by_consent
from tests.flows.mechanism import World
from tests.flows.people import AGENCIES, BY_ID, EVERYBODY, HELPERS, POLICE
from tests.flows.views import DAY, RUNNING, WAITING, View

MOSTLY: Final = 0.8  # how often a closed case sees only what concerns it
OFTEN: Final = 4  # weight of what may go wrong just now, beside what always may


def is_tense(view: View) -> bool:
    """Say whether a journey has much to lose: it has a receiver, and nobody has handed over."""
    state = view.journey()
    over = isinstance(state, going.Arrived) and state.handed_over
    return state is not None and state.file.receiver is not None and not over


def setback(view: View, chance: Random) -> Ask | None:
    """Let something come in between that is possible now, or nearly so; None before any signal."""
    if isinstance(view.signs, Unknown):
        return None
    moments = [list(_of_identification(view, chance))]
    if _closed(view) and chance.random() < MOSTLY:
        moments = [[*_of_closing(view), *_of_consents(view, chance)]]
    elif not isinstance(view.moves, moving.Unopened):
        waiting = list(_of_waiting_offers(view, chance))
        moments += [waiting] * OFTEN
        moments += [
            list(_of_returns(view, chance)),
            list(_of_consents(view, chance)),
            list(_of_open_referrals(view, chance)),
            list(_offers(view, chance)),
            list(_overrides(view, chance)),
            list(_of_closing(view)),
        ]
        journey = view.journey()
        if journey is not None:
            moments += [list(_too_soon(view, journey))] * OFTEN
        if is_tense(view):
            moments += [list(_losses(view, chance, journey))] * OFTEN * 2
            moments += [list(_of_return(view, chance, journey))] * OFTEN
            moments += [list(_dangers(view, chance, journey))] * OFTEN
    if not isinstance(view.cares, helping.Unheard) and not _closed(view):
        moments.append(list(_of_assistance(view, chance)))
    found = [each for each in moments if each]
    return chance.choice(chance.choice(found)) if found else None


def again(world: World, old: Ask, chance: Random) -> Ask:
    """Ask for something once more, now, and not always as the worker who may.

    Dates move along, since the doors compute them from now.
    """
    by: Any = chance.choice(EVERYBODY).worker(chance.choice((1, 2)))
    if chance.random() < 0.5:
        by = old.command.by
    span = world.now - old.command.at
    moved = {one.name: _later(getattr(old.command, one.name), span) for one in fields(old.command)}
    command = replace(old.command, **moved | {"id": world.fresh_id(), "by": by})
    return Ask(service=old.service, command=command)


def _later(value: Any, span: timedelta) -> Any:
    match value:
        case datetime():
            return value + span
        case Due():
            return replace(value, at=value.at + span)
        case tuple():
            return tuple(_later(one, span) for one in value)
        case _:
            return value


def webhook(view: View, chance: Random) -> None:
    """Let an offer, or something else, reach the other side's machine."""
    about = chance.choice([*getattr(view.moves, "referrals", {}), view.world.fresh_id()])
    view.world.tell_from_outside(
        view.case,
        NotificationSent(
            notification=NotificationId(view.world.fresh_id()),
            organisation=chance.choice(HELPERS).id,
            channel=NotificationChannel.WEBHOOK,
            about=AboutId(about),
            attempts=1,
        ),
    )


def _of_identification(view: View, chance: Random) -> Iterator[Ask]:
    desk = view.desk(view.signs.custodian)
    yield desk.ask("identification", sign.AssessAge, age=chance.choice(list(AgeBand)))
    yield desk.indicators(IndicatorClass.NO_TRAFFICKING_SIGNS)
    yield desk.presume(justified=False)
    yield desk.ask("identification", sign.WithdrawSelf)
    yield desk.ask(
        "identification", sign.ReopenIdentification, reason=ReopeningReason.NEW_INFORMATION
    )
    police = view.desk(POLICE)
    yield police.decide(sign.DoNotConfirm, reason=NotConfirmedReason.ACT_MISSING)
    yield view.desk(AGENCIES["IT"]).decide(sign.Identify, decision=view.world.fresh_id())
    yield desk.offer_reflection()


def _of_consents(view: View, chance: Random) -> Iterator[Ask]:
    desk = view.desk(view.custodian)
    for key, consent in view.moves.consents.items():
        if isinstance(consent, moving.Granted):
            yield desk.withdraw_consent(key)
    one = chance.choice(EVERYBODY)
    yield desk.consent(one.id, Purpose.ASSISTANCE, child=view.child, days=chance.choice((1, 60)))
    yield desk.consent(one.id, Purpose.REFERRAL, child=not view.child)
    yield desk.ask(
        "referral",
        refer.InformGroup,
        group=BlockedGroup.FAMILY,
        categories=frozenset({DataCategory.NEEDS}),
        purpose=Purpose.SAFE_RETURN,
    )


def _overrides(view: View, chance: Random) -> Iterator[Ask]:
    """Disclose on a legal ground: one proposes, a second approves, or the same person tries to."""
    desk, to = view.desk(view.custodian), chance.choice(HELPERS)
    if not view.moves.overrides:
        yield desk.ask(
            "referral",
            refer.ProposeOverride,
            override=view.world.fresh_id(),
            ground=LegalGround.VITAL_INTEREST,
            recipient=to.id,
            purpose=Purpose.ASSISTANCE,
            categories=TOLD,
        )
    for key, override in view.moves.overrides.items():
        recipient = BY_ID[override.given.recipient]
        ground = Ground(basis=Basis.LEGAL_GROUND, override=key)
        shared = ReferralKind.SHARED_ASSISTANCE
        yield view.desk(view.custodian, 1).ask("referral", refer.ApproveOverride, override=key)
        yield view.desk(view.custodian, 2).ask("referral", refer.ApproveOverride, override=key)
        yield desk.offer(recipient, ground, Purpose.ASSISTANCE, shared)


def _of_open_referrals(view: View, chance: Random) -> Iterator[Ask]:
    for key, state in view.moves.referrals.items():
        yield from _of_referral(view, chance, key, state)
    for lost in view.moves.routes:
        yield view.desk(view.custodian).ask("referral", refer.TakeNextRoute, referral=lost)


def _of_waiting_offers(view: View, chance: Random) -> Iterator[Ask]:
    for key, state in view.moves.referrals.items():
        receiver = view.desk(state.terms.receiver)
        if isinstance(state, WAITING):
            yield receiver.ask("referral", refer.AcknowledgeOffer, referral=key)
            yield receiver.ask(
                "referral", refer.NoteDelivery, referral=key, way=DeliveryWay.FETCHED
            )
            yield receiver.ask(
                "referral",
                refer.DeclineReferral,
                referral=key,
                reason=DeclineReason.LACK_OF_CAPACITY,
            )
            yield receiver.accept(key, view.world.now + chance.choice((1, 5)) * DAY)
            yield view.desk(chance.choice(HELPERS)).accept(key)
        if isinstance(state, moving.TimedOut):
            yield from [receiver.accept(key)] * OFTEN


def _of_referral(view: View, chance: Random, key: Any, state: Any) -> Iterator[Ask]:
    receiver, sender = view.desk(state.terms.receiver), view.desk(state.terms.sender)
    if isinstance(state, moving.Accepted):
        yield receiver.ask(
            "referral", refer.BackOut, referral=key, reason=BackOutReason.CANNOT_KEEP_SAFE
        )
        yield sender.reschedule(key, view.world.now + chance.choice((1, 5)) * DAY)
        yield sender.confirm(key, keeps=YesNo.YES)
        yield receiver.confirm(key)
    if isinstance(state, (*WAITING, moving.Accepted)):
        yield sender.ask(
            "referral",
            refer.WithdrawReferral,
            referral=key,
            on_word_of=chance.choice((WithdrawnBy.SENDER, WithdrawnBy.PERSON)),
            reason=WithdrawalReason.OTHER_ROUTE,
        )
    if isinstance(state, moving.Accepted | moving.Handed):
        yield receiver.ask(
            "referral",
            refer.ReleasePacket,
            referral=key,
            ticket=view.world.fresh_id(),
            owner=ServiceName.IDENTIFICATION,
            categories=frozenset({DataCategory.NEEDS}),
        )
    if isinstance(state, moving.Handed):
        yield receiver.finish_referral(key)


def _offers(view: View, chance: Random) -> Iterator[Ask]:
    """Share a need, send the case elsewhere at once, link a journey to the wrong referral."""
    desk, to = view.desk(view.custodian), chance.choice(HELPERS)
    grounds = [by_consent(key) for key in view.moves.consents]
    grounds.append(Ground(basis=Basis.CHILD_PROTECTION))
    grounds += [Ground(basis=Basis.LEGAL_GROUND, override=one) for one in view.moves.overrides]
    ground = chance.choice(grounds)
    purpose = chance.choice((Purpose.REFERRAL, Purpose.ASSISTANCE, Purpose.SAFE_RETURN))
    shared, transfer = ReferralKind.SHARED_ASSISTANCE, ReferralKind.TRANSFER_OF_CUSTODY
    yield desk.offer(to, ground, purpose, shared, needs=frozenset({Need.LEGAL}))
    yield desk.offer(to, ground, purpose, transfer, urgent=YesNo.YES)
    journeys = [*view.returns.returns, None]
    yield desk.offer(to, ground, purpose, transfer, linked_return=chance.choice(journeys))
    yield desk.offer(to, ground, purpose, shared, linked_return=chance.choice(journeys))


def _of_closing(view: View) -> Iterator[Ask]:
    desk = view.desk(view.custodian)
    yield desk.propose_closing()
    if not isinstance(view.moves.closing, moving.NoClosing):
        yield desk.ask("referral", refer.AbandonClosing)
    if isinstance(view.moves.life, moving.Closed):
        yield desk.ask("referral", refer.ReopenCase, reason=ReopeningReason.NEW_NEED)


def _of_assistance(view: View, chance: Random) -> Iterator[Ask]:
    for key, one in view.cares.assistances.items():
        desk, file = view.desk(one.file.organisation), one.file
        if not isinstance(one, RUNNING):
            continue
        yield desk.assess(key, severity=chance.choice((1, 3, 4)))
        yield desk.questions(key, frozenset({chance.choice(list(ImmediateNeed))}))
        yield desk.safety(key, child=view.child)
        yield desk.support(key, child=view.child)
        reason = SuspensionReason.HOSPITAL
        yield desk.ask("assistance", care.SuspendAssistance, assistance=key, reason=reason)
        yield desk.ask("assistance", care.ResumeAssistance, assistance=key)
        yield desk.ask("assistance", care.BeginCrisis, assistance=key)
        left = LeavingReason.PERSON_LEFT
        yield desk.ask("assistance", care.LeaveAssistance, assistance=key, reason=left)
        if isinstance(file.plan, helping.Plan):
            yield desk.review(key, file.plan.plan)


def _closed(view: View) -> bool:
    return isinstance(view.moves, moving.Opened) and isinstance(view.moves.life, moving.Closed)


def _too_soon(view: View, state: Any) -> Iterator[Ask]:
    """Approve, leave, arrive and end a journey before its time, or on one country's word."""
    file = state.file
    desk = view.desk(file.requester)
    sides = [desk] if file.receiver is None else [desk, view.desk(file.receiver.organisation)]
    for side in sides:
        yield side.endorse(file.return_id)
        yield side.arrive(file.return_id)
    yield desk.ask("return", travel.FinishReturn, return_id=file.return_id)
    if file.itinerary is not None:
        yield desk.depart(file.return_id, file.itinerary.arrives_at)


def _losses(view: View, chance: Random, state: Any) -> Iterator[Ask]:
    """The receiver of a journey is lost before the hand-off, or the case goes elsewhere."""
    for key, one in view.moves.referrals.items():
        terms = one.terms
        if terms.linked_return != state.file.return_id or not isinstance(
            one, (*WAITING, moving.Accepted)
        ):
            continue
        sender, receiver = view.desk(terms.sender), view.desk(terms.receiver)
        yield receiver.ask(
            "referral", refer.BackOut, referral=key, reason=BackOutReason.CANNOT_KEEP_SAFE
        )
        yield sender.ask(
            "referral",
            refer.WithdrawReferral,
            referral=key,
            on_word_of=WithdrawnBy.PERSON,
            reason=WithdrawalReason.PERSON_WITHDREW,
        )
        if terms.ground.consent is not None:
            yield sender.withdraw_consent(terms.ground.consent)
        for consent, one_word in view.moves.consents.items():
            to = BY_ID.get(one_word.given.recipient)
            if isinstance(one_word, moving.Granted) and to in HELPERS:
                purpose = one_word.given.purpose
                linked = chance.choice((None, terms.linked_return))
                yield sender.offer(
                    to, by_consent(consent), purpose, urgent=YesNo.YES, linked_return=linked
                )


def _dangers(view: View, chance: Random, state: Any) -> Iterator[Ask]:
    """Somebody finds more danger than both countries signed, alone or in a new signature."""
    for side in (state.file.requester, state.file.receiver.organisation):
        yield view.desk(side).sign_risk(state.file.return_id, severity=chance.choice((3, 4)))
    for key, one in view.cares.assistances.items():
        if isinstance(one, RUNNING):
            yield view.desk(one.file.organisation).assess(key, severity=chance.choice((3, 4)))


def _of_returns(view: View, chance: Random) -> Iterator[Ask]:
    for state in view.returns.returns.values():
        yield from _of_return(view, chance, state)
    desk = view.desk(view.custodian)
    there = "RO" if view.custodian.country == "IT" else "IT"
    place, kind = chance.choice(list(Destination)), chance.choice(list(ReturnKind))
    instead = chance.choice([*view.returns.returns, None])
    yield desk.request_return(place, there, kind, instead_of=instead)


def _of_return(view: View, chance: Random, state: Any) -> Iterator[Ask]:
    file = state.file
    key = file.return_id
    desk = view.desk(file.requester)
    yield desk.ask("return", travel.WithdrawReturn, return_id=key)
    yield desk.ask("return", travel.WithdrawReturnConsent, return_id=key)
    yield desk.ask("return", travel.RefuseReturn, return_id=key, reason=RefusalReason.RISK_TOO_HIGH)
    yield desk.seek(key, AlternativeReason.NO_SERVICES)
    yield desk.itinerary(key, chance.choice((2, 40)), chance.choice(list(Escort)))
    yield desk.ask("return", travel.RecordDecision, return_id=key, document=view.world.fresh_id())
    sides = [desk] if file.receiver is None else [desk, view.desk(file.receiver.organisation)]
    for side in sides:
        severity = chance.choice((1, 2, 3, 4))
        residual = chance.choice((None, RiskLevel.MEDIUM, RiskLevel.HIGH))
        yield side.sign_risk(key, severity, residual, relative=chance.random() < 0.7)
    if file.itinerary is not None:
        yield desk.depart(key, file.itinerary.arrives_at)
    if isinstance(state, going.Arrived):
        there = sides[-1]
        yield there.contact(key, chance.choice((1, 2)), FollowUpOutcome.NOT_REACHED)
        yield there.ask("return", keep.ReportContactLost, return_id=key)
        yield there.ask("return", keep.DeclineFollowUp, return_id=key)
        yield there.ask("return", travel.FinishReturn, return_id=key)
        yield there.schedule(key, there.who.organisation, desk.who.organisation)
    yield desk.consent_to_return(key, child=view.child)


SPANS = (
    timedelta(minutes=5),
    timedelta(hours=5),
    timedelta(hours=30),
    timedelta(days=4),
    timedelta(days=35),
)
"""How long nothing may be done: less and more than the deadlines of the profiles."""
