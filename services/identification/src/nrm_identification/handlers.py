"""What identification hears from other services."""

from collections.abc import Mapping
from types import MappingProxyType

from nrm_contracts import cases, referral
from nrm_contracts.contract import Contract
from nrm_identification import policies
from nrm_runtime.broker.heard import Policy

HEARS: Mapping[type[Contract], Policy] = MappingProxyType(
    {
        cases.CaseOpened: policies.when_case_opened,
        cases.CustodyMoved: policies.when_custody_moved,
        referral.ReferralAccepted: policies.when_referral_accepted,
        cases.ClosingProposed: policies.when_closing_proposed,
        cases.CaseClosed: policies.when_case_closed,
        cases.ClosingAbandoned: policies.when_case_goes_on,
        cases.CaseReopened: policies.when_case_goes_on,
    }
)
