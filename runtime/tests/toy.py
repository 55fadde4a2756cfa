"""A toy service for the runtime's own tests: a kettle that is filled, boiled and emptied.

Nothing of it is a word of the field. It tells what the identification service may tell, because
contracts exist for real services only.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TypeAlias, assert_never
from uuid import UUID

from sqlalchemy import Column, ForeignKey, Integer, MetaData, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection

from nrm_contracts.contract import Contract
from nrm_runtime.core import Command, Due, Event, FallDue, Refused, Worker
from nrm_runtime.service import Erasure, Service
from nrm_runtime.store.codec import Codec
from nrm_runtime.store.machine import Applied, Machine
from nrm_runtime.store.tables import put


class KettleFilled(Contract):
    """Water was put in."""

    name = "nrm.toy.kettle-filled"

    litres: int
    purpose: str | None = None


class KettleBoiledOver(Contract):
    """Nobody came in time."""

    name = "nrm.toy.kettle-boiled-over"

    about: str


class DocumentsRead(Contract):
    """Somebody read private documents."""

    name = "nrm.toy.personal-data-read"

    reader: UUID


class SomebodyErased(Contract):
    """A person's documents are gone."""

    name = "nrm.toy.person-erased"

    person: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Fill(Command):
    litres: int
    times: int = 1
    boil_by: Due | None = None
    purpose: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Empty(Command):
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled(Event):
    litres: int
    organisation: UUID
    boil_by: datetime | None = None
    profile: str | None = None
    purpose: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Emptied(Event):
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class BoiledOver(Event):
    name: str


KettleEvent: TypeAlias = Filled | Emptied | BoiledOver


@dataclass(frozen=True, slots=True, kw_only=True)
class Kettle:
    litres: int = 0
    fills: int = 0
    overflows: int = 0
    boil: Mapping[str, Due] = field(default_factory=dict)
    parties: frozenset[UUID] = frozenset()


initial = Kettle()
LITRES_MAX = 1_000_000


def decide(state: Kettle, command: Command) -> tuple[KettleEvent, ...]:
    match command:
        case Fill():
            if state.litres + command.litres > LITRES_MAX:
                raise Refused("too-full", "The kettle holds no more.")
            assert isinstance(command.by, Worker)
            due = command.boil_by
            return tuple(
                Filled(
                    at=command.at,
                    litres=command.litres,
                    organisation=command.by.organisation,
                    boil_by=due.at if due else None,
                    profile=due.profile if due else None,
                    purpose=command.purpose,
                )
                for _ in range(command.times)
            )
        case Empty():
            return (Emptied(at=command.at),) if state.litres else ()
        case FallDue():
            if command.name == "boil:stubborn":
                raise Refused("stubborn", "It will not boil.")
            if command.name == "boil:broken":
                raise ZeroDivisionError
            return (BoiledOver(at=command.at, name=command.name),)
        case _:
            raise Refused("out-of-order", "A kettle cannot do that.")


def evolve(state: Kettle, event: KettleEvent) -> Kettle:
    match event:
        case Filled():
            boil = dict(state.boil)
            if event.boil_by and event.profile:
                name = "boil:lazy" if event.profile == "LZ@1" else f"boil:{event.profile}"
                kind = {"ST@1": "boil:stubborn", "BR@1": "boil:broken"}.get(event.profile, name)
                boil[kind] = Due(at=event.boil_by, profile=event.profile)
            return Kettle(
                litres=state.litres + event.litres,
                fills=state.fills + 1,
                overflows=state.overflows,
                boil=boil,
                parties=state.parties | {event.organisation},
            )
        case Emptied():
            return Kettle(fills=state.fills, overflows=state.overflows, parties=state.parties)
        case BoiledOver():
            kept = {
                name: due
                for name, due in state.boil.items()
                if name != event.name or name == "boil:lazy"
            }
            return Kettle(
                litres=state.litres,
                fills=state.fills,
                overflows=state.overflows + 1,
                boil=kept,
                parties=state.parties,
            )
        case _:
            assert_never(event)


def clocks(state: Kettle) -> Mapping[str, Due]:
    return state.boil


def tell(event: KettleEvent) -> Contract | None:
    match event:
        case Filled():
            return KettleFilled(litres=event.litres, purpose=event.purpose)
        case BoiledOver():
            return KettleBoiledOver(about=event.name)
        case Emptied():
            return None


metadata = MetaData()
kettle = Table(
    "kettle",
    metadata,
    Column("kettle", Uuid, primary_key=True),
    Column("litres", Integer, nullable=False),
    Column("parties", ARRAY(Uuid), nullable=False),
    Column("event_id", Uuid, nullable=False),
)
fill = Table(
    "fill",
    metadata,
    Column("kettle", Uuid, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("leaf", Text, nullable=False),
    Column("org", Uuid, nullable=False),
    Column("event_id", Uuid, ForeignKey("event.event_id"), nullable=False),
)


async def project(tx: AsyncConnection, applied: Applied[Kettle, KettleEvent]) -> None:
    row = {
        "kettle": applied.case,
        "litres": applied.state.litres,
        "parties": applied.state.parties,
        "event_id": applied.event_id,
    }
    await put(tx, kettle, row)
    if isinstance(applied.event, Filled):
        await put(
            tx,
            fill,
            {
                "kettle": applied.case,
                "number": applied.state.fills,
                "leaf": applied.entry_hash,
                "org": applied.event.organisation,
                "event_id": applied.event_id,
            },
        )


MACHINE: Machine[Kettle, KettleEvent] = Machine(
    service="toy",
    name="case",
    initial=initial,
    decide=decide,
    evolve=evolve,
    codec=Codec({"filled": Filled, "emptied": Emptied, "boiled-over": BoiledOver}),
    tell=tell,
    clocks=clocks,
    project=project,
)


def erased(erasure: Erasure) -> Contract:
    return SomebodyErased(person=erasure.person)


def service() -> Service:
    return Service(
        name="toy",
        machine=MACHINE,
        tables=metadata,
        erased=erased,
        migrations=Path(__file__).parent / "toy_migrations",
    )
