"""Idempotency keys: a request that is repeated gets the reply it got, and does nothing twice.

The row is taken in the transaction of the work. A duplicate waits for the first; a refused
request rolls its row back, so that its repeat is a new try. A row lives for days only and holds
no personal data: replies of reads that reveal any are never kept, nor is a key as it was written.
"""

import asyncio
import hashlib
import hmac
import json
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from starlette.responses import Response

from nrm_runtime.access import Principal
from nrm_runtime.store.engine import driver
from nrm_runtime.store.errors import Outpaced, is_away, is_busy
from nrm_runtime.web.problems import Problem

KEY_MAX: Final = 200
KEPT: Final = timedelta(days=7)
FORGET_S: Final = 3600.0

# One round trip: the organisation for row-level security, the key, and the clock's offset.
_BEGIN: Final = """
    SELECT set_config('nrm.org', $1, true), (SELECT offset_s FROM nrm.development_clock)
"""
_TAKE: Final = """
    WITH took AS (
      INSERT INTO nrm.idempotency (org, key, fingerprint)
        VALUES ($1::text::uuid, $2, $3) ON CONFLICT DO NOTHING RETURNING 1
    )
    SELECT set_config('nrm.org', $1, true), (SELECT offset_s FROM nrm.development_clock),
      (SELECT count(*) FROM took)
"""
_READ: Final = """
    SELECT fingerprint, status, body, etag, location FROM nrm.idempotency
      WHERE org = $1 AND key = $2
"""
_KEEP: Final = """
    UPDATE nrm.idempotency SET status = $3, body = $4, etag = $5, location = $6
      WHERE org = $1 AND key = $2
"""
_FORGET: Final = "DELETE FROM nrm.idempotency WHERE made_at < clock_timestamp() - $1::interval"


@dataclass(frozen=True, slots=True)
class Claim:
    """One request under one key; `fingerprint` is what the key must always stand for."""

    organisation: UUID
    key: str
    fingerprint: bytes

    @property
    def row(self) -> str:
        """What stands for the key in the table: its SHA-256, since clients choose keys freely."""
        return hashlib.sha256(self.key.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Began:
    """A transaction that knows its organisation; `repeated` is the reply of an earlier try."""

    offset_s: int
    repeated: Response | None


def readable_key(text: str) -> str:
    """Check the form of a key: 1 to 200 visible ASCII characters.

    Raises `Problem` 400 `idempotency-key-required`.
    """
    if not 0 < len(text) <= KEY_MAX or not text.isascii() or not text.isprintable():
        why = "A POST carries an Idempotency-Key of at most 200 visible characters."
        raise Problem(400, "idempotency-key-required", why)
    return text


def fingerprint(
    secret: bytes, principal: Principal, method: str, target: str, body: bytes
) -> bytes:
    """Give the HMAC-SHA-256 of who asks what: client, worker, method, target and body.

    JSON is compared by meaning: the order of fields and blanks do not count. It is keyed by the
    copy's secret, since a row may outlive the erasure of what stood in the body: a plain hash of
    a name can be guessed by whoever has the database.
    """
    try:
        plain = json.dumps(json.loads(body), sort_keys=True, separators=(",", ":")).encode()
    except ValueError:
        plain = body
    who = f"{principal.client}\0{principal.worker}\0{method}\0{target}\0".encode()
    return hmac.digest(secret, b"fingerprint\0" + who + plain, hashlib.sha256)


async def begin(tx: AsyncConnection, organisation: UUID, claim: Claim | None) -> Began:
    """Bind the transaction to the organisation and take the key, in one round trip.

    Raises `Problem` 422 `idempotency-key-reused` when the key stood for something else.
    """
    connection = await driver(tx)
    if claim is None:
        (began,) = await connection.fetch(_BEGIN, str(organisation))
        return Began(int(began[1] or 0), None)
    (took,) = await connection.fetch(_TAKE, str(organisation), claim.row, claim.fingerprint)
    repeated = None if took[2] else await _reply_of_before(tx, claim)
    return Began(int(took[1] or 0), repeated)


async def keep(tx: AsyncConnection, claim: Claim, reply: Response) -> None:
    """Keep the reply with its key, in the transaction of the work."""
    body: Any = reply.body  # a streamed reply has none: an error of the route, found at once
    kept = (
        claim.organisation,
        claim.row,
        reply.status_code,
        bytes(body).decode(),
        reply.headers.get("etag"),
        reply.headers.get("location"),
    )
    await (await driver(tx)).execute(_KEEP, *kept)


async def forget(tx: AsyncConnection, age: timedelta = KEPT) -> int:
    """Remove rows older than `age` (real clock); gives how many."""
    return int((await tx.exec_driver_sql(_FORGET, (age,))).rowcount)


async def forget_old_keys(engine: AsyncEngine) -> None:
    """Remove old rows every hour, until cancelled; several processes may at once."""
    while True:
        try:
            async with engine.begin() as tx:
                await forget(tx)
        except Exception as error:
            if not (is_away(error) or is_busy(error)):
                raise
        await asyncio.sleep(FORGET_S)


async def _reply_of_before(tx: AsyncConnection, claim: Claim) -> Response:
    row = (await tx.exec_driver_sql(_READ, (claim.organisation, claim.row))).one_or_none()
    if row is None:  # removed for its age between the two statements
        raise Outpaced
    if bytes(row.fingerprint) != claim.fingerprint:
        raise Problem(422, "idempotency-key-reused", "The key stood for another request.")
    headers = {"Idempotency-Replayed": "true"}
    if row.etag is not None:
        headers["ETag"] = row.etag
    if row.location is not None:
        headers["Location"] = row.location
    media_type = "application/json" if row.body else None
    return Response(row.body, row.status, headers, media_type)
