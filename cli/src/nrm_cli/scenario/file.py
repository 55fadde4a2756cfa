"""Reads a written case and refuses a wrong one with its line."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError


class WrongFile(Exception):
    """The file is no written case; each line says where and why."""

    def __init__(self, lines: Sequence[str]) -> None:
        """Keep the lines."""
        super().__init__("\n".join(lines))
        self.lines = tuple(lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step as written, and the line where it begins."""

    line: int
    written: Mapping[str, Any]

    def get(self, name: str) -> Any:  # noqa: ANN401 - whatever the file says
        """Give a field of the step, or None."""
        return self.written.get(name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """A written case: its steps in order, and what must hold in the ledger at the end."""

    name: str
    title: str
    steps: tuple[Step, ...]
    accept: tuple[Mapping[str, Any], ...]


def read_scenario(path: Path) -> Scenario:
    """Read a file; raises `WrongFile` with the line of each fault, `OSError` if unreadable."""
    try:
        document = YAML(typ="rt", pure=True).load(path.read_text("utf-8"))
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise WrongFile([f"{path}:{line}: {error.problem}"]) from error
    plain: dict[str, Any] = json.loads(json.dumps(document, default=str))
    faults = sorted(
        Draft202012Validator(schema()).iter_errors(plain),
        key=lambda fault: [str(part) for part in fault.absolute_path],
    )
    if faults:
        raise WrongFile(
            [f"{path}:{_line(document, fault.absolute_path)}: {_words(fault)}" for fault in faults]
        )
    before = _before(path, plain.get("begins_with"))
    return Scenario(
        name=plain["scenario"],
        title=plain["title"],
        steps=(
            *before,
            *(
                Step(line=_line(document, ("steps", index)), written=written)
                for index, written in enumerate(plain["steps"])
            ),
        ),
        accept=tuple(plain.get("accept", ())),
    )


def _before(path: Path, beginning: str | None) -> tuple[Step, ...]:
    """Read the steps of the file that this one begins with, if any."""
    if beginning is None:
        return ()
    other = path.parent / beginning
    if other.resolve() == path.resolve() or not other.is_file():
        raise WrongFile([f"{path}: begins_with: {beginning} is no other file beside it"])
    return read_scenario(other).steps


def schema() -> dict[str, Any]:
    """Give the JSON Schema of a written case."""
    text = files("nrm_cli.scenario").joinpath("scenario.schema.json").read_text("utf-8")
    found: dict[str, Any] = json.loads(text)
    return found


def _line(document: Any, path: Sequence[Any]) -> int:  # noqa: ANN401 - nodes of the YAML reader
    node, line = document, 1
    for part in path:
        try:
            marks = node.lc.data[part]
            line = int(marks[0]) + 1
            node = node[part]
        except (AttributeError, KeyError, IndexError, TypeError):
            break
    return line


def _words(fault: Any) -> str:  # noqa: ANN401 - jsonschema's errors have no public type here
    where = "/".join(str(part) for part in fault.absolute_path) or "file"
    if fault.validator == "oneOf":
        return f"{where}: a step is one of: do (with as), wait (with as and expect), after"
    return f"{where}: {fault.message}"


__all__ = ["Scenario", "Step", "WrongFile", "read_scenario", "schema"]
