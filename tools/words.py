"""Checks the catalogues: every text that pages ask for exists, in every language, in every form.

python -m tools.words --check      exit 1 with a line for each fault
"""

import ast
import re
import string
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from gettext import c2py
from importlib import import_module
from pathlib import Path

from babel.messages.catalog import Message
from babel.messages.pofile import PoFileError, read_po
from jinja2 import Environment, nodes

from tools.desk_words import desk_keys

ROOT = Path(__file__).resolve().parents[1]
LANGUAGES = ("en", "ro", "it", "pt")
TWO = "(n != 1)"
PLURALS = {
    "en": (2, TWO),
    "it": (2, TWO),
    "pt": (2, TWO),
    "ro": (3, "(n == 1 ? 0 : (n == 0 || (n % 100 > 0 && n % 100 < 20)) ? 1 : 2)"),
}
LOOKUPS = {"t", "tn", "maybe"}
NUMBERS = 1001  # every rule of ours repeats after a hundred
KEY = re.compile(r"[a-z][\w-]*(\.[\w-]+)+")
ANYTHING = r"[\w.-]+"
# Modules that name keys which no reader of source can see: `needed_keys() -> set[str]`.
HOOKS = ("nrm_pages.look.messages",)
# Texts that every desk has.
SHARED = ("contracts", "pages")


@dataclass(frozen=True)
class Place:
    """A package with texts: where its source is, whether every desk has them."""

    name: str
    source: Path
    shared: bool

    @cached_property
    def folders(self) -> list[Path]:
        """Every folder of catalogues in this place."""
        return sorted(
            {path.parent for code in LANGUAGES for path in self.source.rglob(f"words/{code}.po")}
        )


@dataclass
class Used:
    """What source asks for: keys with the parameters given, patterns of keys, texts like keys."""

    keys: dict[str, list[tuple[str, str, frozenset[str] | None]]] = field(default_factory=dict)
    patterns: set[str] = field(default_factory=set)
    named: set[str] = field(default_factory=set)

    def covers(self, key: str) -> bool:
        """Say whether anything asks for a key."""
        return (
            key in self.keys
            or key in self.named
            or any(re.fullmatch(one, key) for one in self.patterns)
        )


def places(root: Path) -> list[Place]:
    """Give the shared pages, then each service that has pages."""
    services = sorted(root.glob("services/*/src/nrm_*/ui"))
    return [
        *(Place(name, root / name / "src", shared=True) for name in SHARED),
        *(Place(one.parent.name, one, shared=False) for one in services),
    ]


def forms_of(message: Message) -> tuple[str, ...]:
    string_ = message.string or ()
    return (string_,) if isinstance(string_, str) else tuple(string_)


def wants(text: str) -> frozenset[str]:
    """Give the parameters of a text; raises `ValueError` where its braces do not match."""
    return frozenset(name for _, name, _, _ in string.Formatter().parse(text) if name is not None)


# Catalogues


def read(file: Path) -> tuple[dict[str, tuple[str, ...]], list[str]]:
    """Read one catalogue: the forms of each key, and what is wrong with the file itself."""
    where, code = _named(file), file.stem
    try:
        with file.open("rb") as stream:
            catalogue = read_po(stream, abort_invalid=True)
    except (PoFileError, ValueError, UnicodeDecodeError) as error:
        return {}, [f"{where}: cannot be read: {error}"]
    faults = []
    count, rule = PLURALS[code]
    ours, theirs = c2py(rule), c2py(catalogue.plural_expr)
    same = all(ours(number) == theirs(number) for number in range(NUMBERS))
    if catalogue.num_plurals != count or not same:
        faults.append(f"{where}: the plural forms are nplurals={count}; plural={rule};")
    ids = re.findall(r'^msgid "(.+)"$', file.read_text("utf-8"), re.MULTILINE)
    faults += [
        f"{where}: {key} stands twice" for key in sorted({i for i in ids if ids.count(i) > 1})
    ]
    forms: dict[str, tuple[str, ...]] = {}
    for message in catalogue:
        if not message.id:
            continue
        plural = not isinstance(message.id, str)
        key = message.id if isinstance(message.id, str) else message.id[0]
        forms[key] = forms_of(message)
        faults += [f"{where}: {key}: {why}" for why in _text_faults(message, key, plural, count)]
    return forms, faults


def _text_faults(message: Message, key: str, plural: bool, count: int) -> Iterator[str]:  # noqa: FBT001
    forms = forms_of(message)
    if not KEY.fullmatch(key):
        yield "is not a key"
    if message.fuzzy:
        yield "is marked fuzzy"
    if len(forms) != (count if plural else 1) or not all(one.strip() for one in forms):
        yield f"needs {count} forms" if plural else "has no text"
    for one in forms:
        if "<" in one or "&" in one:
            yield "holds markup"
        if one != one.strip():
            yield "begins or ends with a space"
        try:
            wants(one)
        except ValueError:
            yield "has braces that do not match"


def compare(folder: Path) -> tuple[dict[str, frozenset[str]], list[str]]:
    """Compare the languages of one folder: each key with its parameters, and what differs."""
    faults: list[str] = []
    read_in: dict[str, dict[str, tuple[str, ...]]] = {}
    for code in LANGUAGES:
        file = folder / f"{code}.po"
        if not file.is_file():
            faults.append(f"{_named(file)}: is missing")
            continue
        read_in[code], wrong = read(file)
        faults += wrong
    every = sorted({key for forms in read_in.values() for key in forms})
    keys: dict[str, frozenset[str]] = {}
    for key in every:
        shapes: dict[str, tuple[bool, frozenset[str]]] = {}
        for code, forms in read_in.items():
            if key not in forms:
                faults.append(f"{_named(folder / f'{code}.po')}: {key} is missing")
                continue
            try:
                # The form for "one" may say the number in a word.
                asked = frozenset().union(*(wants(one) for one in forms[key]))
            except ValueError:
                continue  # named above
            shapes[code] = (len(forms[key]) > 1, asked)
        if len(set(shapes.values())) > 1:
            faults.append(f"{_named(folder)}: {key}: the languages differ in parameters or plural")
        keys[key] = frozenset().union(*(asked for _, asked in shapes.values()))
    return keys, faults


# Source


def used(place: Path) -> Used:
    """Collect what templates and modules below a folder ask for."""
    found = Used()
    for path in sorted(place.rglob("*.html")):
        _template(path, found)
    for path in sorted(place.rglob("*.py")):
        _module(path, found)
    return found


def _template(path: Path, found: Used) -> None:
    tree = Environment(autoescape=True).parse(path.read_text("utf-8"))
    for call in tree.find_all(nodes.Call):
        if not (isinstance(call.node, nodes.Name) and call.node.name in LOOKUPS and call.args):
            continue
        given = None if call.dyn_kwargs else frozenset(one.key for one in call.kwargs)
        for kind, key in _jinja_keys(call.args[0]):
            _note(found, kind, key, f"{_named(path)}:{call.lineno}", call.node.name, given)
    for text in tree.find_all(nodes.Const):
        if isinstance(text.value, str) and KEY.fullmatch(text.value):
            found.named.add(text.value)


def _jinja_keys(node: nodes.Expr) -> Iterator[tuple[str, str]]:
    match node:
        case nodes.Const(value=str(value)):
            yield "key", value
        case nodes.CondExpr(expr1=one, expr2=other):
            yield from _jinja_keys(one)
            if other is not None:
                yield from _jinja_keys(other)
        case nodes.Concat(nodes=parts):
            yield (
                "pattern",
                _pattern(one.value if isinstance(one, nodes.Const) else None for one in parts),
            )
        case _:
            pass


def _module(path: Path, found: Used) -> None:
    for node in ast.walk(ast.parse(path.read_text("utf-8"), str(path))):
        match node:
            case ast.Call(func=ast.Name(id=name), args=[first, *_]) if name in LOOKUPS:
                names = [one.arg for one in node.keywords]
                given = None if None in names else frozenset(one for one in names if one)
                for kind, key in _python_keys(first):
                    _note(found, kind, key, f"{_named(path)}:{node.lineno}", name, given)
            case ast.Constant(value=str(value)) if KEY.fullmatch(value):
                found.named.add(value)
            case _:
                pass


def _python_keys(node: ast.expr) -> Iterator[tuple[str, str]]:
    match node:
        case ast.Constant(value=str(value)):
            yield "key", value
        case ast.IfExp(body=one, orelse=other):
            yield from _python_keys(one)
            yield from _python_keys(other)
        case ast.JoinedStr(values=parts):
            yield (
                "pattern",
                _pattern(
                    str(one.value) if isinstance(one, ast.Constant) else None for one in parts
                ),
            )
        case _:
            pass


def _pattern(parts: Iterable[str | None]) -> str:
    return "".join(ANYTHING if one is None else re.escape(one) for one in parts)


def _note(
    found: Used, kind: str, key: str, where: str, name: str, given: frozenset[str] | None
) -> None:
    if kind == "key":
        found.keys.setdefault(key, []).append((where, name, given))
    elif re.search("[a-z]{3}", key.replace(ANYTHING, "")):  # else it would cover everything
        found.patterns.add(key)


# Together


def hooked(place: Place) -> set[str]:
    """Give the keys that modules of the pages say they need, or that a service's desk needs."""
    if not place.shared:
        return desk_keys(place.name)
    found: set[str] = set()
    for name in HOOKS if place.name == "pages" else ():
        found |= import_module(name).needed_keys()
    return found


def faults(root: Path) -> list[str]:
    """Give a line for each fault of the whole checkout."""
    lines: list[str] = []
    shared: dict[str, frozenset[str]] = {}
    everywhere: list[Used] = []
    kept: list[tuple[Place, dict[str, frozenset[str]]]] = []
    for place in places(root):
        own: dict[str, frozenset[str]] = {}
        for folder in place.folders:
            keys, wrong = compare(folder)
            lines += wrong
            own |= keys
        # The words of codes are asked for by pages, never by the contracts themselves.
        asked = used(place.source) if place.name != "contracts" else Used()
        needed = hooked(place) if root == ROOT else set()
        asked.named |= needed
        known = shared | own
        lines += [f"{place.name}: {key} is needed and has no text" for key in needed - set(known)]
        lines += _misused(asked, known)
        everywhere.append(asked)
        kept.append((place, own))
        if place.shared:
            shared = known
    for place, own in kept:
        lines += [
            f"{place.name}: nobody asks for {key}"
            for key in own
            if not any(one.covers(key) for one in everywhere)
        ]
    return sorted(lines)


def _misused(asked: Used, known: dict[str, frozenset[str]]) -> Iterator[str]:
    for key, calls in asked.keys.items():
        for where, name, given in calls:
            if key not in known:
                if name == "maybe":
                    continue
                yield f"{where}: {key} has no text"
                continue
            wanted = known[key] - ({"n"} if name == "tn" else set())
            if given is not None and given != wanted:
                differ = ", ".join(sorted(given ^ wanted))
                yield f"{where}: {key} is given other parameters than its text has: {differ}"


def _named(path: Path) -> str:
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else path.name


def main() -> int:
    """Check, and say what is wrong."""
    lines = faults(ROOT)
    for line in lines:
        print(f"words: {line}")
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main())
