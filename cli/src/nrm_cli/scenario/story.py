"""Tells a case from its ledger entries as a person would: who did what, who answered for it."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from nrm_cli.scenario.accept import Entry
from nrm_contracts.catalogue import CATALOGUE
from nrm_contracts.organisations import Organisations

OPENED = "nrm.referral.case-opened"
MOVED = "nrm.referral.custody-moved"
CLOSED = "nrm.referral.case-closed"


def custody_lines(entries: Sequence[Entry], known: Organisations) -> list[str]:
    """Give one line for each organisation that answered for the case, with from and until."""
    turns = [one for one in entries if one["type"] in {OPENED, MOVED, CLOSED}]
    turns.sort(key=lambda one: int(one["seq"]))
    lines = []
    for index, one in enumerate(turns):
        if one["type"] == CLOSED:
            continue
        data = one["contract"]
        holder = data["custodian"] if one["type"] == OPENED else data["receiver"]
        until = turns[index + 1]["occurred_at"][:16] if index + 1 < len(turns) else "now"
        lines.append(f"{one['occurred_at'][:16]} to {until:16}  {_name(holder, known)}")
    return lines


def timeline(entries: Sequence[Entry], known: Organisations) -> list[str]:
    """Give one line for each told fact, in the order in which things happened."""
    told = [one for one in entries if one["type"].startswith("nrm.")]
    told.sort(key=lambda one: (one["occurred_at"], one["service"], int(one["seq"])))
    return [f"{one['occurred_at'][:16]}  {_actor(one, known):34} {_words(one)}" for one in told]


def _actor(entry: Entry, known: Organisations) -> str:
    actor = entry["actor"]
    return _name(actor["org"], known) if "org" in actor else f"({actor['service']})"


def _words(entry: Entry) -> str:
    fact = CATALOGUE.get((entry["type"], int(entry["version"])))
    if fact is None:
        return str(entry["type"])
    return f"{fact.__name__}: {(fact.__doc__ or '').strip().splitlines()[0]}"


def _name(identifier: Any, known: Organisations) -> str:  # noqa: ANN401 - a JSON value
    found = known.get(UUID(str(identifier)))
    return found.name if found else str(identifier)


__all__ = ["custody_lines", "timeline"]
