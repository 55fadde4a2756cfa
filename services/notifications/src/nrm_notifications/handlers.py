"""Which facts make notices."""

from collections.abc import Mapping
from types import MappingProxyType

from nrm_contracts import assistance, cases, follow_ups, identification, referral, returns
from nrm_contracts.contract import Contract
from nrm_notifications import policies
from nrm_runtime.broker.heard import Policy

HEARS: Mapping[type[Contract], Policy] = MappingProxyType(
    {
        identification.SignalReceived: policies.when_signal_received,
        identification.VictimPresumed: policies.when_victim_presumed,
        identification.ReflectionStarted: policies.when_reflection_runs,
        identification.ReflectionExtended: policies.when_reflection_runs,
        identification.DeadlineFellDue: policies.when_deadline_fell_due,
        referral.ReferralOffered: policies.when_referral_offered,
        referral.ReferralAccepted: policies.when_referral_accepted,
        referral.ReferralDeclined: policies.when_route_lost,
        referral.ReferralBackedOut: policies.when_route_lost,
        referral.ReferralTimedOut: policies.when_route_lost,
        referral.ReferralWithdrawn: policies.when_referral_withdrawn,
        referral.ReferralEscalated: policies.when_referral_escalated,
        referral.HandedOver: policies.when_handed_over,
        cases.ConsentWithdrawn: policies.when_consent_withdrawn,
        cases.CaseClosed: policies.when_case_closed,
        cases.DeadlineFellDue: policies.when_deadline_fell_due,
        assistance.ImmediateNeedFound: policies.when_immediate_need_found,
        assistance.PlanActivated: policies.when_review_planned,
        assistance.PlanReviewed: policies.when_review_planned,
        assistance.SafetyPlanAgreed: policies.when_review_planned,
        assistance.AssistanceTransferred: policies.when_assistance_transferred,
        assistance.DeadlineFellDue: policies.when_deadline_fell_due,
        returns.SocialInquiryRequested: policies.when_inquiry_requested,
        returns.ArrivalOverdue: policies.when_arrival_overdue,
        returns.ReturnAlternativeSought: policies.when_alternative_sought,
        returns.DeadlineFellDue: policies.when_deadline_fell_due,
        follow_ups.FollowUpScheduled: policies.when_follow_up_scheduled,
        follow_ups.FollowUpOverdue: policies.when_follow_up_overdue,
        follow_ups.FollowUpReportSent: policies.when_report_sent,
    }
)
