"""What the doors of referral share: find what the caller sees, seal what is private, act."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Final, TypeVar
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from nrm_contracts.codes import Duty
from nrm_contracts.organisations import Organisation, Organisations, organisations
from nrm_contracts.profiles import CountryProfile, UnknownCountry, profile
from nrm_referral import queries
from nrm_referral.documents import DOCUMENTS, Private
from nrm_runtime.access import WRITE
from nrm_runtime.core import Command, Due
from nrm_runtime.persons.payloads import Document
from nrm_runtime.web.edge import Edge
from nrm_runtime.web.problems import Problem, absent, forbidden

CommandT = TypeVar("CommandT", bound=Command)
Found = TypeVar("Found")

DAYS_MAX: Final = 3_650
MAY_REFER: Final = frozenset({Duty.REFER, Duty.CHILD_PROTECTION})


class Body(BaseModel):
    """Base of every request: strict, and silent about its input when it fails."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class WhenIn(Body):
    """A date, or how many days from now; at most one of the two."""

    agreed_at: AwareDatetime | None = None
    in_days: Annotated[int, Field(ge=0, le=DAYS_MAX)] | None = None

    def instant(self, edge: Edge) -> datetime | None:
        """Give the instant that was meant, if one was."""
        return instant(edge, self.agreed_at, self.in_days)


def instant(edge: Edge, at: datetime | None, days: int | None) -> datetime | None:
    """Give the one of both that was given, in UTC; raises `Problem` 422 `date-twice` for both."""
    if at is not None and days is not None:
        raise Problem(422, "date-twice", "Give a date or a number of days, not both.")
    if days is not None:
        return edge.now + timedelta(days=days)
    return None if at is None else at.astimezone(UTC)


def command(
    edge: Edge,
    what: type[CommandT],
    /,
    **fields: Any,  # noqa: ANN401 - the fields of any command
) -> CommandT:
    """Make a command of this request."""
    base: dict[str, Any] = {"id": edge.command_id, "by": edge.by, "at": edge.now}
    return what(**base, **fields)


def there(found: Found | None) -> Found:
    """Give what was found; nothing is 404, as is what may not be seen."""
    if found is None:
        raise absent()
    return found


def may_refer(edge: Edge) -> None:
    """Let only workers pass who are entrusted with referrals or with child protection."""
    edge.need(WRITE)
    if edge.principal.duties.isdisjoint(MAY_REFER):
        raise forbidden("duty-missing", "The organisation has not entrusted this to the worker.")


async def seen_case(edge: Edge, case: UUID) -> queries.CaseView:
    """Give a case that the caller sees, or answer 404."""
    return there(await queries.case(edge.tx, case, edge.principal))


async def documents(
    edge: Edge, case: UUID, name: UUID, private: Sequence[tuple[str, Private | None]]
) -> tuple[Document, ...]:
    """Make private documents about the case's person of the parts that were given.

    `name` tells those of one kind apart.
    """
    given = [(part, content) for part, content in private if content is not None]
    if not given:
        return ()
    person = there(await queries.person(edge.tx, case, edge.principal))
    return tuple(
        Document(
            part=f"{part}.{name}",
            person=person,
            category=DOCUMENTS[part][1],
            content=content.model_dump_json(exclude_none=True).encode(),
        )
        for part, content in given
    )


def rules(country: str) -> CountryProfile:
    """Give the profile of a country; raises `Problem` 422 `unknown-country`."""
    try:
        return profile(country)
    except UnknownCountry as error:
        raise Problem(422, "unknown-country", "No country profile exists for it.") from error


def due(edge: Edge, section: str, key: str, start: datetime | None = None) -> Due:
    """Compute a deadline by the profile of the acting organisation's country."""
    return Due.of(rules(edge.principal.country).due(section, key, start or edge.now))


def directory(edge: Edge) -> Organisations:
    """Give the organisations of this copy."""
    path = edge.running.settings.organisations
    return Organisations(organisations=()) if path is None else organisations(path)


def listed(edge: Edge, organisation: UUID) -> Organisation:
    """Give an organisation of the directory; raises `Problem` 422 `unknown-organisation`."""
    found = directory(edge).get(organisation)
    if found is None:
        raise Problem(422, "unknown-organisation", "The directory does not know it.")
    return found


async def free(edge: Edge, organisation: Organisation) -> int | None:
    """Give the free places of a receiver and hold them; none where places are not counted."""
    received = organisation.receives
    if received is None or received.places is None:
        return None
    return await queries.free_places(edge.tx, organisation.id, received.places, edge.principal)
