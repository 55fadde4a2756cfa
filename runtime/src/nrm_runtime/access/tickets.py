"""One-minute tickets: one service lets an organisation read named things at another service.

A ticket is a signed statement (EdDSA) of the service that issues it: who may read, where, what,
for which purpose. The holder of the things checks it beside the reader's own access token, so
that a withdrawn consent stops reading within a minute and no service keeps a copy of another's
rules.
"""

import os
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from uuid import UUID, uuid4

from joserfc.jwk import Key

from nrm_runtime.access.keys import RemoteKeys
from nrm_runtime.access.principal import Principal
from nrm_runtime.access.signed import (
    EDDSA,
    NotSigned,
    claims_of,
    header_of,
    new_key,
    private_pem,
    public_set,
    read_key,
    sign,
)

KIND: Final = "nrm-ticket+jwt"
LIFE_S: Final = 60
SKEW_S: Final = 5  # how far the issuer's clock may be ahead of the holder's
CATEGORIES_MAX: Final = 64


class TicketRefused(Exception):
    """The ticket does not open this door; `code` never changes, `why` names no one."""

    def __init__(self, code: str, why: str) -> None:
        """Keep the kebab-case code and a sentence for people."""
        super().__init__(f"{code}: {why}")
        self.code = code
        self.why = why


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """What a ticket lets its `reader` (an organisation) read at `holder` (a service's name).

    `id` is the event under which it was released, `about` what it was released for.
    """

    id: UUID
    holder: str
    reader: UUID
    about: UUID
    case: UUID
    categories: frozenset[str]
    purpose: str


class TicketOffice:
    """Holds the private key and signs tickets."""

    def __init__(self, key: Key, *, issuer: str, now: Callable[[], float] = time.time) -> None:
        """Sign as `issuer` (a service's name). `now` is the real clock, in seconds (UTC)."""
        self._key = key
        self._issuer = issuer
        self._now = now

    def issue(self, ticket: Ticket) -> str:
        """Sign a ticket that ends `LIFE_S` seconds from now."""
        now = int(self._now())
        claims = {
            "iss": self._issuer,
            "aud": ticket.holder,
            "sub": str(ticket.reader),
            "jti": str(ticket.id),
            "iat": now,
            "exp": now + LIFE_S,
            "about": str(ticket.about),
            "case": str(ticket.case),
            "categories": sorted(ticket.categories),
            "purpose": ticket.purpose,
        }
        return sign(claims, self._key, algorithm=EDDSA, kind=KIND)

    def public(self) -> dict[str, Any]:
        """Give the key set that the holders of things check tickets with."""
        return public_set(self._key)


class TicketCheck:
    """Checks tickets of one issuer at the door of one holder."""

    def __init__(
        self,
        keys: RemoteKeys,
        *,
        issuer: str,
        holder: str,
        now: Callable[[], float] = time.time,
    ) -> None:
        """Believe `issuer`'s keys; take tickets for `holder` only."""
        self._keys = keys
        self._issuer = issuer
        self._holder = holder
        self._now = now

    async def check(self, text: str, principal: Principal) -> Ticket:
        """Give what the ticket lets the principal read.

        Raises `TicketRefused` with `ticket-unreadable`, `ticket-expired`,
        `ticket-for-another-holder` or `ticket-for-another`; `KeysAway` when keys cannot be had.
        """
        claims = await self._claims(text)
        try:
            ticket, issued, ends = _read(claims)
        except (ValueError, TypeError, KeyError) as error:
            raise _unreadable() from error
        if claims.get("iss") != self._issuer or ends - issued > LIFE_S:
            raise _unreadable()
        if not issued - SKEW_S <= self._now() < ends:
            raise TicketRefused("ticket-expired", "The ticket is not valid at this time.")
        if ticket.holder != self._holder:
            raise TicketRefused("ticket-for-another-holder", "The ticket opens another service.")
        if ticket.reader != principal.organisation:
            raise TicketRefused("ticket-for-another", "The ticket was made for somebody else.")
        return ticket

    async def _claims(self, text: str) -> dict[str, Any]:
        try:
            kid = header_of(text).get("kid")
            key = await self._keys.key(kid) if isinstance(kid, str) else None
            if key is None:
                raise _unreadable()
            return claims_of(text, key, algorithm=EDDSA, kind=KIND)
        except NotSigned as error:
            raise _unreadable() from error


def key_file(path: Path) -> Key:
    """Read the signing key, or make it (mode 0600) when the file does not exist yet.

    Several processes may start at once: the first to link its file wins, all read the same.
    """
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f".{path.name}.{uuid4()}")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(private_pem(new_key(EDDSA)))
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return read_key(path.read_bytes(), EDDSA)


def _read(claims: dict[str, Any]) -> tuple[Ticket, float, float]:
    categories: Collection[object] = claims["categories"]
    if not isinstance(categories, list) or not 0 < len(categories) <= CATEGORIES_MAX:
        raise ValueError("categories")
    issued, ends = claims["iat"], claims["exp"]
    if type(issued) is not int or type(ends) is not int:
        raise ValueError("times")
    ticket = Ticket(
        id=UUID(claims["jti"]),
        holder=str(claims["aud"]),
        reader=UUID(claims["sub"]),
        about=UUID(claims["about"]),
        case=UUID(claims["case"]),
        categories=frozenset(str(one) for one in categories),
        purpose=str(claims["purpose"]),
    )
    return ticket, float(issued), float(ends)


def _unreadable() -> TicketRefused:
    return TicketRefused("ticket-unreadable", "This is no ticket of the service that issues them.")
