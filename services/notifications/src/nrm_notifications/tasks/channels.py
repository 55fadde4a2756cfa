"""The two ways out beside the inbox: e-mail by SMTP, and a signed webhook."""

import hashlib
import hmac
import ipaddress
import json
import socket
from base64 import b64encode
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from typing import Final
from urllib.parse import urlsplit
from uuid import UUID

import aiosmtplib
import httpx2
from standardwebhooks import Webhook

from nrm_contracts.codes import NotificationKind
from nrm_contracts.organisations import Organisation
from nrm_notifications.tasks.texts import words

SENDER: Final = "notices@nrm.example"
SMTP_S: Final = 10.0
WEBHOOK_S: Final = 10.0


class NotDelivered(Exception):
    """A channel did not take a notice; `code` says why, without any content."""

    def __init__(self, code: str) -> None:
        """Keep the code."""
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """One notice on its way out."""

    notice: UUID
    kind: NotificationKind
    about: UUID
    to: Organisation


async def send_email(letter: Letter, smtp: tuple[str, int]) -> None:
    """Hand a quiet e-mail to the mail server; raises `NotDelivered`.

    The message id is the notice's, so that a repeated one can be told.
    """
    subject, body = words(letter.to.languages, letter.kind)
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = SENDER, letter.to.email or "", subject
    message["Message-ID"] = f"<{letter.notice}@nrm.example>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(body)
    host, port = smtp
    try:
        await aiosmtplib.send(message, hostname=host, port=port, timeout=SMTP_S, start_tls=False)
    except (aiosmtplib.SMTPException, OSError) as error:
        raise NotDelivered(type(error).__name__) from error


async def send_webhook(letter: Letter, secret: bytes, *, loopback_allowed: bool) -> None:
    """Post a signed notice; only a 2xx answer counts, redirects are not followed.

    Addresses that are not public are refused outside development: an organisation's webhook
    must not make this service talk to its own neighbours. Raises `NotDelivered`.
    """
    url = letter.to.webhook or ""
    if not loopback_allowed:
        _public(url)
    now = datetime.now(UTC)
    body = json.dumps(
        {
            "type": "nrm.notice",
            "timestamp": now.isoformat(),
            "data": {
                "notice": str(letter.notice),
                "kind": letter.kind.value,
                "about": str(letter.about),
            },
        },
        separators=(",", ":"),
    )
    identifier = str(letter.notice)
    headers = {
        "content-type": "application/json",
        "webhook-id": identifier,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Webhook(b64encode(secret).decode()).sign(identifier, now, body),
    }
    try:
        async with httpx2.AsyncClient(timeout=WEBHOOK_S, follow_redirects=False) as http:
            answer = await http.post(url, content=body, headers=headers)
    except (httpx2.HTTPError, httpx2.InvalidURL) as error:
        raise NotDelivered(type(error).__name__) from error
    if not answer.is_success:
        raise NotDelivered(f"status-{answer.status_code}")


def webhook_secret(secret: bytes, organisation: UUID) -> bytes:
    """Give the secret shared with one organisation, derived from this copy's own."""
    return hmac.digest(secret, b"webhook\0" + organisation.bytes, hashlib.sha256)


def _public(url: str) -> None:
    parts = urlsplit(url)
    if parts.scheme != "https" or not parts.hostname:
        raise NotDelivered("address-not-https")
    try:
        found = socket.getaddrinfo(parts.hostname, parts.port or 443, type=socket.SOCK_STREAM)
    except OSError as error:
        raise NotDelivered("address-unknown") from error
    if not all(ipaddress.ip_address(one[4][0]).is_global for one in found):
        raise NotDelivered("address-not-public")
