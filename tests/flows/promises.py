"""What the mechanism promises, checked against the facts alone as they are stored.

Nothing here asks a machine: each promise keeps its own small memory of what was told, and of the
few private details that are not told (who signed, what was found).
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from nrm_contracts import assistance, cases, follow_ups, identification, referral, returns
from nrm_contracts.care_codes import Destination, ReturnKind, RiskLevel, RiskSubject
from nrm_contracts.codes import AgeBand
from nrm_contracts.consent_codes import Basis, DataCategory, Purpose, ReferralKind
from nrm_contracts.contract import Contract
from nrm_contracts.profiles import profile
from nrm_referral.domain import events as moved
from nrm_return.domain import file_events as filed
from nrm_runtime.core import Event
from tests.flows.people import BY_ID

LEVELS: Final = tuple(RiskLevel)
TRANSFER: Final = ReferralKind.TRANSFER_OF_CUSTODY


class Custody:
    """Exactly one custodian, one open transfer, and no move without both confirmations."""

    def __init__(self) -> None:
        """Begin without a case."""
        self.custodian: UUID | None = None
        self.offers: dict[UUID, referral.ReferralOffered] = {}
        self.senders: dict[UUID, UUID] = {}
        self.accepted: set[UUID] = set()
        self.ever_accepted: set[UUID] = set()
        self.open_transfers: set[UUID] = set()
        self.confirmed: dict[UUID, set[UUID]] = defaultdict(set)
        self.handed: set[UUID] = set()

    def see(self, told: Contract) -> None:
        """Hold a told fact against the promise."""
        match told:
            case cases.CaseOpened():
                assert self.custodian is None, "a case is opened twice"
                self.custodian = told.custodian
            case referral.ReferralOffered():
                self._offered(told)
            case referral.ReferralAccepted():
                assert told.receiver == self.offers[told.referral].receiver
                self.accepted.add(told.referral)
                self.ever_accepted.add(told.referral)
            case (
                referral.ReferralDeclined()
                | referral.ReferralBackedOut()
                | referral.ReferralTimedOut()
                | referral.ReferralWithdrawn()
            ):
                assert told.referral not in self.handed, "lost after it was handed over"
                self.open_transfers.discard(told.referral)
                self.accepted.discard(told.referral)
            case referral.HandOffConfirmed():
                assert told.referral in self.accepted, "confirmed without an acceptance"
                self.confirmed[told.referral].add(told.organisation)
            case referral.ReferralPassed():
                self.senders[told.referral] = told.sender
                self.confirmed[told.referral].discard(told.former)
            case referral.HandedOver():
                self._handed(told)
            case cases.CustodyMoved():
                self._moved(told)
            case _:
                pass

    def _offered(self, told: referral.ReferralOffered) -> None:
        self.offers[told.referral] = told
        self.senders[told.referral] = told.sender
        if told.kind is TRANSFER:
            assert told.sender == self.custodian, "somebody else gives the case away"
            self.open_transfers.add(told.referral)
        assert len(self.open_transfers) <= 1, "two transfers are open"

    def _handed(self, told: referral.HandedOver) -> None:
        both = {self.senders[told.referral], told.receiver}
        assert self.confirmed[told.referral] >= both, "handed over on one side's word"
        assert told.sender == self.senders[told.referral]
        self.accepted.discard(told.referral)
        self.open_transfers.discard(told.referral)
        self.handed.add(told.referral)

    def _moved(self, told: cases.CustodyMoved) -> None:
        assert told.sender == self.custodian, "custody moves from somebody who has it not"
        assert told.sender != told.receiver
        assert told.referral in self.handed, "custody moves without both confirmations"
        assert self.offers[told.referral].kind is TRANSFER, "a shared need moves custody"
        self.custodian = told.receiver


class Disclosure:
    """Nothing leaves without a consent that holds, a child's protection, or a second worker."""

    def __init__(self) -> None:
        """Begin with nothing allowed."""
        self.consents: dict[UUID, cases.ConsentGranted] = {}
        self.offers: dict[UUID, referral.ReferralOffered] = {}
        self.proposed: dict[UUID, moved.OverrideProposed] = {}
        self.approved: set[UUID] = set()
        self.age = AgeBand.UNKNOWN

    def see(self, event: Event, told: Contract | None) -> None:
        """Hold a fact against the promise."""
        match event:
            case moved.CaseOpened(age=age) | moved.AgeNoted(age=age):
                self.age = age
            case moved.OverrideProposed():
                self.proposed[event.override] = event
            case moved.OverrideApproved():
                assert event.worker != self.proposed[event.override].worker, "approved alone"
                self.approved.add(event.override)
            case _:
                pass
        match told:
            case cases.ConsentGranted():
                self.consents[told.consent] = told
            case cases.ConsentWithdrawn():
                del self.consents[told.consent]
            case referral.ReferralOffered():
                self.offers[told.referral] = told
                self._rests(told, told.receiver, told.categories, event.at)
            case referral.ReferralAccepted():
                offer = self.offers[told.referral]
                self._rests(told, told.receiver, offer.categories, event.at)
            case referral.PacketReleased():
                assert set(told.categories) <= set(self.offers[told.referral].categories)
                self._rests(told, told.recipient, told.categories, event.at)
            case _:
                pass

    def _rests(
        self, told: Any, recipient: UUID, categories: Iterable[DataCategory], at: datetime
    ) -> None:
        match told.basis:
            case Basis.CONSENT:
                given = self.consents.get(told.consent)
                assert given is not None, f"{told.name} without a consent"
                assert at < given.until, f"{told.name} after the consent ended"
                named = given.recipient == recipient or given.group in BY_ID[recipient].groups  # type: ignore[index]
                assert named, f"{told.name} to somebody whom the consent does not name"
                assert given.purpose is Purpose(told.purpose)
                assert set(categories) <= set(given.categories)
            case Basis.CHILD_PROTECTION:
                assert self.age is not AgeBand.ADULT, f"{told.name} protects no child"
            case Basis.LEGAL_GROUND:
                assert told.override in self.approved, f"{told.name} on a ground nobody approved"
                assert self.proposed[told.override].recipient == recipient


@dataclass(slots=True)
class Journey:
    """What is remembered of one return."""

    asked: returns.ReturnRequested
    consent: filed.ReturnConsented | None = None
    waiting: filed.JointRiskSigned | None = None
    joint: tuple[filed.JointRiskSigned, filed.JointRiskSigned] | None = None
    outdated: bool = False
    decided: bool = False
    receiver: returns.ReceiverConfirmed | None = None
    words: dict[str, UUID] = field(default_factory=dict)
    approved: bool = False
    on_the_road: bool = False
    over: bool = False


class Travel:
    """No approval and no departure without consent, joint risk within rule 7, and a receiver."""

    def __init__(self, custody: Custody) -> None:
        """Know what referral told; that is where receivers accept."""
        self.custody = custody
        self.journeys: dict[UUID, Journey] = {}
        self.presumed = False
        self.reflection_settled = False

    def see(self, event: Event, told: Contract | None) -> None:
        """Hold a fact against the promise."""
        match told:
            case identification.VictimPresumed() | identification.VictimIdentified():
                self.presumed = True
            case (
                identification.ReflectionEnded()
                | identification.ReflectionDeclined()
                | identification.ReflectionNotApplicable()
            ):
                self.reflection_settled = True
            case returns.ReturnRequested():
                self.journeys[told.return_id] = Journey(asked=told)
            case _:
                pass
        key = getattr(event, "return_id", None)
        if key in self.journeys:
            journey = self.journeys[key]
            assert not (journey.over and isinstance(told, returns.ReturnDeparted))
            self._filed(journey, event)
            self._went(journey, told, event.at)

    def _filed(self, journey: Journey, event: Event) -> None:
        match event:
            case filed.ReturnConsented():
                journey.consent = event
            case filed.ReturnConsentWithdrawn():
                journey.consent = None
                journey.words.clear()
            case filed.JointRiskSigned(complete=False):
                journey.waiting = event
            case filed.JointRiskSigned():
                assert journey.waiting is not None, "signed as a second without a first"
                journey.joint = (journey.waiting, event)
                journey.waiting, journey.outdated = None, False
            case filed.RiskRiseNoted():
                journey.outdated = True
                journey.words.clear()
            case filed.DecisionRecorded():
                journey.decided = True
            case filed.ReceiverGone():
                journey.receiver = None
                journey.words.clear()
            case filed.ItinerarySet():
                journey.words.clear()
            case filed.ReturnEndorsed():
                assert event.worker not in journey.words.values(), "one person approves twice"
                journey.words[event.country] = event.worker
            case _:
                pass

    def _went(self, journey: Journey, told: Contract | None, at: datetime) -> None:
        match told:
            case returns.ReceiverConfirmed():
                journey.receiver = told
            case returns.ReturnApproved():
                assert not journey.over, "approved after its end"
                both = {journey.asked.origin, journey.asked.destination_country}
                assert set(journey.words) == both, "approved on one country's word"
                assert self.presumed, "approved for somebody nobody presumes a victim"
                assert self.reflection_settled, "approved during the time to reflect"
                self._complete(journey, at)
                journey.approved = True
            case returns.ReturnReopened():
                journey.approved = False
                journey.words.clear()
            case returns.ReturnAlternativeSought():
                journey.approved = journey.on_the_road
                journey.words.clear()
            case returns.ReturnWithdrawn() | returns.ReturnRefused():
                journey.approved, journey.over = False, True
            case returns.ReturnDeparted():
                assert journey.approved, "departed without an approval"
                self._complete(journey, at)
                journey.on_the_road = True
            case returns.ReturnArrived():
                assert journey.on_the_road, "arrived without a departure"
                assert journey.receiver is not None
                assert told.organisation == journey.receiver.receiver, "not the receiver's word"
            case returns.ReturnDone():
                trip = journey.asked.kind is ReturnKind.HEARING_TRIP
                handed = journey.receiver and journey.receiver.referral in self.custody.handed
                assert trip or handed, "a return ends without a hand-off"
            case _:
                pass

    def _complete(self, journey: Journey, at: datetime) -> None:
        assert journey.consent is not None, "nobody consented to the journey"
        assert at < journey.consent.until.at, "the consent to the journey is too old"
        assert journey.receiver is not None, "nobody receives"
        linked = journey.receiver.referral
        assert linked in self.custody.ever_accepted, "the receiver never accepted"
        assert self.custody.offers[linked].linked_return == journey.asked.return_id
        assert self.custody.offers[linked].receiver == journey.receiver.receiver
        assert journey.joint is not None, "the joint risk was not assessed"
        assert not journey.outdated, "somebody found more danger since"
        self._rule_seven(journey, journey.joint, at)

    def _rule_seven(
        self,
        journey: Journey,
        joint: tuple[filed.JointRiskSigned, filed.JointRiskSigned],
        at: datetime,
    ) -> None:
        first, second = joint
        asked = journey.asked
        assert {first.country, second.country} == {asked.origin, asked.destination_country}
        assert first.worker != second.worker, "one person signed for both countries"
        for each in joint:
            oldest = timedelta(days=profile(each.country).number("risk", "joint_days"))
            assert at - each.at <= oldest, "the joint assessment is too old"
            subjects = {finding.subject for finding in each.findings}
            assert RiskSubject.PERSON in subjects
            if asked.destination is Destination.FAMILY:
                assert RiskSubject.RELATIVE in subjects, "nobody looked at the family"
        protected = asked.destination is Destination.PROTECTED_PLACE and journey.decided
        limit = RiskLevel.HIGH if protected else RiskLevel.MEDIUM
        for each in joint:
            for finding in each.findings:
                found = level(finding.likelihood * finding.severity)
                assert found is not RiskLevel.EXTREME, "travels into extreme danger"
                left: RiskLevel = found
                if found is RiskLevel.HIGH:
                    agreed = [
                        one.residual
                        for one in each.measures
                        if (one.subject, one.dimension) == (finding.subject, finding.dimension)
                    ]
                    assert agreed, "a high danger without a measure"
                    left = max(agreed, key=LEVELS.index)
                assert LEVELS.index(left) <= LEVELS.index(limit), "too much danger remains"


def level(product: int) -> RiskLevel:
    """Give the level of likelihood times severity, by the risk form."""
    if product >= 12:
        return RiskLevel.EXTREME
    if product >= 8:
        return RiskLevel.HIGH
    return RiskLevel.MEDIUM if product >= 4 else RiskLevel.LOW


class Closing:
    """No case is closed while something is open anywhere, or without the answers and the check."""

    def __init__(self) -> None:
        """Begin with nothing open."""
        self.open: set[tuple[str, UUID]] = set()
        self.silent: set[tuple[UUID, UUID]] = set()
        self.answered: dict[UUID, set[str]] = defaultdict(set)
        self.checked: set[UUID] = set()
        self.closed = False

    def see(self, told: Contract | None) -> None:
        """Hold a told fact against the promise."""
        self._regions(told)
        match told:
            case cases.ConsentWithdrawn():
                self.silent |= {(told.consent, one) for one in told.received}
            case cases.WithdrawalAcknowledged():
                self.silent.discard((told.consent, told.organisation))
            case identification.NothingOpen() | assistance.NothingOpen() | returns.NothingOpen():
                self.answered[told.closing].add(told.name)
            case cases.ClosingChecked():
                self.checked.add(told.closing)
            case cases.CaseClosed():
                assert not self.closed, "closed twice"
                assert not self.open, f"closed with open {sorted(name for name, _ in self.open)}"
                assert not self.silent, "closed before everybody acknowledged a withdrawal"
                assert len(self.answered[told.closing]) == 3, "closed before everybody answered"
                assert told.closing in self.checked, "closed without the agency's check"
                self.closed = True
            case cases.CaseReopened():
                assert self.closed, "reopened while open"
                self.closed = False
            case _:
                pass

    def _regions(self, told: Contract | None) -> None:
        for kind, (name, key, opens) in REGIONS.items():
            if isinstance(told, kind):
                about = (name, getattr(told, key) if key else UUID(int=0))
                if opens:
                    assert not self.closed, f"{name} opens in a closed case"
                    self.open.add(about)
                else:
                    self.open.discard(about)


REGIONS: Final[dict[type[Contract], tuple[str, str, bool]]] = {
    identification.ReflectionOffered: ("reflection", "", True),
    identification.ReflectionStarted: ("reflection", "", True),
    identification.ReflectionDeclined: ("reflection", "", False),
    identification.ReflectionEnded: ("reflection", "", False),
    referral.ReferralOffered: ("referral", "referral", True),
    referral.ReferralDeclined: ("referral", "referral", False),
    referral.ReferralBackedOut: ("referral", "referral", False),
    referral.ReferralTimedOut: ("referral", "referral", False),
    referral.ReferralWithdrawn: ("referral", "referral", False),
    referral.ReferralDone: ("referral", "referral", False),
    assistance.AssistanceOpened: ("assistance", "assistance", True),
    assistance.AssistanceCompleted: ("assistance", "assistance", False),
    assistance.AssistanceLeft: ("assistance", "assistance", False),
    assistance.AssistanceTransferred: ("assistance", "assistance", False),
    assistance.PreparationEnded: ("assistance", "assistance", False),
    assistance.SupportStarted: ("support", "support", True),
    assistance.SupportEnded: ("support", "support", False),
    returns.ReturnRequested: ("return", "return_id", True),
    returns.ReturnDone: ("return", "return_id", False),
    returns.ReturnRefused: ("return", "return_id", False),
    returns.ReturnWithdrawn: ("return", "return_id", False),
    follow_ups.FollowUpScheduled: ("follow-up", "return_id", True),
    follow_ups.FollowUpCompleted: ("follow-up", "return_id", False),
    follow_ups.ContactLost: ("follow-up", "return_id", False),
    follow_ups.FollowUpDeclined: ("follow-up", "return_id", False),
}
"""What opens and what ends something that keeps a case open."""


class Promises:
    """Every promise, for every case; called with each fact as it is stored."""

    def __init__(self) -> None:
        """Begin with no case."""
        self.reached: Counter[str] = Counter()
        self.custody: dict[UUID, Custody] = defaultdict(Custody)
        self.disclosure: dict[UUID, Disclosure] = defaultdict(Disclosure)
        self.travel: dict[UUID, Travel] = {}
        self.closing: dict[UUID, Closing] = defaultdict(Closing)

    def __call__(self, service: str, case: UUID, event: Event, told: Contract | None) -> None:
        """Hold one fact of a service against every promise."""
        if service == "referral" and told is not None:
            self.custody[case].see(told)
        if service == "referral":
            self.disclosure[case].see(event, told)
        if case not in self.travel:
            self.travel[case] = Travel(self.custody[case])
        self.travel[case].see(event, told)
        self.closing[case].see(told)
        self.reached[type(event if told is None else told).__name__] += 1
