"""The private documents of referral: words about a person, kept in the vault only.

Each has exactly one data category. Where several of a kind stand side by side, the id they
belong to follows the part after a dot: `offer-note.<referral>`.
"""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints

from nrm_contracts.consent_codes import DataCategory
from nrm_contracts.contract import LanguageCode

Line = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Text = Annotated[str, StringConstraints(min_length=1, max_length=20_000)]


class Private(BaseModel):
    """Base of every private document: strict, and silent about its input when it fails."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class OfferNote(Private):
    """What the sender tells the receiver in words, readable after acceptance."""

    note: Text


class PickUp(Private):
    """Where and when the person is met, by whom, from whom."""

    place: Line
    at: datetime | None = None
    brought_by: Line
    met_by: Line | None = None
    note: Text | None = None


class ConsentStatement(Private):
    """How consent was asked for and given, in whose words, with whose help."""

    statement: Text
    language: LanguageCode | None = None
    interpreter: Line | None = None
    witness: Line | None = None


class Reason(Private):
    """Why somebody decided as they did."""

    reason: Text


class HandOffNote(Private):
    """What was seen when the person was handed over."""

    note: Text


class GroupNote(Private):
    """What somebody outside the mechanism was told."""

    note: Text


DOCUMENTS: Mapping[str, tuple[type[Private], DataCategory]] = MappingProxyType(
    {
        "offer-note": (OfferNote, DataCategory.NEEDS),
        "pick-up": (PickUp, DataCategory.TRAVEL),
        "consent-statement": (ConsentStatement, DataCategory.DECISION),
        "withdrawal-statement": (ConsentStatement, DataCategory.DECISION),
        "override-reason": (Reason, DataCategory.LEGAL),
        "answer-reason": (Reason, DataCategory.DECISION),
        "hand-off-note": (HandOffNote, DataCategory.TRAVEL),
        "group-note": (GroupNote, DataCategory.FAMILY),
        "closing-reason": (Reason, DataCategory.DECISION),
    }
)
"""Name of each private document, its schema and its one data category."""
