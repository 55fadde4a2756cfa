"""Unique strings put into every personal field of every request, made from the doors' own schemas.

All strings of a run share one core of letters and digits that no escape changes, so that one
search finds each of them raw, in JSON, in HTML or in a URL; around it stand a letter outside
ASCII and a quotation mark, for which escapes exist.
"""

import re
import secrets
import string
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlencode

import httpx2

from nrm_cli.doors import Doors, Operation, Reply
from nrm_cli.running import Copy

CORE: Final = 18
PRIVATE: Final = frozenset({"private", "family"})  # the only properties that may hold a person
PHONE: Final = r"^\+?[1-9]\d{1,14}$"
CODES: Final = {r"^[a-z]{2,3}$": "ro", r"^[A-Z]{2}$": "RO", r"^[A-Z]{3}$": "EUR"}
OK_BELOW: Final = 300
REFUSED_FROM: Final = 400
GIVEN: Final = frozenset({"location", "link", "content-location"})

Schema = Mapping[str, Any]


@dataclass(slots=True)
class Canaries:
    """The strings of one run: which were made, for which field of which private document."""

    core: str = field(
        default_factory=lambda: "".join(
            secrets.choice(string.ascii_lowercase + string.digits) for _ in range(CORE)
        )
    )
    number: str = field(default_factory=lambda: str(secrets.randbelow(9 * 10**14) + 10**14))
    planted: dict[tuple[str, str, str], str] = field(default_factory=dict)
    addresses: set[str] = field(default_factory=set)  # that were asked, or given in an answer
    problems: set[str] = field(default_factory=set)  # what refusals said

    def text(self, length_max: int = 200) -> str:
        """Give a string that holds the core between what needs escapes."""
        return f'Ünïq"{self.core}"ț'[:length_max]

    @property
    def phone(self) -> str:
        """A number of no telephone, as long as one can be."""
        return f"+{self.number[:15]}"


def is_free(schema: Schema) -> bool:
    """Whether a schema lets anybody write what they like."""
    bounded = ("enum", "const", "format", "pattern")
    return schema.get("type") == "string" and not any(name in schema for name in bounded)


class Document:
    """An OpenAPI document, asked for its requests."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        """Read a document."""
        self._schemas: Mapping[str, Schema] = document["components"]["schemas"]
        self.bodies: dict[str, Schema] = {}
        self.addresses: dict[str, Schema] = {}
        for methods in document["paths"].values():
            for about in methods.values():
                for one in about.get("parameters", []):
                    if one["in"] in {"path", "query"}:
                        name = f"{about['operationId']}/{one['name']}"
                        self.addresses[name] = self.plain(one["schema"])
                content = about.get("requestBody", {}).get("content", {})
                if "application/json" in content:
                    schema = self.plain(content["application/json"]["schema"])
                    self.bodies[about["operationId"]] = schema

    def plain(self, schema: Schema) -> Schema:
        """Follow references, and of a choice with null take the other."""
        while True:
            if "$ref" in schema:
                schema = self._schemas[schema["$ref"].rpartition("/")[2]]
            elif "anyOf" in schema:
                choices = [one for one in schema["anyOf"] if one.get("type") != "null"]
                schema = choices[0]
            else:
                return schema

    def free_fields(self, schema: Schema, path: str = "") -> list[str]:
        """Give the paths of all fields in which anybody may write what they like."""
        schema = self.plain(schema)
        if is_free(schema):
            return [path]
        inner = [(f"{path}/{name}", one) for name, one in schema.get("properties", {}).items()]
        inside = (schema.get("items"), schema.get("additionalProperties"))
        inner += [(f"{path}/*", one) for one in inside if isinstance(one, dict)]
        return [found for where, one in inner for found in self.free_fields(one, where)]


class Planting(Doors):
    """Doors that fill every private part of what is sent through them."""

    def __init__(self, copy: Copy, canaries: Canaries) -> None:
        """Plant `canaries` in a copy."""
        super().__init__(copy)
        self.canaries = canaries
        self._documents: dict[str, Document] = {}

    async def call(self, caller: str, operation: Operation, **how: Any) -> Reply:
        """Make a call with its private parts filled; remember what was taken."""
        body = how.get("body")
        if operation.method == "GET" or not isinstance(body, dict):
            return await self._send(caller, operation, how)
        document = await self.document(operation.service)
        schema = document.bodies.get(operation.name)
        if schema is None:
            return await self._send(caller, operation, how)
        made: dict[tuple[str, str, str], str] = {}
        filled = dict(body)
        for name in PRIVATE & schema.get("properties", {}).keys():
            maker = _Maker(operation.service, document, self.canaries, made)
            filled[name] = maker.make(schema["properties"][name], body.get(name))
        reply = await self._send(caller, operation, how | {"body": filled})
        if reply.status < OK_BELOW:
            self.canaries.planted |= made
        return reply

    async def _send(self, caller: str, operation: Operation, how: dict[str, Any]) -> Reply:
        """Call, and remember the addresses and the words of refusals, to be searched as well."""
        reply = await super().call(caller, operation, **how)
        self.canaries.addresses.add(f"{how['path']}?{urlencode(how.get('query') or {})}")
        self.canaries.addresses |= {value for name, value in reply.headers.items() if name in GIVEN}
        if reply.status >= REFUSED_FROM:
            self.canaries.problems.add(reply.raw.decode())
        return reply

    async def document(self, service: str) -> Document:
        """Give the OpenAPI document of a service."""
        if service not in self._documents:
            async with httpx2.AsyncClient(timeout=60) as http:
                answer = await http.get(f"{self.copy.services[service]}/openapi.json")
            self._documents[service] = Document(answer.json())
        return self._documents[service]


@dataclass(slots=True)
class _Maker:
    """Makes a value of a schema, with a canary wherever there is room for one."""

    service: str
    document: Document
    canaries: Canaries
    made: dict[tuple[str, str, str], str]

    def make(self, schema: Schema, given: Any, owner: str = "", name: str = "") -> Any:
        """Make a value; codes and dates that were given stay."""
        schema = self.document.plain(schema)
        match schema.get("type"):
            case "object":
                return self._object(schema, given if isinstance(given, dict) else {}, owner, name)
            case "array":
                items = given if isinstance(given, list) and given else [None]
                inner = self.document.plain(schema["items"])
                return [self.make(inner, one, owner, name) for one in items]
            case "string" if is_free(schema):
                return self._plant(self.canaries.text(schema.get("maxLength", 200)), owner, name)
            case "string" if schema.get("pattern") == PHONE:
                return self._plant(self.canaries.phone, owner, name)
            case "integer":
                return self._plant(int(self.canaries.number), owner, name)
            case _:
                return self._code(schema) if given is None else given

    def _object(self, schema: Schema, given: Mapping[str, Any], owner: str, name: str) -> Any:
        if "properties" not in schema:
            keys = self.document.plain(schema.get("propertyNames", {})).get("enum", [])
            values = schema["additionalProperties"]
            return {key: self.make(values, None, owner, name) for key in keys[:1]}
        title = schema.get("title", owner)
        return {
            field_: self.make(inner, given.get(field_), title, field_)
            for field_, inner in schema["properties"].items()
        }

    def _plant(self, value: Any, owner: str, name: str) -> Any:
        self.made[self.service, owner, name] = str(value)
        return value

    def _code(self, schema: Schema) -> Any:
        if "enum" in schema:
            return schema["enum"][0]
        if "pattern" in schema:
            found = next(
                (code for pattern, code in CODES.items() if schema["pattern"] == pattern), None
            )
            assert found is not None, f"no example of {schema['pattern']}"
            assert re.match(schema["pattern"], found)
            return found
        examples = {"date": "1911-03-07", "date-time": "1911-03-07T05:04:03Z"}
        if schema.get("type") == "boolean":
            return True
        return examples[schema["format"]]
