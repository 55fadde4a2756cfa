"""A caller that costs little: requests on one open connection, answers read and no more."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from tools.bench.stage import BenchFailed


@dataclass(frozen=True, slots=True)
class Request:
    """One POST: where to, on whose token, under which key, and what is said."""

    path: str
    token: str
    key: str
    match: str
    body: bytes

    def written(self, host: str) -> bytes:
        """Give its bytes on the wire."""
        head = (
            f"POST {self.path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {self.token}\r\n"
            f"Idempotency-Key: {self.key}\r\nIf-Match: {self.match}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(self.body)}\r\n\r\n"
        )
        return head.encode() + self.body


class Caller:
    """One client with one connection, kept open from request to request."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, host: str
    ) -> None:
        """Use an open connection."""
        self._reader = reader
        self._writer = writer
        self._host = host

    @classmethod
    async def to(cls, address: str) -> Self:
        """Connect to a service, such as `http://127.0.0.1:8080`."""
        host = address.removeprefix("http://")
        name, _, port = host.rpartition(":")
        reader, writer = await asyncio.open_connection(name, int(port))
        return cls(reader, writer, host)

    async def post(self, request: Request) -> Mapping[str, Any]:
        """Send a request and read the answer to its end; raises `BenchFailed` unless it is 2xx."""
        self._writer.write(request.written(self._host))
        head = await self._reader.readuntil(b"\r\n\r\n")
        length = 0
        for line in head.split(b"\r\n"):
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        body = await self._reader.readexactly(length)
        status = int(head[9:12])
        said: Mapping[str, Any] = json.loads(body) if body else {}
        if not 200 <= status < 300:  # noqa: PLR2004 - the codes of success
            raise BenchFailed(f"{request.path}: {status} {said.get('code', '')}")
        return said

    async def close(self) -> None:
        """End the connection."""
        self._writer.close()
        await self._writer.wait_closed()
