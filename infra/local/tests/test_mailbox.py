"""The development mailbox keeps every mail as a file and shows it."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from email.message import EmailMessage
from pathlib import Path

import aiosmtplib
import httpx2
import pytest

from infra.local.home import CHECKOUT, ports
from infra.local.parts import ready


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[tuple[int, str]]:
    given = ports(tmp_path, ["smtp", "http"])
    address = f"127.0.0.1:{given['http']}"
    environment = os.environ | {
        "NRM_ENV": "development",
        "NRM_HOME": str(tmp_path),
        "NRM_SMTP": f"127.0.0.1:{given['smtp']}",
        "NRM_LISTEN": address,
    }
    command = [sys.executable, "-m", "infra.local.mailbox"]
    process = await asyncio.create_subprocess_exec(*command, env=environment, cwd=CHECKOUT)
    async with asyncio.timeout(30):
        while not await ready(f"http://{address}"):
            await asyncio.sleep(0.02)
    yield given["smtp"], f"http://{address}"
    process.terminate()
    assert await process.wait() in (0, -signal.SIGTERM)


async def test_a_mail_is_listed_and_shown(office: tuple[int, str], tmp_path: Path) -> None:
    smtp, address = office
    mail = EmailMessage()
    mail["From"], mail["To"] = "nrm@one.example", "worker@two.example"
    mail["Subject"] = "You have a new task"
    mail.set_content("Sign in to see it.")
    await aiosmtplib.send(mail, hostname="127.0.0.1", port=smtp, start_tls=False)
    async with httpx2.AsyncClient() as client:
        (item,) = (await client.get(f"{address}/mails")).json()["items"]
        assert (item["to"], item["subject"]) == ("worker@two.example", "You have a new task")
        shown = (await client.get(f"{address}/mails/{item['name']}")).text
        assert "Sign in to see it." in shown
        assert (await client.get(f"{address}/mails/..%2Fsecret")).status_code == 404
    (path,) = (tmp_path / "mail").glob("*.eml")
    assert path.name == item["name"]
