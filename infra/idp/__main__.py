"""`python -m infra.idp`: runs the development identity provider, and refuses anywhere else."""

import ipaddress
import os
import sys
from pathlib import Path
from urllib.parse import urlsplit

import uvicorn

from infra.idp.codes import SignIns
from infra.idp.desks import read_desks
from infra.idp.personas import read_personas
from infra.idp.provider import Provider
from infra.idp.registry import ensure_keys, read_clients, read_keys
from infra.idp.web import Front, application

SEEDS = Path(__file__).resolve().parents[1] / "local" / "organisations.yaml"


class Elsewhere(Exception):
    """This is not a development copy; says what is missing."""


def only_here(environ: dict[str, str]) -> str:
    """Give the issuer, or refuse: no production system may be told who is who by this program.

    The issuer must be a loopback address or a name without a dot, as inside a compose network.
    Raises `Elsewhere`.
    """
    if environ.get("NRM_DEV_IDP") != "1":
        raise Elsewhere("NRM_DEV_IDP=1 is not set: this provider is for development only")
    issuer = environ.get("NRM_ISSUER", "")
    host = urlsplit(issuer).hostname or ""
    try:
        near = ipaddress.ip_address(host).is_loopback
    except ValueError:
        near = host != "" and "." not in host
    if not near:
        raise Elsewhere("NRM_ISSUER is no loopback address: this provider is for development only")
    return issuer


def neighbours(environ: dict[str, str], issuer: str) -> str:
    """Give the address that browsers use, which must be as near as the issuer; or refuse."""
    public = environ.get("NRM_IDP_PUBLIC_URL", "").rstrip("/")
    return only_here({**environ, "NRM_ISSUER": public}) if public else issuer


def main() -> int:
    """Run until stopped; 2 when this is no development copy."""
    environ = dict(os.environ)
    try:
        issuer = only_here(environ)
        public = neighbours(environ, issuer)
    except Elsewhere as error:
        sys.stderr.write(f"{error}\n")
        return 2
    folder = Path(environ["NRM_HOME"]) / "keys"
    seeds = Path(environ.get("NRM_ORGANISATIONS") or SEEDS)
    clients, desks = read_clients(seeds), read_desks(environ)
    names = [*clients, *desks]
    ensure_keys(folder, names)
    provider = Provider(
        issuer=issuer,
        audience=environ.get("NRM_AUDIENCE", "nrm"),
        clients=clients,
        keys=read_keys(folder, names),
    )
    signs = SignIns(provider, read_personas(seeds), desks)
    home, mailbox = Path(environ["NRM_HOME"]), environ.get("NRM_MAILBOX_URL", "")
    front = Front(signs=signs, public=public, home=home, mailbox=mailbox)
    host, _, port = environ.get("NRM_LISTEN", "127.0.0.1:8090").rpartition(":")
    uvicorn.run(
        application(provider, front, environ.get("NRM_ACCESS_URL", "")),
        host=host.strip("[]"),
        port=int(port),
        log_level="warning",
        access_log=False,
        server_header=False,
    )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

__all__ = ["SEEDS", "Elsewhere", "application", "main", "neighbours", "only_here"]
