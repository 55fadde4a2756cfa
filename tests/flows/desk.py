"""A browser without scripts at a service's desk, in a session that is begun without a provider."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx2
from fastapi import FastAPI

from nrm_pages.signin.provider import Told


async def at_desk(
    app: FastAPI, service: str, token: str, worker: UUID, organisation: UUID
) -> httpx2.AsyncClient:
    """Sit down as the holder of `token`; its worker must be the one that is named."""
    desk: Any = next(one for one in app.routes if getattr(one, "path", "") == "/desk")
    now = datetime.now(UTC)
    told = Told(
        subject=str(worker),
        name="Invented",
        acr="",
        sid="",
        access=token,
        refresh="",
        id_token="",
        ends=now + timedelta(minutes=5),
    )
    await desk.app.state.signin.sessions.begin(str(worker), told, worker, organisation, now)
    return httpx2.AsyncClient(
        transport=httpx2.ASGITransport(app=app),
        base_url="http://desk.test",
        cookies={f"nrm_{service}": str(worker)},
        headers={"Sec-Fetch-Site": "same-origin", "Origin": "http://desk.test"},
        follow_redirects=True,
    )
