"""Keys that are served on a real port, and changed under the reader's hands."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest
import uvicorn
from joserfc.jwk import Key
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from nrm_runtime.access.signed import public_set


@dataclass
class KeyHouse:
    """Serves key sets: as an issuer with discovery, and at a bare address."""

    address: str = ""
    keys: list[Key] = field(default_factory=list)
    says: str | None = None
    broken: bool = False
    asked: int = 0

    async def discovery(self, _: Request) -> Response:
        issuer = self.says or self.address
        return JSONResponse({"issuer": issuer, "jwks_uri": f"{self.address}/jwks"})

    async def jwks(self, _: Request) -> Response:
        self.asked += 1
        body: Any = "away" if self.broken else public_set(*self.keys)
        return JSONResponse(body, 500 if self.broken else 200)


@pytest.fixture
async def keyhouse() -> AsyncIterator[KeyHouse]:
    """A house of keys on a free port."""
    house = KeyHouse()
    app = Starlette(
        routes=[
            Route("/.well-known/openid-configuration", house.discovery),
            Route("/jwks", house.jwks),
        ]
    )
    config = uvicorn.Config(app, port=0, log_level="critical", access_log=False, lifespan="off")
    server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.005)
    house.address = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    try:
        yield house
    finally:
        server.should_exit = True
        await task
