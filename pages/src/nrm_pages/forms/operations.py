"""What a service's OpenAPI document offers: its operations, with the questions of each."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from fastapi import APIRouter, FastAPI

from nrm_pages.forms.fields import Field, read_field

METHODS: Final = ("get", "post", "put", "delete")
JSON: Final = "application/json"
OPERATORS: Final = "/operations/"  # what operators do has pages of its own


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One door: how it is called, what it asks, whether it is guarded by an ETag."""

    name: str
    method: str
    path: str
    parameters: tuple[str, ...]
    queries: tuple[str, ...]
    guarded: bool
    keyed: bool
    body: Field | None

    def address(self, target: Mapping[str, str]) -> str:
        """Give the path with its parameters filled in; raises `KeyError` for one that misses."""
        return self.path.format_map({name: target[name] for name in self.parameters})


@dataclass(frozen=True, slots=True)
class Document:
    """All operations of one service by name, and which paths can be looked at."""

    operations: Mapping[str, Operation]

    def shown_at(self, operation: Operation) -> Operation | None:
        """Give what shows the thing that an operation acts on: the longest shorter path to GET."""
        shows = [
            one
            for one in self.operations.values()
            if one.method == "GET" and one.guarded is False and one.path != "/"
            and (operation.path + "/").startswith(one.path + "/")
            and one.parameters and "{" in one.path.rsplit("/", maxsplit=1)[-1]
        ]  # fmt: skip
        return max(shows, key=lambda one: len(one.path), default=None)


def document_of(routers: Iterable[APIRouter]) -> Document:
    """Read what the doors of a service document of themselves, without the service."""
    api = FastAPI()
    for router in routers:
        api.include_router(router)
    return read_document(api.openapi())


def read_document(document: Mapping[str, Any]) -> Document:
    """Read every operation of a document; raises `Unshown` for a body that cannot be asked."""
    found = {}
    for path, methods in document["paths"].items():
        for method in METHODS:
            if method in methods and not path.startswith(OPERATORS):
                one = _operation(path, method, methods[method], document)
                found[one.name] = one
    return Document(found)


def _operation(
    path: str, method: str, told: Mapping[str, Any], document: Mapping[str, Any]
) -> Operation:
    places: dict[str, list[str]] = {"path": [], "query": [], "header": []}
    for one in told.get("parameters", ()):
        places[one["in"]].append(one["name"])
    schema = told.get("requestBody", {}).get("content", {}).get(JSON, {}).get("schema")
    return Operation(
        name=told["operationId"],
        method=method.upper(),
        path=path,
        parameters=tuple(places["path"]),
        queries=tuple(places["query"]),
        guarded="If-Match" in places["header"],
        keyed="Idempotency-Key" in places["header"],
        body=read_field(schema, document) if schema is not None else None,
    )
