"""Holds what a written case must prove against the verified entries of the ledger alone.

A condition looks at facts of one type: those whose contract data match `where` (a list is met
when it holds all that is written). `before` and `after` compare with the first, or last, fact of
another type by `occurred_at`; `same` wants a field equal to a field of the fact named by
`type.field`; `unlike` wants another worker than the one behind the facts of that type.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from nrm_cli.scenario.values import Missing

Entry = Mapping[str, Any]


def unmet(conditions: Sequence[Mapping[str, Any]], entries: Sequence[Entry]) -> list[str]:
    """Give one line for each condition that does not hold."""
    faults = []
    for condition in conditions:
        fault = _fault(condition, entries)
        if fault:
            faults.append(f"{condition['fact']}: {fault}")
    return faults


def _fault(condition: Mapping[str, Any], entries: Sequence[Entry]) -> str | None:
    found = _of(condition["fact"], entries)
    found = [one for one in found if _matches(condition.get("where", {}), one)]
    for name, path in condition.get("same", {}).items():
        others = _values(path, entries)
        found = [one for one in found if _field(one, name) in others]
    if (other := condition.get("before")) is not None:
        limits = [one["occurred_at"] for one in _of(other, entries)]
        if not limits:
            return f"there is no {other} to come before"
        found = [one for one in found if one["occurred_at"] <= min(limits)]
    if (other := condition.get("after")) is not None:
        limits = [one["occurred_at"] for one in _of(other, entries)]
        if not limits:
            return f"there is no {other} to come after"
        found = [one for one in found if one["occurred_at"] >= min(limits)]
    if (other := condition.get("unlike")) is not None:
        others = {_worker(one) for one in _of(other, entries)}
        found = [one for one in found if _worker(one) not in others | {None}]
    return _counted(condition, found)


def _counted(condition: Mapping[str, Any], found: Sequence[Entry]) -> str | None:
    if (wanted := condition.get("count")) is not None:
        return None if len(found) == wanted else f"{len(found)} in place of {wanted}"
    least = condition.get("at_least", 1)
    if len(found) < least:
        return f"{len(found)}, at least {least} wanted"
    return None


def _worker(entry: Entry) -> Any:  # noqa: ANN401 - any JSON value
    return entry["actor"].get("worker")


def _of(name: str, entries: Sequence[Entry]) -> list[Entry]:
    return [one for one in entries if one["type"] == name]


def _values(path: str, entries: Sequence[Entry]) -> set[Any]:
    name, _, fieldname = path.rpartition(".")
    return {_field(one, fieldname) for one in _of(name, entries)}


def _field(entry: Entry, name: str) -> Any:  # noqa: ANN401 - any JSON value
    value = entry.get("contract", {}).get(name, Missing)
    return tuple(value) if isinstance(value, list) else value


def _matches(where: Mapping[str, Any], entry: Entry) -> bool:
    for name, wanted in where.items():
        value = entry.get("contract", {}).get(name, Missing)
        if isinstance(wanted, list):
            if not isinstance(value, list) or not set(wanted) <= set(value):
                return False
        elif value != wanted:
            return False
    return True


__all__ = ["Entry", "unmet"]
