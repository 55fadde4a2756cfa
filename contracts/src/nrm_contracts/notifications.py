"""What notifications tells: that a quiet notice was queued, sent, failed or answered."""

from nrm_contracts.codes import NotificationChannel, NotificationKind, YesNo
from nrm_contracts.common import PersonErasedBase
from nrm_contracts.contract import Contract
from nrm_contracts.ids import AboutId, NotificationId, OrganisationId


class NotificationQueued(Contract):
    """A notice is to be sent."""

    name = "nrm.notifications.queued"

    notification: NotificationId
    organisation: OrganisationId
    kind: NotificationKind
    channel: NotificationChannel


class NotificationSent(Contract):
    """A notice reached its channel; `about` is the opaque id it speaks of."""

    name = "nrm.notifications.sent"

    notification: NotificationId
    organisation: OrganisationId
    channel: NotificationChannel
    about: AboutId | None = None
    attempts: int


class NotificationFailed(Contract):
    """A notice could not be sent."""

    name = "nrm.notifications.failed"

    notification: NotificationId
    organisation: OrganisationId
    channel: NotificationChannel
    attempts: int
    final: YesNo


class NotificationAcknowledged(Contract):
    """A person of the organisation has seen the notice."""

    name = "nrm.notifications.acknowledged"

    notification: NotificationId
    organisation: OrganisationId


class PersonErased(PersonErasedBase):
    """A person was erased in this service."""

    name = "nrm.notifications.person-erased"


__all__ = [
    "NotificationAcknowledged",
    "NotificationFailed",
    "NotificationQueued",
    "NotificationSent",
    "PersonErased",
]
