"""The first page, receipts of single entries, and the checkpoints: for everybody who signs in."""

import base64
import json
from datetime import datetime
from itertools import pairwise
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from nrm_ledger.ui.proving import continues, included, signed
from nrm_ledger.ui.reading import found_at, service, title, who
from nrm_pages.look.render import render
from nrm_pages.pages.doing import opaque
from nrm_pages.pages.refused import refused, vanished
from nrm_pages.seat import Seat
from nrm_pages.sitting import seated
from nrm_pages.words import t
from nrm_pages.words.formats import duration, moment, number
from nrm_runtime.access import AUDIT

HOME: Final = "/desk/"
SHOWN: Final = 20
NOT_FOUND: Final = 404


def audits(seat: Seat) -> bool:
    """Say whether somebody may see entries."""
    return AUDIT in seat.scopes


async def first_page(
    request: Request, seat: Seat, wrong: str = "", typed: str = "", status: int = 200
) -> Response:
    """Show the first page; with what is wrong about a code that was typed."""
    reply = await seat.doors.get("/log/history", query={"limit": "1"})
    newest = reply.body["items"][0] if reply.ok and reply.body["items"] else None
    return render(
        request,
        "ledger/home.html",
        status,
        newest=newest,
        audits=audits(seat),
        place=seat.principal.country,
        typed=typed,
        errors=[(t(wrong), "#code")] if wrong else [],
    )


@seated
async def home(request: Request, seat: Seat) -> Response:
    """Say what the ledger is, and let auditors search."""
    return await first_page(request, seat)


@seated
async def entry(request: Request, seat: Seat) -> Response:
    """Show that an entry is in the log, and to auditors the entry."""
    stream, seq = request.path_params["stream"], request.path_params["seq"]
    if not opaque(stream) or not 0 < seq < 2**31:
        return vanished(request)
    reply = await seat.doors.get(f"/entries/{stream}/{seq}")
    if reply.status == NOT_FOUND:
        return render(request, "ledger/not_yet.html", NOT_FOUND, back=HOME)
    if not reply.ok:
        return refused(request, reply, HOME)
    return render(
        request,
        "ledger/entry.html",
        receipt=reply.body,
        leaf=base64.b64decode(reply.body["leaf"]).hex(),
        proved=included(reply.body),
        told=_told(seat, reply.body),
        back=HOME,
    )


def _told(seat: Seat, receipt: dict[str, Any]) -> dict[str, Any] | None:
    """Put the entry itself into words, for auditors."""
    if receipt["entry"] is None:
        return None
    raw = receipt["entry"].encode()
    found = found_at(receipt["index"], raw)
    place = seat.principal.country
    return {
        "title": title(found.line),
        "rows": [
            {"key": t("ledger.who"), "value": who(seat, found.line)},
            {"key": t("ledger.service"), "value": service(found.line.service)},
            {"key": t("ledger.occurred"), "value": moment(found.at, place)},
            {"key": t("ledger.recorded"), "value": moment(found.recorded, place)},
            {"key": t("ledger.type"), "value": found.line.type},
        ],
        "case": found.line.case,
        "text": json.dumps(json.loads(raw), indent=2, ensure_ascii=False, sort_keys=True),
    }


@seated
async def checkpoints(request: Request, seat: Seat) -> Response:
    """Show signed checkpoints, newest first, each proved to continue the one before it."""
    if not audits(seat):
        return vanished(request)
    before = request.query_params.get("before", "")
    query = {"limit": str(SHOWN + 1)} | ({"before": before} if before.isdigit() else {})
    reply = await seat.doors.get("/log/history", query=query)
    if not reply.ok and reply.status != NOT_FOUND:
        return refused(request, reply, HOME)
    items = reply.body["items"] if reply.ok else []
    rows = [await _row(seat, reply.body["vkey"], new, old) for new, old in pairwise(items)]
    whole = len(items) <= SHOWN
    if items and whole:  # the first of all continues nothing
        rows.append(_first(reply.body["vkey"], items[-1], seat.principal.country))
    return render(
        request,
        "ledger/checkpoints.html",
        rows=[cells for cells, _ in rows],
        faults=[size for _, size in rows if size],
        vkey=reply.body["vkey"] if items else "",
        older="" if whole else f"/desk/checkpoints?before={items[-2]['size']}",
        back=HOME,
    )


async def _row(
    seat: Seat, vkey: str, new: dict[str, Any], old: dict[str, Any]
) -> tuple[list[Any], str]:
    query = {"old": str(old["size"]), "new": str(new["size"])}
    reply = await seat.doors.get("/proof/consistency", query=query)
    good = reply.ok and continues(vkey, old["note"], new["note"], reply.body["proof"])
    at = datetime.fromisoformat(new["signed_at"])
    cells = [
        number(new["size"]),
        moment(at, seat.principal.country),
        number(new["size"] - old["size"]),
        duration(at - datetime.fromisoformat(old["signed_at"])),
        _said(good),
    ]
    return cells, "" if good else number(new["size"])


def _first(vkey: str, one: dict[str, Any], place: str | None) -> tuple[list[Any], str]:
    good = signed(vkey, one["note"])
    at = moment(datetime.fromisoformat(one["signed_at"]), place)
    size = number(one["size"])
    return [size, at, size, t("ledger.first_one"), _said(good)], "" if good else size


def _said(good: bool) -> dict[str, str]:  # noqa: FBT001 - one word of two
    words = t("ledger.continues") if good else t("ledger.breaks")
    return {"status": words, "tone": "done" if good else "late"}


ROUTES: Final = (
    Route("/", home, methods=["GET"], name="ledger-home"),
    Route("/entries/{stream}/{seq:int}", entry, methods=["GET"], name="entry"),
    Route("/checkpoints", checkpoints, methods=["GET"], name="checkpoints"),
)
