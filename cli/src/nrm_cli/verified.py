"""The ledger as a caller may believe it: fetched, verified against a pinned key, then read."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nrm_cli.doors import Doors, Operation
from nrm_cli.terminal import done, wrong_use
from nrm_ledger.domain.bundle import verify_case
from nrm_ledger.domain.checkpoint import Checkpoint, NoteRefused, open_checkpoint
from nrm_ledger.domain.fault import FaultFound, FaultKind
from nrm_ledger.domain.keys import KeyRefused, VerifierKey, verifier_key
from nrm_ledger.domain.tiles import tiles_of
from nrm_ledger.domain.verify import CHECKPOINT, SINCE, VKEY

AUDITOR = "auditor"
MEMORY = "auditor"
PINNED = "vkey"
SIGNER = "signer"
LAST = "checkpoint"


class Memory:
    """What an auditor remembers of a copy's log: the pinned key and the last checkpoint seen."""

    def __init__(self, home: Path) -> None:
        """Keep it under the copy's data folder, or wherever the auditor says."""
        self.folder = home / MEMORY

    def pinned(self) -> VerifierKey | None:
        """Give the key that was pinned, if any."""
        try:
            return verifier_key((self.folder / PINNED).read_text("utf-8").strip())
        except OSError:
            return None

    def pin(self, key: VerifierKey) -> None:
        """Pin a key; one that is pinned is never replaced here."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        (self.folder / PINNED).write_text(key.text + "\n", "utf-8")

    def last(self, key: VerifierKey) -> tuple[Checkpoint, bytes] | None:
        """Give the last checkpoint seen, with its note."""
        try:
            note = (self.folder / LAST).read_bytes()
        except OSError:
            return None
        return opened(note, key, SINCE), note

    def remember(self, note: bytes, key: VerifierKey) -> None:
        """Keep a verified note unless an equal or larger one is kept."""
        last = self.last(key)
        if last is None or last[0].size < open_checkpoint(note, key).size:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            (self.folder / LAST).write_bytes(note)


class DiskFolder:
    """An exported log in a folder of the file system."""

    def __init__(self, root: Path) -> None:
        """Read below `root`."""
        self._root = root

    def paths(self) -> list[str]:
        """Give the paths of all files there are."""
        return [
            path.relative_to(self._root).as_posix()
            for path in self._root.rglob("*")
            if path.is_file()
        ]

    def read(self, path: str) -> bytes:
        """Give the bytes of one of them."""
        return (self._root / path).read_bytes()


class MemoryFolder:
    """An exported log that was never written to a disk."""

    def __init__(self, files: dict[str, bytes]) -> None:
        """Hold files by their paths."""
        self._files = files

    def paths(self) -> list[str]:
        """Give the paths of all files there are."""
        return list(self._files)

    def read(self, path: str) -> bytes:
        """Give the bytes of one of them."""
        return self._files[path]


def opened(note: bytes, key: VerifierKey, place: str) -> Checkpoint:
    """Read a signed checkpoint; raises `FaultFound` where it is not what the key signed."""
    try:
        return open_checkpoint(note, key)
    except NoteRefused as error:
        raise FaultFound(FaultKind.SIGNATURE, place, str(error)) from error


def read_key(text: str) -> VerifierKey:
    """Read a verifier key; ends the command where it is none."""
    try:
        return verifier_key(text.strip())
    except KeyRefused as error:
        wrong_use(f"not a verifier key: {error}")


async def pinned_key(doors: Doors) -> VerifierKey:
    """Give the pinned key of a copy's log; the first that is ever seen is pinned."""
    memory = Memory(doors.copy.home)
    found = memory.pinned()
    if found is None:
        found = read_key(await _first_key(doors))
        memory.pin(found)
    return found


async def _first_key(doors: Doors) -> str:
    """Give the key to pin: the signer's own file in a copy of one's own, else what is served."""
    try:
        return (doors.copy.home / SIGNER / PINNED).read_text("utf-8")
    except OSError:
        return (await _bytes(doors, "/log/vkey")).decode()


@dataclass(frozen=True, slots=True, kw_only=True)
class Log:
    """A whole log as it was served: files by path, key, newest note, and checkpoints before it."""

    files: dict[str, bytes]
    key: VerifierKey
    note: bytes
    history: tuple[Checkpoint, ...]


async def whole_log(doors: Doors) -> Log:
    """Fetch the whole log at its newest checkpoint, every file as it is served; verify nothing."""
    key = await pinned_key(doors)
    note = await _bytes(doors, "/checkpoint")
    size = opened(note, key, CHECKPOINT).size
    files = {VKEY: (key.text + "\n").encode(), CHECKPOINT: note}
    for tile in tiles_of(size):
        files[tile.path] = await _bytes(doors, f"/{tile.path}")
    return Log(files=files, key=key, note=note, history=await _history(doors, key, size))


async def _history(doors: Doors, key: VerifierKey, size: int) -> tuple[Checkpoint, ...]:
    """Fetch older checkpoints, which help to say where the first difference is."""
    found: list[Checkpoint] = []
    after = 0
    while after < size:
        page = json.loads(await _bytes(doors, "/log/checkpoints", {"after": str(after)}))
        if not page:
            break
        found += [
            opened(one["note"].encode(), key, f"the checkpoint of {one['size']} entries")
            for one in page
        ]
        after = int(page[-1]["size"])
    return tuple(one for one in found if one.size <= size)


async def case_bundle(doors: Doors, case: str) -> bytes:
    """Fetch the file of one case."""
    return await _bytes(doors, f"/cases/{case}/bundle")


async def case_entries(doors: Doors, case: str) -> list[dict[str, Any]]:
    """Fetch a case's entries, verify each against the signed checkpoint, and read them."""
    key = await pinned_key(doors)
    content = await case_bundle(doors, case)
    found: list[dict[str, Any]] = []
    verify_case(content, key, listener=lambda _index, raw, _line: found.append(json.loads(raw)))
    return found


async def checkpoint_line(doors: Doors) -> str:
    """Say the newest checkpoint in one line, verified against the pinned key."""
    key = await pinned_key(doors)
    note = await _bytes(doors, "/checkpoint")
    checkpoint = opened(note, key, CHECKPOINT)
    Memory(doors.copy.home).remember(note, key)
    return f"Signed checkpoint: {checkpoint.size} entries, root {checkpoint.root.hex()[:16]}…"


async def _bytes(doors: Doors, path: str, query: dict[str, str] | None = None) -> bytes:
    look = Operation(
        service="ledger",
        name="read",
        method="GET",
        path=path,
        parameters=frozenset(),
        queries=frozenset(),
        needs_match=False,
    )
    reply = await doors.call(AUDITOR, look, path=path, query=query)
    done(reply, f"ledger {path}")
    return reply.raw
