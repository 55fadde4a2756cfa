"""Identification on a real database, behind real doors."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from nrm_identification.app import service
from nrm_runtime.testing.postgres import Fresh, fresh, templates
from services.identification.tests.people import (
    AGENCY,
    CHILD_PROTECTION,
    HARBOUR,
    LANTERN,
    POLICE,
    STRANGER,
)
from tests.flows.house import Caller, House, house_of, office, organisation

__all__ = ["fresh", "templates"]

STATE, LOCAL = "CentralGovernmentOrganisation", "LocalGovernmentOrganisation"
MEMBERS = {
    "harbour": organisation("harbour", HARBOUR),
    "lantern": organisation("lantern", LANTERN, country="IT"),
    "police": organisation("police", POLICE, kind="LawEnforcement"),
    "agency": organisation("agency", AGENCY, kind=STATE),
    "stranger": organisation("stranger", STRANGER),
    "operator": office("operator", "operate"),
    "auditor": office("auditor", "audit"),
}


@pytest.fixture
async def house(fresh: Fresh, tmp_path: Path) -> AsyncIterator[House]:
    """The service, which knows the agency and the child protection of Romania."""
    made = service()
    seed = {
        "organisations": [
            _seed("agency", AGENCY, STATE, "national_agency"),
            _seed("children", CHILD_PROTECTION, LOCAL, "child_protection"),
        ]
    }
    path = tmp_path / "organisations.yaml"
    path.write_text(json.dumps(seed))
    async with house_of(made, replace(await fresh(made), organisations=path), MEMBERS) as opened:
        yield opened


@pytest.fixture
def harbour(house: House) -> Caller:
    """The organisation that records signals."""
    return house.caller("harbour")


def _seed(key: str, identifier: object, kind: str, duty: str) -> dict[str, object]:
    return {
        "id": str(identifier),
        "key": key,
        "name": key,
        "kind": kind,
        "country": "RO",
        "duties": [duty],
    }
