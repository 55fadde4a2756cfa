"""Private documents: sealed, opened beside a recorded read only, erased for good."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
import pytest_asyncio
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError

from nrm_runtime.ledger.entry import read_entry
from nrm_runtime.ledger.values import commitment
from nrm_runtime.persons.erasing import ask_erasure, destroy, finish_erasures, run_erasures
from nrm_runtime.persons.keys import LocalKeyset, Vault
from nrm_runtime.persons.payloads import Document, Unsealable, seal, unseal
from nrm_runtime.persons.reading import Opened, Wanted, erased_persons, open_documents
from nrm_runtime.service import Running
from nrm_runtime.store.append import Origin
from nrm_runtime.store.engine import make_engine
from nrm_runtime.store.errors import Erased, VaultAway, sqlstate
from nrm_runtime.store.execute import execute
from nrm_runtime.store.streams import stream_id
from nrm_runtime.testing.clock import BEGINNING
from runtime.tests import toy
from runtime.tests.acts import COOK, act, fill, rows, until, working

pytestmark = pytest.mark.integration

CANARY = b'{"name":"Canary Zyx-90417"}'


def document(person: UUID, part: str = "tag", content: bytes = CANARY) -> Document:
    return Document(part=part, person=person, category="identity", content=content)


async def read(
    kitchen: Running, case: UUID, wanted: Wanted | None = None, vault: Vault | None = None
) -> tuple[Opened, ...]:
    async with kitchen.app.begin() as tx:
        return await open_documents(
            tx,
            vault or kitchen.vault,
            case,
            wanted or Wanted(),
            service="toy",
            contract=toy.DocumentsRead(reader=COOK.organisation),
            origin=Origin(command=uuid4(), by=COOK),
            now=BEGINNING,
        )


async def superuser_rows(kitchen: Running, sql: str) -> list[Any]:
    settings = kitchen.settings
    engine = make_engine(settings.database.set(database=settings.database_name))
    async with engine.connect() as tx:
        found = (await tx.exec_driver_sql(sql)).all()
    await engine.dispose()
    return list(found)


async def test_what_was_sealed_is_opened_and_the_read_is_recorded_beside_it(
    kitchen: Running,
) -> None:
    case, person = uuid4(), uuid4()
    written = await act(kitchen, case, fill(), [document(person)])
    (opened,) = await read(kitchen, case)
    assert opened.content == CANARY
    assert (opened.person, opened.part, opened.written_by) == (person, "tag", COOK.organisation)
    assert opened.event_id == written.event_ids[0]
    (told,) = await rows(
        kitchen,
        "SELECT stream, told, body FROM outbox WHERE topic = 'nrm.toy' ORDER BY id DESC LIMIT 1",
    )
    assert told.stream == stream_id("toy", "reads", case)
    assert json.loads(told.body)["type"] == "nrm.toy.personal-data-read"


async def test_the_entry_commits_to_the_document_with_its_salt(kitchen: Running) -> None:
    await act(kitchen, uuid4(), fill(), [document(uuid4())])
    ((entry,),) = await rows(kitchen, "SELECT entry FROM event")
    ((salt, ciphertext),) = await superuser_rows(kitchen, "SELECT salt, ciphertext FROM payload")
    assert [each.part for each in read_entry(entry).commitments] == ["body", "tag"]
    assert read_entry(entry).commitments[1].hmac == commitment(salt, CANARY)
    assert b"Canary" not in entry + ciphertext


async def test_no_ciphertext_is_had_without_a_read_in_the_same_transaction(
    kitchen: Running,
) -> None:
    case = uuid4()
    await act(kitchen, case, fill(), [document(uuid4())])
    ((old,),) = await rows(kitchen, "SELECT event_id FROM event")
    ask = "SELECT * FROM open_payloads($1, $2, NULL, NULL, NULL, NULL, NULL, false)"
    for event in (old, uuid4()):
        with pytest.raises(DBAPIError) as refused:
            await rows(kitchen, ask, event, case)
        assert sqlstate(refused.value) == "NR006"


@pytest.mark.parametrize(
    ("wanted", "parts"),
    [
        (Wanted(), ["coat", "tag"]),
        (Wanted(latest=False), ["tag", "coat", "tag"]),
        (Wanted(parts=["coat"]), ["coat"]),
        (Wanted(categories=["health"]), []),
        (Wanted(categories=[]), []),
        (Wanted(written_by=uuid4()), []),
        (Wanted(persons=[uuid4()]), []),
        (Wanted(events=[uuid4()]), []),
    ],
)
async def test_only_what_is_wanted_is_opened(
    kitchen: Running, wanted: Wanted, parts: list[str]
) -> None:
    case, person = uuid4(), uuid4()
    await act(kitchen, case, fill(), [document(person), document(person, "coat")])
    await act(kitchen, case, fill(), [document(person, content=b"{}")])
    await act(kitchen, uuid4(), fill(), [document(uuid4(), "elsewhere")])
    opened = await read(kitchen, case, wanted)
    assert sorted(each.part for each in opened) == sorted(parts)
    if wanted == Wanted():
        assert {each.part: each.content for each in opened} == {"coat": CANARY, "tag": b"{}"}


async def test_a_ciphertext_cannot_be_moved_or_changed(kitchen: Running) -> None:
    event, person = uuid4(), uuid4()
    sealed = await seal(kitchen.vault, event, 1, document(person))
    place = {"event": event, "part": "tag", "person": person, "schema_version": 1}
    other = {"event": uuid4(), "part": "coat", "person": uuid4(), "schema_version": 2}
    right = {"key_id": sealed.key_id, "ciphertext": sealed.ciphertext}
    assert await unseal(kitchen.vault, **place, **right) == CANARY  # type: ignore[arg-type]
    for name in place:
        moved = {**place, name: other[name]}
        with pytest.raises(Unsealable):
            await unseal(kitchen.vault, **moved, **right)  # type: ignore[arg-type]
    flipped = sealed.ciphertext[:-1] + bytes([sealed.ciphertext[-1] ^ 1])
    with pytest.raises(Unsealable):
        await unseal(kitchen.vault, **place, key_id=sealed.key_id, ciphertext=flipped)  # type: ignore[arg-type]


async def test_a_person_has_one_key_even_when_first_written_about_at_once(
    kitchen: Running,
) -> None:
    person = uuid4()
    vaults = [another_vault(kitchen) for _ in range(4)]
    keys = await asyncio.gather(*(vault.key_for(person) for vault in vaults))
    assert len({(key.key_id, key.key) for key in keys}) == 1
    assert (await kitchen.vault.key_for(uuid4())).key != keys[0].key


def another_vault(kitchen: Running) -> Vault:
    engine = make_engine(kitchen.settings.database_url("keys"), pool_size=1)
    return Vault("toy", engine, LocalKeyset(kitchen.settings.kek / "toy"))


async def test_after_erasure_no_byte_is_left_and_every_proof_still_holds(kitchen: Running) -> None:
    case, person, other = uuid4(), uuid4(), uuid4()
    await act(kitchen, case, fill(), [document(person), document(other, "coat")])
    history = "SELECT event_id, body, entry FROM event ORDER BY pos"
    before = await rows(kitchen, history)
    async with kitchen.app.begin() as tx:
        assert await ask_erasure(tx, person, case, by=COOK, ground="own-wish", at=BEGINNING)
    assert await finish_erasures(kitchen) == 1

    assert await superuser_rows(kitchen, "SELECT part FROM payload") == [("coat",)]
    async with kitchen.vault._engine.connect() as keys:
        found = await keys.exec_driver_sql("SELECT person FROM person_key")
        assert [row.person for row in found] == [other]
    assert (await rows(kitchen, history))[: len(before)] == before
    (last,) = await rows(kitchen, "SELECT entry FROM event ORDER BY pos DESC LIMIT 1")
    told = read_entry(last.entry)
    assert told.type == "nrm.toy.person-erased"
    assert (told.organisation, told.contract) == (COOK.organisation, {"person": str(person)})
    async with kitchen.app.connect() as tx:
        assert await erased_persons(tx, case) == [person]
    assert [each.part for each in await read(kitchen, case)] == ["coat"]


async def test_from_the_tombstone_on_nothing_is_written_or_read_about_the_person(
    kitchen: Running,
) -> None:
    case, person = uuid4(), uuid4()
    await act(kitchen, case, fill(), [document(person)])
    async with kitchen.app.begin() as tx:
        await ask_erasure(tx, person, case, by=COOK, ground="own-wish", at=BEGINNING)
    with pytest.raises(Erased):
        await act(kitchen, case, fill(), [document(person)])
    with pytest.raises(Erased):
        await read(kitchen, case, Wanted(persons=[person]))
    assert await read(kitchen, case) == ()
    await act(kitchen, case, fill(), [document(uuid4())])
    await finish_erasures(kitchen)
    with pytest.raises(Erased):
        await act(kitchen, case, fill(), [document(person)])


async def test_an_erasure_waits_for_the_writer_who_was_first(kitchen: Running) -> None:
    case, person = uuid4(), uuid4()
    async with kitchen.app.connect() as writer, kitchen.app.connect() as eraser:
        async with writer.begin():
            await execute(
                toy.MACHINE,
                writer,
                kitchen.vault,
                case,
                fill(),
                now=BEGINNING,
                documents=[document(person)],
            )
            asked = asyncio.create_task(
                ask_erasure(eraser, person, case, by=COOK, ground="own-wish", at=BEGINNING)
            )
            await asyncio.sleep(0.2)
            assert not asked.done()
        assert await asked
        await eraser.commit()
    assert await finish_erasures(kitchen) == 1
    assert await superuser_rows(kitchen, "SELECT part FROM payload") == []


@pytest.mark.parametrize("steps", [0, 1, 2], ids=["after the tombstone", "the key", "the rows"])
async def test_an_erasure_that_crashed_is_resumed_and_told_once(
    kitchen: Running, steps: int
) -> None:
    case, person = uuid4(), uuid4()
    await act(kitchen, case, fill(), [document(person)])
    async with kitchen.app.begin() as tx:
        await ask_erasure(tx, person, case, by=COOK, ground="own-wish", at=BEGINNING)
    if steps == 1:
        await kitchen.vault.forget(person)
    if steps == 2:
        assert await destroy(kitchen, person) == 1

    async def told_all() -> bool:
        return not await rows(kitchen, "SELECT person FROM erasure WHERE told_at IS NULL")

    async with working(run_erasures(kitchen)):
        await until(told_all)
    assert await finish_erasures(kitchen) == 0
    assert await superuser_rows(kitchen, "SELECT part FROM payload") == []
    told = await rows(kitchen, "SELECT count(*) FROM event WHERE type LIKE '%person-erased'")
    assert told == [(1,)]


async def test_nothing_is_destroyed_without_a_tombstone(kitchen: Running) -> None:
    person = uuid4()
    await act(kitchen, uuid4(), fill(), [document(person)])
    async with kitchen.eraser.connect() as tx:
        with pytest.raises(DBAPIError) as refused:
            await tx.exec_driver_sql("SELECT erase($1)", (person,))
    assert sqlstate(refused.value) == "NR006"


@pytest_asyncio.fixture
async def lost_keys(kitchen: Running) -> AsyncIterator[Vault]:
    """A vault whose database cannot be reached."""
    engine = make_engine(make_url("postgresql+asyncpg://nobody@/keys?host=/nonexistent"))
    yield Vault("toy", engine, LocalKeyset(kitchen.settings.kek / "toy"))
    await engine.dispose()


async def test_with_the_keys_away_documents_wait_and_everything_else_works(
    kitchen: Running, lost_keys: Vault
) -> None:
    case = uuid4()
    away = replace(kitchen, vault=lost_keys)
    with pytest.raises(VaultAway):
        await act(away, case, fill(), [document(uuid4())])
    assert (await act(away, case, fill(2))).state.litres == 2
    await act(kitchen, case, fill(), [document(uuid4())])
    with pytest.raises(VaultAway):
        await read(away, case, vault=lost_keys)
    reads = await rows(kitchen, "SELECT count(*) FROM event WHERE type LIKE '%data-read'")
    assert reads == [(0,)]
    assert len(await read(kitchen, case)) == 1


async def test_an_erasure_with_the_keys_away_is_not_told(
    kitchen: Running, lost_keys: Vault
) -> None:
    case, person = uuid4(), uuid4()
    await act(kitchen, case, fill(), [document(person)])
    async with kitchen.app.begin() as tx:
        await ask_erasure(tx, person, case, by=COOK, ground="own-wish", at=BEGINNING)
    with pytest.raises(VaultAway):
        await finish_erasures(replace(kitchen, vault=lost_keys))
    assert await rows(kitchen, "SELECT told_at, destroyed_at FROM erasure") == [(None, None)]


async def test_an_epoch_ends_and_with_it_the_keys_in_old_backups(
    kitchen: Running, tmp_path: Path
) -> None:
    wrapper = LocalKeyset(tmp_path / "epochs")
    wrapper.prepare()
    wrapper.prepare()
    engine = make_engine(kitchen.settings.database_url("keys"))
    vault = Vault("toy", engine, wrapper)
    key = await vault.key_for(uuid4())
    backup = "SELECT key_id, person, kek_version, wrapped FROM person_key"
    async with engine.connect() as tx:
        row: Any = (await tx.exec_driver_sql(backup)).one()
        key_id, person, old_version, old_wrapped = row
    version = wrapper.begin_epoch()
    assert await vault.wrap_anew() == 1
    assert await vault.wrap_anew() == 0
    wrapper.end_epochs_before(version)
    again = await Vault("toy", engine, wrapper).key(key_id)
    assert again.key == key.key
    with pytest.raises(VaultAway):
        await wrapper.unwrap(old_version, old_wrapped, f"toy|{person}|{key_id}".encode())
    await engine.dispose()


def test_no_secret_shows_itself_in_a_representation() -> None:
    assert "Canary" not in repr(document(uuid4()))
