"""What the doors of access share: find what the caller sees, read a key, act."""

from datetime import UTC, datetime
from typing import Annotated, Any, Final, TypeVar
from uuid import UUID, uuid5

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from nrm_access import queries
from nrm_access.domain.values import PublicKey
from nrm_contracts.codes import Duty
from nrm_runtime.access import JOIN, READ, WRITE
from nrm_runtime.access.signed import ES256, halves, read_jwk, read_key
from nrm_runtime.core import Command
from nrm_runtime.web.edge import Edge
from nrm_runtime.web.problems import Problem, absent, forbidden

CommandT = TypeVar("CommandT", bound=Command)

MANAGING: Final = frozenset({Duty.ADMINISTER, Duty.VET_ORGANISATIONS})
COORDINATE_MAX: Final = 64
PEM_MAX: Final = 2_048


class Body(BaseModel):
    """Base of every request: strict, and silent about its input when it fails."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class JwkIn(Body):
    """A public key on the curve P-256 as a JWK (RFC 7517); other members are not taken."""

    kty: Annotated[str, Field(max_length=8)]
    crv: Annotated[str, Field(max_length=8)]
    x: Annotated[str, Field(max_length=COORDINATE_MAX)]
    y: Annotated[str, Field(max_length=COORDINATE_MAX)]


class KeyIn(Body):
    """A public key, as a JWK or as PEM, and from when on it is good; from now on if absent."""

    jwk: JwkIn | None = None
    pem: Annotated[str, Field(max_length=PEM_MAX)] | None = None
    valid_from: AwareDatetime | None = None


def command(
    edge: Edge,
    what: type[CommandT],
    /,
    **fields: Any,  # noqa: ANN401 - the fields of any command
) -> CommandT:
    """Make a command of this request."""
    base: dict[str, Any] = {"id": edge.command_id, "by": edge.by, "at": edge.now}
    return what(**base, **fields)


def looks(edge: Edge) -> None:
    """Let organisations look, those too that were vetted and have still to accept the terms."""
    edge.need(READ, JOIN)


async def manages(edge: Edge) -> None:
    """Let only workers pass who administer an organisation or vet those of a country.

    Here they must hold these duties now, not only when their token was issued.
    """
    edge.need(WRITE, JOIN)
    asking = edge.principal
    me = await queries.one_worker(edge.tx, asking.organisation, asking.worker, asking)
    now = frozenset[str]() if me is None or me.suspended else frozenset(me.duties)
    if not asking.duties & MANAGING or not asking.duties & MANAGING <= now:
        raise forbidden("duty-missing", "The organisation has not entrusted this to the worker.")


async def seen(edge: Edge, organisation: UUID) -> queries.OrganisationView:
    """Give an organisation that the caller sees, or answer 404."""
    found = await queries.one_organisation(edge.tx, organisation, edge.principal)
    if found is None:
        raise absent()
    return found


def public_key(edge: Edge, organisation: UUID, given: KeyIn) -> PublicKey:
    """Read a public key; raises `Problem` 422 `key-unreadable`, for a private half too."""
    unreadable = Problem(422, "key-unreadable", "Give the public half of a key on P-256.")
    if (given.jwk is None) == (given.pem is None):
        raise unreadable
    try:
        if given.jwk is not None:
            key = read_jwk(given.jwk.model_dump(), ES256)
        else:
            key = read_key((given.pem or "").encode("ascii"), ES256)
        if key.is_private:
            raise unreadable
        x, y, thumbprint = halves(key)
    except (ValueError, TypeError) as error:
        raise unreadable from error
    return PublicKey(
        key=uuid5(organisation, thumbprint),
        x=x,
        y=y,
        thumbprint=thumbprint,
        valid_from=_from(edge.now, given.valid_from),
    )


def _from(now: datetime, asked: datetime | None) -> datetime:
    """No key was good before it was registered."""
    return now if asked is None else max(now, asked.astimezone(UTC))
