"""Follows every stream through the log: no number left out, every entry holding the one before."""

from dataclasses import dataclass, field
from typing import NamedTuple
from uuid import UUID

from nrm_ledger.domain.fault import FaultFound, FaultKind
from nrm_runtime.ledger.bulk import Line


class Link(NamedTuple):
    """The last entry of a stream that was followed."""

    place: int
    seq: int
    leaf: bytes
    recorded_at: str
    service: str
    case: UUID | None


@dataclass(slots=True)
class Chains:
    """The streams followed so far."""

    last: dict[UUID, Link] = field(default_factory=dict)

    def follow(self, file: str, index: int, line: Line, leaf: bytes) -> None:
        """Take the next entry of the log.

        Raises `FaultFound` when it does not continue its stream: another number than the next
        (`SEQUENCE`), or a `prev`, a service, a case or a time that do not follow (`CHAIN`).
        """
        stream = line.stream
        link = self.last.get(stream)
        if link is None:
            if line.seq != 1:
                why = f"is number {line.seq} of a stream whose beginning is not in the log"
                raise FaultFound(FaultKind.SEQUENCE, file, why, index)
        else:
            if line.seq != link.seq + 1:
                why = f"is number {line.seq} of a stream whose last was number {link.seq}"
                raise FaultFound(FaultKind.SEQUENCE, file, why, index)
            if line.prev != link.leaf.hex():
                why = f"does not hold the hash of entry {link.place}, the one before it"
                raise FaultFound(FaultKind.CHAIN, file, why, index)
            if line.recorded_at < link.recorded_at:
                why = f"was recorded before entry {link.place}, which it continues"
                raise FaultFound(FaultKind.CHAIN, file, why, index)
            if line.service != link.service or line.case != link.case:
                why = f"names another service or case than entry {link.place} of its stream"
                raise FaultFound(FaultKind.CHAIN, file, why, index)
        self.last[stream] = Link(index, line.seq, leaf, line.recorded_at, line.service, line.case)

    def cases(self) -> int:
        """Count the cases that the streams belong to."""
        return len({link.case for link in self.last.values() if link.case is not None})
