"""Notifications on a real database, with a mail server and an organisation's machine outside."""

import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from nrm_notifications.app import service
from nrm_notifications.tasks.deliver import Deliveries
from nrm_runtime.testing.postgres import Fresh, fresh, templates
from services.notifications.tests.notes import HARBOUR, LANTERN, named
from services.notifications.tests.outside import Hook, Mailbox, hook_server, mail_server
from tests.flows.house import House, house_of, office, organisation

__all__ = ["fresh", "templates"]

STRANGER = named("Stranger")
REFERRAL = "http://referral.test"
MEMBERS = {
    "harbour": organisation("harbour", HARBOUR),
    "lantern": organisation("lantern", LANTERN),
    "stranger": organisation("stranger", STRANGER),
    "operator": office("operator", "operate"),
}


@pytest.fixture
async def mailbox() -> AsyncIterator[Mailbox]:
    """A mail server."""
    async with mail_server() as box:
        yield box


@pytest.fixture
def hook() -> Iterator[Hook]:
    """A machine of Harbour House."""
    with hook_server() as machine:
        yield machine


@dataclass
class Desk:
    """The service, its deliveries, and what stands outside."""

    house: House
    deliveries: Deliveries
    mailbox: Mailbox
    hook: Hook

    async def later(self, seconds: int) -> None:
        """Let the service's clock go on."""
        clock = self.house.running.clock
        await clock.move(await clock.offset() + seconds)


@pytest.fixture
async def desk(fresh: Fresh, tmp_path: Path, mailbox: Mailbox, hook: Hook) -> AsyncIterator[Desk]:
    """Harbour House has mail and a machine, the Lantern Centre mail only, others nothing."""
    both = {"kind": "NGO", "country": "RO", "languages": ["ro"]}
    seed = {
        "organisations": [
            {
                "id": str(HARBOUR),
                "key": "harbour",
                "name": "Harbour House",
                "email": "desk@harbour.example",
                "webhook": hook.url,
                **both,
            },
            {
                "id": str(LANTERN),
                "key": "lantern",
                "name": "Lantern Centre",
                "email": "desk@lantern.example",
                **both,
            },
            {"id": str(STRANGER), "key": "stranger", "name": "Stranger", **both},
        ]
    }
    path = tmp_path / "organisations.yaml"
    path.write_text(json.dumps(seed))
    made = service()
    settings = replace(
        await fresh(made),
        organisations=path,
        smtp=mailbox.address,
        urls={"referral": REFERRAL},
    )
    async with house_of(made, settings, MEMBERS) as house:
        yield Desk(house, Deliveries(house.running), mailbox, hook)
