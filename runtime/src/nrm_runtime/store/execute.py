"""The imperative shell around a pure machine: load, decide, append, project."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Generic, TypeVar
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from nrm_contracts.contract import Contract
from nrm_runtime.core import Actor, Command, Due, Event, Worker
from nrm_runtime.persons.keys import Vault
from nrm_runtime.persons.payloads import Document, Sealed, seal
from nrm_runtime.store.append import Appended, Clocks, Fact, Origin, append
from nrm_runtime.store.codec import Codec
from nrm_runtime.store.engine import driver
from nrm_runtime.store.load import Past, load, load_head
from nrm_runtime.store.machine import Applied, Machine
from nrm_runtime.store.streams import event_id

S = TypeVar("S")
E = TypeVar("E", bound=Event)

RECORDED: Final = "."  # the stored name of a recorded contract has a dot, a machine's has none


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome(Generic[S, E]):
    """What a command came to. A repeated one has the state it led to since, and no events."""

    state: S
    seq: int
    events: tuple[E, ...]
    event_ids: tuple[UUID, ...]
    repeated: bool


async def execute(  # noqa: PLR0913 - the BRIEF of a command, all optional by name
    machine: Machine[S, E],
    tx: AsyncConnection,
    vault: Vault,
    case: UUID | None,
    command: Command,
    *,
    now: datetime,
    documents: Sequence[Document] = (),
    cause: UUID | None = None,
    key: str | None = None,
    correlation: UUID | None = None,
    stream: UUID | None = None,
) -> Outcome[S, E]:
    """Do what a command asks, inside the caller's transaction; never commits.

    Documents belong to the first event. `cause` is the event heard, `key` what the actor signed
    in with. Raises what the machine raises (`Refused`, `TooEarly`), `Outpaced` when the stream
    moved on meanwhile, `Erased` and `VaultAway` for documents.
    """
    if stream is None:
        stream = machine.stream(command.id if case is None else case, command)
    past = await load(machine, tx, stream)
    if past.knows(command.id):
        return Outcome(state=past.state, seq=past.seq, events=(), event_ids=(), repeated=True)
    events = machine.decide(past.state, command)
    if not events:
        if documents:
            msg = "documents without an event"
            raise ValueError(msg)
        return Outcome(state=past.state, seq=past.seq, events=(), event_ids=(), repeated=False)
    states = _fold(machine, past.state, events)
    recorded_at = max(now, past.recorded_at)
    facts = [fact_of(machine.codec, event, machine.tell(event)) for event in events]
    appended = await append(
        tx,
        service=machine.service,
        stream=stream,
        case=case,
        head=past.head,
        facts=facts,
        origin=Origin(
            command=command.id, by=command.by, cause=cause, key=key, correlation=correlation
        ),
        recorded_at=recorded_at,
        sealed=await _sealed(vault, stream, command, facts[0], documents),
        clocks=_change(machine.clocks(past.state), machine.clocks(states[-1])),
        then_role=projector(machine.service),
    )
    await _project(machine, tx, case, stream, command.by, recorded_at, events, states, appended)
    return Outcome(
        state=states[-1],
        seq=appended[-1].seq,
        events=events,
        event_ids=tuple(each.event_id for each in appended),
        repeated=False,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """Where a recorded contract stands in its stream."""

    event_id: UUID
    seq: int
    repeated: bool


async def record(
    tx: AsyncConnection,
    *,
    service: str,
    stream: UUID,
    case: UUID | None,
    contract: Contract,
    origin: Origin,
    at: datetime,
    now: datetime,
) -> Recorded:
    """Store and tell a fact that no machine decides about, such as a read of personal data.

    Its private body is the contract's own data; its stored name is the wire name. `at` is when
    it happened. The same command again has no second effect. Raises `Outpaced`.
    """
    identity = event_id(stream, origin.command, 0)
    head, known = await load_head(tx, stream, identity)
    if known:
        return Recorded(event_id=identity, seq=head.seq, repeated=True)
    fact = Fact(
        type=contract.name,
        version=contract.version,
        body=Codec.plain(contract.data()),
        occurred_at=at,
        told=contract,
    )
    (appended,) = await append(
        tx,
        service=service,
        stream=stream,
        case=case,
        head=head,
        facts=(fact,),
        origin=origin,
        recorded_at=max(now, head.recorded_at),
    )
    return Recorded(event_id=identity, seq=appended.seq, repeated=False)


def fact_of(codec: Codec, event: Event, told: Contract | None) -> Fact:
    """Give an event's form at rest."""
    name, version, body = codec.encode(event)
    return Fact(type=name, version=version, body=body, occurred_at=event.at, told=told)


def projector(service: str) -> str:
    """Give the role under which a service's projections are written."""
    return f"nrm_{service}_projector"


def as_recorded(actor: Actor) -> Actor:
    """Give an actor as the entry keeps it: ids only."""
    if isinstance(actor, Worker):
        return Worker(organisation=actor.organisation, worker=actor.worker, country="", kind="")
    return actor


def _fold(machine: Machine[S, E], state: S, events: Sequence[E]) -> list[S]:
    states: list[S] = []
    for event in events:
        state = machine.evolve(state, event)
        states.append(state)
    return states


def _change(before: Mapping[str, Due], after: Mapping[str, Due]) -> Clocks:
    return Clocks(
        gone=sorted(before.keys() - after.keys()),
        running={name: due for name, due in after.items() if before.get(name) != due},
    )


async def _sealed(
    vault: Vault, stream: UUID, command: Command, fact: Fact, documents: Sequence[Document]
) -> list[Sealed]:
    identity = event_id(stream, command.id, 0)
    return [await seal(vault, identity, fact.version, each) for each in documents]


async def _project(
    machine: Machine[S, E],
    tx: AsyncConnection,
    case: UUID | None,
    stream: UUID,
    by: Actor,
    recorded_at: datetime,
    events: Sequence[E],
    states: Sequence[S],
    appended: Sequence[Appended],
) -> None:
    for event, state, row in zip(events, states, appended, strict=True):
        await machine.project(
            tx,
            Applied(
                case=stream if case is None else case,
                stream=stream,
                seq=row.seq,
                event_id=row.event_id,
                entry_hash=row.entry_hash.hex(),
                event=event,
                state=state,
                recorded_at=recorded_at,
                by=as_recorded(by),
            ),
        )
    await (await driver(tx)).execute("SET LOCAL ROLE NONE")


__all__ = [
    "Applied",
    "Document",
    "Machine",
    "Outcome",
    "Past",
    "Recorded",
    "execute",
    "load",
    "projector",
    "record",
]
