"""Four services at work without database or broker: their machines, policies and bytes are real.

What is told goes by post. For each pair of teller and hearer there is a way on which letters are
lost, repeated and overtake each other; a hearer restores order within a stream by the letters'
counts, as the runtime does in the transaction of the effect. Deadlines fire when the one clock
of this world has passed them, in the order in which they were due.
"""

from collections import Counter, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from importlib import import_module
from random import Random
from typing import Any, Final
from uuid import UUID, uuid5

from nrm_contracts.contract import Contract, topic_of
from nrm_contracts.envelope import read_envelope, write_envelope
from nrm_runtime.broker.heard import Heard
from nrm_runtime.core import Automatic, Command, Due, Event, FallDue, Refused, TooEarly
from nrm_runtime.store.codec import Codec
from nrm_runtime.store.streams import event_id, message_id, stream_id, topic_of_service
from nrm_runtime.testing.clock import BEGINNING
from tests.flows.people import agency_of

SERVICES: Final = ("identification", "referral", "assistance", "return")
TOLD_FROM_OUTSIDE: Final = "notifications"
JOURNAL_LINES: Final = 120  # of what happened last, shown when a promise is broken
TOLD_AGAIN: Final = 20  # letters of one range
ROUNDS_MAX: Final = 50  # of telling again, until everybody has heard everything
_NAMES: Final = UUID("2f7c6f1e-55a5-4f0a-9a57-3b9b7d1f0c21")


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A service without its shell."""

    name: str
    machine: Any
    tell: Callable[[Event], Contract | None]
    regions: Callable[[Any], Any]
    hears: Mapping[type[Contract], Callable[..., tuple[Command, ...]]]
    codec: Codec


def _part(name: str) -> Part:
    package = f"nrm_{name}"
    handlers = import_module(f"{package}.handlers")
    publishing = import_module(f"{package}.publishing")
    return Part(
        name=name,
        machine=import_module(f"{package}.domain.case"),
        tell=publishing.tell,
        regions=publishing.regions,
        hears=handlers.hears(agency_of) if hasattr(handlers, "hears") else handlers.HEARS,
        codec=import_module(f"{package}.codec").CODEC,
    )


PARTS: Final[Mapping[str, Part]] = {name: _part(name) for name in SERVICES}
LISTENS: Final[Mapping[str, frozenset[str]]] = {
    name: frozenset(topic_of(contract) for contract in part.hears) for name, part in PARTS.items()
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A told fact on its way: its place in its stream, and the bytes that would be on the wire."""

    teller: str
    stream: UUID
    told: int
    case: UUID
    type: str
    body: bytes


@dataclass(slots=True, kw_only=True)
class History:
    """One stream: its facts, the state they led to, and what of it was told."""

    stream: UUID
    state: Any
    events: list[Event] = field(default_factory=list)
    commands: set[UUID] = field(default_factory=set)
    clocks: Mapping[str, Due] = field(default_factory=dict)
    told: int = 0


@dataclass(slots=True)
class Draft:
    """A transaction on one stream: several commands, kept together or not at all."""

    part: Part
    history: History
    state: Any
    events: list[Event] = field(default_factory=list)
    commands: set[UUID] = field(default_factory=set)

    def obey(self, command: Command) -> tuple[Event, ...]:
        """Decide and fold; a command that was obeyed before has no second effect."""
        first = event_id(self.history.stream, command.id, 0)
        if first in self.history.commands | self.commands:
            return ()
        new: tuple[Event, ...] = self.part.machine.decide(self.state, command)
        for event in new:
            self.state = self.part.machine.evolve(self.state, event)
        if new:
            self.commands.add(first)
        self.events += new
        return new


Witness = Callable[[str, UUID, Event, Contract | None], None]
"""Sees each fact as it is stored: service, case, the private fact, the told one."""

Way = tuple[str, str]
"""Teller and hearer."""


class World:
    """Everything that happens; `chance` decides what the caller leaves open."""

    def __init__(self, chance: Random, witness: Witness) -> None:
        """Begin with nothing stored at all."""
        self.now = BEGINNING
        self.chance = chance
        self.count: Counter[str] = Counter()
        self.refused: Counter[tuple[str, str, str]] = Counter()
        self.histories: dict[tuple[str, UUID], History] = {}
        self.ways: dict[Way, list[Letter]] = {
            (teller, hearer): []
            for hearer in SERVICES
            for teller in (*SERVICES, TOLD_FROM_OUTSIDE)
            if topic_of_service(teller) in LISTENS[hearer]
        }
        self.outbox: dict[str, list[Letter]] = {name: [] for name in (*SERVICES, TOLD_FROM_OUTSIDE)}
        self.heard: dict[tuple[str, str, UUID], int] = {}
        self.parked: dict[str, dict[tuple[str, UUID, int], Letter]] = {one: {} for one in SERVICES}
        self.fired: set[tuple[UUID, str, datetime]] = set()
        self.journal: deque[str] = deque(maxlen=JOURNAL_LINES)
        self._witness = witness
        self._made = 0

    def digest(self) -> str:
        """Give one short name for everything that happened, byte for byte."""
        found = sha256()
        for (service, _), history in sorted(self.histories.items()):
            for event in history.events:
                name, _version, body = PARTS[service].codec.encode(event)
                found.update(name.encode() + body)
        return found.hexdigest()[:16]

    # --- what services do -----------------------------------------------------------------

    def fresh_id(self) -> UUID:
        """Give an id that this world has not used."""
        self._made += 1
        return uuid5(_NAMES, str(self._made))

    def history(self, service: str, case: UUID) -> History:
        """Give the stream of a case in a service."""
        key = (service, case)
        if key not in self.histories:
            self.histories[key] = History(
                stream=stream_id(service, "case", case), state=PARTS[service].machine.initial
            )
        return self.histories[key]

    def state(self, service: str, case: UUID) -> Any:
        """Give what a service makes of a case."""
        return self.history(service, case).state

    def act(self, service: str, case: UUID, command: Command) -> tuple[Event, ...]:
        """Let a worker or a deadline ask for something; raises what the machine raises."""
        draft = self._draft(service, case)
        new = draft.obey(command)
        self._commit(draft, case)
        return new

    def _draft(self, service: str, case: UUID) -> Draft:
        history = self.history(service, case)
        return Draft(PARTS[service], history, history.state)

    def _commit(self, draft: Draft, case: UUID) -> None:
        if not draft.events:
            return
        history, part = draft.history, draft.part
        history.state = draft.state
        history.commands |= draft.commands
        history.events += draft.events
        history.clocks = part.machine.clocks(draft.state)
        names = ", ".join(type(event).__name__ for event in draft.events)
        self.journal.append(f"{self.now:%Y-%m-%d %H:%M} {str(case)[:4]} {part.name}: {names}")
        for event in draft.events:
            told = part.tell(event)
            if told is not None:
                history.told += 1
                self._post(part.name, history.stream, history.told, case, event.at, told)
            self._witness(part.name, case, event, told)
        for name, due in history.clocks.items():
            again = (history.stream, name, due.at)
            assert again not in self.fired, f"{part.name}: {name} would fire a second time"

    # --- the post -------------------------------------------------------------------------

    def tell_from_outside(self, case: UUID, fact: Contract) -> None:
        """Let a service that is not part of this world tell something, on a stream of its own."""
        self._post(TOLD_FROM_OUTSIDE, self.fresh_id(), 1, case, self.now, fact)

    def _post(
        self, teller: str, stream: UUID, told: int, case: UUID, at: datetime, fact: Contract
    ) -> None:
        body = write_envelope(
            fact,
            id=message_id(stream, topic_of(fact), told),
            source=f"nrm/{teller}",
            case=case,
            at=at,
            stream=stream,
            told=told,
            correlation=case,
            causation=None,
        )
        assert read_envelope(body).contract() == fact, f"{fact.name} is not what its contract says"
        letter = Letter(
            teller=teller, stream=stream, told=told, case=case, type=fact.name, body=body
        )
        self.outbox[teller].append(letter)
        for (one, _), letters in self.ways.items():
            if one == teller:
                letters.append(letter)

    def under_way(self) -> list[Way]:
        """Give the ways on which something is."""
        return [way for way, letters in self.ways.items() if letters]

    def lose(self) -> None:
        """Lose a letter on its way."""
        if ways := self.under_way():
            letters = self.ways[self.chance.choice(ways)]
            letters.pop(self.chance.randrange(len(letters)))
            self.count["lost"] += 1

    def repeat(self) -> None:
        """Let a letter come twice."""
        if ways := self.under_way():
            letters = self.ways[self.chance.choice(ways)]
            letters.append(self.chance.choice(letters))
            self.count["repeated on the way"] += 1

    def tell_again(self) -> None:
        """Tell a range again, whether it was heard or not, as after a broker lost its disk."""
        teller = self.chance.choice([name for name in self.outbox if self.outbox[name]] or [""])
        if teller:
            first = self.chance.randrange(len(self.outbox[teller]))
            for (one, _), letters in self.ways.items():
                if one == teller:
                    letters.extend(self.outbox[teller][first : first + TOLD_AGAIN])
            self.count["told again"] += 1

    def deliver(self) -> bool:
        """Hand over one letter, not always the first; say whether there was one."""
        ways = self.under_way()
        if not ways:
            return False
        way = self.chance.choice(ways)
        letters = self.ways[way]
        place = 0 if self.chance.random() < 0.5 else self.chance.randrange(len(letters))
        if any(each.stream != letters[place].stream for each in letters[:place]):
            self.count["overtook another stream"] += 1
        self.take(way[1], letters.pop(place))
        return True

    # --- hearing: as nrm_runtime.broker does it -------------------------------------------

    def take(self, hearer: str, letter: Letter) -> None:
        """Apply a letter whose number has come, skip a repeated one, park an early one."""
        key = (letter.teller, letter.stream, letter.told)
        have = self.heard.get((hearer, letter.teller, letter.stream), 0)
        if letter.told <= have:
            self.count["skipped as repeated"] += 1
            self.parked[hearer].pop(key, None)
        elif letter.told > have + 1:
            self.count["parked for a gap"] += 1
            self.parked[hearer][key] = letter
        elif self._apply(hearer, letter):
            self.parked[hearer].pop(key, None)
            self._ripen(hearer, letter.case)
        else:
            self.count["parked as too early"] += 1
            self.parked[hearer][key] = letter

    def sweep(self, hearer: str) -> None:
        """Try again what is parked, as the runtime does after some time."""
        for case in sorted({letter.case for letter in self.parked[hearer].values()}):
            self._ripen(hearer, case)

    def _ripen(self, hearer: str, case: UUID) -> None:
        tried: set[tuple[str, UUID, int]] = set()
        while True:
            turn = sorted(
                key
                for key, letter in self.parked[hearer].items()
                if letter.case == case
                and key not in tried
                and letter.told <= self.heard.get((hearer, letter.teller, letter.stream), 0) + 1
            )
            if not turn:
                return
            tried.add(turn[0])
            letter = self.parked[hearer][turn[0]]
            if letter.told <= self.heard.get(
                (hearer, letter.teller, letter.stream), 0
            ) or self._apply(hearer, letter):
                del self.parked[hearer][turn[0]]

    def _apply(self, hearer: str, letter: Letter) -> bool:
        """Mark and effect together; False when the effect has to wait for another stream."""
        part = PARTS[hearer]
        envelope = read_envelope(letter.body)
        fact = envelope.contract()
        policy = part.hears.get(type(fact))
        if policy is not None:
            draft = self._draft(hearer, letter.case)
            heard = Heard(
                data=fact,
                case=letter.case,
                message=envelope.id,
                event=envelope.id,
                occurred_at=envelope.at,
                now=self.now,
                by=Automatic(service=hearer),
            )
            try:
                for command in policy(heard):
                    try:
                        draft.obey(command)
                    except Refused as refused:
                        self.refused[(hearer, letter.type, refused.code)] += 1
            except TooEarly:
                return False
            self._commit(draft, letter.case)
        self.heard[(hearer, letter.teller, letter.stream)] = letter.told
        return True

    def settle(self) -> None:
        """Deliver everything, tell again what was lost, until everybody has heard everything."""
        for _ in range(ROUNDS_MAX):
            while self.deliver():
                pass
            for hearer in SERVICES:
                self.sweep(hearer)
            if not self._tell_missing() and not self.under_way():
                break
        left = [
            f"{hearer} cannot hear {letter.type}"
            for hearer in SERVICES
            for letter in self.parked[hearer].values()
        ]
        assert not left, left
        assert not self.under_way(), "the services never stop telling each other"

    def _tell_missing(self) -> bool:
        missing = False
        for (teller, hearer), letters in self.ways.items():
            for letter in self.outbox[teller]:
                key = (letter.teller, letter.stream, letter.told)
                have = self.heard.get((hearer, teller, letter.stream), 0)
                if letter.told > have and key not in self.parked[hearer]:
                    letters.append(letter)
                    missing = True
        return missing

    # --- time -----------------------------------------------------------------------------

    def due(self) -> list[tuple[datetime, str, UUID, str]]:
        """Give what has fallen due and was not put to its machine: when, where, what."""
        return sorted(
            (due.at, service, case, name)
            for (service, case), history in self.histories.items()
            for name, due in history.clocks.items()
            if due.at <= self.now
        )

    def fire_next(self) -> bool:
        """Put the earliest due deadline to its machine; say whether there was one."""
        waiting = self.due()
        if not waiting:
            return False
        at, service, case, name = waiting[0]
        history = self.history(service, case)
        command = FallDue(
            id=uuid5(history.stream, f"fall-due/{name}/{at.isoformat()}"),
            by=Automatic(service=service),
            at=at,
            name=name,
        )
        self.fired.add((history.stream, name, at))
        events = self.act(service, case, command)
        assert events, f"{service}: {name} fell due and nothing followed"
        after = history.clocks.get(name)
        assert after is None or after.at > at, f"{service}: {name} still runs"
        self.count["fell due"] += 1
        return True

    def wait(self, span: timedelta, *, punctual: bool = True) -> None:
        """Let time pass. If not `punctual`, deadlines fire later than what happens next."""
        self.now += span
        while punctual and self.fire_next():
            pass
