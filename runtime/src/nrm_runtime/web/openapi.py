"""What OpenAPI 3.1 says beyond what the framework finds by itself: keys, tags, tokens, problems."""

from collections.abc import Mapping
from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import iter_route_contexts

from nrm_runtime.web.problems import MEDIA_TYPE
from nrm_runtime.web.route import CommandRoute, Plan

_TEXT: Final = {"type": "string"}
PROBLEM: Final[Mapping[str, Any]] = {
    "type": "object",
    "required": ["type", "title", "status", "code"],
    "properties": {
        "type": _TEXT,
        "title": _TEXT,
        "status": {"type": "integer"},
        "code": {"type": "string", "description": "In kebab case; never changes."},
        "detail": _TEXT,
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["pointer", "code"],
                "properties": {"pointer": _TEXT, "code": _TEXT},
            },
        },
    },
}
PROBLEM_REPLY: Final[Mapping[str, Any]] = {
    "description": "A problem (RFC 9457).",
    "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
}
ISSUER: Final[Mapping[str, Any]] = {"type": "http", "scheme": "bearer", "bearerFormat": "at+jwt"}


def document(app: FastAPI) -> dict[str, Any]:
    """Make the OpenAPI document of an application whose routes are complete."""
    found = get_openapi(
        title=app.title,
        version=app.version,
        openapi_version="3.1.0",
        summary=app.summary,
        routes=app.routes,
    )
    schemas = found.setdefault("components", {}).setdefault("schemas", {})
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    schemas["Problem"] = dict(PROBLEM)
    found["components"]["securitySchemes"] = {"token": dict(ISSUER)}
    plans = _plans(app)
    for path, operations in found.get("paths", {}).items():
        for method, operation in operations.items():
            operation["responses"].pop("422", None)
            operation["responses"]["default"] = dict(PROBLEM_REPLY)
            plan = plans.get((path, method))
            if plan is not None:
                operation["security"] = [{"token": []}]
                operation.setdefault("parameters", []).extend(_headers(method, plan))
    return found


def _plans(app: FastAPI) -> dict[tuple[str, str], Plan]:
    found: dict[tuple[str, str], Plan] = {}
    for context in iter_route_contexts(app.routes):
        route = context.original_route
        if isinstance(route, CommandRoute) and context.path_format is not None:
            for method in context.methods or ():
                found[context.path_format, method.lower()] = route.plan
    return found


def _headers(method: str, plan: Plan) -> list[dict[str, Any]]:
    if method in {"get", "head"}:
        return []
    headers = [_header("If-Match", required=False)]
    if plan.keeps:
        headers.append(_header("Idempotency-Key", required=plan.needs_key))
    return headers


def _header(name: str, *, required: bool) -> dict[str, Any]:
    return {"name": name, "in": "header", "required": required, "schema": dict(_TEXT)}
