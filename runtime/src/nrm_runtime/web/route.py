"""The route of every door that needs a principal: one transaction, committed before the reply.

    token → body → transaction (organisation, idempotency key) → endpoint → kept reply → commit

A rival write makes the whole run again with a fresh load; a refusal rolls everything back.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, TypeVar

from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response

from nrm_runtime.access import KeysAway, Principal, TicketRefused, Unauthorised
from nrm_runtime.core import Refused, TooEarly
from nrm_runtime.store.errors import Erased, Outpaced, VaultAway, is_away, is_busy, sqlstate
from nrm_runtime.web.edge import Edge, Web
from nrm_runtime.web.idempotency import Began, Claim, begin, fingerprint, keep, readable_key
from nrm_runtime.web.problems import RETRY_S, Problem, away, forbidden, unauthorised

SAFE: Final = frozenset({"GET", "HEAD"})
OUTPACED_MAX: Final = 3  # tries after the first
AWAY_MAX: Final = 1  # a pooled connection may have died while nobody looked
PAUSE_S: Final = 0.02
RIVALS: Final = frozenset({"40001", "40P01"})  # serialisation, deadlock
REFUSED_FROM: Final = 400

_RECORDS: Final = "__nrm_records__"
_PUBLIC: Final = "__nrm_public__"
Handler = Callable[[Request], Awaitable[Response]]
Endpoint = TypeVar("Endpoint", bound=Callable[..., Any])


def records(endpoint: Endpoint) -> Endpoint:
    """Mark an endpoint whose reading is itself recorded, or reveals personal data.

    A GET then gets a transaction that may write. A POST then needs no idempotency key and its
    reply is never kept: a repeat is a new read. Stands below the router's decorator.
    """
    setattr(endpoint, _RECORDS, True)
    return endpoint


def public(endpoint: Endpoint) -> Endpoint:
    """Declare that an endpoint answers everybody, such as the public halves of keys.

    For routers without `CommandRoute`: there is no principal and no transaction.
    """
    setattr(endpoint, _PUBLIC, True)
    return endpoint


def is_public(endpoint: Callable[..., Any]) -> bool:
    """Say whether an endpoint was declared public."""
    return bool(getattr(endpoint, _PUBLIC, False))


@dataclass(frozen=True, slots=True)
class Plan:
    """How a route is served."""

    reads_only: bool
    keeps: bool
    needs_key: bool


class CommandRoute(APIRoute):
    """A route that asks for a principal and runs in one transaction."""

    @property
    def plan(self) -> Plan:
        """How this route is served, by its methods and marks."""
        recorded = bool(getattr(self.endpoint, _RECORDS, False))
        methods = self.methods or set()
        return Plan(
            reads_only=methods <= SAFE and not recorded,
            keeps=not methods <= SAFE and not recorded,
            needs_key="POST" in methods and not recorded,
        )

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Wrap the framework's handler."""
        answer = super().get_route_handler()
        plan = self.plan

        async def handle(request: Request) -> Response:
            try:
                return await _serve(request, answer, plan)
            except Exception as error:
                problem = translated(error)
                if problem is None:
                    raise
                raise problem from error

        return handle


def translated(error: Exception) -> Problem | None:
    """Give the problem that an expected failure becomes; None for a fault of ours."""
    match error:
        case Refused():
            return Problem(409, error.code, error.why)
        case TooEarly():
            return Problem(409, "too-early", error.why, headers={"Retry-After": str(RETRY_S)})
        case Outpaced():
            return Problem(409, "outpaced", "Others were first; look again and try again.")
        case Erased():
            return Problem(410, "erased", "What was here has been erased for good.")
        case VaultAway():
            return away("vault-away")
        case KeysAway():
            return away("issuer-away")
        case TicketRefused():
            return forbidden(error.code, error.why)
        case Unauthorised():
            return unauthorised()
        case _ if isinstance(error, Problem):
            return None
        case _ if is_away(error):
            return away("database-away")
        case _ if is_busy(error):
            return away("busy")
        case _:
            return None


async def _serve(request: Request, answer: Handler, plan: Plan) -> Response:
    web: Web = request.app.state.web
    principal = await web.tokens.principal(_bearer(request))
    claim = await _claim(request, principal, plan)
    outpaced = gone = 0
    while True:
        try:
            return await _once(web, request, answer, principal, claim, plan)
        except Exception as error:
            if isinstance(error, Outpaced) or sqlstate(error) in RIVALS:
                outpaced += 1
                if outpaced > OUTPACED_MAX:
                    raise Outpaced from error
                await asyncio.sleep(random.uniform(0, PAUSE_S * outpaced))  # noqa: S311
            elif is_away(error) and gone < AWAY_MAX:
                gone += 1
            else:
                raise


async def _once(
    web: Web,
    request: Request,
    answer: Handler,
    principal: Principal,
    claim: Claim | None,
    plan: Plan,
) -> Response:
    engine = web.reading if plan.reads_only else web.engine
    async with engine.connect() as tx, tx.begin() as transaction:
        began = await begin(tx, principal.organisation, claim)
        if began.repeated is not None:
            return began.repeated
        edge = Edge(
            web=web,
            tx=tx,
            principal=principal,
            request=request,
            now=_now(web, began),
            key=claim.key if claim else None,
        )
        request.state.edge = edge
        reply = await _answered(edge, answer, request)
        if reply.status_code >= REFUSED_FROM:
            await transaction.rollback()
        elif claim is not None:
            await keep(tx, claim, reply)
    return reply


def _now(web: Web, began: Began) -> datetime:
    """Give the service's clock, as every process of it sees it in this very transaction."""
    offset = began.offset_s if web.running.settings.development else 0
    return datetime.now(UTC) + timedelta(seconds=offset)


async def _answered(edge: Edge, answer: Handler, request: Request) -> Response:
    """Run the endpoint. Who may not ask at all learns nothing, not even how it would fail."""
    try:
        reply = await answer(request)
    except RequestValidationError:  # says nothing that the public document does not say
        raise
    except Exception:
        edge.grant()
        raise
    edge.grant()
    if edge.tag is not None:
        reply.headers["ETag"] = edge.tag
    if edge.location is not None:
        reply.headers["Location"] = edge.location
    return reply


async def _claim(request: Request, principal: Principal, plan: Plan) -> Claim | None:
    """Read the body before a connection is taken, and the key where the route keeps replies."""
    if request.method in SAFE:
        return None
    body = await request.body()
    key = request.headers.get("idempotency-key")
    if not plan.keeps or (key is None and not plan.needs_key):
        return None
    target = f"{request.scope['path']}?{request.scope['query_string'].decode('latin-1')}"
    secret = request.app.state.web.secret
    about = fingerprint(secret, principal, request.method, target, body)
    return Claim(principal.organisation, readable_key(key or ""), about)


def _bearer(request: Request) -> str:
    kind, _, token = request.headers.get("authorization", "").partition(" ")
    if kind.lower() != "bearer" or not token:
        raise Unauthorised
    return token
