"""What assistance knows of a case: one class per state, so that illegal fields do not exist.

Unopened -> Preparing -> Crisis | Active <-> Suspended -> Completed | Left | Transferred
               |            ^
               |            +-- the custodian opens here, or at Active
               +-> NeverBegun   (the hand-off came to nothing)
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from nrm_assistance.domain.parts import NeedItem
from nrm_contracts.care_codes import (
    ImmediateNeed,
    LeavingReason,
    PaperKind,
    RiskLevel,
    RiskPhase,
    RiskSubject,
    SupportEnd,
    SuspensionReason,
)
from nrm_contracts.codes import AgeBand
from nrm_contracts.consent_codes import DataCategory, Need
from nrm_contracts.ids import (
    AssessmentId,
    AssistanceId,
    ClosingId,
    DocumentId,
    OrganisationId,
    PersonId,
    PlanId,
    ReferralId,
    SupportId,
)
from nrm_runtime.core import Due

# --- clocks -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Ticking:
    """A deadline that is still to come."""

    due: Due


@dataclass(frozen=True, slots=True)
class Rung:
    """A deadline that fell due and was told."""

    due: Due


Clock: TypeAlias = Ticking | Rung

# --- the two immediate questions --------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class NotAsked:
    """Nobody has asked them yet."""


@dataclass(frozen=True, slots=True)
class NothingUrgent:
    """Asked, and nothing was urgent."""


@dataclass(frozen=True, slots=True)
class Urgent:
    """Somebody must act."""

    found: frozenset[ImmediateNeed]
    clock: Clock


Immediate: TypeAlias = NotAsked | NothingUrgent | Urgent

# --- risk and safety --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Danger:
    """Whose danger is assessed: the person's, or that of one relative."""

    subject: RiskSubject
    relative: PersonId | None


@dataclass(frozen=True, slots=True)
class Assessment:
    """The last assessment of one danger."""

    assessment: AssessmentId
    overall: RiskLevel
    phase: RiskPhase
    clock: Clock


@dataclass(frozen=True, slots=True)
class NoSafetyPlan:
    """None has been agreed."""


@dataclass(frozen=True, slots=True)
class SafetyPlan:
    """Agreed, and to be reviewed."""

    clock: Clock


# --- plan and supports ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class NoPlan:
    """None is in force."""


@dataclass(frozen=True, slots=True)
class Plan:
    """In force, and to be reviewed."""

    plan: PlanId
    clock: Clock


@dataclass(frozen=True, slots=True)
class Started:
    """A support that is being given."""

    need: Need


@dataclass(frozen=True, slots=True)
class Ended:
    """A support that is over for this organisation."""

    need: Need
    how: SupportEnd


Support: TypeAlias = Started | Ended


@dataclass(frozen=True, slots=True)
class Original:
    """A document on file."""

    kind: PaperKind
    category: DataCategory
    language: str


@dataclass(frozen=True, slots=True)
class Translation:
    """A document that stands beside its original."""

    original: DocumentId
    language: str


Paper: TypeAlias = Original | Translation


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """What one organisation wrote; it stays with it whatever becomes of the assistance."""

    assistance: AssistanceId
    organisation: OrganisationId
    country: str
    immediate: Immediate = NotAsked()
    relatives: frozenset[PersonId] = frozenset()
    risks: Mapping[Danger, Assessment] = field(default_factory=dict)
    assessments: frozenset[AssessmentId] = frozenset()
    needs: tuple[NeedItem, ...] = ()
    safety: NoSafetyPlan | SafetyPlan = NoSafetyPlan()
    plan: NoPlan | Plan = NoPlan()
    supports: Mapping[SupportId, Support] = field(default_factory=dict)
    papers: Mapping[DocumentId, Paper] = field(default_factory=dict)

    def open_supports(self) -> tuple[SupportId, ...]:
        """Give the supports that are being given, in a stable order."""
        return tuple(
            sorted(name for name, one in self.supports.items() if isinstance(one, Started))
        )


# --- the way of one assistance ----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Unopened:
    """There is none of this name."""


@dataclass(frozen=True, slots=True)
class Preparing:
    """A receiver prepares for a person who is still to come."""

    file: File
    referral: ReferralId


@dataclass(frozen=True, slots=True)
class Crisis:
    """Help at once, before any plan."""

    file: File


@dataclass(frozen=True, slots=True)
class Active:
    """Assistance is given."""

    file: File


@dataclass(frozen=True, slots=True)
class Suspended:
    """Assistance pauses."""

    file: File
    reason: SuspensionReason


@dataclass(frozen=True, slots=True)
class Completed:
    """Ended as planned."""

    file: File


@dataclass(frozen=True, slots=True)
class Left:
    """The person left."""

    file: File
    reason: LeavingReason


@dataclass(frozen=True, slots=True)
class Transferred:
    """Custody moved on, and every support is settled."""

    file: File
    receiver: OrganisationId


@dataclass(frozen=True, slots=True)
class TransferredWithTask:
    """Custody moved on; open supports are to be settled by a date."""

    file: File
    receiver: OrganisationId
    clock: Clock


@dataclass(frozen=True, slots=True)
class NeverBegun:
    """The hand-off came to nothing."""

    file: File


Opened: TypeAlias = (
    Preparing
    | Crisis
    | Active
    | Suspended
    | Completed
    | Left
    | Transferred
    | TransferredWithTask
    | NeverBegun
)
Assistance: TypeAlias = Unopened | Opened
RUNNING = (Preparing, Crisis, Active, Suspended)
"""The states in which an organisation has not finished with the person."""

# --- referrals, closing, the case -------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Accepted:
    """Its receiver may prepare."""

    receiver: OrganisationId


@dataclass(frozen=True, slots=True)
class HandedOver:
    """Both sides confirmed."""

    receiver: OrganisationId


@dataclass(frozen=True, slots=True)
class Over:
    """Backed out of, withdrawn or done."""

    receiver: OrganisationId


Route: TypeAlias = Accepted | HandedOver | Over


@dataclass(frozen=True, slots=True)
class DoorOpen:
    """New openings are welcome."""


@dataclass(frozen=True, slots=True)
class DoorClosing:
    """A closing was answered; nothing new is opened until it is decided."""

    closing: ClosingId


@dataclass(frozen=True, slots=True)
class DoorClosed:
    """The case is closed."""

    closing: ClosingId


Door: TypeAlias = DoorOpen | DoorClosing | DoorClosed


@dataclass(frozen=True, slots=True)
class Unheard:
    """We have not heard of the case."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What this service knows of a case; every organisation has its own assistance in it."""

    custodian: OrganisationId
    agency: OrganisationId | None
    country: str
    age: AgeBand
    person: PersonId
    routes: Mapping[ReferralId, Route] = field(default_factory=dict)
    door: Door = DoorOpen()
    assistances: Mapping[AssistanceId, Opened] = field(default_factory=dict)

    def running(
        self, organisation: OrganisationId
    ) -> Preparing | Crisis | Active | Suspended | None:
        """Give the one assistance of an organisation that has not ended, if there is one."""
        for one in self.assistances.values():
            if isinstance(one, RUNNING) and one.file.organisation == organisation:
                return one
        return None


State: TypeAlias = Unheard | Case
