"""What the doors of return share: act on a return, seal what is private, show the return."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from nrm_contracts.ids import OrganisationId, ReturnId
from nrm_contracts.organisations import organisations
from nrm_contracts.profiles import CountryProfile, UnknownCountry, profile
from nrm_contracts.profiles.model import Unit
from nrm_return import queries
from nrm_return.documents import DOCUMENTS, Private
from nrm_return.domain.commands import ReturnCommand
from nrm_return.domain.values import Span
from nrm_runtime.persons.payloads import Document
from nrm_runtime.web.edge import Edge
from nrm_runtime.web.problems import Problem, absent

FAMILYS: Final = frozenset({"inquiry-questions", "inquiry", "inquiry-translation", "family-risk"})
"""The parts that are about relatives and stand under the family's key."""

CommandT = TypeVar("CommandT", bound=ReturnCommand)
Found = TypeVar("Found")


class Body(BaseModel):
    """Base of every request: strict, and silent about its input when it fails."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


@dataclass(frozen=True, slots=True)
class Part:
    """A private document before it is sealed; `more` tells several of a kind apart."""

    name: str
    content: Private | None
    more: str = ""


def command(
    edge: Edge,
    kind: type[CommandT],
    return_id: UUID,
    /,
    **fields: Any,  # noqa: ANN401 - the fields of whichever command it is
) -> CommandT:
    """Make a command of this request on one return."""
    return kind(
        id=edge.command_id, by=edge.by, at=edge.now, return_id=ReturnId(return_id), **fields
    )


async def act(
    edge: Edge, case: UUID, asked: ReturnCommand, private: Sequence[Part] = ()
) -> queries.ReturnFileView:
    """Execute a command on a return the caller sees, guarded by If-Match, and show it."""
    found = await seen(edge, case, asked.return_id)
    edge.match(found.event_id)
    await edge.execute(case, asked, documents=await sealed(edge, case, asked.return_id, private))
    return await show(edge, case, asked.return_id)


async def seen(edge: Edge, case: UUID, return_id: UUID) -> queries.ReturnView:
    """Give a return that the caller may see; 404 where there is none."""
    return there(await queries.journey(edge.tx, case, return_id, edge.principal))


async def show(edge: Edge, case: UUID, return_id: UUID) -> queries.ReturnFileView:
    """Show a return with its checklist, and its ETag."""
    return await edge.show(
        queries.whole_journey(edge.tx, case, return_id, edge.now, edge.principal)
    )


async def sealed(
    edge: Edge, case: UUID, return_id: UUID, parts: Iterable[Part]
) -> tuple[Document, ...]:
    """Make private documents of the parts that were given, under the right person's key."""
    given = [part for part in parts if part.content is not None]
    if not given:
        return ()
    keys = there(await queries.keys(edge.tx, case, edge.principal))
    return tuple(
        Document(
            part=".".join((part.name, str(return_id), *((part.more,) if part.more else ()))),
            person=keys.family if part.name in FAMILYS else keys.person,
            category=DOCUMENTS[part.name][1],
            content=part.content.model_dump_json(exclude_none=True).encode(),
        )
        for part in given
        if part.content is not None
    )


def there(found: Found | None) -> Found:
    """Give what was found; nothing is 404, as is what may not be seen."""
    if found is None:
        raise absent()
    return found


def rules(edge: Edge) -> CountryProfile:
    """Give the profile of the acting organisation's country."""
    return rules_of(edge.principal.country)


def rules_of(country: str) -> CountryProfile:
    """Give the profile of a country; one that nobody wrote down is a 422."""
    try:
        return profile(country)
    except UnknownCountry as error:
        why = "There is no profile of this country yet."
        raise Problem(422, "country-unknown", why) from error


def span(given: CountryProfile, section: str, key: str) -> Span:
    """Give a profile's length of time in hours; a profile that counts otherwise is a fault."""
    if given.rule(section, key).unit is not Unit.HOURS:
        raise TypeError(f"{given.ref}: {section}.{key} is not in hours")
    return Span(hours=given.number(section, key), profile=given.ref)


def known_organisation(edge: Edge, organisation: UUID) -> OrganisationId:
    """Give an organisation's id if the directory has it; 422 where it does not."""
    path = edge.running.settings.organisations
    if path is None or organisations(path).get(organisation) is None:
        raise Problem(422, "organisation-unknown", "The directory has no such organisation.")
    return OrganisationId(organisation)
