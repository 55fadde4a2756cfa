"""Takes in what others told: each message has its effect once, in order, or stands aside.

A batch is grouped by key; up to four transactions work at a time, each on whole groups. If one
fails, its messages are taken again one by one, so that each keeps its own fate. The mark in the
inbox and the effect live or die together; Kafka is told only when all of a batch is settled.
"""

import asyncio
import dataclasses
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from itertools import groupby
from typing import Final
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from nrm_contracts.contract import topic_of
from nrm_contracts.envelope import Unreadable, read_envelope
from nrm_runtime.broker import fates, parking
from nrm_runtime.broker.effects import Effects, Policies
from nrm_runtime.broker.fates import Again, Away, Park, Quarantine, Wait, away, fate, reason_of
from nrm_runtime.broker.heard import RECORDS_MAX
from nrm_runtime.broker.letter import Letter
from nrm_runtime.service import Running, Service
from nrm_runtime.store.engine import driver

GROUPS_AT_ONCE: Final = 4
RIPENED_MAX: Final = 1_000  # parked letters of one case applied in one go
RELEASE_TRIES_MAX: Final = 5
BEHIND_WHY: Final = "its case is quarantined"
GAP_WHY: Final = "an earlier message of its stream is missing"

_HEAR: Final = "SELECT answer, waiting FROM hear_many($1, $2, $3, $4, $5, $6, $7)"


class Hearing:
    """One consumer's ears: `effects` says, by topic, what its messages do here.

    `consumer` is the name of the service; quarantine and counts are its own.
    """

    def __init__(
        self,
        consumer: str,
        engine: AsyncEngine,
        effects: Mapping[str, Effects],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """Work through `engine`, as the role `app`; `effects` by topic without prefix."""
        self.consumer = consumer
        self.applied = 0  # messages that had their effect, or were counted, in this process
        self._engine = engine
        self._effects = effects
        self._sleep = sleep
        self._log = structlog.get_logger("nrm.hears")

    async def take(self, letters: Sequence[Letter]) -> None:
        """Settle a batch of one topic; raises `Away` when an engine is away, nothing else."""
        bundles = bundled([self._placed(each) for each in letters], GROUPS_AT_ONCE)
        work = [self._settle(bundle) for bundle in bundles]
        for end in await asyncio.gather(*work, return_exceptions=True):
            if isinstance(end, BaseException):
                raise end

    async def retry(self, case: UUID) -> bool:
        """Replay what a quarantined case holds, in order; True when the case flows again."""
        for _ in range(RELEASE_TRIES_MAX):
            if not await self._ripen(case, again=True):
                return False
            async with self._engine.begin() as tx:
                if await parking.release(tx, self.consumer, case):
                    return True
        return False

    async def drop(self, message: UUID, by: str) -> bool:
        """Give a parked message up, on record under `by`, and let its case go on.

        `heard` moves past it when its turn has come. False when it is not parked.
        """
        async with self._engine.begin() as tx:
            case = await parking.case_of(tx, self.consumer, message)
            if not await parking.drop(tx, self.consumer, message, by):
                return False
        if case is not None:
            await self.retry(case)
        return True

    async def sweep(self) -> list[tuple[str, int]]:
        """Apply parked messages whose turn has come unseen.

        Gives topic and partition of messages that still wait for a number which never came:
        their partitions are to be heard again from the beginning.
        """
        async with self._engine.connect() as tx:
            cases = await parking.ripe_cases(tx, self.consumer)
        for case in cases:
            await self._ripen(case)
        async with self._engine.connect() as tx:
            return await parking.gaps(tx, self.consumer)

    async def _settle(self, letters: Sequence[Letter]) -> None:
        """Settle whole groups: all in one transaction, or else each message by itself."""
        try:
            moved = await self._together(letters) if all(each.placed for each in letters) else None
        except Exception as error:
            if away(error):
                raise Away(reason_of(error)) from error
            moved = None
        if moved is None:
            moved = set()
            for letter in letters:
                moved |= await self._alone(letter) or set()
        for case in sorted(moved):
            await self._ripen(case)

    async def _together(self, letters: Sequence[Letter], *, again: bool = False) -> set[UUID]:
        """Hear letters of one topic in one transaction; gives cases that moved with some parked."""
        topic = letters[0].topic
        async with self._engine.begin() as tx:
            answers = await self._hear(tx, topic, letters, again=again)
            chosen: dict[str, list[Letter]] = {}
            for letter, (answer, _) in zip(letters, answers, strict=True):
                chosen.setdefault(answer, []).append(letter)
            for letter in chosen.get("quarantined", ()):
                await parking.set_aside(tx, self.consumer, letter, fates.BEHIND, BEHIND_WHY)
            for letter in chosen.get("early", ()):
                await parking.set_aside(tx, self.consumer, letter, fates.GAP, GAP_WHY)
            apply = chosen.get("apply", [])
            if apply:
                await self._effects[topic](tx, apply)
            settled = apply + chosen.get("repeated", []) + chosen.get("dropped", [])
            if settled and any(waiting for _, waiting in answers):
                await parking.unpark(tx, self.consumer, [each.message for each in settled])
        self.applied += len(apply)
        return {
            letter.case
            for letter, (answer, waiting) in zip(letters, answers, strict=True)
            if waiting and answer in {"apply", "dropped"} and letter.case is not None
        }

    async def _alone(self, letter: Letter, *, again: bool = False) -> set[UUID] | None:
        """Settle one letter whatever becomes of it; gives its case if it moved, None if stopped."""
        attempt = 0
        while True:
            attempt += 1
            try:
                if not letter.placed:
                    return await self._set_unplaced_aside(letter)
                return await self._together([letter], again=again)
            except Exception as error:
                match fate(error, attempt):
                    case Wait():
                        raise Away(reason_of(error)) from error
                    case Again(wait_s=wait_s):
                        await self._sleep(wait_s)
                    case Park(kind=kind, reason=reason):
                        await self._set_aside(letter, kind, reason)
                        return set()
                    case Quarantine(reason=reason):
                        await self._set_aside(letter, fates.POISON, reason)
                        return None

    async def _ripen(self, case: UUID, *, again: bool = False) -> bool:
        """Apply parked letters of a case whose turn has come; False when one stopped the case.

        With `again` also those that a quarantine holds.
        """
        kinds = parking.ALL_KINDS if again else parking.RIPENING
        tried: set[UUID] = set()
        for _ in range(RIPENED_MAX):
            letter = await self._next_in_turn(case, kinds, tried)
            if letter is None:
                return True
            tried.add(letter.message)
            if await self._alone(letter, again=again) is None:
                return False
        return True

    async def _next_in_turn(
        self, case: UUID, kinds: Sequence[str], tried: set[UUID]
    ) -> Letter | None:
        try:
            async with self._engine.connect() as tx:
                return await parking.next_in_turn(tx, self.consumer, case, kinds, tried)
        except Exception as error:
            if away(error):
                raise Away(reason_of(error)) from error
            raise

    async def _set_unplaced_aside(self, letter: Letter) -> set[UUID]:
        """Keep a record whose case or place cannot be read; its case, if known, is quarantined."""
        async with self._engine.connect() as tx:
            seen = await parking.stood_aside(tx, self.consumer, letter.message)
        if not seen:
            await self._set_aside(letter, fates.POISON, "unreadable")
        return set()

    async def _set_aside(self, letter: Letter, kind: str, reason: str) -> None:
        try:
            async with self._engine.begin() as tx:
                await parking.set_aside(tx, self.consumer, letter, kind, reason)
        except Exception as error:
            # A store of poison that fails is no reason to lose the message: it comes again.
            raise Away(reason_of(error)) from error
        where = {"topic": letter.topic, "partition": letter.partition, "offset": letter.offset}
        who = {"case": str(letter.case), "message": str(letter.message)}
        self._log.error("hears.set_aside", kind=kind, reason=reason, **where, **who)

    async def _hear(
        self, tx: AsyncConnection, topic: str, letters: Sequence[Letter], *, again: bool
    ) -> list[tuple[str, bool]]:
        ids = [(each.message, each.case, each.stream, each.told) for each in letters]
        columns = [list(column) for column in zip(*ids, strict=True)]
        connection = await driver(tx)
        rows = await connection.fetch(_HEAR, self.consumer, topic, *columns, again)
        return [(row[0], row[1]) for row in rows]

    def _placed(self, letter: Letter) -> Letter:
        """Read a letter's place from its body where its headers do not say it."""
        if letter.placed and letter.type.isascii():
            return letter
        try:
            envelope = read_envelope(letter.body)
        except Unreadable:
            return letter
        if letter.case != envelope.case:
            return letter
        placed = dataclasses.replace(letter, message=envelope.id, named=True, type=envelope.type)
        return dataclasses.replace(placed, stream=envelope.stream, told=envelope.told)


def hearing_of(running: Running) -> Hearing:
    """Make the ears of a service: its policies and what it hears raw. Opens nothing."""
    service = running.service
    effects: dict[str, Effects] = {each.topic: each.handler for each in service.raw}
    policies = Policies(service.machine, service.hears, running.vault, running.clock.now)
    effects.update((topic_of(contract), policies) for contract in service.hears)
    return Hearing(service.name, running.app, effects)


def topics_of(service: Service) -> dict[str, int]:
    """Give the topics that a service hears, each with the records of a batch."""
    topics = {topic_of(contract): RECORDS_MAX for contract in service.hears}
    return topics | {each.topic: each.records_max for each in service.raw}


def bundled(letters: Iterable[Letter], bundles_max: int) -> list[list[Letter]]:
    """Share letters out into at most so many bundles; a case is in one, in order.

    Within a bundle cases stand in the order of their ids, so that transactions lock alike.
    """
    ordered = sorted(letters, key=lambda each: each.case or UUID(int=0))
    groups = [list(group) for _, group in groupby(ordered, key=lambda each: each.case)]
    bundles: list[list[Letter]] = [[] for _ in range(min(bundles_max, len(groups)))]
    for number, group in enumerate(groups):
        bundles[number * len(bundles) // len(groups)].extend(group)
    return bundles
