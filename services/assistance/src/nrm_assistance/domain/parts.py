"""The small values that commands and events of assistance are made of."""

from dataclasses import dataclass
from enum import StrEnum

from nrm_contracts.care_codes import Priority, RiskDimension, RiskLevel, Setting
from nrm_contracts.consent_codes import ConsentForm, ConsentGiver, Need
from nrm_contracts.ids import ConsentId, OrganisationId

SCALE_MAX = 4  # likelihood and severity run from 1 to 4
PILLAR_MAX = 4  # protection, access to support, social inclusion, justice (OSCE)


class Assent(StrEnum):
    """A child's own agreement beside the guardian's consent; an adult needs none."""

    NOT_NEEDED = "not_needed"
    GIVEN = "given"
    BELOW_AGE = "below_age"


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """Who agreed, in which form, and what the child said."""

    giver: ConsentGiver
    form: ConsentForm
    assent: Assent


@dataclass(frozen=True, slots=True, kw_only=True)
class Rating:
    """Danger in one dimension: likelihood 1 to 4 and severity 1 to 4."""

    dimension: RiskDimension
    likelihood: int
    severity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NeedItem:
    """One need of the person; `provider` and `consent` where somebody is to meet it."""

    need: Need
    priority: Priority
    provider: OrganisationId | None
    consent: ConsentId | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanItem:
    """One item of a plan: which need, under which pillar (1 to 4), where."""

    need: Need
    pillar: int
    setting: Setting


_MEDIUM_FROM = 4
_HIGH_FROM = 8
_EXTREME_FROM = 12
_ORDER = (RiskLevel.LOW, RiskLevel.MEDIUM, RiskLevel.HIGH, RiskLevel.EXTREME)


def level(rating: Rating) -> RiskLevel:
    """Give the level of a dimension: 1–3 low, 4–6 medium, 8–9 high, 12–16 extreme."""
    product = rating.likelihood * rating.severity
    if product >= _EXTREME_FROM:
        return RiskLevel.EXTREME
    if product >= _HIGH_FROM:
        return RiskLevel.HIGH
    if product >= _MEDIUM_FROM:
        return RiskLevel.MEDIUM
    return RiskLevel.LOW


def overall(ratings: tuple[Rating, ...]) -> RiskLevel:
    """Give the level of an assessment: the maximum of its dimensions, never their mean."""
    return max((level(rating) for rating in ratings), key=_ORDER.index)


def grave(ratings: tuple[Rating, ...]) -> frozenset[RiskDimension]:
    """Give the dimensions that are high or extreme."""
    return frozenset(
        rating.dimension
        for rating in ratings
        if level(rating) in {RiskLevel.HIGH, RiskLevel.EXTREME}
    )
