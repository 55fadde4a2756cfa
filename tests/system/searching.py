"""Searching everything that a copy has ever written for strings that must not be there."""

import asyncio
import base64
import os
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import httpx2

from infra.local import postgres
from tests.system.whole import System

BLOCK: Final = 8 * 1024 * 1024
_TABLES: Final = """
SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'r' AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
"""
EDGE: Final = 256  # bytes that two blocks share, so that nothing hides between them


@dataclass(frozen=True, slots=True)
class Found:
    """Where which string was found, and in which form."""

    place: str
    form: str
    text: str


def forms(text: str) -> dict[str, bytes]:
    """Give the byte patterns that a string leaves behind, by the name of its form.

    In base64 the bytes stand in one of three alignments; what depends on neighbours is left off.
    """
    raw = text.encode()
    found = {
        "raw": raw,
        "hexadecimal": raw.hex().encode(),
        "upper case": raw.upper(),
    }
    for shift in range(3):
        start = -(-shift * 8 // 6)  # characters that hold bits of what stands before
        whole = base64.b64encode(b"\0" * shift + raw).rstrip(b"=")
        end = (shift + len(raw)) * 8 // 6
        found[f"base64, shifted by {shift}"] = whole[start:end]
    return found


def turned(text: str) -> Iterator[tuple[str, bytes]]:
    """Give the forms of a text, the plainest last."""
    return reversed(forms(text).items())


class Search:
    """A search for some texts in all their forms, and for others as they are."""

    def __init__(self, *texts: str, plain: Collection[str] = ()) -> None:
        """Look for `texts` in all forms; for `plain` ones, which need not hide, in the first two.

        Forms that are the same, as for digits in upper case, are looked for once.
        """
        self._forms = {pattern: (text, name) for text in texts for name, pattern in turned(text)}
        for text in plain:
            self._forms |= {pattern: (text, name) for name, pattern in list(turned(text))[-2:]}

    def bytes(self, place: str, content: bytes) -> list[Found]:
        """Search bytes."""
        return [
            Found(place, name, text)
            for pattern, (text, name) in self._forms.items()
            if pattern in content
        ]

    def file(self, path: Path, place: str) -> list[Found]:
        """Search a file, block by block; one that is gone holds nothing."""
        found: dict[Found, None] = {}
        try:
            with path.open("rb") as file:
                kept = b""
                while block := file.read(BLOCK):
                    if block.count(0) < len(block):  # engines lay out files of zeros beforehand
                        found |= dict.fromkeys(self.bytes(place, kept + block))
                    kept = block[-EDGE:]
        except FileNotFoundError:
            pass
        return list(found)

    def folder(self, root: Path, place: str) -> list[Found]:
        """Search every file below a folder, and the files' own names."""
        found = []
        for path in _files(root):
            where = f"{place}/{path.relative_to(root)}"
            found += self.bytes(f"{where} (its name)", os.fsencode(path.name))
            found += self.file(path, where)
        return found


def _files(root: Path) -> Iterator[Path]:
    for folder, _, names in os.walk(root):
        for name in names:
            path = Path(folder) / name
            if path.is_file() and not path.is_symlink():
                yield path


async def everywhere(system: System, search: Search) -> list[Found]:
    """Search all files of a copy (logs, Kafka's segments, mails, traces, the database's own
    files), dumps of all databases, the figures of every worker, and an export of the ledger.
    """
    found = await asyncio.to_thread(search.folder, system.home, "home")
    cluster = postgres.folder_of(system.home)
    if cluster.parent != system.home:
        found += await asyncio.to_thread(search.folder, cluster, "cluster")
    for name, content in (await dumps(system)).items():
        found += search.bytes(f"dump of {name}", content)
    for name, text in (await figures(system)).items():
        found += search.bytes(f"figures of {name}", text.encode())
    return found


async def dumps(system: System) -> dict[str, bytes]:
    """Give every row of every table of every database; byte strings stand in it as hexadecimal."""
    connection = await system.connect("postgres")
    try:
        rows = await connection.fetch(
            "SELECT datname FROM pg_database WHERE datname <> 'template0'"
        )
    finally:
        await connection.close()
    return {row["datname"]: await _dump(system, row["datname"]) for row in rows}


async def _dump(system: System, database: str) -> bytes:
    connection = await system.connect(database)
    try:
        tables = await connection.fetch(_TABLES)
        lines: list[str] = []
        for table in tables:
            name = f'"{table["nspname"]}"."{table["relname"]}"'
            lines.append(name)
            lines += [row[0] for row in await connection.fetch(f"SELECT t::text FROM {name} t")]
    finally:
        await connection.close()
    return "\n".join(lines).encode()


async def figures(system: System) -> dict[str, str]:
    """Give what every worker tells a scraper."""
    workers = [line for line in system.told.processes if line.name.endswith(" worker")]
    async with httpx2.AsyncClient(timeout=10) as http:
        return {line.name: (await http.get(f"{line.address}/metrics")).text for line in workers}
