"""Reading private documents: the read is recorded first, in the same transaction."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

import asyncpg
from sqlalchemy.ext.asyncio import AsyncConnection

from nrm_contracts.contract import Contract
from nrm_runtime.persons.keys import Vault
from nrm_runtime.persons.payloads import unseal
from nrm_runtime.store.append import Origin, translated
from nrm_runtime.store.engine import driver
from nrm_runtime.store.execute import record
from nrm_runtime.store.streams import stream_id

_OPEN: Final = "SELECT * FROM open_payloads($1, $2, $3, $4, $5, $6, $7, $8)"
_ERASED: Final = "SELECT person FROM erasure WHERE case_ref = $1 ORDER BY person"

READS: Final = "reads"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which documents of a case are asked for; `None` leaves a filter open.

    `latest` gives only the newest of each person and part. `written_by` is an organisation.
    """

    persons: Collection[UUID] | None = None
    categories: Collection[str] | None = None
    parts: Collection[str] | None = None
    events: Collection[UUID] | None = None
    written_by: UUID | None = None
    latest: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """One private document in the clear, for the reply and for nothing else."""

    event_id: UUID
    part: str
    person: UUID
    category: str
    written_by: UUID | None
    content: bytes

    def __repr__(self) -> str:
        """Never show the content."""
        return f"Opened({self.part})"


async def open_documents(
    tx: AsyncConnection,
    vault: Vault,
    case: UUID,
    wanted: Wanted,
    *,
    service: str,
    contract: Contract,
    origin: Origin,
    now: datetime,
) -> tuple[Opened, ...]:
    """Record a read by `contract` (a `PersonalDataRead` of the service) and open documents.

    The read stands in the case's stream of reads; nothing may leave before the commit. Give a
    command id of its own to each read: a repeated one is refused by the database. Raises
    `Erased` when a person asked for by id was erased, `VaultAway`, `Outpaced`.
    """
    read = await record(
        tx,
        service=service,
        stream=stream_id(service, READS, case),
        case=case,
        contract=contract,
        origin=origin,
        at=now,
        now=now,
    )
    arguments = (
        read.event_id,
        case,
        _listed(wanted.persons),
        _listed(wanted.categories),
        _listed(wanted.parts),
        _listed(wanted.events),
        wanted.written_by,
        wanted.latest,
    )
    try:
        rows = await (await driver(tx)).fetch(_OPEN, *arguments)
    except asyncpg.PostgresError as error:
        raise translated(error) from error
    return tuple(
        [
            Opened(
                event_id=row["event_id"],
                part=row["part"],
                person=row["person"],
                category=row["category"],
                written_by=row["written_by"],
                content=await unseal(
                    vault,
                    event=row["event_id"],
                    part=row["part"],
                    person=row["person"],
                    schema_version=row["schema_version"],
                    key_id=row["key_id"],
                    ciphertext=row["ciphertext"],
                ),
            )
            for row in rows
        ]
    )


async def erased_persons(tx: AsyncConnection, case: UUID) -> Sequence[UUID]:
    """Give the persons of a case whose documents read as erased."""
    return (await tx.exec_driver_sql(_ERASED, (case,))).scalars().all()


def _listed(values: Collection[UUID] | Collection[str] | None) -> list[UUID | str] | None:
    return None if values is None else list(values)


__all__ = ["READS", "Opened", "Wanted", "erased_persons", "open_documents"]
