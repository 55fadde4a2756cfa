"""Where the follow-up of a return stands, and what an event makes of it."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeAlias, assert_never

from nrm_contracts.care_codes import FollowUpOutcome
from nrm_contracts.codes import Overdue
from nrm_contracts.ids import ConsentId, OrganisationId
from nrm_return.domain import follow_up_events as fact
from nrm_runtime.core import Due


@dataclass(frozen=True, slots=True, kw_only=True)
class Appointment:
    """One contact or one report that is due; `tries` counts contacts in vain."""

    number: int
    due: Due
    kept: bool = False
    overdue: bool = False
    tries: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """What was agreed: who keeps contact, who gets reports, and when.

    `round` counts the schedules of this return, since contact may be renewed.
    """

    responsible: OrganisationId
    report_to: OrganisationId
    consent: ConsentId
    began_at: datetime
    round: int
    contacts: tuple[Appointment, ...]
    reports: tuple[Appointment, ...]

    @property
    def entries(self) -> tuple[tuple[Overdue, Appointment], ...]:
        """Every contact and every report, each with what it is."""
        contacts = ((Overdue.FOLLOW_UP, each) for each in self.contacts)
        return (*contacts, *((Overdue.REPORT, each) for each in self.reports))

    @property
    def kept(self) -> bool:
        """Whether every contact took place and every report went out."""
        return all(each.kept for _, each in self.entries)


@dataclass(frozen=True, slots=True)
class NoFollowUp:
    """Nothing was agreed yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scheduled:
    """Agreed; nothing has happened yet."""

    schedule: Schedule


@dataclass(frozen=True, slots=True, kw_only=True)
class Active:
    """Contacts are made and reports sent."""

    schedule: Schedule


@dataclass(frozen=True, slots=True, kw_only=True)
class Late:
    """The last thing that happened is that a contact or report was overdue."""

    schedule: Schedule


@dataclass(frozen=True, slots=True, kw_only=True)
class Completed:
    """The schedule was kept to its end."""

    schedule: Schedule


@dataclass(frozen=True, slots=True, kw_only=True)
class LostContact:
    """The person cannot be reached; contact may be renewed at any time."""

    schedule: Schedule


@dataclass(frozen=True, slots=True, kw_only=True)
class Declined:
    """The person wants no contact; `schedule` is what was agreed before, if anything was."""

    schedule: Schedule | None


FollowUp: TypeAlias = NoFollowUp | Scheduled | Active | Late | Completed | LostContact | Declined
Running: TypeAlias = Scheduled | Active | Late


def schedule_of(state: FollowUp) -> Schedule | None:
    """Give what was last agreed, if anything was."""
    return None if isinstance(state, NoFollowUp) else state.schedule


def evolve(state: FollowUp, event: fact.FollowUpFact) -> FollowUp:
    """Give the follow-up after a fact."""
    match event:
        case fact.FollowUpScheduled():
            before = schedule_of(state)
            return Scheduled(schedule=_begun(event, 1 if before is None else before.round + 1))
        case fact.FollowUpDeclined():
            return Declined(schedule=schedule_of(state))
        case _:
            assert isinstance(state, Scheduled | Active | Late)
            return _evolve(state.schedule, event)


def _evolve(
    schedule: Schedule,
    event: fact.FollowUpRecorded
    | fact.FollowUpOverdue
    | fact.FollowUpReportSent
    | fact.ContactLost
    | fact.FollowUpCompleted,
) -> FollowUp:
    match event:
        case fact.FollowUpRecorded(number=number, outcome=outcome):
            reached = outcome is not FollowUpOutcome.NOT_REACHED
            contacts = _change(schedule.contacts, number, kept=reached, tries=0 if reached else 1)
            return Active(schedule=replace(schedule, contacts=contacts))
        case fact.FollowUpReportSent(number=number):
            reports = _change(schedule.reports, number, kept=True)
            return Active(schedule=replace(schedule, reports=reports))
        case fact.FollowUpOverdue(what=what, number=number):
            if what is Overdue.REPORT:
                reports = _change(schedule.reports, number, overdue=True)
                return Late(schedule=replace(schedule, reports=reports))
            contacts = _change(schedule.contacts, number, overdue=True)
            return Late(schedule=replace(schedule, contacts=contacts))
        case fact.ContactLost():
            return LostContact(schedule=schedule)
        case fact.FollowUpCompleted():
            return Completed(schedule=schedule)
        case _:
            assert_never(event)


def _begun(event: fact.FollowUpScheduled, number: int) -> Schedule:
    return Schedule(
        responsible=event.organisation,
        report_to=event.report_to,
        consent=event.consent,
        began_at=event.at,
        round=number,
        contacts=_appointments(event.contact_by),
        reports=_appointments(event.report_by),
    )


def _appointments(dues: tuple[Due, ...]) -> tuple[Appointment, ...]:
    return tuple(Appointment(number=number, due=due) for number, due in enumerate(dues, start=1))


def _change(
    appointments: tuple[Appointment, ...],
    number: int,
    *,
    kept: bool = False,
    overdue: bool = False,
    tries: int = 0,
) -> tuple[Appointment, ...]:
    return tuple(
        replace(
            each,
            kept=each.kept or kept,
            overdue=(each.overdue or overdue) and not kept,
            tries=each.tries + tries,
        )
        if each.number == number
        else each
        for each in appointments
    )
