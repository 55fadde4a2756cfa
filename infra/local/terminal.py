"""What a person at the terminal sees: the runner's own lines, and what the processes warn of.

Every process writes into a file of its own under `log/`; here the files are followed and their
lines shown with the process's name before them. Of structured lines only our own warnings and
worse are shown, in short, unless NRM_VERBOSE=1. A terminal that stops reading holds up nothing.
"""

import asyncio
import contextlib
import json
import os
import queue
import sys
import threading
from pathlib import Path

WAITING_MAX = 10_000  # lines that wait for a slow terminal; more are dropped and counted
FOLLOW_S = 0.2
LOG_BYTES_MAX = 20_000_000  # a larger file is begun anew at the next start
QUIET = frozenset({"debug", "info"})


class Terminal:
    """Prints lines in order from a thread, so that no pipe or screen can block the runner."""

    def __init__(self) -> None:
        """Begin; `close` shows what is still waiting."""
        self._waiting: queue.Queue[str | None] = queue.Queue(WAITING_MAX)
        self._dropped = 0
        self._thread = threading.Thread(target=self._print, daemon=True)
        self._thread.start()

    def say(self, line: str = "") -> None:
        """Show one line, or drop it when nobody reads."""
        try:
            self._waiting.put_nowait(line)
        except queue.Full:
            self._dropped += 1

    def close(self) -> None:
        """Show what waits, for at most five seconds."""
        if self._dropped:
            self.say(f"({self._dropped} lines were not shown)")
        try:
            self._waiting.put(None, timeout=5)
        except queue.Full:
            return
        self._thread.join(timeout=5)

    def _print(self) -> None:
        while (line := self._waiting.get()) is not None:
            try:
                sys.stdout.write(f"{line}\n")
                sys.stdout.flush()
            except (OSError, ValueError):
                return  # the terminal is gone; the files remain


class Logs:
    """The processes' log files, followed."""

    def __init__(self, folder: Path, terminal: Terminal) -> None:
        """Use a folder, made when missing."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._folder = folder
        self._terminal = terminal
        self._verbose = os.environ.get("NRM_VERBOSE") == "1"
        self._read: dict[str, int] = {}

    def path(self, name: str) -> Path:
        """The file of one process."""
        return self._folder / f"{name.replace(' ', '-')}.log"

    def open(self, name: str) -> int:
        """A descriptor that a process's output is appended to; the caller closes it."""
        path = self.path(name)
        if path.exists() and path.stat().st_size > LOG_BYTES_MAX:
            path.unlink()
            self._read[name] = 0
        descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        self._read.setdefault(name, os.fstat(descriptor).st_size)
        return descriptor

    def last_line(self, name: str) -> str:
        """The last line that a process wrote, made short; empty when it wrote none."""
        try:
            with self.path(name).open("rb") as file:
                file.seek(max(0, os.fstat(file.fileno()).st_size - 4_000))
                lines = file.read().decode(errors="replace").strip().splitlines()
        except OSError:
            return ""
        return _short(lines[-1].strip()) if lines else ""

    async def follow(self) -> None:
        """Show new lines until cancelled."""
        while True:
            self.show_new()
            await asyncio.sleep(FOLLOW_S)

    def show_new(self) -> None:
        """Show the whole lines that were written since the last look."""
        for name, begun in list(self._read.items()):
            try:
                with self.path(name).open("rb") as file:
                    file.seek(begun)
                    text = file.read(1_000_000)
            except OSError:
                continue
            whole, newline, _ = text.rpartition(b"\n")
            self._read[name] = begun + len(whole) + len(newline)
            for line in whole.decode(errors="replace").splitlines():
                if self._verbose:
                    self._terminal.say(f"{name} | {line}")
                elif not _quiet(line):
                    self._terminal.say(f"{name} | {_short(line)}")


def _short(line: str) -> str:
    """A structured line as level, event, kind of error and place; any other cut to one row."""
    with contextlib.suppress(ValueError, AttributeError):
        told = json.loads(line)
        kinds = ("level", "event", "error_type", "where")
        words = [str(told[kind]) for kind in kinds if kind in told]
        return " ".join(words)
    return line[:200]


def _quiet(line: str) -> bool:
    """Whether a line is a structured one that nobody needs to see at once."""
    if not line.startswith("{"):
        return not line.strip()
    try:
        told = json.loads(line)
        # What a library says of an engine that is away, the processes say themselves, once.
        library = str(told.get("event", "")).startswith("library.")
        return library or str(told.get("level", "")).lower() in QUIET
    except ValueError:
        return False
