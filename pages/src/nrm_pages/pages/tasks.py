"""The first page of a desk: what to do next and by when, soonest first, and what can be begun."""

import asyncio
from collections.abc import Mapping
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from nrm_pages.desk import Listing
from nrm_pages.look.render import render
from nrm_pages.pages.cases import part_of
from nrm_pages.pages.refused import vanished
from nrm_pages.seat import Seat
from nrm_pages.sitting import seated

FIRST: Final = "20"
PAGE: Final = "50"


def _query(listing: Listing, request: Request, limit: str) -> Mapping[str, str]:
    given = request.query_params
    found = {name: given[name] for name in listing.filters if given.get(name)}
    if "after" in given:
        found["after"] = given["after"]
    return {**found, "limit": limit}


@seated
async def home(request: Request, seat: Seat) -> Response:
    """Show every worklist of the desk, the first items of each."""
    now = await seat.office.now()
    desk = seat.office.desk
    parts = await asyncio.gather(
        *(
            part_of(seat, one, {}, now, query={"limit": FIRST} if not one.single else None)
            for one in desk.worklists
            if not one.duty or one.duty in seat.principal.duties
        )
    )
    begin = [name for name in desk.begin if name in seat.office.document.operations]
    drafts = await seat.drafts.mine()
    return render(
        request,
        "desk/home.html",
        parts=parts,
        begin=begin,
        drafts=len(drafts),
        desk_name=desk.service,
    )


@seated
async def worklist(request: Request, seat: Seat) -> Response:
    """Show one worklist whole, page by page, filtered as its API filters."""
    name = request.path_params["name"]
    listing = next((one for one in seat.office.desk.worklists if one.name == name), None)
    if listing is None:
        return vanished(request)
    now = await seat.office.now()
    part = await part_of(seat, listing, {}, now, query=_query(listing, request, PAGE))
    return render(
        request,
        "desk/worklist.html",
        part_shown=part,
        given=request.query_params,
        here=f"/desk/lists/{name}",
        back="/desk/",
    )


ROUTES: Final = (
    Route("/", home, methods=["GET"], name="home"),
    Route("/lists/{name}", worklist, methods=["GET"], name="worklist"),
)
