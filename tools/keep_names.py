"""Keeps the lists of names that are never lost: refusal codes, and stored names of events.

    python -m tools.keep_names      adds what is new to tests/architecture/names/; removes nothing

A test fails when a listed name has disappeared from the code, or a name is not yet listed.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LISTS = ROOT / "tests" / "architecture" / "names"


def _sources(*patterns: str) -> Iterator[tuple[str, ast.Module]]:
    """The service's (or package's) folder name and syntax tree of each file."""
    for pattern in patterns:
        for path in sorted(ROOT.glob(pattern)):
            folder = path.relative_to(ROOT).parts
            yield folder[1 if folder[0] == "services" else 0], ast.parse(path.read_text("utf-8"))


def refusal_codes() -> set[str]:
    """Every code that a `Refused(code, why)` is raised with."""
    found = set()
    for _, tree in _sources("runtime/src/**/*.py", "services/*/src/**/*.py"):
        for node in ast.walk(tree):
            match node:
                case ast.Call(
                    func=ast.Name(id="Refused"), args=[ast.Constant(value=str(code)), *_]
                ):
                    found.add(code)
                case _:
                    pass
    return found


def stored_names() -> set[str]:
    """`service/name` of every event in a codec."""
    found = set()
    for service, tree in _sources("services/*/src/*/codec.py"):
        for node in ast.walk(tree):
            if isinstance(node, ast.Dict):
                keys = [key.value for key in node.keys if isinstance(key, ast.Constant)]
                found |= {f"{service}/{key}" for key in keys if isinstance(key, str)}
    return found


NAMES = {"refusals.txt": refusal_codes, "stored.txt": stored_names}


def kept(file: str) -> set[str]:
    """What a list holds."""
    path = LISTS / file
    return set(path.read_text("utf-8").split()) if path.exists() else set()


def main() -> int:
    """Add what is new to each list."""
    LISTS.mkdir(exist_ok=True)
    for file, read in NAMES.items():
        new = read() - kept(file)
        (LISTS / file).write_text("\n".join(sorted(kept(file) | new)) + "\n", "utf-8")
        for name in sorted(new):
            print(f"{file}: {name}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
