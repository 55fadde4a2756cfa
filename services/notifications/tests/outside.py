"""The system's outer edge, for real: a mail server and a machine of an organisation."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from aiosmtpd.smtp import SMTP


@dataclass
class Mailbox:
    """A mail server on a free port; keeps what it takes, and refuses while `full`."""

    host: str = "127.0.0.1"
    port: int = 0
    full: bool = False
    kept: list[tuple[list[str], bytes]] = field(default_factory=list)

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        """Take a message, as aiosmtpd asks."""
        if self.full:
            return "452 no room"
        self.kept.append((list(envelope.rcpt_tos), envelope.content))
        return "250 taken"

    @property
    def messages(self) -> list[Message]:
        """The messages, read."""
        return [message_from_bytes(content) for _, content in self.kept]

    @property
    def address(self) -> tuple[str, int]:
        """Where it listens."""
        return self.host, self.port


@asynccontextmanager
async def mail_server() -> AsyncIterator[Mailbox]:
    """Run a mail server."""
    box = Mailbox()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(box, loop=loop), box.host, 0)
    box.port = server.sockets[0].getsockname()[1]
    async with server:
        yield box


@dataclass
class Hook:
    """An organisation's machine on a free port; answers with `status`."""

    url: str = ""
    status: int = 204
    location: str = ""
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)


@contextmanager
def hook_server() -> Iterator[Hook]:
    """Run a machine that takes webhooks."""
    hook = Hook()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers["content-length"])
            headers = {name.lower(): value for name, value in self.headers.items()}
            hook.got.append((headers, self.rfile.read(length)))
            self.send_response(hook.status)
            if hook.location:
                self.send_header("location", hook.location)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    hook.url = f"http://127.0.0.1:{server.server_address[1]}/hook"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield hook
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
