"""Handlers of pages get the worker's seat; who is not signed in is led there and back."""

from collections.abc import Awaitable, Callable
from functools import wraps
from typing import TypeAlias

from starlette.requests import Request
from starlette.responses import Response

from nrm_pages.seat import Seat
from nrm_pages.signin.session import current
from nrm_pages.signin.show import sign_in_first

Handler: TypeAlias = Callable[[Request], Awaitable[Response]]
Seated: TypeAlias = Callable[[Request, Seat], Awaitable[Response]]


def seated(handler: Seated) -> Handler:
    """Make a page for people who are signed in of a handler that takes their seat."""

    @wraps(handler)
    async def answer(request: Request) -> Response:
        session = await current(request)
        if session is None:
            return await sign_in_first(request)
        return await handler(request, Seat(request.app.state.office, session))

    return answer
