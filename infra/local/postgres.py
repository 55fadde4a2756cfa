"""The PostgreSQL brick: a private cluster in a data folder, reached by a unix socket only.

The server refuses to run as root, so there it runs as user 65534, with the one capability
that lets it pass folders of mode 0700 above its data (a checkout under root's home). Where
that capability is not to be had, its data go to a place it can reach. An ordinary user runs
it as himself. A cluster left by `kill -9` is ended or recovered at the next start.
"""

import asyncio
import contextlib
import functools
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import asyncpg
import psutil

from infra.local import install
from infra.local.home import GiveUp, fingerprint, socket_folder

NOBODY = 65534
START_S = 120.0  # recovery after a kill may take a while
STOP_S = 20.0
SAME_START_S = 3.0  # the server notes its start in whole seconds, a little after it began

CAPABLE = (
    "setpriv",
    f"--reuid={NOBODY}",
    f"--regid={NOBODY}",
    "--clear-groups",
    "--inh-caps=+dac_read_search",
    "--ambient-caps=+dac_read_search",
)

# Sized for all processes of one copy on a small machine. Values of rows never reach the log:
# terse leaves out the details of a violated constraint, panic the statement.
SETTINGS = {
    "listen_addresses": "",
    "max_connections": "300",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
}
# Only for tests that never kill the server.
FORGETFUL = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


AWAY = (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError)


@functools.cache
def _capable() -> bool:
    """Whether a program may be started as nobody with the capability to pass closed folders."""
    try:
        done = subprocess.run([*CAPABLE, "true"], capture_output=True, check=False)
    except OSError:
        return False
    return done.returncode == 0


@dataclass(frozen=True, slots=True)
class _Account:
    """As whom the server's programs run."""

    prefix: tuple[str, ...]
    user: int | None

    def give(self, folder: Path) -> None:
        """Hand a folder, with what is in it, to that account."""
        if os.geteuid() == 0:
            for path in (folder, *folder.rglob("*")):
                os.chown(path, NOBODY, NOBODY, follow_symlinks=False)

    def popen(self, command: Sequence[str], home: Path, log: Path) -> subprocess.Popen[bytes]:
        """Start a program as that account; it lives on when this process is killed."""
        with log.open("ab") as out:
            return subprocess.Popen(
                [*self.prefix, *command],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                cwd="/",
                env={
                    "HOME": str(home),
                    "PATH": os.environ.get("PATH", os.defpath),
                    "LC_ALL": "C.UTF-8",
                },
                start_new_session=True,
                user=self.user,
                group=self.user,
                extra_groups=None if self.user is None else [],
            )


def _account() -> _Account:
    if os.geteuid() != 0:
        return _Account((), None)
    return _Account(CAPABLE, None) if _capable() else _Account((), NOBODY)


def folder_of(home: Path) -> Path:
    """Where the cluster of a data folder lives.

    Below the data folder; but as root without the capability, where nobody can reach it.
    """
    if os.geteuid() == 0 and not _capable():
        return Path("/var/tmp") / f"nrm-{fingerprint(home)}" / "postgres"  # noqa: S108 - owned
    return home / "postgres"


def forget(home: Path) -> None:
    """Remove the cluster of a data folder; nothing of it may be running."""
    folder = folder_of(home)
    shutil.rmtree(folder, ignore_errors=True)
    if folder.parent != home and folder.parent.exists():
        folder.parent.rmdir()


@dataclass(slots=True)
class Postgres:
    """One private cluster. `url` is the superuser's, for SQLAlchemy with asyncpg."""

    home: Path
    durable: bool
    binaries: Path
    folder: Path
    socket: Path
    _process: subprocess.Popen[bytes] | None = field(default=None)

    @property
    def url(self) -> str:
        return f"postgresql+asyncpg://postgres@/postgres?host={self.socket}"

    @property
    def pid(self) -> int:
        """The postmaster's process id; 0 when it was never started."""
        return self._process.pid if self._process else 0

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def log(self) -> Path:
        return self.folder / "log"

    def died(self) -> int | None:
        """How the server ended (negative: by that signal), or None while it runs."""
        return self._process.poll() if self._process else 0

    async def start(self) -> None:
        """Start the server, making the cluster first if there is none, and wait until it answers.

        Raises GiveUp with the last words of its log when it does not.
        """
        account = _account()
        await asyncio.to_thread(self._make, account)
        await end_leftover(self.data)
        for path in self.socket.glob(".s.PGSQL.*"):
            path.unlink()  # the folder is this cluster's own; a stale lock may name a stranger
        settings = SETTINGS | ({} if self.durable else FORGETFUL)
        command = [str(self.binaries / "postgres"), "-D", str(self.data), "-k", str(self.socket)]
        for name, value in settings.items():
            command += ["-c", f"{name}={value}"]
        self._process = account.popen(command, self.folder, self.log)
        try:
            await self._wait_until_it_answers()
        except BaseException:
            await self.kill()
            raise

    async def _wait_until_it_answers(self) -> None:
        assert self._process is not None
        deadline = time.monotonic() + START_S
        while not await self.answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise GiveUp(f"PostgreSQL did not start: {_last_line(self.log)} (see {self.log})")
            await asyncio.sleep(0.05)

    def _make(self, account: _Account) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        if self.folder.parent.stat().st_uid != os.geteuid():
            raise GiveUp(f"{self.folder.parent} belongs to somebody else")
        self.socket.mkdir(mode=0o700, exist_ok=True)
        self.log.touch()
        if os.geteuid() == 0:
            for path in (self.folder, self.socket, self.log):
                os.chown(path, NOBODY, NOBODY)
        if (self.data / "PG_VERSION").exists() and (self.folder / "made").exists():
            return
        shutil.rmtree(self.data, ignore_errors=True)  # a making that was cut off
        command = [str(self.binaries / "initdb"), "-D", str(self.data), "-U", "postgres"]
        command += ["-A", "trust", "-E", "UTF8", "--locale=C.UTF-8"]
        if not self.durable:
            command.append("--no-sync")
        if account.popen(command, self.folder, self.log).wait() != 0:
            raise GiveUp(f"initdb failed: {_last_line(self.log)} (see {self.log})")
        (self.folder / "made").touch()

    async def answers(self) -> bool:
        """Whether the server accepts a connection and a query now."""
        try:
            connection = await asyncpg.connect(
                host=str(self.socket), port=5432, user="postgres", database="postgres", timeout=5
            )
        except AWAY:
            return False
        try:
            return bool(await connection.fetchval("select true"))
        except AWAY:
            return False
        finally:
            with contextlib.suppress(*AWAY):
                await connection.close(timeout=2)

    async def stop(self) -> None:
        """Stop in order: open transactions are rolled back, the state is written down."""
        if self._process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            self._process.send_signal(signal.SIGINT)
        if not await _gone(self._process, STOP_S):
            await self.kill()

    async def kill(self) -> None:
        """End at once, as a power cut would; the next start recovers."""
        if self._process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()
        await _gone(self._process, STOP_S)


async def start(home: Path, *, durable: bool) -> Postgres:
    """Start the private cluster of a data folder.

    `durable=False` turns fsync off: for tests that never kill the server.
    """
    binaries = await asyncio.to_thread(install.postgres_binaries)
    folder = folder_of(home)
    server = Postgres(home, durable, binaries, folder, socket_folder(home) / "postgres")
    await server.start()
    return server


async def end_leftover(data: Path) -> None:
    """End a server that an earlier run left in this data folder, and its orphaned children.

    A server is known by its process id and the start time it wrote down, so a stranger that
    got the same id later is never touched.
    """
    note = data / "postmaster.pid"
    try:
        lines = note.read_text().splitlines()
        pid, begun = int(lines[0]), int(lines[2])
    except (OSError, ValueError, IndexError):
        pid, begun = 0, 0
    with contextlib.suppress(psutil.NoSuchProcess):
        left = psutil.Process(pid) if pid else None
        if left and abs(left.create_time() - begun) <= SAME_START_S:
            left.send_signal(signal.SIGINT)
            if not await _wait(left, STOP_S):
                left.kill()
                await _wait(left, STOP_S)
        elif left:
            note.unlink()  # a stranger has that id now; the server would refuse to start
    deadline = time.monotonic() + STOP_S
    while _orphans(data):
        if time.monotonic() > deadline:
            for orphan in _orphans(data):
                with contextlib.suppress(psutil.NoSuchProcess):
                    orphan.kill()
            break
        await asyncio.sleep(0.1)


def _orphans(data: Path) -> list[psutil.Process]:
    """Processes of a killed server that have not yet noticed; each stands in the data folder."""
    found = []
    for process in psutil.process_iter(["name"]):
        if process.info["name"] != "postgres":
            continue
        with contextlib.suppress(psutil.Error):
            if Path(process.cwd()) == data.resolve():
                found.append(process)
    return found


async def _wait(process: psutil.Process, limit_s: float) -> bool:
    deadline = time.monotonic() + limit_s
    while process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
        if time.monotonic() > deadline:
            return False
        await asyncio.sleep(0.05)
    return True


async def _gone(process: subprocess.Popen[bytes], limit_s: float) -> bool:
    deadline = time.monotonic() + limit_s
    while process.poll() is None:
        if time.monotonic() > deadline:
            return False
        await asyncio.sleep(0.05)
    return True


def _last_line(log: Path) -> str:
    with contextlib.suppress(OSError):
        lines = log.read_text(errors="replace").strip().splitlines()
        if lines:
            return lines[-1]
    return "it left no word"
