"""Dates, times, numbers and spans as people of each language write them.

Instants come in UTC and are shown in the zone of an office, with its name: a hand-off may have two.
"""

import datetime as dt
from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo

from babel.core import get_global
from babel.dates import format_date, format_time, format_timedelta
from babel.lists import format_list
from babel.numbers import format_decimal, format_percent

from nrm_contracts.profiles import UnknownCountry, profile
from nrm_contracts.profiles.calendar import working_days_between
from nrm_pages.words.catalogues import t, tn
from nrm_pages.words.language import locale

HOUR: Final = 3600  # seconds
MINUTE: Final = 60
SOON_HOURS: Final = 24
UTC: Final = ZoneInfo("UTC")
# Countries of several zones whose offices nearly all lie in one, until they have a profile.
_CAPITALS: Final = {
    "DE": "Europe/Berlin",
    "ES": "Europe/Madrid",
    "PT": "Europe/Lisbon",
    "UA": "Europe/Kyiv",
}


def zone_of(place: str | None) -> ZoneInfo:
    """Give the zone in which a country's offices read a clock.

    From its profile; without one, from the country where it has a single zone; else UTC.
    """
    if place is None:
        return UTC
    try:
        return ZoneInfo(profile(place).time_zone)
    except UnknownCountry:
        if place in _CAPITALS:
            return ZoneInfo(_CAPITALS[place])
        zones = get_global("territory_zones").get(place, [])
        return ZoneInfo(zones[0]) if len(zones) == 1 else UTC


def country(code: str) -> str:
    """Give a country's name in the page's language, the code where the language has none."""
    return str(locale().territories.get(code, code))


def spoken(code: str) -> str:
    """Give a language's name in the page's language, the code where there is none."""
    return str(locale().languages.get(code, code))


def day(value: dt.date) -> str:
    """Write a day in full: 25 November 2026."""
    return format_date(value, "long", locale=locale())


def clock(value: dt.datetime, zone: ZoneInfo) -> str:
    """Write the time of day in a zone, in 24 hours: 14:00."""
    return format_time(value.astimezone(zone), "HH:mm", tzinfo=zone, locale=locale())


def zone_name(value: dt.datetime, zone: ZoneInfo, place: str | None = None) -> str:
    """Name a zone by country and distance from UTC at that moment: Romania, UTC+2."""
    offset = value.astimezone(zone).utcoffset() or dt.timedelta()
    minutes = int(offset.total_seconds()) // MINUTE
    sign = "+" if minutes >= 0 else "\N{MINUS SIGN}"
    hours, rest = divmod(abs(minutes), MINUTE)
    distance = "UTC" if not minutes else f"UTC{sign}{hours}" + (f":{rest:02}" if rest else "")
    return f"{country(place)}, {distance}" if place and zone is not UTC else distance


def moment(value: dt.datetime, place: str | None = None) -> str:
    """Write day, time and zone of an instant as an office in `place` reads it."""
    zone = zone_of(place)
    return t(
        "time.moment",
        day=day(value.astimezone(zone).date()),
        time=clock(value, zone),
        zone=zone_name(value, zone, place),
    )


def number(value: float) -> str:
    """Write a number."""
    return str(format_decimal(value, locale=locale()))


def percent(value: float) -> str:
    """Write a share of one in hundredths."""
    return str(format_percent(value, locale=locale()))


def duration(value: dt.timedelta) -> str:
    """Write a span in its largest unit: 3 days."""
    return format_timedelta(value, locale=locale())


def listed(values: list[str]) -> str:
    """Join words with commas and an "and"."""
    return format_list(values, locale=locale())


@dataclass(frozen=True, slots=True)
class Left:
    """A deadline: what is left of it in words, when it is exactly, whether it is over."""

    words: str
    at: str
    late: bool
    soon: bool


def left(due: dt.datetime, now: dt.datetime, place: str | None = None) -> Left:
    """Say how far a deadline is, in working days of `place` where its calendar is known."""
    zone = zone_of(place)
    seconds = (due - now).total_seconds()
    days = (due.astimezone(zone).date() - now.astimezone(zone).date()).days
    return Left(
        words=_left(seconds, days, due, now, place, clock(due, zone)),
        at=moment(due, place),
        late=seconds < 0,
        soon=0 <= seconds <= SOON_HOURS * HOUR,
    )


def _left(
    seconds: float, days: int, due: dt.datetime, now: dt.datetime, place: str | None, time: str
) -> str:
    if seconds < 0:
        return tn("time.late_days", -days) if days < 0 else t("time.late_today", time=time)
    if days == 0:
        return t("time.today", time=time)
    if days == 1:
        return t("time.tomorrow", time=time)
    working = _working_days(now, due, place)
    return tn("time.in_working_days", working) if working else tn("time.in_days", days)


def _working_days(start: dt.datetime, end: dt.datetime, place: str | None) -> int | None:
    """Count the working days after the day of `start`, up to that of `end`; none if unknown."""
    if place is None:
        return None
    try:
        known = profile(place)
    except UnknownCountry:
        return None
    zone = ZoneInfo(known.time_zone)
    return working_days_between(place, known.calendar_region, zone, start, end)
