"""One whole copy of the system as processes, private to a test run, and the hands to shake it.

It is what `make up` starts, without the demonstration: real PostgreSQL (with fsync) and Kafka,
every service's web and worker, signer, identity provider, mailbox. Its folder lies under the
system's temporary folder; what a killed test run left there is ended by the next one.
"""

import asyncio
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import asyncpg
import psutil
from sqlalchemy.engine import make_url

from infra.local import parts, state
from infra.local.home import CHECKOUT
from nrm_cli.doors import Doors
from nrm_cli.running import Copy, running_copy
from tests.system.collector import Collector
from tests.system.patience import until

PREFIX: Final = "nrm-system-"
RUNNER: Final[list[str]] = [sys.executable, "-m", "infra.local"]
UP: Final = "Ctrl-C stops everything."
START_S: Final = 400.0
STOP_S: Final = 120.0
BACK_S: Final = 180.0
TALK_S: Final = 180.0
LAPSE_S: Final = 1.0  # a fetch that the broker held is answered: nothing lies in a sleeper's socket
KEPT: Final = ("NRM_PG_BIN", "NRM_JARS")  # where the engines' programs are; nothing else is ours
TOLD: Final = {"NRM_DEMONSTRATION": "no", "PYTHONUNBUFFERED": "1"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """How a run of the `nrm` command ended."""

    code: int
    out: str
    err: str

    @property
    def told(self) -> Any:
        """What `--json` printed."""
        return json.loads(self.out)


def _environment(home: Path, more: Mapping[str, str]) -> dict[str, str]:
    outside = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("NRM_", "PYTHON")) or name in KEPT
    }
    return outside | TOLD | {"NRM_HOME": str(home)} | dict(more)


@dataclass(slots=True)
class System:
    """A copy that is up; `running` says whether it still is."""

    home: Path
    runner: subprocess.Popen[bytes]
    collector: Collector
    webhooks: Collector  # stands for the machines of all organisations

    @property
    def running(self) -> bool:
        """Whether its runner is alive."""
        return self.runner.poll() is None

    @property
    def terminal(self) -> str:
        """What `make up` showed so far."""
        return (self.home / "terminal.txt").read_text(errors="replace")

    @property
    def told(self) -> state.State:
        """What `run.json` says now."""
        found = state.read(self.home)
        if found is None:
            words = self.terminal[-2_000:]
            raise AssertionError(f"the copy is gone; its last words:\n{words}")
        return found

    @property
    def services(self) -> tuple[str, ...]:
        """The names of its services."""
        return tuple(self.told.services)

    @property
    def tellers(self) -> tuple[str, ...]:
        """The services that have events; the ledger only keeps what they did."""
        return tuple(name for name in self.services if name != "ledger")

    def doors(self) -> Doors:
        """Its public doors; to be opened by `async with`."""
        return Doors(self.copy)

    @property
    def copy(self) -> Copy:
        """What the `nrm` command knows of it."""
        return running_copy(self.home)

    async def nrm(self, *arguments: str) -> Said:
        """Run the `nrm` command against it."""
        process = await asyncio.create_subprocess_exec(
            str(Path(sys.executable).parent / "nrm"),
            *arguments,
            cwd=CHECKOUT,
            env=_environment(self.home, {"COLUMNS": "200"}),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        async with asyncio.timeout(TALK_S):
            out, err = await process.communicate()
        assert process.returncode is not None
        return Said(code=process.returncode, out=out.decode(), err=err.decode())

    @asynccontextmanager
    async def database(
        self, service: str, *, keys: bool = False
    ) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
        """Connect to a service's database as the superuser, who passes every wall."""
        connection = await self.connect(self.database_name(service, keys=keys))
        try:
            await connection.execute("SET search_path = nrm")
            yield connection
        finally:
            await connection.close()

    def database_name(self, service: str, *, keys: bool = False) -> str:
        """The name of a service's database, or of the one with its persons' keys."""
        suffix = self.told.environment.get("NRM_DATABASE_SUFFIX", "")
        return f"nrm_{service}{'_keys' if keys else ''}{suffix}"

    async def connect(self, database: str) -> "asyncpg.Connection[asyncpg.Record]":
        """Connect to any database as the superuser."""
        url = make_url(self.told.database_url)
        host = url.query["host"]
        assert isinstance(host, str)
        return await asyncpg.connect(
            host=host, port=url.port or 5432, user=url.username, database=database, timeout=10
        )

    def process(self, name: str) -> state.Process:
        """The line of `run.json` about a part."""
        return self.told.process(name)

    def signal(self, name: str, number: signal.Signals) -> int:
        """Send a signal to a part that runs; gives how often it had been started by then."""
        line = self.process(name)
        assert line.alive(), f"{name} does not run"
        os.kill(line.pid, number)
        return line.starts

    async def wait_for_another(self, name: str, starts: int) -> None:
        """Wait until a part runs again, as another process than its `starts`th, and is ready."""
        await until(lambda: self.is_back(name, starts), BACK_S, f"{name} to be back")

    async def is_back(self, name: str, starts: int) -> bool:
        """Whether a part runs as another process than its `starts`th, and is ready."""
        assert self.running, self.terminal[-2_000:]
        line = self.process(name)
        return line.starts > starts and line.alive() and await self._ready(line)

    async def _ready(self, line: state.Process) -> bool:
        if line.name == "kafka":
            return await self._answers(line.address)
        if line.name == "postgresql":
            return await self._database_answers()
        return await parts.ready(line.address)

    async def _answers(self, address: str) -> bool:
        from infra.local import kafka  # noqa: PLC0415 - heavy, and seldom asked

        return await kafka.answers(address)

    async def _database_answers(self) -> bool:
        try:
            connection = await self.connect("postgres")
        except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
            return False
        await connection.close()
        return True

    @contextmanager
    def asleep(self, name: str) -> Iterator[None]:
        """Stop a part as SIGSTOP does, for a while; it wakes up whatever happens."""
        pid = self.process(name).pid
        os.kill(pid, signal.SIGSTOP)
        time.sleep(LAPSE_S)
        try:
            yield
        finally:
            if psutil.pid_exists(pid):
                os.kill(pid, signal.SIGCONT)

    @asynccontextmanager
    async def another(self, service: str, role: str) -> AsyncIterator[str]:
        """Run one more process of a service beside the kept one; gives where it answers."""
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            place = f"127.0.0.1:{probe.getsockname()[1]}"
        told = self.told.environment | {"NRM_LISTEN": place, "NRM_OTLP": self.collector.address}
        with (self.home / "log" / f"another-{service}-{role}.log").open("ab") as log:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", f"nrm_{service}", role),
                cwd=CHECKOUT,
                env=_environment(self.home, told),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        try:
            address = f"http://{place}"
            await until(lambda: parts.ready(address), BACK_S, f"another {service} {role}")
            yield address
        finally:
            process.terminate()
            await process.wait()

    async def all_ready(self) -> None:
        """Wait until every part is ready."""

        async def ready() -> bool:
            assert self.running, self.terminal[-2_000:]
            lines = self.told.processes
            return all([line.alive() and await self._ready(line) for line in lines])

        await until(ready, BACK_S, "all parts to be ready")

    def stop(self) -> None:
        """Stop it in order and forget its folder; what does not stop is killed."""
        if self.running:
            self.runner.terminate()
            try:
                self.runner.wait(STOP_S)
            except subprocess.TimeoutExpired:
                self.runner.kill()
                self.runner.wait()
        self.collector.close()
        self.webhooks.close()
        _forget(self.home)


def start() -> System:
    """Start a copy and wait until it is up."""
    _forget_abandoned()
    home = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-"))
    collector, webhooks = Collector(home / "traces.bin"), Collector(home / "webhooks.bin")
    organisations = roomy_organisations(home, webhooks.address)
    told = {"NRM_OTLP": collector.address, "NRM_ORGANISATIONS": str(organisations)}
    with (home / "terminal.txt").open("wb") as terminal:
        runner = subprocess.Popen(  # noqa: S603 - our own runner
            [*RUNNER, "up"],
            cwd=CHECKOUT,
            env=_environment(home, told),
            stdin=subprocess.DEVNULL,
            stdout=terminal,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    system = System(home, runner, collector, webhooks)
    deadline = time.monotonic() + START_S
    while UP not in system.terminal:
        if not system.running or time.monotonic() > deadline:
            words = system.terminal[-4_000:]
            system.stop()
            raise AssertionError(f"the copy did not come up:\n{words}")
        time.sleep(0.2)
    return system


def roomy_organisations(home: Path, webhook: str) -> Path:
    """Write the seed file anew: places for all the cases that tests play in one copy, webhooks."""
    seeds = (CHECKOUT / "infra" / "local" / "organisations.yaml").read_text("utf-8")
    file = home / "organisations.yaml"
    roomy = re.sub(r"places: \d+", "places: 100000", seeds)
    file.write_text(re.sub(r"( +)email: .+\n", rf"\g<0>\1webhook: {webhook}\n", roomy), "utf-8")
    return file


def _forget(home: Path) -> None:
    """End what is left of a copy and remove its folder."""
    subprocess.run(
        [sys.executable, "-m", "infra.local", "reset"],
        cwd=CHECKOUT,
        env=_environment(home, {}),
        capture_output=True,
        check=False,
    )
    shutil.rmtree(home, ignore_errors=True)


def _forget_abandoned() -> None:
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        pid = folder.name.removeprefix(PREFIX).partition("-")[0]
        mine = folder.stat().st_uid == os.geteuid()
        if mine and pid.isdigit() and not psutil.pid_exists(int(pid)):
            told = state.read(folder)
            if told is not None and told.runner_alive():
                os.kill(int(told.runner["pid"]), signal.SIGTERM)
            _forget(folder)
