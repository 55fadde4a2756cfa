"""What a list of indicators advises (ILO and European Commission, Delphi method, 2009).

Advice, never a decision (GDPR art. 22): an officer decides, also against it. Two rules of the
Palermo Protocol art. 3 apply: consent is irrelevant once means were used, and for a child means
are not required.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from nrm_contracts.codes import IndicatorAnswer, IndicatorClass

EXPLOITATION = "exploitation"
DECEPTION = "deceptive_recruitment"
STRONG_ENOUGH = 2
MEDIUM_ENOUGH = 3


@dataclass(frozen=True, slots=True)
class Sign:
    """An indicator as the rule needs it: its dimension and weight (`S`, `M`, `W`)."""

    dimension: str
    weight: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """The outcome, the positive dimensions, and those that unknown answers could still turn."""

    outcome: IndicatorClass
    positive: frozenset[str]
    undecided: frozenset[str]


def assess(
    signs: Mapping[str, Sign], answers: Mapping[str, IndicatorAnswer], *, is_child: bool
) -> Advice:
    """Weigh the answers, by code of the indicator; one without an answer counts as unknown."""
    yes = [sign for code, sign in signs.items() if answers.get(code) is IndicatorAnswer.YES]
    possible = [sign for code, sign in signs.items() if answers.get(code) is not IndicatorAnswer.NO]
    positive, possibly = _positive(yes), _positive(possible)
    return Advice(
        outcome=_class(positive, possibly, is_child=is_child),
        positive=positive,
        undecided=possibly - positive,
    )


def _positive(signs: Iterable[Sign]) -> frozenset[str]:
    counts: dict[str, Counter[str]] = {}
    for sign in signs:
        counts.setdefault(sign.dimension, Counter())[sign.weight] += 1
    return frozenset(dimension for dimension, count in counts.items() if _is_positive(count))


def _is_positive(count: Counter[str]) -> bool:
    strong, medium, weak = count["S"], count["M"], count["W"]
    return (
        strong >= STRONG_ENOUGH
        or (strong >= 1 and medium + weak >= 1)
        or medium >= MEDIUM_ENOUGH
        or (medium >= STRONG_ENOUGH and weak >= 1)
    )


def _class(positive: frozenset[str], possibly: frozenset[str], *, is_child: bool) -> IndicatorClass:
    if EXPLOITATION not in positive:
        if EXPLOITATION in possibly:
            return IndicatorClass.UNDETERMINED
        return IndicatorClass.NO_TRAFFICKING_SIGNS
    if is_child:
        return IndicatorClass.TRAFFICKING
    means = {one for one in positive if one != EXPLOITATION}
    recruited = any(one.endswith("recruitment") or "recruitment" in one for one in means)
    held = any("destination" in one for one in means)
    if recruited and held:
        return IndicatorClass.TRAFFICKING
    if DECEPTION in means:
        return IndicatorClass.DECEPTION_AND_EXPLOITATION
    return IndicatorClass.TRAFFICKING if len(means) > 1 else IndicatorClass.EXPLOITED
