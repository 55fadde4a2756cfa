"""What stands on the pages of notifications: what is new, all notices, and how one travelled."""

from collections.abc import Collection, Mapping
from typing import Any, Final

from nrm_pages.desk import Column, Desk, Listing, Thing
from nrm_runtime.access import Principal


def offered(notice: Mapping[str, Any], _: Principal) -> Collection[str]:
    """Say what may be done with a notice of one's organisation, by its state."""
    return ("acknowledge_notice",) if notice["state"] == "queued" else ()


COLUMNS: Final = (
    Column(name="kind", show="code", codes="NotificationKind"),
    Column(name="act_by", show="deadline"),
    Column(name="queued_at", show="instant"),
    Column(name="case", show="case", at="referral"),
)
STATE: Final = Column(name="state", show="code", codes="NoticeState")
ACTS: Final = ("acknowledge_notice",)

UNSEEN: Final = Listing(
    name="unseen",
    path="/inbox",
    query={"unseen": "true"},
    columns=COLUMNS,
    due="act_by",
    thing="notices",
    target={"notice": "notice"},
    operations=ACTS,
    offered=offered,
)
ALL: Final = Listing(name="all_notices", path="/inbox", columns=(*COLUMNS, STATE), thing="notices")
NOTICE: Final = Listing(
    name="notice",
    path="/inbox/{notice}",
    single=True,
    columns=(*COLUMNS, STATE),
    operations=ACTS,
    offered=offered,
)
DELIVERIES: Final = Listing(
    name="deliveries",
    path="/inbox/{notice}/deliveries",
    columns=(
        Column(name="channel", show="code", codes="NotificationChannel"),
        Column(name="state", show="code", codes="DeliveryState"),
        Column(name="attempts", show="number"),
    ),
)

DESK: Final = Desk(
    service="notifications",
    package="nrm_notifications.ui",
    worklists=(UNSEEN, ALL),
    things=(Thing(name="notices", parameter="notice", head=NOTICE, sections=(DELIVERIES,)),),
)
