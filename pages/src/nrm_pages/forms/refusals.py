"""Brings what the API refuses back to the questions that were asked."""

from collections.abc import Mapping
from typing import Final

from nrm_pages.doors import Reply
from nrm_pages.forms.fields import Field
from nrm_pages.forms.operations import Operation
from nrm_pages.forms.posted import Fault, required

MISSING: Final = frozenset({"missing", "missing_argument"})


def faults_of(reply: Reply, operation: Operation) -> list[Fault]:
    """Give the faults of the fields that a validation problem points at."""
    if operation.body is None:
        return []
    known = {one.path: one for one in operation.body.leaves()}
    found = (_fault(one, known) for one in reply.errors)
    return [one for one in found if one is not None]


def _fault(error: Mapping[str, str], known: Mapping[tuple[str, ...], Field]) -> Fault | None:
    """Find the question behind a pointer such as `/body/private/language`."""
    parts = tuple(error.get("pointer", "").strip("/").split("/"))
    if parts[:1] == ("body",):
        parts = parts[1:]
    for length in range(len(parts), 0, -1):
        field = known.get(parts[:length])
        if field is not None:
            if error.get("code") in MISSING and length == len(parts):
                return required(field)
            return Fault(name=field.name, rule="refused")
    return None
