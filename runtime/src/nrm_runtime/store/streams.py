"""Names that follow from other names, so that nothing about a retry is random."""

from typing import Final
from uuid import UUID, uuid5

_NAMESPACE: Final = UUID("6f1d8c1e-0a53-4d5e-9f6b-3a7d2c9be410")

LEDGER_TOPIC: Final = "nrm.ledger"


def topic_of_service(service: str) -> str:
    """Give the topic on which a service tells, such as `nrm.referral`."""
    return f"nrm.{service}"


def stream_id(service: str, machine: str, key: UUID) -> UUID:
    """Give the stream of one machine's history, such as that of a case in one service."""
    return uuid5(_NAMESPACE, f"{service}/{machine}/{key}")


def event_id(stream: UUID, command: UUID, position: int) -> UUID:
    """Give the id of a command's event; `position` counts from 0 within the command."""
    return uuid5(stream, f"{command}/{position}")


def message_id(stream: UUID, topic: str, told: int) -> UUID:
    """Give the id of the `told`-th message of a stream on a topic."""
    return uuid5(stream, f"{topic}/{told}")
