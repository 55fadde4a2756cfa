"""Rebuilds the state of every region of a case from the ledger's entries alone, offline.

A pure fold, by `seq`, of what was told, until any `recorded_at`. Online the result is compared
with what the services say at equal `seq`: {"service": name, "seq": n, "regions": {…codes…}}.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from nrm_ledger.domain.folds import BEGINNINGS, CHANGES, UNCHANGING, Regions
from nrm_runtime.ledger.bulk import Line
from nrm_runtime.store.streams import stream_id

MACHINE: Final = "case"  # the one machine of each service that has regions of a case
OTHER_MACHINES: Final[Mapping[str, str]] = {"access": "organisation"}
MISSING: Final = "nothing"  # stands in a difference where one side has no such region


class Unfoldable(Exception):
    """Entries that cannot be folded: a number is missing, or a fact of an unknown name is told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """What one service's regions of a case are after `seq` entries of its stream."""

    service: str
    seq: int
    regions: Regions


@dataclass(frozen=True, slots=True)
class Difference:
    """Where a replay and a service disagree: a path of names, and both codes."""

    service: str
    path: str
    replayed: str
    said: str


def replay(
    case: UUID,
    lines: Iterable[Line],
    *,
    until: datetime | None = None,
    seqs: Mapping[str, int] | None = None,
) -> dict[str, Replayed]:
    """Fold a case's entries, or an organisation's, in any order, into regions of every service.

    Entries recorded after `until` are left out, and for each service those after its number in
    `seqs`. Other streams' entries may stand among them. A service without entries is absent.
    Raises `Unfoldable`.
    """
    streams = {
        stream_id(service, OTHER_MACHINES.get(service, MACHINE), case): service
        for service in CHANGES
    }
    found: dict[str, list[Line]] = {}
    for line in lines:
        service = streams.get(line.stream)
        if service is not None:
            found.setdefault(service, []).append(line)
    replayed: dict[str, Replayed] = {}
    for service in CHANGES:
        history = sorted(found.get(service, ()), key=lambda line: line.seq)
        limit = (seqs or {}).get(service)
        one = _fold(service, history, _text(until), limit)
        if one.seq:
            replayed[service] = one
    return replayed


def history_of_organisation(organisation: UUID) -> UUID:
    """Give the stream of an organisation, by which its entries are found: they have no case."""
    return stream_id("access", OTHER_MACHINES["access"], organisation)


def differences(replayed: Replayed | None, said: Mapping[str, Any]) -> list[Difference]:
    """Name every difference between a replay and what its service says (as JSON).

    `seq` is compared too: regions of different numbers are not the same moment.
    """
    service = str(said["service"])
    if replayed is None:
        return [Difference(service, "seq", MISSING, str(said["seq"]))]
    if replayed.seq != said["seq"]:
        return [Difference(service, "seq", str(replayed.seq), str(said["seq"]))]
    return list(_compare(service, "", replayed.regions, said["regions"]))


def shortened(
    kept: Mapping[str, Replayed], said: Mapping[str, Mapping[str, Any]]
) -> list[Difference]:
    """Name every service that has fewer events of a case than the ledger has entries, or none.

    `kept` is a replay of all entries. `said` must have been asked after they were read: what
    stands in the ledger had happened by then.
    """
    seqs = {service: int(one["seq"]) for service, one in said.items()}
    return [
        Difference(service, "seq", str(one.seq), str(seqs.get(service, MISSING)))
        for service, one in kept.items()
        if seqs.get(service, 0) < one.seq
    ]


def _fold(service: str, history: Iterable[Line], until: str | None, limit: int | None) -> Replayed:
    regions = BEGINNINGS[service]()
    seq = 0
    for line in history:
        if (until is not None and line.recorded_at > until) or seq == limit:
            break
        if line.seq != seq + 1:
            raise Unfoldable(f"{service}: number {seq + 1} of the case's stream is missing")
        seq = line.seq
        if line.contract is not None:
            _change(service, regions, line)
    return Replayed(service=service, seq=seq, regions=regions)


def _change(service: str, regions: Regions, line: Line) -> None:
    change = CHANGES[service].get(line.type)
    if change is None:
        if line.type not in UNCHANGING:
            raise Unfoldable(f"{service}: {line.type} is told, and nothing is known about it")
        return
    try:
        change(regions, line.contract or {})
    except KeyError as error:
        why = f"{service}: number {line.seq} speaks of something that was never told"
        raise Unfoldable(why) from error


def _compare(service: str, path: str, ours: object, theirs: object) -> Iterable[Difference]:
    if isinstance(ours, Mapping) and isinstance(theirs, Mapping):
        for name in sorted(ours.keys() | theirs.keys()):
            inner = f"{path}/{name}"
            yield from _compare(service, inner, ours.get(name, MISSING), theirs.get(name, MISSING))
    elif ours != theirs:
        yield Difference(service, path or "/", _show(ours), _show(theirs))


def _show(value: object) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value)) or "empty"
    return str(value)


def _text(at: datetime | None) -> str | None:
    if at is None:
        return None
    return at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"
