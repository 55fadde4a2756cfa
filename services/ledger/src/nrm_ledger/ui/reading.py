"""What the log's own doors give to a page: the entries of a case, in the order of the log."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from nrm_pages.doors import Reply
from nrm_pages.seat import Seat
from nrm_pages.words import t
from nrm_pages.words.catalogues import maybe
from nrm_runtime.ledger import leaf_hash
from nrm_runtime.ledger.bulk import Line, read_line

PAGE: Final = "200"


@dataclass(frozen=True, slots=True)
class Found:
    """One entry of a case: its place in the log, its leaf hash, what it says."""

    index: int
    leaf: str
    line: Line

    @property
    def at(self) -> datetime:
        """When it happened."""
        return datetime.fromisoformat(self.line.occurred_at)

    @property
    def recorded(self) -> datetime:
        """When its service stored it."""
        return datetime.fromisoformat(self.line.recorded_at)


async def entries_of(seat: Seat, case: str) -> tuple[Reply, list[Found]]:
    """Ask for every entry of a case; the reply is the first that was refused, or the last."""
    found: list[Found] = []
    query = {"limit": PAGE}
    while True:
        reply = await seat.doors.get(f"/cases/{case}/entries", query=query)
        if not reply.ok:
            return reply, found
        found += [found_at(each["index"], each["entry"].encode()) for each in reply.body["items"]]
        if reply.body["next"] is None:
            return reply, found
        query = {"limit": PAGE, "after": reply.body["next"]}


def found_at(index: int, raw: bytes) -> Found:
    """Read an entry at its place."""
    return Found(index, leaf_hash(raw).hex(), read_line(raw))


def title(line: Line) -> str:
    """Say in words what happened; what no contract tells is an act inside its service."""
    return maybe(f"event.{line.type}") or t("ledger.inner", service=service(line.service))


def service(name: str) -> str:
    """Give the name of a service in words."""
    return maybe(f"desk.{name}") or name


def who(seat: Seat, line: Line) -> str:
    """Say who acted: the public name of an organisation, or that nobody did."""
    if line.actor.org is None:
        return t("history.automatic")
    return name_of(seat, str(line.actor.org))


def name_of(seat: Seat, organisation: str) -> str:
    """Give an organisation's public name; where it is not known, say so and show its id."""
    return seat.organisation(organisation) or t("ledger.unknown_office", id=organisation)


def organisations_in(seat: Seat, found: Sequence[Found]) -> list[tuple[str, str]]:
    """Give id and name of every organisation that acted or was named, by name."""
    ids = {str(one.line.actor.org) for one in found if one.line.actor.org is not None}
    for one in found:
        ids |= {each for each in texts(one.line.contract or {}) if _registered(seat, each)}
    return sorted(((each, name_of(seat, each)) for each in ids), key=lambda one: one[1])


def texts(value: object) -> Iterator[str]:
    """Give every text that stands in a told value, however deep."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from texts(each)
    elif isinstance(value, list):
        for each in value:
            yield from texts(each)


def codes(family: str, value: Any) -> list[str]:  # noqa: ANN401 - any JSON
    """Give one code or several in words."""
    values = value if isinstance(value, list) else [] if value is None else [value]
    return [maybe(f"code.{family}.{each}") or str(each) for each in values]


def _registered(seat: Seat, text: str) -> bool:
    try:
        return str(UUID(text)) == text and bool(seat.organisation(text))
    except ValueError:
        return False
