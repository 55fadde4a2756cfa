"""Parts that die are started again with a line that says why; five deaths end everything."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from infra.local import state
from infra.local.home import ports
from infra.local.keeper import DEATHS_MAX, Keeper, describe
from infra.local.parts import Part, Plan
from infra.local.terminal import Logs, Terminal

MAILBOX = "mailbox"


class Heard(Terminal):
    """A terminal that remembers what it was told."""

    def __init__(self) -> None:
        """Begin with nothing heard."""
        super().__init__()
        self.lines: list[str] = []

    def say(self, line: str = "") -> None:
        """Remember a line instead of showing it."""
        self.lines.append(line)


class Absent:
    """An engine that is away until it is let back: this stands for a database that was killed."""

    def __init__(self) -> None:
        """Begin as an engine that runs."""
        self.pid = os.getpid()
        self.gone = False
        self.back = asyncio.Event()

    def died(self) -> int | None:
        return -9 if self.gone else None

    async def start(self) -> None:
        await self.back.wait()
        self.gone = False

    async def stop(self) -> None:
        self.gone = True


class Kept:
    """A keeper with one part, the mailbox, which needs nothing else."""

    def __init__(self, home: Path, *arguments: str) -> None:
        """Lay out the plan in a data folder."""
        at = {name: f"127.0.0.1:{port}" for name, port in ports(home, ["http", "smtp"]).items()}
        self.part = Part(
            name=MAILBOX,
            arguments=arguments or ("infra.local.mailbox",),
            environment={"NRM_LISTEN": at["http"], "NRM_SMTP": at["smtp"]},
            address=f"http://{at['http']}",
        )
        self.plan = Plan(
            parts=(self.part,),
            environment={"NRM_HOME": str(home), "NRM_ENV": "development"},
            services={},
            issuer="",
            mailbox=self.part.address,
        )
        self.state = state.State(
            home=str(home),
            checkout="",
            runner={"pid": os.getpid(), "started": state.started(os.getpid())},
            processes=[state.Process(name=name) for name in (MAILBOX, "postgresql")],
        )
        self.terminal = Heard()
        self.failed: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self.keeper = Keeper(
            self.plan, self.state, Logs(home / "log", self.terminal), self.terminal, self.failed
        )

    async def pid(self, starts: int) -> int:
        """The process id once the part was started so many times."""
        async with asyncio.timeout(30):
            while self.state.process(MAILBOX).starts < starts:
                await asyncio.sleep(0.02)
        return self.state.process(MAILBOX).pid


@pytest.fixture
async def kept(tmp_path: Path) -> AsyncIterator[Kept]:
    kept = Kept(tmp_path)
    yield kept
    await kept.keeper.stop()
    kept.terminal.close()


async def test_a_killed_part_is_started_again_and_the_line_says_why(kept: Kept) -> None:
    await kept.keeper.start(kept.part)
    await kept.keeper.wait_ready(kept.part)
    first = await kept.pid(1)
    os.kill(first, signal.SIGKILL)
    assert await kept.pid(2) != first
    await kept.keeper.wait_ready(kept.part)
    assert kept.terminal.lines == ["mailbox was killed by SIGKILL; it is started again"]
    assert not kept.failed.done()


async def test_five_deaths_within_a_minute_end_everything(kept: Kept) -> None:
    await kept.keeper.start(kept.part)
    for starts in range(1, DEATHS_MAX + 1):
        os.kill(await kept.pid(starts), signal.SIGKILL)
    line = await asyncio.wait_for(kept.failed, timeout=30)
    assert line == (
        "mailbox was killed by SIGKILL: 5 deaths within a minute, everything is stopped"
    )


async def test_a_death_by_its_own_fault_is_told_with_its_last_word(tmp_path: Path) -> None:
    kept = Kept(tmp_path, "infra.local.no_such_part")
    await kept.keeper.start(kept.part)
    line = await asyncio.wait_for(kept.failed, timeout=30)
    assert "ended with exit code 1" in line
    assert "No module named infra.local.no_such_part" in line
    await kept.keeper.stop()
    kept.terminal.close()


async def test_deaths_while_an_engine_is_away_are_not_counted(kept: Kept) -> None:
    engine = Absent()
    returned: list[bool] = []

    async def note() -> None:
        returned.append(True)

    kept.keeper.keep_engine("postgresql", engine, note)
    await kept.keeper.start(kept.part)
    engine.gone = True
    await asyncio.sleep(0.5)
    first = await kept.pid(1)
    os.kill(first, signal.SIGKILL)
    await asyncio.sleep(0.5)
    assert kept.state.process(MAILBOX).starts == 1, "it waits for the engine"
    engine.back.set()
    for starts in range(2, DEATHS_MAX + 3):
        os.kill(await kept.pid(starts), signal.SIGKILL)
    await kept.pid(DEATHS_MAX + 3)
    assert not kept.failed.done()
    assert returned == [True]
    assert "postgresql was killed by SIGKILL; it is started again" in kept.terminal.lines


async def test_stopping_ends_a_part_that_is_stopped_by_a_signal(kept: Kept) -> None:
    await kept.keeper.start(kept.part)
    await kept.keeper.wait_ready(kept.part)
    pid = await kept.pid(1)
    os.kill(pid, signal.SIGSTOP)
    await kept.keeper.stop()
    assert state.started(pid) == 0


async def test_what_a_killed_runner_left_is_ended_even_when_no_file_tells_of_it(
    kept: Kept, tmp_path: Path
) -> None:
    environment = kept.plan.environment_of(kept.part)
    left = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "infra.local.mailbox", env=environment
    )
    assert await state.end_leftovers(tmp_path) == [MAILBOX]
    assert await asyncio.wait_for(left.wait(), timeout=10) in (0, -signal.SIGTERM)
    assert await state.end_leftovers(tmp_path) == []


def test_a_process_is_known_by_its_start_too() -> None:
    me = os.getpid()
    assert state.alive(me, state.started(me))
    assert not state.alive(me, state.started(me) - 100)
    assert not state.alive(0, 0)


def test_the_file_of_what_runs_is_read_as_it_was_written(kept: Kept, tmp_path: Path) -> None:
    kept.state.save()
    assert state.read(tmp_path) == kept.state
    assert (tmp_path / "run.json").stat().st_mode & 0o077 == 0
    (tmp_path / "run.json").write_text('{"home": ')
    assert state.read(tmp_path) is None


def test_how_a_process_ended_is_told_in_words() -> None:
    assert describe(3) == "ended with exit code 3"
    assert describe(-15) == "was killed by SIGTERM"
