"""What others may know of a return: every step of its regions, nothing of the person."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final, TypeAlias, assert_never

from nrm_contracts import follow_ups as kept
from nrm_contracts import returns as told
from nrm_contracts.codes import Overdue, YesNo
from nrm_contracts.contract import Contract
from nrm_contracts.ids import AboutId
from nrm_return.domain import file_events as file
from nrm_return.domain import follow_up_events as follow_up
from nrm_return.domain import follow_up_states as keeping
from nrm_return.domain import journey_events as journey
from nrm_return.domain import states
from nrm_return.domain.case_events import ClosingAnswered, ClosingOver, KnownFact
from nrm_return.domain.case_states import Case
from nrm_return.domain.events import CaseFact

Regions: TypeAlias = dict[str, Any]


def tell(event: CaseFact) -> Contract | None:
    """Give the public fact behind a private one, or nothing where others need not know."""
    if isinstance(event, KnownFact | ClosingOver):
        return None
    if isinstance(event, ClosingAnswered):
        if event.open:
            return told.StillOpen(closing=event.closing, open=tuple(event.open))
        return told.NothingOpen(closing=event.closing)
    if isinstance(event, _Missed):
        return _missed(event)
    if isinstance(event, follow_up.FollowUpFact):
        return _follow_up(event)
    if isinstance(event, journey.JourneyFact):
        return _journey(event)
    return _file(event)


_Missed: TypeAlias = (
    file.InquiryOverdue
    | file.ConsentAged
    | file.JointRiskExpired
    | journey.DepartureMissed
    | journey.PlanOverdue
    | journey.ReassessmentOverdue
)

_WHAT: Final[Mapping[type, Overdue]] = MappingProxyType(
    {
        file.InquiryOverdue: Overdue.INQUIRY,
        file.ConsentAged: Overdue.CONSENT,
        file.JointRiskExpired: Overdue.RISK,
        journey.DepartureMissed: Overdue.HAND_OFF,
        journey.PlanOverdue: Overdue.NEXT_ROUTE,
        journey.ReassessmentOverdue: Overdue.RISK,
    }
)


def _missed(event: _Missed) -> Contract:
    responsible = event.asked if isinstance(event, file.InquiryOverdue) else event.responsible
    return told.DeadlineFellDue(
        what=_WHAT[type(event)],
        about=AboutId(event.return_id),
        due_at=event.due_at,
        responsible=responsible,
    )


def _file(event: file.FileFact | file.ReturnRequested) -> Contract | None:
    match event:
        case file.ReturnRequested():
            return told.ReturnRequested(
                return_id=event.return_id,
                kind=event.kind,
                origin=event.origin,
                destination_country=event.destination_country,
                destination=event.destination,
                for_child=_yes(event.for_child),
                organisation=event.organisation,
                profile=event.profile,
            )
        case file.ReturnConsented():
            return told.ReturnConsented(
                return_id=event.return_id,
                consent=event.consent,
                organisation=event.organisation,
                form=event.form,
                giver=event.giver,
                assent=event.assent,
            )
        case file.ReturnConsentWithdrawn():
            return told.ReturnConsentWithdrawn(
                return_id=event.return_id,
                consent=event.consent,
                on_the_road=_yes(event.on_the_road),
            )
        case file.JointRiskSigned():
            return _signed(event)
        case file.ReceiverConfirmed():
            return told.ReceiverConfirmed(
                return_id=event.return_id,
                referral=event.referral,
                receiver=event.receiver,
                agreed_at=event.agreed_at,
            )
        case file.RiskRiseNoted() | file.DecisionRecorded() | file.ReceiverGone():
            return None
        case file.ConsentAged() | file.InquiryOverdue() | file.JointRiskExpired():
            return _missed(event)
        case _:
            return _papers(event)


def _signed(event: file.JointRiskSigned) -> Contract:
    return told.JointRiskSigned(
        return_id=event.return_id,
        assessment=event.assessment,
        organisation=event.organisation,
        country=event.country,
        subjects=tuple(each.subject for each in event.findings),
        overall=event.overall,
        residual=event.residual,
        high=tuple(event.high),
        disagreement=_yes(event.disagreement),
        complete=_yes(event.complete),
        valid_until=event.until.at,
        profile=event.until.profile,
        calendar=event.until.calendar,
    )


def _papers(
    event: file.SocialInquiryRequested
    | file.SocialInquiryReceived
    | file.SocialInquiryTranslated
    | file.DocumentsReady
    | file.ItinerarySet
    | file.ShortLeadProposed
    | file.ShortLeadApproved
    | file.BorderNoticeGiven
    | file.BestInterestsDetermined
    | file.GuardianAuthorised
    | file.ReturnEndorsed,
) -> Contract:
    return_id, by = event.return_id, event.organisation
    match event:
        case file.SocialInquiryRequested():
            return told.SocialInquiryRequested(
                return_id=return_id,
                organisation=by,
                asked=event.asked,
                subjects=tuple(event.subjects),
                answer_by=event.answer_by.at,
                profile=event.answer_by.profile,
                calendar=event.answer_by.calendar,
            )
        case file.SocialInquiryReceived(document=document, language=language):
            return told.SocialInquiryReceived(
                return_id=return_id, organisation=by, document=document, language=language
            )
        case file.SocialInquiryTranslated():
            return told.SocialInquiryTranslated(
                return_id=return_id,
                organisation=by,
                document=event.document,
                original=event.original,
                language=event.language,
            )
        case file.ItinerarySet():
            return told.ItinerarySet(
                return_id=return_id,
                organisation=by,
                departs_at=event.departs_at,
                arrives_at=event.arrives_at,
                escort=event.escort,
                lead_by=event.lead_by.at,
                profile=event.lead_by.profile,
                calendar=event.lead_by.calendar,
            )
        case _:
            return _words(event)


def _words(
    event: file.DocumentsReady
    | file.ShortLeadProposed
    | file.ShortLeadApproved
    | file.BorderNoticeGiven
    | file.BestInterestsDetermined
    | file.GuardianAuthorised
    | file.ReturnEndorsed,
) -> Contract:
    return_id, by = event.return_id, event.organisation
    match event:
        case file.DocumentsReady(papers=papers):
            return told.DocumentsReady(return_id=return_id, organisation=by, papers=tuple(papers))
        case file.ShortLeadProposed(days_ahead=days):
            return told.ShortLeadProposed(return_id=return_id, organisation=by, days_ahead=days)
        case file.ShortLeadApproved():
            return told.ShortLeadApproved(return_id=return_id, organisation=by)
        case file.BorderNoticeGiven():
            return told.BorderNoticeGiven(return_id=return_id, organisation=by)
        case file.BestInterestsDetermined():
            return told.BestInterestsDetermined(
                return_id=return_id,
                organisation=by,
                country=event.country,
                document=event.document,
                favourable=_yes(event.favourable),
            )
        case file.GuardianAuthorised(document=document):
            return told.GuardianAuthorised(return_id=return_id, organisation=by, document=document)
        case file.ReturnEndorsed(country=country):
            return told.ReturnEndorsed(return_id=return_id, organisation=by, country=country)
        case _:
            assert_never(event)


def _journey(event: journey.JourneyFact) -> Contract | None:
    return_id = event.return_id
    match event:
        case journey.ReturnApproved():
            return told.ReturnApproved(
                return_id=return_id,
                organisation=event.organisation,
                consent=event.consent,
                assessment=event.assessment,
                receiver=event.receiver,
                departs_at=event.departs_at,
                profile=event.profile,
                destination_profile=event.destination_profile,
            )
        case journey.ReturnReopened(reason=reason):
            return told.ReturnReopened(return_id=return_id, reason=reason)
        case journey.ReturnRefused(organisation=by, reason=why):
            return told.ReturnRefused(return_id=return_id, organisation=by, reason=why)
        case journey.ReturnWithdrawn(on_the_road=road):
            return told.ReturnWithdrawn(return_id=return_id, on_the_road=_yes(road))
        case journey.ReturnAlternativeSought():
            return told.ReturnAlternativeSought(
                return_id=return_id,
                organisation=event.organisation,
                reason=event.reason,
                plan_by=event.plan_by.at,
            )
        case journey.ReceptionSought() | journey.ReassessmentNoted() | journey.HandOffNoted():
            return None
        case journey.DepartureMissed() | journey.PlanOverdue() | journey.ReassessmentOverdue():
            return _missed(event)
        case _:
            return _road(event)


def _road(
    event: journey.ReturnDeparted
    | journey.ArrivalOverdue
    | journey.ReturnArrived
    | journey.ReturnDone,
) -> Contract:
    return_id = event.return_id
    match event:
        case journey.ReturnDeparted(arrival_by=due):
            return told.ReturnDeparted(
                return_id=return_id,
                organisation=event.organisation,
                departed_at=event.departed_at,
                arrival_by=due.at,
                profile=due.profile,
                calendar=due.calendar,
            )
        case journey.ArrivalOverdue():
            return told.ArrivalOverdue(
                return_id=return_id,
                sender=event.sender,
                receiver=event.receiver,
                times=event.times,
            )
        case journey.ReturnArrived():
            return told.ReturnArrived(
                return_id=return_id,
                organisation=event.organisation,
                arrived_at=event.arrived_at,
                reassess_by=event.reassess_by.at,
            )
        case journey.ReturnDone():
            return told.ReturnDone(return_id=return_id)
        case _:
            assert_never(event)


def _follow_up(event: follow_up.FollowUpFact) -> Contract:
    return_id = event.return_id
    match event:
        case follow_up.FollowUpScheduled():
            first = event.contact_by[0]
            return kept.FollowUpScheduled(
                return_id=return_id,
                organisation=event.organisation,
                report_to=event.report_to,
                contact_by=tuple(each.at for each in event.contact_by),
                report_by=tuple(each.at for each in event.report_by),
                consent=event.consent,
                profile=first.profile,
                calendar=first.calendar,
            )
        case follow_up.FollowUpRecorded():
            return kept.FollowUpRecorded(
                return_id=return_id,
                follow_up=event.follow_up,
                organisation=event.organisation,
                number=event.number,
                outcome=event.outcome,
            )
        case follow_up.FollowUpOverdue():
            return kept.FollowUpOverdue(
                return_id=return_id,
                what=event.what,
                number=event.number,
                responsible=event.responsible,
                report_to=event.report_to,
            )
        case follow_up.FollowUpReportSent():
            return kept.FollowUpReportSent(
                return_id=return_id,
                organisation=event.organisation,
                report_to=event.report_to,
                document=event.document,
                number=event.number,
            )
        case follow_up.ContactLost(organisation=by):
            return kept.ContactLost(return_id=return_id, organisation=by)
        case follow_up.FollowUpCompleted(organisation=by):
            return kept.FollowUpCompleted(return_id=return_id, organisation=by)
        case follow_up.FollowUpDeclined(organisation=by):
            return kept.FollowUpDeclined(return_id=return_id, organisation=by)
        case _:
            assert_never(event)


WAY: Final[Mapping[type[states.Return], str]] = MappingProxyType(
    {
        states.Requested: "requested",
        states.Approved: "approved",
        states.Reopened: "reopened",
        states.Travelling: "travelling",
        states.Interrupted: "alternative_sought",
        states.AlternativeSought: "alternative_sought",
        states.Arrived: "arrived",
        states.Done: "done",
        states.RefusedUnsafe: "refused_unsafe",
        states.Withdrawn: "withdrawn",
    }
)
"""The code of each state of a return: what the last told step made of it."""

CONTACT: Final[Mapping[type[keeping.FollowUp], str]] = MappingProxyType(
    {
        keeping.NoFollowUp: "none",
        keeping.Scheduled: "scheduled",
        keeping.Active: "active",
        keeping.Late: "overdue",
        keeping.Completed: "completed",
        keeping.LostContact: "lost_contact",
        keeping.Declined: "declined",
    }
)
"""The code of each state of a follow-up."""


def follow_up_of(state: states.Return) -> str:
    """Give the code of a return's follow-up; there is none before the arrival."""
    if isinstance(state, states.Arrived | states.Done):
        return CONTACT[type(state.follow_up)]
    return CONTACT[keeping.NoFollowUp]


def regions(state: Case) -> Regions:
    """Give the regions of a case as codes; the ledger's entries alone must lead to the same."""
    return {
        "returns": {
            str(key): {"state": WAY[type(one)], "follow_up": follow_up_of(one)}
            for key, one in sorted(state.returns.items())
        }
    }


def _yes(value: bool) -> YesNo:  # noqa: FBT001 - one value, one word
    return YesNo.YES if value else YesNo.NO
