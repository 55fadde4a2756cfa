"""The plan: every process of one copy, how it is started, and how one asks whether it is ready."""

import asyncio
import contextlib
import os
import secrets
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from infra.local.home import CHECKOUT, ports, socket_folder, write_private

SERVICES = (
    "identification",
    "referral",
    "assistance",
    "return",
    "notifications",
    "access",
    "ledger",
)
ROLES = ("web", "worker")
HELPERS = ("identity provider", "mailbox", "ledger signer")  # need no database
PROBE_S = 5.0
SECOND_FACTOR = "urn:nrm:acr:2"  # what every desk asks of the identity provider

# What a process of ours never inherits from the terminal it happens to be started in.
FOREIGN = ("PG", "PYTHON", "NRM_PART", "VIRTUAL_ENV")


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One process: its name, the Python module and arguments, and what it alone is told.

    `address` is where it answers: `http://…`, or the path of a unix socket.
    """

    name: str
    arguments: tuple[str, ...]
    environment: Mapping[str, str]
    address: str

    @property
    def command(self) -> list[str]:
        return [sys.executable, "-m", *self.arguments]

    @property
    def file_name(self) -> str:
        return self.name.replace(" ", "-")


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """All processes beside the engines, in the order of their start, and what all are told."""

    parts: tuple[Part, ...]
    environment: Mapping[str, str]
    services: Mapping[str, str]
    issuer: str
    mailbox: str

    def migrations(self) -> tuple[Part, ...]:
        """What brings each service's database to its newest form; each ends by itself."""
        return tuple(
            Part(
                name=f"{service} migrate",
                arguments=(f"nrm_{service}", "migrate"),
                environment={},
                address="",
            )
            for service in SERVICES
        )

    def environment_of(self, part: Part) -> dict[str, str]:
        """The whole environment of one process."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN)}
        told = {"PYTHONUNBUFFERED": "1", "NRM_PART": part.name}
        return kept | dict(self.environment) | dict(part.environment) | told


def names() -> tuple[str, ...]:
    """The names of all processes beside the engines, in the order of their start."""
    return HELPERS + tuple(f"{service} {role}" for service in SERVICES for role in ROLES)


def make_plan(home: Path, database_url: str, kafka: str) -> Plan:
    """Lay out one copy: a port for each process, secrets where there are none, the environment."""
    given = ports(home, [*names(), "smtp"])
    at = {name: f"127.0.0.1:{given[name]}" for name in [*names(), "smtp"]}
    url = {name: f"http://{address}" for name, address in at.items()}
    services = {service: url[f"{service} web"] for service in SERVICES}
    signer = socket_folder(home) / "signer"
    environment = _environment(home, database_url, kafka, services) | {
        "NRM_ISSUER": url["identity provider"],
        "NRM_SIGNER": str(signer),
        "NRM_SMTP": at["smtp"],
    }
    make_secrets(home)

    def part(name: str, *arguments: str, address: str | None = None, **more: str) -> Part:
        return Part(
            name=name,
            arguments=arguments,
            environment={"NRM_LISTEN": at[name]} | more,
            address=address or url[name],
        )

    parts = [
        part(
            "identity provider",
            "infra.idp",
            NRM_DEV_IDP="1",
            NRM_IDP_PUBLIC_URL=url["identity provider"],
            NRM_MAILBOX_URL=url["mailbox"],
        ),
        part("mailbox", "infra.local.mailbox"),
        part("ledger signer", "nrm_ledger", "signer", address=str(signer)),
    ]
    parts += [
        part(f"{service} {role}", f"nrm_{service}", role) for service in SERVICES for role in ROLES
    ]
    return Plan(
        parts=tuple(parts),
        environment=environment,
        services=services,
        issuer=url["identity provider"],
        mailbox=url["mailbox"],
    )


def _environment(
    home: Path, database_url: str, kafka: str, services: Mapping[str, str]
) -> dict[str, str]:
    """What every process is told, but for the addresses of the helpers."""
    return {
        "NRM_ENV": "development",
        "NRM_HOME": str(home),
        "NRM_DATABASE_URL": database_url,
        "NRM_DATABASE_SUFFIX": os.environ.get("NRM_DATABASE_SUFFIX", ""),
        "NRM_KAFKA": kafka,
        "NRM_TOPIC_PREFIX": os.environ.get("NRM_TOPIC_PREFIX", ""),
        "NRM_AUDIENCE": os.environ.get("NRM_AUDIENCE", "nrm"),
        "NRM_KEK": str(home / "kek"),
        "NRM_SECRET": str(home / "secret"),
        "NRM_ORGANISATIONS": os.environ.get("NRM_ORGANISATIONS")
        or str(CHECKOUT / "infra" / "local" / "organisations.yaml"),
        "NRM_ACR": SECOND_FACTOR,
    } | {
        f"NRM_{service.upper()}_{kind}": address
        for service, address in services.items()
        for kind in ("URL", "PUBLIC_URL")
    }


def make_secrets(home: Path) -> None:
    """Make what must stay outside every database, once: the copy's secret, folders for keys."""
    for name in ("keys", "kek"):
        (home / name).mkdir(mode=0o700, exist_ok=True)
    if not (home / "secret").exists():
        write_private(home / "secret", secrets.token_hex(32))


def forget_data(home: Path) -> None:
    """Remove what a copy wrote into its data folder, and nothing else that may lie there."""
    folders = ("postgres", "kafka", "keys", "kek", "mail", "log", "signer", "ledger", "auditor")
    files = (
        "secret",
        "run.json",
        "demonstration.json",
        "demonstration.kept.json",
        "ports.json",
    )
    for name in folders:
        shutil.rmtree(home / name, ignore_errors=True)
    for name in files:
        (home / name).unlink(missing_ok=True)
    shutil.rmtree(socket_folder(home), ignore_errors=True)


async def ready(address: str) -> bool:
    """Ask a process whether it is ready: `/healthz/ready` over HTTP, or an open unix socket."""
    try:
        async with asyncio.timeout(PROBE_S):
            return await _ask(address)
    except (OSError, TimeoutError, ValueError):
        return False


async def _ask(address: str) -> bool:
    if address.startswith("/"):
        _, writer = await asyncio.open_unix_connection(address)
        writer.close()
        return True
    host, _, port = address.removeprefix("http://").rpartition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    try:
        writer.write(f"GET /healthz/ready HTTP/1.0\r\nHost: {host}\r\n\r\n".encode())
        status = (await reader.readline()).split()
        await reader.read()
        return status[1:2] == [b"200"]
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()
