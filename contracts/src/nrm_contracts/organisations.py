"""The organisations of the mechanism as a file: who they are, what they receive, who works there.

Until a service of its own manages organisations, one seed file is the source for the identity
provider, for the directory of receiving organisations and for the edges of every service.
"""

from functools import lru_cache
from pathlib import Path
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict
from ruamel.yaml import YAML

from nrm_contracts.codes import AgeBand, Duty, Gender, OrganisationKind
from nrm_contracts.consent_codes import BlockedGroup, Need
from nrm_contracts.contract import CountryCode, LanguageCode


class _Seed(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class Receives(_Seed):
    """Whom an organisation takes in; `places` is how many at a time, absent where not counted."""

    needs: tuple[Need, ...]
    ages: tuple[AgeBand, ...]
    genders: tuple[Gender, ...]
    languages: tuple[LanguageCode, ...]
    places: int | None = None
    protected: bool = False


class Member(_Seed):
    """A worker: `key` is how scenario files call them, `id` is all that the services see."""

    key: str
    id: UUID
    duties: tuple[Duty, ...]


class Organisation(_Seed):
    """An organisation of the mechanism; `key` is also its client name at the identity provider."""

    id: UUID
    key: str
    name: str
    kind: OrganisationKind
    country: CountryCode
    duties: tuple[Duty, ...] = ()
    groups: tuple[BlockedGroup, ...] = ()
    languages: tuple[LanguageCode, ...] = ()
    receives: Receives | None = None
    email: str | None = None
    webhook: str | None = None
    workers: tuple[Member, ...] = ()


class Client(_Seed):
    """A client that is no organisation: an operator or an auditor."""

    key: str
    id: UUID
    scopes: tuple[str, ...]


class Organisations(_Seed):
    """All of them, with the questions that the edges ask."""

    organisations: tuple[Organisation, ...]
    clients: tuple[Client, ...] = ()

    def get(self, identifier: UUID) -> Organisation | None:
        """Find an organisation by its id."""
        return next((one for one in self.organisations if one.id == identifier), None)

    def named(self, key: str) -> Organisation | None:
        """Find an organisation by its key."""
        return next((one for one in self.organisations if one.key == key), None)

    def agency(self, country: str) -> UUID | None:
        """Give the national agency of a country (Romania: ANITP)."""
        return self._with(Duty.NATIONAL_AGENCY, country)

    def child_protection(self, country: str) -> UUID | None:
        """Give the child protection authority of a country (Romania: DGASPC)."""
        return self._with(Duty.CHILD_PROTECTION, country)

    def _with(self, duty: Duty, country: str) -> UUID | None:
        found = (one for one in self.organisations if one.country == country and duty in one.duties)
        return next((one.id for one in found), None)


@lru_cache
def organisations(path: Path | str) -> Organisations:
    """Read the seed file; raises pydantic's `ValidationError` with the place of what is wrong."""
    raw: dict[str, Any] = YAML(typ="safe", pure=True).load(Path(path).read_text("utf-8"))
    return Organisations.model_validate(raw)


__all__ = ["Client", "Member", "Organisation", "Organisations", "Receives", "organisations"]
