"""Whether this process lives, and whether it can work now."""

from typing import Any, Final

from fastapi import APIRouter
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from nrm_runtime.web.edge import Web
from nrm_runtime.web.problems import away
from nrm_runtime.web.route import public

PING: Final = "SELECT 1"
OK: Final[dict[str, Any]] = {"status": "ok"}

router = APIRouter(prefix="/healthz", tags=["health"], include_in_schema=False)


@router.get("/live")
@public
async def live() -> Response:
    """Answer at all: the loop runs."""
    return JSONResponse(OK)


@router.get("/ready")
@public
async def ready(request: Request) -> Response:
    """Answer 200 when the database answers, else 503."""
    web: Web = request.app.state.web
    try:
        async with web.engine.connect() as connection:
            await connection.exec_driver_sql(PING)
    except (DBAPIError, PoolTimeout, OSError):
        return away("database-away").reply()
    return JSONResponse(OK)
