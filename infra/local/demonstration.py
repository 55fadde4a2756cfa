"""The demonstration: one written case, run once per data folder, verified and shown ever after.

`demonstration.json` in the data folder tells how far it came: `begun`, then `finished` with the
case's code. One that was cut off starts anew, with a case of its own.
"""

import asyncio
import contextlib
import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path

from infra.local.home import CHECKOUT, write_private
from infra.local.terminal import Terminal

SCENARIO = Path("scenarios") / "cs1.yaml"
LINE_BYTES_MAX = 1_000_000


def nrm() -> Path:
    """The `nrm` command of this checkout's environment."""
    return Path(sys.executable).parent / "nrm"


class Demonstration:
    """The demonstration of one data folder."""

    def __init__(self, home: Path, environment: Mapping[str, str], terminal: Terminal) -> None:
        """Belong to a copy that is up; nothing runs yet."""
        self._memory = home / "demonstration.json"
        self._kept = home / "demonstration.kept.json"
        kept = {name: value for name, value in os.environ.items() if name != "NRM_PART"}
        self._environment = kept | dict(environment) | {"PYTHONUNBUFFERED": "1"}
        self._terminal = terminal

    def finished(self) -> bool:
        """Whether an earlier start of this data folder ran it to its end."""
        try:
            return bool(json.loads(self._memory.read_text())["state"] == "finished")
        except (OSError, ValueError, KeyError):
            return False

    async def run(self) -> bool:
        """Run it, or verify and show the finished one; whether all went well.

        `NRM_DEMONSTRATION=no` leaves it out: a copy for tests, or for cases of one's own.
        """
        if os.environ.get("NRM_DEMONSTRATION") == "no":
            return True
        if self.finished():
            self._terminal.say("The demonstration has run in this data folder. The case it left:")
            return await self._show()
        write_private(self._memory, json.dumps({"state": "begun"}))
        self._kept.unlink(missing_ok=True)
        if not await self._nrm("scenario", "run", str(SCENARIO), "--kept", str(self._kept)):
            return False
        write_private(self._memory, json.dumps({"state": "finished", "code": self._code()}))
        return True

    def _code(self) -> str:
        try:
            return str(json.loads(self._kept.read_text()).get("code", ""))
        except (OSError, ValueError):
            return ""

    async def _show(self) -> bool:
        code = str(json.loads(self._memory.read_text()).get("code", ""))
        shown = await self._nrm("case", "show", code) if code else True
        return await self._nrm("ledger", "verify") and shown

    async def _nrm(self, *arguments: str) -> bool:
        self._terminal.say()
        self._terminal.say(f"$ nrm {' '.join(arguments)}")
        try:
            process = await asyncio.create_subprocess_exec(
                *(str(nrm()), *arguments),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.STDOUT,
                cwd=CHECKOUT,
                env=self._environment,
                limit=LINE_BYTES_MAX,
                start_new_session=True,
            )
        except OSError as error:
            self._terminal.say(f"the nrm command cannot be run: {error.strerror}")
            return False
        assert process.stdout is not None
        try:
            async for line in process.stdout:
                self._terminal.say(line.decode(errors="replace").rstrip("\n"))
            return await process.wait() == 0
        finally:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
