"""Keyset paging: a cursor says where the last page ended; nobody counts rows.

Lists take `?limit=&after=` and answer `{"items": […], "next": cursor or null}`. A query reads
`limit + 1` rows after the key `after`, in the order of that key.
"""

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Final, Generic, TypeVar

from fastapi import Depends, Query
from pydantic import BaseModel, ConfigDict

from nrm_runtime.web.edge import Edge, edge_of
from nrm_runtime.web.problems import Problem

LIMIT_MAX: Final = 200
LIMIT_USUAL: Final = 50
CURSOR_MAX: Final = 512
MARK_BYTES: Final = 12

Item = TypeVar("Item")
Row = TypeVar("Row")


class Page(BaseModel, Generic[Item]):
    """A page of a list; `next` is the cursor of the following page, null at the end."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    items: list[Item]
    next: str | None


@dataclass(frozen=True, slots=True)
class Paging:
    """What a caller asked of a list: at most `limit` items after the key `after`.

    `after` is the key of the last item of the page before, as texts; empty on the first page.
    """

    limit: int
    after: tuple[str, ...]
    _mark: Callable[[bytes], bytes]

    def page(
        self,
        rows: Sequence[Row],
        key: Callable[[Row], tuple[str, ...]],
        item: Callable[[Row], Item],
    ) -> Page[Item]:
        """Cut `limit + 1` rows to a page; `key` gives the texts that the order stands on."""
        shown = rows[: self.limit]
        more = len(rows) > self.limit
        cursor = self._write(key(shown[-1])) if more else None
        return Page(items=[item(row) for row in shown], next=cursor)

    def _write(self, key: tuple[str, ...]) -> str:
        body = json.dumps(key, separators=(",", ":")).encode()
        return base64.urlsafe_b64encode(self._mark(body) + body).rstrip(b"=").decode()


def paging(
    edge: Annotated[Edge, Depends(edge_of)],
    limit: Annotated[int, Query(ge=1, le=LIMIT_MAX)] = LIMIT_USUAL,
    after: Annotated[str | None, Query(max_length=CURSOR_MAX)] = None,
) -> Paging:
    """Read limit and cursor; a cursor is good for the list and organisation it was made for.

    Raises `Problem` 422 `cursor` for any other.
    """
    about = f"{edge.path}\0{edge.principal.organisation}\0".encode()

    def mark(body: bytes) -> bytes:
        return hmac.digest(edge.secret, b"cursor\0" + about + body, hashlib.sha256)[:MARK_BYTES]

    return Paging(limit, () if after is None else _read(after, mark), mark)


PagingDep = Annotated[Paging, Depends(paging)]


def _read(cursor: str, mark: Callable[[bytes], bytes]) -> tuple[str, ...]:
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise Problem(422, "cursor", "The cursor is not of this list.") from error
    given, body = raw[:MARK_BYTES], raw[MARK_BYTES:]
    if not hmac.compare_digest(given, mark(body)):
        raise Problem(422, "cursor", "The cursor is not of this list.")
    return tuple(json.loads(body))
