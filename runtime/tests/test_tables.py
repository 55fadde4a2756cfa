"""Rows of the read side, written and read at the driver."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import pytest
import pytest_asyncio
from sqlalchemy import Column, Integer, MetaData, Table, Uuid, any_, bindparam, select
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.ext.asyncio import AsyncConnection

from nrm_runtime.service import Running
from nrm_runtime.store.engine import make_engine
from nrm_runtime.store.tables import change, drop, put, rows

pytestmark = pytest.mark.integration

shelf = Table(
    "shelf",
    MetaData(),
    Column("shelf", Uuid, primary_key=True),
    Column("first", Integer),
    Column("last", Integer),
    Column("labels", JSONB),
    Column("parties", ARRAY(Uuid)),
    prefixes=["TEMPORARY"],
)
SHELVES = select(shelf).where(
    shelf.c.shelf == bindparam("name"), bindparam("org", type_=Uuid) == any_(shelf.c.parties)
)
ORG = UUID(int=7)


@pytest_asyncio.fixture
async def tx(kitchen: Running) -> AsyncIterator[AsyncConnection]:
    """A transaction with a table of its own, rolled back afterwards."""
    settings = kitchen.settings
    engine = make_engine(settings.database.set(database=settings.database_name))
    async with engine.connect() as connection, connection.begin() as transaction:
        await connection.run_sync(shelf.create)
        yield connection
        await transaction.rollback()
    await engine.dispose()


def row(**changes: object) -> dict[str, object]:
    usual: dict[str, object] = {"shelf": UUID(int=1), "first": 1, "last": 1, "parties": {ORG}}
    return {**usual, "labels": {"b": 2, "a": [1]}, **changes}


async def found(tx: AsyncConnection, name: UUID = UUID(int=1), org: UUID = ORG) -> list[Any]:
    return await rows(tx, SHELVES, name=name, org=org)


async def test_what_was_put_is_found_with_its_columns_as_attributes(tx: AsyncConnection) -> None:
    await put(tx, shelf, row())
    (one,) = await found(tx)
    assert (one.shelf, one.first, one.labels, one.parties) == (
        UUID(int=1),
        1,
        {"a": [1], "b": 2},
        [ORG],
    )


async def test_rows_are_those_that_sqlalchemy_would_find(tx: AsyncConnection) -> None:
    await put(tx, shelf, row(labels=None))
    by_core = (await tx.execute(SHELVES, {"name": UUID(int=1), "org": ORG})).all()
    assert [tuple(one) for one in by_core] == [tuple(one) for one in await found(tx)]
    assert await found(tx, org=uuid4()) == []


async def test_what_is_kept_stays_as_it_was_first(tx: AsyncConnection) -> None:
    await put(tx, shelf, row())
    await put(tx, shelf, row(first=2, last=2), kept=("first",))
    (one,) = await found(tx)
    assert (one.first, one.last) == (1, 2)


async def test_a_change_reaches_the_rows_of_its_key_and_no_others(tx: AsyncConnection) -> None:
    await put(tx, shelf, row())
    await put(tx, shelf, row(shelf=UUID(int=2)))
    await change(tx, shelf, {"shelf": UUID(int=2)}, {"last": 9, "labels": {"c": 3}})
    (first,) = await found(tx)
    (second,) = await found(tx, UUID(int=2))
    assert (first.last, second.last, second.labels) == (1, 9, {"c": 3})


async def test_what_was_dropped_is_gone(tx: AsyncConnection) -> None:
    await put(tx, shelf, row())
    await drop(tx, shelf, {"shelf": UUID(int=1)})
    assert await found(tx) == []
