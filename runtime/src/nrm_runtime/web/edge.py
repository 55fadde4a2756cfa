"""The edge: where a request becomes a command. Clock, identity and chance come in here."""

import hashlib
import hmac
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Protocol, TypeVar
from uuid import UUID, uuid4

from fastapi import Depends, params
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from starlette.requests import Request

from nrm_contracts.contract import Contract
from nrm_runtime.access import READ, WRITE, Deny, Principal, Tokens, may
from nrm_runtime.core import Command, Worker
from nrm_runtime.persons.payloads import Document
from nrm_runtime.persons.reading import Opened, Wanted, open_documents
from nrm_runtime.service import Running, Service
from nrm_runtime.store.append import Origin
from nrm_runtime.store.execute import Machine, Outcome, execute
from nrm_runtime.web.etags import ETag, etag, match
from nrm_runtime.web.problems import absent, forbidden


@dataclass(frozen=True, slots=True)
class Web:
    """What every request of this process shares; stands at `app.state.web`."""

    service: Service
    running: Running
    tokens: Tokens
    secret: bytes
    engine: AsyncEngine
    reading: AsyncEngine  # the same pool; its transactions are read-only


class Touched(Protocol):
    """A view that knows the last event that touched its row."""

    @property
    def event_id(self) -> UUID:
        """The event behind the row."""
        ...


View = TypeVar("View", bound=Touched)


class Edge:
    """One request inside its transaction: who asks, when, and the one way to act."""

    def __init__(
        self,
        *,
        web: Web,
        tx: AsyncConnection,
        principal: Principal,
        request: Request,
        now: datetime,
        key: str | None,
    ) -> None:
        """Bind a request; `now` is the service's clock (UTC), `key` the idempotency key."""
        self.tx = tx
        self.principal = principal
        self.now = now
        self.path = str(request.scope["path"])
        self.service = web.service
        self.running = web.running
        self.secret = web.secret
        self.tag: ETag | None = None
        self.location: str | None = None
        self._request = request
        self._asked = False
        self.command_id = uuid4() if key is None else self._name(request.method, self.path, key)

    @property
    def by(self) -> Worker:
        """The worker behind this request, as commands carry it."""
        return self.principal.acts()

    async def execute(
        self,
        case: UUID | None,
        command: Command,
        documents: Sequence[Document] = (),
        *,
        machine: Machine[Any, Any] | None = None,
    ) -> Outcome[Any, Any]:
        """Execute a command on the service's machine (or another of its machines).

        `case` is None where the command's stream belongs to no case.

        Raises `Refused`, `TooEarly`, `Outpaced`, `Erased`, `VaultAway`; the route answers them.
        """
        self.grant()
        return await execute(
            machine or self.service.machine,
            self.tx,
            self.running.vault,
            case,
            command,
            now=self.now,
            documents=documents,
            key=self.principal.client,
        )

    async def open(self, case: UUID, wanted: Wanted, read: Contract) -> tuple[Opened, ...]:
        """Record a read of private documents by the contract `read`, and open them.

        For routes marked `records`: nothing leaves before the commit, every call is a new read.
        Raises `Erased`, `VaultAway`, `Outpaced`; the route answers them.
        """
        self.grant()
        return await open_documents(
            self.tx,
            self.running.vault,
            case,
            wanted,
            service=self.service.name,
            contract=read,
            origin=Origin(command=uuid4(), by=self.by, key=self.principal.client),
            now=self.now,
        )

    async def show(self, found: Awaitable[View | None]) -> View:
        """Await a view, answer its ETag with it; absent and not visible are both 404."""
        view = await found
        if view is None:
            raise absent()
        self.tag = etag(view.event_id)
        return view

    def match(self, current: ETag | UUID) -> None:
        """Hold If-Match against what stands now (a tag, or the event that touched it last).

        Raises `Problem` 428 where it is missing, 412 where it is stale.
        """
        tag = etag(current) if isinstance(current, UUID) else current
        match(self._request.headers.get("if-match"), tag)

    def need(self, *scopes: str, duty: str | None = None) -> None:
        """Let only those pass who hold one of the scopes and, where named, the duty.

        Raises `Problem` 403. A route that never asks needs `case:read`, or `case:write` where
        its method is not safe.
        """
        self._asked = True
        answer = may(self.principal, *scopes, duty=duty)
        if isinstance(answer, Deny):
            raise forbidden(answer.code, answer.why)

    def grant(self) -> None:
        """Ask for the usual scope where nothing was asked: every route denies by default."""
        if not self._asked:
            self.need(READ if self._request.method in {"GET", "HEAD"} else WRITE)

    async def step_out(self) -> None:
        """End the transaction before long work that has transactions of its own.

        For routes marked `records`; the edge cannot execute any more.
        """
        self.grant()
        await self.tx.rollback()

    def new_id(self, name: str) -> UUID:
        """Give an id that a command needs: the same on a retry, guessed by nobody."""
        return self._name("id", str(self.command_id), name)

    def fresh_id(self) -> UUID:
        """Give a random id (UUIDv4); on a retry the kept reply still says which it was."""
        return uuid4()

    def _name(self, *about: str) -> UUID:
        """Derive an id from the organisation and `about` under the server's secret."""
        text = "\0".join((str(self.principal.organisation), *about)).encode()
        digest = hmac.digest(self.secret, b"id\0" + text, hashlib.sha256)
        return UUID(bytes=digest[:16], version=4)


async def edge_of(request: Request) -> Edge:
    """Give the edge of a request that goes through a `CommandRoute`."""
    edge: Edge = request.state.edge
    return edge


EdgeDep = Annotated[Edge, Depends(edge_of)]


def needs(*scopes: str, duty: str | None = None) -> params.Depends:
    """Make a dependency for a router or route that lets only holders of a scope pass."""

    async def ask(edge: EdgeDep) -> None:
        edge.need(*scopes, duty=duty)

    asked: params.Depends = Depends(ask)
    return asked
