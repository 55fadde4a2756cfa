"""Counting in a country's own calendar: working days and months."""

import calendar as months_of
import datetime as dt
from importlib.metadata import version
from zoneinfo import ZoneInfo

import holidays

LAST_MOMENT = dt.time(23, 59, 59)
MONTHS_A_YEAR = 12


def calendar_version() -> str:
    """Name the calendar of public holidays and its version; stored beside each deadline."""
    return f"holidays@{version('holidays')}"


def working_day_end(
    country: str, region: str | None, zone: ZoneInfo, start: dt.datetime, number: int
) -> dt.datetime:
    """Give the end of the `number`th working day after `start`; the day of `start` is not counted.

    Raises `NotImplementedError` from the calendar where a country is unknown to it: a deadline
    without holidays would be wrong in silence.
    """
    days = holidays.country_holidays(country, subdiv=region)
    local = start.astimezone(zone).date()
    last = days.get_nth_working_day(local, number)
    return dt.datetime.combine(last, LAST_MOMENT, zone).astimezone(dt.UTC)


def add_months(start: dt.datetime, number: int, zone: ZoneInfo) -> dt.datetime:
    """Give the same local time `number` months later, on the month's last day where needed."""
    local = start.astimezone(zone)
    month = local.month - 1 + number
    year, month = local.year + month // MONTHS_A_YEAR, month % MONTHS_A_YEAR + 1
    day = min(local.day, months_of.monthrange(year, month)[1])
    return local.replace(year=year, month=month, day=day).astimezone(dt.UTC)


def working_days_between(
    country: str, region: str | None, zone: ZoneInfo, start: dt.datetime, end: dt.datetime
) -> int:
    """Count the working days after the local day of `start`, up to and with that of `end`.

    Undoes `working_day_end`; for what people read, never for a deadline itself. Raises
    `NotImplementedError` where a country is unknown to the calendar.
    """
    days = holidays.country_holidays(country, subdiv=region)
    first = start.astimezone(zone).date() + dt.timedelta(days=1)
    last = end.astimezone(zone).date()
    span = (first + dt.timedelta(days=number) for number in range((last - first).days + 1))
    return sum(days.is_working_day(day) for day in span)
