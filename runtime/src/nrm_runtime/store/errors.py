"""What the store refuses, and which errors only mean that the database is away or busy."""

from collections.abc import Iterator
from typing import Final

import asyncpg
from sqlalchemy import exc

OUTPACED: Final = "NR001"
CONTINUITY: Final = frozenset({"NR002", "NR003"})
ERASED: Final = "NR004"

# Connection failures, a server that starts, stops or crashed, and too many connections.
_AWAY_STATES: Final = frozenset(
    {"57P01", "57P02", "57P03", "57P05", "08000", "08001", "08003", "08004", "08006", "53300"}
)
# Deadlock, serialisation, lock or statement time-out, a full disk: the same work may pass later.
_BUSY_STATES: Final = frozenset({"40001", "40P01", "55P03", "57014", "53100", "53200", "25P03"})
_AWAY_TYPES: Final = (
    OSError,  # refused, reset, no such socket; SQLAlchemy does not wrap it
    EOFError,
    asyncpg.InterfaceError,  # "connection is closed"
    asyncpg.InternalClientError,  # "cannot switch to state"
)


class Outpaced(Exception):
    """Another command was first in this stream; safe to try again from the top."""


class Erased(Exception):
    """The person was erased here: nothing is written or read about them any more."""


class VaultAway(Exception):
    """The store of the persons' keys cannot be reached; everything else works."""


class StreamTooLong(Exception):
    """A stream holds more events than one load may bring."""


class Discontinued(Exception):
    """The database found that an entry or a message does not continue its stream: a fault."""


def is_away(error: BaseException) -> bool:
    """Say whether an error only means that the database cannot be reached now.

    Knows the kinds that a killed postmaster shows: bare `OSError`, asyncpg's interface and
    client-state errors, SQLAlchemy's wrappings of them, and a server that starts or stops.
    """
    return any(_away(each) for each in _chain(error))


def is_busy(error: BaseException) -> bool:
    """Say whether the same work may pass later: deadlock, time-out, pool or disk exhausted."""
    return any(
        isinstance(each, exc.TimeoutError | TimeoutError) or sqlstate(each) in _BUSY_STATES
        for each in _chain(error)
    )


def sqlstate(error: BaseException) -> str | None:
    """Give PostgreSQL's code of an error, where it has one."""
    for each in (error, getattr(error, "orig", None)):
        code = getattr(each, "sqlstate", None) or getattr(each, "pgcode", None)
        if isinstance(code, str):
            return code
    return None


def _away(error: BaseException) -> bool:
    # asyncpg's errors about our own arguments are interface errors too, and value errors.
    if isinstance(error, TimeoutError | ValueError | asyncpg.UnsupportedClientFeatureError):
        return False
    if isinstance(error, exc.DBAPIError) and error.connection_invalidated:
        return True
    code = sqlstate(error)
    return code in _AWAY_STATES if code is not None else isinstance(error, _AWAY_TYPES)


def _chain(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    waiting = [error]
    while waiting:
        each = waiting.pop()
        if id(each) in seen:
            continue
        seen.add(id(each))
        yield each
        if isinstance(each, BaseExceptionGroup):
            waiting.extend(each.exceptions)
        orig = getattr(each, "orig", None)
        waiting.extend(
            other for other in (each.__cause__, orig) if isinstance(other, BaseException)
        )
