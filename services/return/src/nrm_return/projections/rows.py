"""One row each for a case and a return, from their states."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final, assert_never
from uuid import UUID

from nrm_return.domain import case_states, risk, states
from nrm_return.domain import file as files
from nrm_return.domain.case_states import Case
from nrm_return.domain.file import File
from nrm_return.domain.known import Known
from nrm_return.domain.parties import asked_of, schedule_of
from nrm_return.domain.states import Return
from nrm_return.publishing import WAY, follow_up_of

Row = dict[str, Any]

CLOSING: Final[Mapping[type[case_states.ClosingRegion], str]] = MappingProxyType(
    {
        case_states.Working: "working",
        case_states.Closing: "closing",
        case_states.Closed: "closed",
    }
)
INQUIRY: Final[Mapping[type[files.Inquiry], str]] = MappingProxyType(
    {
        files.NotAsked: "not_asked",
        files.Asked: "asked",
        files.Answered: "answered",
        files.Translated: "translated",
    }
)
SHORT_LEAD: Final[Mapping[type[files.ShortLead], str]] = MappingProxyType(
    {
        files.LeadUnasked: "unasked",
        files.LeadProposed: "proposed",
        files.LeadGranted: "granted",
    }
)


def case_row(case: UUID, state: Case) -> Row:
    """Give what was heard of a case."""
    known = state.known
    return {
        "case_id": case,
        "custodian": known.custodian,
        "agency": known.agency,
        "age": known.age.value,
        "presumed": known.presumed,
        "reflection_settled": known.reflection_settled,
        "closing": CLOSING[type(state.closing)],
        "person": known.person,
        "family": known.family,
    }


def return_row(case: UUID, known: Known, state: Return) -> Row:
    """Give a return with what is on its file."""
    file = state.file
    schedule = schedule_of(state)
    return {
        "return_id": file.return_id,
        "case_id": case,
        "kind": file.kind.value,
        "origin": file.origin,
        "destination_country": file.destination_country,
        "destination": file.destination.value,
        "requester": file.requester,
        "requested_at": file.requested_at,
        "state": WAY[type(state)],
        "follow_up": follow_up_of(state),
        "responsible": None if schedule is None else schedule.responsible,
        "report_to": None if schedule is None else schedule.report_to,
        "contact_consent": None if schedule is None else schedule.consent,
        "person": known.person,
        "family": known.family,
        **_consent(file),
        **_risk(file),
        **_inquiry(file),
        **_plan(file),
        **_way(state),
    }


def _consent(file: File) -> Row:
    consent, receiver = file.consent, file.receiver
    return {
        "consent": None if consent is None else consent.consent,
        "consent_until": None if consent is None else consent.until.at,
        "receiver": None if receiver is None else receiver.organisation,
        "referral": None if receiver is None else receiver.referral,
        "agreed_at": None if receiver is None else receiver.agreed_at,
    }


def _risk(file: File) -> Row:
    """Give the joint risk: the levels of all signatures, once there is one."""
    signatures = file.signatures
    found = risk.levels(signatures)
    return {
        "assessment": signatures[-1].assessment if signatures else None,
        "overall": found.overall.value if signatures else None,
        "residual": found.residual.value if signatures else None,
        "signed_by": sorted({str(each.country) for each in signatures}),
        "disagreement": any(each.disagreement for each in signatures),
        "risk_until": None if file.joint is None else file.joint.until.at,
    }


def _inquiry(file: File) -> Row:
    inquiry = file.inquiry
    answered = inquiry if isinstance(inquiry, files.Answered | files.Translated) else None
    translated = inquiry if isinstance(inquiry, files.Translated) else None
    return {
        "inquiry": INQUIRY[type(inquiry)],
        "inquiry_asked": asked_of(file),
        "inquiry_document": None if answered is None else answered.document,
        "inquiry_language": None if answered is None else answered.language,
        "inquiry_translation": None if translated is None else translated.translation,
    }


def _plan(file: File) -> Row:
    itinerary = file.itinerary
    return {
        "departs_at": None if itinerary is None else itinerary.departs_at,
        "arrives_at": None if itinerary is None else itinerary.arrives_at,
        "escort": None if itinerary is None else itinerary.escort.value,
        "lead_by": None if file.lead_by is None else file.lead_by.at,
        "short_lead": SHORT_LEAD[type(file.short_lead)],
    }


def _way(state: Return) -> Row:
    """Give what belongs to the state alone."""
    row: Row = {
        "reason": None,
        "departed_at": None,
        "arrival_by": None,
        "alarms": 0,
        "plan_by": None,
        "arrived_at": None,
        "reassess_by": None,
        "handed_over": False,
    }
    match state:
        case states.Travelling():
            own: Row = {
                "departed_at": state.departed_at,
                "arrival_by": state.alarm.at,
                "alarms": state.alarms,
            }
        case states.Interrupted() | states.AlternativeSought():
            own = {"reason": state.reason.value, "plan_by": state.plan_by.at}
        case states.Reopened() | states.RefusedUnsafe():
            own = {"reason": state.reason.value}
        case states.Arrived(reassess_by=due, plan_by=plan_by):
            own = {
                "plan_by": None if plan_by is None else plan_by.at,
                "arrived_at": state.arrived_at,
                "reassess_by": None if due is None else due.at,
                "handed_over": state.handed_over,
            }
        case states.Requested() | states.Approved() | states.Done() | states.Withdrawn():
            own = {}
        case _:
            assert_never(state)
    return row | own
