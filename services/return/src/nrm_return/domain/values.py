"""Small values that commands, events and states of return share."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NewType

from nrm_contracts.care_codes import RiskDimension, RiskLevel, RiskSubject
from nrm_contracts.ids import OrganisationId
from nrm_runtime.core import Due

Country = NewType("Country", str)
"""ISO 3166-1 alpha-2."""

Language = NewType("Language", str)
"""ISO 639-1 or 639-2."""

Profile = NewType("Profile", str)
"""A country profile and its version, such as `RO@1`."""


class Reflection(StrEnum):
    """What we heard of the recovery and reflection period in one country (CETS 197 art. 13)."""

    OFFERED = "offered"
    RUNNING = "running"
    SETTLED = "settled"  # ended, waived, declined or not applicable


class InquiryGround(StrEnum):
    """When a country's profile asks for a social inquiry before a return."""

    CHILD = "child"
    FAMILY = "family"


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A length of plain hours, with the profile version that it came from."""

    hours: int
    profile: str

    def after(self, start: datetime) -> Due:
        """Give the instant at which the span, counted from `start`, is over."""
        return Due(at=start + timedelta(hours=self.hours), profile=self.profile)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One danger: how likely (1 to 4) and how severe (1 to 4), for the person or a relative."""

    subject: RiskSubject
    dimension: RiskDimension
    likelihood: int
    severity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """What is done about a danger, by whom, and the level that both sides agree remains."""

    subject: RiskSubject
    dimension: RiskDimension
    owner: OrganisationId
    residual: RiskLevel
