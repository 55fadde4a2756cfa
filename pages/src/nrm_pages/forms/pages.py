"""Which questions stand together on one page, and in which order the pages come."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

from nrm_pages.forms.fields import Field, Kind

OWN_PAGE: Final = frozenset(
    {Kind.ROWS, Kind.NOTES, Kind.ANSWERS, Kind.WORDS, Kind.LINES, Kind.CHOICES, Kind.REFERENCE}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """Where the things are listed of which one may be chosen.

    `path` is asked of `service`'s API (own service where empty); its parameters come from the
    target of the form. `value` and `label` name what is taken and shown of each item; `codes` maps
    shown properties to their code lists; `only` keeps items with these values; `inside` is the
    property of the answer under which the items lie; `filters` are parameters that the address of
    the page may give, each with the question whose answer is asked for where it gives none (a list
    of one answer counts as that answer).
    """

    path: str
    value: str
    label: Sequence[str]
    service: str = ""
    codes: Mapping[str, str] = field(default_factory=dict)
    only: Mapping[str, str] = field(default_factory=dict)
    inside: str = "items"
    filters: Mapping[str, str] = field(default_factory=dict)


KeysOf: TypeAlias = Callable[[Mapping[str, Any]], Sequence[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """The keys of coded answers: given by the answers before, in words of the code list `codes`."""

    codes: str
    of: KeysOf


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """How a service wants one operation asked; what it does not say follows from the schema.

    `pages` lists groups of field names that stand together, in order; `left_out` are fields never
    asked of people; `references` and `keys` (of coded answers, by what was answered before) say
    what can be chosen; `matrix` names row fields whose every code (or pair of codes, of two fields
    with a space between) gets one line of a table; `offered` narrows which codes of a field can be
    chosen; `scales` gives the code list with a word for each number of a field; `templates` gives
    pages a template of their own.
    """

    pages: Sequence[Sequence[str]] = ()
    left_out: frozenset[str] = frozenset()
    references: Mapping[str, Reference] = field(default_factory=dict)
    keys: Mapping[str, "Keys"] = field(default_factory=dict)
    matrix: Mapping[str, str] = field(default_factory=dict)
    offered: Mapping[str, Sequence[str]] = field(default_factory=dict)
    scales: Mapping[str, str] = field(default_factory=dict)
    templates: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Questions that are asked together; `name` is a page's place in its address."""

    name: str
    fields: tuple[Field, ...]


PLAIN: Final = Shape()


def pages_of(body: Field | None, shape: Shape = PLAIN) -> tuple[Page, ...]:
    """Give the pages of a form; raises `KeyError` for a shape that names an unknown field."""
    if body is None:
        return ()
    known = {one.name: one for one in body.leaves() if one.name not in shape.left_out}
    made = [tuple(known.pop(name) for name in names) for names in shape.pages]
    made += list(_grouped(body, known))
    return tuple(Page(name=fields[0].name, fields=fields) for fields in made if fields)


def _grouped(part: Field, known: Mapping[str, Field]) -> Iterator[tuple[Field, ...]]:
    """Short questions of one group stand together; what needs room stands alone."""
    together: list[Field] = []
    for one in part.fields:
        if one.kind is Kind.GROUP:
            continue
        if one.name not in known:
            continue
        if one.kind in OWN_PAGE or not part.path:
            yield (one,)
        else:
            together.append(one)
    if together:
        yield tuple(together)
    for one in part.fields:
        if one.kind is Kind.GROUP:
            yield from _grouped(one, known)
