"""The private documents of identification: personal data, kept in the vault only.

Each has exactly one data category. Fields follow HTCDS 2.0 where it has them.
"""

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType
from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints

from nrm_contracts.codes import ContactWay, Exploitation, Gender, IndicatorAnswer
from nrm_contracts.consent_codes import DataCategory
from nrm_contracts.contract import CountryCode, LanguageCode

Line = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Text = Annotated[str, StringConstraints(min_length=1, max_length=20_000)]


class Private(BaseModel):
    """Base of every private document: strict, and silent about its input when it fails."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class Identity(Private):
    """Who the person is, as far as known; every field may be missing."""

    first_name: Line | None = None
    second_name: Line | None = None
    birth_date: date | None = None
    gender: Gender | None = None
    citizenship: tuple[CountryCode, ...] = ()
    languages: tuple[LanguageCode, ...] = ()


class Contact(Private):
    """How the person may be contacted, when, in what words, if at all."""

    ways: tuple[ContactWay, ...]
    phone: Annotated[str, StringConstraints(pattern=r"^\+?[1-9]\d{1,14}$")] | None = None
    email: Line | None = None
    safe_hours: Line | None = None
    words_to_use: Text | None = None


class Story(Private):
    """What happened, as told; `source` says who told it, `indirect` that the person did not."""

    account: Text
    source: Line
    indirect: bool


class ExploitationForm(Private):
    """The forms of exploitation, never told outside the vault."""

    forms: tuple[Exploitation, ...]
    details: Text | None = None


class Indicators(Private):
    """The answers to a list of indicators, with notes on evidence."""

    answers: dict[Line, IndicatorAnswer]
    notes: Text | None = None


class Reasoning(Private):
    """Why somebody decided as they did."""

    reasoning: Text


DOCUMENTS: Mapping[str, tuple[type[Private], DataCategory]] = MappingProxyType(
    {
        "identity": (Identity, DataCategory.IDENTITY),
        "contact": (Contact, DataCategory.CONTACT),
        "story": (Story, DataCategory.STORY),
        "exploitation": (ExploitationForm, DataCategory.EXPLOITATION),
        "indicators": (Indicators, DataCategory.STORY),
        "reasoning": (Reasoning, DataCategory.DECISION),
    }
)
"""Name of each private document, its schema and its one data category."""
