"""The base of every public fact, and the few kinds of values it may be made of.

A fact on the wire holds identifiers, codes, instants, dates, whole numbers and sorted sets of
these. There is no free text, because free text is where names hide; no boolean, no float and no
null, because ledger entries repeat the data in canonical JSON and must mean one thing for ever.
"""

from datetime import UTC, date, datetime
from typing import Annotated, Any, ClassVar, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    PlainSerializer,
    StringConstraints,
)

Item = TypeVar("Item")


def _aware(value: datetime) -> datetime:
    if value.tzinfo is None:
        msg = "an instant needs a time zone"
        raise ValueError(msg)
    return value.astimezone(UTC)


def instant_text(value: datetime) -> str:
    """Write an instant in UTC with six decimals and `Z`, the one form used on the wire."""
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _sorted(value: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(sorted(set(value), key=str))


Instant = Annotated[
    datetime,
    AfterValidator(_aware),
    PlainSerializer(instant_text, return_type=str, when_used="always"),
]
"""A moment in UTC."""

Day = date
"""A calendar date, ISO 8601."""

Codes = Annotated[tuple[Item, ...], AfterValidator(_sorted)]
"""A set on the wire: sorted, each member once."""

CountryCode = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
"""ISO 3166-1 alpha-2."""

LanguageCode = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}$")]
"""ISO 639-1 or 639-2."""

CurrencyCode = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
"""ISO 4217."""

ProfileRef = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}@[1-9][0-9]*$")]
"""A country profile and its version, such as `RO@1`."""

CalendarRef = Annotated[str, StringConstraints(pattern=r"^[a-zA-Z0-9.@:_-]{1,40}$")]
"""A calendar of working days and its version, or `none` where plain time was counted."""

LeafHash = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
"""RFC 6962 leaf hash of a ledger entry, in hexadecimal."""

Thumbprint = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
"""SHA-256 thumbprint of a public key (RFC 7638), in hexadecimal."""


class Contract(BaseModel):
    """A public fact: its wire `name` and `version` were chosen once and never change meaning.

    Writing forbids unknown fields; `read` ignores them, so that an added optional field breaks
    no older listener.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    name: ClassVar[str]
    version: ClassVar[int] = 1

    def data(self) -> dict[str, Any]:
        """Give the data as JSON values: strings, integers, lists and objects; absent, not null."""
        return self.model_dump(mode="json", exclude_none=True)


def topic_of(contract: Contract | type[Contract]) -> str:
    """Give the topic on which a fact is told: `nrm.<service>`."""
    return ".".join(contract.name.split(".")[:2])


__all__ = [
    "CalendarRef",
    "Codes",
    "Contract",
    "CountryCode",
    "CurrencyCode",
    "Day",
    "Instant",
    "LanguageCode",
    "LeafHash",
    "ProfileRef",
    "Thumbprint",
    "instant_text",
    "topic_of",
]
