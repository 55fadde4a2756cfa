"""Files and functions stay readable in one sitting, and every module begins with a sentence."""

import ast
import io
import tokenize
from pathlib import Path

from tests.architecture.source import OURS, ROOT, is_test, named, python_files, sources, tree

FILE_MAX = 400
TEST_MAX = 600
FUNCTION_MAX = 50
RUNTIME_MAX = 6_000  # lines of code; docs/decisions/0008-size-of-the-runtime.md
SILENT = {
    tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT,
    tokenize.ENDMARKER,
}  # fmt: skip


def lines(path: Path) -> int:
    return len(path.read_text("utf-8").splitlines())


def length_of(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of a function's body, without the words that document it."""
    assert node.end_lineno is not None
    body = node.body[1:] if ast.get_docstring(node) is not None else node.body
    return node.end_lineno - body[0].lineno + 1 if body else 0


def lines_of_code(path: Path) -> int:
    """Lines that do something: no blank ones, no remarks, no documentation."""
    said = set()
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            said |= set(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    written: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(path.read_text("utf-8")).readline):
        if token.type not in SILENT:
            written |= set(range(token.start[0], token.end[0] + 1))
    return len(written - said)


def test_no_file_is_too_long() -> None:
    found = [
        f"{named(path)}: {lines(path)}"
        for path in python_files(*OURS)
        if lines(path) > (TEST_MAX if is_test(path) else FILE_MAX)
    ]
    assert not found, f"at most {FILE_MAX} lines, tests {TEST_MAX}:\n" + "\n".join(found)


def test_no_function_is_too_long() -> None:
    found = []
    for path in python_files(*OURS):
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                length = length_of(node)
                if length > FUNCTION_MAX:
                    found.append(f"{named(path)}:{node.lineno}: {node.name}: {length}")
    assert not found, f"at most {FUNCTION_MAX} lines:\n" + "\n".join(found)


def test_the_runtime_stays_small() -> None:
    counted = [path for path in sources(ROOT / "runtime") if "testing" not in path.parts]
    total = sum(map(lines_of_code, counted))
    assert total <= RUNTIME_MAX, f"the runtime has {total} lines, at most {RUNTIME_MAX}"


def test_every_module_begins_with_a_sentence() -> None:
    found = []
    for path in python_files(*OURS):
        said = ast.get_docstring(tree(path)) or ""
        if not said.strip() or (said.strip()[-1] not in ".:!?)}]|`»…" and "." not in said):
            found.append(named(path))
    assert not found, "what is it for?\n" + "\n".join(found)
