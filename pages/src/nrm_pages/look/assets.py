"""Styles, scripts and fonts, under an address that changes with their content.

One name for the whole build stands in the path, so that the sheet finds its fonts beside it; a
browser may keep a file for a year and never asks again.
"""

import gzip
import hashlib
import mimetypes
from functools import cache
from importlib.resources import files
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

FOLDER: Final = files("nrm_pages.look") / "static"
LONG: Final = "public, max-age=31536000, immutable"
SQUEEZED: Final = {".css", ".js", ".svg", ".txt"}
TYPES: Final = {".js": "text/javascript", ".woff2": "font/woff2", ".css": "text/css"}


@cache
def build() -> str:
    """Name this build: 16 hexadecimal digits of the manifest's hash."""
    return hashlib.sha256((FOLDER / "manifest.json").read_bytes()).hexdigest()[:16]


def address(base: str, name: str) -> str:
    """Give the address of a file below `base`, such as `/desk/static/0a1b…/app.css`.

    Raises `FileNotFoundError` for a name that the build has not.
    """
    _kept()[name]
    return f"{base}/static/{build()}/{name}"


class _Files(dict[str, tuple[bytes, bytes | None]]):
    def __missing__(self, name: str) -> tuple[bytes, bytes | None]:
        raise FileNotFoundError(name)


@cache
def _kept() -> _Files:
    """Hold the bytes of every file, and the same squeezed for text."""
    kept = _Files()
    for file in FOLDER.iterdir():
        content = file.read_bytes()
        squeeze = f".{file.name.rpartition('.')[2]}" in SQUEEZED
        kept[file.name] = (content, gzip.compress(content, 9, mtime=0) if squeeze else None)
    return kept


async def serve(request: Request) -> Response:
    """Give one file of this build; another build's files are gone."""
    name = request.path_params["name"]
    if request.path_params["build"] != build() or name not in _kept():
        return Response(status_code=404)
    content, squeezed = _kept()[name]
    suffix = f".{name.rpartition('.')[2]}"
    kind = TYPES.get(suffix) or mimetypes.guess_type(name)[0] or "application/octet-stream"
    headers = {"Cache-Control": LONG, "X-Content-Type-Options": "nosniff"}
    if squeezed is not None:
        headers["Vary"] = "Accept-Encoding"
        if "gzip" in request.headers.get("accept-encoding", ""):
            return Response(
                squeezed, media_type=kind, headers={**headers, "Content-Encoding": "gzip"}
            )
    return Response(content, media_type=kind, headers=headers)


route: Final = Route("/static/{build}/{name}", serve, methods=["GET"], name="static")
