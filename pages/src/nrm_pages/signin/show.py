"""The pages of signing in: one sentence each, and the one that keeps what was typed."""

from collections.abc import Iterable
from typing import Final
from urllib.parse import urlencode, urlsplit

from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from nrm_pages.look.render import render

PATH_MAX: Final = 2000
FIELDS_MAX: Final = 1000
HOME: Final = "/desk/"
AGAIN: Final = "/desk/back-again"
SIGN_IN: Final = "/desk/sign-in"
_OURS: Final = ("/desk/sign-", "/desk/signed-", "/desk/exit", "/desk/back-channel")

SEE_OTHER: Final = 303
UNAUTHORISED: Final = 401
AWAY: Final = 503


def page(
    request: Request, text: str, status: int = 200, *, links: Iterable[tuple[str, str]] = ()
) -> Response:
    """Answer with a page of one message: `signin.<text>`, and ways on (address, key of words)."""
    # The switch of languages leads home: an address of sign-in may hold a code.
    return render(request, "desk/said.html", status, said=text, links=list(links), here=HOME)


async def provider_away(request: Request) -> Response:
    """Say that the provider, or the database, does not answer; the same address works later.

    What a form had brought stays on the page.
    """
    answer = page(request, "away", AWAY)
    if request.method not in {"GET", "HEAD"}:
        try:
            answer = await _send_again(request, "away", AWAY)
        except RuntimeError:  # the body was read before, and is not to be had twice
            answer = page(request, "away", AWAY)
    answer.headers["Retry-After"] = "5"
    return answer


async def sign_in_first(request: Request) -> Response:
    """Send somebody to sign in and back to the same page; keep what a form had brought."""
    if request.method in {"GET", "HEAD"}:
        to = safe_path(_address(request))
        return RedirectResponse(f"{SIGN_IN}?{urlencode({'to': to})}", SEE_OTHER)
    return await _send_again(request, "expired", UNAUTHORISED)


def safe_path(text: str) -> str:
    """Give a path below our own desk, or the desk itself: never another place.

    A browser reads backslashes as slashes and drops tabs and newlines, so none may be there.
    """
    plain = text.isascii() and text.isprintable() and "\\" not in text and " " not in text
    parts = urlsplit(text) if plain and len(text) <= PATH_MAX else urlsplit("")
    below = parts.path.startswith(HOME) and "//" not in parts.path and "/." not in parts.path
    if parts.scheme or parts.netloc or not below or parts.path.startswith(_OURS):
        return HOME
    return parts.path + (f"?{parts.query}" if parts.query else "")


async def _send_again(request: Request, text: str, status: int) -> Response:
    """Answer with a page that keeps what was typed, in fields that are sent again as they were."""
    form = await request.form(max_fields=FIELDS_MAX)
    return render(
        request,
        "desk/send_again.html",
        status,
        said=text,
        address=_address(request),
        typed=[(name, value) for name, value in form.multi_items() if isinstance(value, str)],
        files=any(isinstance(value, UploadFile) for value in form.values()),
        first=f"{SIGN_IN}?{urlencode({'to': AGAIN})}" if status == UNAUTHORISED else "",
        here=HOME,
    )


def _address(request: Request) -> str:
    return request.url.path + (f"?{request.url.query}" if request.url.query else "")
