"""Identifiers use the field's words; the runtime uses none of them."""

from pathlib import Path

import pytest

from tests.architecture.source import (
    OURS,
    ROOT,
    SERVICES,
    identifiers,
    named,
    python_files,
    sources,
    words,
)

# The glossary's "never" column, as far as a word has no other honest meaning in a program.
NEVER = {
    "assignee", "deportation", "incident", "reporter", "suspect",
    "handover", "handoff",
}  # fmt: skip
NEVER_IN_SERVICES = {"admin", "evaluation", "removal", "reject", "opt"}
# British spelling.
MISSPELT = {
    "organization", "organizations", "authorize", "authorized", "authorization", "serialize",
    "normalize", "color", "center", "behavior", "canceled", "license",
}  # fmt: skip
# Names that other people's interfaces and laws gave.
FOREIGN = {"authorization_endpoint", "UNABLE_TO_CONTACT_REFERRED_TO_ORGANIZATION"}

FIELD = {
    "assistance", "custodian", "custody", "exploitation", "guardian", "identification", "indicator",
    "interpreter", "itinerary", "referral", "reflection", "shelter", "trafficking", "victim",
}  # fmt: skip


def _found(forbidden: set[str], places: list[Path]) -> list[str]:
    return [
        f"{named(path)}:{line}: {name}"
        for path in places
        for line, name in identifiers(path)
        if name not in FOREIGN and forbidden & set(words(name))
    ]


@pytest.mark.parametrize("word", sorted(NEVER))
def test_no_identifier_says_a_word_that_the_field_does_not_say(word: str) -> None:
    assert not (found := _found({word}, list(python_files(*OURS)))), "\n".join(found)


def test_no_service_says_a_word_of_another_trade() -> None:
    found = _found(NEVER_IN_SERVICES, list(sources(*SERVICES)))
    assert not found, "\n".join(found)


def test_identifiers_are_spelt_the_british_way() -> None:
    assert not (found := _found(MISSPELT, list(python_files(*OURS)))), "\n".join(found)


def test_the_runtime_knows_no_word_of_the_field() -> None:
    found = _found(FIELD, list(sources(ROOT / "runtime")))
    assert not found, "what only this field needs belongs into a service:\n" + "\n".join(found)
