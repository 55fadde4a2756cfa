"""The log over HTTP: what is downloaded verifies, and entries are for auditors only."""

import asyncio
import base64
from collections.abc import AsyncIterator, Awaitable, Callable, Container
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any, TypeAlias
from uuid import UUID

import httpx2
import pytest
import pytest_asyncio
import uvicorn

from infra.idp.__main__ import application
from infra.idp.provider import Provider
from infra.idp.registry import Client
from nrm_ledger.app import service
from nrm_ledger.domain.bundle import verify_case
from nrm_ledger.domain.checkpoint import open_checkpoint
from nrm_ledger.domain.fault import FaultFound, FaultKind
from nrm_ledger.domain.merkle import Frontier, leaf_hash
from nrm_ledger.domain.proof import check_consistency, check_inclusion
from nrm_ledger.domain.tiles import decode_entries
from nrm_ledger.domain.verify import verify_folder
from nrm_runtime.access.client import ClientCredentials
from nrm_runtime.access.signed import ES256, new_key
from nrm_runtime.ledger import read_entry
from nrm_runtime.service import running
from nrm_runtime.web.app import make
from services.ledger.tests.conftest import Log, exported_by
from services.ledger.tests.sample import CASES, Files, one, sample

COUNT = 300
ENTRIES = sample(COUNT)
SCOPES = {"auditor": {"audit"}, "haven": {"case:read", "case:write"}, "witness": {"operate"}}
WORKER = UUID(int=11)

Call: TypeAlias = Callable[[str, str], Awaitable[httpx2.Response]]


@asynccontextmanager
async def serving(app: Any) -> AsyncIterator[str]:
    """Serve an application on a free loopback port; gives its address."""
    server = uvicorn.Server(
        uvicorn.Config(app, port=0, log_level="critical", access_log=False, lifespan="off")
    )
    task = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.005)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        await task


def clients() -> dict[str, Client]:
    return {
        name: Client(
            name=name,
            organisation=UUID(int=number),
            kind="NGO",
            country="RO",
            scopes=frozenset(scopes),
            workers={WORKER: frozenset()},
            itself=False,
        )
        for number, (name, scopes) in enumerate(SCOPES.items(), 20)
    }


@pytest_asyncio.fixture
async def call(log: Log) -> AsyncIterator[Call]:
    """Serve the log; gives a way to ask it for a path as somebody."""
    keys = {name: new_key(ES256) for name in SCOPES}
    provider = Provider(issuer="", audience="nrm", clients=clients(), keys=keys)
    async with serving(application(provider)) as issuer:
        provider.issuer = issuer
        settings = replace(
            log.running.settings, issuer=issuer, public={"ledger": "http://desk.test"}
        )
        async with (
            running(service(), settings) as held,
            serving(make(service(), held)) as address,
            httpx2.AsyncClient(base_url=address) as http,
        ):
            credentials = {
                name: ClientCredentials(
                    issuer=issuer, client=name, key=keys[name], scope="", worker=WORKER
                )
                for name in SCOPES
            }

            async def get(path: str, name: str = "auditor") -> httpx2.Response:
                return await http.get(path, auth=credentials.get(name))

            yield get


@pytest_asyncio.fixture
async def filled(log: Log) -> Log:
    """A log of 300 entries, checkpoints of 100 and 300, and 5 entries nobody placed yet."""
    for end in (100, COUNT):
        await log.hear(ENTRIES[:end])
        await log.sequence()
    await log.hear(sample(COUNT + 5))
    return log


async def download(call: Call, log: Log) -> Files:
    async def get(path: str) -> bytes:
        reply = await call(f"/{path}", "auditor")
        assert reply.status_code == 200, path
        return reply.content

    return await exported_by(get, log.key)


async def test_what_is_downloaded_verifies(filled: Log, call: Call) -> None:
    files = await download(call, filled)
    notes = (await call("/log/checkpoints", "auditor")).json()
    assert [each["size"] for each in notes] == [100, COUNT]
    history = [open_checkpoint(each["note"].encode(), filled.key) for each in notes]
    found = verify_folder(files, filled.key, history[0], history=history)
    assert (found.checkpoint.size, found.cases) == (COUNT, 2)
    assert notes[1]["note"].encode() == files["checkpoint"]
    later = (await call("/log/checkpoints?after=100", "auditor")).json()
    assert later == notes[1:]


async def test_tiles_say_how_long_they_hold_and_notes_that_they_change(
    filled: Log, call: Call
) -> None:
    tile = await call("/tile/0/000", "witness")
    assert tile.headers["content-type"] == "application/octet-stream"
    assert tile.headers["cache-control"] == "private, max-age=31536000, immutable"
    note = await call("/checkpoint", "witness")
    assert note.headers["content-type"] == "text/plain; charset=utf-8"
    assert note.headers["cache-control"] == "no-cache"


ABSENT = (
    "/tile/0/001",
    "/tile/0/001.p/45",
    "/tile/entries/001.p/45",
    "/tile/entries/002",
    "/tile/1/000.p/2",
    "/tile/2/000.p/1",
    "/tile/0/000.p/256",
    "/tile/0/0",
    "/tile/entries",
    "/tile/data/000",
    "/tile/0/..%2F000",
    "/proof/inclusion?index=300",
    "/proof/inclusion?index=3&size=301",
    "/proof/inclusion",
    "/proof/inclusion?event=00000000-0000-0000-0000-000000000514",
    "/proof/consistency?old=3&new=301",
    "/cases/00000000-0000-4000-8000-00000000dead/bundle",
)


async def test_what_is_not_signed_or_no_tile_is_not_there(filled: Log, call: Call) -> None:
    for path in ABSENT:
        reply = await call(path, "auditor")
        assert (reply.status_code, reply.json()["code"]) == (404, "absent"), path


async def test_smaller_partial_tiles_stay_there(filled: Log, call: Call) -> None:
    reply = await call("/tile/entries/000.p/100", "auditor")
    assert set(decode_entries(reply.content)) == set(ENTRIES[:100])


async def test_an_empty_log_has_no_checkpoint(log: Log, call: Call) -> None:
    for path in ("/checkpoint", "/log/vkey", "/tile/0/000.p/1", "/proof/inclusion?index=0"):
        assert (await call(path, "auditor")).status_code == 404
    assert (await call("/log/checkpoints", "auditor")).json() == []


async def test_proofs_lead_to_the_signed_root(filled: Log, call: Call) -> None:
    at_index = await filled.ask("SELECT idx, event_id, leaf_hash FROM leaf ORDER BY idx")
    leaves = [bytes(row.leaf_hash) for row in at_index]
    for row in at_index[::37]:
        said = (await call(f"/proof/inclusion?event={row.event_id}", "haven")).json()
        note = open_checkpoint(said["checkpoint"].encode(), filled.key)
        assert (said["index"], said["size"], note.size) == (row.idx, COUNT, COUNT)
        assert base64.b64decode(said["leaf"]) == leaves[row.idx]
        proof = [base64.b64decode(each) for each in said["proof"]]
        check_inclusion(leaves[row.idx], row.idx, COUNT, proof, note.root)
    said = (await call("/proof/inclusion?index=5&size=9", "haven")).json()
    proof = [base64.b64decode(each) for each in said["proof"]]
    check_inclusion(leaves[5], 5, 9, proof, Frontier().grow(leaves[:9]).frontier.root())
    for old, new in ((100, 300), (7, 290), (300, 300)):
        said = (await call(f"/proof/consistency?old={old}&new={new}", "witness")).json()
        roots = [Frontier().grow(leaves[:size]).frontier.root() for size in (old, new)]
        proof = [base64.b64decode(each) for each in said["proof"]]
        check_consistency(old, new, roots[0], roots[1], proof)


async def test_sizes_in_the_wrong_order_are_refused(filled: Log, call: Call) -> None:
    reply = await call("/proof/consistency?old=9&new=5", "witness")
    assert (reply.status_code, reply.json()["code"]) == (422, "sizes")
    assert (await call("/proof/consistency?old=0", "witness")).status_code == 422


async def test_the_file_of_a_case_verifies(filled: Log, call: Call) -> None:
    reply = await call(f"/cases/{CASES[0]}/bundle", "auditor")
    found = verify_case(reply.content, filled.key)
    mine = [raw for raw in ENTRIES if read_entry(raw).case == CASES[0]]
    assert (found.case, found.entries) == (CASES[0], len(mine))


async def test_a_case_is_read_page_by_page_in_the_order_of_the_log(filled: Log, call: Call) -> None:
    items: list[dict[str, Any]] = []
    after = ""
    while True:
        page = (await call(f"/cases/{CASES[1]}/entries?limit=50{after}", "auditor")).json()
        items += page["items"]
        if page["next"] is None:
            break
        after = f"&after={page['next']}"
    mine = {raw for raw in ENTRIES if read_entry(raw).case == CASES[1]}
    assert {each["entry"].encode() for each in items} == mine
    indices = [each["index"] for each in items]
    assert indices == sorted(set(indices))


async def test_entries_are_for_auditors_only(filled: Log, call: Call) -> None:
    case = f"/cases/{CASES[0]}"
    for path in (f"{case}/entries", f"{case}/bundle", "/tile/entries/000"):
        assert (await call(path, "auditor")).status_code == 200
        for name in ("haven", "witness"):
            assert (await call(path, name)).status_code == 403, path
        assert (await call(path, "nobody")).status_code == 401, path


async def test_nothing_is_for_strangers_without_a_token(filled: Log, call: Call) -> None:
    for path in (
        *("/checkpoint", "/log/vkey", "/log/checkpoints", "/tile/0/000"),
        *("/proof/inclusion?index=0", "/proof/consistency?old=1"),
    ):
        for name in SCOPES:
            assert (await call(path, name)).status_code == 200, path
        assert (await call(path, "nobody")).status_code == 401, path


async def fault_after(log: Log, call: Call, *statements: str) -> FaultFound:
    """Give the fault that a download shows after the database was changed behind our back."""
    notes = (await call("/log/checkpoints", "auditor")).json()
    history = [open_checkpoint(each["note"].encode(), log.key) for each in notes]
    for statement in statements:
        await log.ask(statement)
    with pytest.raises(FaultFound) as found:
        verify_folder(await download(call, log), log.key, history[-1], history=history)
    return found.value


OTHER = one(9999, 77, 1, None)
AT = "(SELECT event_id FROM leaf WHERE idx = 150)"
PUT = f"UPDATE entry SET bytes = decode('{OTHER.hex()}', 'hex') WHERE event_id = {AT}"
REHASH = f"UPDATE leaf SET leaf_hash = decode('{leaf_hash(OTHER).hex()}', 'hex') WHERE idx = 150"
INSERT = """
INSERT INTO leaf SELECT 150, event_id, hash FROM entry
WHERE event_id NOT IN (SELECT event_id FROM leaf) AND seq > 1 ORDER BY pos DESC LIMIT 1
"""
BROKEN = {FaultKind.SEQUENCE, FaultKind.CHAIN}
UNSIGNED = {FaultKind.FORKED, FaultKind.ROOT}

# What is done to the rows; which faults may then be named; at which entries.
DONE: dict[str, tuple[list[str], set[FaultKind], Container[int | None]]] = {
    "an entry changed": ([PUT], {FaultKind.ENTRY_CHANGED}, [150]),
    "an entry and its leaf changed": ([PUT, REHASH], BROKEN | UNSIGNED, range(100, 160)),
    "a leaf changed": (
        ["UPDATE leaf SET leaf_hash = sha256('x') WHERE idx = 150"],
        {FaultKind.TILE},
        [150],
    ),
    "an entry gone": (
        [f"DELETE FROM entry WHERE event_id = {AT}"],
        {FaultKind.MISSING_ENTRY},
        [150],
    ),
    "a leaf gone": (["DELETE FROM leaf WHERE idx = 150"], BROKEN, range(150, 160)),
    "the end gone": (
        ["DELETE FROM leaf WHERE idx >= 290"],
        {FaultKind.MISSING_ENTRY},
        [290],
    ),
    "two swapped": (
        [
            "UPDATE leaf SET idx = 999 WHERE idx = 150",
            "UPDATE leaf SET idx = 150 WHERE idx = 151",
            "UPDATE leaf SET idx = 151 WHERE idx = 999",
        ],
        BROKEN | UNSIGNED,
        range(100, 152),
    ),
    "one put in": (
        [
            "UPDATE leaf SET idx = idx + 1000 WHERE idx >= 150",
            "UPDATE leaf SET idx = idx - 999 WHERE idx >= 1000",
            INSERT,
        ],
        BROKEN,
        [150],
    ),
    "the newest note gone": (
        ["DELETE FROM checkpoint WHERE size > 100"],
        {FaultKind.TRUNCATED},
        [None],
    ),
    "a row above changed": (["UPDATE node SET hash = sha256('x')"], {FaultKind.TILE}, [None]),
}


@pytest.mark.parametrize("what", DONE)
async def test_whatever_is_done_to_the_rows_is_named(filled: Log, call: Call, what: str) -> None:
    statements, kinds, places = DONE[what]
    fault = await fault_after(filled, call, *statements)
    assert fault.kind in kinds, str(fault)
    assert fault.index in places, str(fault)


async def test_nothing_is_proved_around_a_hole(filled: Log, call: Call) -> None:
    await filled.ask("DELETE FROM leaf WHERE idx = 150")
    reply = await call("/proof/inclusion?index=7", "witness")
    assert (reply.status_code, reply.json()["code"]) == (500, "row-missing")
    assert "Hash 150 of row 0" in reply.json()["detail"]


async def test_a_changed_note_is_named(filled: Log, call: Call) -> None:
    changed = "convert_to(replace(convert_from(note, 'UTF8'), '300', '299'), 'UTF8')"
    await filled.ask(f"UPDATE checkpoint SET note = {changed}")
    files = Files(vkey=(filled.key.text + "\n").encode())
    files["checkpoint"] = (await call("/checkpoint", "auditor")).content
    with pytest.raises(FaultFound) as found:
        verify_folder(files, filled.key)
    assert found.value.kind is FaultKind.SIGNATURE
