"""What a desk is told by its environment beside what its service is told."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final, Self

from nrm_runtime.settings import Misconfigured, Settings

IDLE_S: Final = 30 * 60
LIFE_S: Final = 10 * 3600
ELSEWHERE: Final = "https://www.wikipedia.org/"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskSettings:
    """How people sign in at one service's desk.

    `address` is the origin that people's browsers use, `factors` the values of `acr` of which the
    provider must have found one (none: any will do), `elsewhere` where "Exit this page" leads.
    """

    service: str
    issuer: str
    client: str
    key: Path
    address: str
    factors: frozenset[str] = frozenset()
    idle: timedelta = timedelta(seconds=IDLE_S)
    life: timedelta = timedelta(seconds=LIFE_S)
    elsewhere: str = ELSEWHERE
    secure: bool = True

    @property
    def cookie(self) -> str:
        """The session's cookie; cookies know no ports, so each service has its own name."""
        return f"nrm_{self.service}"

    @property
    def redirect(self) -> str:
        """Where the provider sends the browser back to."""
        return f"{self.address}/desk/signed-in"

    @classmethod
    def of(cls, settings: Settings, environ: Mapping[str, str] | None = None) -> Self:
        """Read a desk's settings.

        Raises `Misconfigured` with the name of the first variable that is missing or malformed.
        """
        env = os.environ if environ is None else environ
        name = settings.service
        address = settings.public.get(name) or settings.urls.get(name)
        if not address:
            raise Misconfigured(f"NRM_{name.upper()}_PUBLIC_URL: missing")
        client = env.get("NRM_DESK_CLIENT") or f"desk-{name}"
        keys = Path(env.get("NRM_DESK_KEYS") or settings.home / "keys")
        return cls(
            service=name,
            issuer=settings.issuer.rstrip("/"),
            client=client,
            key=keys / f"{client}.pem",
            address=address.rstrip("/"),
            factors=frozenset(env.get("NRM_ACR", "").split()),
            idle=_seconds(env, "NRM_DESK_IDLE_S", IDLE_S),
            life=_seconds(env, "NRM_DESK_LIFE_S", LIFE_S),
            elsewhere=env.get("NRM_EXIT_URL") or ELSEWHERE,
            secure=not settings.development,
        )


def _seconds(env: Mapping[str, str], name: str, usual: int) -> timedelta:
    told = env.get(name) or str(usual)
    if not told.isdigit() or int(told) == 0:
        raise Misconfigured(f"{name}: seconds")
    return timedelta(seconds=int(told))
