"""Private facts of the time after arrival."""

from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from nrm_contracts.care_codes import FollowUpOutcome
from nrm_contracts.codes import Overdue
from nrm_contracts.consent_codes import ConsentForm, ConsentGiver
from nrm_contracts.ids import ConsentId, DocumentId, FollowUpId, OrganisationId
from nrm_return.domain.file_events import ReturnFact
from nrm_runtime.core import Due


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUpScheduled(ReturnFact):
    """Who keeps contact after arrival, when, and who gets reports."""

    organisation: OrganisationId
    report_to: OrganisationId
    contact_by: tuple[Due, ...]
    report_by: tuple[Due, ...]
    consent: ConsentId
    form: ConsentForm
    giver: ConsentGiver


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUpRecorded(ReturnFact):
    """A contact took place or was tried."""

    follow_up: FollowUpId
    organisation: OrganisationId
    number: int
    outcome: FollowUpOutcome


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUpOverdue(ReturnFact):
    """A contact or a report is overdue."""

    what: Overdue
    number: int
    responsible: OrganisationId
    report_to: OrganisationId
    due_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUpReportSent(ReturnFact):
    """A report went to the sender."""

    organisation: OrganisationId
    report_to: OrganisationId
    document: DocumentId
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactLost(ReturnFact):
    """The person cannot be reached."""

    organisation: OrganisationId


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUpCompleted(ReturnFact):
    """The schedule was kept to its end."""

    organisation: OrganisationId


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUpDeclined(ReturnFact):
    """The person wants no contact, or no more of it."""

    organisation: OrganisationId


FollowUpFact: TypeAlias = (
    FollowUpScheduled
    | FollowUpRecorded
    | FollowUpOverdue
    | FollowUpReportSent
    | ContactLost
    | FollowUpCompleted
    | FollowUpDeclined
)
"""What changes the follow-up of a return."""
