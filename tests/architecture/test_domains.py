"""A domain is told the time, identities and chance; it imports values and the field's words."""

import sys
from pathlib import Path

import pytest

from tests.architecture.source import SERVICES, calls, imports, module_name, named, sources

FETCHED = {"now", "today", "utcnow", "uuid1", "uuid4", "random", "token_bytes", "token_hex"}
# Modules of the standard library that reach out of a function's arguments.
REACHING = {
    "asyncio", "io", "logging", "multiprocessing", "os", "pathlib", "random", "secrets", "shutil",
    "signal", "socket", "subprocess", "sys", "tempfile", "threading", "time",
}  # fmt: skip
RECORDS = ("nrm_runtime.ledger", "nrm_runtime.store.streams")
OURS = ("nrm_runtime.core", "nrm_contracts.codes", "nrm_contracts.ids")

DOMAINS = [
    path for path in sources(*SERVICES) if ".domain" in module_name(path).removeprefix("nrm_")
]


def test_there_are_domains() -> None:
    assert {module_name(path).split(".", maxsplit=1)[0] for path in DOMAINS} >= {
        "nrm_identification", "nrm_referral", "nrm_assistance", "nrm_return", "nrm_ledger",
    }  # fmt: skip


def may_import(package: str, module: str) -> bool:
    top = module.split(".", maxsplit=1)[0]
    if top in sys.stdlib_module_names:
        return top not in REACHING
    if module.startswith(f"{package}.domain"):
        return True
    if package == "nrm_ledger" and (top == "cryptography" or module.startswith(RECORDS)):
        return True  # signatures, hashes and entries: pure functions over bytes
    # A list of codes may be spread over several modules of one name's kind.
    part = module.removeprefix("nrm_contracts.").split(".", maxsplit=1)[0]
    codes = module.startswith("nrm_contracts.") and part.endswith(("codes", "ids"))
    return codes or module.startswith(OURS)


@pytest.mark.parametrize("path", DOMAINS, ids=named)
def test_a_domain_imports_values_and_words_only(path: Path) -> None:
    package = module_name(path).split(".", maxsplit=1)[0]
    found = [f"{named(path)}:{line}: {one}" for line, one in imports(path)
             if not may_import(package, one)]  # fmt: skip
    assert not found, "time, system and frameworks come in from outside:\n" + "\n".join(found)


@pytest.mark.parametrize("path", DOMAINS, ids=named)
def test_a_domain_fetches_neither_time_nor_chance(path: Path) -> None:
    found = [f"{named(path)}:{line}: {name}()" for line, name, _ in calls(path) if name in FETCHED]
    assert not found, "the command carries them:\n" + "\n".join(found)
