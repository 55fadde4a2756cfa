"""One worker's place at a desk during one request: who they are, what they may call, their zone."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import FastAPI
from sqlalchemy import text

from nrm_contracts.organisations import Organisations, organisations
from nrm_pages.desk import Desk
from nrm_pages.doors import Doors, Lines
from nrm_pages.drafts import Drafts
from nrm_pages.forms.operations import Document, read_document
from nrm_pages.sealing import Sealing
from nrm_pages.signin.session import Session
from nrm_pages.words.formats import zone_of
from nrm_runtime.persons.keys import LocalKeyset
from nrm_runtime.web.edge import Web

NOBODY = Organisations(organisations=())


@dataclass
class Office:
    """What all requests to one desk share; stands at `app.state.office` of the desk's app."""

    desk: Desk
    api: FastAPI
    web: Web
    lines: Lines
    sealing: Sealing
    known: Organisations = field(default=NOBODY)

    @cached_property
    def document(self) -> Document:
        """The service's operations, read once from its own OpenAPI document."""
        return read_document(self.api.openapi())

    async def now(self) -> datetime:
        """Give the service's clock (UTC), moved in development as the domain's is."""
        if not self.web.running.settings.development:
            return datetime.now(UTC)
        async with self.web.reading.connect() as tx:
            found = await tx.execute(text("SELECT offset_s FROM nrm.development_clock"))
            offset = found.scalar_one_or_none()
        return datetime.now(UTC) + timedelta(seconds=int(offset or 0))


def office_of(desk: Desk, api: FastAPI) -> Office:
    """Make what a desk's requests share, from the service's web application."""
    web: Web = api.state.web
    settings = web.running.settings
    return Office(
        desk=desk,
        api=api,
        web=web,
        lines=Lines.of(api, settings.urls),
        sealing=Sealing(LocalKeyset(settings.kek / settings.service)),
        known=NOBODY if settings.organisations is None else organisations(settings.organisations),
    )


class Seat:
    """The worker who is signed in, with their doors and drafts."""

    def __init__(self, office: Office, session: Session) -> None:
        """Sit down."""
        self.office = office
        self.session = session
        self.principal = session.principal
        self.doors = Doors(office.lines, session.token)
        self.drafts = Drafts(office.web.engine, office.sealing, session.principal)

    @property
    def zone(self) -> ZoneInfo:
        """The zone of the worker's country, in which instants are typed and shown."""
        return zone_of(self.principal.country)

    @property
    def scopes(self) -> frozenset[str]:
        """What the token is good for."""
        return self.principal.scopes

    def organisation(self, identifier: str) -> str:
        """Give an organisation's public name; nothing where it is not known."""
        found = self.office.known.get(UUID(identifier))
        return "" if found is None else found.name
