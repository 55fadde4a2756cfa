"""Pages that say in plain words what went wrong and what to do next."""

from collections.abc import Mapping
from typing import Any, Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from nrm_pages.look.render import render

# Each has a heading, a sentence and what to do next: `message.<status>.title`, `.text`, `.next`.
STATUSES: Final = (401, 403, 404, 405, 409, 410, 412, 413, 422, 428, 429, 500, 503)
SAME_AS: Final = {405: 404, 428: 412}
SERVER_FAULT: Final = 500


def keys(status: int) -> tuple[str, str, str]:
    """Give the keys of a status; those that no page is written for speak as 404 or 500."""
    known = status if status in STATUSES else (SERVER_FAULT if status >= SERVER_FAULT else 404)
    name = f"message.{SAME_AS.get(known, known)}"
    return f"{name}.title", f"{name}.text", f"{name}.next"


def needed_keys() -> set[str]:
    """Give the keys of all these pages, for the check of the catalogues."""
    return {key for status in STATUSES for key in keys(status)}


def message(request: Request, status: int, **context: object) -> Response:
    """Answer with the page of a status.

    `again` (words, address) offers the way on; `text` says more than the status does, such as a
    service's reason for refusing, already in the reader's language.
    """
    return render(request, "message.html", status, keys=keys(status), code=status, **context)


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    answer = message(request, error.status_code)
    answer.headers.update(error.headers or {})
    return answer


HANDLERS: Final[Mapping[Any, Any]] = {HTTPException: _http}
