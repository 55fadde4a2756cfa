"""A private copy for the bench: real engines and processes, started and stopped one by one."""

import asyncio
import contextlib
import logging
import shutil
import time
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

import asyncpg
from sqlalchemy.engine import make_url

from infra.local import kafka, parts, postgres, state
from infra.local.home import CHECKOUT
from infra.local.parts import Part, Plan, make_plan
from nrm_runtime.settings import Settings

READY_S: Final = 180.0
STOP_S: Final = 30.0
LOOK_S: Final = 0.1
MIGRATING_MAX: Final = 2
ISSUER: Final = "identity provider"
SIGNER: Final = "ledger signer"
SEED: Final = "organisations.yaml"


class BenchFailed(Exception):
    """What was to be measured did not happen; its one line says what."""


@dataclass(slots=True)
class Stage:
    """The copy: its plan, its engines and whichever of its processes run now."""

    home: Path
    plan: Plan
    database: postgres.Postgres
    broker: kafka.Kafka
    running: dict[str, asyncio.subprocess.Process] = field(default_factory=dict)

    def part(self, name: str) -> Part:
        """Give a process of the plan by its name."""
        return next(part for part in self.plan.parts if part.name == name)

    def settings(self, service: str) -> Settings:
        """Give what the processes of a service are told."""
        return Settings.from_environment(service, self.plan.environment)

    @asynccontextmanager
    async def looking(self, database: str) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
        """Connect to a database of the copy as the superuser, to look at what was done."""
        url = make_url(self.database.url)
        look = await asyncpg.connect(
            host=str(url.query["host"]),
            user=url.username,
            database=database,
            server_settings={"search_path": "nrm"},
        )
        try:
            yield look
        finally:
            await look.close()

    async def start(self, *names: str) -> None:
        """Start processes and wait until each is ready."""
        for name in names:
            self.running[name] = await self._spawn(self.part(name))
        await asyncio.gather(*(self._wait(self.part(name)) for name in names))

    async def stop(self, *names: str) -> None:
        """Stop processes in order, by default all."""
        await asyncio.gather(*(self._end(name) for name in names or tuple(self.running)))

    async def run(self, part: Part) -> None:
        """Run a process that ends by itself; raises `BenchFailed` when it fails."""
        process = await self._spawn(part)
        if await process.wait() != 0:
            raise BenchFailed(f"{part.name} failed: see {self._log(part)}")

    def check(self) -> None:
        """Raise `BenchFailed` when a process has died that should run."""
        for name, process in self.running.items():
            if process.returncode is not None:
                raise BenchFailed(f"{name} has died: see {self._log(self.part(name))}")

    def _log(self, part: Part) -> Path:
        return self.home / "log" / f"{part.file_name}.log"

    async def _spawn(self, part: Part) -> asyncio.subprocess.Process:
        with self._log(part).open("ab") as log:
            return await asyncio.create_subprocess_exec(
                *part.command,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=CHECKOUT,
                env=self.plan.environment_of(part),
                start_new_session=True,
            )

    async def _wait(self, part: Part) -> None:
        begun = time.monotonic()
        while not await parts.ready(part.address):
            self.check()
            if time.monotonic() - begun > READY_S:
                raise BenchFailed(f"{part.name} is not ready: see {self._log(part)}")
            await asyncio.sleep(LOOK_S)

    async def _end(self, name: str) -> None:
        process = self.running.pop(name)
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        try:
            async with asyncio.timeout(STOP_S):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()


@asynccontextmanager
async def stage(home: Path, write_seed: Callable[[Path], None]) -> AsyncIterator[Stage]:
    """Make a copy in an empty folder: engines with fsync on, topics, databases, no process yet.

    `write_seed` writes its organisations. Everything is stopped at the end, and forgotten unless
    it failed: the logs of processes then say more. Raises `GiveUp` when an engine is missing.
    """
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # a broker that starts says nothing
    await _forget(home)
    (home / "log").mkdir(parents=True)
    write_seed(home / SEED)
    async with AsyncExitStack() as stack:
        database = await postgres.start(home, durable=True)
        stack.push_async_callback(database.stop)
        broker = await kafka.start(home)
        stack.push_async_callback(broker.stop)
        plan = make_plan(home, database.url, broker.bootstrap)
        told = {**plan.environment, "NRM_ORGANISATIONS": str(home / SEED), "NRM_TOPIC_PREFIX": ""}
        plan = replace(plan, environment=told)
        made = Stage(home, plan, database, broker)
        stack.push_async_callback(made.stop)
        await kafka.create_topics(broker.bootstrap)
        await _migrate(made, plan.migrations())
        yield made
    await _forget(home)


async def _migrate(made: Stage, migrations: Iterable[Part]) -> None:
    turn = asyncio.Semaphore(MIGRATING_MAX)

    async def one(part: Part) -> None:
        async with turn:
            await made.run(part)

    await asyncio.gather(*map(one, migrations))


async def _forget(home: Path) -> None:
    """End what a run that was cut off left in this folder, and the folder itself."""
    await state.end_leftovers(home)
    await postgres.end_leftover(postgres.folder_of(home) / "data")
    await kafka.end_leftover(home / "kafka")
    parts.forget_data(home)
    postgres.forget(home)
    shutil.rmtree(home, ignore_errors=True)
