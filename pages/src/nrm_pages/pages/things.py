"""The page of one thing that is no case, such as an organisation: itself, then its parts."""

import asyncio
from datetime import datetime
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from nrm_pages.desk import Thing
from nrm_pages.look.render import render
from nrm_pages.pages.cases import Part, part_of
from nrm_pages.pages.doing import opaque
from nrm_pages.pages.refused import vanished
from nrm_pages.seat import Seat
from nrm_pages.sitting import seated

FIRST: Final = "20"
PAGE: Final = "50"


@seated
async def show(request: Request, seat: Seat) -> Response:
    """Show a thing and the beginning of each of its parts."""
    now = await seat.office.now()
    found = await _found(request, seat, now)
    if found is None:
        return vanished(request)
    thing, head = found
    identifier = request.path_params["thing"]
    target, query = {thing.parameter: identifier}, {"limit": FIRST}
    told = head.items[0].told if head.items else None
    sections = thing.sections if head.items else ()
    parts = await asyncio.gather(
        *(part_of(seat, one, target, now, query=query, of=told) for one in sections)
    )
    done = request.query_params.get("done", "")
    return render(
        request,
        "desk/thing.html",
        thing=thing,
        parts=[head, *parts],
        here=f"/desk/{thing.name}/{identifier}",
        done=done if done in seat.office.document.operations else "",
        desk_name=seat.office.desk.service,
        back="/desk/",
    )


@seated
async def section(request: Request, seat: Seat) -> Response:
    """Show one part of a thing whole, page by page."""
    now = await seat.office.now()
    found = await _found(request, seat, now)
    name = request.path_params["section"]
    listing = found and next((one for one in found[0].sections if one.name == name), None)
    if found is None or listing is None or not found[1].items:
        return vanished(request)
    thing, head = found
    identifier = request.path_params["thing"]
    given = request.query_params
    query = {"limit": PAGE} | ({"after": given["after"]} if "after" in given else {})
    target = {thing.parameter: identifier}
    part = await part_of(seat, listing, target, now, query=query, of=head.items[0].told)
    here = f"/desk/{thing.name}/{identifier}"
    return render(
        request,
        "desk/worklist.html",
        part_shown=part,
        given=given,
        here=f"{here}/{name}",
        back=here,
    )


async def _found(request: Request, seat: Seat, now: datetime) -> tuple[Thing, Part] | None:
    """Give what the address names, with its head; nothing where it may not be seen."""
    thing = seat.office.desk.thing(request.path_params["kind"])
    identifier = request.path_params["thing"]
    if thing is None or not opaque(identifier):
        return None
    head = await part_of(seat, thing.head, {thing.parameter: identifier}, now)
    return (thing, head) if head.items or head.away else None


ROUTES: Final = (
    Route("/{kind}/{thing}", show, methods=["GET"], name="thing"),
    Route("/{kind}/{thing}/{section}", section, methods=["GET"], name="section"),
)
