"""What referral does when another service tells a fact; pure translations."""

from typing import TypeVar
from uuid import UUID

from nrm_contracts import assistance, identification, notifications, returns
from nrm_contracts.care_codes import ReturnKind
from nrm_contracts.codes import NotificationChannel, ServiceName
from nrm_contracts.common import NothingOpenBase, StillOpenBase
from nrm_contracts.consent_codes import DeliveryWay
from nrm_contracts.ids import OrganisationId, PersonId, ReferralId
from nrm_referral.domain import commands as ask
from nrm_runtime.broker.heard import Heard
from nrm_runtime.core import Command

PERSON = 1  # the ordinal of the name that the person gets in our vault
NothingOpenT = TypeVar("NothingOpenT", bound=NothingOpenBase)
StillOpenT = TypeVar("StillOpenT", bound=StillOpenBase)


def when_signal_received(
    fact: Heard[identification.SignalReceived], agency: UUID | None = None
) -> tuple[Command, ...]:
    """A case begins; who recorded the signal is its first custodian.

    `agency` is the national agency of the signal's country; where nobody says, it is the only
    organisation to be notified, or unknown.
    """
    told = fact.data.notify
    if agency is None and len(told) == 1:
        agency = told[0]
    return (
        ask.OpenCase(
            id=fact.command_id(),
            by=fact.by,
            at=fact.occurred_at,
            person=PersonId(fact.command_id(PERSON)),
            custodian=fact.data.organisation,
            agency=None if agency is None else OrganisationId(agency),
            country=fact.data.country,
            age=fact.data.age,
        ),
    )


def when_age_assessed(fact: Heard[identification.AgeAssessed]) -> tuple[Command, ...]:
    """Consent and child protection follow the age that was decided."""
    return (ask.NoteAge(id=fact.command_id(), by=fact.by, at=fact.now, age=fact.data.age),)


def when_notification_sent(fact: Heard[notifications.NotificationSent]) -> tuple[Command, ...]:
    """A webhook that was answered 2xx has delivered the offer it was about."""
    about = fact.data.about
    if fact.data.channel is not NotificationChannel.WEBHOOK or about is None:
        return ()
    return (
        ask.NoteDelivery(
            id=fact.command_id(),
            by=fact.by,
            at=fact.now,
            referral=ReferralId(about),
            way=DeliveryWay.WEBHOOK,
        ),
    )


def when_return_requested(fact: Heard[returns.ReturnRequested]) -> tuple[Command, ...]:
    """A journey is planned; a trip to a hearing moves no custody."""
    return (
        ask.NoteReturn(
            id=fact.command_id(),
            by=fact.by,
            at=fact.now,
            return_id=fact.data.return_id,
            moves_no_custody=fact.data.kind is ReturnKind.HEARING_TRIP,
        ),
    )


def when_itinerary_set(fact: Heard[returns.ItinerarySet]) -> tuple[Command, ...]:
    """The arrival is the agreed date of the linked hand-off."""
    return (
        ask.NoteItinerary(
            id=fact.command_id(),
            by=fact.by,
            at=fact.now,
            return_id=fact.data.return_id,
            arrives_at=fact.data.arrives_at,
        ),
    )


def when_return_arrived(fact: Heard[returns.ReturnArrived]) -> tuple[Command, ...]:
    """From now on the hand-off can be confirmed; arrival alone moves nothing."""
    return (
        ask.NoteArrival(
            id=fact.command_id(),
            by=fact.by,
            at=fact.now,
            return_id=fact.data.return_id,
            arrived_at=fact.data.arrived_at,
        ),
    )


def when_return_ended(
    fact: Heard[returns.ReturnRefused] | Heard[returns.ReturnWithdrawn],
) -> tuple[Command, ...]:
    """What was offered for the journey is taken back."""
    return (
        ask.NoteReturnEnd(
            id=fact.command_id(), by=fact.by, at=fact.now, return_id=fact.data.return_id
        ),
    )


def when_identification_answered(
    fact: Heard[identification.NothingOpen] | Heard[identification.StillOpen],
) -> tuple[Command, ...]:
    """Identification answered a proposed closing."""
    return _answered(fact, ServiceName.IDENTIFICATION)


def when_assistance_answered(
    fact: Heard[assistance.NothingOpen] | Heard[assistance.StillOpen],
) -> tuple[Command, ...]:
    """Assistance answered a proposed closing."""
    return _answered(fact, ServiceName.ASSISTANCE)


def when_return_answered(
    fact: Heard[returns.NothingOpen] | Heard[returns.StillOpen],
) -> tuple[Command, ...]:
    """Return answered a proposed closing."""
    return _answered(fact, ServiceName.RETURN)


def _answered(
    fact: Heard[NothingOpenT] | Heard[StillOpenT], service: ServiceName
) -> tuple[Command, ...]:
    data = fact.data
    matters = frozenset(data.open) if isinstance(data, StillOpenBase) else frozenset()
    return (
        ask.AnswerClosing(
            id=fact.command_id(),
            by=fact.by,
            at=fact.now,
            closing=data.closing,
            service=service,
            open=matters,
        ),
    )
