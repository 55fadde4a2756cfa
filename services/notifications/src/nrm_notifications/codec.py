"""What the facts of a notice are called at rest."""

from nrm_notifications.domain import events as fact
from nrm_runtime.store.codec import Codec

CODEC = Codec(
    {
        "notice-scheduled": fact.NoticeScheduled,
        "notice-queued": fact.NoticeQueued,
        "notice-cancelled": fact.NoticeCancelled,
        "deliveries-planned": fact.DeliveriesPlanned,
        "notice-sent": fact.NoticeSent,
        "notice-failed": fact.NoticeFailed,
        "notice-acknowledged": fact.NoticeAcknowledged,
    }
)
