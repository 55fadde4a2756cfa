"""Tables of questions in which every code, or every pair of codes, has a line of its own."""

from collections.abc import Mapping, Sequence
from itertools import product
from typing import Any

from nrm_pages.forms.fields import Field


def lines_of(asked: Field, by: str) -> list[tuple[str, ...]]:
    """Give what each line is about: a code, or one of each field that `by` names, in order."""
    inner = {one.name: one for one in asked.fields}
    return list(product(*(inner[name].values for name in by.split())))


def in_place(asked: Field, rows: Sequence[Mapping[str, Any]], by: str) -> list[Mapping[str, Any]]:
    """Give the rows in the order of the lines, an empty one for each line without an answer."""
    names = by.split()
    found = {tuple(str(row.get(name)) for name in names): row for row in rows}
    return [found.get(line, {}) for line in lines_of(asked, by)]
