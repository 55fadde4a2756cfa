"""Projections rebuilt from events are the live ones; a row altered behind them is named."""

from uuid import UUID, uuid4

import pytest
from sqlalchemy import Column, MetaData, Table, Uuid

from nrm_runtime.core import Due, Worker
from nrm_runtime.service import Running
from nrm_runtime.store.engine import make_engine
from nrm_runtime.store.rebuild import Report, rebuild_check
from nrm_runtime.store.streams import stream_id
from nrm_runtime.store.tables import create_tables
from nrm_runtime.testing.clock import after
from runtime.tests import toy
from runtime.tests.acts import COOK, act, empty, fill, rows

pytestmark = pytest.mark.integration

OTHER = Worker(organisation=uuid4(), worker=uuid4(), country="IT", kind="02")


def by_table(report: Report) -> dict[str, object]:
    return {each["table"]: each["first_difference"] for each in report["tables"]}


async def some_history(kitchen: Running) -> list[UUID]:
    cases = [uuid4() for _ in range(3)]
    for case in cases:
        await act(kitchen, case, fill(2, times=2))
        await act(kitchen, case, fill(3, by=OTHER), now=after(days=1))
    await act(kitchen, cases[0], empty())
    return cases


async def alter(kitchen: Running, statement: str, *arguments: object) -> None:
    """Change rows as the server's superuser would, behind every wall."""
    settings = kitchen.settings
    engine = make_engine(settings.database.set(database=settings.database_name))
    async with engine.begin() as tx:
        await tx.exec_driver_sql(statement, arguments)
    await engine.dispose()


async def test_rebuilt_projections_equal_the_live_ones_and_none_is_empty(kitchen: Running) -> None:
    await some_history(kitchen)
    report = await rebuild_check(kitchen.app, kitchen.service)
    assert report["same"] is True
    assert report["events"] == 10
    assert {each["table"]: each["rows"] for each in report["tables"]} == {"kettle": 3, "fill": 9}
    assert [each["empty"] for each in report["tables"]] == [False, False]


async def test_an_empty_table_is_flagged(kitchen: Running) -> None:
    report = await rebuild_check(kitchen.app, kitchen.service)
    assert [each["empty"] for each in report["tables"]] == [True, True]


async def test_a_check_changes_nothing_and_can_be_repeated(kitchen: Running) -> None:
    await some_history(kitchen)
    assert await rebuild_check(kitchen.app, kitchen.service) == await rebuild_check(
        kitchen.app, kitchen.service
    )
    await act(kitchen, uuid4(), fill())


@pytest.mark.parametrize(
    ("table", "change"),
    [
        ("kettle", "UPDATE kettle SET litres = 99 WHERE kettle = $1"),
        ("kettle", "UPDATE kettle SET parties = '{}' WHERE kettle = $1"),
        ("kettle", "DELETE FROM kettle WHERE kettle = $1"),
        ("fill", "UPDATE fill SET leaf = 'x' WHERE kettle = $1 AND number = 2"),
        ("fill", "DELETE FROM fill WHERE kettle = $1 AND number = 2"),
        (
            "fill",
            (
                "INSERT INTO fill SELECT kettle, 2000, leaf, org, event_id FROM fill"
                " WHERE kettle = $1 AND number = 2"
            ),
        ),
    ],
)
async def test_a_row_that_was_altered_is_named(kitchen: Running, table: str, change: str) -> None:
    cases = await some_history(kitchen)
    await alter(kitchen, change, cases[1])
    report = await rebuild_check(kitchen.app, kitchen.service)
    assert report["same"] is False
    number = "/2000" if "INSERT" in change else "/2"
    key = f"{cases[1]}{number if table == 'fill' else ''}"
    other = "fill" if table == "kettle" else "kettle"
    assert by_table(report) == {table: key, other: None}


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE event SET body = replace(convert_from(body, 'UTF8'), '2', '3')::bytea",
        "UPDATE event SET entry_hash = sha256('x')",
    ],
)
async def test_an_event_that_is_not_what_was_recorded_is_named(
    kitchen: Running, change: str
) -> None:
    cases = await some_history(kitchen)
    stream = stream_id("toy", "case", cases[1])
    await alter(kitchen, "ALTER TABLE event DISABLE TRIGGER ALL")
    await alter(kitchen, f"{change} WHERE stream = $1 AND seq = 2", stream)
    report = await rebuild_check(kitchen.app, kitchen.service)
    assert (report["same"], report["first_bad_event"]) == (False, f"{stream}/2")


@pytest.mark.parametrize(
    "change",
    [
        "DELETE FROM deadline WHERE stream = $1",
        "UPDATE deadline SET due_at = due_at + interval '1 s' WHERE stream = $1",
    ],
)
async def test_a_deadline_that_is_not_that_of_the_state_is_named(
    kitchen: Running, change: str
) -> None:
    case = uuid4()
    due = Due(at=after(days=3), profile="RO@1")
    await act(kitchen, case, fill(boil_by=due))
    assert (await rebuild_check(kitchen.app, kitchen.service))["same"]
    stream = stream_id("toy", "case", case)
    await alter(kitchen, change, stream)
    report = await rebuild_check(kitchen.app, kitchen.service)
    assert report["first_bad_deadline"] == f"{stream}/boil:RO@1"
    assert not report["same"]


async def test_a_table_without_parties_or_event_cannot_be_made() -> None:
    for columns in ([Column("event_id", Uuid, nullable=False)], [Column("org", Uuid)]):
        metadata = MetaData()
        Table("loose", metadata, Column("id", Uuid, primary_key=True), *columns)
        with pytest.raises(ValueError, match="loose"):
            create_tables(None, "toy", metadata)  # type: ignore[arg-type]


async def test_nobody_sees_rows_unless_an_organisation_is_set(kitchen: Running) -> None:
    await some_history(kitchen)
    assert await rows(kitchen, "SELECT * FROM kettle") == []
    assert await rows(kitchen, "SELECT * FROM fill") == []


@pytest.mark.parametrize(
    ("organisation", "kettles", "fills"),
    [(COOK.organisation, 3, 6), (OTHER.organisation, 3, 3), (uuid4(), 0, 0)],
)
async def test_an_organisation_sees_its_own_rows_in_its_own_transaction_only(
    kitchen: Running, organisation: object, kettles: int, fills: int
) -> None:
    await some_history(kitchen)
    async with kitchen.app.connect() as tx:
        await tx.exec_driver_sql("SELECT set_config('nrm.org', $1, true)", (str(organisation),))
        assert len((await tx.exec_driver_sql("SELECT * FROM kettle")).all()) == kettles
        assert len((await tx.exec_driver_sql("SELECT * FROM fill")).all()) == fills
        await tx.rollback()
        assert (await tx.exec_driver_sql("SELECT * FROM kettle")).all() == []


async def test_every_row_shown_has_its_event_behind_it(kitchen: Running) -> None:
    found = await rows(
        kitchen,
        "SELECT conrelid::regclass::text FROM pg_constraint"
        " WHERE contype = 'f' AND confrelid = 'event'::regclass ORDER BY 1",
    )
    assert {row[0] for row in found} >= set(toy.metadata.tables) - {"event"}
