"""Hears `nrm.ledger`: entries are checked to be canonical, then stored byte for byte."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from nrm_contracts.envelope import Unreadable
from nrm_runtime.broker.letter import Letter
from nrm_runtime.ledger import EntryRefused
from nrm_runtime.ledger.bulk import Line, read_line

TOPIC = "nrm.ledger"
RECORDS_MAX = 500  # one batch; entries are small and need no policy

_STORE = "SELECT store_entries($1, $2, $3, $4, $5, $6, $7)"


async def store_entries(tx: AsyncConnection, letters: Sequence[Letter]) -> None:
    """Store entries in the transaction that marks them heard.

    Raises `Unreadable` for bytes that are no entry, or that say other than their headers: the
    case is then parked, and nothing that cannot be verified for ever enters the log. The
    database refuses an entry that does not hold the hash of the one before it.
    """
    lines = [_read(letter) for letter in letters]
    await tx.exec_driver_sql(
        _STORE,
        (
            [line.event for line in lines],
            [line.case for line in lines],
            [line.stream for line in lines],
            [line.seq for line in lines],
            [None if line.prev is None else bytes.fromhex(line.prev) for line in lines],
            [line.service for line in lines],
            [letter.body for letter in letters],
        ),
    )


def _read(letter: Letter) -> Line:
    try:
        line = read_line(letter.body)
    except EntryRefused as error:
        raise Unreadable("not-an-entry") from error
    said = (letter.message, letter.case, letter.stream, letter.told)
    if said != (line.event, line.case or line.stream, line.stream, line.seq):
        raise Unreadable("other-than-its-headers")
    return line


__all__ = ["RECORDS_MAX", "TOPIC", "store_entries"]
