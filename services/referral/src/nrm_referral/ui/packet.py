"""Reads a packet: a ticket lasts one minute, so it is used as soon as it is given."""

from collections.abc import Mapping
from typing import Any

from nrm_pages.doors import Reply
from nrm_pages.seat import Seat


async def read_packet(seat: Seat, target: Mapping[str, str], given: Any, key: str) -> Reply:  # noqa: ANN401 - any JSON
    """Take the ticket to the service that keeps the documents; release and read are recorded."""
    owner = str(given["owner"])
    return await seat.doors.post(
        f"/packets/{target['referral']}/read",
        {"ticket": given["ticket"]},
        service="" if owner == seat.office.desk.service else owner,
        key=key,
    )
