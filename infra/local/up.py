"""`make up`: one whole copy in one terminal, from nothing to a finished demonstration.

In order: what a killed run left is ended; the engines start (or those named by
NRM_DATABASE_URL and NRM_KAFKA are used); topics, databases and roles are made; every process
starts and is waited for; the demonstration runs once per data folder. Ctrl-C stops all of it.
"""

import asyncio
import fcntl
import logging
import os
import signal
import time
from collections.abc import Coroutine
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, TextIO

from infra.local import kafka, postgres, state
from infra.local.demonstration import Demonstration
from infra.local.home import CHECKOUT, GiveUp, data_folder
from infra.local.keeper import Engine, Keeper
from infra.local.parts import HELPERS, Part, Plan, make_plan
from infra.local.terminal import Logs, Terminal

MIGRATING_MAX = 2  # at a time; each loads the whole of a service


def take_lock(home: Path) -> TextIO:
    """Be the only runner of a data folder, until this process ends however it ends."""
    lock = (home / "run.lock").open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        lock.close()
        raise GiveUp(
            f"a copy is already up in {home}: see make status, make down ends it"
        ) from None
    return lock


async def together(*work: Coroutine[Any, Any, object]) -> None:
    """Do several things at once; the first failure ends the others and is raised."""
    tasks = [asyncio.create_task(one) for one in work]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


class Copy:
    """One copy while it is up."""

    def __init__(self, home: Path, terminal: Terminal, stack: AsyncExitStack) -> None:
        """Belong to a data folder; what is started is stopped when the stack closes."""
        self.home = home
        self._terminal = terminal
        self._stack = stack
        self._logs = Logs(home / "log", terminal)
        self._begun = time.monotonic()
        self._engines: dict[str, Engine] = {}
        self.failed: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self.keeper: Keeper
        self.plan: Plan

    def _say(self, line: str) -> None:
        self._terminal.say(f"{time.monotonic() - self._begun:6.1f} s  {line}")

    async def start(self) -> None:
        """Bring everything up; raises GiveUp with the one line that tells what is missing."""
        for name in await state.end_leftovers(self.home):
            self._say(f"ended {name}, which an earlier run had left")
        database_url, bootstrap = await self._start_engines()
        self.plan = make_plan(self.home, database_url, bootstrap)
        told = self._note(database_url, bootstrap)
        self.keeper = Keeper(self.plan, told, self._logs, self._terminal, self.failed)
        self._stack.push_async_callback(self._stop_parts)
        following = asyncio.create_task(self._logs.follow())
        self._stack.callback(following.cancel)
        for name, engine in self._engines.items():
            self.keeper.keep_engine(name, engine, self._topics)
        await self._topics()
        self._say("Kafka's topics are there")
        helpers = [part for part in self.plan.parts if part.name in HELPERS]
        services = [part for part in self.plan.parts if part not in helpers]
        for part in helpers:
            await self.keeper.start(part)
        await together(self._migrate(), *map(self._wait, helpers))
        for part in services:
            await self.keeper.start(part)
        await together(*map(self._wait, services))

    async def _start_engines(self) -> tuple[str, str]:
        given_database = os.environ.get("NRM_DATABASE_URL", "")
        given_kafka = os.environ.get("NRM_KAFKA", "")
        starting: list[Coroutine[Any, Any, object]] = []
        if not given_database:
            self._say("PostgreSQL is starting")
            starting.append(self._start_postgres())
        if not given_kafka:
            self._say("Kafka is starting")
            starting.append(self._start_kafka())
        await together(*starting)
        own_database, own_kafka = self._engines.get("postgresql"), self._engines.get("kafka")
        if isinstance(own_database, postgres.Postgres):
            given_database = own_database.url
        if isinstance(own_kafka, kafka.Kafka):
            given_kafka = own_kafka.bootstrap
        return given_database, given_kafka

    async def _start_postgres(self) -> None:
        server = await postgres.start(self.home, durable=True)
        self._stack.push_async_callback(self._stop_engine, "PostgreSQL", server)
        self._engines["postgresql"] = server
        self._say(f"PostgreSQL is ready ({server.socket})")

    async def _start_kafka(self) -> None:
        broker = await kafka.start(self.home)
        self._stack.push_async_callback(self._stop_engine, "Kafka", broker)
        self._engines["kafka"] = broker
        self._say(f"Kafka is ready ({broker.bootstrap})")

    async def _stop_engine(self, name: str, engine: Engine) -> None:
        await engine.stop()
        self._terminal.say(f"{name} has stopped")

    async def _stop_parts(self) -> None:
        self._terminal.say("stopping")
        await self.keeper.stop()
        self._logs.show_new()

    def _note(self, database_url: str, bootstrap: str) -> state.State:
        """Write down the whole plan before anything of it runs."""
        me = os.getpid()
        told = state.State(
            home=str(self.home),
            checkout=str(CHECKOUT),
            runner={"pid": me, "started": state.started(me)},
            database_url=database_url,
            kafka=bootstrap,
            issuer=self.plan.issuer,
            mailbox=self.plan.mailbox,
            services=dict(self.plan.services),
            environment=dict(self.plan.environment),
        )
        for name, address in (("postgresql", database_url), ("kafka", bootstrap)):
            line = state.Process(name=name, address=address)
            if engine := self._engines.get(name):
                line.begun(engine.pid)
                line.log = str(self.home / ("postgres" if name == "postgresql" else name) / "log")
            told.processes.append(line)
        told.processes += [
            state.Process(name=part.name, address=part.address, log=str(self._logs.path(part.name)))
            for part in self.plan.parts
        ]
        told.save()
        self._stack.callback(state.forget, self.home)
        return told

    async def _topics(self) -> None:
        prefix = self.plan.environment["NRM_TOPIC_PREFIX"]
        await kafka.create_topics(self.plan.environment["NRM_KAFKA"], prefix)

    async def _migrate(self) -> None:
        turn = asyncio.Semaphore(MIGRATING_MAX)

        async def one(part: Part) -> None:
            async with turn:
                await self.keeper.run_once(part)
            self._say(f"the databases of {part.name.removesuffix(' migrate')} are there")

        await together(*(one(part) for part in self.plan.migrations()))

    async def _wait(self, part: Part) -> None:
        await self.keeper.wait_ready(part)
        self._say(f"{part.name} is ready ({part.address})")


async def _whole(home: Path, terminal: Terminal, *, once: bool) -> int:
    """Start, demonstrate, and stay until something ends it; gives the exit code."""
    async with AsyncExitStack() as stack:
        copy = Copy(home, terminal, stack)
        demonstration = asyncio.create_task(_start_and_show(copy, home, terminal, once=once))
        ends: set[asyncio.Future[Any]] = {demonstration, copy.failed}
        await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        try:
            if not copy.failed.done():
                good = await demonstration
                if once:
                    return 0 if good else 1
                terminal.say("Ctrl-C stops everything.")
                await copy.failed
        finally:
            demonstration.cancel()
            await asyncio.gather(demonstration, return_exceptions=True)
        terminal.say(copy.failed.result())
        return 1


async def _start_and_show(copy: Copy, home: Path, terminal: Terminal, *, once: bool) -> bool:
    await copy.start()
    good = await Demonstration(home, copy.plan.environment, terminal).run()
    terminal.say()
    if not good:
        terminal.say("The demonstration failed: its last lines above say where.")
    if not once:
        for line in where_to_look(copy, home):
            terminal.say(line)
    return good


def where_to_look(copy: Copy, home: Path) -> list[str]:
    """What a person may do next with a copy that is up."""
    return [
        f"Everything is up. Open this in a browser: {copy.plan.issuer}/",
        "It says what NRM is, whom you can sign in as, and leads through the case above in five",
        "minutes. From another terminal:",
        "  make status                       what runs, and where it answers",
        "  .venv/bin/nrm --help              cases, scenarios, the ledger, operators' acts",
        f"  {copy.plan.services['ledger']}/checkpoint   the ledger's newest signed checkpoint",
        f"  {copy.plan.mailbox}/mails        mails that would have been sent",
        f"  {home / 'log'}   the log of every process (NRM_VERBOSE=1 shows them all here)",
    ]


async def _until_told(home: Path, terminal: Terminal, *, once: bool) -> int:
    """As `_whole`, ended in order by the signals that ask for an end."""
    loop = asyncio.get_running_loop()
    whole = asyncio.create_task(_whole(home, terminal, once=once))
    asked: list[signal.Signals] = []

    def end(by: signal.Signals) -> None:
        if not asked:  # the second Ctrl-C does not cut the stopping short: it has its deadlines
            whole.cancel()
        asked.append(by)

    for one in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(one, end, one)
    try:
        return await whole
    except asyncio.CancelledError:
        return 1 if once else 0
    except GiveUp as error:
        terminal.say(str(error))
        return 1


def up(*, once: bool) -> int:
    """Run one copy in this terminal; gives the exit code.

    0 when it was stopped in order (`once`: when the demonstration went well), 1 otherwise.
    """
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # a broker that starts says nothing
    home = data_folder()
    terminal = Terminal()
    try:
        with take_lock(home):
            return asyncio.run(_until_told(home, terminal, once=once))
    except GiveUp as error:
        terminal.say(str(error))
        return 1
    finally:
        terminal.close()
