"""The database away: every way in which that shows is known for what it is, and passes."""

import asyncio
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from uuid import UUID, uuid4

import asyncpg
import pytest
import pytest_asyncio
from sqlalchemy import exc
from sqlalchemy.engine import make_url

from infra.local import postgres
from infra.local.fixtures import remove
from nrm_runtime.migrate import prepare
from nrm_runtime.service import Running, running
from nrm_runtime.settings import Settings
from nrm_runtime.store.deadlines import run_deadlines
from nrm_runtime.store.engine import make_engine
from nrm_runtime.store.errors import is_away, is_busy, sqlstate
from runtime.tests import toy
from runtime.tests.acts import act, fill, rows, until, working

WRITERS = 6


@pytest_asyncio.fixture
async def server(tmp_path: Path) -> AsyncIterator[postgres.Postgres]:
    """A durable server of this test's own, so that it may be killed."""
    home = tmp_path / "home"
    home.mkdir()
    held = await postgres.start(home, durable=True)
    yield held
    await held.stop()
    await remove(home)


@pytest_asyncio.fixture
async def kitchen(server: postgres.Postgres, tmp_path: Path) -> AsyncIterator[Running]:
    """The toy service on that server."""
    settings = Settings(
        service="toy",
        environment="development",
        home=tmp_path,
        database=make_url(server.url),
        kafka="",
        kek=tmp_path / "kek",
    )
    await prepare(toy.service(), settings)
    async with running(toy.service(), settings) as held:
        yield held


@pytest.mark.fault
async def test_a_killed_server_is_known_as_away_however_it_shows_and_loses_no_commit(
    server: postgres.Postgres, kitchen: Running
) -> None:
    acknowledged: list[UUID] = []
    errors: list[Exception] = []
    stop = asyncio.Event()

    async def write() -> None:
        while not stop.is_set():
            case = uuid4()
            try:
                await act(kitchen, case, fill())
            except Exception as error:  # noqa: BLE001 - every kind is what this is about
                errors.append(error)
                await asyncio.sleep(0.01)
            else:
                acknowledged.append(case)

    writers = [asyncio.create_task(write()) for _ in range(WRITERS)]
    async with working(run_deadlines(kitchen)):
        for _ in range(2):
            before = len(acknowledged)
            await until(partial(_grown, acknowledged, before + 20))
            await server.kill()
            await asyncio.sleep(0.5)
            await server.start()
        before = len(acknowledged)
        await until(partial(_grown, acknowledged, before + 20))
    stop.set()
    await asyncio.gather(*writers)

    assert errors
    assert [repr(error) for error in errors if not is_away(error)] == []
    kinds = {type(each) for error in errors for each in (error, error.__cause__) if each}
    assert len(kinds) > 1
    stored = {row[0] for row in await rows(kitchen, "SELECT case_ref FROM stream_head")}
    assert set(acknowledged) <= stored


async def _grown(counted: list[UUID], size: int) -> bool:
    return len(counted) >= size


@pytest.mark.integration
@pytest.mark.parametrize(
    "ending",
    ["SELECT pg_terminate_backend($1)", "SELECT pg_cancel_backend($1)"],
    ids=["ended", "cancelled"],
)
async def test_an_ended_session_is_away_and_a_cancelled_statement_is_busy(
    postgres_url: str, ending: str
) -> None:
    engine = make_engine(make_url(postgres_url))
    async with engine.connect() as victim, engine.connect() as killer:
        pid = (await victim.exec_driver_sql("SELECT pg_backend_pid()")).scalar_one()
        sleeping = asyncio.create_task(victim.exec_driver_sql("SELECT pg_sleep(10)"))
        await asyncio.sleep(0.2)
        await killer.exec_driver_sql(ending, (pid,))
        with pytest.raises(exc.DBAPIError) as shown:
            await sleeping
    await engine.dispose()
    assert (is_away(shown.value), is_busy(shown.value)) == (
        "terminate" in ending,
        "cancel" in ending,
    )


@pytest.mark.integration
async def test_what_the_database_refuses_is_neither_away_nor_busy(postgres_url: str) -> None:
    engine = make_engine(make_url(postgres_url))
    async with engine.connect() as tx:
        for statement in ("SELECT 1 / 0", "SELECT nothing", "SELEKT 1"):
            with pytest.raises(exc.DBAPIError) as shown:
                await tx.exec_driver_sql(statement)
            assert sqlstate(shown.value) is not None
            assert not is_away(shown.value)
            assert not is_busy(shown.value)
            await tx.rollback()
        with pytest.raises(exc.DBAPIError) as shown:
            await tx.exec_driver_sql("SELECT $1::int", ("a word",))
        assert not is_away(shown.value)
    await engine.dispose()


@pytest.mark.parametrize(
    ("error", "away"),
    [
        (ConnectionRefusedError(), True),
        (FileNotFoundError("/no/socket"), True),
        (ConnectionResetError(), True),
        (asyncpg.InterfaceError("connection is closed"), True),
        (asyncpg.InternalClientError("cannot switch to state 12"), True),
        (asyncpg.CannotConnectNowError("the database system is starting up"), True),
        (asyncpg.PostgresConnectionError("gone"), True),
        (asyncpg.UniqueViolationError("twice"), False),
        (ValueError("connection is closed"), False),
        (asyncpg.exceptions._base.DataError("invalid input"), False),
        (ZeroDivisionError(), False),
        (TimeoutError(), False),
    ],
)
def test_each_kind_is_known_bare_wrapped_and_grouped(error: Exception, *, away: bool) -> None:
    wrapped = exc.DBAPIError("SELECT 1", None, error)
    grouped = ExceptionGroup("tasks", [ValueError(), wrapped])
    caused = RuntimeError()
    caused.__cause__ = error
    for shown in (error, caused, grouped):
        assert is_away(shown) is away
