"""Problem details (RFC 9457): what went wrong, as a code that never changes, without any input.

Nothing that a caller sent comes back: no value, no message of the validator, no name of an
unknown field, no text of an exception.
"""

from collections.abc import Collection, Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final

from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

MEDIA_TYPE: Final = "application/problem+json"
RETRY_S: Final = 1  # what Retry-After says where something is away for a moment
ERRORS_MAX: Final = 50


class Problem(Exception):
    """Ends a request with a problem; what it did is rolled back."""

    def __init__(
        self,
        status: int,
        code: str,
        why: str | None = None,
        *,
        headers: Mapping[str, str] | None = None,
        errors: Sequence[Mapping[str, str]] = (),
    ) -> None:
        """Keep status and kebab-case code; `why` is a sentence free of personal data."""
        super().__init__(code)
        self.status = status
        self.code = code
        self.why = why
        self.headers = dict(headers or {})
        self.errors = tuple(errors)

    def reply(self) -> Response:
        """Give the reply."""
        body: dict[str, Any] = {
            "type": f"urn:nrm:problem:{self.code}",
            "title": HTTPStatus(self.status).phrase,
            "status": self.status,
            "code": self.code,
        }
        if self.why is not None:
            body["detail"] = self.why
        if self.errors:
            body["errors"] = [dict(one) for one in self.errors]
        return JSONResponse(body, self.status, self.headers, MEDIA_TYPE)


def absent() -> Problem:
    """Give the answer for what does not exist or may not be seen: nobody can tell which."""
    return Problem(404, "absent", "There is nothing here that you may see.")


def unauthorised() -> Problem:
    """Give the answer to a caller whom nobody vouches for."""
    challenge = {"WWW-Authenticate": 'Bearer error="invalid_token"'}
    return Problem(401, "unauthorised", "An access token is needed.", headers=challenge)


def forbidden(code: str, why: str) -> Problem:
    """Give the answer to a known caller who may not do this."""
    return Problem(403, code, why)


def away(code: str) -> Problem:
    """Give the answer while something that is needed is away; worth another try soon."""
    return Problem(503, code, "Try again in a moment.", headers={"Retry-After": str(RETRY_S)})


def pointer(error: Mapping[str, Any], known: Collection[str]) -> str:
    """Give the JSON pointer of a validation error, as far as it goes in names that are ours.

    The name of an unknown field came from the caller, and so did the keys of a map: the pointer
    ends before the first name that no declared model has.
    """
    places: list[str] = []
    for place in error["loc"]:
        if isinstance(place, str) and place not in known:
            break
        places.append(str(place).replace("~", "~0").replace("/", "~1"))
    if error["type"] in {"extra_forbidden", "json_invalid"} and len(places) == len(error["loc"]):
        places.pop()  # a caller's name that happens to be one of ours; a position in the text
    return "/" + "/".join(places)


def names_in(document: Mapping[str, Any]) -> frozenset[str]:
    """Give every field and parameter name of an OpenAPI document, and where they may stand."""
    found = {"body", "query", "path", "header", "cookie"}

    def walk(node: object) -> None:
        if isinstance(node, Mapping):
            properties = node.get("properties")
            if isinstance(properties, Mapping):
                found.update(map(str, properties))
            if isinstance(node.get("in"), str) and isinstance(node.get("name"), str):
                found.add(str(node["name"]))
            for inner in node.values():
                walk(inner)
        elif isinstance(node, list):
            for inner in node:
                walk(inner)

    walk(document)
    return frozenset(found)


async def refuse_input(request: Request, error: Exception) -> Response:
    """Answer input that does not fit: where and by which rule, never what."""
    if not isinstance(error, RequestValidationError):
        raise error
    known: frozenset[str] | None = getattr(request.app.state, "names", None)
    if known is None:
        known = request.app.state.names = names_in(request.app.openapi())
    found = [{"pointer": pointer(one, known), "code": str(one["type"])} for one in error.errors()]
    return Problem(422, "validation", errors=found[:ERRORS_MAX]).reply()


async def reply_problem(_: Request, error: Exception) -> Response:
    """Answer a problem that was raised on purpose."""
    if not isinstance(error, Problem):
        raise error
    return error.reply()


CODES: Final = {400: "unreadable", 404: "absent", 405: "method-not-allowed", 413: "too-large"}


async def reply_http(_: Request, error: Exception) -> Response:
    """Answer what the framework refuses by itself: unknown paths, methods, broken bodies."""
    if not isinstance(error, HTTPException):
        raise error
    code = CODES.get(error.status_code, "refused")
    return Problem(error.status_code, code, headers=error.headers).reply()
