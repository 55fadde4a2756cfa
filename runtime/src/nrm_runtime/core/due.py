"""A computed instant that remembers which rules it was computed from."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, Self


class Computed(Protocol):
    """What a country profile computes: an instant and the versions it came from."""

    @property
    def at(self) -> datetime:
        """The instant (UTC)."""
        ...

    @property
    def profile(self) -> str:
        """The country profile and its version."""
        ...

    @property
    def calendar(self) -> str:
        """The calendar of working days and its version, or `none`."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """A deadline's instant (UTC), never computed again.

    `profile` names the country profile and its version (`RO@1`), `calendar` the calendar of
    working days and its version, or `none` where hours or plain days were counted.
    """

    at: datetime
    profile: str
    calendar: str = "none"

    @classmethod
    def of(cls, computed: Computed) -> Self:
        """Keep what a country profile computed."""
        return cls(at=computed.at, profile=computed.profile, calendar=computed.calendar)
