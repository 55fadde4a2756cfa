"""What is owed in a return by a date: the deadlines that run, and those that passed unmet.

One list serves the shell's clocks, the fact that a deadline leads to, and the tasks that people
see. After its fact a deadline no longer fires, so that each fires exactly once.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from nrm_contracts.care_codes import ReturnReopening
from nrm_contracts.codes import Overdue
from nrm_contracts.ids import OrganisationId
from nrm_return.domain import file_events as filed
from nrm_return.domain import follow_up_events as kept
from nrm_return.domain import follow_up_states as keeping
from nrm_return.domain import journey_events as journey
from nrm_return.domain.events import OneReturn
from nrm_return.domain.file import Asked, File
from nrm_return.domain.known import Known
from nrm_return.domain.states import (
    AlternativeSought,
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
from nrm_runtime.core import Due

ARRIVAL_ALARMS_MAX: Final = 60  # repeated alarms for one journey; then it stays on the task list


@dataclass(frozen=True, slots=True, kw_only=True)
class Owed:
    """Something owed by a date: by whom, who else sees it, and what follows when it falls due.

    `fires` is empty once the deadline has been told; `overdue` stays until it is met.
    """

    name: str
    what: Overdue
    due: Due
    responsible: OrganisationId | None
    others: frozenset[OrganisationId] = frozenset()
    overdue: bool = False
    fires: tuple[OneReturn, ...] = ()


def owed(state: Return, known: Known) -> Iterator[Owed]:
    """List everything that is owed by a date in a return."""
    match state:
        case Requested() | Reopened() | Approved():
            yield from _preparing(state, known)
        case Travelling():
            yield from _travelling(state, known)
        case Interrupted() | AlternativeSought():
            yield _plan(state, known, state.plan_by)
        case Arrived():
            yield from _arrived(state, known)
        case Done() | RefusedUnsafe() | Withdrawn():
            return


def running(state: Return, known: Known) -> Iterator[Owed]:
    """List the deadlines that have not been told."""
    return (each for each in owed(state, known) if each.fires)


def _preparing(state: Requested | Reopened | Approved, known: Known) -> Iterator[Owed]:
    file, key = state.file, state.file.return_id
    if isinstance(file.inquiry, Asked):
        asked, due = file.inquiry.asked, file.inquiry.answer_by
        late = filed.InquiryOverdue(at=due.at, return_id=key, asked=asked, due_at=due.at)
        yield Owed(
            name=f"inquiry:{key}",
            what=Overdue.INQUIRY,
            due=due,
            responsible=asked,
            others=frozenset({file.requester}),
            overdue=file.inquiry.overdue,
            fires=() if file.inquiry.overdue else (late,),
        )
    if file.consent is not None:
        yield _consent(state, known)
    if isinstance(state, Approved):
        yield from _approved(state, known)


def _consent(state: Requested | Reopened | Approved, known: Known) -> Owed:
    consent, key = state.file.consent, state.file.return_id
    assert consent is not None
    due = consent.until
    aged = filed.ConsentAged(
        at=due.at,
        return_id=key,
        consent=consent.consent,
        responsible=known.custodian,
        due_at=due.at,
    )
    fallen = journey.ReturnReopened(at=due.at, return_id=key, reason=ReturnReopening.CONSENT_AGED)
    both = (aged, fallen) if isinstance(state, Approved) else (aged,)
    return Owed(
        name=f"consent:{key}",
        what=Overdue.CONSENT,
        due=due,
        responsible=known.custodian,
        overdue=consent.aged,
        fires=() if consent.aged else both,
    )


def _approved(state: Approved, known: Known) -> Iterator[Owed]:
    file, key, responsible = state.file, state.file.return_id, known.custodian
    if file.joint is not None:
        due = file.joint.until
        # Signed anew before departure it reopens nothing, so its age alone reopens nothing.
        expired = filed.JointRiskExpired(
            at=due.at,
            return_id=key,
            assessment=file.joint.assessment,
            responsible=responsible,
            due_at=due.at,
        )
        yield Owed(
            name=f"joint-risk:{key}",
            what=Overdue.RISK,
            due=due,
            responsible=responsible,
            others=receiver_of(file),
            overdue=file.joint.expiry_told,
            fires=() if file.joint.expiry_told else (expired,),
        )
    if file.itinerary is not None and file.lead_by is not None:
        due = Due(at=file.itinerary.departs_at, profile=file.lead_by.profile)
        missed = journey.DepartureMissed(
            at=due.at, return_id=key, responsible=responsible, due_at=due.at
        )
        yield Owed(
            name=f"departure:{key}",
            what=Overdue.HAND_OFF,
            due=due,
            responsible=responsible,
            overdue=file.departure_missed,
            fires=() if file.departure_missed else (missed,),
        )


def receiver_of(file: File) -> frozenset[OrganisationId]:
    """Give the receiver, if there is one."""
    return frozenset() if file.receiver is None else frozenset({file.receiver.organisation})


def _travelling(state: Travelling, known: Known) -> Iterator[Owed]:
    key, alarm, receiver = state.file.return_id, state.alarm, state.file.receiver
    if receiver is None:
        return
    sender, times = known.custodian or state.file.requester, state.alarms + 1
    more = times < ARRIVAL_ALARMS_MAX
    alarmed = journey.ArrivalOverdue(
        at=alarm.at,
        return_id=key,
        sender=sender,
        receiver=receiver.organisation,
        times=times,
        next_by=state.alarm_every.after(alarm.at) if more else None,
    )
    yield Owed(
        name=f"arrival:{key}:{times}",
        what=Overdue.ARRIVAL,
        due=alarm,
        responsible=receiver.organisation,
        others=frozenset({sender}),
        overdue=state.alarms > 0,
        fires=() if state.alarms >= ARRIVAL_ALARMS_MAX else (alarmed,),
    )


def _plan(state: Interrupted | AlternativeSought | Arrived, known: Known, due: Due) -> Owed:
    key = state.file.return_id
    late = journey.PlanOverdue(at=due.at, return_id=key, responsible=known.custodian, due_at=due.at)
    return Owed(
        name=f"plan:{key}",
        what=Overdue.NEXT_ROUTE,
        due=due,
        responsible=known.custodian,
        overdue=state.plan_overdue,
        fires=() if state.plan_overdue else (late,),
    )


def _arrived(state: Arrived, known: Known) -> Iterator[Owed]:
    key, receiver = state.file.return_id, state.file.receiver
    if state.plan_by is not None:
        yield _plan(state, known, state.plan_by)
    if state.reassess_by is not None:
        due = state.reassess_by
        # Without a receiver the custodian answers for the person again.
        sender = known.custodian or state.file.requester
        responsible = sender if receiver is None else receiver.organisation
        late = journey.ReassessmentOverdue(
            at=due.at, return_id=key, responsible=responsible, due_at=due.at
        )
        yield Owed(
            name=f"reassessment:{key}",
            what=Overdue.RISK,
            due=due,
            responsible=responsible,
            overdue=state.reassess_late,
            fires=() if state.reassess_late else (late,),
        )
    if isinstance(state.follow_up, keeping.Running):
        schedule = state.follow_up.schedule
        for what, each in schedule.entries:
            if not each.kept:
                yield _appointment(state, schedule, each, what)


def _appointment(
    state: Arrived, schedule: keeping.Schedule, each: keeping.Appointment, what: Overdue
) -> Owed:
    key = state.file.return_id
    late = kept.FollowUpOverdue(
        at=each.due.at,
        return_id=key,
        what=what,
        number=each.number,
        responsible=schedule.responsible,
        report_to=schedule.report_to,
        due_at=each.due.at,
    )
    kind = "report" if what is Overdue.REPORT else "follow-up"
    return Owed(
        name=f"{kind}:{key}:{schedule.round}:{each.number}",
        what=what,
        due=each.due,
        responsible=schedule.responsible,
        others=frozenset({schedule.report_to}) if each.overdue else frozenset(),
        overdue=each.overdue,
        fires=() if each.overdue else (late,),
    )
