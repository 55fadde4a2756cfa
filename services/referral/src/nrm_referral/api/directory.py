"""Doors to the directory of receiving organisations, with the places that are free now."""

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from nrm_contracts.codes import AgeBand, Gender, OrganisationKind
from nrm_contracts.consent_codes import BlockedGroup, Need
from nrm_contracts.contract import CountryCode, LanguageCode
from nrm_contracts.organisations import Organisation
from nrm_referral import queries
from nrm_referral.api.common import Body, directory, there
from nrm_runtime.web.edge import Edge, EdgeDep
from nrm_runtime.web.paging import Page, PagingDep
from nrm_runtime.web.route import CommandRoute

router = APIRouter(route_class=CommandRoute, tags=["directory"])


class ReceiverOut(Body):
    """Whom an organisation takes in, and how many places are free; none are counted if null."""

    organisation: UUID
    name: str
    kind: OrganisationKind
    country: str
    groups: list[BlockedGroup]
    needs: list[Need]
    ages: list[AgeBand]
    genders: list[Gender]
    languages: list[str]
    protected: bool
    places: int | None
    free: int | None


@router.get("/directory", operation_id="search_directory")
async def search_directory(
    edge: EdgeDep,
    asked: PagingDep,
    need: Annotated[Need | None, Query()] = None,
    country: Annotated[CountryCode | None, Query()] = None,
    language: Annotated[LanguageCode | None, Query()] = None,
    age: Annotated[AgeBand | None, Query()] = None,
    gender: Annotated[Gender | None, Query()] = None,
) -> Page[ReceiverOut]:
    """Search receivers by need, country, language, age and gender; in order of their ids.

    Entry rules are shown, not hidden: a receiver without a free place is in the list too.
    """
    first = asked.after[0] if asked.after else ""
    fitting = [
        one
        for one in sorted(directory(edge).organisations, key=lambda one: str(one.id))
        if str(one.id) > first
        and one.receives is not None
        and (country is None or one.country == country)
        and (need is None or need in one.receives.needs)
        and (language is None or language in one.receives.languages)
        and (age is None or age in one.receives.ages)
        and (gender is None or gender in one.receives.genders)
    ]
    rows = await _shown(edge, fitting[: asked.limit + 1])
    return asked.page(rows, lambda row: (str(row.organisation),), lambda row: row)


@router.get("/directory/{organisation}", operation_id="show_receiver")
async def show_receiver(organisation: UUID, edge: EdgeDep) -> ReceiverOut:
    """Show one receiver."""
    found = there(directory(edge).get(organisation))
    there(found.receives)
    return (await _shown(edge, [found]))[0]


async def _shown(edge: Edge, organisations: Sequence[Organisation]) -> list[ReceiverOut]:
    taken = await queries.taken_places(edge.tx, [one.id for one in organisations], edge.principal)
    return [_receiver(one, taken[one.id]) for one in organisations]


def _receiver(organisation: Organisation, taken: int) -> ReceiverOut:
    receives = there(organisation.receives)
    places = receives.places
    return ReceiverOut(
        organisation=organisation.id,
        name=organisation.name,
        kind=organisation.kind,
        country=organisation.country,
        groups=sorted(organisation.groups),
        needs=sorted(receives.needs),
        ages=sorted(receives.ages),
        genders=sorted(receives.genders),
        languages=sorted(receives.languages),
        protected=receives.protected,
        places=places,
        free=None if places is None else places - taken,
    )
