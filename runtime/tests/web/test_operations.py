"""What operators and auditors may ask, and nobody else."""

from uuid import UUID, uuid4

import httpx2
import pytest
from sqlalchemy.ext.asyncio import create_async_engine

from . import tally
from .conftest import House, house_of, key

PARK = """
INSERT INTO parked (consumer, topic, partition_no, offset_no, case_ref, stream, told, message_id,
                    kind, handler, reason, body)
VALUES ('tally', 'nrm.other', 0, 7, $1, $2, 1, $3, 'poison', 'nrm.other.said', 'RuntimeError', 'x')
"""
QUARANTINE = (
    "INSERT INTO quarantine (consumer, case_ref, reason) VALUES ('tally', $1, 'RuntimeError')"
)


@pytest.fixture
def operator(house: House) -> httpx2.AsyncClient:
    return house.caller("operator")


async def parked(house: House) -> tuple[str, str]:
    case, message = uuid4(), uuid4()
    async with house.running.app.begin() as tx:
        await tx.exec_driver_sql(PARK, (case, uuid4(), message))
        await tx.exec_driver_sql(QUARANTINE, (case,))
    return str(case), str(message)


async def test_what_stands_aside_is_listed_without_its_content(
    house: House, operator: httpx2.AsyncClient
) -> None:
    case, message = await parked(house)
    items = (await operator.get("/operations/quarantine")).json()["items"]
    (found,) = [one for one in items if one["message"] == message]
    assert (found["case"], found["kind"], found["why"]) == (case, "poison", "RuntimeError")
    assert "body" not in found


async def test_a_message_is_dropped_on_record_and_once(
    house: House, operator: httpx2.AsyncClient
) -> None:
    _, message = await parked(house)
    path = f"/operations/quarantine/tally/{message}/drop"
    assert (await operator.post(path)).status_code == 200
    async with house.running.app.connect() as tx:
        found = await tx.exec_driver_sql(
            "SELECT dropped_by FROM dropped WHERE message_id = $1", (UUID(message),)
        )
        assert found.scalar_one() == "operator"
    absent = await operator.post(f"/operations/quarantine/tally/{uuid4()}/drop")
    elsewhere = await operator.post(f"/operations/quarantine/other/{message}/drop")
    assert (absent.status_code, elsewhere.status_code) == (404, 404)


async def test_an_empty_quarantine_is_released_by_a_retry(
    house: House, operator: httpx2.AsyncClient
) -> None:
    case = uuid4()
    async with house.running.app.begin() as tx:
        await tx.exec_driver_sql(QUARANTINE, (case,))
    reply = await operator.post(f"/operations/quarantine/tally/{case}/retry")
    assert reply.json() == {"flows": True}
    async with house.running.app.connect() as tx:
        left = await tx.exec_driver_sql(
            "SELECT count(*) FROM quarantine WHERE case_ref = $1", (case,)
        )
        assert left.scalar_one() == 0


async def test_a_range_is_told_again(
    house: House, operator: httpx2.AsyncClient, harbour: httpx2.AsyncClient
) -> None:
    await harbour.post("/tallies", headers=key())
    relay = create_async_engine(house.running.settings.database_url("relay"))
    async with relay.begin() as tx:
        await tx.exec_driver_sql(
            "SELECT nrm.mark_sent(array_agg(id)) FROM nrm.outbox WHERE sent_at IS NULL"
        )
    await relay.dispose()
    async with house.running.app.connect() as tx:
        last = (await tx.exec_driver_sql("SELECT max(id) FROM outbox")).scalar_one()
    asked = {"topic": "nrm.ledger", "first": last, "last": last}
    same = key()
    first = await operator.post("/operations/republish", headers=same, json=asked)
    again = await operator.post("/operations/republish", headers=same, json=asked)
    assert first.json() == again.json() == {"cleared": 1}
    wrong = await operator.post("/operations/republish", headers=key(), json={"first": 0})
    assert wrong.status_code == 422


async def test_a_rebuild_is_reported(house: House, operator: httpx2.AsyncClient) -> None:
    report = (await operator.post("/operations/rebuild-check")).json()
    assert report["service"] == "tally"
    assert report["same"] is True


async def test_a_service_may_rebuild_in_its_own_way(house: House) -> None:
    async def own(_: object) -> dict[str, str]:
        return {"service": "tally", "way": "own"}

    service = tally.service(operations={"rebuild-check": own})
    async with house_of(house.running.settings, service) as other:
        reply = await other.caller("operator").post("/operations/rebuild-check")
        assert reply.json() == {"service": "tally", "way": "own"}


async def test_regions_of_a_case_are_shown_with_its_count(house: House) -> None:
    service = tally.service(regions=lambda state: {"tally": type(state).__name__})
    async with house_of(house.running.settings, service) as other:
        organisation, operator = other.caller("harbour"), other.caller("operator")
        begun = await organisation.post("/tallies", headers=key())
        case = begun.json()["case"]
        shown = await operator.get(f"/operations/regions/{case}")
        assert shown.json() == {
            "service": "tally",
            "case": case,
            "seq": 1,
            "regions": {"tally": "Running"},
        }
        assert (await operator.get(f"/operations/regions/{uuid4()}")).status_code == 404
        assert (await organisation.get(f"/operations/regions/{case}")).status_code == 403


async def test_operations_are_for_operators(harbour: httpx2.AsyncClient) -> None:
    for method, path in (
        ("GET", "/operations/quarantine"),
        ("POST", f"/operations/quarantine/tally/{uuid4()}/retry"),
        ("POST", f"/operations/quarantine/tally/{uuid4()}/drop"),
        ("POST", "/operations/republish"),
        ("POST", "/operations/rebuild-check"),
    ):
        reply = await harbour.request(method, path, headers=key(), json={})
        assert (reply.status_code, reply.json()["code"]) == (403, "scope-missing"), path
