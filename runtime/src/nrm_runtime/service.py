"""What a service is made of, and what a process that runs it holds."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import Any, TypeAlias
from uuid import UUID

from fastapi import FastAPI
from sqlalchemy import MetaData
from sqlalchemy.ext.asyncio import AsyncEngine

from nrm_contracts.contract import Contract
from nrm_runtime.broker.heard import RawHearing
from nrm_runtime.core import Command
from nrm_runtime.persons.keys import LocalKeyset, Vault
from nrm_runtime.settings import Settings
from nrm_runtime.store.clock import Clock
from nrm_runtime.store.engine import make_election_engine, make_engine
from nrm_runtime.store.machine import NO_MACHINE, Machine

Policy: TypeAlias = Callable[..., tuple[Command, ...]]
Json: TypeAlias = str | int | Sequence["Json"] | Mapping[str, "Json"] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasure:
    """A person's erasure, done in this service and about to be told."""

    person: UUID
    case: UUID
    ground: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """Everything the runtime needs to know about one service.

    `documents` maps a private document's part to its schema, `regions` shows a state as codes
    for the comparison of replays, `erased` gives the contract that tells an erasure,
    `worker_tasks` run beside hearing, relay and deadlines, `raw` hears topics that carry no
    contracts, `roles` are processes of this service beside web, worker and migrate, `mounts` put
    further applications into the web process, such as pages for people.
    """

    name: str
    machine: Machine[Any, Any] = NO_MACHINE
    tables: MetaData = field(default_factory=MetaData)
    hears: Mapping[type[Contract], Policy] = field(default_factory=dict)
    raw: Sequence[RawHearing] = ()
    routers: Sequence[Any] = ()
    documents: Mapping[str, type[Any]] = field(default_factory=dict)
    regions: Callable[[Any], Json] | None = None
    erased: Callable[[Erasure], Contract] | None = None
    worker_tasks: Sequence[Callable[["Running"], Awaitable[None]]] = ()
    roles: Mapping[str, Callable[[Settings], Awaitable[None]]] = field(default_factory=dict)
    operations: Mapping[str, Any] = field(default_factory=dict)
    mounts: Sequence[Callable[[FastAPI], None]] = ()
    migrations: Path | None = None

    def migrations_folder(self) -> Path:
        """Where the service's own migrations are: `migrations/versions` of its package."""
        if self.migrations is not None:
            return self.migrations
        return Path(str(files(f"nrm_{self.name}"))) / "migrations" / "versions"


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """What one process of a service works with: one pool for each database role.

    `web` holds `app` and `keys`; a worker also `relay`, `eraser` and, for elections, `election`
    (connections of the role `app`) and `relay_election`.
    """

    service: Service
    settings: Settings
    app: AsyncEngine
    relay: AsyncEngine
    eraser: AsyncEngine
    election: AsyncEngine
    relay_election: AsyncEngine
    vault: Vault
    clock: Clock


@asynccontextmanager
async def running(service: Service, settings: Settings) -> AsyncIterator[Running]:
    """Hold the engines, vault and clock of a process; pools connect when first used."""
    async with AsyncExitStack() as stack:

        def pool(role: str, size: int) -> AsyncEngine:
            engine = make_engine(
                settings.database_url(role), pool_size=size, application=settings.role(role)
            )
            stack.push_async_callback(engine.dispose)
            return engine

        yield Running(
            service=service,
            settings=settings,
            app=pool("app", 10),
            relay=pool("relay", 2),
            eraser=pool("eraser", 1),
            election=make_election_engine(settings.database_url("app")),
            relay_election=make_election_engine(settings.database_url("relay")),
            vault=Vault(service.name, pool("keys", 2), LocalKeyset(settings.kek / service.name)),
            clock=Clock(pool("app", 1), development=settings.development),
        )


__all__ = ["Erasure", "Json", "Policy", "Running", "Service", "running"]
