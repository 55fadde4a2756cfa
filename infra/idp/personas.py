"""The people of a local copy: whom the development provider offers to sign in as."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from ruamel.yaml import YAML


@dataclass(frozen=True, slots=True, kw_only=True)
class Persona:
    """One invented worker: of which client, under which id, called what.

    Duties are not kept here: a token takes them from the registry when it is made.
    """

    worker: UUID
    client: str
    name: str
    organisation: str
    country: str


def read_personas(seeds: Path) -> tuple[Persona, ...]:
    """Read the workers of the seed file's organisations, then its offices."""
    document: dict[str, Any] = YAML(typ="safe", pure=True).load(seeds.read_text("utf-8"))
    found: list[Persona] = []
    for one in document["organisations"]:
        found += _workers(one)
    found += [_office(one) for one in document.get("clients", [])]
    return tuple(found)


def _workers(seed: Mapping[str, Any]) -> Sequence[Persona]:
    return [
        Persona(
            worker=UUID(worker["id"]),
            client=str(seed["key"]),
            name=str(worker.get("name") or worker["key"]).title(),
            organisation=str(seed["name"]),
            country=str(seed["country"]),
        )
        for worker in seed.get("workers") or []
    ]


def _office(seed: Mapping[str, Any]) -> Persona:
    name = str(seed["key"]).title()
    return Persona(
        worker=UUID(seed["id"]), client=str(seed["key"]), name=name, organisation="", country=""
    )
