"""Private facts of a case's referrals: offers, answers, hand-offs, routes, packets, journeys."""

from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from nrm_contracts.codes import Overdue, ServiceName, YesNo
from nrm_contracts.consent_codes import (
    BackOutReason,
    DataCategory,
    DeclineReason,
    DeliveryWay,
    LossReason,
    NotSuccessfulReason,
    Outcome,
    Purpose,
    WithdrawalReason,
    WithdrawnBy,
)
from nrm_contracts.ids import (
    OrganisationId,
    ReferralId,
    ReturnId,
    TicketId,
    WorkerId,
)
from nrm_referral.domain.values import Ground, Terms
from nrm_runtime.core import Due, Event


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferralOffered(Event):
    """Another organisation is asked to take over the case or one need."""

    terms: Terms


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferralDelivered(Event):
    """The receiver's side has the offer."""

    referral: ReferralId
    receiver: OrganisationId
    way: DeliveryWay


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferralAcknowledged(Event):
    """Somebody at the receiver has seen the offer."""

    referral: ReferralId
    receiver: OrganisationId
    answer_by: Due


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferralAccepted(Event):
    """The receiver takes the referral; nothing has moved yet."""

    terms: Terms
    offer: str
    agreed_at: datetime | None
    confirm_by: Due
    confirm_hours: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferralDeclined(Event):
    """The receiver declined."""

    referral: ReferralId
    sender: OrganisationId
    receiver: OrganisationId
    reason: DeclineReason
    next_route_by: Due
    linked_return: ReturnId | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferralBackedOut(Event):
    """The receiver cannot keep its acceptance."""

    referral: ReferralId
    sender: OrganisationId
    receiver: OrganisationId
    reason: BackOutReason
    next_route_by: Due
    linked_return: ReturnId | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferralWithdrawn(Event):
    """An offer or a waiting hand-off was taken back."""

    referral: ReferralId
    sender: OrganisationId
    receiver: OrganisationId
    on_word_of: WithdrawnBy
    reason: WithdrawalReason
    linked_return: ReturnId | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferralTimedOut(Event):
    """Nobody answered by the deadline."""

    referral: ReferralId
    sender: OrganisationId
    receiver: OrganisationId
    next_route_by: Due
    linked_return: ReturnId | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferralEscalated(Event):
    """A step is overdue for the `times`-th time."""

    referral: ReferralId
    what: Overdue
    responsible: OrganisationId
    times: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HandOffRescheduled(Event):
    """The hand-off has another date."""

    referral: ReferralId
    agreed_at: datetime
    confirm_by: Due


@dataclass(frozen=True, slots=True, kw_only=True)
class HandOffConfirmed(Event):
    """One side says that the hand-off took place."""

    referral: ReferralId
    organisation: OrganisationId
    accompanied: YesNo
    keeps_assistance: YesNo


@dataclass(frozen=True, slots=True, kw_only=True)
class HandedOver(Event):
    """Both sides confirmed: the case or the need has moved."""

    terms: Terms


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferralPassed(Event):
    """The new custodian stands in the sender's place of a shared referral."""

    referral: ReferralId
    former: OrganisationId
    sender: OrganisationId


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferralDone(Event):
    """What was asked for has ended."""

    referral: ReferralId
    receiver: OrganisationId
    outcome: Outcome
    reason: NotSuccessfulReason | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiverLost(Event):
    """A return lost the receiver it was linked to."""

    referral: ReferralId
    linked_return: ReturnId
    receiver: OrganisationId
    how: LossReason


@dataclass(frozen=True, slots=True, kw_only=True)
class NextRouteTaken(Event):
    """What follows a lost referral is settled."""

    referral: ReferralId
    organisation: OrganisationId


@dataclass(frozen=True, slots=True, kw_only=True)
class PacketReleased(Event):
    """A one-minute ticket to read kinds of data at one owner was given."""

    referral: ReferralId
    ticket: TicketId
    recipient: OrganisationId
    worker: WorkerId
    owner: ServiceName
    categories: frozenset[DataCategory]
    purpose: Purpose
    ground: Ground


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnNoted(Event):
    """Return told of a journey."""

    return_id: ReturnId
    moves_no_custody: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ItineraryNoted(Event):
    """Return told when a journey arrives."""

    return_id: ReturnId
    arrives_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ArrivalNoted(Event):
    """Return told that the person arrived."""

    return_id: ReturnId
    arrived_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnEndNoted(Event):
    """Return told that a journey will not be."""

    return_id: ReturnId


LostEvent: TypeAlias = ReferralDeclined | ReferralBackedOut | ReferralTimedOut
MoveEvent: TypeAlias = (
    ReferralOffered
    | ReferralDelivered
    | ReferralAcknowledged
    | ReferralAccepted
    | ReferralDeclined
    | ReferralBackedOut
    | ReferralWithdrawn
    | ReferralTimedOut
    | ReferralEscalated
    | HandOffRescheduled
    | HandOffConfirmed
    | HandedOver
    | ReferralPassed
    | ReferralDone
)
JourneyEvent: TypeAlias = ReturnNoted | ItineraryNoted | ArrivalNoted | ReturnEndNoted
