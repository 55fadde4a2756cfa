"""The whole set of a service's defaults in one call: `make(service, running)`."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute, iter_route_contexts
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware

from nrm_runtime.access import RemoteKeys, Tokens
from nrm_runtime.access.signed import ES256
from nrm_runtime.service import Running, Service
from nrm_runtime.settings import Misconfigured
from nrm_runtime.web import development, health, openapi, operations, standing
from nrm_runtime.web.edge import Web
from nrm_runtime.web.idempotency import forget_old_keys
from nrm_runtime.web.problems import Problem, refuse_input, reply_http, reply_problem
from nrm_runtime.web.route import CommandRoute, is_public
from nrm_runtime.web.shield import Shield

OPENAPI: Final = "/openapi.json"
VERSION: Final = "1"


class Undeclared(Exception):
    """A route was declared badly: the process does not start."""


def make(service: Service, running: Running) -> FastAPI:
    """Make a service's web application.

    Raises `Undeclared` for a route that is neither a `CommandRoute` nor `public`, or has no
    operation id of its own; `Misconfigured` where issuer or secret are missing.
    """
    app = FastAPI(
        title=f"NRM {service.name}",
        version=VERSION,
        openapi_url=OPENAPI,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        lifespan=_living,
        middleware=[Middleware(Shield)],
        exception_handlers={
            Problem: reply_problem,
            RequestValidationError: refuse_input,
            HTTPException: reply_http,
        },
        telemetry={"logs": False, "operation_spans": False},
    )
    app.state.web = _web(service, running)
    own = [development.router] if running.settings.development else []
    for router in (*service.routers, health.router, operations.router, standing.router, *own):
        # Not `include_router`: that one looks for the route of each request four times.
        app.router.routes.extend(router.routes)
    _check(app)
    described: dict[str, Any] = {}

    def describe() -> dict[str, Any]:
        if not described:
            described.update(openapi.document(app))
        return described

    app.openapi = describe  # type: ignore[method-assign]
    for mount in service.mounts:  # after the check: a mounted application watches its own doors
        mount(app)
    return app


@asynccontextmanager
async def _living(app: FastAPI) -> AsyncIterator[None]:
    """What a web process does beside serving."""
    web: Web = app.state.web
    tidying = asyncio.create_task(forget_old_keys(web.engine))
    yield
    tidying.cancel()


def _web(service: Service, running: Running) -> Web:
    settings = running.settings
    if not settings.issuer:
        raise Misconfigured("NRM_ISSUER: missing")
    if not settings.secret:
        raise Misconfigured("NRM_SECRET: missing")
    keys = RemoteKeys(settings.issuer, algorithm=ES256, issuer=True)
    return Web(
        service=service,
        running=running,
        tokens=Tokens(keys, issuer=settings.issuer, audience=settings.audience),
        secret=settings.secret,
        engine=running.app,
        reading=running.app.execution_options(postgresql_readonly=True),
    )


def _check(app: FastAPI) -> None:
    """Refuse to start with a door that nobody watches, without a name or with another's."""
    names: set[str] = set()
    for context in iter_route_contexts(app.routes):
        route, path = context.original_route, str(context.path)
        if not isinstance(route, APIRoute):
            if path != OPENAPI:
                raise Undeclared(path)
            continue
        if not isinstance(route, CommandRoute) and not is_public(route.endpoint):
            raise Undeclared(path)
        if not route.include_in_schema:
            continue
        if route.operation_id is None or route.operation_id in names:
            raise Undeclared(f"{path}: needs an operation id of its own")
        names.add(route.operation_id)
