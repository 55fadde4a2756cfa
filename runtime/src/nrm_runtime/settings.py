"""What a process is told by its environment, read once and checked at start."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from sqlalchemy.engine import URL, make_url

SERVICES: Final = (
    "identification",
    "referral",
    "assistance",
    "return",
    "notifications",
    "access",
    "ledger",
)
SECRET_BYTES_MIN: Final = 32
PARTS_OF_AN_ADDRESS: Final = 2


class Misconfigured(Exception):
    """The environment lacks something or holds a value of the wrong form; names the variable."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """One process's settings.

    `database` is a base address: user and database are replaced for each role. `suffix` is
    appended to database names, so that tests and copies may share one engine. `urls` are the
    services' addresses for one another, `public` those that people's browsers use.
    """

    service: str
    environment: str
    home: Path
    database: URL
    kafka: str
    topic_prefix: str = ""
    suffix: str = ""
    listen_host: str = "127.0.0.1"
    listen_port: int = 8080
    issuer: str = ""
    audience: str = "nrm"
    kek: Path = Path("kek")
    secret: bytes = field(default=b"", repr=False)
    organisations: Path | None = None
    signer: Path | None = None
    smtp: tuple[str, int] | None = None
    urls: Mapping[str, str] = field(default_factory=dict)
    public: Mapping[str, str] = field(default_factory=dict)
    otlp: str | None = None

    @property
    def development(self) -> bool:
        """Whether development-only doors (clock, quiet) exist in this process."""
        return self.environment == "development"

    @property
    def database_name(self) -> str:
        """The service's own database."""
        return f"nrm_{self.service}{self.suffix}"

    @property
    def keys_database_name(self) -> str:
        """The database of the persons' keys."""
        return f"nrm_{self.service}_keys{self.suffix}"

    def role(self, name: str) -> str:
        """Give the database role `name` of this service, such as `nrm_referral_app`."""
        return f"nrm_{self.service}_{name}"

    def database_url(self, role: str) -> URL:
        """Give the address of this service's database for one of its roles."""
        name = self.keys_database_name if role == "keys" else self.database_name
        return self.database.set(username=self.role(role), database=name)

    @classmethod
    def from_environment(cls, service: str, environ: Mapping[str, str] | None = None) -> "Settings":
        """Read the settings of `service`.

        Raises `Misconfigured` with the name of the first variable that is missing or malformed.
        """
        env = os.environ if environ is None else environ
        home = Path(_need(env, "NRM_HOME"))
        environment = env.get("NRM_ENV", "production")
        if environment not in ("development", "production"):
            raise Misconfigured("NRM_ENV: development or production")
        host, port = _address(env.get("NRM_LISTEN", "127.0.0.1:8080"), "NRM_LISTEN")
        organisations, signer = env.get("NRM_ORGANISATIONS"), env.get("NRM_SIGNER")
        smtp = env.get("NRM_SMTP")
        return cls(
            service=service,
            environment=environment,
            home=home,
            database=make_url(_need(env, "NRM_DATABASE_URL")),
            kafka=env.get("NRM_KAFKA", ""),
            topic_prefix=env.get("NRM_TOPIC_PREFIX", ""),
            suffix=env.get("NRM_DATABASE_SUFFIX", ""),
            listen_host=host,
            listen_port=port,
            issuer=env.get("NRM_ISSUER", ""),
            audience=env.get("NRM_AUDIENCE", "nrm"),
            kek=Path(env.get("NRM_KEK", str(home / "kek"))),
            secret=_secret(env.get("NRM_SECRET")),
            organisations=Path(organisations) if organisations else None,
            signer=Path(signer) if signer else None,
            smtp=_address(smtp, "NRM_SMTP") if smtp else None,
            urls=_addresses(env, "URL"),
            public=_addresses(env, "URL") | _addresses(env, "PUBLIC_URL"),
            otlp=env.get("NRM_OTLP") or None,
        )


def _need(env: Mapping[str, str], name: str) -> str:
    value = env.get(name)
    if not value:
        raise Misconfigured(f"{name}: missing")
    return value


def _addresses(env: Mapping[str, str], kind: str) -> dict[str, str]:
    """Give the services' addresses of one kind, as far as they are told."""
    told = {name: env.get(f"NRM_{name.upper()}_{kind}", "") for name in SERVICES}
    return {name: address.rstrip("/") for name, address in told.items() if address}


def _address(text: str, name: str) -> tuple[str, int]:
    parts = text.rsplit(":", 1)
    if len(parts) != PARTS_OF_AN_ADDRESS or not parts[1].isdigit():
        raise Misconfigured(f"{name}: host:port")
    return parts[0].strip("[]"), int(parts[1])


def _secret(path: str | None) -> bytes:
    if not path:
        return b""
    try:
        secret = Path(path).read_bytes()
    except OSError as error:
        raise Misconfigured("NRM_SECRET: cannot be read") from error
    if len(secret) < SECRET_BYTES_MIN:
        raise Misconfigured(f"NRM_SECRET: needs {SECRET_BYTES_MIN} bytes or more")
    return secret
