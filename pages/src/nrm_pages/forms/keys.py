"""Which texts the pages of a desk need: known from its document and what it declares.

The check of the catalogues compares these with what translators wrote, so that a new operation,
question or code without words is found before anybody sees it.
"""

from collections.abc import Iterator

from nrm_pages.desk import Column, Desk, Listing
from nrm_pages.forms.fields import Field, Kind
from nrm_pages.forms.operations import Document, Operation
from nrm_pages.forms.pages import PLAIN, Shape, pages_of

CODED = frozenset({Kind.CHOICE, Kind.CHOICES, Kind.NOTES, Kind.ANSWERS})


def needed_keys(desk: Desk, document: Document) -> set[str]:
    """Give every key that the pages of a desk may ask for, beside those in templates and code."""
    found = {f"desk.{desk.service}"}
    for operation in document.operations.values():
        if operation.method != "GET" and operation.name not in desk.hidden:
            found.update(_operation(operation, desk.shapes.get(operation.name, PLAIN)))
    for listing in desk.listings():
        found.update(_listing(listing))
    found.update(f"thing.{one.name}" for one in desk.things)
    return found


def needed_codes(desk: Desk, document: Document) -> set[tuple[str, str]]:
    """Give the code lists and values that forms offer: each needs `code.<list>.<value>`."""
    found: set[tuple[str, str]] = set()
    for operation in document.operations.values():
        if operation.body is not None and operation.name not in desk.hidden:
            for one in _all(operation.body):
                if one.kind in CODED:
                    found |= {(one.codes, value) for value in one.values}
    return found


def _all(field: Field) -> Iterator[Field]:
    yield field
    for one in field.fields:
        yield from _all(one)


def _operation(operation: Operation, shape: Shape) -> Iterator[str]:
    start = f"do.{operation.name}"
    yield from (start, f"{start}.about", f"{start}.send", f"{start}.done")
    for page in pages_of(operation.body, shape):
        if len(page.fields) > 1:
            yield f"topic.{operation.name}.{page.name}"
        for one in page.fields:
            yield f"ask.{operation.name}.{one.name}"
            yield from (f"ask.{operation.name}.{one.name}.{inner.name}" for inner in one.fields)


def _listing(listing: Listing) -> Iterator[str]:
    yield from (f"list.{listing.name}", f"list.{listing.name}.none")
    yield from (f"show.{listing.name}.{column.name}" for column in listing.columns)


def columns_of(desk: Desk) -> Iterator[Column]:
    """Give every column that a desk shows."""
    for listing in desk.listings():
        yield from listing.columns
