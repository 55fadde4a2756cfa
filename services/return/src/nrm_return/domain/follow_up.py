"""Keeping contact after arrival: by one responsible organisation, with reports to the sender."""

from typing import assert_never

from nrm_contracts.ids import OrganisationId
from nrm_return.domain import allowed
from nrm_return.domain import follow_up_commands as ask
from nrm_return.domain import follow_up_events as fact
from nrm_return.domain import follow_up_states as keeping
from nrm_return.domain.known import Known
from nrm_return.domain.parties import member
from nrm_return.domain.states import Arrived
from nrm_runtime.core import Refused, worker


def decide(
    state: Arrived, known: Known, command: ask.FollowUpCommand
) -> tuple[fact.FollowUpFact, ...]:
    """Give what follows for the follow-up region; raises `Refused`."""
    allowed.hold(allowed.FOLLOW_UP[type(state.follow_up)], command, state.follow_up)
    match command:
        case ask.ScheduleFollowUp():
            return _schedule(state, known, command)
        case ask.DeclineFollowUp():
            by = member(state, known, command)
            declined = fact.FollowUpDeclined(
                at=command.at,
                return_id=command.return_id,
                organisation=OrganisationId(by.organisation),
            )
            return (declined,)
        case _:
            assert isinstance(state.follow_up, keeping.Running)
            return _keep(state.follow_up.schedule, command)


def _schedule(
    state: Arrived, known: Known, command: ask.ScheduleFollowUp
) -> tuple[fact.FollowUpFact, ...]:
    member(state, known, command)
    if not command.contact_by:
        raise Refused("schedule-empty", "A follow-up has at least one contact.")
    scheduled = fact.FollowUpScheduled(
        at=command.at,
        return_id=command.return_id,
        organisation=command.responsible,
        report_to=command.report_to,
        contact_by=command.contact_by,
        report_by=command.report_by,
        consent=command.consent,
        form=command.form,
        giver=command.giver,
    )
    return (scheduled,)


def _keep(
    schedule: keeping.Schedule, command: ask.FollowUpCommand
) -> tuple[fact.FollowUpFact, ...]:
    if worker(command).organisation != schedule.responsible:
        raise Refused("not-responsible", "Only the organisation that keeps contact may do this.")
    at, return_id, by = command.at, command.return_id, schedule.responsible
    match command:
        case ask.RecordFollowUp(number=number):
            _open(schedule.contacts, number)
            recorded = fact.FollowUpRecorded(
                at=at,
                return_id=return_id,
                follow_up=command.follow_up,
                organisation=by,
                number=number,
                outcome=command.outcome,
            )
            return (recorded,)
        case ask.SendReport(number=number):
            _open(schedule.reports, number)
            sent = fact.FollowUpReportSent(
                at=at,
                return_id=return_id,
                organisation=by,
                report_to=schedule.report_to,
                document=command.document,
                number=number,
            )
            return (sent,)
        case ask.ReportContactLost():
            return (fact.ContactLost(at=at, return_id=return_id, organisation=by),)
        case ask.CompleteFollowUp():
            if not schedule.kept:
                raise Refused("follow-up-open", "Contacts or reports of the schedule are owed.")
            return (fact.FollowUpCompleted(at=at, return_id=return_id, organisation=by),)
        case _:
            raise Refused("out-of-order", "This is no step of a follow-up.")


def _open(appointments: tuple[keeping.Appointment, ...], number: int) -> None:
    found = next((each for each in appointments if each.number == number), None)
    if found is None:
        raise Refused("no-such-number", "The schedule has no entry of that number.")
    if found.kept:
        raise Refused("already-kept", "This entry of the schedule was kept before.")


def is_open(state: keeping.FollowUp) -> bool:
    """Say whether contact is being kept."""
    match state:
        case keeping.Scheduled() | keeping.Active() | keeping.Late():
            return True
        case (
            keeping.NoFollowUp() | keeping.Completed() | keeping.LostContact() | keeping.Declined()
        ):
            return False
        case _:
            assert_never(state)
