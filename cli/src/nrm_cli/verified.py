"""The ledger as a caller may believe it: fetched, verified against a pinned key, then read."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from nrm_cli.doors import Doors, Operation
from nrm_cli.terminal import done, wrong_use
from nrm_ledger.domain.bundle import folder_files, verify_case
from nrm_ledger.domain.checkpoint import Checkpoint, open_checkpoint
from nrm_ledger.domain.keys import KeyRefused, VerifierKey, verifier_key
from nrm_ledger.domain.tiles import Tile, decode_entries, tiles_of

AUDITOR = "auditor"
MEMORY = "auditor"
PINNED = "vkey"
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
        return open_checkpoint(note, key), note

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
        found = read_key((await _bytes(doors, "/log/vkey")).decode())
        memory.pin(found)
    return found


async def whole_log(doors: Doors) -> tuple[dict[str, bytes], VerifierKey, bytes]:
    """Fetch the whole log at its newest checkpoint: files by path, key, note."""
    key = await pinned_key(doors)
    note = await _bytes(doors, "/checkpoint")
    size = open_checkpoint(note, key).size
    entries: list[bytes] = []
    for tile in _bundles(size):
        entries += decode_entries(await _bytes(doors, f"/{tile.path}"))
    return dict(folder_files(entries, note, key)), key, note


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
    checkpoint = open_checkpoint(note, key)
    Memory(doors.copy.home).remember(note, key)
    return f"Signed checkpoint: {checkpoint.size} entries, root {checkpoint.root.hex()[:16]}…"


def _bundles(size: int) -> Iterator[Tile]:
    return (tile for tile in tiles_of(size) if tile.row is None)


async def _bytes(doors: Doors, path: str) -> bytes:
    look = Operation(
        service="ledger",
        name="read",
        method="GET",
        path=path,
        parameters=frozenset(),
        queries=frozenset(),
        needs_match=False,
    )
    reply = await doors.call(AUDITOR, look, path=path)
    done(reply, f"ledger {path}")
    return reply.raw
