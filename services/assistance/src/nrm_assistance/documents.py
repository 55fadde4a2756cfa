"""The private documents of assistance: what is written about a person stays in the vault.

Each document has exactly one data category, so that a consent can name it.
"""

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from nrm_contracts.care_codes import RiskDimension
from nrm_contracts.consent_codes import DataCategory, Need

Line = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Text = Annotated[str, StringConstraints(min_length=1, max_length=20_000)]
Content = Annotated[str, StringConstraints(min_length=1, max_length=400_000)]
STEPS_MAX = 50


class Private(BaseModel):
    """Base of every private document: strict, and silent about its input when it fails."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class Reason(Private):
    """Why assistance paused or ended, in words."""

    reason: Text


class MedicalNeed(Private):
    """What the person answered about urgent medical need, and what was done."""

    answer: Text
    done: Text | None = None


class Threat(Private):
    """What the person answered about an immediate threat, and what was done."""

    answer: Text
    done: Text | None = None


class Relative(Private):
    """Who a relative or friend is to the person, and how to reach them safely."""

    name: Line
    relation: Line
    contact: Line | None = None


class RiskForm(Private):
    """An assessment in words; the person's own view is always asked for, disagreement kept."""

    assessor: Line
    notes: Annotated[dict[RiskDimension, Text], Field(max_length=len(RiskDimension))]
    own_view: Text
    disagreement: Text | None = None
    measures: Text | None = None


class RiskHealth(Private):
    """What an assessment says on body and mind."""

    physical: Text | None = None
    mental: Text | None = None


class NeedsForm(Private):
    """The needs in words, and what the person wishes."""

    notes: Annotated[dict[Need, Text], Field(max_length=len(Need))]
    wishes: Text | None = None


class SafetyPlanText(Private):
    """What to do when danger rises; signed by who agreed."""

    warning_signs: Text
    steps: Annotated[tuple[Text, ...], Field(min_length=1, max_length=STEPS_MAX)]
    contacts: Text | None = None
    signed_by: Line
    signed_on: date


class PlanText(Private):
    """The plan in words: made with the person from wishes, motivation and resources."""

    objectives: Text
    activities: Text
    timeline: Text
    resources: Text | None = None
    signed_by: Line
    signed_on: date


class ReviewText(Private):
    """What the review of a plan found."""

    progress: Text
    changes: Text | None = None
    own_view: Text


class SupportText(Private):
    """What a support is to be, in words."""

    description: Text


class SupportNote(Private):
    """What happened when a support was given or ended."""

    note: Text


class Paper(Private):
    """The content of a document on file, or of its translation."""

    title: Line
    content: Content
    author: Line | None = None
    dated: date | None = None


DOCUMENTS: Mapping[str, tuple[type[Private], DataCategory]] = MappingProxyType(
    {
        "reason": (Reason, DataCategory.DECISION),
        "immediate-medical": (MedicalNeed, DataCategory.HEALTH),
        "immediate-threat": (Threat, DataCategory.RISKS),
        "relative": (Relative, DataCategory.FAMILY),
        "risk": (RiskForm, DataCategory.RISKS),
        "risk-health": (RiskHealth, DataCategory.HEALTH),
        "needs": (NeedsForm, DataCategory.NEEDS),
        "safety-plan": (SafetyPlanText, DataCategory.SAFETY_PLAN),
        "plan": (PlanText, DataCategory.NEEDS),
        "plan-review": (ReviewText, DataCategory.NEEDS),
        "support": (SupportText, DataCategory.NEEDS),
        "note": (SupportNote, DataCategory.NEEDS),
        "paper": (Paper, DataCategory.PAPERS),
    }
)
"""Name of each private document, its schema and its usual data category.

Supports, notes and papers stand beside others of their kind: their part goes on with a dot and
an id. A support's category follows its need, a paper's is said when it is filed.
"""

_BY_NEED: Mapping[Need, DataCategory] = MappingProxyType(
    {
        Need.MEDICAL: DataCategory.HEALTH,
        Need.PSYCHOLOGICAL: DataCategory.HEALTH,
        Need.LEGAL: DataCategory.LEGAL,
        Need.COMPENSATION: DataCategory.LEGAL,
        Need.DOCUMENTS: DataCategory.PAPERS,
        Need.FAMILY_TRACING: DataCategory.FAMILY,
        Need.SECURITY: DataCategory.RISKS,
    }
)


def category_of_support(need: Need) -> DataCategory:
    """Give the data category of what is written about a support."""
    return _BY_NEED.get(need, DataCategory.NEEDS)
