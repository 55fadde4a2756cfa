"""What assistance hears from other services."""

from collections.abc import Mapping
from types import MappingProxyType

from nrm_assistance import policies
from nrm_contracts import cases, identification, referral
from nrm_contracts.contract import Contract
from nrm_runtime.broker.heard import Policy

HEARS: Mapping[type[Contract], Policy] = MappingProxyType(
    {
        cases.CaseOpened: policies.when_case_opened,
        identification.AgeAssessed: policies.when_age_assessed,
        referral.ReferralAccepted: policies.when_referral_accepted,
        referral.HandedOver: policies.when_handed_over,
        referral.ReferralBackedOut: policies.when_referral_ended,
        referral.ReferralWithdrawn: policies.when_referral_ended,
        referral.ReferralDone: policies.when_referral_ended,
        cases.CustodyMoved: policies.when_custody_moved,
        cases.ClosingProposed: policies.when_closing_proposed,
        cases.ClosingAbandoned: policies.when_closing_abandoned,
        cases.CaseClosed: policies.when_case_closed,
        cases.CaseReopened: policies.when_case_reopened,
    }
)
