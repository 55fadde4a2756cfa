"""What can be chosen where an answer is the id of something: organisations, consents, plans …"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from babel import Locale

from nrm_pages.forms.fields import Field, Kind
from nrm_pages.forms.pages import Page, Reference, Shape
from nrm_pages.seat import Seat
from nrm_pages.words import t
from nrm_pages.words.formats import moment
from nrm_pages.words.language import locale

LIMIT: Final = "200"
ORGANISATIONS: Final = Reference(path="", value="id", label=("name",))
COUNTRIES_LENGTH: Final = 2
NO_COUNTRIES: Final = frozenset({"EU", "EZ", "QO", "UN", "XA", "XB", "ZZ"})

# Languages that people who were trafficked in Europe speak most; any other is typed as its code.
SPOKEN: Final = (
    "am", "ar", "be", "bg", "bn", "bs", "cs", "de", "el", "en", "es", "et", "fa", "fr", "ha", "hi",
    "hr", "hu", "hy", "it", "ka", "ku", "lt", "lv", "mk", "mo", "ne", "nl", "pl", "ps", "pt", "rom",
    "ro", "ru", "sk", "sl", "so", "sq", "sr", "ti", "tl", "tr", "uk", "ur", "vi", "wo", "yo", "zh",
)  # fmt: skip
CURRENCIES: Final = ("BGN", "CHF", "EUR", "GBP", "HUF", "MDL", "PLN", "RON", "UAH", "USD")


@dataclass(frozen=True, slots=True)
class Choices:
    """Per question: what may be chosen, as value and words, in the order to show.

    `items` are the things behind the values, as their API shows them; `asked` by which filters.
    """

    of: Mapping[str, Sequence[tuple[str, str]]] = field(default_factory=dict)
    items: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)
    asked: Mapping[str, str] = field(default_factory=dict)

    def words(self, name: str, value: str) -> str:
        """Give the words of a chosen value; nothing where it is not on the list any more."""
        return next((words for one, words in self.of.get(name, ()) if one == value), "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """For which form something may be chosen: its shape, its target and the answers so far.

    `query` are the parameters of the page's address; None where everything is to be listed.
    """

    shape: Shape
    target: Mapping[str, str]
    answers: Mapping[str, Any]
    query: Mapping[str, str] | None = None


async def choices_of(seat: Seat, asking: Asking, page: Page) -> Choices:
    """Ask what can be chosen for every question of a page."""
    found: dict[str, Sequence[tuple[str, str]]] = {}
    items: dict[str, Sequence[Mapping[str, Any]]] = {}
    asked: dict[str, str] = {}
    for one in page.fields:
        for name, field_ in _asked_in(one):
            numbered = field_.kind is Kind.NUMBER and name in asking.shape.references
            if field_.kind is Kind.REFERENCE or numbered:
                reference = asking.shape.references.get(name, ORGANISATIONS)
                filters = filters_of(reference, asking)
                found[name], items[name] = await _listed(seat, reference, asking.target, filters)
                asked |= filters
            else:
                found[name] = _coded(asking, field_, name)
    return Choices(found, items, asked)


def _asked_in(one: Field) -> list[tuple[str, Field]]:
    inner = one.fields if one.kind is Kind.ROWS else ()
    return [(one.name, one), *((f"{one.name}.{each.name}", each) for each in inner)]


def filters_of(reference: Reference, asking: Asking) -> dict[str, str]:
    """Give what a list is asked for: by the page's address, else by the answers before."""
    if asking.query is None:
        return {}
    if any(name in asking.query for name in reference.filters):
        given = {name: asking.query.get(name, "") for name in reference.filters}
    else:
        given = {name: _single(asking.answers.get(by)) for name, by in reference.filters.items()}
    return {name: value for name, value in given.items() if value}


def _single(answer: Any) -> str:  # noqa: ANN401 - any JSON
    """Give an answer that stands alone; several are no filter."""
    if isinstance(answer, list):
        return str(answer[0]) if len(answer) == 1 else ""
    return "" if answer is None else str(answer)


def _coded(asking: Asking, one: Field, name: str) -> Sequence[tuple[str, str]]:
    match one.kind:
        case Kind.ANSWERS:
            keys = asking.shape.keys[name]
            return [(code, t(f"code.{keys.codes}.{code}")) for code in keys.of(asking.answers)]
        case Kind.NUMBER if name in asking.shape.scales:
            steps = range(one.least or 0, (one.most or 0) + 1)
            return [(str(n), t(f"code.{asking.shape.scales[name]}.{n}")) for n in steps]
        case Kind.CHOICE | Kind.CHOICES | Kind.NOTES:
            offered = asking.shape.offered.get(name, one.values)
            return [(code, t(f"code.{one.codes}.{code}")) for code in offered]
        case Kind.LANGUAGE | Kind.LANGUAGES:
            return _named(SPOKEN, locale().languages)
        case Kind.COUNTRY | Kind.COUNTRIES:
            return _named(_countries(locale()), locale().territories)
        case Kind.CURRENCY:
            return _named(CURRENCIES, locale().currencies)
        case _:
            return ()


def _named(codes: Sequence[str], names: Mapping[str, str]) -> list[tuple[str, str]]:
    return sorted(((code, str(names.get(code, code))) for code in codes), key=lambda one: one[1])


def _countries(here: Locale) -> list[str]:
    names = (str(code) for code in here.territories)
    found = (code for code in names if len(code) == COUNTRIES_LENGTH and code.isalpha())
    return [code for code in found if code not in NO_COUNTRIES]


async def _listed(
    seat: Seat, reference: Reference, target: Mapping[str, str], filters: Mapping[str, str]
) -> tuple[list[tuple[str, str]], list[Mapping[str, Any]]]:
    """Give what a list has, as value and words, and as it is."""
    if not reference.path:
        named = (
            (str(one.id), f"{one.name} ({one.country})") for one in seat.office.known.organisations
        )
        return sorted(named, key=lambda one: one[1].casefold()), []
    path = reference.path.format_map(target)
    query = {"limit": LIMIT, **filters} if reference.service == "" else None
    reply = await seat.doors.get(path, service=reference.service, query=query)
    body = reply.body if reply.ok else []
    items = body.get(reference.inside, [body]) if isinstance(body, dict) else body
    kept = [
        item
        for item in items
        if item.get(reference.value) is not None
        and all(str(item.get(key)) == value for key, value in reference.only.items())
    ]
    return [(str(item[reference.value]), _label(seat, reference, item)) for item in kept], kept


def _label(seat: Seat, reference: Reference, item: Mapping[str, Any]) -> str:
    words = [_words(seat, reference, name, item.get(name)) for name in reference.label]
    return ", ".join(one for one in words if one)


def _words(seat: Seat, reference: Reference, name: str, value: Any) -> str:  # noqa: ANN401
    if value is None or value == "":
        return ""
    if isinstance(value, list):
        return ", ".join(_words(seat, reference, name, one) for one in value)
    codes = reference.codes.get(name)
    if codes == "organisation":
        return seat.organisation(str(value))
    if codes == "instant":
        return moment(datetime.fromisoformat(str(value)), seat.principal.country)
    return t(f"code.{codes}.{value}") if codes else str(value)
