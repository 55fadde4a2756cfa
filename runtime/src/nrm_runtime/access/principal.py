"""Who is asking: the organisation and worker that a verified access token names."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from nrm_runtime.core import Worker

COUNTRY_LENGTH: Final = 2
_CLIENT: Final = re.compile(r"[!-~]{1,200}")  # as the ledger's entries name it


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """A worker of an organisation, and what the token lets this client do.

    `country` is ISO 3166-1 alpha-2, `kind` the code of the organisation's type, `worker` a
    pseudonymous id that the organisation registered, `client` the OAuth2 client that called.
    """

    organisation: UUID
    kind: str
    country: str
    worker: UUID
    duties: frozenset[str]
    scopes: frozenset[str]
    client: str

    def acts(self) -> Worker:
        """Give the actor that commands carry."""
        return Worker(
            organisation=self.organisation,
            worker=self.worker,
            country=self.country,
            kind=self.kind,
            duties=self.duties,
        )


def principal_of(claims: Mapping[str, Any]) -> Principal:
    """Read a principal from the claims of a token whose signature and times hold.

    Raises `ValueError` when a claim is missing or malformed; never guesses one.
    """
    country = _text(claims, "country")
    if len(country) != COUNTRY_LENGTH or not (country.isascii() and country.isupper()):
        raise ValueError("country")
    client = _text(claims, "client_id")
    if _CLIENT.fullmatch(client) is None:
        raise ValueError("client_id")
    return Principal(
        organisation=UUID(_text(claims, "org")),
        kind=_text(claims, "org_type"),
        country=country,
        worker=UUID(_text(claims, "worker")),
        duties=_texts(claims, "duties"),
        scopes=frozenset(_text(claims, "scope").split()),
        client=client,
    )


def _text(claims: Mapping[str, Any], name: str) -> str:
    value = claims.get(name)
    if not isinstance(value, str) or not value:
        raise ValueError(name)
    return value


def _texts(claims: Mapping[str, Any], name: str) -> frozenset[str]:
    value = claims.get(name, [])
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise ValueError(name)
    return frozenset(value)
