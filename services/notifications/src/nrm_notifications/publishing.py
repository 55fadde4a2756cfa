"""What others may know of notices: that one was queued, sent, failed or seen."""

from typing import assert_never

from nrm_contracts import notifications as told
from nrm_contracts.codes import NotificationChannel, YesNo
from nrm_contracts.contract import Contract
from nrm_contracts.ids import AboutId, NotificationId, OrganisationId
from nrm_notifications.domain import events as fact
from nrm_notifications.domain.notice import Notice


def tell(event: fact.NoticeEvent) -> Contract | None:
    """Give the public fact behind a private one."""
    match event:
        case fact.NoticeQueued():
            return told.NotificationQueued(
                notification=NotificationId(event.notice),
                organisation=OrganisationId(event.organisation),
                kind=event.kind,
                channel=NotificationChannel.INBOX,
            )
        case fact.NoticeSent():
            return told.NotificationSent(
                notification=NotificationId(event.notice),
                organisation=OrganisationId(event.organisation),
                channel=event.channel,
                about=AboutId(event.about),
                attempts=event.attempts,
            )
        case fact.NoticeFailed():
            return told.NotificationFailed(
                notification=NotificationId(event.notice),
                organisation=OrganisationId(event.organisation),
                channel=event.channel,
                attempts=event.attempts,
                final=YesNo.YES if event.final else YesNo.NO,
            )
        case fact.NoticeAcknowledged():
            return told.NotificationAcknowledged(
                notification=NotificationId(event.notice),
                organisation=OrganisationId(event.organisation),
            )
        case fact.NoticeScheduled() | fact.NoticeCancelled() | fact.DeliveriesPlanned():
            return None
        case _:
            assert_never(event)


def regions(_state: Notice) -> dict[str, str]:
    """A notice is no region of a case."""
    return {}
