"""Who may ask for tokens: the organisations of the seed file, operator and auditor, their keys.

Keys lie in `NRM_HOME/keys`: `<client>.pub.pem` is what the provider reads, `<client>.pem` the
private half that the callers of a local copy sign with. A pair that is missing is made at start.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from joserfc.jwk import Key
from ruamel.yaml import YAML

from nrm_runtime.access.scopes import READ, WRITE
from nrm_runtime.access.signed import ES256, new_key, private_pem, public_pem, read_key

NOWHERE = "ZZ"  # the code of ISO 3166-1 for "no country": operators and auditors have none


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """One OAuth2 client; `workers` are the registered worker ids with their duties."""

    name: str
    organisation: UUID
    kind: str
    country: str
    scopes: frozenset[str]
    workers: Mapping[UUID, frozenset[str]]
    itself: bool  # no organisation but an office: acts as itself where it names no worker


def read_clients(seeds: Path) -> dict[str, Client]:
    """Read the seed file; an organisation's client is called by the organisation's key."""
    document: dict[str, Any] = YAML(typ="safe", pure=True).load(seeds.read_text("utf-8"))
    clients = [_organisation(one) for one in document["organisations"]]
    clients += [_office(one) for one in document.get("clients", [])]
    found = {client.name: client for client in clients}
    if len(found) != len(clients):
        raise ValueError("two clients of the seed file have one name")
    return found


def _organisation(seed: Mapping[str, Any]) -> Client:
    return Client(
        name=str(seed["key"]),
        organisation=UUID(seed["id"]),
        kind=str(seed["kind"]),
        country=str(seed["country"]),
        scopes=frozenset({READ, WRITE}),
        workers={
            UUID(worker["id"]): frozenset(map(str, worker.get("duties") or []))
            for worker in seed.get("workers") or []
        },
        itself=False,
    )


def _office(seed: Mapping[str, Any]) -> Client:
    office = UUID(seed["id"])
    return Client(
        name=str(seed["key"]),
        organisation=office,
        kind=str(seed["key"]),
        country=NOWHERE,
        scopes=frozenset(map(str, seed["scopes"])),
        workers={office: frozenset()},
        itself=True,
    )


def ensure_keys(folder: Path, names: list[str]) -> None:
    """Make the pairs of keys that are missing; what exists is never replaced."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name in names:
        public = folder / f"{name}.pub.pem"
        if public.exists():
            continue
        key = new_key(ES256)
        _write(folder / f"{name}.pem", private_pem(key))
        _write(public, public_pem(key))


def read_keys(folder: Path, names: list[str]) -> dict[str, Key]:
    """Read the public halves."""
    return {name: read_key((folder / f"{name}.pub.pem").read_bytes(), ES256) for name in names}


def _write(path: Path, content: bytes) -> None:
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)
    beside.replace(path)
