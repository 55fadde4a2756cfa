"""One case in identification: two regions, and what both must know.

Everything that may happen to a case in this service is decided here, in `identification.py` and
in `reflection.py`; nothing here awaits, reads a clock or knows a database.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TypeAlias, assert_never
from uuid import UUID

from nrm_contracts.codes import AgeBand, IndicatorClass, OpenMatter
from nrm_contracts.consent_codes import DataCategory
from nrm_identification.domain import commands as ask
from nrm_identification.domain import events as fact
from nrm_identification.domain import identification, reflection
from nrm_runtime.core import Command, Due, FallDue, Refused, worker

NOTICE = "notify"


@dataclass(frozen=True, slots=True)
class Unknown:
    """No signal was recorded under this case."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """Who is to be told, and by when while nobody took notice."""

    to: frozenset[UUID]
    by: Due | None


@dataclass(frozen=True, slots=True)
class Working:
    """The case is worked on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Closing:
    """Referral proposed to close; nothing new is opened until it is over."""

    closing: UUID


@dataclass(frozen=True, slots=True)
class Closed:
    """The case is closed."""


Closure: TypeAlias = Working | Closing | Closed


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFile:
    """A case with its regions; `parties` are the organisations that may see it here."""

    person: UUID
    code: str
    country: str
    recorder: UUID
    custodian: UUID
    parties: frozenset[UUID]
    age: AgeBand
    identification: identification.Identification
    reflection: reflection.Reflection
    notice: Notice
    rights_explained: bool = False
    advice: IndicatorClass | None = None
    categories: frozenset[DataCategory] = frozenset()
    closure: Closure = Working()


Case: TypeAlias = Unknown | CaseFile

initial: Case = Unknown()

OPENINGS = (ask.OfferReflection, ask.StartReflection, ask.ReopenIdentification)
IDENTIFICATION = frozenset().union(*identification.ALLOWED.values())
REFLECTION = frozenset().union(*reflection.ALLOWED.values()) - {FallDue}


def decide(state: Case, command: Command) -> tuple[fact.CaseEvent, ...]:
    """Give the facts that follow from a command; raises `Refused`."""
    match state, command:
        case Unknown(), ask.RecordSignal():
            return (_signal(command),)
        case Unknown(), ask.NoteCustodian() | ask.NoteParty() | ask.NoteClosingOver():
            return ()
        case Unknown(), ask.AnswerClosing():
            return (fact.ClosingAnswered(at=command.at, closing=command.closing, open=frozenset()),)
        case CaseFile(), ask.RecordSignal():
            raise Refused("out-of-order", "This case has its signal; record another case.")
        case CaseFile(), _:
            return _decide(state, command)
        case _:
            raise Refused("out-of-order", "No signal was recorded under this case.")


def _signal(command: ask.RecordSignal) -> fact.SignalReceived:
    return fact.SignalReceived(
        at=command.at,
        by=worker(command).organisation,
        person=command.person,
        code=command.code,
        country=command.country,
        trigger=command.trigger,
        channel=command.channel,
        age=command.age,
        spoken_to=command.spoken_to,
        notify=command.notify,
        notify_by=command.notify_by,
    )


def _decide(state: CaseFile, command: Command) -> tuple[fact.CaseEvent, ...]:
    match command:
        case ask.NoteCustodian(custodian=custodian):
            same = custodian == state.custodian
            return () if same else (fact.CustodianNoted(at=command.at, custodian=custodian),)
        case ask.NoteParty(party=party):
            return () if party in state.parties else (fact.PartyNoted(at=command.at, party=party),)
        case ask.AnswerClosing(closing=closing):
            return (fact.ClosingAnswered(at=command.at, closing=closing, open=open_matters(state)),)
        case ask.NoteClosingOver(closed=closed):
            over = isinstance(state.closure, Closed if closed else Working)
            return () if over else (fact.ClosingOver(at=command.at, closed=closed),)
        case FallDue(name=name) if name == NOTICE:
            return _notice_due(state, command)
        case FallDue():
            return reflection.decide(state.reflection, state.identification, state.age, command)
        case _:
            return _by_worker(state, command)


def _by_worker(state: CaseFile, command: Command) -> tuple[fact.CaseEvent, ...]:
    by = worker(command).organisation
    if by not in state.parties:
        raise Refused("not-a-party", "Only an organisation that takes part may do this.")
    if isinstance(state.closure, Closed):
        raise Refused("case-closed", "The case is closed; reopen it first.")
    if isinstance(state.closure, Closing) and isinstance(command, OPENINGS):
        raise Refused("case-closing", "A closing was proposed; nothing new is opened meanwhile.")
    if type(command) in IDENTIFICATION:
        known = identification.Known(
            age=state.age, rights_explained=state.rights_explained, advice=state.advice
        )
        return identification.decide(state.identification, known, command)
    if type(command) in REFLECTION:
        return reflection.decide(state.reflection, state.identification, state.age, command)
    match command:
        case ask.TakeNotice():
            return _take_notice(state, command, by)
        case ask.RecordPerson(categories=categories):
            return (fact.PersonRecorded(at=command.at, by=by, categories=categories),)
        case ask.RecordIndicators():
            return (
                fact.IndicatorsRecorded(
                    at=command.at,
                    by=by,
                    indicators=command.indicators,
                    list_version=command.list_version,
                    outcome=command.outcome,
                    for_child=state.age is not AgeBand.ADULT,
                ),
            )
        case ask.AssessAge(age=age):
            return (fact.AgeAssessed(at=command.at, by=by, age=age),)
        case ask.InformRights():
            return (
                fact.RightsInformed(
                    at=command.at, by=by, language=command.language, aid=command.aid
                ),
            )
        case _:
            raise Refused("out-of-order", "Identification does not know this step.")


def _take_notice(state: CaseFile, command: ask.TakeNotice, by: UUID) -> tuple[fact.CaseEvent, ...]:
    if by not in state.notice.to:
        raise Refused("not-notified", "Only an organisation that was to be told takes notice.")
    return () if state.notice.by is None else (fact.NoticeTaken(at=command.at, by=by),)


def _notice_due(state: CaseFile, command: FallDue) -> tuple[fact.CaseEvent, ...]:
    if state.notice.by is None:
        return ()
    return (
        fact.NoticeOverdue(
            at=command.at,
            responsible=state.recorder,
            due_at=state.notice.by,
        ),
    )


def open_matters(state: CaseFile) -> frozenset[OpenMatter]:
    """Say what keeps the case open here: a running or offered period."""
    waiting = isinstance(state.reflection, reflection.Offered | reflection.Running)
    return frozenset({OpenMatter.REFLECTION}) if waiting else frozenset()


def clocks(state: Case) -> Mapping[str, Due]:
    """Name every deadline that runs."""
    if isinstance(state, Unknown) or isinstance(state.closure, Closed):
        return {}
    running: dict[str, Due] = {}
    if state.notice.by is not None:
        running[NOTICE] = state.notice.by
    if isinstance(state.reflection, reflection.Running):
        running[reflection.DEADLINE] = state.reflection.ends
    return running


def evolve(state: Case, event: fact.CaseEvent) -> Case:
    """Give the state after a fact."""
    if isinstance(event, fact.SignalReceived):
        return CaseFile(
            person=event.person,
            code=event.code,
            country=event.country,
            recorder=event.by,
            custodian=event.by,
            parties=event.notify | {event.by},
            age=event.age,
            identification=identification.Signalled(),
            reflection=reflection.Unoffered(),
            notice=Notice(to=event.notify, by=event.notify_by if event.notify else None),
        )
    if isinstance(state, Unknown):
        return state if isinstance(event, fact.ClosingAnswered) else _impossible(event)
    return _evolve(state, event)


def _impossible(event: fact.CaseEvent) -> Case:
    raise AssertionError(f"{type(event).__name__} before any signal")


def _evolve(state: CaseFile, event: fact.CaseEvent) -> CaseFile:
    match event:
        case fact.SignalReceived():
            raise AssertionError("a second signal in one case")
        case fact.NoticeTaken() | fact.NoticeOverdue():
            return replace(state, notice=replace(state.notice, by=None))
        case fact.PersonRecorded(categories=categories):
            return replace(state, categories=state.categories | categories)
        case fact.PotentialFound() | fact.IdentificationReopened():
            return replace(state, identification=identification.Potential())
        case fact.IndicatorsRecorded(outcome=outcome):
            return replace(state, advice=outcome)
        case fact.AgeAssessed(age=age):
            return replace(state, age=age)
        case fact.RightsInformed():
            return replace(state, rights_explained=True)
        case fact.VictimPresumed():
            parties = state.parties | event.notify
            return replace(state, identification=identification.Presumed(), parties=parties)
        case fact.VictimIdentified():
            return replace(state, identification=identification.Identified())
        case fact.NotConfirmed():
            return replace(state, identification=identification.NotConfirmed())
        case fact.SelfWithdrawn():
            return replace(state, identification=identification.SelfWithdrawn())
        case (
            fact.ReflectionNotApplicable()
            | fact.ReflectionOffered()
            | fact.ReflectionDeclined()
            | fact.ReflectionStarted()
            | fact.ReflectionExtended()
            | fact.ReflectionEnded()
        ):
            return replace(state, reflection=reflection.evolve(state.reflection, event))
        case fact.CustodianNoted(custodian=custodian):
            return replace(state, custodian=custodian, parties=state.parties | {custodian})
        case fact.PartyNoted(party=party):
            return replace(state, parties=state.parties | {party})
        case fact.ClosingAnswered(closing=closing):
            return replace(state, closure=Closing(closing=closing))
        case fact.ClosingOver(closed=closed):
            return replace(state, closure=Closed() if closed else Working())
        case _:
            assert_never(event)
