"""The services' desks as clients of the development provider: who may ask people to sign in."""

from collections.abc import Mapping
from dataclasses import dataclass

from nrm_runtime.settings import SERVICES

SIGNED_IN = "/desk/signed-in"
TOLD = "/desk/back-channel-logout"


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """One service's pages: where its people come back to, and where it hears of a sign-out."""

    name: str
    service: str
    public: str
    redirect: str
    back_channel: str


def read_desks(environ: Mapping[str, str]) -> dict[str, Desk]:
    """Read the desks of the services whose addresses the environment tells."""
    found: dict[str, Desk] = {}
    for service in SERVICES:
        inner = environ.get(f"NRM_{service.upper()}_URL", "").rstrip("/")
        public = environ.get(f"NRM_{service.upper()}_PUBLIC_URL", inner).rstrip("/")
        if inner:
            desk = desk_at(service, public, inner)
            found[desk.name] = desk
    return found


def desk_at(service: str, public: str, inner: str = "") -> Desk:
    """Give the desk of a service by the address people use and the one the provider uses."""
    return Desk(
        name=f"desk-{service}",
        service=service,
        public=public,
        redirect=f"{public}{SIGNED_IN}",
        back_channel=f"{inner or public}{TOLD}",
    )
