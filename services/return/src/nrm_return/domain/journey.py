"""From approval to the end of a return: each country's word, the road, arrival, other endings."""

from typing import assert_never

from nrm_contracts.care_codes import AlternativeReason, ReturnKind
from nrm_contracts.ids import OrganisationId, WorkerId
from nrm_return.domain import checklist, risk
from nrm_return.domain import commands as ask
from nrm_return.domain import file_events as filed
from nrm_return.domain import follow_up_states as keeping
from nrm_return.domain import journey_events as fact
from nrm_return.domain.events import CaseFact
from nrm_return.domain.filing import of_both
from nrm_return.domain.known import Known
from nrm_return.domain.parties import member
from nrm_return.domain.states import Approved, Arrived, Interrupted, Return, Travelling
from nrm_runtime.core import Refused


def endorse(state: Return, known: Known, command: ask.EndorseReturn) -> tuple[CaseFact, ...]:
    """Approve for one country; when the other has approved before, the return is approved."""
    by = member(state, known, command)
    file, country = state.file, of_both(state, by)
    others = [each for each in file.endorsements if each.country != country]
    if len(others) < len(file.endorsements):
        why = "Your country has approved; the other country's word is missing."
        raise Refused("one-country-only", why)
    if any(each.worker == by.worker for each in others):
        raise Refused("same-worker", "Two people approve, one in each country.")
    checklist.hold_complete(file, known, command.at, departing=False)
    endorsed = filed.ReturnEndorsed(
        at=command.at,
        return_id=command.return_id,
        organisation=OrganisationId(by.organisation),
        worker=WorkerId(by.worker),
        country=country,
    )
    return (endorsed, _approved(state, command, endorsed)) if others else (endorsed,)


def _approved(
    state: Return, command: ask.EndorseReturn, endorsed: filed.ReturnEndorsed
) -> fact.ReturnApproved:
    file = state.file
    assert file.consent is not None
    assert file.joint is not None
    assert file.receiver is not None
    assert file.itinerary is not None
    levels = risk.levels(file.joint.signatures)
    return fact.ReturnApproved(
        at=command.at,
        return_id=command.return_id,
        organisation=endorsed.organisation,
        consent=file.consent.consent,
        assessment=file.joint.assessment,
        receiver=file.receiver.organisation,
        departs_at=file.itinerary.departs_at,
        profile=command.origin_profile,
        destination_profile=command.destination_profile,
        overall=levels.overall,
        residual=levels.residual,
        high=levels.high,
    )


def refuse(state: Return, known: Known, command: ask.RefuseReturn) -> tuple[CaseFact, ...]:
    """Refuse as unsafe; one country's word is enough to refuse."""
    by = member(state, known, command)
    refused = fact.ReturnRefused(
        at=command.at,
        return_id=command.return_id,
        organisation=OrganisationId(by.organisation),
        reason=command.reason,
    )
    return (refused,)


def withdraw(
    state: Return, known: Known, command: ask.WithdrawReturn | ask.WithdrawReturnConsent
) -> tuple[CaseFact, ...]:
    """Follow the person, who may say no until arrival, also on the road: alarm and a new plan.

    Taking back the consent alone leaves a file open that nobody has approved; an approval
    cannot stand without it.
    """
    member(state, known, command)
    on_the_road = isinstance(state, Travelling | Interrupted)
    taken: tuple[CaseFact, ...] = ()
    if state.file.consent is not None:
        taken = (
            filed.ReturnConsentWithdrawn(
                at=command.at,
                return_id=command.return_id,
                consent=state.file.consent.consent,
                on_the_road=on_the_road,
            ),
        )
    only_consent = isinstance(command, ask.WithdrawReturnConsent)
    if only_consent and not taken:
        raise Refused("consent-missing", "There is no consent to take back.")
    if isinstance(state, Travelling):
        sought = fact.ReturnAlternativeSought(
            at=command.at,
            return_id=command.return_id,
            organisation=known.custodian,
            reason=AlternativeReason.CONSENT_WITHDRAWN_ON_THE_ROAD,
            plan_by=state.plan.after(command.at),
            on_the_road=True,
        )
        return (*taken, sought)
    if only_consent and not isinstance(state, Approved):
        return taken
    withdrawn = fact.ReturnWithdrawn(
        at=command.at, return_id=command.return_id, on_the_road=on_the_road
    )
    return (*taken, withdrawn)


def seek_alternative(
    state: Return, known: Known, command: ask.SeekAlternative
) -> tuple[CaseFact, ...]:
    """Say that another way is sought, with a plan by a date."""
    by = member(state, known, command)
    sought = fact.ReturnAlternativeSought(
        at=command.at,
        return_id=command.return_id,
        organisation=OrganisationId(by.organisation),
        reason=command.reason,
        plan_by=command.plan_by,
        on_the_road=isinstance(state, Travelling),
    )
    return (sought,)


def depart(state: Return, known: Known, command: ask.DepartReturn) -> tuple[CaseFact, ...]:
    """Record the departure, or that an interrupted journey goes on: nothing may be missing."""
    by = member(state, known, command)
    if command.departed_at > command.at:
        raise Refused("in-the-future", "A departure is recorded when it has happened.")
    checklist.hold_complete(state.file, known, command.at, departing=True)
    departed = fact.ReturnDeparted(
        at=command.at,
        return_id=command.return_id,
        organisation=OrganisationId(by.organisation),
        departed_at=command.departed_at,
        arrival_by=command.arrival_by,
        alarm_every=command.alarm_every,
        plan=command.plan,
    )
    return (departed,)


def arrive(state: Return, known: Known, command: ask.ConfirmArrival) -> tuple[CaseFact, ...]:
    """Take the receiver's word for the arrival, and nobody else's."""
    by = member(state, known, command)
    receiver = state.file.receiver
    if receiver is None or by.organisation != receiver.organisation:
        raise Refused("not-the-receiver", "Only the receiver says that the person arrived.")
    if command.arrived_at > command.at:
        raise Refused("in-the-future", "An arrival is confirmed when it has happened.")
    arrived = fact.ReturnArrived(
        at=command.at,
        return_id=command.return_id,
        organisation=receiver.organisation,
        arrived_at=command.arrived_at,
        reassess_by=command.reassess_by,
    )
    return (arrived,)


def finish(state: Arrived, known: Known, command: ask.FinishReturn) -> tuple[CaseFact, ...]:
    """End a return that was handed over and followed up."""
    member(state, known, command)
    kind = state.file.kind
    if kind is not ReturnKind.HEARING_TRIP and not state.handed_over:
        raise Refused("hand-off-missing", "We have not heard that both sides confirmed.")
    if not followed_up(state):
        raise Refused("follow-up-open", "The follow-up has not ended.")
    return (fact.ReturnDone(at=command.at, return_id=command.return_id),)


def followed_up(state: Arrived) -> bool:
    """Say whether nothing of the follow-up is owed; a short stay needs none."""
    match state.follow_up:
        case keeping.Completed() | keeping.LostContact() | keeping.Declined():
            return True
        case keeping.NoFollowUp():
            return state.file.kind in {ReturnKind.HEARING_TRIP, ReturnKind.TRANSIT}
        case keeping.Scheduled() | keeping.Active() | keeping.Late():
            return False
        case _:
            assert_never(state.follow_up)
