"""Answers as they lie in a draft: one JSON object in the form of the request's body."""

from collections.abc import Iterator, Mapping, MutableMapping
from typing import Any, Final

from nrm_pages.forms.fields import Field, Kind


class Absent:
    """There is no answer."""


ABSENT: Final = Absent()

Answers = MutableMapping[str, Any]


def answer(answers: Mapping[str, Any], field: Field) -> Any:  # noqa: ANN401 - any JSON
    """Give the answer to a question, or `ABSENT`."""
    found: Any = answers
    for part in field.path:
        if not isinstance(found, Mapping) or part not in found:
            return ABSENT
        found = found[part]
    return found


def put(answers: Answers, field: Field, value: object) -> None:
    """Write an answer; `ABSENT` takes it out, and with it whatever group is then empty."""
    if value is ABSENT:
        _take_out(answers, field.path)
        return
    inner: Any = answers
    for part in field.path[:-1]:
        inner = inner.setdefault(part, {})
    inner[field.path[-1]] = value


def _take_out(answers: Answers, path: tuple[str, ...]) -> None:
    if len(path) > 1:
        inner = answers.get(path[0])
        if isinstance(inner, dict):
            _take_out(inner, path[1:])
            if not inner:
                answers.pop(path[0])
    else:
        answers.pop(path[0], None)


def missing(answers: Mapping[str, Any], body: Field) -> Iterator[Field]:
    """Give the questions that must be answered and are not.

    A group that may be left out must be answered whole once one of its questions was.
    """
    for one in body.fields:
        found = answers.get(one.path[-1], ABSENT)
        if one.kind is Kind.GROUP:
            if one.required or found is not ABSENT:
                yield from missing(found if isinstance(found, Mapping) else {}, one)
        elif one.required and one.default is None and found is ABSENT:
            yield one
