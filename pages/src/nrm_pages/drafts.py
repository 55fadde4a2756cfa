"""Drafts: what a worker has begun to write, for nobody's eyes but theirs until it is sent.

What was typed may be personal data: it is sealed under a key that no database sees and goes when
the draft is sent, discarded or old. A draft is sent under its own id, so that sending twice does
one thing.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID, uuid4

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from nrm_pages.sealing import Sealing
from nrm_runtime.access import Principal

KEPT: Final = timedelta(days=7)
SHOWN_MAX: Final = 50

_ADD: Final = text(
    "INSERT INTO desk_draft (id, organisation, worker, case_ref, operation, target, sealed, etag,"
    " step, state, made_at, touched_at) VALUES (:id, :organisation, :worker, :case, :operation,"
    " CAST(:target AS jsonb), :sealed, :etag, '', 'open', :now, :now)"
)
_FIND: Final = text(
    "SELECT * FROM desk_draft WHERE id = :id AND organisation = :organisation AND worker = :worker"
)
_KEEP: Final = text(
    "UPDATE desk_draft SET sealed = :sealed, etag = :etag, step = :step, touched_at = :now"
    " WHERE id = :id AND worker = :worker AND state = 'open'"
)
_SENT: Final = text(
    "UPDATE desk_draft SET sealed = :sealed, state = 'sent', result = :result, touched_at = :now"
    " WHERE id = :id AND worker = :worker"
)
_DROP: Final = text("DELETE FROM desk_draft WHERE id = :id AND worker = :worker")
_MINE: Final = text(
    "SELECT * FROM desk_draft WHERE organisation = :organisation AND worker = :worker"
    " AND state = 'open' ORDER BY touched_at DESC, id LIMIT :most"
)
# What is old, or was begun before somebody of its case was erased, goes before anything is shown.
_FORGET: Final = text(
    "DELETE FROM desk_draft d WHERE d.touched_at < :before OR EXISTS"
    " (SELECT FROM erasure e WHERE e.case_ref = d.case_ref AND e.asked_at > d.made_at)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """One form that was begun: for which operation, on what, with which answers so far.

    `etag` is that of the thing as the worker saw it; `result` is where a sent draft led.
    """

    id: UUID
    operation: str
    target: dict[str, str]
    answers: dict[str, Any] = field(repr=False)
    etag: str | None
    step: str
    sent: bool
    result: str | None
    touched_at: datetime


class Drafts:
    """The drafts of one worker."""

    def __init__(self, engine: AsyncEngine, sealing: Sealing, principal: Principal) -> None:
        """Keep the drafts of `principal` and of nobody else."""
        self._engine = engine
        self._sealing = sealing
        self._who = {"organisation": principal.organisation, "worker": principal.worker}

    async def begin(self, operation: str, target: dict[str, str], etag: str | None) -> Draft:
        """Begin a form; gives the new draft."""
        made = uuid4()
        case = target.get("case")
        row = {
            "id": made,
            "case": UUID(case) if case else None,
            "operation": operation,
            "target": json.dumps(target, sort_keys=True),
            "sealed": await self._sealed(made, {}),
            "etag": etag,
            "now": datetime.now(UTC),
        }
        async with self._engine.begin() as tx:
            await tx.execute(_FORGET, _before())
            await tx.execute(_ADD, {**self._who, **row})
        found = await self.find(made)
        assert found is not None
        return found

    async def find(self, draft: UUID) -> Draft | None:
        """Give a draft of this worker; None for any other."""
        async with self._engine.begin() as tx:
            await tx.execute(_FORGET, _before())
            row = (await tx.execute(_FIND, {**self._who, "id": draft})).one_or_none()
        return None if row is None else await self._read(row)

    async def mine(self) -> Sequence[Draft]:
        """Give what this worker has begun and not sent, the newest first."""
        async with self._engine.begin() as tx:
            await tx.execute(_FORGET, _before())
            rows = (await tx.execute(_MINE, {**self._who, "most": SHOWN_MAX})).all()
        return [await self._read(row) for row in rows]

    async def keep(self, draft: Draft, answers: dict[str, Any], step: str) -> None:
        """Keep the answers so far and where the worker is."""
        await self._write(_KEEP, draft, answers, etag=draft.etag, step=step)

    async def look_again(self, draft: Draft, etag: str | None) -> None:
        """Take a newer state of the thing as what the worker has seen."""
        await self._write(_KEEP, draft, draft.answers, etag=etag, step=draft.step)

    async def sent(self, draft: Draft, result: str) -> None:
        """Forget what was typed and remember where it led."""
        await self._write(_SENT, draft, {}, result=result)

    async def drop(self, draft: UUID) -> None:
        """Discard a draft for good."""
        async with self._engine.begin() as tx:
            await tx.execute(_DROP, {**self._who, "id": draft})

    async def _write(
        self,
        statement: Any,  # noqa: ANN401 - a statement of the library
        draft: Draft,
        answers: dict[str, Any],
        **more: object,
    ) -> None:
        row = {
            "id": draft.id,
            "sealed": await self._sealed(draft.id, answers),
            "now": datetime.now(UTC),
            **more,
        }
        async with self._engine.begin() as tx:
            await tx.execute(statement, {**self._who, **row})

    async def _sealed(self, draft: UUID, answers: dict[str, Any]) -> bytes:
        plain = json.dumps(answers, sort_keys=True).encode()
        return await self._sealing.seal(plain, b"draft\0" + draft.bytes)

    async def _read(self, row: Any) -> Draft:  # noqa: ANN401 - a row of the library
        plain = await self._sealing.open(bytes(row.sealed), b"draft\0" + row.id.bytes)
        return Draft(
            id=row.id,
            operation=row.operation,
            target=dict(row.target if isinstance(row.target, dict) else json.loads(row.target)),
            answers=json.loads(plain),
            etag=row.etag,
            step=row.step,
            sent=row.state == "sent",
            result=row.result,
            touched_at=row.touched_at,
        )


def _before() -> dict[str, datetime]:
    return {"before": datetime.now(UTC) - KEPT}
