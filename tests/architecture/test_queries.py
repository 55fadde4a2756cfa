"""A query names who asks."""

import ast

from tests.architecture.source import SERVICES, named, sources, tree


def _asks_for_whom(node: ast.AsyncFunctionDef | ast.FunctionDef) -> bool:
    arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
    return any(one.arg == "principal" for one in arguments)


def test_every_query_takes_a_principal() -> None:
    rooms = [
        path
        for path in sources(*SERVICES)
        if path.name == "queries.py" or path.parent.name == "queries"
    ]
    public = [
        (path, node)
        for path in rooms
        for node in tree(path).body
        if isinstance(node, ast.AsyncFunctionDef) and not node.name.startswith("_")
    ]
    assert public, "there are queries"
    found = [
        f"{named(path)}:{node.lineno}: {node.name}"
        for path, node in public
        if not _asks_for_whom(node)
    ]
    assert not found, "who asks is an argument of each:\n" + "\n".join(found)
