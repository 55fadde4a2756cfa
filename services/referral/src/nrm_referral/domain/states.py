"""Every state that a case and its regions can be in, one class each.

CASE       Unopened -> Open -> Closed -> Reopened -> Closed ...
CUSTODY    one organisation at every moment
CONSENT    Granted -> Expired ; either -> Withdrawn -> Settled, or -> Unacknowledged -> Settled
OVERRIDE   Proposed -> Approved
REFERRAL   Offered -> Delivered -> Acknowledged -> Accepted -> HandedOver -> Done
           before acceptance -> Declined | TimedOut ; Accepted -> BackedOut
           before the hand-off -> Withdrawn
CLOSING    NoClosing -> ClosingOpen -> ClosingApproved -> (case Closed) ; either -> NoClosing
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from nrm_contracts.codes import AgeBand, ClosureReason, LinkKind, ServiceName, YesNo
from nrm_contracts.consent_codes import Outcome, ReferralKind
from nrm_contracts.ids import (
    CaseId,
    ConsentId,
    OrganisationId,
    OverrideId,
    PersonId,
    ReferralId,
    ReturnId,
)
from nrm_referral.domain.case_events import ClosingProposed, ConsentGranted, OverrideProposed
from nrm_referral.domain.values import Pace, Terms, Watch
from nrm_runtime.core import Due


@dataclass(frozen=True, slots=True)
class Unopened:
    """No signal was heard under this case."""


@dataclass(frozen=True, slots=True)
class Open:
    """The case is worked on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reopened:
    """The case is worked on again; who was named for hearing notices still sees it."""

    hearing_notices_to: OrganisationId | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Closed:
    """The case is closed; `hearing_notices_to` may take it up again."""

    reason: ClosureReason
    checked_by: OrganisationId
    hearing_notices_to: OrganisationId | None


Life: TypeAlias = Open | Reopened | Closed


@dataclass(frozen=True, slots=True, kw_only=True)
class Granted:
    """A consent that holds until its end; `received` know something by it."""

    given: ConsentGranted
    received: frozenset[OrganisationId]


@dataclass(frozen=True, slots=True, kw_only=True)
class Expired:
    """A consent that reached its end."""

    given: ConsentGranted
    received: frozenset[OrganisationId]


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdrawn:
    """A consent taken back; those in `waiting` must say that they know."""

    given: ConsentGranted
    received: frozenset[OrganisationId]
    waiting: frozenset[OrganisationId]
    acknowledge_by: Due


@dataclass(frozen=True, slots=True, kw_only=True)
class Unacknowledged:
    """A consent taken back whose withdrawal was not acknowledged in time."""

    given: ConsentGranted
    received: frozenset[OrganisationId]
    waiting: frozenset[OrganisationId]


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """A consent taken back, and everybody concerned knows."""

    given: ConsentGranted
    received: frozenset[OrganisationId]


Consent: TypeAlias = Granted | Expired | Withdrawn | Unacknowledged | Settled


@dataclass(frozen=True, slots=True, kw_only=True)
class OverrideOpen:
    """A disclosure on a legal ground, proposed by one worker."""

    given: OverrideProposed


@dataclass(frozen=True, slots=True, kw_only=True)
class OverrideHolds:
    """A disclosure on a legal ground, approved by a second worker."""

    given: OverrideProposed


Override: TypeAlias = OverrideOpen | OverrideHolds


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered:
    """Asked; nobody knows whether the receiver has it."""

    terms: Terms
    watch: Watch


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """The receiver's side has it; nobody there has said so."""

    terms: Terms
    watch: Watch


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledged:
    """Somebody at the receiver has seen it."""

    terms: Terms


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """The receiver takes it; it waits for the agreed date and for both confirmations."""

    terms: Terms
    watch: Watch
    confirm_hours: int
    confirmed: frozenset[OrganisationId]
    keeps_assistance: YesNo


@dataclass(frozen=True, slots=True, kw_only=True)
class Declined:
    """The receiver said no."""

    terms: Terms


@dataclass(frozen=True, slots=True, kw_only=True)
class TimedOut:
    """Nobody answered in time."""

    terms: Terms


@dataclass(frozen=True, slots=True, kw_only=True)
class BackedOut:
    """The receiver could not keep its word."""

    terms: Terms


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenBack:
    """Withdrawn by the sender, by the person, or because the return ended."""

    terms: Terms


@dataclass(frozen=True, slots=True, kw_only=True)
class Handed:
    """Handed over: both confirmed."""

    terms: Terms


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What was asked for has ended."""

    terms: Terms
    outcome: Outcome


Referral: TypeAlias = (
    Offered
    | Delivered
    | Acknowledged
    | Accepted
    | Declined
    | TimedOut
    | BackedOut
    | TakenBack
    | Handed
    | Done
)
Waiting: TypeAlias = Offered | Delivered | Acknowledged
Unfinished: TypeAlias = Offered | Delivered | Acknowledged | Accepted | Handed


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """A lost referral's sender must find another way."""

    organisation: OrganisationId
    kind: ReferralKind
    pace: Pace
    watch: Watch


@dataclass(frozen=True, slots=True, kw_only=True)
class Requested:
    """A journey without a date."""

    moves_no_custody: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """A journey with an arrival."""

    moves_no_custody: bool
    arrives_at: datetime


@dataclass(frozen=True, slots=True)
class Arrived:
    """The person is there, by the receiver's word."""


@dataclass(frozen=True, slots=True)
class Over:
    """The journey will not be."""


Journey: TypeAlias = Requested | Planned | Arrived | Over


@dataclass(frozen=True, slots=True)
class NoClosing:
    """Nobody proposes to close."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosingOpen:
    """Proposed; the services in `missing` have not answered."""

    proposed: ClosingProposed
    missing: frozenset[ServiceName]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosingApproved:
    """Every service answered and the agency checked."""

    proposed: ClosingProposed
    checked_by: OrganisationId


Closing: TypeAlias = NoClosing | ClosingOpen | ClosingApproved


@dataclass(frozen=True, slots=True, kw_only=True)
class Tenure:
    """An organisation answers for the case since an instant, by a referral or as recorder."""

    custodian: OrganisationId
    since: datetime
    referral: ReferralId | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A case with all its regions.

    `agency` is the national agency that answers for it now, `agencies` all that were told;
    `custody` is never empty, its last tenure is the present one.
    """

    person: PersonId
    country: str
    age: AgeBand
    agency: OrganisationId | None
    agencies: frozenset[OrganisationId]
    custody: tuple[Tenure, ...]
    life: Life
    closing: Closing
    links: Mapping[CaseId, LinkKind]
    consents: Mapping[ConsentId, Consent]
    overrides: Mapping[OverrideId, Override]
    referrals: Mapping[ReferralId, Referral]
    routes: Mapping[ReferralId, Route]
    returns: Mapping[ReturnId, Journey]

    @property
    def custodian(self) -> OrganisationId:
        """The one organisation that answers for the case."""
        return self.custody[-1].custodian


Case: TypeAlias = Unopened | Opened
