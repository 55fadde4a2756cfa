"""What runs in this copy, kept in `run.json`; a process is its id *and* its start.

The file lies in the data folder, for every reader (`make status`, the `nrm` command, tests):

    {"home": "/…/.nrm", "checkout": "/…",
     "runner": {"pid": 1, "started": 1795301045.25},
     "database_url": "postgresql+asyncpg://…", "kafka": "127.0.0.1:22026",
     "issuer": "http://127.0.0.1:22030", "mailbox": "http://127.0.0.1:22031",
     "services": {"referral": "http://127.0.0.1:22034", …},
     "environment": {"NRM_HOME": "…", …},           what every process of this copy is given
     "processes": [{"name": "referral worker", "pid": 7, "started": 1795301046.5,
                    "address": "http://127.0.0.1:22035", "log": "/…/log/referral-worker.log",
                    "starts": 1}, …]}

Every process of the plan is listed from the first moment; `pid` is 0 while it does not run.
`started` is the start in seconds since 1970 as the system tells it. The file is private: a
database address may hold a password. If `runner` is dead, the copy was cut off.
"""

import asyncio
import contextlib
import json
import os
import signal
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import psutil

from infra.local.home import write_private

SAME_START_S = 1.0
STOP_S = 20.0


def started(pid: int) -> float:
    """When a process began, in seconds since 1970; 0 when there is none."""
    try:
        return psutil.Process(pid).create_time() if pid else 0.0
    except psutil.NoSuchProcess:
        return 0.0


def alive(pid: int, since: float) -> bool:
    """Whether the process with this id is still the one that began then."""
    try:
        process = psutil.Process(pid) if pid else None
        return (
            process is not None
            and abs(process.create_time() - since) <= SAME_START_S
            and process.status() != psutil.STATUS_ZOMBIE
        )
    except psutil.NoSuchProcess:
        return False


@dataclass(slots=True, kw_only=True)
class Process:
    """One line of the file."""

    name: str
    pid: int = 0
    started: float = 0.0
    address: str = ""
    log: str = ""
    starts: int = 0

    def alive(self) -> bool:
        """Whether it runs now, as far as this file knows."""
        return alive(self.pid, self.started)

    def begun(self, pid: int) -> None:
        """Note that it runs now, as this process."""
        self.pid, self.started, self.starts = pid, started(pid), self.starts + 1

    def ended(self) -> None:
        self.pid, self.started = 0, 0.0


@dataclass(slots=True, kw_only=True)
class State:
    """The whole file."""

    home: str
    checkout: str
    runner: dict[str, float]
    database_url: str = ""
    kafka: str = ""
    issuer: str = ""
    mailbox: str = ""
    services: dict[str, str] = field(default_factory=dict)
    environment: dict[str, str] = field(default_factory=dict)
    processes: list[Process] = field(default_factory=list)

    def runner_alive(self) -> bool:
        """Whether the runner that wrote the file still runs."""
        return alive(int(self.runner.get("pid", 0)), self.runner.get("started", 0.0))

    def process(self, name: str) -> Process:
        """The line of a process; raises KeyError for a name that is not in the plan."""
        for process in self.processes:
            if process.name == name:
                return process
        raise KeyError(name)

    def save(self) -> None:
        write_private(_file(Path(self.home)), json.dumps(asdict(self), indent=1))


def _file(home: Path) -> Path:
    return home / "run.json"


def read(home: Path) -> State | None:
    """What the file says; None when there is none, or none that can be read."""
    try:
        told: dict[str, Any] = json.loads(_file(home).read_text())
        processes = [Process(**one) for one in told.pop("processes")]
        return State(**told, processes=processes)
    except (OSError, ValueError, TypeError, KeyError):
        return None


def forget(home: Path) -> None:
    _file(home).unlink(missing_ok=True)


def _marked(home: Path) -> list[psutil.Process]:
    """Parts of this copy that no file tells of: each carries its name in its environment."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            environment = process.environ()
            if "NRM_PART" in environment and environment.get("NRM_HOME") == str(home):
                found.append(process)
    return [process for process in found if process.pid != os.getpid()]


async def end_leftovers(home: Path) -> list[str]:
    """End the parts that a killed runner left; gives their names. Engines end their own."""
    left: dict[int, tuple[str, psutil.Process]] = {}
    state = read(home)
    for one in state.processes if state else []:
        if one.alive() and one.name not in ("postgresql", "kafka"):
            left[one.pid] = (one.name, psutil.Process(one.pid))
    for process in _marked(home):
        with contextlib.suppress(psutil.Error):
            left.setdefault(process.pid, (process.environ()["NRM_PART"], process))
    for _, process in left.values():
        with contextlib.suppress(psutil.NoSuchProcess):
            process.send_signal(signal.SIGTERM)
            process.send_signal(signal.SIGCONT)  # one that was stopped hears it too
    deadline = time.monotonic() + STOP_S
    while running := [process for _, process in left.values() if _runs(process)]:
        if time.monotonic() > deadline:
            for process in running:
                with contextlib.suppress(psutil.NoSuchProcess):
                    process.kill()
        await asyncio.sleep(0.1)
    return sorted(name for name, _ in left.values())


def _runs(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
