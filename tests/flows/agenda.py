"""What a sensible worker would do next in a case, so that whole journeys happen.

A plan says what the person wants. The first step of the agenda leads on; the others are as
sensible. Guards stay with the services: what they have not heard yet they refuse.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from nrm_assistance.domain import commands as care
from nrm_assistance.domain import states as helping
from nrm_contracts.care_codes import Destination, Escort, FollowUpOutcome, RiskPhase
from nrm_contracts.codes import AgeBand, ReflectionEnd, ReflectionExemption
from nrm_contracts.consent_codes import DeclineReason, Need, Purpose, ReferralKind
from nrm_contracts.profiles import profile
from nrm_identification.domain import commands as sign
from nrm_identification.domain import identification, reflection
from nrm_identification.domain.case import Unknown
from nrm_referral.domain import commands as refer
from nrm_referral.domain import states as moving
from nrm_return.domain import commands as travel
from nrm_return.domain import file as papers
from nrm_return.domain import follow_up_commands as keep
from nrm_return.domain import follow_up_states as keeping
from nrm_return.domain import states as going
from tests.flows.asks import Ask, Desk, by_consent
from tests.flows.ending import acknowledgements, ending, hand_over_anew
from tests.flows.people import INSPECTORATE
from tests.flows.views import DAY, ENDED, PREPARING, WAITING, Step, View, Wait, consent_for


def agenda(view: View) -> list[Step]:
    """List what leads on, the most fitting first."""
    if isinstance(view.signs, Unknown):
        return [view.desk(view.plan.route[0]).signal(view.plan.age)]
    steps: list[Step] = list(_identify(view))
    if isinstance(view.moves, moving.Unopened):
        return steps
    if isinstance(view.moves.life, moving.Closed):
        return list(acknowledgements(view))
    if not isinstance(view.moves.closing, moving.NoClosing):
        return list(ending(view))
    steps += _help(view)
    steps += _answers(view)
    journey = view.journey()
    if journey is not None:
        steps += _travel(view, journey)
    steps += _next_leg(view, journey)
    if not steps and (_over(view) or not view.world.under_way()):
        return list(ending(view))
    return steps


# --- identification ---------------------------------------------------------------------------


def _identify(view: View) -> Iterator[Ask]:
    signs, desk = view.signs, view.desk(view.signs.custodian)
    match signs.identification:
        case identification.Signalled() if signs.age is AgeBand.UNKNOWN:
            yield desk.ask("identification", sign.AssessAge, age=AgeBand.CHILD)
        case identification.Signalled():
            yield desk.ask("identification", sign.FindPotential)
        case identification.Potential() if not signs.rights_explained:
            yield desk.rights()
        case identification.Potential() if signs.advice is None:
            yield desk.indicators()
        case identification.Potential():
            yield desk.presume()
        case identification.Presumed() | identification.Identified():
            yield from _reflect(view, desk)
        case _:
            pass
    if signs.notice.by is not None:
        yield view.desk(min(signs.notice.to)).ask("identification", sign.TakeNotice)


def _reflect(view: View, desk: Desk) -> Iterator[Ask]:
    for_children = profile(desk.who.country).flag("reflection", "minors")
    match view.signs.reflection:
        case reflection.Unoffered() if view.signs.age is AgeBand.ADULT or for_children:
            yield desk.offer_reflection()
        case reflection.Unoffered():
            yield desk.exempt(ReflectionExemption.CHILD_PROTECTED_OTHERWISE)
        case reflection.Offered() if view.plan.declines_reflection:
            yield desk.ask("identification", sign.DeclineReflection)
        case reflection.Offered():
            yield desk.start_reflection()
        case reflection.Running():
            yield desk.ask(
                "identification", sign.EndReflection, how=ReflectionEnd.WAIVED, revocable=False
            )
        case _:
            pass


# --- assistance -------------------------------------------------------------------------------


def _help(view: View) -> Iterator[Ask]:
    """Open the custodian's assistance and fill it a little."""
    if isinstance(view.cares, helping.Unheard):
        return
    one = view.cares.running(view.moves.custodian)
    desk = view.desk(view.custodian)
    if one is None:
        if not _over(view):
            yield desk.open_assistance()
        return
    if isinstance(one, helping.Preparing):
        return
    file, key = one.file, one.file.assistance
    if isinstance(one, helping.Suspended):
        yield desk.ask("assistance", care.ResumeAssistance, assistance=key)
    elif isinstance(file.immediate, helping.NotAsked):
        yield desk.questions(key)
    elif not file.needs:
        yield desk.needs(key)
    elif isinstance(file.plan, helping.NoPlan) and not _over(view):
        yield desk.plan(key, child=view.child)
    elif not file.supports and not _over(view):
        yield desk.support(key, child=view.child)


# --- referrals --------------------------------------------------------------------------------


def _answers(view: View) -> Iterator[Step]:
    """Answer what was offered, confirm what was agreed."""
    for key, state in view.moves.referrals.items():
        terms = state.terms
        if isinstance(state, WAITING):
            yield view.desk(terms.receiver).accept(key)
            yield view.desk(terms.receiver).ask(
                "referral",
                refer.DeclineReferral,
                referral=key,
                reason=DeclineReason.LACK_OF_CAPACITY,
            )
            yield Wait(until=terms.answer_by.at)
        if isinstance(state, moving.Accepted):
            linked = terms.linked_return
            if linked is None or isinstance(view.moves.returns.get(linked), moving.Arrived):
                for side in (terms.receiver, terms.sender):
                    if side not in state.confirmed:
                        yield view.desk(side).confirm(key)


def _next_leg(view: View, journey: Any | None) -> Iterator[Step]:
    """Find the next receiver, ask the person, offer."""
    yield from _shared_need(view)
    to = view.plan.next_receiver(view.moves.custodian)
    if to is None or view.arrived() or _transfer(view) is not None:
        return
    desk = view.desk(view.custodian)
    last = to is view.plan.route[-1] and view.plan.travels
    if last and view.custodian.country != to.country and not isinstance(journey, PREPARING):
        if journey is None and not any(
            isinstance(one, ENDED) for one in view.returns.returns.values()
        ):
            yield desk.request_return(view.plan.destination, to.country)
        return
    linked = journey.file.return_id if last and isinstance(journey, PREPARING) else None
    purpose = Purpose.REFERRAL if linked is None else Purpose.SAFE_RETURN
    consent = consent_for(view, to, purpose)
    if consent is None:
        yield desk.consent(to.id, purpose, child=view.child)
        return
    routes = view.moves.routes.items()
    lost = next((one for one, route in routes if route.organisation == view.custodian.id), None)
    yield desk.offer(to, by_consent(consent), purpose, linked_return=linked, replaces=lost)


def _shared_need(view: View) -> Iterator[Step]:
    """Let another organisation meet one need, once."""
    to, shared = view.plan.shares_with, ReferralKind.SHARED_ASSISTANCE
    kinds = {state.terms.kind for state in view.moves.referrals.values()}
    if to is None or shared in kinds or view.custodian is to:
        return
    consent = consent_for(view, to, Purpose.ASSISTANCE)
    desk = view.desk(view.custodian)
    if consent is None:
        yield desk.consent(to.id, Purpose.ASSISTANCE, child=view.child)
    else:
        legal = frozenset({Need.LEGAL})
        yield desk.offer(to, by_consent(consent), Purpose.ASSISTANCE, shared, needs=legal)


def _transfer(view: View) -> Any | None:
    return next(
        (
            state
            for state in view.moves.referrals.values()
            if isinstance(state, (*WAITING, moving.Accepted))
            and state.terms.kind is ReferralKind.TRANSFER_OF_CUSTODY
        ),
        None,
    )


# --- return -----------------------------------------------------------------------------------


def _travel(view: View, state: Any) -> Iterator[Step]:
    match state:
        case going.Requested() | going.Reopened():
            yield from _fill(view, state)
        case going.Approved():
            yield from _before_departure(view, state)
        case going.Travelling():
            yield from _on_the_road(view, state)
        case going.Interrupted() if state.file.receiver is not None:
            yield from _fresh_risk(view, state)
            if state.file.consent is None:
                yield _consent_to_return(view, state)
            yield _depart(view, state)
        case going.Interrupted() | going.AlternativeSought():
            yield _for(view, state).ask("return", travel.WithdrawReturn, **_key(state))
        case going.Arrived():
            yield from _keep_contact(view, state)
        case _:
            pass


def _key(state: Any) -> dict[str, Any]:
    return {"return_id": state.file.return_id}


def _for(view: View, state: Any, number: int = 1) -> Desk:
    """Sit at the desk of the country of origin of the journey."""
    return view.desk(state.file.requester, number)


def _there(view: View, state: Any, number: int = 1) -> Desk:
    """Sit at the desk of the country that receives."""
    return view.desk(state.file.receiver.organisation, number)


def _fill(view: View, state: Any) -> Iterator[Step]:
    """Fill the return file, then approve for both countries."""
    file, key, now = state.file, state.file.return_id, view.world.now
    desk = _for(view, state)
    missing = list(_next_leg(view, state)) if file.receiver is None else []
    if file.consent is None or file.consent.aged or file.consent.until.at <= now:
        missing.append(_consent_to_return(view, state))
    missing += _inquiry(view, state)
    if not file.papers:
        missing.append(desk.papers(key))
    if file.itinerary is None or file.itinerary.departs_at <= now + DAY:
        escort = Escort.SOCIAL_WORKER if view.child else Escort.NONE
        missing.append(desk.itinerary(key, view.plan.lead_days, escort))
    elif file.itinerary.departs_at < file.lead_by.at:
        missing += _short_lead(view, state)
    if view.child:
        missing += _for_a_child(view, state)
    missing += _fresh_risk(view, state)
    yield from missing
    if not missing and file.receiver is not None:
        approved = {one.country for one in file.endorsements}
        for side in (desk, _there(view, state)):
            if side.who.country not in approved:
                yield side.endorse(key)


def _consent_to_return(view: View, state: Any) -> Ask:
    return _for(view, state).consent_to_return(state.file.return_id, child=view.child)


def _inquiry(view: View, state: Any) -> Iterator[Ask]:
    file = state.file
    if file.destination is not Destination.FAMILY and not view.child:
        return
    asked, key = view.desk(INSPECTORATE), _key(state)
    match file.inquiry:
        case papers.NotAsked():
            yield _for(view, state).ask_inquiry(file.return_id, INSPECTORATE.id)
        case papers.Asked():
            document = view.world.fresh_id()
            yield asked.ask(
                "return", travel.ReceiveInquiry, document=document, language="ro", **key
            )
        case papers.Answered(document=original):
            yield asked.ask(
                "return",
                travel.TranslateInquiry,
                document=view.world.fresh_id(),
                original=original,
                language="it",
                **key,
            )
        case _:
            pass


def _short_lead(view: View, state: Any) -> Iterator[Ask]:
    match state.file.short_lead:
        case papers.LeadUnasked():
            yield _for(view, state).ask("return", travel.ProposeShortLead, **_key(state))
        case papers.LeadProposed():
            yield _for(view, state, 2).ask("return", travel.ApproveShortLead, **_key(state))
        case _:
            pass


def _for_a_child(view: View, state: Any) -> Iterator[Ask]:
    file, desk = state.file, _for(view, state)
    if file.guardian is None:
        yield desk.ask(
            "return", travel.AuthoriseByGuardian, document=view.world.fresh_id(), **_key(state)
        )
    if not file.best_interests:
        yield desk.ask(
            "return",
            travel.DetermineBestInterests,
            document=view.world.fresh_id(),
            favourable=True,
            **_key(state),
        )
    if not file.border_notice:
        yield desk.ask("return", travel.GiveBorderNotice, **_key(state))


def _fresh_risk(view: View, state: Any, at: datetime | None = None) -> Iterator[Ask]:
    """Sign the joint assessment for one country, then for the other, unless it still holds."""
    file = state.file
    if file.receiver is None:
        return
    joint, now = file.joint, at or view.world.now
    stands = joint is not None and not joint.outdated and joint.until.at > now
    if stands and file.signing is None:
        return
    here = file.signing is None or file.signing.country != file.origin
    desk = _for(view, state) if here else _there(view, state)
    yield desk.sign_risk(file.return_id)


def _before_departure(view: View, state: Any) -> Iterator[Step]:
    leaves, now = state.file.itinerary.departs_at, view.world.now
    if now < leaves - 2 * DAY:
        yield Wait(until=leaves - 2 * DAY)
        return
    stale = list(_fresh_risk(view, state, max(leaves, now)))
    yield from stale
    if view.child and not state.file.border_notice:
        yield _for(view, state).ask("return", travel.GiveBorderNotice, **_key(state))
    if now < leaves and not stale:
        yield Wait(until=leaves)
    elif not stale:
        yield _depart(view, state)


def _depart(view: View, state: Any) -> Ask:
    itinerary = state.file.itinerary
    return _for(view, state).depart(state.file.return_id, itinerary.arrives_at)


def _on_the_road(view: View, state: Any) -> Iterator[Step]:
    there_at = state.departed_at + (4 * DAY if view.plan.dawdles else DAY / 4)
    if view.world.now < there_at:
        yield Wait(until=there_at)
    elif state.file.receiver is not None:
        yield _there(view, state).arrive(state.file.return_id)


def _keep_contact(view: View, state: Any) -> Iterator[Step]:
    file, key = state.file, state.file.return_id
    if file.receiver is None:
        yield from hand_over_anew(view, state)
    there = view.desk(view.custodian if file.receiver is None else file.receiver.organisation)
    if state.reassess_by is not None and not isinstance(view.cares, helping.Unheard):
        one = view.cares.running(there.who.organisation)
        if one is not None:
            asked = isinstance(one.file.immediate, helping.NotAsked)
            yield (
                there.questions(one.file.assistance)
                if asked
                else there.assess(one.file.assistance, phase=RiskPhase.ARRIVAL)
            )
    match state.follow_up:
        case keeping.NoFollowUp() if view.plan.declines_contact:
            yield there.ask("return", keep.DeclineFollowUp, **_key(state))
        case keeping.NoFollowUp():
            yield there.schedule(key, there.who.organisation, file.requester)
        case keeping.Scheduled() | keeping.Active() | keeping.Late():
            yield from _appointments(view, state)
        case _ if state.handed_over:
            yield there.ask("return", travel.FinishReturn, **_key(state))


def _appointments(view: View, state: Any) -> Iterator[Step]:
    schedule, key = state.follow_up.schedule, state.file.return_id
    desk = view.desk(schedule.responsible)
    owed = sorted(
        (each.due.at, number)
        for number, kind in enumerate((schedule.contacts, schedule.reports))
        for each in kind
        if not each.kept
    )
    if not owed:
        yield desk.ask("return", keep.CompleteFollowUp, **_key(state))
        return
    first = owed[0][0] + (DAY if view.plan.dawdles else -DAY)
    if first > view.world.now:
        yield Wait(until=first)
        return
    for each in schedule.contacts:
        if not each.kept and each.due.at <= view.world.now + DAY:
            yield desk.contact(key, each.number, FollowUpOutcome.SAFE)
    for each in schedule.reports:
        if not each.kept and each.due.at <= view.world.now + DAY:
            yield desk.report(key, each.number)


# --- the end ----------------------------------------------------------------------------------


def _over(view: View) -> bool:
    """Say whether nothing of the plan is left to do."""
    if view.journey() is not None and not isinstance(view.journey(), going.Arrived):
        return False
    there = view.plan.next_receiver(view.moves.custodian) is None
    failed = any(isinstance(one, ENDED) for one in view.returns.returns.values())
    return there or failed
