"""Connections to PostgreSQL, and the one answer to "is it away?"."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

import asyncpg
from sqlalchemy import event, exc
from sqlalchemy.engine import URL
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from nrm_runtime.store.errors import is_away, is_busy

POOL_SIZE: Final = 10
POOL_WAIT_S: Final = 5.0
CONNECT_S: Final = 5.0
COMMAND_S: Final = 60.0
STATEMENT_MS: Final = 15_000
LOCK_MS: Final = 5_000
IDLE_IN_TRANSACTION_MS: Final = 10_000  # as long as a frozen process keeps its partitions
ELECTED_IDLE_MS: Final = 3_000
ELECTED_COMMAND_S: Final = 3.0


def make_engine(url: URL, *, pool_size: int = POOL_SIZE, application: str = "nrm") -> AsyncEngine:
    """Make a pool of connections for one role.

    Errors never carry parameters, since they may be secret. A connection whose socket has closed
    is noticed before it is used, and the pool begins anew: `pool_pre_ping` would cost three round
    trips each time, half the speed of a command.
    """
    engine = create_async_engine(
        url,
        hide_parameters=True,
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=POOL_WAIT_S,
        connect_args={
            "timeout": CONNECT_S,
            "command_timeout": COMMAND_S,
            "server_settings": {
                "application_name": application,
                "search_path": "nrm",
                "statement_timeout": str(STATEMENT_MS),
                "lock_timeout": str(LOCK_MS),
                "idle_in_transaction_session_timeout": str(IDLE_IN_TRANSACTION_MS),
                "timezone": "UTC",
                "jit": "off",
            },
        },
    )
    event.listen(engine.sync_engine, "checkout", _refuse_closed)
    return engine


def _refuse_closed(connection: Any, _record: Any, _proxy: Any) -> None:  # noqa: ANN401 - untyped there
    if connection.driver_connection.is_closed():
        raise exc.InvalidatePoolError


def make_election_engine(url: URL) -> AsyncEngine:
    """Make an engine whose connections may hold a lock of election.

    A process that was stopped falls silent; the server ends its session after three seconds,
    so that another one takes over.
    """
    return create_async_engine(
        url,
        hide_parameters=True,
        poolclass=NullPool,
        connect_args={
            "timeout": CONNECT_S,
            "command_timeout": ELECTED_COMMAND_S,
            "server_settings": {
                "application_name": "nrm-election",
                "search_path": "nrm",
                "idle_session_timeout": str(ELECTED_IDLE_MS),
                "timezone": "UTC",
            },
        },
    )


async def driver(tx: AsyncConnection) -> "asyncpg.Connection[asyncpg.Record]":
    """Give the driver's own connection of a transaction, for statements of a hot path.

    A statement costs a quarter of what it costs through SQLAlchemy; errors come bare. Begins the
    transaction where no statement has done so yet.
    """
    pooled: Any = tx.sync_connection.connection  # type: ignore[union-attr]
    connection: asyncpg.Connection[asyncpg.Record] = pooled.driver_connection
    if not connection.is_in_transaction():
        if tx.in_transaction():
            # SQLAlchemy's own begin, which it puts off to the first statement made through it.
            await pooled.dbapi_connection._start_transaction()  # noqa: SLF001 - has no public name
        else:
            await tx.exec_driver_sql("SELECT 1")
        if not connection.is_in_transaction():
            msg = "only inside a transaction"
            raise RuntimeError(msg)
    return connection


@asynccontextmanager
async def candidacy(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """Open a connection outside transactions, on which `elect` and `still_there` are asked."""
    async with engine.connect() as connection:
        yield await connection.execution_options(isolation_level="AUTOCOMMIT")


async def elect(connection: AsyncConnection, office: str) -> bool:
    """Try to become the one holder of `office` in this database; lost with the connection."""
    found = await connection.exec_driver_sql(
        "SELECT pg_try_advisory_lock(hashtextextended($1, 7066))", (office,)
    )
    return bool(found.scalar_one())


async def still_there(connection: AsyncConnection) -> None:
    """Keep the session awake; raises when the connection, and the office with it, is lost."""
    await connection.exec_driver_sql("SELECT 1")


__all__ = [
    "candidacy",
    "driver",
    "elect",
    "is_away",
    "is_busy",
    "make_election_engine",
    "make_engine",
    "still_there",
]
