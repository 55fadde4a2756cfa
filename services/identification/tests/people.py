"""Invented organisations, and a story of commands, that the tests of identification share."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from nrm_contracts.codes import (
    AgeBand,
    Channel,
    GroundsReason,
    IndicatorClass,
    IndicatorList,
    NotConfirmedReason,
    ReflectionEnd,
    ReflectionExemption,
    ReopeningReason,
    RightsAid,
    Trigger,
)
from nrm_contracts.consent_codes import DataCategory
from nrm_identification.domain import commands as ask
from nrm_runtime.core import Automatic, Command, Due, FallDue, Worker
from nrm_runtime.testing.clock import after
from tests.flows.house import worker_of

_NAMES = UUID("d2a7a9b0-9a35-4a0f-8f2c-0f4c5d1b7e11")


def named(name: str) -> UUID:
    """Give the same id for the same name."""
    return uuid5(_NAMES, name)


HARBOUR, LANTERN = named("Harbour House"), named("Lantern Centre")
POLICE, AGENCY = named("Police"), named("Agency")
CHILD_PROTECTION, STRANGER = named("Child Protection"), named("Stranger")
KINDS = {POLICE: "LawEnforcement", AGENCY: "CentralGovernmentOrganisation"}
SERVICE = Automatic(service="identification")
ENTITLED = frozenset({"NGO", "LawEnforcement"})
COUNTRY = {"country": "RO", "profile": "RO@1"}


def due(**span: float) -> Due:
    """Give a deadline."""
    return Due(at=after(**span), profile="RO@1")


class Story:
    """Makes commands, each a minute after the one before."""

    def __init__(self) -> None:
        """Begin at the beginning."""
        self.minutes = 0

    def by(self, organisation: UUID | None, kind: type[Command], /, **fields: Any) -> Any:
        """Make a command of an organisation's worker, or of the service itself."""
        self.minutes += 1
        actor = (
            SERVICE
            if organisation is None
            else Worker(
                organisation=organisation,
                worker=worker_of(organisation),
                country="RO",
                kind=KINDS.get(organisation, "NGO"),
            )
        )
        identifier = named(f"{self.minutes} {kind.__name__}")
        return kind(id=identifier, by=actor, at=after(minutes=self.minutes), **fields)

    def signal(self, age: AgeBand = AgeBand.ADULT, code: str = "INVENTED") -> ask.RecordSignal:
        """Record a signal at Harbour House."""
        command: ask.RecordSignal = self.by(
            HARBOUR,
            ask.RecordSignal,
            person=named("person"),
            code=code,
            country="RO",
            trigger=Trigger.INDICATORS,
            channel=Channel.OUTREACH,
            age=age,
            spoken_to=True,
            notify=frozenset({AGENCY}),
            notify_by=due(days=1),
        )
        return command

    def indicators(self) -> ask.RecordIndicators:
        """Go through a list."""
        command: ask.RecordIndicators = self.by(
            HARBOUR,
            ask.RecordIndicators,
            indicators=IndicatorList.ILO_DELPHI_ADULT_LABOUR,
            list_version=1,
            outcome=IndicatorClass.TRAFFICKING,
        )
        return command

    def presumed(self, **signal: Any) -> list[Command]:
        """Tell a story up to the presumption."""
        return [
            self.signal(**signal),
            self.by(HARBOUR, ask.FindPotential),
            self.by(HARBOUR, ask.InformRights, language="ro", aid=RightsAid.INTERPRETER),
            self.indicators(),
            self.by(
                HARBOUR,
                ask.Presume,
                reasons=frozenset({GroundsReason.INDICATORS}),
                justified=False,
                entitled=ENTITLED,
                notify=frozenset({AGENCY}),
                **COUNTRY,
            ),
        ]

    def offered(self) -> ask.OfferReflection:
        """Offer a period."""
        command: ask.OfferReflection = self.by(
            HARBOUR,
            ask.OfferReflection,
            own_national=False,
            foreigners_only=True,
            for_children=False,
            starts_on=frozenset({"presumed"}),
            **COUNTRY,
        )
        return command

    def started(self) -> ask.StartReflection:
        """Let it begin."""
        command: ask.StartReflection = self.by(HARBOUR, ask.StartReflection, ends=due(days=30))
        return command

    def fall_due(self, name: str, at: datetime) -> FallDue:
        """Let a deadline fall due."""
        command: FallDue = self.by(None, FallDue, name=name)
        return replace(command, at=at)


def unconfirmed(three: Story) -> Sequence[Command]:
    """Tell of a child whose grounds were not met, of new information, and of a withdrawal."""
    return [
        *three.presumed(code="THREE", age=AgeBand.UNKNOWN),
        three.by(HARBOUR, ask.AssessAge, age=AgeBand.CHILD),
        three.by(
            HARBOUR,
            ask.ExemptFromReflection,
            reason=ReflectionExemption.CHILD_PROTECTED_OTHERWISE,
            **COUNTRY,
        ),
        three.by(None, ask.NoteParty, party=POLICE),
        three.by(
            POLICE,
            ask.DoNotConfirm,
            reason=NotConfirmedReason.MEANS_MISSING,
            entitled=ENTITLED,
            **COUNTRY,
        ),
        three.by(HARBOUR, ask.ReopenIdentification, reason=ReopeningReason.NEW_INFORMATION),
        three.by(HARBOUR, ask.WithdrawSelf),
    ]


def stories() -> Sequence[Sequence[Command]]:
    """Tell stories that have every event of this service between them, each in its own case."""
    one, two, three, four = Story(), Story(), Story(), Story()
    return (
        [
            *one.presumed(code="ONE"),
            one.by(AGENCY, ask.TakeNotice),
            one.by(HARBOUR, ask.RecordPerson, categories=frozenset({DataCategory.IDENTITY})),
            one.by(None, ask.NoteParty, party=POLICE),
            one.by(POLICE, ask.Identify, decision=named("decision"), entitled=ENTITLED, **COUNTRY),
            one.offered(),
            one.started(),
            one.by(
                HARBOUR, ask.ExtendReflection, allowed=True, ends=due(days=60), latest=due(days=90)
            ),
            one.fall_due("reflection", after(days=60)),
            one.by(None, ask.NoteCustodian, custodian=LANTERN),
            one.by(None, ask.AnswerClosing, closing=named("closing")),
            one.by(None, ask.NoteClosingOver, closed=True),
        ],
        [
            *two.presumed(code="TWO"),
            two.offered(),
            two.by(HARBOUR, ask.DeclineReflection),
            two.offered(),
            two.started(),
            two.by(None, ask.AnswerClosing, closing=named("too early")),
            two.by(None, ask.NoteClosingOver, closed=False),
            two.by(HARBOUR, ask.EndReflection, how=ReflectionEnd.WAIVED, revocable=False),
            two.fall_due("notify", after(days=1)),
        ],
        unconfirmed(three),
        [
            *four.presumed(code="FOUR"),
            four.offered(),
            four.started(),
        ],
    )
