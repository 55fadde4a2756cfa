"""Pages of a service as one of its callers sees them, signed in without a browser."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any

from fastapi import FastAPI
from starlette.requests import Request

from nrm_pages.pages import doing
from nrm_pages.seat import Seat
from nrm_pages.signin.session import Session
from nrm_pages.words.language import catalogues, language
from nrm_runtime.web.edge import Web


async def sit(api: FastAPI, token: str) -> tuple[Any, Seat]:
    """Give a service's desk, and the seat of the holder of `token` at it."""
    mounted: list[Any] = [one for one in api.routes if getattr(one, "path", "") == "/desk"]
    desk = mounted[0].app
    web: Web = api.state.web
    now = datetime.now(UTC)
    session = Session(
        id="a",
        token=token,
        principal=await web.tokens.principal(token),
        name="",
        acr="",
        begun_at=now,
        ends_at=now + timedelta(hours=1),
        fresh_until=now + timedelta(minutes=5),
    )
    return desk, Seat(desk.state.office, session)


async def page(
    api: FastAPI, token: str, handler: Any, code: str = "en", /, query: str = "", **parameters: str
) -> str:
    """Give a page of a desk, as the holder of `token` reads it in a language."""
    desk, seat = await sit(api, token)
    scope: Mapping[str, Any] = {
        "type": "http",
        "method": "GET",
        "path": "/desk/",
        "headers": [],
        "query_string": query.encode(),
        "path_params": parameters,
        "app": desk,
        "state": {"nonce": "n", "session": seat.session},
    }
    spoken, said = language.set(code), catalogues.set(desk.state.look.texts)
    try:
        answer = await handler.__wrapped__(Request(dict(scope)), seat)
    finally:
        language.reset(spoken)
        catalogues.reset(said)
    assert answer.status_code == 200, answer.body
    return unescape(bytes(answer.body).decode())


async def every_question(
    api: FastAPI, token: str, code: str, operation: str, target: Mapping[str, str]
) -> int:
    """Read every page of an operation: its beginning, its questions, the answers to check.

    Gives how many questions pages there were.
    """
    query = "&".join(f"{name}={value}" for name, value in target.items())
    await page(api, token, doing.begin, code, query=query, operation=operation)
    _, seat = await sit(api, token)
    taken = doing.taken_up(seat, operation, target)
    assert taken is not None
    if not taken.pages:
        return 0
    draft = await seat.drafts.begin(operation, dict(target), None)
    for one in taken.pages:
        shown = await page(api, token, doing.ask, code, draft=str(draft.id), page=one.name)
        assert all(f'"{field.name}' in shown for field in one.fields)
    await page(api, token, doing.check, code, draft=str(draft.id))
    return len(taken.pages)
