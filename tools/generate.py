"""Writes what is generated from the catalogue: JSON Schemas, AsyncAPI documents, first examples.

    python tools/generate.py            write into contracts/
    python tools/generate.py --check    compare with what is committed; exit 1 on a difference

Examples are kept for ever: one that exists is never rewritten.
"""

import argparse
import importlib
import json
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nrm_contracts.catalogue import CATALOGUE, MODULES, facts_of
from nrm_contracts.contract import Contract, topic_of
from nrm_contracts.envelope import CONTENT_TYPE, schema_uri
from tools.examples import example

ROOT = Path(__file__).resolve().parents[1]
CONTRACTS = ROOT / "contracts"
SERVICES = ("identification", "referral", "assistance", "return", "notifications", "access")


def main() -> int:
    """Write or compare; 1 where something is stale."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    asked = parser.parse_args()
    if not asked.check:
        write(CONTRACTS)
        for fact in CATALOGUE.values():
            _keep_example(CONTRACTS / "examples", fact)
        return 0
    with tempfile.TemporaryDirectory() as folder:
        fresh = Path(folder)
        write(fresh)
        stale = [*_differences(fresh, CONTRACTS), *_missing_examples()]
    for path in stale:
        print(f"stale: {path}")
    return 1 if stale else 0


def write(folder: Path) -> None:
    """Write schemas and AsyncAPI documents into a folder."""
    for kind in ("schemas", "asyncapi"):
        (folder / kind).mkdir(exist_ok=True)
    for fact in CATALOGUE.values():
        _dump(folder / "schemas" / f"{fact.name}.v{fact.version}.schema.json", schema(fact))
    for service in SERVICES:
        _dump(folder / "asyncapi" / f"{service}.json", asyncapi(service))


def schema(fact: type[Contract]) -> dict[str, Any]:
    """Give the JSON Schema (2020-12) of a fact's data as it is written."""
    body = fact.model_json_schema(mode="serialization")
    for field in body.get("properties", {}).values():
        _absent_not_null(field)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": schema_uri(fact),
        **body,
    }


def _absent_not_null(field: dict[str, Any]) -> None:
    """An optional field is left out, never null."""
    kinds = [kind for kind in field.get("anyOf", []) if kind.get("type") != "null"]
    if kinds:
        del field["anyOf"]
        field.update(kinds[0])
    if field.get("default", 0) is None:
        del field["default"]


def asyncapi(service: str) -> dict[str, Any]:
    """Give the AsyncAPI 3 document of a service: what it tells and what it hears."""
    told = facts_of(service)
    heard = _hears(service)
    channels = sorted({topic_of(fact) for fact in (*told, *heard)})
    return {
        "asyncapi": "3.0.0",
        "info": {"title": f"NRM {service}", "version": "1"},
        "defaultContentType": CONTENT_TYPE,
        "channels": {
            topic: {
                "address": topic,
                "messages": {
                    _key(fact): {"$ref": f"#/components/messages/{_key(fact)}"}
                    for fact in (*told, *heard)
                    if topic_of(fact) == topic
                },
            }
            for topic in channels
        },
        "operations": {
            **{f"tell-{_key(fact)}": _operation("send", fact) for fact in told},
            **{f"hear-{_key(fact)}": _operation("receive", fact) for fact in heard},
        },
        "components": {"messages": {_key(fact): _message(fact) for fact in (*told, *heard)}},
    }


def _hears(service: str) -> tuple[type[Contract], ...]:
    try:
        module = importlib.import_module(f"nrm_{service}.handlers")
    except ModuleNotFoundError:
        return ()
    hears: Mapping[type[Contract], object] = module.HEARS
    return tuple(sorted(hears, key=lambda fact: fact.name))


def _key(fact: type[Contract]) -> str:
    return f"{fact.name}.v{fact.version}".replace(".", "-")


def _operation(action: str, fact: type[Contract]) -> dict[str, Any]:
    channel = f"#/channels/{topic_of(fact)}"
    return {
        "action": action,
        "channel": {"$ref": channel},
        "messages": [{"$ref": f"{channel}/messages/{_key(fact)}"}],
    }


def _message(fact: type[Contract]) -> dict[str, Any]:
    return {
        "name": fact.name,
        "title": fact.__name__,
        "summary": (fact.__doc__ or "").strip().splitlines()[0],
        "contentType": CONTENT_TYPE,
        "payload": {
            "schemaFormat": "application/schema+json;version=draft-2020-12",
            "schema": {"$ref": f"../schemas/{fact.name}.v{fact.version}.schema.json"},
        },
    }


def _dump(path: Path, value: object) -> None:
    path.write_text(json.dumps(value, indent=1, sort_keys=True) + "\n", "utf-8")


def _keep_example(folder: Path, fact: type[Contract]) -> None:
    path = folder / f"{fact.name}.v{fact.version}.json"
    if not path.exists():
        _dump(path, example(fact))


def _missing_examples() -> list[str]:
    names = [f"{fact.name}.v{fact.version}.json" for fact in CATALOGUE.values()]
    return [f"examples/{name}" for name in names if not (CONTRACTS / "examples" / name).exists()]


def _differences(fresh: Path, kept: Path) -> list[str]:
    stale = []
    for kind in ("schemas", "asyncapi"):
        names = {path.name for base in (fresh, kept) for path in (base / kind).glob("*.json")}
        for name in sorted(names):
            one, other = fresh / kind / name, kept / kind / name
            if not (one.exists() and other.exists() and one.read_bytes() == other.read_bytes()):
                stale.append(f"{kind}/{name}")
    return stale


if __name__ == "__main__":
    assert set(SERVICES) == set(MODULES)
    sys.exit(main())
