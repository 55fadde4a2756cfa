"""Histories to begin a test with: invented organisations, commands with usual values."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias
from uuid import UUID, uuid4, uuid5

import pytest

from nrm_contracts.codes import (
    AgeBand,
    ClosureReason,
    Gender,
    LinkKind,
    OpenMatter,
    ReopeningReason,
    ServiceName,
    YesNo,
)
from nrm_contracts.consent_codes import (
    BackOutReason,
    Basis,
    BlockedGroup,
    ConsentForm,
    ConsentGiver,
    DataCategory,
    DeclineReason,
    DeliveryWay,
    LegalGround,
    Need,
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
from nrm_referral.domain import case
from nrm_referral.domain import commands as ask
from nrm_referral.domain import events as fact
from nrm_referral.domain.states import Case, Opened
from nrm_referral.domain.values import Fit, Ground, Pace, Receiver
from nrm_runtime.core import Automatic, Command, Due, Event, FallDue, Refused, Worker

_IDS = UUID("5a3a7a4e-7a0e-4b52-9c6b-0d3e6a3d7b11")
START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def org(name: str) -> OrganisationId:
    """Give the id of an invented organisation."""
    return OrganisationId(uuid5(_IDS, name))


NGO_D = org("ngo in the country of destination")
NGO_O = org("ngo in the country of origin")
SHELTER = org("shelter")
AGENCY = org("national agency")
AGENCY_O = org("national agency of origin")
STRANGER = org("stranger")
REFERRAL = ReferralId(uuid5(_IDS, "referral"))
SECOND = ReferralId(uuid5(_IDS, "second referral"))
CONSENT = ConsentId(uuid5(_IDS, "consent"))
FOR_SHELTER = ConsentId(uuid5(_IDS, "consent for the shelter"))
OVERRIDE = OverrideId(uuid5(_IDS, "override"))
RETURN = ReturnId(uuid5(_IDS, "return"))
PERSON = PersonId(uuid5(_IDS, "person"))
CLOSING = ClosingId(uuid5(_IDS, "closing"))
TICKET = TicketId(uuid5(_IDS, "ticket"))
OTHER_CASE = CaseId(uuid5(_IDS, "other case"))
CATEGORIES = frozenset({DataCategory.STORY, DataCategory.NEEDS, DataCategory.RISKS})
TRANSFER = ReferralKind.TRANSFER_OF_CUSTODY
SHARED = ReferralKind.SHARED_ASSISTANCE
LEAF = "ab" * 32
SYSTEM = Automatic(service="referral")


def worker_of(
    organisation: OrganisationId, name: str = "first", duties: frozenset[str] = frozenset()
) -> Worker:
    """Give a worker of an organisation."""
    return Worker(
        organisation=organisation,
        worker=uuid5(organisation, name),
        country="IT" if organisation == NGO_D else "RO",
        kind="NGO",
        duties=duties,
    )


Who: TypeAlias = OrganisationId | Worker | Automatic
"""Who acts: an organisation's first worker, a worker, or a service by itself."""


def due(after: timedelta, start: datetime = START) -> Due:
    """Give a deadline by an invented profile."""
    return Due(at=start + after, profile="RO@1")


@dataclass(slots=True)
class Story:
    """A case that is told step by step; `now` is the clock of the next command."""

    state: Case = case.initial
    now: datetime = START
    events: list[fact.CaseEvent] = field(default_factory=list)
    fired: list[str] = field(default_factory=list)
    commands: list[Command] = field(default_factory=list)

    @property
    def opened(self) -> Opened:
        """The case, which must be open."""
        assert isinstance(self.state, Opened)
        return self.state

    def do(self, command: Command) -> tuple[fact.CaseEvent, ...]:
        """Decide and fold."""
        new = case.decide(self.state, command)
        for event in new:
            self.state = case.evolve(self.state, event)
        self.events.extend(new)
        self.commands.append(command)
        return new

    def refused(self, command: Command) -> str:
        """Give the code of a refusal; nothing may change."""
        with pytest.raises(Refused) as refusal:
            case.decide(self.state, command)
        return refusal.value.code

    def wait(self, span: timedelta) -> list[fact.CaseEvent]:
        """Let time pass; deadlines fall due in order, each once."""
        until = self.now + span
        new: list[fact.CaseEvent] = []
        while True:
            waiting = [
                (one.at, name) for name, one in case.clocks(self.state).items() if one.at <= until
            ]
            if not waiting:
                break
            at, name = min(waiting)
            self.fired.append(name)
            new.extend(self.do(FallDue(id=uuid4(), by=SYSTEM, at=at, name=name)))
        self.now = until
        return new

    def by(self, who: Who) -> dict[str, Any]:
        """Give the usual fields of a command by a worker, now."""
        acting = who if isinstance(who, Worker | Automatic) else worker_of(who)
        return {"id": uuid4(), "by": acting, "at": self.now}

    def heard(self) -> dict[str, Any]:
        """Give the usual fields of a command that another service's fact led to."""
        return {"id": uuid4(), "by": SYSTEM, "at": self.now}

    # --- commands with usual values -------------------------------------------------------

    def open(self, age: AgeBand = AgeBand.ADULT, agency: OrganisationId | None = AGENCY) -> Event:
        """Open the case at the destination NGO."""
        command = ask.OpenCase(
            **self.heard(), person=PERSON, custodian=NGO_D, agency=agency, country="IT", age=age
        )
        return self.do(command)[0]

    def grant(self, by: Who = NGO_D, **changes: Any) -> ask.GrantConsent:
        """The person lets the origin NGO know story, needs and risks."""
        usual = ask.GrantConsent(
            **self.by(by),
            consent=CONSENT,
            recipient=NGO_O,
            group=None,
            purpose=Purpose.SAFE_RETURN,
            categories=CATEGORIES,
            blocked=frozenset({BlockedGroup.FAMILY}),
            form=ConsentForm.VERBAL,
            giver=ConsentGiver.PERSON,
            assent=None,
            until=due(200 * DAY, self.now),
        )
        return replace(usual, **changes)

    def offer(self, by: Who = NGO_D, **changes: Any) -> ask.OfferReferral:
        """Offer a transfer of custody to the origin NGO under the consent."""
        usual = ask.OfferReferral(
            **self.by(by),
            referral=REFERRAL,
            kind=TRANSFER,
            receiver=receiver(),
            needs=frozenset({Need.RECEPTION}),
            purpose=Purpose.SAFE_RETURN,
            categories=CATEGORIES,
            ground=Ground(basis=Basis.CONSENT, consent=CONSENT),
            urgent=YesNo.NO,
            fit=Fit(gender=Gender.FEMININE, languages=frozenset({"ro"})),
            medical=YesNo.NO,
            threat=YesNo.YES,
            acknowledge_by=due(24 * HOUR, self.now),
            answer_by=due(72 * HOUR, self.now),
            pace=Pace(profile="IT@1", next_route_hours=48, escalate_hours=24),
            linked_return=None,
            replaces=None,
        )
        return replace(usual, **changes)

    def accept(self, by: Who = NGO_O, **changes: Any) -> ask.AcceptReferral:
        """Accept without an agreed date."""
        usual = ask.AcceptReferral(
            **self.by(by),
            referral=REFERRAL,
            offer=LEAF,
            free=None,
            agreed_at=None,
            confirm_by=due(24 * HOUR, self.now),
            confirm_hours=24,
        )
        return replace(usual, **changes)

    def confirm(self, by: Who, **changes: Any) -> ask.ConfirmHandOff:
        """Confirm the hand-off."""
        usual = ask.ConfirmHandOff(
            **self.by(by), referral=REFERRAL, accompanied=YesNo.YES, keeps_assistance=YesNo.NO
        )
        return replace(usual, **changes)

    def withdraw_consent(self, by: Who = NGO_D, **changes: Any) -> ask.WithdrawConsent:
        """The person withdraws."""
        usual = ask.WithdrawConsent(
            **self.by(by), consent=CONSENT, acknowledge_by=due(48 * HOUR, self.now)
        )
        return replace(usual, **changes)

    def release(self, by: Who = NGO_O, **changes: Any) -> ask.ReleasePacket:
        """Ask for a ticket to read the story at identification."""
        usual = ask.ReleasePacket(
            **self.by(by),
            referral=REFERRAL,
            ticket=TICKET,
            owner=ServiceName.IDENTIFICATION,
            categories=frozenset({DataCategory.STORY}),
        )
        return replace(usual, **changes)

    def propose_override(self, **changes: Any) -> ask.ProposeOverride:
        """Propose to disclose needs to the shelter in the vital interest of the person."""
        usual = ask.ProposeOverride(
            **self.by(NGO_D),
            override=OVERRIDE,
            ground=LegalGround.VITAL_INTEREST,
            recipient=SHELTER,
            purpose=Purpose.ASSISTANCE,
            categories=frozenset({DataCategory.NEEDS}),
        )
        return replace(usual, **changes)

    def propose_closing(self, by: Who = NGO_D, **changes: Any) -> ask.ProposeClosing:
        """Propose to close."""
        usual = ask.ProposeClosing(
            **self.by(by),
            closing=CLOSING,
            reason=ClosureReason.REINTEGRATED,
            trial_runs=YesNo.NO,
            hearing_notices_to=None,
            answer_by=due(72 * HOUR, self.now),
        )
        return replace(usual, **changes)

    def answer_closing(
        self, service: ServiceName, *matters: OpenMatter, closing: ClosingId = CLOSING
    ) -> ask.AnswerClosing:
        """A service answers."""
        return ask.AnswerClosing(
            **self.heard(), closing=closing, service=service, open=frozenset(matters)
        )

    def simple(self, kind: type[Command], by: Who, **changes: Any) -> Command:
        """Make any other command with usual values."""
        return kind(**{**self.by(by), **USUAL.get(kind, {}), **changes})

    # --- whole stretches of a story -------------------------------------------------------

    def until_offered(self, **changes: Any) -> "Story":
        """Opened, consented, offered."""
        self.open()
        self.do(self.grant())
        self.do(self.offer(**changes))
        return self

    def until_accepted(self, **changes: Any) -> "Story":
        """... and accepted by its receiver."""
        self.until_offered(**changes)
        self.do(self.accept())
        return self

    def until_handed(self, **changes: Any) -> "Story":
        """... and confirmed by both."""
        self.until_accepted(**changes)
        self.do(self.confirm(NGO_O))
        self.do(self.confirm(NGO_D))
        return self

    def until_checked(self) -> "Story":
        """Opened, nothing done, closing proposed, answered and checked."""
        self.open()
        self.do(self.propose_closing())
        for service in (ServiceName.IDENTIFICATION, ServiceName.ASSISTANCE, ServiceName.RETURN):
            self.do(self.answer_closing(service))
        self.do(self.simple(ask.CheckClosing, AGENCY))
        return self

    def until_closed(self) -> "Story":
        """... and closed."""
        self.until_checked()
        self.do(self.simple(ask.CloseCase, NGO_D))
        return self


USUAL: dict[type[Command], dict[str, Any]] = {
    ask.NoteAge: {"age": AgeBand.CHILD},
    ask.LinkCase: {"linked": OTHER_CASE, "how": LinkKind.SAME_FAMILY},
    ask.AcknowledgeWithdrawal: {"consent": CONSENT},
    ask.InformGroup: {
        "group": BlockedGroup.FAMILY,
        "categories": frozenset({DataCategory.NEEDS}),
        "purpose": Purpose.SAFE_RETURN,
    },
    ask.ApproveOverride: {"override": OVERRIDE},
    ask.NoteDelivery: {"referral": REFERRAL, "way": DeliveryWay.FETCHED},
    ask.AcknowledgeOffer: {"referral": REFERRAL},
    ask.DeclineReferral: {"referral": REFERRAL, "reason": DeclineReason.LACK_OF_CAPACITY},
    ask.WithdrawReferral: {
        "referral": REFERRAL,
        "on_word_of": WithdrawnBy.SENDER,
        "reason": WithdrawalReason.OTHER_ROUTE,
    },
    ask.BackOut: {"referral": REFERRAL, "reason": BackOutReason.LACK_OF_CAPACITY},
    ask.RescheduleHandOff: {
        "referral": REFERRAL,
        "agreed_at": START + 5 * DAY,
        "confirm_by": due(6 * DAY),
    },
    ask.FinishReferral: {"referral": REFERRAL, "outcome": Outcome.SUCCESSFUL, "reason": None},
    ask.TakeNextRoute: {"referral": REFERRAL},
    ask.NoteReturn: {"return_id": RETURN, "moves_no_custody": False},
    ask.NoteItinerary: {"return_id": RETURN, "arrives_at": START + 30 * DAY},
    ask.NoteArrival: {"return_id": RETURN, "arrived_at": START},
    ask.NoteReturnEnd: {"return_id": RETURN},
    ask.ReopenCase: {"reason": ReopeningReason.NEW_NEED},
    FallDue: {"name": f"answer:{REFERRAL}"},
}


def receiver(organisation: OrganisationId = NGO_O, **changes: Any) -> Receiver:
    """Give what the directory says of a receiver."""
    usual = Receiver(
        organisation=organisation,
        country="RO",
        agency=AGENCY_O,
        child_protection=False,
        groups=frozenset(),
        needs=frozenset(Need),
        ages=frozenset(AgeBand),
        genders=frozenset(Gender),
        languages=frozenset({"ro", "en"}),
        free=3,
    )
    return replace(usual, **changes)


def kinds(events: Sequence[Event]) -> list[type[Event]]:
    """Give the classes of events, in order."""
    return [type(event) for event in events]
