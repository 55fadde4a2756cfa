"""Keeps the parts of a copy alive: starts them, sees how they end, starts them again, stops them.

A part that dies is started again, and one line says why. Five deaths of one part within a
minute end everything. Deaths in a time in which an engine is away are not counted: a process
may well give up without its database.
"""

import asyncio
import contextlib
import signal
import time
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Protocol

from infra.local.home import CHECKOUT, GiveUp
from infra.local.parts import Part, Plan, ready
from infra.local.state import State
from infra.local.terminal import Logs, Terminal

DEATHS_MAX = 5
DEATHS_S = 60.0
PAUSE_S = (0.1, 0.5, 1.0, 2.0, 2.0)  # before the next start, by deaths in the last minute
AFTERMATH_S = 10.0  # how long after an engine's return a death is still put down to it
STOP_S = 20.0
READY_S = 180.0
LOOK_S = 0.2


class Engine(Protocol):
    """What the keeper needs of PostgreSQL and Kafka."""

    @property
    def pid(self) -> int: ...
    def died(self) -> int | None: ...
    async def start(self) -> None: ...
    async def stop(self) -> None: ...


def describe(code: int) -> str:
    """How a process ended, in words."""
    if code >= 0:
        return f"ended with exit code {code}"
    try:
        return f"was killed by {signal.Signals(-code).name}"
    except ValueError:
        return f"was killed by signal {-code}"


@dataclass(slots=True)
class Deaths:
    """The deaths of one part that count, within the last minute."""

    at: deque[float] = field(default_factory=deque)

    def add(self, now: float) -> int:
        """Note one; gives how many there were within the last minute."""
        self.at.append(now)
        while self.at and now - self.at[0] > DEATHS_S:
            self.at.popleft()
        return len(self.at)


async def _end_of(engine: Engine) -> int:
    """Wait until an engine has ended; gives how."""
    while True:  # its process may be another account's and is only to be asked
        if (code := engine.died()) is not None:
            return code
        await asyncio.sleep(LOOK_S)


class Keeper:
    """All parts of one copy, from their start to their end."""

    def __init__(
        self, plan: Plan, state: State, logs: Logs, terminal: Terminal, failed: asyncio.Future[str]
    ) -> None:
        """Keep the parts of a plan; nothing is started yet. `failed` gets the last line."""
        self._plan = plan
        self._state = state
        self._logs = logs
        self._terminal = terminal
        self._running: dict[str, asyncio.subprocess.Process] = {}
        self._watches: list[asyncio.Task[None]] = []
        self._stopping = False
        self._engines_up = asyncio.Event()
        self._engines_up.set()
        self._engine_back = 0.0
        self._failed = failed

    def keep_engine(
        self, name: str, engine: Engine, returned: Callable[[], Awaitable[object]]
    ) -> None:
        """Watch an engine; `returned` is awaited after each new start, before the parts go on."""
        self._watches.append(asyncio.create_task(self._watch_engine(name, engine, returned)))

    async def _watch_engine(
        self, name: str, engine: Engine, returned: Callable[[], Awaitable[object]]
    ) -> None:
        deaths = Deaths()
        while True:
            code = await _end_of(engine)
            if self._is_stopping():
                return
            self._engines_up.clear()
            self._state.process(name).ended()
            self._state.save()
            if not self._again(name, describe(code), deaths.add(time.monotonic())):
                return
            try:
                await engine.start()
                self._state.process(name).begun(engine.pid)
                self._state.save()
                await returned()
            except GiveUp as error:
                self._terminal.say(f"{name}: {error}")
                await asyncio.sleep(1)
                continue
            self._engine_back = time.monotonic()
            self._engines_up.set()

    def _is_stopping(self) -> bool:
        return self._stopping

    async def start(self, part: Part) -> None:
        """Start a part and watch over it."""
        await self._spawn(part)
        self._watches.append(asyncio.create_task(self._watch(part)))

    async def _spawn(self, part: Part) -> None:
        process = await self._process(part)
        self._running[part.name] = process
        self._state.process(part.name).begun(process.pid)
        self._state.save()

    async def _process(self, part: Part) -> asyncio.subprocess.Process:
        with open(self._logs.open(part.name), "ab") as log:  # noqa: PTH123 - a descriptor
            return await asyncio.create_subprocess_exec(
                *part.command,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=CHECKOUT,
                env=self._plan.environment_of(part),
                start_new_session=True,  # Ctrl-C is the runner's to hand on
            )

    async def _watch(self, part: Part) -> None:
        deaths = Deaths()
        while True:
            code = await self._running[part.name].wait()
            self._state.process(part.name).ended()
            self._state.save()
            if self._is_stopping():
                return
            await asyncio.sleep(LOOK_S)  # the engine's watch may be about to see why
            now = time.monotonic()
            excused = not self._engines_up.is_set() or now - self._engine_back < AFTERMATH_S
            count = 1 if excused else deaths.add(now)
            why = describe(code)
            if code > 0 and (last := self._logs.last_line(part.name)):
                why = f"{why} ({last})"
            if not self._again(part.name, why, count):
                return
            await asyncio.sleep(PAUSE_S[min(count, len(PAUSE_S)) - 1])
            await self._engines_up.wait()
            if self._is_stopping():
                return
            await self._spawn(part)

    def _again(self, name: str, why: str, count: int) -> bool:
        """Say that a part died; whether it may be started again."""
        if count < DEATHS_MAX:
            self._terminal.say(f"{name} {why}; it is started again")
            return True
        line = f"{name} {why}: {count} deaths within a minute, everything is stopped"
        if not self._failed.done():
            self._failed.set_result(line)
        return False

    async def run_once(self, part: Part) -> None:
        """Run a part that ends by itself; raises GiveUp when it fails."""
        process = await self._process(part)
        try:
            code = await process.wait()
        finally:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
        if code != 0:
            raise GiveUp(f"{part.name} {describe(code)}: {self._logs.last_line(part.name)}")

    async def wait_ready(self, part: Part) -> None:
        """Wait until a part is ready; raises GiveUp with its last word if it never is."""
        begun = time.monotonic()
        while not await ready(part.address):
            if time.monotonic() - begun > READY_S:
                last = self._logs.last_line(part.name)
                raise GiveUp(f"{part.name} is not ready after {READY_S:.0f} s: {last}")
            await asyncio.sleep(LOOK_S)

    async def stop(self) -> None:
        """Stop the parts in the reverse order of their start, each group with a deadline."""
        self._stopping = True
        self._engines_up.set()
        services = [part for part in self._plan.parts if part.arguments[0].startswith("nrm_")]
        signers = [part for part in services if "signer" in part.arguments]
        others = [part for part in self._plan.parts if part not in services]
        for group in ([part for part in services if part not in signers], signers, others):
            await asyncio.gather(*(self._end(part.name) for part in group))
        for watch in self._watches:
            watch.cancel()
        await asyncio.gather(*self._watches, return_exceptions=True)
        await asyncio.gather(*map(self._end, self._running))  # one that was just being started

    async def _end(self, name: str) -> None:
        process = self._running.get(name)
        if process is None or process.returncode is not None:
            return
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
            process.send_signal(signal.SIGCONT)
        try:
            async with asyncio.timeout(STOP_S):
                await process.wait()
        except TimeoutError:
            self._terminal.say(f"{name} did not stop within {STOP_S:.0f} s and is killed")
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
