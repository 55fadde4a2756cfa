"""The page of a case: who answers for it, its parts, what may be done now, what happened."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from nrm_pages.desk import Listing
from nrm_pages.doors import Reply
from nrm_pages.forms.showing import Cell, cell
from nrm_pages.look.render import render
from nrm_pages.pages.doing import opaque
from nrm_pages.pages.refused import refused, vanished
from nrm_pages.seat import Seat
from nrm_pages.sitting import seated
from nrm_pages.words import t

CASE_DESKS: Final = ("identification", "referral", "assistance", "return")
TOLD: Final = "nrm."
HISTORY_MAX: Final = "50"
ACTIONS: Final = "/cases/{case}/actions"
HISTORY: Final = "/cases/{case}/history"


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One line of a listing: its cells, what may be begun from it, and what the API told."""

    cells: Sequence[Cell]
    actions: Sequence[tuple[str, str]] = ()
    link: str = ""
    target: Mapping[str, str] = field(default_factory=dict)
    told: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A listing as it is shown: its items, the cursor of more, whether it could be had at all."""

    listing: Listing
    items: Sequence[Item]
    more: str | None = None
    away: bool = False
    columns: Sequence[str] = field(default_factory=tuple)


async def part_of(
    seat: Seat,
    listing: Listing,
    target: Mapping[str, str],
    now: datetime,
    allowed: frozenset[tuple[str, tuple[tuple[str, str], ...]]] | None = None,
    query: Mapping[str, str] | None = None,
    of: Mapping[str, Any] | None = None,
) -> Part:
    """Ask for a listing and put it into words; what may not be seen is an empty one."""
    names = [one.name for one in listing.columns]
    if listing.each is not None:
        above = await part_of(seat, listing.each, target, now, allowed)
        inner = replace(listing, each=None)
        parts = await asyncio.gather(
            *(
                part_of(seat, inner, {**target, **one.target}, now, allowed, of=one.told)
                for one in above.items
            )
        )
        items = [item for part in parts for item in part.items]
        away = above.away or any(part.away for part in parts)
        return Part(listing=listing, items=items, away=away and not items, columns=names)
    path = listing.path.format_map({"own_organisation": str(seat.principal.organisation), **target})
    reply = await seat.doors.get(path, query={**listing.query, **(query or {})})
    if not reply.ok:
        away = reply.status not in {403, 404}
        return Part(listing=listing, items=(), away=away, columns=names)
    body = reply.body
    more = body.get("next") if isinstance(body, dict) else None
    found = [body] if listing.single else body[listing.inside] if isinstance(body, dict) else body
    own = [{**one, "of": of} for one in found] if of is not None else found
    items = [_item(seat, listing, target, one, now, allowed) for one in own]
    return Part(listing=listing, items=items, more=more, columns=names)


def _item(
    seat: Seat,
    listing: Listing,
    target: Mapping[str, str],
    item: Mapping[str, Any],
    now: datetime,
    allowed: frozenset[tuple[str, tuple[tuple[str, str], ...]]] | None,
) -> Item:
    own = {name: str(item[key]) for name, key in listing.target.items() if item.get(key)}
    here = {**target, **own}
    actions = []
    offered = listing.operations
    if listing.offered is not None:
        mine = listing.offered(item, seat.principal)
        offered = [name for name in listing.operations if name in mine]
    for name in offered:
        operation = seat.office.document.operations[name]
        if not all(key in here for key in operation.parameters):
            continue
        given = {key: here[key] for key in operation.parameters}
        if allowed is not None and (name, tuple(sorted(given.items()))) not in allowed:
            continue
        words = "&".join(f"{key}={value}" for key, value in sorted(given.items()))
        actions.append((name, f"/desk/do/{name}?{words}"))
    return Item(
        cells=[cell(seat, column, item, now) for column in listing.columns],
        actions=actions,
        link=_link(seat, listing, item),
        target=own,
        told=item,
    )


def _link(seat: Seat, listing: Listing, item: Mapping[str, Any]) -> str:
    thing = seat.office.desk.thing(listing.thing)
    if thing is not None and item.get(thing.parameter):
        return f"/desk/{thing.name}/{item[thing.parameter]}"
    return f"/desk/cases/{item['case']}" if listing.link and item.get("case") else ""


async def allowed_in(seat: Seat, case: str) -> frozenset[tuple[str, tuple[tuple[str, str], ...]]]:
    """Ask the service what this worker may do to a case as it stands."""
    reply = await seat.doors.get(ACTIONS.format(case=case))
    if not reply.ok:
        return frozenset()
    return frozenset(
        (str(one["operation"]), tuple(sorted({"case": case, **one["target"]}.items())))
        for one in reply.body
    )


@seated
async def show(request: Request, seat: Seat) -> Response:
    """Show a case as this service knows it."""
    case = request.path_params["case"]
    if not opaque(case):
        return vanished(request)
    seen = await seat.doors.get(f"/cases/{case}")
    now, allowed = await seat.office.now(), await allowed_in(seat, case)
    if not seen.ok and not allowed:  # who is only asked may act, and sees little
        return refused(request, seen, "/desk/")
    desk = seat.office.desk
    parts = await asyncio.gather(
        *(part_of(seat, one, {"case": case}, now, allowed) for one in desk.sections)
    )
    history = await seat.doors.get(HISTORY.format(case=case), query={"limit": HISTORY_MAX})
    doable = [
        (name, f"/desk/do/{name}?case={case}")
        for name, target in sorted(allowed)
        if target == (("case", case),) and name not in desk.hidden
    ]
    return render(
        request,
        "desk/case.html",
        case=case,
        seen=seen.body if seen.ok else {},
        parts=parts,
        actions=doable,
        history=_history(seat, history),
        elsewhere=_elsewhere(seat, case),
        desk_name=desk.service,
        place=seat.principal.country,
        organisation=seat.organisation,
        done=_known(seat, request.query_params.get("done", "")),
        back="/desk/",
    )


def _history(seat: Seat, reply: Reply) -> list[dict[str, Any]]:
    """Put into words what was told; what a service only learned from another stands there."""
    if not reply.ok:
        return []
    return [_past(seat, one) for one in reply.body["items"] if one["type"].startswith(TOLD)]


def _past(seat: Seat, told: Mapping[str, Any]) -> dict[str, Any]:
    """Put one fact of the history into words, with the way to its place in the ledger."""
    who = told["organisation"]
    log = seat.office.web.running.settings.urls.get("ledger", "")
    return {
        "id": f"e{told['seq']}",
        "title": t(f"event.{told['type']}"),
        "at": datetime.fromisoformat(told["occurred_at"]),
        "place": seat.principal.country,
        "by": seat.organisation(who) if who else t("history.automatic"),
        "text": "",
        "receipt": f"{log}/desk/entries/{told['stream']}/{told['seq']}" if log else "",
    }


def _elsewhere(seat: Seat, case: str) -> list[tuple[str, str]]:
    """Give the same case at the other desks."""
    urls = seat.office.web.running.settings.urls
    own = seat.office.desk.service
    return [
        (t(f"desk.{name}"), f"{urls[name]}/desk/cases/{case}")
        for name in CASE_DESKS
        if name in urls and name != own
    ]


def _known(seat: Seat, name: str) -> str:
    return name if name in seat.office.document.operations else ""


ROUTES: Final = (Route("/cases/{case}", show, methods=["GET"], name="case"),)
