"""The signer remembers durably and signs one history only."""

import asyncio
import base64
import json
from pathlib import Path

import pytest

from nrm_ledger.domain.checkpoint import open_checkpoint
from nrm_ledger.domain.keys import signing_key
from nrm_ledger.domain.merkle import Frontier, leaf_hash
from nrm_ledger.domain.proof import consistency_from
from nrm_ledger.domain.signing import SigningRefused
from nrm_ledger.signer import Memory, MemoryLost, SignerAway, SignerClient, answer
from services.ledger.tests.conftest import Log

LEAVES = [leaf_hash(number.to_bytes(2, "big")) for number in range(40)]
NAME = "ledger.example/test"


def tree(size: int) -> Frontier:
    return Frontier().grow(LEAVES[:size]).frontier


def proof(old: int, new: int) -> list[bytes]:
    return list(consistency_from(tree(old), LEAVES[old:new]))


@pytest.fixture
def memory(tmp_path: Path) -> Memory:
    return Memory(tmp_path, NAME)


def refused(memory: Memory, size: int, root: bytes, with_proof: list[bytes]) -> str:
    with pytest.raises(SigningRefused) as found:
        memory.sign(size, root, with_proof)
    return found.value.code


def test_a_log_that_only_grows_is_signed(memory: Memory) -> None:
    for old, new in ((0, 3), (3, 4), (4, 40)):
        note = memory.sign(new, tree(new).root(), proof(old, new) if old else [])
        assert open_checkpoint(note, memory.verifier).size == new


def test_the_same_is_signed_again_alike(memory: Memory) -> None:
    first = memory.sign(5, tree(5).root(), [])
    assert memory.sign(5, tree(5).root(), []) == first


def test_a_second_history_is_not_signed(memory: Memory) -> None:
    memory.sign(5, tree(5).root(), [])
    other = Frontier().grow([*LEAVES[:4], *LEAVES[9:15]]).frontier
    assert refused(memory, 5, other.root(), []) == "forked"
    assert refused(memory, 10, other.root(), proof(5, 10)) == "inconsistent"
    assert refused(memory, 10, tree(10).root(), []) == "inconsistent"
    assert refused(memory, 4, tree(4).root(), []) == "smaller"
    assert memory.last is not None
    assert memory.last.size == 5


def test_nothing_is_signed_for_the_empty_log(memory: Memory) -> None:
    assert refused(memory, 0, tree(0).root(), []) == "empty"


def test_it_remembers_after_its_end(memory: Memory, tmp_path: Path) -> None:
    memory.sign(5, tree(5).root(), [])
    memory.close()
    again = Memory(tmp_path, NAME)
    assert again.verifier == memory.verifier
    assert refused(again, 4, tree(4).root(), []) == "smaller"
    again.sign(6, tree(6).root(), proof(5, 6))
    again.close()


def test_two_do_not_share_a_memory(memory: Memory, tmp_path: Path) -> None:
    with pytest.raises(BlockingIOError):
        Memory(tmp_path, NAME)
    memory.close()


def test_it_does_not_sign_on_without_its_memory(memory: Memory, tmp_path: Path) -> None:
    memory.sign(5, tree(5).root(), [])
    memory.close()
    note = (tmp_path / "last").read_bytes()
    (tmp_path / "last").unlink()
    with pytest.raises(MemoryLost):
        Memory(tmp_path, NAME)
    (tmp_path / "last").write_bytes(note.replace(b"\n5\n", b"\n4\n"))
    with pytest.raises(MemoryLost):
        Memory(tmp_path, NAME)
    (tmp_path / "last").write_bytes(note)
    (tmp_path / "key").unlink()
    with pytest.raises(MemoryLost):
        Memory(tmp_path, NAME)


def test_its_key_is_for_one_log_and_for_nobody_else_to_read(memory: Memory, tmp_path: Path) -> None:
    memory.close()
    assert (tmp_path / "key").stat().st_mode & 0o077 == 0
    assert signing_key((tmp_path / "key").read_text().strip()).name == NAME
    assert (tmp_path / "vkey").read_text() == memory.verifier.text + "\n"
    with pytest.raises(MemoryLost):
        Memory(tmp_path, "other.example/log")


def test_a_crash_between_the_two_first_files_is_no_loss(tmp_path: Path) -> None:
    (tmp_path / "last").write_bytes(b"")
    memory = Memory(tmp_path, NAME)
    memory.sign(1, tree(1).root(), [])
    memory.close()


def test_what_is_not_durable_is_not_answered(memory: Memory, tmp_path: Path) -> None:
    (tmp_path / "last.new").mkdir()
    with pytest.raises(OSError, match=r"last\.new"):
        memory.sign(5, tree(5).root(), [])
    assert memory.last is None


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"no json",
        b"[]",
        b"{}",
        b'{"do": "sing"}',
        b'{"do": "sign", "size": "5", "root": "", "proof": []}',
        b'{"do": "sign", "size": true, "root": "", "proof": []}',
        b'{"do": "sign", "size": 5, "root": "AAAA", "proof": []}',
        b'{"do": "sign", "size": 5, "root": "!", "proof": []}',
        b'{"do": "sign", "size": 5, "root": "", "proof": 5}',
        b"[" * 10_000,
    ],
)
def test_a_line_that_is_no_question_is_refused(memory: Memory, line: bytes) -> None:
    assert answer(memory, line) == {"refused": "malformed"}
    assert memory.last is None


def test_a_question_over_the_line_gets_its_note(memory: Memory) -> None:
    root = base64.b64encode(tree(5).root()).decode()
    asked = json.dumps({"do": "sign", "size": 5, "root": root, "proof": []})
    note = answer(memory, asked.encode())["note"]
    assert open_checkpoint(note.encode(), memory.verifier).size == 5
    assert answer(memory, b'{"do": "tell"}') == {
        "vkey": memory.verifier.text,
        "size": 5,
        "root": root,
    }


async def test_client_and_signer_understand_each_other(log: Log) -> None:
    key, last = await log.signer.tell()
    assert (key, last) == (log.key, None)
    note = await log.signer.sign(3, tree(3).root(), ())
    assert await log.signer.sign(3, tree(3).root(), ()) == note
    with pytest.raises(SigningRefused, match="forked"):
        await log.signer.sign(3, tree(4).root(), ())
    assert (await log.signer.tell())[1] == open_checkpoint(note, log.key)


async def test_a_signer_that_is_not_there_is_away(tmp_path: Path) -> None:
    with pytest.raises(SignerAway):
        await SignerClient(tmp_path / "nothing").tell()


async def test_a_signer_that_is_silent_is_away(tmp_path: Path) -> None:
    enough = asyncio.Event()

    async def silent(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await enough.wait()
        writer.close()
        await writer.wait_closed()

    async with await asyncio.start_unix_server(silent, tmp_path / "s"):
        with pytest.raises(SignerAway):
            await SignerClient(tmp_path / "s").tell()
        enough.set()
        await asyncio.sleep(0.1)
