"""The one way into a stream: entries, messages and deadlines in one call of the database."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

import asyncpg
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from sqlalchemy.ext.asyncio import AsyncConnection

from nrm_contracts.contract import Contract
from nrm_contracts.envelope import write_envelope
from nrm_runtime.core import Actor, Due, Worker
from nrm_runtime.ledger.entry import BODY, Commitment, make_entry
from nrm_runtime.ledger.values import SALT_BYTES, commitment, leaf_hash
from nrm_runtime.persons.payloads import Sealed
from nrm_runtime.store.engine import driver
from nrm_runtime.store.errors import (
    CONTINUITY,
    ERASED,
    OUTPACED,
    Discontinued,
    Erased,
    Outpaced,
    sqlstate,
)
from nrm_runtime.store.streams import event_id, message_id, topic_of_service

EVENTS_PER_COMMAND_MAX: Final = 100
_BEFORE_ALL: Final = datetime.min.replace(tzinfo=UTC)
_LIFTED: Final = ("purpose", "basis", "profile")
_APPEND: Final = f"append_events({', '.join(f'${n}' for n in range(1, 27))})"
_APPEND_ONLY: Final = f"SELECT {_APPEND}"
_APPEND_AND_TAKE_ROLE: Final = f"SELECT {_APPEND}, set_config('role', $27, true)"
_TRACE: Final = TraceContextTextMapPropagator()


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """Where a stream ends: counts so far, leaf hash and instant of its last entry."""

    seq: int = 0
    told: int = 0
    entry_hash: bytes | None = None
    recorded_at: datetime = _BEFORE_ALL


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One event to store: its name and bytes at rest, and what others are told of it."""

    type: str
    version: int
    body: bytes
    occurred_at: datetime
    told: Contract | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Whose act it is: `cause` is the event heard, `key` what the actor signed in with."""

    command: UUID
    by: Actor
    cause: UUID | None = None
    key: str | None = None
    correlation: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Clocks:
    """How the stream's deadlines change: names that end, names that begin or move."""

    gone: Sequence[str] = ()
    running: Mapping[str, Due] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Appended:
    """One event as it was stored."""

    seq: int
    event_id: UUID
    entry_hash: bytes


async def append(  # noqa: PLR0913 - one argument per thing that is stored, all by name
    tx: AsyncConnection,
    *,
    service: str,
    stream: UUID,
    case: UUID | None,
    head: Head,
    facts: Sequence[Fact],
    origin: Origin,
    recorded_at: datetime,
    sealed: Sequence[Sealed] = (),
    clocks: Clocks | None = None,
    then_role: str | None = None,
) -> tuple[Appended, ...]:
    """Store facts after `head`, their ledger entries and messages, in one round trip.

    Sealed documents belong to the first fact. With `then_role` the transaction goes on under
    that role. Raises `Outpaced` when the stream moved on, `Erased` when a document's person was
    erased, `Discontinued` when the database finds a fault in what it is given.
    """
    if not 0 < len(facts) <= EVENTS_PER_COMMAND_MAX:
        msg = f"a command leads to 1 to {EVENTS_PER_COMMAND_MAX} events, not {len(facts)}"
        raise ValueError(msg)
    rows = _entries(service, stream, case, head, facts, origin, recorded_at, sealed)
    topic = topic_of_service(service)
    ids, messages = _messages(service, topic, stream, case, head, facts, origin)
    change = clocks or Clocks()
    due = tuple(change.running.values())
    org = origin.by.organisation if isinstance(origin.by, Worker) else None
    arguments: tuple[object, ...] = (
        stream,
        case,
        head.seq,
        origin.command,
        [row.appended.event_id for row in rows],
        [fact.type for fact in facts],
        [fact.version for fact in facts],
        [fact.body for fact in facts],
        [row.salt for row in rows],
        [row.entry for row in rows],
        topic,
        ids,
        messages,
        _traceparent(),
        [each.part for each in sealed],
        [each.person for each in sealed],
        [each.category for each in sealed],
        [each.key_id for each in sealed],
        [each.salt for each in sealed],
        [each.ciphertext for each in sealed],
        org,
        list(change.gone),
        list(change.running),
        [each.at for each in due],
        [each.profile for each in due],
        [each.calendar for each in due],
    )
    connection = await driver(tx)
    try:
        if then_role is None:
            await connection.execute(_APPEND_ONLY, *arguments)
        else:
            await connection.execute(_APPEND_AND_TAKE_ROLE, *arguments, then_role)
    except asyncpg.PostgresError as error:
        raise translated(error) from error
    return tuple(row.appended for row in rows)


def translated(error: asyncpg.PostgresError) -> Exception:
    """Give the store's own error for one of its codes, or the error itself."""
    code = sqlstate(error)
    if code == OUTPACED:
        return Outpaced()
    if code == ERASED:
        return Erased()
    if code in CONTINUITY:
        return Discontinued(str(error))
    return error


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    appended: Appended
    salt: bytes
    entry: bytes


def _entries(
    service: str,
    stream: UUID,
    case: UUID | None,
    head: Head,
    facts: Sequence[Fact],
    origin: Origin,
    recorded_at: datetime,
    sealed: Sequence[Sealed],
) -> list[_Row]:
    rows: list[_Row] = []
    previous = head.entry_hash
    for position, fact in enumerate(facts):
        salt = secrets.token_bytes(SALT_BYTES)
        identity = event_id(stream, origin.command, position)
        commitments = [Commitment(part=BODY, hmac=commitment(salt, fact.body))]
        if position == 0:
            commitments += [Commitment(part=each.part, hmac=each.commitment) for each in sealed]
        data = None if fact.told is None else fact.told.data()
        consent = None if data is None else data.get("consent")
        entry = make_entry(
            service=service,
            event=identity,
            stream=stream,
            seq=head.seq + position + 1,
            prev=previous,
            type_=fact.type if fact.told is None else fact.told.name,
            version=fact.version if fact.told is None else fact.told.version,
            occurred_at=fact.occurred_at,
            recorded_at=recorded_at,
            actor=origin.by,
            commitments=commitments,
            case=case,
            cause=origin.cause,
            key=origin.key,
            consent=UUID(consent) if isinstance(consent, str) else None,
            contract=data,
            **_lifted(data),
        )
        previous = leaf_hash(entry)
        appended = Appended(seq=head.seq + position + 1, event_id=identity, entry_hash=previous)
        rows.append(_Row(appended=appended, salt=salt, entry=entry))
    return rows


def _lifted(data: Mapping[str, object] | None) -> dict[str, str]:
    found = {name: (data or {}).get(name) for name in _LIFTED}
    return {name: value for name, value in found.items() if isinstance(value, str)}


def _messages(
    service: str,
    topic: str,
    stream: UUID,
    case: UUID | None,
    head: Head,
    facts: Sequence[Fact],
    origin: Origin,
) -> tuple[list[UUID], list[bytes]]:
    ids: list[UUID] = []
    bodies: list[bytes] = []
    for fact in facts:
        if fact.told is None:
            continue
        told = head.told + len(ids) + 1
        identity = message_id(stream, topic, told)
        ids.append(identity)
        bodies.append(
            write_envelope(
                fact.told,
                id=identity,
                source=f"/nrm/{service}",
                case=stream if case is None else case,
                at=fact.occurred_at,
                stream=stream,
                told=told,
                correlation=origin.correlation or origin.command,
                causation=origin.cause,
            )
        )
    return ids, bodies


def _traceparent() -> str | None:
    carrier: dict[str, str] = {}
    _TRACE.inject(carrier)
    return carrier.get("traceparent")
