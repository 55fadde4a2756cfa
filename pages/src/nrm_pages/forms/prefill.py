"""The reverse of reading: an answer as the texts that a browser would post for it."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from nrm_pages.forms.answers import ABSENT
from nrm_pages.forms.fields import Field, Kind


def texts_of(asked: Field, value: Any, zone: ZoneInfo) -> dict[str, list[str]]:  # noqa: ANN401 - any JSON
    """Give the texts of an answer by the names of the inputs; none where there is no answer."""
    name = asked.name
    if value is ABSENT:
        return {}
    match asked.kind:
        case Kind.ROWS:
            return _rows(asked, value, zone)
        case Kind.YES_NO:
            return {name: ["yes" if value else "no"]}
        case Kind.DATE:
            return _day(name, date.fromisoformat(value))
        case Kind.INSTANT:
            local = datetime.fromisoformat(value).astimezone(zone)
            return {**_day(name, local.date()), f"{name}.time": [local.strftime("%H:%M")]}
        case Kind.NOTES | Kind.ANSWERS:
            found: Mapping[str, str] = value
            return {f"{name}.{code}": [text] for code, text in found.items()}
        case Kind.LINES:
            return {name: ["\n".join(value)]}
        case _:
            return {name: [str(one) for one in (value if isinstance(value, list) else [value])]}


def _day(name: str, value: date) -> dict[str, list[str]]:
    return {
        f"{name}.day": [str(value.day)],
        f"{name}.month": [str(value.month)],
        f"{name}.year": [str(value.year)],
    }


def _rows(asked: Field, rows: Any, zone: ZoneInfo) -> dict[str, list[str]]:  # noqa: ANN401 - any JSON
    found: dict[str, list[str]] = {}
    for number, row in enumerate(rows):
        for one in asked.fields:
            for name, texts in texts_of(one, row.get(one.name, ABSENT), zone).items():
                found[f"{asked.name}.{number}.{name}"] = texts
    return found
