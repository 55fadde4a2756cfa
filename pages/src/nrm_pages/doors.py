"""The doors of the services' APIs, as the worker who is signed in: pages can do nothing else."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Self
from urllib.parse import quote

import httpx2
from fastapi import FastAPI

ANSWER_S: Final = 20.0
AWAY: Final = 503
OK: Final = range(200, 300)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What a door answered: status, JSON body (None without one), ETag, place of a new thing."""

    status: int
    body: Any = None
    etag: str | None = None
    location: str | None = None

    @property
    def ok(self) -> bool:
        """Whether it was done."""
        return self.status in OK

    @property
    def code(self) -> str:
        """The code of the problem, empty where there is none."""
        found = self.body.get("code") if isinstance(self.body, dict) and not self.ok else None
        return found if isinstance(found, str) else ""

    @property
    def errors(self) -> list[Mapping[str, str]]:
        """The fields that were refused: pointer and code of each."""
        found = self.body.get("errors") if isinstance(self.body, dict) and not self.ok else None
        return found if isinstance(found, list) else []


@dataclass(slots=True)
class Lines:
    """The connections of one web process: to its own API without a network, to others over it."""

    own: httpx2.AsyncClient
    others: httpx2.AsyncClient
    urls: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, app: FastAPI, urls: Mapping[str, str]) -> Self:
        """Make the connections of a service's web process."""
        return cls(
            own=httpx2.AsyncClient(
                transport=httpx2.ASGITransport(app=app, raise_app_exceptions=False),
                base_url="http://own",
            ),
            others=httpx2.AsyncClient(timeout=ANSWER_S, follow_redirects=False),
            urls=urls,
        )


class Doors:
    """Every API of the copy, called with one worker's access token."""

    def __init__(self, lines: Lines, token: str) -> None:
        """Call as the holder of `token`."""
        self._lines = lines
        self._headers = {"Authorization": f"Bearer {token}"}

    async def get(
        self, path: str, *, service: str = "", query: Mapping[str, str] | None = None
    ) -> Reply:
        """Look at something; a service that cannot be reached answers like one that is away."""
        return await self._call("GET", path, service, {}, query=query)

    async def post(
        self,
        path: str,
        body: object = None,
        *,
        service: str = "",
        key: str | None = None,
        etag: str | None = None,
    ) -> Reply:
        """Do something, under an idempotency key and the ETag of what was looked at."""
        headers = {}
        if key is not None:
            headers["Idempotency-Key"] = key
        if etag is not None:
            headers["If-Match"] = etag
        return await self._call("POST", path, service, headers, body=body)

    async def _call(
        self,
        method: str,
        path: str,
        service: str,
        headers: Mapping[str, str],
        *,
        query: Mapping[str, str] | None = None,
        body: Any = None,  # noqa: ANN401 - any JSON
    ) -> Reply:
        client, start = self._lines.own, ""
        if service:
            if service not in self._lines.urls:
                return Reply(status=AWAY, body={"code": "service-unknown"})
            client, start = self._lines.others, self._lines.urls[service]
        try:
            answer = await client.request(
                method,
                start + quote(path, safe="/.-_~"),
                params=dict(query or {}),
                headers={**self._headers, **headers},
                json=body,
            )
        except httpx2.TransportError:
            return Reply(status=AWAY, body={"code": "service-away"})
        told = answer.json() if "json" in answer.headers.get("content-type", "") else None
        return Reply(
            status=answer.status_code,
            body=told,
            etag=answer.headers.get("etag"),
            location=answer.headers.get("location"),
        )
