"""What a desk is told by its environment."""

from datetime import timedelta
from pathlib import Path

import pytest

from nrm_pages.settings import DeskSettings
from nrm_runtime.settings import Misconfigured, Settings

WHOLE = {
    "NRM_HOME": "/home/nrm",
    "NRM_DATABASE_URL": "postgresql+asyncpg://postgres@/postgres",
    "NRM_ISSUER": "http://identity-provider:8080/",
    "NRM_REFERRAL_URL": "http://referral-web:8080",
    "NRM_REFERRAL_PUBLIC_URL": "https://referral.example/",
    "NRM_ACR": "urn:nrm:acr:2 other",
}


def read(**other: str) -> DeskSettings:
    return DeskSettings.of(Settings.from_environment("referral", WHOLE | other), WHOLE | other)


def test_a_desk_knows_the_address_that_browsers_use() -> None:
    found = read()
    assert found.redirect == "https://referral.example/desk/signed-in"
    assert (found.client, found.cookie) == ("desk-referral", "nrm_referral")
    assert found.key == Path("/home/nrm/keys/desk-referral.pem")
    assert found.factors == {"urn:nrm:acr:2", "other"}
    assert (found.idle, found.life) == (timedelta(minutes=30), timedelta(hours=10))
    assert read(NRM_REFERRAL_PUBLIC_URL="").address == "http://referral-web:8080"


def test_cookies_are_for_encrypted_connections_outside_development() -> None:
    assert read().secure
    assert not read(NRM_ENV="development").secure


def test_what_is_missing_or_malformed_is_named() -> None:
    for wrong in ({"NRM_DESK_IDLE_S": "soon"}, {"NRM_DESK_LIFE_S": "0"}):
        with pytest.raises(Misconfigured, match=next(iter(wrong))):
            read(**wrong)
    with pytest.raises(Misconfigured, match="NRM_REFERRAL_PUBLIC_URL"):
        read(NRM_REFERRAL_PUBLIC_URL="", NRM_REFERRAL_URL="")
