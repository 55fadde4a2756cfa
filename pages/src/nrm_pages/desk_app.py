"""The application of a desk: everything below `/desk` of a service, behind its own guards."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TypeAlias

from fastapi import FastAPI
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route

from nrm_pages.desk import Desk
from nrm_pages.furnishing import furnish as furnished
from nrm_pages.guards import Bound, Faults, SameOrigin
from nrm_pages.sealing import Sealing
from nrm_pages.settings import DeskSettings
from nrm_pages.signin import routes, show
from nrm_pages.signin.provider import ProviderAway
from nrm_pages.signin.session import SignIn, Sitting, real_time
from nrm_pages.signin.sessions import Sessions
from nrm_pages.words.language import Speaking
from nrm_runtime.persons.keys import LocalKeyset
from nrm_runtime.store.engine import is_away, is_busy
from nrm_runtime.web.edge import Web

# Gives the routes of a desk and puts on `app.state` what they need, once the process starts.
Furnish: TypeAlias = Callable[[Desk, FastAPI, Starlette], Sequence[BaseRoute]]


def mount(
    desk: Desk,
    furnish: Furnish | None = None,
    *,
    settings: DeskSettings | None = None,
    now: Callable[[], datetime] = real_time,
) -> Callable[[FastAPI], None]:
    """Make a desk's entry for `Service.mounts`.

    Raises, when the process starts, `Misconfigured` where the environment does not say how people
    sign in; `settings` and another clock are given by tests.
    """

    def mounting(api: FastAPI) -> None:
        web: Web = api.state.web
        own = settings or DeskSettings.of(web.running.settings)
        api.router.routes.append(Route("/", _to_desk, include_in_schema=False))
        app = make(desk, api, own, furnish or furnished, now)
        api.router.routes.append(Mount("/desk", app))

    return mounting


def make(
    desk: Desk,
    api: FastAPI,
    settings: DeskSettings,
    furnish: Furnish,
    now: Callable[[], datetime] = real_time,
) -> Starlette:
    """Make the application of a desk."""
    web: Web = api.state.web
    kek = web.running.settings.kek / web.service.name
    sessions = Sessions(web.engine, Sealing(LocalKeyset(kek)), settings)
    signin = SignIn(settings, sessions, web.tokens, now)
    app = Starlette(
        routes=[*routes.ROUTES],
        middleware=[
            Middleware(Bound),
            Middleware(Faults, _fault),
            Middleware(SameOrigin, settings.address, frozenset({routes.BACK_CHANNEL})),
            Middleware(Speaking),
            Middleware(Sitting, signin),
        ],
        exception_handlers={
            ProviderAway: _away,
            HTTPException: _refused,
        },
    )
    app.state.signin = signin
    app.router.routes.extend(furnish(desk, api, app))
    return app


async def _to_desk(_: Request) -> Response:
    return RedirectResponse(show.HOME, show.SEE_OTHER)


async def _away(request: Request, _: Exception) -> Response:
    return await show.provider_away(request)


async def _refused(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 404
    return show.page(request, "absent", status)


def _fault(request: Request, error: Exception) -> Response:
    if is_away(error) or is_busy(error):
        return show.page(request, "away", show.AWAY)
    return show.page(request, "fault", 500)
