"""`python -m infra.local.mailbox`: takes all mail of a local copy, shows it, sends none.

Mails lie as files in `NRM_HOME/mail`, oldest first by name. Over HTTP (`NRM_LISTEN`): `/mails`
lists them, `/mails/{name}` shows one as it came. SMTP listens on `NRM_SMTP`.
"""

import asyncio
import email
import email.policy
import itertools
import os
import sys
import time
from pathlib import Path

import uvicorn
from aiosmtpd.smtp import SMTP, Envelope, Session
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

MAIL_BYTES_MAX = 1_000_000
SHOWN_MAX = 1_000


class PostOffice:
    """Takes every mail and keeps it as a file."""

    def __init__(self, folder: Path) -> None:
        """Use a folder, made when missing; its mails are private."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.folder = folder
        self._counter = itertools.count()

    async def handle_DATA(self, _: SMTP, __: Session, envelope: Envelope) -> str:  # noqa: N802
        """Keep one mail; the name is aiosmtpd's."""
        name = f"{time.time_ns():020d}-{os.getpid()}-{next(self._counter)}.eml"
        beside = self.folder / f".{name}"
        content = envelope.original_content or b""
        to = ", ".join(envelope.rcpt_tos).encode()
        await asyncio.to_thread(beside.write_bytes, b"X-Envelope-To: " + to + b"\r\n" + content)
        beside.replace(self.folder / name)
        return "250 kept"

    def mails(self) -> list[dict[str, str]]:
        """The newest mails, oldest first: file name, sender, receiver, subject, time sent."""
        shown = []
        for path in sorted(self.folder.glob("[0-9]*.eml"))[-SHOWN_MAX:]:
            mail = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
            heads = {name.lower(): str(mail.get(name, "")) for name in ("From", "To", "Subject")}
            shown.append({"name": path.name} | heads | {"date": str(mail.get("Date", ""))})
        return shown

    def mail(self, name: str) -> bytes | None:
        """One mail as it came."""
        path = self.folder / name
        return path.read_bytes() if path in set(self.folder.glob("[0-9]*.eml")) else None


def application(office: PostOffice) -> Starlette:
    """The pages of a post office."""

    async def mails(_: Request) -> Response:
        return JSONResponse({"items": office.mails()})

    async def mail(request: Request) -> Response:
        content = office.mail(request.path_params["name"])
        if content is None:
            return PlainTextResponse("no such mail", 404)
        return PlainTextResponse(content)

    async def alive(_: Request) -> Response:
        return JSONResponse({"status": "ok"})

    return Starlette(
        routes=[
            Route("/mails", mails),
            Route("/mails/{name}", mail),
            Route("/healthz/live", alive),
            Route("/healthz/ready", alive),
        ]
    )


def _address(name: str) -> tuple[str, int]:
    host, _, port = os.environ[name].rpartition(":")
    return host.strip("[]"), int(port)


async def serve(office: PostOffice, smtp: tuple[str, int], http: tuple[str, int]) -> None:
    """Take mail and show it until told to stop."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: SMTP(office, data_size_limit=MAIL_BYTES_MAX, hostname="mailbox"), *smtp
    )
    async with server:
        config = uvicorn.Config(
            application(office),
            host=http[0],
            port=http[1],
            log_level="warning",
            access_log=False,
            server_header=False,
        )
        await uvicorn.Server(config).serve()


def main() -> int:
    """Run until stopped; 2 outside a development copy."""
    if os.environ.get("NRM_ENV") != "development":
        sys.stderr.write("NRM_ENV is not development: this mailbox is for development only\n")
        return 2
    office = PostOffice(Path(os.environ["NRM_HOME"]) / "mail")
    asyncio.run(serve(office, _address("NRM_SMTP"), _address("NRM_LISTEN")))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
