"""Auditors' pages of one case: search, timeline, replay, who knew what, proof, the file to take."""

from datetime import date, datetime, time, timedelta
from typing import Final
from uuid import UUID, uuid4

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from nrm_ledger.domain.bundle import bundle_text
from nrm_ledger.domain.regions import Unfoldable
from nrm_ledger.ui.knowing import knowledge
from nrm_ledger.ui.proving import judge, key_of
from nrm_ledger.ui.reading import Found, entries_of, organisations_in, title, who
from nrm_ledger.ui.receipts import audits, first_page
from nrm_ledger.ui.states import in_time, states
from nrm_pages.look.render import render
from nrm_pages.pages.doing import opaque, see
from nrm_pages.pages.refused import refused, vanished
from nrm_pages.seat import Seat
from nrm_pages.sitting import seated
from nrm_pages.words import t
from nrm_pages.words.formats import moment

HOME: Final = "/desk/"
UNKNOWN: Final = frozenset({404, 422})
INVALID: Final = 422
CODE_MAX: Final = 40


@seated
async def find(request: Request, seat: Seat) -> Response:
    """Lead from a case's code, which only identification knows, to its page.

    The code stands in no address: what was typed is posted.
    """
    if not audits(seat):
        return vanished(request)
    typed = str((await request.form()).get("code", "")).strip()
    if opaque(typed.lower()):
        return see(f"/desk/cases/{typed.lower()}")
    if not typed or len(typed) > CODE_MAX:
        return await first_page(request, seat, "ledger.no_code", typed[:CODE_MAX], INVALID)
    reply = await seat.doors.post(
        "/cases/find", {"code": typed}, service="identification", key=str(uuid4())
    )
    if reply.ok:
        return see(f"/desk/cases/{reply.body['case']}")
    wrong = "ledger.no_case" if reply.status in UNKNOWN else "ledger.code_away"
    return await first_page(request, seat, wrong, typed, reply.status)


async def _case(request: Request, seat: Seat) -> tuple[Response | None, str, list[Found]]:
    """Give the entries of the case in the address, or the page that says why not."""
    case = request.path_params["case"]
    if not audits(seat) or not opaque(case):
        return vanished(request), case, []
    reply, found = await entries_of(seat, case)
    if not reply.ok:
        return refused(request, reply, HOME), case, []
    return (None if found else vanished(request)), case, found


@seated
async def show(request: Request, seat: Seat) -> Response:
    """Show the entries of a case as a timeline, newest first, each with its receipt."""
    no, case, found = await _case(request, seat)
    if no is not None:
        return no
    log = [
        {
            "id": f"e{one.index}",
            "title": title(one.line),
            "at": one.at,
            "place": seat.principal.country,
            "by": who(seat, one.line),
            "text": t("ledger.at_index", index=one.index, leaf=one.leaf),
            "receipt": f"/desk/entries/{one.line.stream}/{one.line.seq}",
        }
        for one in reversed(in_time(found))
    ]
    return render(request, "ledger/case.html", case=case, log=log, back=HOME)


@seated
async def replay(request: Request, seat: Seat) -> Response:
    """Show the state of every region after one of the case's entries."""
    no, case, found = await _case(request, seat)
    if no is not None:
        return no
    ordered = in_time(found)
    asked = request.query_params.get("at", "")
    at = min(max(int(asked), 1), len(ordered)) if _short_number(asked) else len(ordered)
    wrong = False
    try:
        shown = states(seat, UUID(case), ordered[:at])
    except Unfoldable:
        shown, wrong = [], True
    place = seat.principal.country
    return render(
        request,
        "ledger/replay.html",
        case=case,
        states=shown,
        wrong=wrong,
        at=at,
        entries=[(title(one.line), moment(one.recorded, place)) for one in ordered],
        back=f"/desk/cases/{case}",
    )


def _short_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < len(str(2**31))


@seated
async def knew(request: Request, seat: Seat) -> Response:
    """Show what an organisation knew of the case by the end of a day."""
    no, case, found = await _case(request, seat)
    if no is not None:
        return no
    offices = organisations_in(seat, found)
    office, day = request.query_params.get("organisation", ""), request.query_params.get("day", "")
    names = dict(offices)
    until = _end_of(day, seat) if day else None
    asked = bool(office or day)
    errors = []
    if asked and office not in names:
        errors.append((t("ledger.choose_office"), "#organisation"))
    if asked and until is None:
        errors.append((t("ledger.choose_day"), "#day"))
    place = seat.principal.country
    known = (
        knowledge(found, UUID(office), until, place)
        if asked and not errors and until is not None
        else None
    )
    return render(
        request,
        "ledger/knew.html",
        INVALID if errors else 200,
        case=case,
        offices=offices,
        office=office,
        name=names.get(office, ""),
        day_typed=day if until is not None else "",
        until=until,
        place=place,
        known=known,
        errors=errors,
        back=f"/desk/cases/{case}",
    )


def _end_of(day: str, seat: Seat) -> datetime | None:
    """Give the last instant of a day where the reader is; none for what is no day."""
    try:
        midnight = datetime.combine(date.fromisoformat(day), time(), seat.zone)
        return midnight + timedelta(days=1) - timedelta(microseconds=1)
    except (ValueError, OverflowError):
        return None


@seated
async def verify(request: Request, seat: Seat) -> Response:
    """Verify the case here: signature, inclusion, chains, gaps; the first fault is named."""
    case = request.path_params["case"]
    if not audits(seat) or not opaque(case):
        return vanished(request)
    reply = await seat.doors.get(f"/cases/{case}/bundle")
    if not reply.ok:
        return refused(request, reply, f"/desk/cases/{case}")
    typed = request.query_params.get("key", "").strip()
    own = str(reply.body["vkey"])
    pinned = key_of(typed or own)
    verdict = None if pinned is None else judge(bundle_text(reply.body), pinned)
    return render(
        request,
        "ledger/verify.html",
        200 if verdict else INVALID,
        case=case,
        verdict=verdict,
        own=own,
        typed=typed,
        errors=[] if verdict else [(t("ledger.no_key"), "#key")],
        back=f"/desk/cases/{case}",
    )


@seated
async def bundle(request: Request, seat: Seat) -> Response:
    """Give the file of a case, byte for byte what the API gives."""
    case = request.path_params["case"]
    if not audits(seat) or not opaque(case):
        return vanished(request)
    reply = await seat.doors.get(f"/cases/{case}/bundle")
    if not reply.ok:
        return refused(request, reply, f"/desk/cases/{case}")
    return Response(
        bundle_text(reply.body),
        media_type="application/json",
        headers={
            "Content-Disposition": f'attachment; filename="case-{case}.json"',
            "Cache-Control": "no-store",
        },
    )


ROUTES: Final = (
    Route("/find", find, methods=["POST"], name="find"),
    Route("/cases/{case}", show, methods=["GET"], name="ledger-case"),
    Route("/cases/{case}/replay", replay, methods=["GET"], name="replay"),
    Route("/cases/{case}/knew", knew, methods=["GET"], name="knew"),
    Route("/cases/{case}/verify", verify, methods=["GET"], name="verify"),
    Route("/cases/{case}/bundle", bundle, methods=["GET"], name="bundle"),
)
