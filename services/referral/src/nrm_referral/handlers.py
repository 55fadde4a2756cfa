"""What referral hears from other services."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from uuid import UUID

from nrm_contracts import assistance, identification, notifications, returns
from nrm_contracts.contract import Contract
from nrm_referral import policies
from nrm_runtime.broker.heard import Heard, Policy
from nrm_runtime.core import Command


def hears(agency: Callable[[str], UUID | None]) -> Mapping[type[Contract], Policy]:
    """Give the list, with a way to find the national agency of a country."""

    def on_signal_received(
        fact: Heard[identification.SignalReceived],
    ) -> tuple[Command, ...]:
        return policies.when_signal_received(fact, agency(fact.data.country))

    return MappingProxyType({**HEARS, identification.SignalReceived: on_signal_received})


HEARS: Mapping[type[Contract], Policy] = MappingProxyType(
    {
        identification.SignalReceived: policies.when_signal_received,
        identification.AgeAssessed: policies.when_age_assessed,
        identification.NothingOpen: policies.when_identification_answered,
        identification.StillOpen: policies.when_identification_answered,
        assistance.NothingOpen: policies.when_assistance_answered,
        assistance.StillOpen: policies.when_assistance_answered,
        returns.NothingOpen: policies.when_return_answered,
        returns.StillOpen: policies.when_return_answered,
        returns.ReturnRequested: policies.when_return_requested,
        returns.ItinerarySet: policies.when_itinerary_set,
        returns.ReturnArrived: policies.when_return_arrived,
        returns.ReturnRefused: policies.when_return_ended,
        returns.ReturnWithdrawn: policies.when_return_ended,
        notifications.NotificationSent: policies.when_notification_sent,
    }
)
"""Each contract that referral hears, and the policy that answers it."""
