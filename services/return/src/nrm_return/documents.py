"""The private documents of return: personal data, kept in the vault only.

Each has exactly one data category and belongs to one person: the person of the case, or the
family, whose documents have a key of their own.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from nrm_contracts.consent_codes import DataCategory
from nrm_contracts.contract import CurrencyCode, LanguageCode

LINE_MAX: Final = 200
TEXT_MAX: Final = 20_000

Line = Annotated[str, StringConstraints(min_length=1, max_length=LINE_MAX)]
Text = Annotated[str, StringConstraints(min_length=1, max_length=TEXT_MAX)]


class Private(BaseModel):
    """Base of every private document: strict, and silent about its input when it fails."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class Wish(Private):
    """What the person wants, in the person's own words."""

    words: Text


class ConsentNote(Private):
    """What the person was told before consenting, in which language, by whom and with whom."""

    informed_of: Text
    language: LanguageCode
    interpreter: Line | None = None


class InquiryQuestions(Private):
    """What the social inquiry is to look at."""

    questions: Text


class SocialInquiry(Private):
    """The answer to a social inquiry, or its translation."""

    text: Text
    author: Line


class RiskNarrative(Private):
    """The dangers in words, what is done about them, and how the person sees it."""

    dangers: Text
    measures: Text | None = None
    persons_view: Text | None = None
    disagreement: Text | None = None


class FamilyRisk(Private):
    """The danger to relatives in words."""

    dangers: Text


class Decision(Private):
    """A decision of the person, or of those who decide for the file, with its reasons."""

    reasons: Text


class Papers(Private):
    """The papers for the journey."""

    description: Text
    number: Line | None = None
    consulate: Line | None = None


class Journey(Private):
    """Route, tickets, who pays, who meets the person where, whom to call in danger."""

    route: Text
    carrier: Line | None = None
    payer: Line | None = None
    cost: Annotated[int, Field(ge=0)] | None = None
    currency: CurrencyCode | None = None
    met_by: Line | None = None
    met_at: Line | None = None
    emergency_contact: Line | None = None


class Authorisation(Private):
    """Who authorised a child's journey, and in what capacity."""

    guardian: Line
    capacity: Line


class BorderNotice(Private):
    """Who at the border was told, with the minimum."""

    told: Line


class Contact(Private):
    """What a contact after arrival found."""

    found: Text


class Report(Private):
    """A report to the sender: how the person is doing."""

    text: Text


DOCUMENTS: Final[Mapping[str, tuple[type[Private], DataCategory]]] = MappingProxyType(
    {
        "wish": (Wish, DataCategory.DECISION),
        "consent": (ConsentNote, DataCategory.DECISION),
        "inquiry-questions": (InquiryQuestions, DataCategory.FAMILY),
        "inquiry": (SocialInquiry, DataCategory.FAMILY),
        "inquiry-translation": (SocialInquiry, DataCategory.FAMILY),
        "risk": (RiskNarrative, DataCategory.RISKS),
        "family-risk": (FamilyRisk, DataCategory.RISKS),
        "decision": (Decision, DataCategory.DECISION),
        "papers": (Papers, DataCategory.PAPERS),
        "journey": (Journey, DataCategory.TRAVEL),
        "short-lead": (Decision, DataCategory.DECISION),
        "best-interests": (Decision, DataCategory.DECISION),
        "guardian": (Authorisation, DataCategory.LEGAL),
        "border-notice": (BorderNotice, DataCategory.TRAVEL),
        "refusal": (Decision, DataCategory.DECISION),
        "alternative": (Decision, DataCategory.DECISION),
        "contact-consent": (ConsentNote, DataCategory.DECISION),
        "contact": (Contact, DataCategory.NEEDS),
        "report": (Report, DataCategory.NEEDS),
    }
)
"""Part of each private document, its schema and its one data category.

A stored part is this name and, after a full stop, what tells several of a kind apart.
"""
