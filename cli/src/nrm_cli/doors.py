"""The public doors of a running copy, called as an organisation's worker, operator or auditor."""

import asyncio
import random
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Self
from uuid import UUID, uuid4

import httpx2

from nrm_cli.running import Copy
from nrm_contracts.organisations import Organisations, organisations
from nrm_runtime.access.client import ClientCredentials
from nrm_runtime.access.signed import ES256, read_key

ANSWER_S: Final = 30.0
AWAY_S: Final = 90.0
PAUSE_S: Final = 0.1
PAUSE_MAX_S: Final = 2.0
BUSY: Final = frozenset({502, 503, 504})
RETRIED: Final = frozenset({"outpaced", "too-early"})
SCOPES: Final = {"operator": "operate", "auditor": "audit"}
ORGANISATION_SCOPE: Final = "case:read case:write"


class UnknownCaller(Exception):
    """No organisation or worker of that name is registered in this copy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One operation of a service's OpenAPI document."""

    service: str
    name: str
    method: str
    path: str
    parameters: frozenset[str]
    queries: frozenset[str]
    needs_match: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What a door answered."""

    status: int
    body: Any
    headers: Mapping[str, str] = field(default_factory=dict)
    raw: bytes = b""

    @property
    def code(self) -> str | None:
        """The code of a problem, where the reply is one."""
        return self.body.get("code") if isinstance(self.body, dict) else None


class Doors:
    """Every door of a copy; one HTTP client per caller, tokens fetched when needed."""

    def __init__(self, copy: Copy) -> None:
        """Belong to a copy; nothing is called yet."""
        self.copy = copy
        self.known: Organisations = organisations(copy.organisations)
        self._callers: dict[str, httpx2.AsyncClient] = {}
        self._operations: dict[str, dict[str, Operation]] = {}

    async def __aenter__(self) -> Self:
        """Open."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close every client."""
        for client in self._callers.values():
            await client.aclose()

    async def operation(self, name: str) -> Operation:
        """Find `service.operation`; raises `KeyError` where there is none."""
        service, _, operation = name.partition(".")
        if service not in self._operations:
            self._operations[service] = await self._read(service)
        return self._operations[service][operation]

    async def call(
        self,
        caller: str,
        operation: Operation,
        *,
        path: str,
        query: Mapping[str, str] | None = None,
        body: object = None,
        match: str | None = None,
        key: str | None = None,
    ) -> Reply:
        """Call a door; while it is away the same call is made again, with the same key."""
        key = key or str(uuid4())
        until, pause = time.monotonic() + AWAY_S, PAUSE_S
        while True:
            try:
                reply = await self._once(caller, operation, path, query, body, match, key)
            except httpx2.TransportError:
                reply = None
            if reply is not None and reply.status not in BUSY and reply.code not in RETRIED:
                return reply
            if time.monotonic() > until:
                if reply is not None:
                    return reply
                raise TimeoutError(f"{operation.service} does not answer")
            await asyncio.sleep(pause * random.uniform(0.5, 1))  # noqa: S311 - spreads retries
            pause = min(pause * 2, PAUSE_MAX_S)

    async def _once(
        self,
        caller: str,
        operation: Operation,
        path: str,
        query: Mapping[str, str] | None,
        body: object,
        match: str | None,
        key: str,
    ) -> Reply:
        headers = {}
        if operation.method != "GET":
            headers["Idempotency-Key"] = key
        if match is not None:
            headers["If-Match"] = match
        answer = await self.client(caller).request(
            operation.method,
            self.copy.services[operation.service] + path,
            params=dict(query or {}),
            json=body,
            headers=headers,
        )
        kind = answer.headers.get("content-type", "")
        told = answer.json() if "json" in kind else None
        return Reply(
            status=answer.status_code, body=told, headers=answer.headers, raw=answer.content
        )

    def client(self, caller: str) -> httpx2.AsyncClient:
        """Give the HTTP client of a caller: `organisation/worker`, `operator` or `auditor`."""
        if caller not in self._callers:
            self._callers[caller] = httpx2.AsyncClient(auth=self._auth(caller), timeout=ANSWER_S)
        return self._callers[caller]

    def _auth(self, caller: str) -> ClientCredentials:
        name, _, worker = caller.partition("/")
        scope = SCOPES.get(name, ORGANISATION_SCOPE)
        try:
            pem = (self.copy.keys / f"{name}.pem").read_bytes()
        except OSError as error:
            raise UnknownCaller(f"{name}: no key in this copy") from error
        return ClientCredentials(
            issuer=self.copy.issuer,
            client=name,
            key=read_key(pem, ES256),
            scope=scope,
            worker=None if name in SCOPES else self._worker(name, worker),
        )

    def _worker(self, name: str, worker: str) -> UUID:
        found = self.known.named(name)
        for one in found.workers if found else ():
            if one.key == worker:
                return one.id
        raise UnknownCaller(f"{name}/{worker}: no such worker in this copy")

    async def _read(self, service: str) -> dict[str, Operation]:
        if service not in self.copy.services:
            raise KeyError(service)
        async with httpx2.AsyncClient(timeout=ANSWER_S) as http:
            answer = await http.get(f"{self.copy.services[service]}/openapi.json")
            answer.raise_for_status()
        found: dict[str, Operation] = {}
        for path, methods in answer.json()["paths"].items():
            for method, about in methods.items():
                if isinstance(about, dict) and "operationId" in about:
                    found[about["operationId"]] = _operation(service, method, path, about)
        return found


def _operation(service: str, method: str, path: str, about: dict[str, Any]) -> Operation:
    parameters = about.get("parameters", [])
    return Operation(
        service=service,
        name=about["operationId"],
        method=method.upper(),
        path=path,
        parameters=frozenset(one["name"] for one in parameters if one.get("in") == "path"),
        queries=frozenset(one["name"] for one in parameters if one.get("in") == "query"),
        needs_match=any(
            one.get("in") == "header" and one["name"].lower() == "if-match" for one in parameters
        ),
    )


__all__ = ["Doors", "Operation", "Reply", "UnknownCaller"]
