"""What a written value means: kept names, organisations, instants; and JSON pointers."""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from nrm_contracts.contract import instant_text
from nrm_contracts.organisations import Organisations

DURATION = re.compile(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?")
NOW = re.compile(r"@now(?:([+-])(P.+))?")


class WrongValue(Exception):
    """A written value names something that does not exist."""


def duration(text: str) -> timedelta:
    """Read an ISO 8601 duration of days, hours, minutes and seconds."""
    found = DURATION.fullmatch(text)
    if found is None or not any(found.groups()):
        raise WrongValue(f"{text}: not a duration")
    days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)


def meant(
    value: Any,  # noqa: ANN401 - whatever the file says
    kept: Mapping[str, Any],
    known: Organisations,
    now: datetime,
) -> Any:  # noqa: ANN401
    """Give what a written value means, all through objects and lists.

    `$name` is something kept, `@org:key` an organisation's id, `@now` and `@now+P3D` instants of
    the services' clock, and `$$…` a text that begins with a dollar sign.
    """
    if isinstance(value, dict):
        return {name: meant(one, kept, known, now) for name, one in value.items()}
    if isinstance(value, list):
        return [meant(one, kept, known, now) for one in value]
    if not isinstance(value, str):
        return value
    if value.startswith("$$"):
        return value[1:]
    if value.startswith("$"):
        if value[1:] not in kept:
            raise WrongValue(f"{value}: nothing was kept under this name")
        return kept[value[1:]]
    if value.startswith("@org:"):
        return _organisation(value[5:], known)
    if found := NOW.fullmatch(value):
        sign, span = found.groups()
        shift = duration(span) if span else timedelta()
        return instant_text(now - shift if sign == "-" else now + shift)
    return value


def pointed(document: Any, pointer: str) -> Any:  # noqa: ANN401
    """Follow a JSON pointer (RFC 6901); `Missing` where it leads nowhere."""
    node = document
    for part in pointer.split("/")[1:]:
        name = part.replace("~1", "/").replace("~0", "~")
        try:
            node = node[int(name)] if isinstance(node, list) else node[name]
        except (KeyError, IndexError, ValueError, TypeError):
            return Missing
    return node


class Missing:
    """What a pointer gives that leads nowhere."""


def _organisation(key: str, known: Organisations) -> str:
    found = known.named(key)
    if found is None:
        raise WrongValue(f"@org:{key}: no such organisation")
    return str(found.id)


__all__ = ["Missing", "WrongValue", "duration", "meant", "pointed"]
