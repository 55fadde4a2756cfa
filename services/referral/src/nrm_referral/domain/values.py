"""The small values that commands, events and states of this service are made of."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from nrm_contracts.codes import AgeBand, Gender, YesNo
from nrm_contracts.consent_codes import (
    Basis,
    BlockedGroup,
    DataCategory,
    LegalGround,
    Need,
    Purpose,
    ReferralKind,
)
from nrm_contracts.ids import ConsentId, OrganisationId, OverrideId, ReferralId, ReturnId
from nrm_runtime.core import Due

ESCALATIONS_MAX: Final = 10
"""How often one overdue step is told again; after that somebody must look by themselves."""

NEVER_INFORMED: Final = frozenset({BlockedGroup.EXPLOITER})
"""Groups that are told nothing, whatever a consent says."""

BLOCKED_FIRST: Final = frozenset({BlockedGroup.FAMILY, BlockedGroup.EXPLOITER})
"""Who must not learn anything before the person says otherwise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How fast the sender must go on, in hours, by the sender's country profile."""

    profile: str
    next_route_hours: int
    escalate_hours: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """What the person needs from a receiver beside the needs themselves.

    `languages` are ISO 639 codes the person understands; empty while nobody knows.
    """

    gender: Gender
    languages: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Immediate:
    """The two questions asked before any referral: medical help now, danger now."""

    medical: YesNo
    threat: YesNo


@dataclass(frozen=True, slots=True, kw_only=True)
class Receiver:
    """What the directory says of an organisation at this moment.

    `free` is the number of places now free, absent where places are not counted; `agency` the
    national agency of its country, absent where there is none.
    """

    organisation: OrganisationId
    country: str
    agency: OrganisationId | None
    child_protection: bool
    groups: frozenset[BlockedGroup]
    needs: frozenset[Need]
    ages: frozenset[AgeBand]
    genders: frozenset[Gender]
    languages: frozenset[str]
    free: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """On what a disclosure rests; exactly one of the three is named by `basis`."""

    basis: Basis
    consent: ConsentId | None = None
    override: OverrideId | None = None
    legal: LegalGround | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What was offered to whom; does not change with the referral's state.

    The receiver's groups, country and agency are those of the moment of the offer.
    """

    referral: ReferralId
    kind: ReferralKind
    sender: OrganisationId
    receiver: OrganisationId
    receiver_groups: frozenset[BlockedGroup]
    receiver_country: str
    receiver_agency: OrganisationId | None
    needs: frozenset[Need]
    purpose: Purpose
    categories: frozenset[DataCategory]
    ground: Ground
    blocked: frozenset[BlockedGroup]
    urgent: YesNo
    fit: Fit
    immediate: Immediate
    acknowledge_by: Due
    answer_by: Due
    pace: Pace
    linked_return: ReturnId | None
    country: str
    offered_at: datetime

    @property
    def takes_a_place(self) -> bool:
        """Whether the person will stay at the receiver's."""
        return Need.ACCOMMODATION in self.needs


def later(start: datetime, hours: int, profile: str) -> Due:
    """Give the instant `hours` after `start`, under the profile the number came from."""
    return Due(at=start + timedelta(hours=hours), profile=profile)


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """A step's deadline and how often it was found overdue.

    `since` is that count when the deadline was last moved, so that every telling has a number
    of its own.
    """

    first: Due
    times: int = 0
    since: int = 0

    def due(self, pace: Pace) -> Due | None:
        """Give the next instant at which the step is told as overdue, or none after the last."""
        again = self.times - self.since
        if again >= ESCALATIONS_MAX:
            return None
        if again == 0:
            return self.first
        return later(self.first.at, again * pace.escalate_hours, pace.profile)

    def told(self) -> "Watch":
        """Count one telling."""
        return Watch(first=self.first, times=self.times + 1, since=self.since)

    def moved(self, first: Due) -> "Watch":
        """Begin anew with another deadline."""
        return Watch(first=first, times=self.times, since=self.times)
