"""The joint risk assessment of a return, under rule 7 of the field's model.

Signed by one organisation of each country; the overall level is the maximum of everything that
either side found, never a mean; disagreement is kept. Each HIGH danger needs a measure with an
owner and an agreed level that remains. EXTREME blocks always.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Final

from nrm_contracts.care_codes import Destination, RiskDimension, RiskLevel, RiskSubject
from nrm_contracts.ids import AssessmentId, OrganisationId, WorkerId
from nrm_return.domain.values import Country, Finding, Measure
from nrm_runtime.core import Due, Refused

SCALE_MAX: Final = 4
MEDIUM_FROM: Final = 4
HIGH_FROM: Final = 8
EXTREME_FROM: Final = 12

RANK: Final[Mapping[RiskLevel, int]] = MappingProxyType(
    {level: rank for rank, level in enumerate(RiskLevel)}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """What one country's organisation found and signed."""

    assessment: AssessmentId
    organisation: OrganisationId
    worker: WorkerId
    country: Country
    findings: tuple[Finding, ...]
    measures: tuple[Measure, ...]
    family_threatened: bool
    disagreement: bool
    signed_at: datetime
    valid_until: Due


@dataclass(frozen=True, slots=True, kw_only=True)
class Joint:
    """An assessment that both countries signed.

    `outdated` after a later, higher finding; `expiry_told` once its age was told.
    """

    signatures: tuple[Signature, Signature]
    outdated: bool = False
    expiry_told: bool = False

    @property
    def assessment(self) -> AssessmentId:
        """The assessment that both signed."""
        return self.signatures[1].assessment

    @property
    def until(self) -> Due:
        """When the older of the two signatures is too old."""
        return earliest(self.signatures)

    @property
    def signed_at(self) -> datetime:
        """When the second side signed."""
        return max(each.signed_at for each in self.signatures)


@dataclass(frozen=True, slots=True, kw_only=True)
class Levels:
    """What a rise is measured against: the worst found, what remains of it, what is HIGH."""

    overall: RiskLevel
    residual: RiskLevel
    high: frozenset[RiskDimension]

    def rises_to(self, other: "Levels") -> bool:
        """Say whether `other` is worse: a higher level, or another dimension that is HIGH."""
        return (
            RANK[other.overall] > RANK[self.overall]
            or RANK[other.residual] > RANK[self.residual]
            or not other.high <= self.high
        )


def level_of(finding: Finding) -> RiskLevel:
    """Give the level of likelihood times severity: 1-3, 4-6, 8-9, 12-16."""
    product = finding.likelihood * finding.severity
    if product >= EXTREME_FROM:
        return RiskLevel.EXTREME
    if product >= HIGH_FROM:
        return RiskLevel.HIGH
    return RiskLevel.MEDIUM if product >= MEDIUM_FROM else RiskLevel.LOW


def highest(levels: Iterable[RiskLevel]) -> RiskLevel:
    """Give the maximum; LOW of nothing."""
    return max(levels, key=RANK.__getitem__, default=RiskLevel.LOW)


def earliest(signatures: Iterable[Signature]) -> Due:
    """Give the validity that ends first."""
    return min((each.valid_until for each in signatures), key=lambda due: due.at)


def residual_of(signature: Signature, finding: Finding) -> RiskLevel:
    """Give what remains of a danger: the agreed level where a HIGH one has a measure."""
    found = level_of(finding)
    if found is not RiskLevel.HIGH:
        return found
    agreed = [each.residual for each in signature.measures if _meant(each, finding)]
    return highest(agreed) if agreed else found


def levels(signatures: Iterable[Signature]) -> Levels:
    """Give the maximum of all that was found."""
    found = [(signature, each) for signature in signatures for each in signature.findings]
    return Levels(
        overall=highest(level_of(each) for _, each in found),
        residual=highest(residual_of(signature, each) for signature, each in found),
        high=frozenset(each.dimension for _, each in found if RANK[level_of(each)] >= _HIGH),
    )


def subjects(signature: Signature) -> frozenset[RiskSubject]:
    """Give whose danger was assessed."""
    return frozenset(each.subject for each in signature.findings)


def unmeasured(signatures: Iterable[Signature]) -> bool:
    """Say whether a HIGH danger has no measure beside it."""
    return any(
        level_of(finding) is RiskLevel.HIGH
        and not any(_meant(each, finding) for each in signature.measures)
        for signature in signatures
        for finding in signature.findings
    )


def residual_max(destination: Destination, *, decided: bool) -> RiskLevel:
    """Give what may remain: MEDIUM, or HIGH in a protected place if the person so decided."""
    if destination is Destination.PROTECTED_PLACE and decided:
        return RiskLevel.HIGH
    return RiskLevel.MEDIUM


def hold_form(findings: tuple[Finding, ...], measures: tuple[Measure, ...]) -> None:
    """Hold a signature to its form; raises `Refused`."""
    if not any(each.subject is RiskSubject.PERSON for each in findings):
        raise Refused("person-not-assessed", "The danger to the person stands in every signature.")
    if any(not _on_scale(each.likelihood, each.severity) for each in findings):
        raise Refused("out-of-scale", "Likelihood and severity go from 1 to 4.")
    if len({(each.subject, each.dimension) for each in findings}) != len(findings):
        raise Refused("finding-doubled", "Each danger stands once for each subject.")
    if any(not any(_meant(measure, each) for each in findings) for measure in measures):
        raise Refused("measure-without-finding", "A measure belongs to a danger that was found.")


def _on_scale(*values: int) -> bool:
    return all(1 <= each <= SCALE_MAX for each in values)


def _meant(measure: Measure, finding: Finding) -> bool:
    return (measure.subject, measure.dimension) == (finding.subject, finding.dimension)


_HIGH: Final = RANK[RiskLevel.HIGH]
