"""Faults of ours: an answer without text, a log line without personal data."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace

import httpx2
import pytest
from sqlalchemy import make_url
from sqlalchemy.ext.asyncio import create_async_engine

from nrm_runtime.settings import Settings

from . import tally
from .conftest import ORGANISATIONS, House, house_of, key

Begun = Callable[[], Awaitable[httpx2.Response]]
END = """
SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
WHERE datname = current_database() AND usename = 'nrm_tally_app' AND pid <> pg_backend_pid()
"""


async def test_what_fails_at_the_commit_was_never_promised(
    house: House, harbour: httpx2.AsyncClient
) -> None:
    same = key()
    for _ in range(2):
        reply = await harbour.post("/tallies/late", headers=same)
        assert (reply.status_code, reply.json()["code"]) == (500, "fault")
    async with house.running.app.connect() as tx:
        kept = await tx.exec_driver_sql(
            "SELECT count(*) FROM idempotency WHERE key = encode(sha256($1), 'hex')",
            (same["Idempotency-Key"].encode(),),
        )
        assert kept.scalar_one() == 0


@pytest.mark.parametrize("pinged", [True, False])
async def test_connections_that_died_unseen_cost_the_caller_nothing(
    house: House, begun: Begun, harbour: httpx2.AsyncClient, *, pinged: bool
) -> None:
    path = (await begun()).headers["location"]
    await asyncio.gather(*(harbour.get(path) for _ in range(6)))
    house.running.app.sync_engine.pool._pre_ping = pinged
    superuser = house.running.settings.database.set(database="nrm_tally")
    engine = create_async_engine(superuser)
    async with engine.connect() as connection:
        ended = (await connection.exec_driver_sql(END)).scalar_one()
    await engine.dispose()
    assert ended > 0
    replies = await asyncio.gather(*(harbour.get(path) for _ in range(6)))
    assert {reply.status_code for reply in replies} == {200}
    assert (await harbour.post(f"{path}/bump", headers=key())).json()["total"] == 1


async def test_while_the_database_is_away_callers_are_asked_to_come_back(
    house: House, tally_settings: Settings
) -> None:
    nowhere = make_url("postgresql+asyncpg://postgres@/postgres?host=/nowhere")
    settings = replace(tally_settings, database=nowhere, environment="production")
    async with house_of(settings, tally.service()) as other:
        caller = other.caller("harbour")
        replies = [
            await caller.get("/tallies"),
            await caller.post("/tallies", headers=key()),
            await caller.get("/healthz/ready"),
        ]
        assert [reply.json()["code"] for reply in replies] == ["database-away"] * 3
        assert {(r.status_code, r.headers["retry-after"]) for r in replies} == {(503, "1")}
        assert (await caller.get("/healthz/live")).status_code == 200


async def test_while_the_issuer_is_away_nobody_is_called_a_stranger(house: House) -> None:
    house.app.state.web.tokens._keys._address = "http://127.0.0.1:1"
    reply = await house.caller("harbour").get("/tallies")
    assert (reply.status_code, reply.json()["code"]) == (503, "issuer-away")


async def test_who_waits_too_long_for_a_lock_is_asked_to_come_back(
    house: House, harbour: httpx2.AsyncClient
) -> None:
    held = key()
    async with house.running.app.begin() as tx:
        await tx.exec_driver_sql(
            "INSERT INTO idempotency (org, key, fingerprint)"
            " VALUES ($1, encode(sha256($2), 'hex'), 'x')",
            (ORGANISATIONS["harbour"], held["Idempotency-Key"].encode()),
        )
        waited = await harbour.post("/tallies", headers=held, timeout=20)
        await tx.rollback()
    assert (waited.status_code, waited.json()["code"]) == (503, "busy")
    assert (await harbour.post("/tallies", headers=held)).status_code == 201


async def test_no_connection_remembers_an_organisation(
    house: House, begun: Begun, harbour: httpx2.AsyncClient
) -> None:
    path = (await begun()).headers["location"]
    await asyncio.gather(*(harbour.get(path) for _ in range(10)))
    for _ in range(10):
        async with house.running.app.connect() as tx:
            shown = await tx.exec_driver_sql("SELECT count(*) FROM tally")
            assert shown.scalar_one() == 0
