"""`python -m infra.idp`: runs the development identity provider, and refuses anywhere else."""

import ipaddress
import os
import sys
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from infra.idp.provider import Denied, Provider
from infra.idp.registry import ensure_keys, read_clients, read_keys

FORM_MAX = 16_384  # bytes
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


def application(provider: Provider) -> Starlette:
    """Make the web application of a provider."""

    async def discovery(_: Request) -> Response:
        return JSONResponse(provider.discovery())

    async def jwks(_: Request) -> Response:
        return JSONResponse(provider.jwks())

    async def token(request: Request) -> Response:
        unkept = {"Cache-Control": "no-store"}
        try:
            return JSONResponse(provider.token(await _form(request)), headers=unkept)
        except Denied as denied:
            return JSONResponse({"error": denied.error}, denied.status, unkept)

    async def alive(_: Request) -> Response:
        return JSONResponse({"status": "ok"})

    return Starlette(
        routes=[
            Route("/.well-known/openid-configuration", discovery),
            Route("/jwks", jwks),
            Route("/token", token, methods=["POST"]),
            Route("/healthz/live", alive),
            Route("/healthz/ready", alive),
        ]
    )


async def _form(request: Request) -> dict[str, str]:
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > FORM_MAX:
            raise Denied("invalid_request")
    try:
        fields = parse_qs(body.decode("ascii"), strict_parsing=True, max_num_fields=20)
    except ValueError as error:
        raise Denied("invalid_request") from error
    if any(len(values) != 1 for values in fields.values()):
        raise Denied("invalid_request")
    return {name: values[0] for name, values in fields.items()}


def main() -> int:
    """Run until stopped; 2 when this is no development copy."""
    environ = dict(os.environ)
    try:
        issuer = only_here(environ)
    except Elsewhere as error:
        sys.stderr.write(f"{error}\n")
        return 2
    folder = Path(environ["NRM_HOME"]) / "keys"
    clients = read_clients(Path(environ.get("NRM_ORGANISATIONS") or SEEDS))
    ensure_keys(folder, list(clients))
    provider = Provider(
        issuer=issuer,
        audience=environ.get("NRM_AUDIENCE", "nrm"),
        clients=clients,
        keys=read_keys(folder, list(clients)),
    )
    host, _, port = environ.get("NRM_LISTEN", "127.0.0.1:8090").rpartition(":")
    uvicorn.run(
        application(provider),
        host=host.strip("[]"),
        port=int(port),
        log_level="warning",
        access_log=False,
        server_header=False,
    )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
