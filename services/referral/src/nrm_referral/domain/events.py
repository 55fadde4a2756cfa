"""Every private fact of the case stream, under one roof."""

from typing import TypeAlias

from nrm_referral.domain.case_events import (
    AgeNoted,
    CaseClosed,
    CaseLinked,
    CaseOpened,
    CaseReopened,
    ClosingAbandoned,
    ClosingAnswered,
    ClosingChecked,
    ClosingEvent,
    ClosingProposed,
    ConsentEvent,
    ConsentExpired,
    ConsentGranted,
    ConsentWithdrawn,
    CustodyMoved,
    GroupInformed,
    LifeEvent,
    OverrideApproved,
    OverrideEvent,
    OverrideProposed,
    WithdrawalAcknowledged,
    WithdrawalUnanswered,
)
from nrm_referral.domain.referral_events import (
    ArrivalNoted,
    HandedOver,
    HandOffConfirmed,
    HandOffRescheduled,
    ItineraryNoted,
    JourneyEvent,
    LostEvent,
    MoveEvent,
    NextRouteTaken,
    PacketReleased,
    ReceiverLost,
    ReferralAccepted,
    ReferralAcknowledged,
    ReferralBackedOut,
    ReferralDeclined,
    ReferralDelivered,
    ReferralDone,
    ReferralEscalated,
    ReferralOffered,
    ReferralPassed,
    ReferralTimedOut,
    ReferralWithdrawn,
    ReturnEndNoted,
    ReturnNoted,
)

CaseEvent: TypeAlias = (
    LifeEvent
    | ConsentEvent
    | OverrideEvent
    | CustodyMoved
    | MoveEvent
    | ReceiverLost
    | NextRouteTaken
    | PacketReleased
    | JourneyEvent
    | ClosingEvent
)

__all__ = [
    "AgeNoted",
    "ArrivalNoted",
    "CaseClosed",
    "CaseEvent",
    "CaseLinked",
    "CaseOpened",
    "CaseReopened",
    "ClosingAbandoned",
    "ClosingAnswered",
    "ClosingChecked",
    "ClosingEvent",
    "ClosingProposed",
    "ConsentEvent",
    "ConsentExpired",
    "ConsentGranted",
    "ConsentWithdrawn",
    "CustodyMoved",
    "GroupInformed",
    "HandOffConfirmed",
    "HandOffRescheduled",
    "HandedOver",
    "ItineraryNoted",
    "JourneyEvent",
    "LifeEvent",
    "LostEvent",
    "MoveEvent",
    "NextRouteTaken",
    "OverrideApproved",
    "OverrideEvent",
    "OverrideProposed",
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
    "ReturnEndNoted",
    "ReturnNoted",
    "WithdrawalAcknowledged",
    "WithdrawalUnanswered",
]
