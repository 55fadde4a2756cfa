"""What stands in the checkout: packages, modules, syntax trees, the words of identifiers."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SERVICES = sorted(path.parent for path in ROOT.glob("services/*/pyproject.toml"))
PACKAGES = [ROOT / "contracts", ROOT / "runtime", ROOT / "pages", ROOT / "cli", *SERVICES]
OURS = [*PACKAGES, ROOT / "infra", ROOT / "tools", ROOT / "tests", ROOT / "conftest.py"]
HIDDEN = {"__pycache__", ".venv", ".nrm", "node_modules"}

WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")


def python_files(*places: Path) -> list[Path]:
    """Every Python file in these folders, in one order."""
    found: set[Path] = set()
    for place in places:
        found |= {place} if place.is_file() else set(place.rglob("*.py"))
    return sorted(path for path in found if not HIDDEN & set(path.parts))


def sources(*packages: Path) -> list[Path]:
    """The Python files of packages, without their tests."""
    return python_files(*(package / "src" for package in packages))


def is_test(path: Path) -> bool:
    return "tests" in path.relative_to(ROOT).parts


def named(path: Path) -> str:
    """A file's path from the root of the checkout."""
    return str(path.relative_to(ROOT))


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"), str(path))


def module_name(path: Path) -> str:
    """The importable name of a file below a `src` folder."""
    parts = path.with_suffix("").parts
    inner = parts[len(parts) - parts[::-1].index("src") :]
    return ".".join(part for part in inner if part != "__init__")


def imports(path: Path) -> Iterator[tuple[int, str]]:
    """Each imported module with its line; for `from a import b`, both `a` and `a.b`."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, one.name) for one in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from ((node.lineno, f"{node.module}.{one.name}") for one in node.names)


def called(node: ast.Call) -> str:
    """The last name of what is called: `now` for `datetime.now()`, `uuid4` for `uuid4()`."""
    if isinstance(node.func, ast.Attribute):
        return node.func.attr
    return node.func.id if isinstance(node.func, ast.Name) else ""


def calls(path: Path) -> Iterator[tuple[int, str, ast.Call]]:
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Call):
            yield node.lineno, called(node), node


def identifiers(path: Path) -> Iterator[tuple[int, str]]:
    """Every name that this file itself gives: classes, functions, arguments, variables, fields."""
    for node in ast.walk(tree(path)):
        match node:
            case ast.ClassDef() | ast.FunctionDef() | ast.AsyncFunctionDef():
                yield node.lineno, node.name
            case ast.arg():
                yield node.lineno, node.arg
            case ast.Name(ctx=ast.Store()):
                yield node.lineno, node.id
            case _:
                pass


def words(identifier: str) -> list[str]:
    """`HandOffConfirmed` and `hand_off_confirmed` alike: hand, off, confirmed."""
    return [word.lower() for word in WORD.findall(identifier)]
