"""One record as the broker gave it, read so that nothing in it can make the reading fail."""

import contextlib
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID, uuid5

HEADER_ID: Final = "ce_id"
HEADER_TYPE: Final = "ce_type"
HEADER_STREAM: Final = "stream"
HEADER_TOLD: Final = "told"
HEADER_STORED: Final = "stored_at"  # real clock of the teller; lag is computed from it alone
HEADER_TRACE: Final = "traceparent"

_NAMELESS: Final = UUID("6f9a4d3e-0f55-5c0b-9c55-0f6a3f1f1c11")  # names records without an id
_TOLD_MAX: Final = 2**31 - 1
_DIGITS_MAX: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A record with what could be read of it.

    `case` is the record's key, `None` where it is no id. `stream` and `told` say where the
    message stands; without both its order is unknown. `message` is made from topic, partition,
    offset and body where the record carries none. `stored_at` is a real-clock instant.
    """

    topic: str
    partition: int
    offset: int
    message: UUID
    named: bool
    case: UUID | None
    stream: UUID | None
    told: int | None
    type: str
    stored_at: datetime | None
    traceparent: str | None
    body: bytes

    @property
    def placed(self) -> bool:
        """Whether its case, id and place in its stream are known, so that order can be kept."""
        known = (self.case, self.stream, self.told)
        return self.named and all(part is not None for part in known)


def read_letter(record: Any, prefix: str = "") -> Letter:  # noqa: ANN401
    """Read a record of aiokafka; never fails. `prefix` is taken off the topic's name."""
    headers = read_headers(record.headers)
    body = record.value or b""
    message = _uuid(headers.get(HEADER_ID))
    return Letter(
        topic=record.topic.removeprefix(prefix),
        partition=record.partition,
        offset=record.offset,
        message=message or _name(record, body),
        named=message is not None,
        case=_uuid(text_of(record.key)),
        stream=_uuid(headers.get(HEADER_STREAM)),
        told=_count(headers.get(HEADER_TOLD)),
        type=headers.get(HEADER_TYPE, ""),
        stored_at=_instant(headers.get(HEADER_STORED)),
        traceparent=headers.get(HEADER_TRACE),
        body=body,
    )


def read_headers(headers: Iterable[tuple[str, bytes | None]]) -> Mapping[str, str]:
    """Read headers as text; what is not UTF-8 becomes the replacement character."""
    return {name: text_of(value) for name, value in headers}


def text_of(raw: bytes | None) -> str:
    """Give bytes as text, with the replacement character for what is not UTF-8."""
    return (raw or b"").decode(errors="replace")


def _name(record: Any, body: bytes) -> UUID:  # noqa: ANN401
    # The body counts too: after a wipe another record may stand at the same offset.
    digest = hashlib.sha256(body).hexdigest()
    return uuid5(_NAMELESS, f"{record.topic}/{record.partition}/{record.offset}/{digest}")


def _uuid(text: str | None) -> UUID | None:
    if text:
        with contextlib.suppress(ValueError):
            return UUID(text)
    return None


def _count(text: str | None) -> int | None:
    if not text or not text.isascii() or not text.isdigit() or len(text) > _DIGITS_MAX:
        return None
    told = int(text)
    return told if 1 <= told <= _TOLD_MAX else None


def _instant(text: str | None) -> datetime | None:
    if text:
        with contextlib.suppress(ValueError):
            instant = datetime.fromisoformat(text)
            return instant if instant.tzinfo is not None else None
    return None
