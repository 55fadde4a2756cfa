"""What referral tells of hand-offs: offers, answers, confirmations, packets."""

from nrm_contracts.codes import (
    Overdue,
    ServiceName,
    YesNo,
)
from nrm_contracts.consent_codes import (
    BackOutReason,
    Basis,
    BlockedGroup,
    DataCategory,
    DeclineReason,
    DeliveryWay,
    LegalGround,
    LossReason,
    Need,
    NotSuccessfulReason,
    Outcome,
    Purpose,
    ReferralKind,
    WithdrawalReason,
    WithdrawnBy,
)
from nrm_contracts.contract import (
    CalendarRef,
    Codes,
    Contract,
    CountryCode,
    Instant,
    LeafHash,
    ProfileRef,
)
from nrm_contracts.ids import (
    ConsentId,
    OrganisationId,
    OverrideId,
    ReferralId,
    ReturnId,
    TicketId,
    WorkerId,
)


class ReferralOffered(Contract):
    """Another organisation is asked to take over the case or one need."""

    name = "nrm.referral.offered"

    referral: ReferralId
    kind: ReferralKind
    sender: OrganisationId
    receiver: OrganisationId
    needs: Codes[Need]
    purpose: Purpose
    categories: Codes[DataCategory]
    basis: Basis
    consent: ConsentId | None = None
    override: OverrideId | None = None
    ground: LegalGround | None = None
    blocked: Codes[BlockedGroup]
    urgent: YesNo
    acknowledge_by: Instant
    answer_by: Instant
    linked_return: ReturnId | None = None
    country: CountryCode
    profile: ProfileRef
    calendar: CalendarRef


class ReferralDelivered(Contract):
    """The receiver's side has demonstrably got the offer."""

    name = "nrm.referral.delivered"

    referral: ReferralId
    receiver: OrganisationId
    way: DeliveryWay


class ReferralAcknowledged(Contract):
    """Somebody at the receiver has seen the offer."""

    name = "nrm.referral.acknowledged"

    referral: ReferralId
    receiver: OrganisationId
    answer_by: Instant


class ReferralAccepted(Contract):
    """The receiver takes the referral; the packet may be read, nothing has moved yet."""

    name = "nrm.referral.accepted"

    referral: ReferralId
    kind: ReferralKind
    sender: OrganisationId
    receiver: OrganisationId
    needs: Codes[Need]
    purpose: Purpose
    basis: Basis
    consent: ConsentId | None = None
    override: OverrideId | None = None
    offer: LeafHash
    agreed_at: Instant | None = None
    confirm_by: Instant
    linked_return: ReturnId | None = None
    profile: ProfileRef
    calendar: CalendarRef


class ReferralDeclined(Contract):
    """The receiver declined; custody stays, the sender finds the next route."""

    name = "nrm.referral.declined"

    referral: ReferralId
    sender: OrganisationId
    receiver: OrganisationId
    reason: DeclineReason
    next_route_by: Instant
    linked_return: ReturnId | None = None
    profile: ProfileRef
    calendar: CalendarRef


class ReferralBackedOut(Contract):
    """The receiver backed out after accepting; custody stays."""

    name = "nrm.referral.backed-out"

    referral: ReferralId
    sender: OrganisationId
    receiver: OrganisationId
    reason: BackOutReason
    next_route_by: Instant
    linked_return: ReturnId | None = None
    profile: ProfileRef
    calendar: CalendarRef


class ReferralWithdrawn(Contract):
    """An offer or a waiting hand-off was withdrawn."""

    name = "nrm.referral.withdrawn"

    referral: ReferralId
    sender: OrganisationId
    receiver: OrganisationId
    by: WithdrawnBy
    reason: WithdrawalReason
    linked_return: ReturnId | None = None


class ReferralTimedOut(Contract):
    """No answer by the deadline; custody stays, the sender finds the next route."""

    name = "nrm.referral.timed-out"

    referral: ReferralId
    sender: OrganisationId
    receiver: OrganisationId
    next_route_by: Instant
    linked_return: ReturnId | None = None
    profile: ProfileRef
    calendar: CalendarRef


class ReferralEscalated(Contract):
    """A step of a referral is overdue and somebody was told."""

    name = "nrm.referral.escalated"

    referral: ReferralId
    what: Overdue
    responsible: OrganisationId
    times: int


class HandOffRescheduled(Contract):
    """An accepted hand-off has another date; a linked return's arrival is its date."""

    name = "nrm.referral.hand-off-rescheduled"

    referral: ReferralId
    agreed_at: Instant
    confirm_by: Instant
    profile: ProfileRef
    calendar: CalendarRef


class HandOffConfirmed(Contract):
    """One side confirmed that the hand-off took place."""

    name = "nrm.referral.hand-off-confirmed"

    referral: ReferralId
    organisation: OrganisationId
    accompanied: YesNo


class HandedOver(Contract):
    """Both sides confirmed: the case or the need has moved."""

    name = "nrm.referral.handed-over"

    referral: ReferralId
    kind: ReferralKind
    sender: OrganisationId
    receiver: OrganisationId
    needs: Codes[Need]
    linked_return: ReturnId | None = None


class ReferralPassed(Contract):
    """Custody moved: the new custodian stands in the sender's place of a shared referral."""

    name = "nrm.referral.passed"

    referral: ReferralId
    former: OrganisationId
    sender: OrganisationId


class ReferralDone(Contract):
    """What was asked for has ended, with or without success."""

    name = "nrm.referral.done"

    referral: ReferralId
    receiver: OrganisationId
    outcome: Outcome
    reason: NotSuccessfulReason | None = None


class ReceiverLost(Contract):
    """A return lost the receiver it was linked to."""

    name = "nrm.referral.receiver-lost"

    referral: ReferralId
    linked_return: ReturnId
    receiver: OrganisationId
    how: LossReason


class NextRouteTaken(Contract):
    """The sender settled what follows a lost route."""

    name = "nrm.referral.next-route-taken"

    referral: ReferralId
    organisation: OrganisationId


class PacketReleased(Contract):
    """A one-minute ticket to read kinds of data at one owner was given to the receiver."""

    name = "nrm.referral.packet-released"

    referral: ReferralId
    ticket: TicketId
    recipient: OrganisationId
    worker: WorkerId
    owner: ServiceName
    categories: Codes[DataCategory]
    purpose: Purpose
    basis: Basis
    consent: ConsentId | None = None
    override: OverrideId | None = None


__all__ = [
    "HandOffConfirmed",
    "HandOffRescheduled",
    "HandedOver",
    "NextRouteTaken",
    "PacketReleased",
    "ReceiverLost",
    "ReferralAccepted",
    "ReferralAcknowledged",
    "ReferralBackedOut",
    "ReferralDeclined",
    "ReferralDelivered",
    "ReferralDone",
    "ReferralEscalated",
    "ReferralOffered",
    "ReferralPassed",
    "ReferralTimedOut",
    "ReferralWithdrawn",
]
