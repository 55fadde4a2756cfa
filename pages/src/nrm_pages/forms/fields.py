"""A request's body as a tree of questions, read from its JSON Schema (OpenAPI 3.1)."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

LONG: Final = 300  # characters from which an answer gets more than one line
PATTERNS: Final = {
    "^[a-z]{2,3}$": "language",
    "^[A-Z]{2}$": "country",
    "^[A-Z]{3}$": "currency",
}
PHONE: Final = "\\d{1,14}"

Schema = Mapping[str, Any]


class Kind(StrEnum):
    """How a question is asked and its answer read."""

    YES_NO = "yes_no"
    CHOICE = "choice"
    CHOICES = "choices"
    REFERENCE = "reference"
    INSTANT = "instant"
    DATE = "date"
    NUMBER = "number"
    LINE = "line"
    WORDS = "words"
    LINES = "lines"
    LANGUAGE = "language"
    LANGUAGES = "languages"
    COUNTRY = "country"
    COUNTRIES = "countries"
    CURRENCY = "currency"
    PHONE = "phone"
    NOTES = "notes"
    ANSWERS = "answers"
    ROWS = "rows"
    GROUP = "group"


SEVERAL: Final = {Kind.LANGUAGE: Kind.LANGUAGES, Kind.COUNTRY: Kind.COUNTRIES}


class Unshown(Exception):
    """A schema asks for something that no kind of question can ask."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One question. `path` leads to its answer in the body, or in the row that holds it.

    `codes` names the code list whose `values` may be chosen; `least` and `most` bound a number,
    the length of a text or the count of a list.
    """

    path: tuple[str, ...]
    kind: Kind
    required: bool
    codes: str = ""
    values: tuple[str, ...] = ()
    least: int | None = None
    most: int | None = None
    pattern: str = ""
    fields: tuple["Field", ...] = ()
    default: Any = None

    @property
    def name(self) -> str:
        """The field's name in a form."""
        return ".".join(self.path)

    def leaves(self) -> Iterator["Field"]:
        """Give the questions below this one, groups opened; the field itself where it is none."""
        if self.kind is not Kind.GROUP:
            yield self
            return
        for each in self.fields:
            yield from each.leaves()


def read_field(schema: Schema, document: Schema) -> Field:
    """Read the tree of a body; raises `Unshown` for what no question can ask."""
    return _read(schema, document, (), required=True)


def _read(schema: Schema, document: Schema, path: tuple[str, ...], *, required: bool) -> Field:
    name, found = _resolved(schema, document)
    default = schema.get("default", found.get("default"))

    def field(kind: Kind, **more: Any) -> Field:  # noqa: ANN401 - the fields of a field
        return Field(path=path, kind=kind, required=required, default=default, **more)

    if "enum" in found:
        return field(Kind.CHOICE, codes=name, values=tuple(map(str, found["enum"])))
    match found.get("type"):
        case "boolean":
            return field(Kind.YES_NO)
        case "integer":
            return field(Kind.NUMBER, least=_whole(found, "minimum"), most=_whole(found, "maximum"))
        case "string":
            return _text(found, field)
        case "array":
            return _list(found, document, path, field)
        case "object" if "properties" in found:
            wanted = set(found.get("required", ()))
            inner = tuple(
                _read(one, document, (*path, key), required=key in wanted)
                for key, one in found["properties"].items()
            )
            return field(Kind.GROUP, fields=inner)
        case "object":
            return _map(found, document, field)
    raise Unshown(".".join(path))


def _resolved(schema: Schema, document: Schema) -> tuple[str, Schema]:
    """Follow references and "or null"; give the last name and the schema behind it."""
    name = ""
    while True:
        if "$ref" in schema:
            name = str(schema["$ref"]).rsplit("/", maxsplit=1)[-1]
            schema = document["components"]["schemas"][name]
        elif "anyOf" in schema:
            some = [one for one in schema["anyOf"] if one.get("type") != "null"]
            if len(some) != 1:
                raise Unshown(name)
            schema = some[0]
        else:
            return name, schema


def _text(found: Schema, field: Callable[..., Field]) -> Field:
    shape, pattern = found.get("format"), str(found.get("pattern", ""))
    if shape in {"uuid", "date", "date-time"}:
        return field({"uuid": Kind.REFERENCE, "date": Kind.DATE}.get(str(shape), Kind.INSTANT))
    if pattern in PATTERNS:
        return field(Kind(PATTERNS[pattern]), pattern=pattern)
    if PHONE in pattern:
        return field(Kind.PHONE, pattern=pattern)
    bounds = {"least": _whole(found, "minLength"), "most": _whole(found, "maxLength")}
    kind = Kind.WORDS if (bounds["most"] or LONG + 1) > LONG else Kind.LINE
    return field(kind, pattern=pattern, **bounds)


def _list(
    found: Schema, document: Schema, path: tuple[str, ...], field: Callable[..., Field]
) -> Field:
    bounds = {"least": _whole(found, "minItems"), "most": _whole(found, "maxItems")}
    one = _read(found["items"], document, (), required=True)
    match one.kind:
        case Kind.CHOICE:
            return field(Kind.CHOICES, codes=one.codes, values=one.values, **bounds)
        case Kind.GROUP:
            return field(Kind.ROWS, fields=one.fields, **bounds)
        case Kind.LANGUAGE | Kind.COUNTRY:
            return field(SEVERAL[one.kind], pattern=one.pattern, **bounds)
        case Kind.LINE | Kind.WORDS:
            return field(Kind.LINES, **bounds)
    raise Unshown(".".join(path))


def _map(found: Schema, document: Schema, field: Callable[..., Field]) -> Field:
    """A note for each of some codes, or a coded answer for each of some keys."""
    bounds = {"least": _whole(found, "minProperties"), "most": _whole(found, "maxProperties")}
    value = _read(found["additionalProperties"], document, (), required=True)
    if value.kind is Kind.CHOICE:
        return field(Kind.ANSWERS, codes=value.codes, values=value.values, **bounds)
    name, keys = _resolved(found["propertyNames"], document)
    return field(Kind.NOTES, codes=name, values=tuple(map(str, keys["enum"])), **bounds)


def _whole(found: Schema, name: str) -> int | None:
    value = found.get(name)
    return None if value is None else int(value)
