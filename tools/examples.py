"""Invents a first example message for a fact: every field filled, nobody real."""

import json
from datetime import UTC, date, datetime
from enum import StrEnum
from types import UnionType
from typing import Any, Union, get_args, get_origin
from uuid import UUID, uuid5

from pydantic.fields import FieldInfo

from nrm_contracts.contract import Contract
from nrm_contracts.envelope import write_envelope

NAMESPACE = UUID("2b6b0f7e-2f53-4c5e-8a7d-0d9f6a1c3e55")
AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
TEXTS = {
    "country": "RO",
    "origin": "IT",
    "destination_country": "RO",
    "language": "ro",
    "profile": "RO@1",
    "destination_profile": "RO@1",
    "calendar": "none",
    "offer": "ab" * 32,
    "languages": "ro",
    "thumbprint": "cd" * 32,
}


def example(fact: type[Contract]) -> dict[str, Any]:
    """Give a whole message of a fact, as it would stand on the wire."""
    fields = {name: _value(name, field) for name, field in fact.model_fields.items()}
    body = write_envelope(
        fact.model_validate(fields),
        id=_id(f"{fact.name}/message"),
        source=".".join(fact.name.split(".")[:2]),
        case=_id("case"),
        at=AT,
        stream=_id(f"{fact.name}/stream"),
        told=1,
        correlation=_id("correlation"),
        causation=_id("causation"),
    )
    message: dict[str, Any] = json.loads(body)
    return message


def _id(name: str) -> UUID:
    return uuid5(NAMESPACE, name)


def _value(name: str, field: FieldInfo) -> object:
    return _of(name, field.annotation)


def _of(name: str, kind: Any) -> object:  # noqa: ANN401 - annotations have no type
    if get_origin(kind) in {Union, UnionType}:
        return _of(name, next(one for one in get_args(kind) if one is not type(None)))
    if get_origin(kind) is tuple:
        return (_of(name, get_args(kind)[0]),)
    if hasattr(kind, "__value__") or hasattr(kind, "__metadata__"):
        return _of(name, get_args(kind)[0])
    supertype = getattr(kind, "__supertype__", kind)
    if supertype is UUID:
        return _id(name)
    if supertype is datetime:
        return AT
    if supertype is date:
        return AT.date()
    if supertype is int:
        return 1
    if supertype is str:
        return TEXTS[name]
    if isinstance(supertype, type) and issubclass(supertype, StrEnum):
        return next(iter(supertype))
    msg = f"no example for {name}: {kind}"
    raise TypeError(msg)
