"""Every code and every told event has words in each of the four languages."""

import importlib
import pkgutil
import re
from enum import StrEnum
from pathlib import Path

import pytest

import nrm_contracts

WORDS = Path(nrm_contracts.__file__).parent / "words"
EXAMPLES = Path(__file__).resolve().parents[1] / "examples"
LANGUAGES = ("en", "ro", "it", "pt")
ENTRY = re.compile(r'^msgid "([^"]+)"\nmsgstr "(.*)"$', re.MULTILINE)


def codes() -> set[str]:
    found = set()
    for module in pkgutil.walk_packages(nrm_contracts.__path__, "nrm_contracts."):
        for name, one in vars(importlib.import_module(module.name)).items():
            if isinstance(one, type) and issubclass(one, StrEnum) and one is not StrEnum:
                found |= {f"code.{name}.{value.value}" for value in one}
    return found


def events() -> set[str]:
    return {f"event.{path.name.rpartition('.v')[0]}" for path in EXAMPLES.glob("*.json")}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_code_and_event_has_words_and_nothing_else_has(language: str) -> None:
    found = dict(ENTRY.findall((WORDS / f"{language}.po").read_text("utf-8")))
    assert set(found) == codes() | events()
    assert all(found.values())


def test_romanian_is_written_with_commas_below_and_not_with_cedillas() -> None:
    assert not set("şţŞŢ") & set((WORDS / "ro.po").read_text("utf-8"))
