"""Values in words: the answers of a form to check, the properties of what an API showed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from nrm_pages.desk import Column
from nrm_pages.forms.answers import ABSENT, answer
from nrm_pages.forms.choosing import Asking, Choices, choices_of
from nrm_pages.forms.fields import Field, Kind
from nrm_pages.forms.pages import Page, Shape
from nrm_pages.seat import Seat
from nrm_pages.words import t
from nrm_pages.words.formats import Left, country, day, left, moment, number, spoken


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One question and its answer, to be checked; `page` is where it can be changed."""

    name: str
    page: str
    words: Sequence[str]


async def summary(
    seat: Seat,
    shape: Shape,
    target: Mapping[str, str],
    pages: Sequence[Page],
    answers: Mapping[str, Any],
) -> list[Line]:
    """Give every question with its answer in words."""
    lines = []
    asking = Asking(shape=shape, target=target, answers=answers)
    for page in pages:
        choices = await choices_of(seat, asking, page)
        for one in page.fields:
            value = answer(answers, one)
            words = [] if value is ABSENT else in_words(seat, one, value, choices, one.name)
            lines.append(Line(name=one.name, page=page.name, words=words))
    return lines


def in_words(seat: Seat, asked: Field, value: Any, choices: Choices, name: str) -> list[str]:  # noqa: ANN401
    """Give an answer in words, one text for each line."""
    match asked.kind:
        case Kind.YES_NO:
            return [t("answer.yes" if value else "answer.no")]
        case Kind.INSTANT:
            return [moment(datetime.fromisoformat(value), seat.principal.country)]
        case Kind.DATE:
            return [day(date.fromisoformat(value))]
        case Kind.NUMBER:
            return [choices.words(name, str(value)) or number(value)]
        case Kind.CHOICES | Kind.LANGUAGES | Kind.COUNTRIES:
            return [choices.words(name, one) or one for one in value]
        case Kind.CHOICE | Kind.REFERENCE | Kind.LANGUAGE | Kind.COUNTRY | Kind.CURRENCY:
            return [choices.words(name, value) or t("answer.gone")]
        case Kind.NOTES:
            return [f"{choices.words(name, code)}: {words}" for code, words in value.items()]
        case Kind.ANSWERS:
            return [
                f"{choices.words(name, key) or key}: {t(f'code.{asked.codes}.{code}')}"
                for key, code in value.items()
            ]
        case Kind.ROWS:
            return [_row(seat, asked, row, choices) for row in value]
        case Kind.LINES:
            return list(value)
        case _:
            return str(value).splitlines() or [""]


def _row(seat: Seat, asked: Field, row: Mapping[str, Any], choices: Choices) -> str:
    found = [
        ", ".join(in_words(seat, one, row[one.name], choices, f"{asked.name}.{one.name}"))
        for one in asked.fields
        if one.name in row
    ]
    return " · ".join(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One property in words; `left` where it is a deadline, `link` where it leads somewhere."""

    name: str
    words: Sequence[str]
    left: Left | None = None
    link: str = ""


def cell(seat: Seat, column: Column, item: Mapping[str, Any], now: datetime) -> Cell:
    """Show one property of an item."""
    value: Any = item
    for part in column.name.split("."):
        if isinstance(value, list):
            value = [one.get(part) for one in value if isinstance(one, Mapping)]
        else:
            value = value.get(part) if isinstance(value, Mapping) else None
    if value is None or value in ("", []):
        return Cell(name=column.name, words=())
    if column.show == "deadline":
        due = left(datetime.fromisoformat(str(value)), now, seat.principal.country)
        return Cell(name=column.name, words=(due.words,), left=due)
    values = value if isinstance(value, list) else [value]
    link = _case(seat, column.at, str(value)) if column.show == "case" else ""
    if column.show == "case" and not link:
        return Cell(name=column.name, words=())
    return Cell(name=column.name, words=[_shown(seat, column, one) for one in values], link=link)


def _case(seat: Seat, desk: str, case: str) -> str:
    """Give the page of a case at a desk; nothing where this copy has no such desk."""
    if not desk:
        return f"/desk/cases/{case}"
    start = seat.office.web.running.settings.urls.get(desk)
    return f"{start}/desk/cases/{case}" if start else ""


def _shown(seat: Seat, column: Column, value: Any) -> str:  # noqa: ANN401
    match column.show:
        case "code" | "codes":
            return t(f"code.{column.codes}.{value}")
        case "instant":
            return moment(datetime.fromisoformat(str(value)), seat.principal.country)
        case "date":
            return day(date.fromisoformat(str(value)[:10]))
        case "organisation":
            return seat.organisation(str(value)) or t("organisation.unknown")
        case "number":
            return number(value)
        case "yes_no":
            return t("answer.yes" if value in (True, "yes") else "answer.no")
        case "country":
            return country(str(value))
        case "language":
            return spoken(str(value))
        case "case":
            return t("case.open")
        case _:
            return str(value)
