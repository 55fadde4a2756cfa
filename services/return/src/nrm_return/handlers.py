"""What return hears from other services."""

from collections.abc import Mapping
from types import MappingProxyType

from nrm_contracts import assistance, cases, identification, referral
from nrm_contracts.contract import Contract
from nrm_return import policies
from nrm_runtime.broker.heard import Policy

HEARS: Mapping[type[Contract], Policy] = MappingProxyType(
    {
        cases.CaseOpened: policies.when_case_opened,
        cases.CustodyMoved: policies.when_custody_moved,
        cases.ClosingProposed: policies.when_closing_proposed,
        cases.ClosingAbandoned: policies.when_closing_abandoned,
        cases.CaseClosed: policies.when_case_closed,
        cases.CaseReopened: policies.when_case_reopened,
        identification.AgeAssessed: policies.when_age_assessed,
        identification.VictimPresumed: policies.when_presumed,
        identification.VictimIdentified: policies.when_presumed,
        identification.ReflectionOffered: policies.when_reflection_offered,
        identification.ReflectionStarted: policies.when_reflection_runs,
        identification.ReflectionExtended: policies.when_reflection_runs,
        identification.ReflectionEnded: policies.when_reflection_settled,
        identification.ReflectionDeclined: policies.when_reflection_settled,
        identification.ReflectionNotApplicable: policies.when_reflection_settled,
        referral.ReferralAccepted: policies.when_referral_accepted,
        referral.ReferralBackedOut: policies.when_referral_ended,
        referral.ReferralWithdrawn: policies.when_referral_ended,
        referral.ReferralDone: policies.when_referral_ended,
        referral.ReceiverLost: policies.when_receiver_lost,
        referral.HandedOver: policies.when_handed_over,
        assistance.RiskAssessed: policies.when_risk_assessed,
    }
)
