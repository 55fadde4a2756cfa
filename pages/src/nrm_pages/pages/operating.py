"""Operators' pages: what stands aside and why, what waits, what falls due; never about a person."""

from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from nrm_pages.doors import Reply
from nrm_pages.look.render import render
from nrm_pages.pages.doing import opaque, see
from nrm_pages.pages.refused import refused, vanished
from nrm_pages.seat import Seat
from nrm_pages.sitting import seated
from nrm_runtime.access import OPERATE

HERE: Final = "/desk/operations"
ACTS: Final = frozenset({"retry", "drop"})


@seated
async def overview(request: Request, seat: Seat) -> Response:
    """Show how the service stands and what stands aside."""
    if OPERATE not in seat.principal.scopes:
        return vanished(request)
    standing = await seat.doors.get("/operations/standing")
    aside = await seat.doors.get("/operations/quarantine")
    for reply in (standing, aside):
        if not reply.ok:
            return refused(request, reply, "/desk/")
    return render(
        request,
        "desk/operations.html",
        standing=standing.body,
        aside=aside.body["items"],
        said=request.query_params.get("said", "") if _known(request) else "",
        desk_name=seat.office.desk.service,
    )


def _known(request: Request) -> bool:
    return request.query_params.get("said") in {"flows", "held", "told"}


@seated
async def settle(request: Request, seat: Seat) -> Response:
    """Retry a case or drop a message, after asking."""
    act, about = request.path_params["act"], request.path_params["about"]
    if OPERATE not in seat.principal.scopes or act not in ACTS or not opaque(about):
        return vanished(request)
    if request.method == "GET":
        return render(request, "desk/settle.html", act=act, about=about, back=HERE)
    service = seat.office.desk.service
    reply = await seat.doors.post(f"/operations/quarantine/{service}/{about}/{act}")
    return _settled(request, reply)


def _settled(request: Request, reply: Reply) -> Response:
    if not reply.ok:
        return refused(request, reply, HERE)
    return see(f"{HERE}?said={'flows' if reply.body['flows'] else 'held'}")


@seated
async def rebuild(request: Request, seat: Seat) -> Response:
    """Rebuild all projections beside the live ones and name the first difference."""
    if OPERATE not in seat.principal.scopes:
        return vanished(request)
    if request.method == "GET":
        return render(request, "desk/rebuild.html", report=None, back=HERE)
    reply = await seat.doors.post("/operations/rebuild-check")
    if not reply.ok:
        return refused(request, reply, HERE)
    return render(request, "desk/rebuild.html", report=reply.body, back=HERE)


ROUTES: Final = (
    Route("/operations", overview, methods=["GET"], name="operations"),
    Route("/operations/rebuild", rebuild, methods=["GET", "POST"], name="rebuild"),
    Route("/operations/{about}/{act}", settle, methods=["GET", "POST"], name="settle"),
)
