"""The CloudEvents 1.0 envelope around a public fact, in structured JSON mode.

One run of bytes is stored, carried and hashed. Beside the standard attributes it has the
extensions `stream` and `told` (gap-free count of this stream's messages on this topic),
`correlationid` (the case's first cause) and `causationid` (the event that led to this one).
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import ValidationError

from nrm_contracts.catalogue import CATALOGUE
from nrm_contracts.contract import Contract, instant_text, topic_of

CONTENT_TYPE = "application/cloudevents+json"


class Unreadable(Exception):
    """A message that is not one of ours; `reason` is a code without any of its content."""

    def __init__(self, reason: str) -> None:
        """Keep the kebab-case reason."""
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """A message as read: who told what about which case, and where it stands in its stream."""

    id: UUID
    source: str
    type: str
    version: int
    case: UUID
    at: datetime
    stream: UUID
    told: int
    correlation: UUID
    causation: UUID | None
    data: Mapping[str, Any]

    def contract(self) -> Contract:
        """Read the data as the current version of its type, ignoring fields it does not know.

        Raises `Unreadable` with `unknown-type` or `wrong-schema`.
        """
        known = CATALOGUE.get((self.type, self.version))
        if known is None:
            raise Unreadable("unknown-type")
        try:
            return known.model_validate(self.data, extra="ignore")
        except ValidationError as error:
            raise Unreadable("wrong-schema") from error


def write_envelope(
    contract: Contract,
    *,
    id: UUID,  # noqa: A002 - the attribute's name in CloudEvents
    source: str,
    case: UUID,
    at: datetime,
    stream: UUID,
    told: int,
    correlation: UUID,
    causation: UUID | None,
) -> bytes:
    """Write the exact bytes of a message; `at` is when the fact happened."""
    attributes: dict[str, Any] = {
        "specversion": "1.0",
        "id": str(id),
        "source": source,
        "type": contract.name,
        "subject": str(case),
        "time": instant_text(at),
        "datacontenttype": "application/json",
        "dataschema": schema_uri(contract),
        "stream": str(stream),
        "told": told,
        "correlationid": str(correlation),
        "data": contract.data(),
    }
    if causation is not None:
        attributes["causationid"] = str(causation)
    return json.dumps(attributes, separators=(",", ":"), sort_keys=True).encode()


def read_envelope(body: bytes) -> Envelope:
    """Read the attributes of a message; the data stay unread until `Envelope.contract`.

    Raises `Unreadable` with `not-json`, `not-an-envelope` or `wrong-attribute`.
    """
    try:
        raw = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Unreadable("not-json") from error
    if not isinstance(raw, dict) or raw.get("specversion") != "1.0":
        raise Unreadable("not-an-envelope")
    try:
        told = raw["told"]
        data = raw["data"]
        if type(told) is not int or told < 1 or not isinstance(data, dict):
            raise Unreadable("wrong-attribute")
        causation = raw.get("causationid")
        return Envelope(
            id=UUID(raw["id"]),
            source=str(raw["source"]),
            type=str(raw["type"]),
            version=_version(raw.get("dataschema")),
            case=UUID(raw["subject"]),
            at=datetime.fromisoformat(raw["time"]),
            stream=UUID(raw["stream"]),
            told=told,
            correlation=UUID(raw["correlationid"]),
            causation=None if causation is None else UUID(causation),
            data=data,
        )
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        raise Unreadable("wrong-attribute") from error


def schema_uri(contract: Contract | type[Contract]) -> str:
    """Give the name of the committed JSON Schema of a fact, as a URN."""
    return f"urn:nrm:schema:{contract.name}:v{contract.version}"


def _version(uri: object) -> int:
    if not isinstance(uri, str) or ":v" not in uri:
        raise Unreadable("wrong-attribute")
    return int(uri.rpartition(":v")[2])


__all__ = [
    "CONTENT_TYPE",
    "Contract",
    "Envelope",
    "Unreadable",
    "read_envelope",
    "schema_uri",
    "topic_of",
    "write_envelope",
]
