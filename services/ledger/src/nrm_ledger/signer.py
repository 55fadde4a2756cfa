"""The process that holds the log's key and nothing else: it has no database.

It answers on a unix socket, one JSON object a line. It remembers the last checkpoint it signed
in a file of its own, written durably before it answers, and signs only what continues that.
Restoring an old copy of the ledger's database therefore cannot make it sign a second history.

    {"do": "tell"}                                  -> {"vkey", "size", "root"}
    {"do": "sign", "size", "root", "proof": […]}    -> {"note"} or {"refused": code}
"""

import asyncio
import base64
import binascii
import contextlib
import fcntl
import json
import os
import secrets
import signal
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import structlog

from nrm_ledger.domain.checkpoint import Checkpoint, NoteRefused, open_checkpoint, sign
from nrm_ledger.domain.keys import SigningKey, VerifierKey, signing_key, verifier_key
from nrm_ledger.domain.signing import SigningRefused, agree
from nrm_runtime.settings import Misconfigured, Settings

ORIGIN: Final = "nrm.example/ledger"  # the log's name where NRM_ORIGIN says no other
FOLDER: Final = "signer"
KEY: Final = "key"
LAST: Final = "last"
VKEY: Final = "vkey"
LOCK: Final = "lock"
LINE_BYTES_MAX: Final = 65_536
ANSWER_S: Final = 2.0  # less than the silence that ends an elected session
SEED_BYTES: Final = 32


class MemoryLost(Exception):
    """The key is there and the memory of what it signed is not, or the other way round.

    Signing on would permit a second history. Whoever is sure that nothing was signed, or brings
    the newest checkpoint from outside as the file `last`, decides; not this process.
    """


class SignerAway(Exception):
    """The signer does not answer; the log grows on and is signed later."""


class Memory:
    """Key and last checkpoint of one log, in a folder that no database knows."""

    def __init__(self, folder: Path, origin: str) -> None:
        """Read both, or make them where neither is. Raises `MemoryLost`, `BlockingIOError`."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._folder = folder
        self._lock = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self.key = self._read_key(origin)
            self._verifier = self.key.verifier
            self.last = self._read_last()
            self._write(VKEY, (self._verifier.text + "\n").encode())
        except BaseException:
            os.close(self._lock)
            raise

    @property
    def verifier(self) -> VerifierKey:
        """The public half, to be pinned by auditors."""
        return self._verifier

    def sign(self, size: int, root: bytes, proof: list[bytes]) -> bytes:
        """Sign and remember; raises `SigningRefused`."""
        asked = Checkpoint(self.key.name, size, root)
        agree(self.last, asked, proof)
        note = sign(asked, self.key)
        if asked != self.last:
            self._write(LAST, note)
            self.last = asked
        return note

    def close(self) -> None:
        """Let another process have the folder."""
        os.close(self._lock)

    def _read_key(self, origin: str) -> SigningKey:
        key, last = self._folder / KEY, self._folder / LAST
        if not key.exists():
            if last.exists() and last.stat().st_size:
                raise MemoryLost("a checkpoint was signed, and its key is not there")
            # The empty memory comes first: a crash in between leaves no key that forgot.
            self._write(LAST, b"")
            self._write(
                KEY, (SigningKey(origin, secrets.token_bytes(SEED_BYTES)).text + "\n").encode()
            )
        elif not last.exists():
            raise MemoryLost("the key is there, and what it signed last is not known")
        found = signing_key(key.read_text(encoding="utf-8").removesuffix("\n"))
        if found.name != origin:
            raise MemoryLost("the key is that of a log of another name")
        return found

    def _read_last(self) -> Checkpoint | None:
        note = (self._folder / LAST).read_bytes()
        if not note:
            return None
        try:
            return open_checkpoint(note, self._verifier)
        except NoteRefused as error:
            raise MemoryLost("the remembered checkpoint is not signed by the key") from error

    def _write(self, name: str, content: bytes) -> None:
        """Replace a file so that after a crash the old or the new one is there, whole."""
        path, fresh = self._folder / name, self._folder / f"{name}.new"
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
        folder = os.open(self._folder, os.O_RDONLY | os.O_CLOEXEC)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


async def run_signer(settings: Settings) -> None:
    """Be the signer until SIGTERM."""
    if settings.signer is None:
        raise Misconfigured("NRM_SIGNER: missing")
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    memory = Memory(settings.home / FOLDER, os.environ.get("NRM_ORIGIN", ORIGIN))
    try:
        await serve(memory, settings.signer, stopping)
    finally:
        memory.close()


async def serve(memory: Memory, socket: Path, stopping: asyncio.Event) -> None:
    """Answer on the socket until `stopping`."""
    log = structlog.get_logger("nrm.signer")
    _clear(socket)
    talking: set[asyncio.StreamWriter] = set()

    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        talking.add(writer)
        with contextlib.suppress(ConnectionError, ValueError, asyncio.IncompleteReadError):
            while line := await reader.readline():
                reply = answer(memory, line)
                if "refused" in reply:
                    log.error("signer.refused", code=reply["refused"])
                writer.write(json.dumps(reply).encode() + b"\n")
                await writer.drain()
        talking.discard(writer)
        writer.close()

    before = os.umask(0o177)
    try:
        server = await asyncio.start_unix_server(converse, socket, limit=LINE_BYTES_MAX)
    finally:
        os.umask(before)
    log.info("signer.ready", size=0 if memory.last is None else memory.last.size)
    async with server:
        await stopping.wait()
        for writer in talking:
            writer.close()
    _clear(socket)


def _clear(socket: Path) -> None:
    """Remove what one that was killed left; the folder's lock says that it is gone."""
    socket.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with contextlib.suppress(FileNotFoundError):
        if stat.S_ISSOCK(socket.lstat().st_mode):
            socket.unlink()


def answer(memory: Memory, line: bytes) -> dict[str, Any]:
    """Answer one line; what cannot be read is refused with `malformed`."""
    try:
        asked = json.loads(line)
        if asked == {"do": "tell"}:
            last = memory.last
            return {
                "vkey": memory.verifier.text,
                "size": 0 if last is None else last.size,
                "root": "" if last is None else _text(last.root),
            }
        if asked["do"] != "sign" or type(asked["size"]) is not int:
            return {"refused": "malformed"}
        proof = [_bytes(each) for each in asked["proof"]]
        note = memory.sign(asked["size"], _bytes(asked["root"]), proof)
    except SigningRefused as refused:
        return {"refused": refused.code}
    except (ValueError, KeyError, TypeError, RecursionError, NoteRefused):
        return {"refused": "malformed"}
    return {"note": note.decode("utf-8")}


class SignerClient:
    """The sequencer's side of the socket; opens a connection for each question."""

    def __init__(self, socket: Path) -> None:
        """Prepare; nothing is opened before the first question."""
        self._socket = socket

    async def tell(self) -> tuple[VerifierKey, Checkpoint | None]:
        """Give the key and the last checkpoint that was signed. Raises `SignerAway`."""
        reply = await self._ask({"do": "tell"})
        key = verifier_key(reply["vkey"])
        if not reply["size"]:
            return key, None
        return key, Checkpoint(key.name, reply["size"], _bytes(reply["root"]))

    async def sign(self, size: int, root: bytes, proof: tuple[bytes, ...]) -> bytes:
        """Give the signed note. Raises `SigningRefused` and `SignerAway`."""
        asked = {"do": "sign", "size": size, "root": _text(root), "proof": [*map(_text, proof)]}
        reply = await self._ask(asked)
        if "refused" in reply:
            raise SigningRefused(reply["refused"])
        return str(reply["note"]).encode()

    async def _ask(self, question: Mapping[str, Any]) -> dict[str, Any]:
        try:
            async with asyncio.timeout(ANSWER_S):
                reader, writer = await asyncio.open_unix_connection(
                    self._socket, limit=LINE_BYTES_MAX
                )
                try:
                    writer.write(json.dumps(question).encode() + b"\n")
                    reply: dict[str, Any] = json.loads(await reader.readline())
                finally:
                    writer.close()
        except (OSError, TimeoutError, ValueError) as error:
            raise SignerAway from error
        return reply


def _text(content: bytes) -> str:
    return base64.b64encode(content).decode("ascii")


def _bytes(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise ValueError("not base64") from error
