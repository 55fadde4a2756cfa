"""What follows from facts of other services: knowledge, receivers, risen risk, closing.

Nothing here is refused: what is not new, or comes too late to matter, stays quiet.
"""

from collections.abc import Iterator
from typing import Final, assert_never

from nrm_contracts.care_codes import (
    AlternativeReason,
    ReturnKind,
    ReturnReopening,
    RiskLevel,
    RiskPhase,
    RiskSubject,
)
from nrm_contracts.codes import OpenMatter
from nrm_contracts.consent_codes import Purpose, ReferralKind
from nrm_contracts.ids import OrganisationId
from nrm_return.domain import case_events as fact
from nrm_return.domain import file_events as filed
from nrm_return.domain import heard_commands as heard
from nrm_return.domain import journey_events as journey
from nrm_return.domain import risk
from nrm_return.domain.case_states import Case, Closed, Closing, ClosingRegion, Working
from nrm_return.domain.events import CaseFact
from nrm_return.domain.file import File
from nrm_return.domain.follow_up import is_open
from nrm_return.domain.states import (
    Approved,
    Arrived,
    Done,
    Interrupted,
    RefusedUnsafe,
    Reopened,
    Requested,
    Return,
    Travelling,
    Withdrawn,
)
from nrm_runtime.core import Refused

RETURN_PURPOSES: Final = frozenset({Purpose.SAFE_RETURN, Purpose.RECEPTION})


def decide(state: Case, command: heard.HeardCommand) -> tuple[CaseFact, ...]:
    """Give what follows from what was heard."""
    match command:
        case heard.NoteAcceptance():
            return tuple(_accepted(state, command))
        case heard.NoteReceiverLost():
            found = state.returns.get(command.linked_return)
            return () if found is None else _lost(found, state.known.custodian, command)
        case heard.NoteCustodian():
            return (*_known(state, command), *_taken_in(state, command))
        case heard.NoteHandedOver():
            found = state.returns.get(command.linked_return)
            return () if found is None else _handed_over(found, command)
        case heard.NoteRisk():
            return tuple(_risk(state, command))
        case heard.AnswerClosing(closing=closing):
            if isinstance(state.closing, Closing) and state.closing.closing == closing:
                return ()
            return (fact.ClosingAnswered(at=command.at, closing=closing, open=open_matters(state)),)
        case heard.NoteClosingOver(closed=closed):
            over = isinstance(state.closing, Closed if closed else Working)
            return () if over else (fact.ClosingOver(at=command.at, closed=closed),)
        case _:
            return _known(state, command)


def _known(state: Case, command: heard.HeardCommand) -> tuple[CaseFact, ...]:
    known, at = state.known, command.at
    match command:
        case heard.NoteCase():
            if known.custodian is not None:
                return ()
            noted = fact.CaseNoted(
                at=at,
                custodian=command.custodian,
                agency=command.agency,
                country=command.country,
                age=command.age,
                person=command.person,
                family=command.family,
            )
            return (noted,)
        case heard.NoteCustodian(custodian=custodian, agency=agency):
            same = known.custodian == custodian and agency in {None, known.agency}
            now = fact.CustodianNoted(at=at, custodian=custodian, agency=agency)
            return () if same else (now,)
        case heard.NoteAge(age=age):
            same = known.age_assessed and known.age is age
            return () if same else (fact.AgeNoted(at=at, age=age),)
        case heard.NotePresumption():
            return () if known.presumed else (fact.PresumptionNoted(at=at),)
        case heard.NoteReflection(country=country, standing=standing):
            same = known.reflection.get(country) is standing
            noted_reflection = fact.ReflectionNoted(at=at, country=country, standing=standing)
            return () if same else (noted_reflection,)
        case heard.NoteReferralEnded(referral=referral):
            here = referral in known.parts
            return (fact.PartEnded(at=at, referral=referral),) if here else ()
        case _:
            raise Refused("out-of-order", "Return does not listen to this.")


def _accepted(state: Case, command: heard.NoteAcceptance) -> Iterator[CaseFact]:
    referral, receiver = command.referral, command.receiver
    if state.known.parts.get(referral) != receiver:
        linked = command.linked_return is not None
        yield fact.PartNoted(
            at=command.at,
            referral=referral,
            organisation=receiver,
            for_return=linked or command.purpose in RETURN_PURPOSES,
        )
    found = None if command.linked_return is None else state.returns.get(command.linked_return)
    if found is None or isinstance(found, Done | RefusedUnsafe | Withdrawn):
        return
    file = found.file
    named_before = file.receiver is not None and file.receiver.referral == referral
    if named_before or not _receives(file, command.kind):
        return
    # After the arrival only the hand-off is open; referral lets one linked transfer wait at a time.
    handed_over = isinstance(found, Arrived) and found.handed_over
    open_to_all = isinstance(found, Requested | Reopened | Arrived) and not handed_over
    if file.receiver is None or open_to_all:
        yield filed.ReceiverConfirmed(
            at=command.at,
            return_id=file.return_id,
            referral=referral,
            receiver=receiver,
            agreed_at=command.agreed_at,
        )


def _receives(file: File, kind: ReferralKind) -> bool:
    """Say whether accepting such a referral makes a receiver: a hearing trip moves no custody."""
    match file.kind:
        case ReturnKind.HEARING_TRIP:
            return kind is ReferralKind.SHARED_ASSISTANCE
        case ReturnKind.TRANSIT:
            return True
        case _:
            return kind is ReferralKind.TRANSFER_OF_CUSTODY


def _taken_in(state: Case, command: heard.NoteCustodian) -> Iterator[CaseFact]:
    """Take the new custodian for who receives, where the receiver was lost after the arrival.

    Both sides confirmed that hand-off. It counts if it came after the arrival, or if the new
    custodian is who said that the person arrived; nobody can refer a case to itself.
    """
    if command.referral is None:
        return
    for each in state.returns.values():
        if not isinstance(each, Arrived) or each.plan_by is None:
            continue
        if command.at < each.arrived_at and command.custodian != each.said_by:
            continue
        key = each.file.return_id
        yield filed.ReceiverConfirmed(
            at=command.at,
            return_id=key,
            referral=command.referral,
            receiver=command.custodian,
            agreed_at=None,
        )
        yield journey.HandOffNoted(at=command.at, return_id=key)


def _lost(
    state: Return, custodian: OrganisationId | None, command: heard.NoteReceiverLost
) -> tuple[CaseFact, ...]:
    receiver = state.file.receiver
    if receiver is None or receiver.referral != command.referral:
        return ()
    key = state.file.return_id
    gone = filed.ReceiverGone(at=command.at, return_id=key, referral=command.referral)
    match state:
        case Approved():
            reopened = journey.ReturnReopened(
                at=command.at, return_id=key, reason=ReturnReopening.RECEIVER_LOST
            )
            return (gone, reopened)
        case Travelling():
            sought = journey.ReturnAlternativeSought(
                at=command.at,
                return_id=key,
                organisation=custodian,
                reason=AlternativeReason.RECEIVER_LOST,
                plan_by=state.plan.after(command.at),
                on_the_road=True,
            )
            return (gone, sought)
        case Arrived(handed_over=False):
            return (gone, *_sought(state, command))
        case Arrived() | Done() | RefusedUnsafe() | Withdrawn():
            return ()
        case _:
            return (gone,)


def _sought(state: Arrived, command: heard.NoteReceiverLost) -> Iterator[CaseFact]:
    """Somebody must take the person in; from a trip to a hearing there is nothing to hand over."""
    if state.file.kind is not ReturnKind.HEARING_TRIP:
        yield journey.ReceptionSought(
            at=command.at,
            return_id=state.file.return_id,
            plan_by=state.plan.after(command.at),
        )


def _handed_over(state: Return, command: heard.NoteHandedOver) -> tuple[CaseFact, ...]:
    if not isinstance(state, Arrived) or state.handed_over:
        return ()
    receiver = state.file.receiver
    if receiver is None or receiver.referral != command.referral:
        return ()
    return (journey.HandOffNoted(at=command.at, return_id=state.file.return_id),)


def _risk(state: Case, command: heard.NoteRisk) -> Iterator[CaseFact]:
    threatened = (
        command.subject is RiskSubject.RELATIVE
        and risk.RANK[command.overall] >= risk.RANK[RiskLevel.HIGH]
    )
    if threatened and not state.known.family_threatened:
        yield fact.FamilyThreatNoted(at=command.at)
    for each in state.returns.values():
        yield from _risk_of(each, command)


def _risk_of(state: Return, command: heard.NoteRisk) -> Iterator[CaseFact]:
    key = state.file.return_id
    if isinstance(state, Arrived):
        if state.reassess_by is not None and command.phase is RiskPhase.ARRIVAL:
            yield journey.ReassessmentNoted(
                at=command.at, return_id=key, assessment=command.assessment
            )
        return
    joint = state.file.joint
    if joint is None or isinstance(state, Done | RefusedUnsafe | Withdrawn):
        return
    # The joint signatures took note of whatever was assessed before them.
    if command.assessed_at <= joint.signed_at or not _worse(state, joint, command):
        return
    if not joint.outdated:
        yield filed.RiskRiseNoted(at=command.at, return_id=key, assessment=command.assessment)
    if isinstance(state, Approved):
        yield journey.ReturnReopened(at=command.at, return_id=key, reason=ReturnReopening.RISK_ROSE)


def _worse(state: Return, joint: risk.Joint, command: heard.NoteRisk) -> bool:
    """Compare what one organisation found with what both signed; it knows no remaining level."""
    approved = state.levels if isinstance(state, Approved | Travelling | Interrupted) else None
    before = approved or risk.levels(joint.signatures)
    found = risk.Levels(overall=command.overall, residual=before.residual, high=command.high)
    return before.rises_to(found)


def open_matters(state: Case) -> frozenset[OpenMatter]:
    """Say what keeps the case open here."""
    found: set[OpenMatter] = set()
    for each in state.returns.values():
        if not isinstance(each, Done | RefusedUnsafe | Withdrawn):
            found.add(OpenMatter.RETURN)
        if isinstance(each, Arrived) and is_open(each.follow_up):
            found.add(OpenMatter.FOLLOW_UP)
    return frozenset(found)


def evolve_closing(event: fact.ClosingFact) -> ClosingRegion:
    """Give the closing region after a fact."""
    match event:
        case fact.ClosingAnswered(closing=closing):
            return Closing(closing=closing)
        case fact.ClosingOver(closed=True):
            return Closed()
        case fact.ClosingOver():
            return Working()
        case _:
            assert_never(event)
