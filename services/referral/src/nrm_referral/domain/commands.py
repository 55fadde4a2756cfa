"""What may be asked of a case in this service."""

from dataclasses import dataclass
from datetime import datetime

from nrm_contracts.codes import (
    AgeBand,
    ClosureReason,
    LinkKind,
    OpenMatter,
    ReopeningReason,
    ServiceName,
    YesNo,
)
from nrm_contracts.consent_codes import (
    BackOutReason,
    BlockedGroup,
    ConsentForm,
    ConsentGiver,
    DataCategory,
    DeclineReason,
    DeliveryWay,
    LegalGround,
    Need,
    NotSuccessfulReason,
    Outcome,
    Purpose,
    ReferralKind,
    WithdrawalReason,
    WithdrawnBy,
)
from nrm_contracts.ids import (
    CaseId,
    ClosingId,
    ConsentId,
    OrganisationId,
    OverrideId,
    PersonId,
    ReferralId,
    ReturnId,
    TicketId,
)
from nrm_referral.domain.values import Fit, Ground, Pace, Receiver
from nrm_runtime.core import Command, Due


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenCase(Command):
    """A signal was received: a case begins, its recorder is the first custodian.

    `person` is the name of its person in this service's vault.
    """

    person: PersonId
    custodian: OrganisationId
    agency: OrganisationId | None
    country: str
    age: AgeBand


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteAge(Command):
    """Identification decided on the age."""

    age: AgeBand


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkCase(Command):
    """Say that another case belongs together with this one."""

    linked: CaseId
    how: LinkKind


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantConsent(Command):
    """Record that the person lets one recipient know kinds of data for one purpose.

    The recipient is an organisation or a group, never both. `blocked` are groups that must not
    learn what is disclosed. `assent` is the child's own word, absent for adults and for children
    too young to be asked.
    """

    consent: ConsentId
    recipient: OrganisationId | None
    group: BlockedGroup | None
    purpose: Purpose
    categories: frozenset[DataCategory]
    blocked: frozenset[BlockedGroup]
    form: ConsentForm
    giver: ConsentGiver
    assent: YesNo | None
    until: Due


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawConsent(Command):
    """Record that the person withdrew a consent; who received data acknowledges by then."""

    consent: ConsentId
    acknowledge_by: Due


@dataclass(frozen=True, slots=True, kw_only=True)
class AcknowledgeWithdrawal(Command):
    """Say, as an organisation that received data, that the withdrawal is known."""

    consent: ConsentId


@dataclass(frozen=True, slots=True, kw_only=True)
class InformGroup(Command):
    """Record that somebody outside the mechanism, such as the family, is told something."""

    group: BlockedGroup
    categories: frozenset[DataCategory]
    purpose: Purpose


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposeOverride(Command):
    """Propose to disclose on a named legal ground instead of consent."""

    override: OverrideId
    ground: LegalGround
    recipient: OrganisationId
    purpose: Purpose
    categories: frozenset[DataCategory]


@dataclass(frozen=True, slots=True, kw_only=True)
class ApproveOverride(Command):
    """Approve, as a second worker, what another proposed."""

    override: OverrideId


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferReferral(Command):
    """Ask another organisation to take over the case or one need.

    `receiver` is what the directory says of it now. `medical` and `threat` are the answers to
    the two immediate questions, absent while nobody asked. `replaces` is a lost referral whose
    next route this is.
    """

    referral: ReferralId
    kind: ReferralKind
    receiver: Receiver
    needs: frozenset[Need]
    purpose: Purpose
    categories: frozenset[DataCategory]
    ground: Ground
    urgent: YesNo
    fit: Fit
    medical: YesNo | None
    threat: YesNo | None
    acknowledge_by: Due
    answer_by: Due
    pace: Pace
    linked_return: ReturnId | None
    replaces: ReferralId | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteDelivery(Command):
    """The receiver's side has demonstrably got an offer."""

    referral: ReferralId
    way: DeliveryWay


@dataclass(frozen=True, slots=True, kw_only=True)
class AcknowledgeOffer(Command):
    """Say, as the receiver: seen, answer by the deadline."""

    referral: ReferralId


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptReferral(Command):
    """Take a referral. `offer` is the leaf hash of the offer's ledger entry.

    `free` is the number of the receiver's places now free, absent where they are not counted.
    `confirm_by` is counted from the agreed date, or from now where none was agreed.
    """

    referral: ReferralId
    offer: str
    free: int | None
    agreed_at: datetime | None
    confirm_by: Due
    confirm_hours: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclineReferral(Command):
    """Say no to an offer, with a reason."""

    referral: ReferralId
    reason: DeclineReason


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawReferral(Command):
    """Take an offer or a waiting hand-off back, on the sender's or on the person's word."""

    referral: ReferralId
    on_word_of: WithdrawnBy
    reason: WithdrawalReason


@dataclass(frozen=True, slots=True, kw_only=True)
class BackOut(Command):
    """Say, as the receiver, that an acceptance cannot be kept."""

    referral: ReferralId
    reason: BackOutReason


@dataclass(frozen=True, slots=True, kw_only=True)
class RescheduleHandOff(Command):
    """Agree on another date for an accepted hand-off."""

    referral: ReferralId
    agreed_at: datetime
    confirm_by: Due


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmHandOff(Command):
    """Say, as sender or receiver, that the hand-off took place.

    `keeps_assistance` is the sender's: whether it goes on assisting after custody moved.
    """

    referral: ReferralId
    accompanied: YesNo
    keeps_assistance: YesNo


@dataclass(frozen=True, slots=True, kw_only=True)
class FinishReferral(Command):
    """Say that what was asked for has ended, and how."""

    referral: ReferralId
    outcome: Outcome
    reason: NotSuccessfulReason | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeNextRoute(Command):
    """Settle, as the sender of a lost referral, what follows."""

    referral: ReferralId


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleasePacket(Command):
    """Ask, as the receiver, for a ticket to read kinds of data at one owner."""

    referral: ReferralId
    ticket: TicketId
    owner: ServiceName
    categories: frozenset[DataCategory]


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteReturn(Command):
    """A return or journey was requested."""

    return_id: ReturnId
    moves_no_custody: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteItinerary(Command):
    """The journey's arrival is the agreed date of the hand-off."""

    return_id: ReturnId
    arrives_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteArrival(Command):
    """The receiver says that the person arrived."""

    return_id: ReturnId
    arrived_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteReturnEnd(Command):
    """The return was refused or withdrawn."""

    return_id: ReturnId


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposeClosing(Command):
    """Propose to close the case. A running trial needs who receives hearing notices."""

    closing: ClosingId
    reason: ClosureReason
    trial_runs: YesNo
    hearing_notices_to: OrganisationId | None
    answer_by: Due


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerClosing(Command):
    """A service says whether something of its own keeps the case open."""

    closing: ClosingId
    service: ServiceName
    open: frozenset[OpenMatter]


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckClosing(Command):
    """Say, as the national agency, that the closing is right."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AbandonClosing(Command):
    """Take a proposed closing back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseCase(Command):
    """Close the case after every answer and the agency's check."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReopenCase(Command):
    """Take a closed case up again."""

    reason: ReopeningReason
