"""Events have one way in: one SQL function, called by the runtime, which alone commits."""

import ast
import re

from tests.architecture.source import (
    PACKAGES,
    SERVICES,
    calls,
    is_test,
    named,
    python_files,
    sources,
    tree,
)

CLOSED = ("event", "outbox", "inbox", "entry", "heard")
CHANGE = re.compile(
    rf"\b(insert\s+into|update|delete\s+from)\s+({'|'.join(CLOSED)})\b", re.IGNORECASE
)
CHANGING = {"insert", "update", "delete"}


def test_only_the_runtime_commits() -> None:
    found = [
        f"{named(path)}:{line}"
        for path in sources(*SERVICES)
        for line, name, _ in calls(path)
        if name == "commit"
    ]
    assert not found, "the edge commits, in nrm_runtime:\n" + "\n".join(found)


def test_no_service_writes_a_table_of_the_runtime() -> None:
    found = []
    for path in sources(*SERVICES):
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                if CHANGE.search(node.value):
                    found.append(f"{named(path)}:{node.lineno}")
            elif isinstance(node, ast.Call) and _changes_closed(node):
                found.append(f"{named(path)}:{node.lineno}")
    assert not found, "events go through execute, effects through projections:\n" + "\n".join(found)


def _changes_closed(node: ast.Call) -> bool:
    """`insert(outbox)` or `outbox.insert()`."""
    match node.func:
        case ast.Name(id=verb) if verb in CHANGING and node.args:
            return isinstance(node.args[0], ast.Name) and node.args[0].id in CLOSED
        case ast.Attribute(value=ast.Name(id=table), attr=verb):
            return verb in CHANGING and table in CLOSED
        case _:
            return False


def _is_limit(target: str) -> bool:
    return target.rpartition(".")[2].isupper()


def test_no_test_replaces_our_own_code() -> None:
    found = []
    for path in python_files(*PACKAGES):
        if not is_test(path):
            continue
        for line, name, node in calls(path):
            texts = [a.value for a in node.args if isinstance(a, ast.Constant)]
            ours = [t for t in map(str, texts) if t.startswith("nrm_")]
            # A limit may be made small for a test; what we do may not be replaced.
            if name in {"patch", "setattr"} and not all(map(_is_limit, ours)):
                found.append(f"{named(path)}:{line}")
    assert not found, "fakes stand at the system's outer edge only:\n" + "\n".join(found)
