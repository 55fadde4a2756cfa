"""What may be asked of the time after arrival."""

from dataclasses import dataclass

from nrm_contracts.care_codes import FollowUpOutcome
from nrm_contracts.consent_codes import ConsentForm, ConsentGiver
from nrm_contracts.ids import ConsentId, DocumentId, FollowUpId, OrganisationId
from nrm_return.domain.commands import ReturnCommand
from nrm_runtime.core import Due


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUpCommand(ReturnCommand):
    """Base of what is asked about a follow-up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleFollowUp(FollowUpCommand):
    """Say who keeps contact, when, and who gets reports when; the person consents to contact."""

    responsible: OrganisationId
    report_to: OrganisationId
    contact_by: tuple[Due, ...]
    report_by: tuple[Due, ...]
    consent: ConsentId
    form: ConsentForm
    giver: ConsentGiver


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordFollowUp(FollowUpCommand):
    """Record the contact of that number: kept, or tried in vain."""

    follow_up: FollowUpId
    number: int
    outcome: FollowUpOutcome


@dataclass(frozen=True, slots=True, kw_only=True)
class SendReport(FollowUpCommand):
    """Send the report of that number to the sender of the case."""

    number: int
    document: DocumentId


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportContactLost(FollowUpCommand):
    """Say that the person cannot be reached."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CompleteFollowUp(FollowUpCommand):
    """End a schedule that was kept to its end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclineFollowUp(FollowUpCommand):
    """Record that the person wants no contact, or no more of it."""
