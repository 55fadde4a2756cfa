"""Reads what a browser posted: texts become the values that the API wants, or faults with a rule.

Fields are named by their path (`private.language`); a date and an instant have parts (`.day`,
`.month`, `.year`, `.time`); a line of a table has its number (`ratings.3.likelihood`). A fault
names the field and the rule and never says what was typed.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from nrm_pages.forms.answers import ABSENT
from nrm_pages.forms.fields import Field, Kind

ROWS_MAX: Final = 200
TIME: Final = re.compile(r"^([01]?\d|2[0-3])[:.]([0-5]\d)$")
INNER: Final = re.compile(r"[^\S\n]+")

Posted = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """An answer that cannot be taken: which field, which rule (`fault.<rule>`), its bounds."""

    name: str
    rule: str
    bounds: Mapping[str, int] = field(default_factory=dict)


class _Refused(Exception):
    """An answer breaks a rule."""

    def __init__(self, rule: str, **bounds: int) -> None:
        super().__init__(rule)
        self.rule = rule
        self.bounds = bounds


def read(asked: Field, posted: Posted, zone: ZoneInfo) -> tuple[Any, list[Fault]]:
    """Give the answer to a question (`ABSENT` where nothing was answered) and its faults."""
    if asked.kind is Kind.ROWS:
        return _rows(asked, posted, zone)
    try:
        found = _READERS[asked.kind](asked, asked.name, posted, zone)
    except _Refused as refused:
        return ABSENT, [Fault(name=asked.name, rule=refused.rule, bounds=refused.bounds)]
    return found, []


def required(asked: Field) -> Fault:
    """Give the fault of a question that must be answered and was not."""
    return Fault(name=asked.name, rule=f"missing-{asked.kind.value.replace('_', '-')}")


def _one(name: str, posted: Posted) -> str:
    texts = posted.get(name, ())
    return texts[0].strip() if texts else ""


def _choice(asked: Field, name: str, posted: Posted, _: ZoneInfo) -> Any:  # noqa: ANN401
    text = _one(name, posted)
    if not text:
        return ABSENT
    if text not in asked.values:
        raise _Refused("unknown-choice")
    return text


def _choices(asked: Field, name: str, posted: Posted, _: ZoneInfo) -> Any:  # noqa: ANN401
    texts = sorted({one for one in posted.get(name, ()) if one})
    if not set(texts) <= set(asked.values):
        raise _Refused("unknown-choice")
    return _bounded(asked, texts)


def _yes_no(_: Field, name: str, posted: Posted, __: ZoneInfo) -> Any:  # noqa: ANN401
    text = _one(name, posted)
    if text not in {"", "yes", "no"}:
        raise _Refused("unknown-choice")
    return ABSENT if not text else text == "yes"


def _reference(_: Field, name: str, posted: Posted, __: ZoneInfo) -> Any:  # noqa: ANN401
    text = _one(name, posted)
    if not text:
        return ABSENT
    try:
        return str(UUID(text))
    except ValueError:
        raise _Refused("unknown-choice") from None


def _number(asked: Field, name: str, posted: Posted, _: ZoneInfo) -> Any:  # noqa: ANN401
    text = _one(name, posted)
    if not text:
        return ABSENT
    if not re.fullmatch(r"-?\d{1,12}", text):
        raise _Refused("whole-number")
    number = int(text)
    if asked.least is not None and number < asked.least:
        raise _Refused("too-small", least=asked.least)
    if asked.most is not None and number > asked.most:
        raise _Refused("too-large", most=asked.most)
    return number


def _line(asked: Field, name: str, posted: Posted, _: ZoneInfo) -> Any:  # noqa: ANN401
    text = INNER.sub(" ", _one(name, posted).replace("\r\n", "\n"))
    if not text:
        return ABSENT
    if asked.most is not None and len(text) > asked.most:
        raise _Refused("too-long", most=asked.most)
    if asked.pattern and not re.search(asked.pattern, text):
        raise _Refused(f"not-a-{asked.kind.value}")
    return text


def _phone(asked: Field, name: str, posted: Posted, zone: ZoneInfo) -> Any:  # noqa: ANN401
    bare = [re.sub(r"[\s().-]", "", one) for one in posted.get(name, ())]
    return _line(asked, name, {name: bare}, zone)


def _lines(asked: Field, name: str, posted: Posted, _: ZoneInfo) -> Any:  # noqa: ANN401
    texts = [one.strip() for one in _one(name, posted).splitlines()]
    return _bounded(asked, [one for one in texts if one])


def _several(asked: Field, name: str, posted: Posted, _: ZoneInfo) -> Any:  # noqa: ANN401
    texts = sorted({one.strip() for one in posted.get(name, ()) if one.strip()})
    if not all(re.search(asked.pattern, one) for one in texts):
        raise _Refused("unknown-choice")
    return _bounded(asked, texts)


def _bounded(asked: Field, items: list[str]) -> Any:  # noqa: ANN401
    if asked.most is not None and len(items) > asked.most:
        raise _Refused("too-many", most=asked.most)
    if not items and (asked.default is not None or not asked.required):
        return ABSENT
    if len(items) < (asked.least or 0):
        return ABSENT
    return items


def _date(_: Field, name: str, posted: Posted, __: ZoneInfo) -> Any:  # noqa: ANN401
    found = _day(name, posted)
    return ABSENT if found is None else found.isoformat()


def _day(name: str, posted: Posted) -> date | None:
    parts = [_one(f"{name}.{part}", posted) for part in ("year", "month", "day")]
    if not any(parts):
        return None
    if not all(re.fullmatch(r"\d{1,4}", one) for one in parts):
        raise _Refused("not-a-date")
    try:
        return date(*map(int, parts))
    except ValueError:
        raise _Refused("not-a-date") from None


def _instant(_: Field, name: str, posted: Posted, zone: ZoneInfo) -> Any:  # noqa: ANN401
    """Read a day and a time of the office's zone; the answer is in UTC."""
    day, text = _day(name, posted), _one(f"{name}.time", posted)
    if day is None and not text:
        return ABSENT
    hours = TIME.match(text)
    if day is None or hours is None:
        raise _Refused("not-an-instant")
    local = datetime.combine(day, time(int(hours[1]), int(hours[2])), zone)
    if local.astimezone(UTC).astimezone(zone) != local:
        raise _Refused("no-such-time")
    return local.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _notes(asked: Field, name: str, posted: Posted, _: ZoneInfo) -> Any:  # noqa: ANN401
    found = {code: _one(f"{name}.{code}", posted) for code in asked.values}
    given = {code: text for code, text in found.items() if text}
    return given or ({} if asked.required else ABSENT)


def _answers(asked: Field, name: str, posted: Posted, _: ZoneInfo) -> Any:  # noqa: ANN401
    start = f"{name}."
    found = {key.removeprefix(start): _one(key, posted) for key in posted if key.startswith(start)}
    given = {key: text for key, text in found.items() if text}
    if not set(given.values()) <= set(asked.values):
        raise _Refused("unknown-choice")
    return given or ABSENT


def _rows(asked: Field, posted: Posted, zone: ZoneInfo) -> tuple[Any, list[Fault]]:
    """Read the lines of a table; a line whose fields are all empty is none."""
    rows: list[dict[str, Any]] = []
    faults: list[Fault] = []
    for number in numbers(asked.name, posted):
        start = f"{asked.name}.{number}."
        inner = {k.removeprefix(start): v for k, v in posted.items() if k.startswith(start)}
        row, wrong = _row(asked, inner, zone)
        faults += [replace(one, name=start + one.name) for one in wrong]
        if row:
            rows.append(row)
    if asked.most is not None and len(rows) > asked.most:
        faults.append(Fault(name=asked.name, rule="too-many", bounds={"most": asked.most}))
    return rows or ABSENT, faults


def _row(asked: Field, inner: Posted, zone: ZoneInfo) -> tuple[dict[str, Any], list[Fault]]:
    row: dict[str, Any] = {}
    faults: list[Fault] = []
    fixed = set(inner.get("fixed", ()))  # what the page wrote into the line, not the person
    for one in asked.fields:
        value, wrong = read(one, inner, zone)
        faults += wrong
        if value is not ABSENT:
            row[one.name] = value
    if not set(row) - fixed and not faults:
        return {}, []
    faults += [required(one) for one in asked.fields if one.required and one.name not in row]
    return row, faults


def numbers(name: str, posted: Posted) -> list[int]:
    """Give the numbers of the lines of a table that were posted."""
    shape = re.compile(re.escape(name) + r"\.(\d{1,3})\.")
    found = {int(match[1]) for key in posted if (match := shape.match(key)) is not None}
    return sorted(found)[:ROWS_MAX]


_READERS: Final[Mapping[Kind, Callable[[Field, str, Posted, ZoneInfo], Any]]] = {
    Kind.YES_NO: _yes_no,
    Kind.CHOICE: _choice,
    Kind.CHOICES: _choices,
    Kind.REFERENCE: _reference,
    Kind.INSTANT: _instant,
    Kind.DATE: _date,
    Kind.NUMBER: _number,
    Kind.LINE: _line,
    Kind.WORDS: _line,
    Kind.LINES: _lines,
    Kind.LANGUAGE: _line,
    Kind.COUNTRY: _line,
    Kind.CURRENCY: _line,
    Kind.LANGUAGES: _several,
    Kind.COUNTRIES: _several,
    Kind.PHONE: _phone,
    Kind.NOTES: _notes,
    Kind.ANSWERS: _answers,
}
