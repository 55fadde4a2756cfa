"""What return tells of the time after arrival: follow-up contacts and reports."""

from nrm_contracts.care_codes import (
    FollowUpOutcome,
)
from nrm_contracts.codes import Overdue
from nrm_contracts.contract import (
    CalendarRef,
    Codes,
    Contract,
    Instant,
    ProfileRef,
)
from nrm_contracts.ids import (
    ConsentId,
    DocumentId,
    FollowUpId,
    OrganisationId,
    ReturnId,
)


class FollowUpScheduled(Contract):
    """Who keeps contact after arrival, when, and who gets reports."""

    name = "nrm.return.follow-up-scheduled"

    return_id: ReturnId
    organisation: OrganisationId
    report_to: OrganisationId
    contact_by: Codes[Instant]
    report_by: Codes[Instant]
    consent: ConsentId | None = None
    profile: ProfileRef
    calendar: CalendarRef


class FollowUpRecorded(Contract):
    """A contact took place or was tried."""

    name = "nrm.return.follow-up-recorded"

    return_id: ReturnId
    follow_up: FollowUpId
    organisation: OrganisationId
    number: int
    outcome: FollowUpOutcome


class FollowUpOverdue(Contract):
    """A contact or a report is overdue; both sides see it."""

    name = "nrm.return.follow-up-overdue"

    return_id: ReturnId
    what: Overdue
    number: int
    responsible: OrganisationId
    report_to: OrganisationId


class FollowUpReportSent(Contract):
    """A report went to the sender."""

    name = "nrm.return.follow-up-report-sent"

    return_id: ReturnId
    organisation: OrganisationId
    report_to: OrganisationId
    document: DocumentId
    number: int


class ContactLost(Contract):
    """The person cannot be reached."""

    name = "nrm.return.contact-lost"

    return_id: ReturnId
    organisation: OrganisationId


class FollowUpCompleted(Contract):
    """The schedule was kept to its end."""

    name = "nrm.return.follow-up-completed"

    return_id: ReturnId
    organisation: OrganisationId


class FollowUpDeclined(Contract):
    """The person wants no contact, or no more of it."""

    name = "nrm.return.follow-up-declined"

    return_id: ReturnId
    organisation: OrganisationId


__all__ = [
    "ContactLost",
    "FollowUpCompleted",
    "FollowUpDeclined",
    "FollowUpOverdue",
    "FollowUpRecorded",
    "FollowUpReportSent",
    "FollowUpScheduled",
]
