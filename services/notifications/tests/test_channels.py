"""E-mail and webhook, against a real mail server and a real machine: quiet, signed, or refused."""

import json
import re
import socket
from base64 import b64encode
from typing import Any
from uuid import UUID

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from nrm_contracts.codes import NotificationKind, OrganisationKind
from nrm_contracts.organisations import Organisation
from nrm_notifications.tasks.channels import (
    Letter,
    NotDelivered,
    send_email,
    send_webhook,
    webhook_secret,
)
from nrm_notifications.tasks.texts import BODIES, SUBJECTS, URGENT, words
from services.notifications.tests.notes import HARBOUR, LANTERN, NOTICE, OFFER
from services.notifications.tests.outside import Hook, Mailbox

SECRET = webhook_secret(b"invented secret for tests only..", HARBOUR)
UUIDS = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def letter(
    kind: NotificationKind = NotificationKind.TASK, languages: tuple[str, ...] = ("en",), **to: Any
) -> Letter:
    """Write to Harbour House about an offer."""
    organisation = Organisation(
        id=HARBOUR,
        key="harbour",
        name="Harbour House",
        kind=OrganisationKind.NGO,
        country="RO",
        languages=languages,
        email="desk@harbour.example",
        **to,
    )
    return Letter(notice=NOTICE, kind=kind, about=OFFER, to=organisation)


def unused_port() -> int:
    """Give a port on which nobody listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


# --- e-mail ------------------------------------------------------------------------------------


async def test_an_email_arrives_and_carries_the_notice_as_its_id(mailbox: Mailbox) -> None:
    await send_email(letter(), mailbox.address)
    (message,) = mailbox.messages
    assert mailbox.kept[0][0] == ["desk@harbour.example"]
    assert message["Message-ID"] == f"<{NOTICE}@nrm.example>"
    assert message["Auto-Submitted"] == "auto-generated"


@pytest.mark.parametrize("language", sorted(SUBJECTS))
@pytest.mark.parametrize("kind", list(NotificationKind))
async def test_an_email_says_nothing_of_the_case(
    mailbox: Mailbox, kind: NotificationKind, language: str
) -> None:
    await send_email(letter(kind, (language,)), mailbox.address)
    ((_, content),) = mailbox.kept
    assert set(UUIDS.findall(content.decode())) == {str(NOTICE)}
    (message,) = mailbox.messages
    body = message.get_payload(decode=True)
    assert isinstance(body, bytes)
    urgent = URGENT[language] if kind is NotificationKind.DANGER else ""
    assert body.decode().replace("\r\n", "\n") == BODIES[language] + urgent
    assert "http" not in body.decode()


async def test_a_mail_server_without_room_has_not_taken_it(mailbox: Mailbox) -> None:
    mailbox.full = True
    with pytest.raises(NotDelivered) as refused:
        await send_email(letter(), mailbox.address)
    assert refused.value.code == "SMTPDataError"
    assert mailbox.kept == []


async def test_a_mail_server_that_is_away_has_not_taken_it() -> None:
    with pytest.raises(NotDelivered) as refused:
        await send_email(letter(), ("127.0.0.1", unused_port()))
    assert "harbour" not in str(refused.value).lower()


def test_words_come_in_the_first_language_that_there_is() -> None:
    assert words(("hu", "it", "ro"), NotificationKind.TASK)[0] == SUBJECTS["it"]
    assert words(("hu",), NotificationKind.TASK)[0] == SUBJECTS["en"]
    assert words((), NotificationKind.DANGER)[1].endswith(URGENT["en"])


def test_every_language_says_everything() -> None:
    assert set(SUBJECTS) == set(BODIES) == set(URGENT) == {"en", "ro", "it", "pt"}


# --- webhook -----------------------------------------------------------------------------------


async def test_a_webhook_arrives_signed_for_its_organisation(hook: Hook) -> None:
    await send_webhook(letter(webhook=hook.url), SECRET, loopback_allowed=True)
    ((headers, body),) = hook.got
    said = Webhook(b64encode(SECRET).decode()).verify(body.decode(), headers)
    assert said == json.loads(body)
    assert headers["webhook-id"] == str(NOTICE)


async def test_a_webhook_says_nothing_but_which_notice_of_which_kind(hook: Hook) -> None:
    await send_webhook(
        letter(NotificationKind.DANGER, webhook=hook.url), SECRET, loopback_allowed=True
    )
    said = json.loads(hook.got[0][1])
    assert said["type"] == "nrm.notice"
    assert said["data"] == {"notice": str(NOTICE), "kind": "danger", "about": str(OFFER)}
    assert set(said) == {"type", "timestamp", "data"}


async def test_a_changed_webhook_and_another_organisations_secret_do_not_verify(
    hook: Hook,
) -> None:
    await send_webhook(letter(webhook=hook.url), SECRET, loopback_allowed=True)
    ((headers, body),) = hook.got
    right = Webhook(b64encode(SECRET).decode())
    with pytest.raises(WebhookVerificationError):
        right.verify(body.decode().replace("task", "none"), headers)
    other = webhook_secret(b"invented secret for tests only..", LANTERN)
    with pytest.raises(WebhookVerificationError):
        Webhook(b64encode(other).decode()).verify(body.decode(), headers)


@pytest.mark.parametrize("status", [200, 201, 202, 204])
async def test_any_2xx_is_an_answer(hook: Hook, status: int) -> None:
    hook.status = status
    await send_webhook(letter(webhook=hook.url), SECRET, loopback_allowed=True)
    assert len(hook.got) == 1


@pytest.mark.parametrize("status", [301, 307, 400, 404, 410, 429, 500, 503])
async def test_anything_else_is_none_and_redirects_are_not_followed(
    hook: Hook, status: int
) -> None:
    hook.status, hook.location = status, hook.url if status < 400 else ""
    with pytest.raises(NotDelivered) as refused:
        await send_webhook(letter(webhook=hook.url), SECRET, loopback_allowed=True)
    assert refused.value.code == f"status-{status}"
    assert len(hook.got) == 1


async def test_a_machine_that_is_away_has_not_got_it() -> None:
    gone = f"http://127.0.0.1:{unused_port()}/hook"
    with pytest.raises(NotDelivered) as refused:
        await send_webhook(letter(webhook=gone), SECRET, loopback_allowed=True)
    assert refused.value.code == "ConnectError"


async def test_an_address_that_is_none_is_refused() -> None:
    with pytest.raises(NotDelivered):
        await send_webhook(letter(webhook="http://["), SECRET, loopback_allowed=True)


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("http://harbour.example/hook", "address-not-https"),
        ("ftp://harbour.example/hook", "address-not-https"),
        ("https:///hook", "address-not-https"),
        ("https://127.0.0.1/hook", "address-not-public"),
        ("https://[::1]/hook", "address-not-public"),
        ("https://localhost/hook", "address-not-public"),
        ("https://10.0.0.7/hook", "address-not-public"),
        ("https://192.168.1.1/hook", "address-not-public"),
        ("https://169.254.169.254/latest", "address-not-public"),
        ("https://0.0.0.0/hook", "address-not-public"),
        ("https://[::ffff:127.0.0.1]/hook", "address-not-public"),
    ],
)
async def test_outside_development_a_webhook_reaches_no_neighbour(url: str, code: str) -> None:
    with pytest.raises(NotDelivered) as refused:
        await send_webhook(letter(webhook=url), SECRET, loopback_allowed=False)
    assert refused.value.code == code


async def test_outside_development_no_local_machine_gets_a_webhook(hook: Hook) -> None:
    with pytest.raises(NotDelivered):
        await send_webhook(letter(webhook=hook.url), SECRET, loopback_allowed=False)
    assert hook.got == []


def test_each_organisation_has_a_secret_of_its_own() -> None:
    ours, theirs = b"a" * 32, b"b" * 32
    found = {webhook_secret(key, one) for key in (ours, theirs) for one in (HARBOUR, LANTERN)}
    assert len(found) == 4
    assert webhook_secret(ours, HARBOUR) == webhook_secret(ours, UUID(str(HARBOUR)))
