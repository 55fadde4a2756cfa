"""What the events of referral are called at rest; a name is never reused."""

from nrm_referral.domain import events as fact
from nrm_runtime.store.codec import Codec

CODEC = Codec(
    {
        "case-opened": fact.CaseOpened,
        "age-noted": fact.AgeNoted,
        "case-linked": fact.CaseLinked,
        "case-reopened": fact.CaseReopened,
        "consent-granted": fact.ConsentGranted,
        "consent-withdrawn": fact.ConsentWithdrawn,
        "consent-expired": fact.ConsentExpired,
        "withdrawal-acknowledged": fact.WithdrawalAcknowledged,
        "withdrawal-unanswered": fact.WithdrawalUnanswered,
        "group-informed": fact.GroupInformed,
        "override-proposed": fact.OverrideProposed,
        "override-approved": fact.OverrideApproved,
        "referral-offered": fact.ReferralOffered,
        "referral-delivered": fact.ReferralDelivered,
        "referral-acknowledged": fact.ReferralAcknowledged,
        "referral-accepted": fact.ReferralAccepted,
        "referral-declined": fact.ReferralDeclined,
        "referral-backed-out": fact.ReferralBackedOut,
        "referral-withdrawn": fact.ReferralWithdrawn,
        "referral-timed-out": fact.ReferralTimedOut,
        "referral-escalated": fact.ReferralEscalated,
        "hand-off-rescheduled": fact.HandOffRescheduled,
        "hand-off-confirmed": fact.HandOffConfirmed,
        "handed-over": fact.HandedOver,
        "referral-passed": fact.ReferralPassed,
        "referral-done": fact.ReferralDone,
        "receiver-lost": fact.ReceiverLost,
        "next-route-taken": fact.NextRouteTaken,
        "packet-released": fact.PacketReleased,
        "custody-moved": fact.CustodyMoved,
        "return-noted": fact.ReturnNoted,
        "itinerary-noted": fact.ItineraryNoted,
        "arrival-noted": fact.ArrivalNoted,
        "return-end-noted": fact.ReturnEndNoted,
        "closing-proposed": fact.ClosingProposed,
        "closing-answered": fact.ClosingAnswered,
        "closing-checked": fact.ClosingChecked,
        "closing-abandoned": fact.ClosingAbandoned,
        "case-closed": fact.CaseClosed,
    }
)
