"""What a country profile holds, and how its values become instants."""

import datetime as dt
from enum import StrEnum
from typing import Annotated, NamedTuple
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, StringConstraints

from nrm_contracts.contract import CountryCode
from nrm_contracts.profiles.calendar import add_months, calendar_version, working_day_end


class Unit(StrEnum):
    """How a value is counted. Months stay months: 90 days and three months differ."""

    HOURS = "hours"
    DAYS = "days"
    WORKING_DAYS = "working_days"
    MONTHS = "months"
    YEARS = "years"
    CODES = "codes"
    FLAG = "flag"


class Value(BaseModel):
    """One rule of a country: its value, unit, source, and whether somebody compared it with law."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    value: int | bool | tuple[int, ...] | tuple[str, ...]
    unit: Unit
    source: str
    verified: bool
    valid_from: dt.date | None
    valid_to: dt.date | None


class Clock(NamedTuple):
    """A computed instant with the profile and calendar it came from."""

    at: dt.datetime
    profile: str
    calendar: str


class CountryProfile(BaseModel):
    """The rules of one country in one version; a running clock keeps the version it began with."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    country: CountryCode
    version: int
    time_zone: str
    calendar_region: Annotated[str, StringConstraints(pattern=r"^[A-Z]{0,3}$")] | None
    languages: tuple[str, ...]
    helpline: str | None
    rules: dict[str, dict[str, Value]]

    @property
    def ref(self) -> str:
        """Name and version, such as `RO@1`."""
        return f"{self.country}@{self.version}"

    def rule(self, section: str, key: str) -> Value:
        """Give one rule; raises `KeyError` naming country, section and key when it is missing."""
        try:
            return self.rules[section][key]
        except KeyError:
            missing = f"{self.ref} has no rule {section}.{key}"
            raise KeyError(missing) from None

    def number(self, section: str, key: str) -> int:
        """Give a rule that is one whole number in its own unit."""
        value = self.rule(section, key).value
        if isinstance(value, bool) or not isinstance(value, int):
            raise TypeError(f"{section}.{key} is not a number")
        return value

    def numbers(self, section: str, key: str) -> tuple[int, ...]:
        """Give a rule that is a list of whole numbers, such as follow-up months."""
        value = self.rule(section, key).value
        if not isinstance(value, tuple):
            raise TypeError(f"{section}.{key} is not a list")
        return tuple(int(item) for item in value)

    def codes(self, section: str, key: str) -> tuple[str, ...]:
        """Give a rule that is a list of codes."""
        value = self.rule(section, key).value
        if not isinstance(value, tuple):
            raise TypeError(f"{section}.{key} is not a list")
        return tuple(str(item) for item in value)

    def flag(self, section: str, key: str) -> bool:
        """Give a rule that is yes or no."""
        value = self.rule(section, key).value
        if not isinstance(value, bool):
            raise TypeError(f"{section}.{key} is not a flag")
        return value

    def due(self, section: str, key: str, start: dt.datetime) -> Clock:
        """Compute the instant at which a rule's time, counted from `start` (UTC), is over."""
        return self.after(self.number(section, key), self.rule(section, key).unit, start)

    def schedule(self, section: str, key: str, start: dt.datetime) -> tuple[Clock, ...]:
        """Compute one instant for each number of a list, such as follow-up after 1, 3, 6 months."""
        unit = self.rule(section, key).unit
        return tuple(self.after(number, unit, start) for number in self.numbers(section, key))

    def after(self, number: int, unit: Unit, start: dt.datetime) -> Clock:
        """Count `number` of `unit` from `start`; working days end at local midnight."""
        if unit is Unit.WORKING_DAYS:
            zone = ZoneInfo(self.time_zone)
            at = working_day_end(self.country, self.calendar_region, zone, start, number)
            return Clock(at, self.ref, calendar_version())
        if unit in {Unit.MONTHS, Unit.YEARS}:
            months = number * (12 if unit is Unit.YEARS else 1)
            return Clock(add_months(start, months, ZoneInfo(self.time_zone)), self.ref, "none")
        if unit in {Unit.HOURS, Unit.DAYS}:
            span = dt.timedelta(hours=number) if unit is Unit.HOURS else dt.timedelta(days=number)
            return Clock(start + span, self.ref, "none")
        raise TypeError(f"{unit} is not a unit of time")
