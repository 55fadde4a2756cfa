"""The signer as a process of its own: killed at any moment it comes back and remembers."""

import asyncio
import contextlib
import os
import signal
import sys
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from nrm_ledger.domain.checkpoint import open_checkpoint
from nrm_ledger.domain.merkle import Frontier, leaf_hash
from nrm_ledger.domain.proof import consistency_from
from nrm_ledger.domain.signing import SigningRefused
from nrm_ledger.signer import SignerAway, SignerClient

LEAVES = [leaf_hash(number.to_bytes(2, "big")) for number in range(60)]


def tree(size: int) -> Frontier:
    return Frontier().grow(LEAVES[:size]).frontier


@contextlib.asynccontextmanager
async def signer(home: Path, socket: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run the signer; what is left of it at the end is killed."""
    environment = {
        **os.environ,
        "NRM_HOME": str(home),
        "NRM_SIGNER": str(socket),
        "NRM_DATABASE_URL": "postgresql+asyncpg://nobody@/nothing",
    }
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "nrm_ledger", "signer"),
        env=environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        for _ in range(300):
            with contextlib.suppress(SignerAway):
                await SignerClient(socket).tell()
                break
            if process.returncode is not None:
                break
            await asyncio.sleep(0.1)
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.communicate()


async def test_a_killed_signer_comes_back_and_remembers(tmp_path: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="nrm-") as short:
        socket = Path(short) / "signer"
        client = SignerClient(socket)
        async with signer(tmp_path, socket) as process:
            first = await client.sign(10, tree(10).root(), ())
            with pytest.raises(SigningRefused, match="forked"):
                await client.sign(10, tree(11).root(), ())
            asking = asyncio.create_task(client.sign(20, tree(20).root(), proof(10, 20)))
            await asyncio.sleep(0.001)
            process.send_signal(signal.SIGKILL)
            await asyncio.gather(asking, return_exceptions=True)
        assert socket.exists(), "a killed process leaves its socket"
        with pytest.raises(SignerAway):
            await client.tell()
        async with signer(tmp_path, socket) as process:
            key, last = await client.tell()
            assert last is not None
            assert open_checkpoint(first, key).size == 10
            assert last.size in {10, 20}
            with pytest.raises(SigningRefused, match="smaller"):
                await client.sign(9, tree(9).root(), ())
            note = await client.sign(60, tree(60).root(), proof(last.size, 60))
            assert open_checkpoint(note, key).size == 60
            assert (tmp_path / "signer" / "vkey").read_text() == key.text + "\n"
            process.terminate()
            assert await process.wait() == 0
            assert not socket.exists()


def proof(old: int, new: int) -> tuple[bytes, ...]:
    return consistency_from(tree(old), LEAVES[old:new])


async def test_a_second_signer_ends_at_once(tmp_path: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="nrm-") as short:
        first, second = Path(short) / "one", Path(short) / "two"
        async with signer(tmp_path, first), signer(tmp_path, second) as other:
            assert await other.wait() == 1
            await SignerClient(first).tell()


async def test_a_signer_that_lost_its_memory_ends_with_a_word(tmp_path: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="nrm-") as short:
        socket = Path(short) / "signer"
        async with signer(tmp_path, socket):
            await SignerClient(socket).sign(10, tree(10).root(), ())
        (tmp_path / "signer" / "last").unlink()
        async with signer(tmp_path, socket) as process:
            assert await process.wait() == 1
            assert process.stdout is not None
            assert b"MemoryLost" in await process.stdout.read()
