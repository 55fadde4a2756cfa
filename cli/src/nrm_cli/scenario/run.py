"""Drives a written case step by step, as the organisations named in it."""

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import uuid4

from nrm_cli.doors import Doors, Operation, Reply
from nrm_cli.scenario.clock import Clock
from nrm_cli.scenario.file import Scenario, Step
from nrm_cli.scenario.values import Missing, duration, meant, pointed

WAIT_S: Final = 60
PAUSE_S: Final = 0.2
STALE_MAX: Final = 5
PRECONDITION_REQUIRED: Final = 428
PRECONDITION_FAILED: Final = 412
REFUSED_FROM: Final = 400


class StepFailed(Exception):
    """A step did not come out as written; the text has no personal data."""

    def __init__(self, step: Step, why: str) -> None:
        """Keep the line and the reason."""
        super().__init__(f"line {step.line}: {why}")
        self.line = step.line


@dataclass(slots=True, kw_only=True)
class Run:
    """A run of one written case: what it kept so far, and who listens to its steps."""

    scenario: Scenario
    doors: Doors
    tell: Callable[[Step, str], None]
    kept: dict[str, Any] = field(default_factory=dict)
    offset_s: int = 0

    async def whole(self) -> None:
        """Run every step; raises `StepFailed` at the first that does not hold."""
        clock = Clock(self.doors)
        self.offset_s = await clock.offset()
        for step in self.scenario.steps:
            if after := step.get("after"):
                await clock.rest()
                self.offset_s = await clock.move(int(duration(after).total_seconds()))
                await clock.rest()
                self.tell(step, f"… {after} later")
            elif step.get("wait"):
                await self._wait(step)
            else:
                await self._do(step)
        await clock.rest()

    def written(self, value: Any) -> Any:  # noqa: ANN401 - whatever the file says
        """Give what a written value means now, with all that was kept."""
        return self._meant(value)

    async def _do(self, step: Step) -> None:
        operation = await self._operation(step, step.get("do"))
        path, query, body = self._parts(step, operation)
        reply = await self._act(step, operation, path, query, body)
        expected = step.get("refused")
        if expected is not None:
            if reply.code != expected:
                raise StepFailed(step, f"expected refusal {expected}, got {_short(reply)}")
            self.tell(step, f"refused: {expected}")
            return
        if reply.status >= REFUSED_FROM:
            raise StepFailed(step, f"{step.get('do')} answered {_short(reply)}")
        if fault := self._unmet(step, reply.body):
            raise StepFailed(step, fault)
        self._keep(step, reply.body)
        self.tell(step, "")

    async def _act(
        self, step: Step, operation: Operation, path: str, query: Mapping[str, str], body: object
    ) -> Reply:
        """Send a command with the last ETag seen; look again where somebody was faster."""
        caller, key, match = step.get("as"), str(uuid4()), step.get("if_match")
        for _ in range(STALE_MAX):
            reply = await self.doors.call(
                caller, operation, path=path, query=query, body=body, match=match, key=key
            )
            stale = reply.status in {PRECONDITION_REQUIRED, PRECONDITION_FAILED}
            if not stale or step.get("if_match") is not None:
                return reply
            match = await self._tag(step, operation, path)
        return reply

    async def _tag(self, step: Step, operation: Operation, path: str) -> str:
        """Read the resource that a command acts on; give its ETag."""
        parts = path.split("/")
        for length in range(len(parts), 1, -1):
            shown = "/".join(parts[:length])
            look = Operation(
                service=operation.service,
                name="",
                method="GET",
                path=shown,
                parameters=frozenset(),
                queries=frozenset(),
                needs_match=False,
            )
            reply = await self.doors.call(step.get("as"), look, path=shown)
            tag = reply.headers.get("etag") if reply.status < REFUSED_FROM else None
            if tag is not None:
                return str(tag)
        raise StepFailed(step, f"nothing with an ETag above {operation.path}")

    async def _wait(self, step: Step) -> None:
        operation = await self._operation(step, step.get("wait"))
        until = time.monotonic() + (step.get("within") or WAIT_S)
        while True:
            path, query, body = self._parts(step, operation)
            reply = await self.doors.call(
                step.get("as"), operation, path=path, query=query, body=body
            )
            fault = (
                f"answered {_short(reply)}"
                if reply.status >= REFUSED_FROM
                else self._unmet(step, reply.body)
            )
            if not fault:
                self._keep(step, reply.body)
                self.tell(step, "")
                return
            if time.monotonic() > until:
                raise StepFailed(step, f"waited in vain: {fault}")
            await asyncio.sleep(PAUSE_S)

    async def _operation(self, step: Step, name: str) -> Operation:
        try:
            return await self.doors.operation(name)
        except KeyError as error:
            raise StepFailed(step, f"{name}: no such operation") from error

    def _parts(self, step: Step, operation: Operation) -> tuple[str, dict[str, str], object]:
        """Sort what is written under `with` into path, query and body."""
        written = self._meant(step.get("with") or {})
        path, query, body = operation.path, {}, {}
        for name in operation.parameters:
            value = written.pop(name, self.kept.get(name, Missing))
            if value is Missing:
                raise StepFailed(step, f"{operation.name} needs {name}")
            path = path.replace(f"{{{name}}}", str(value))
        for name, value in written.items():
            if name in operation.queries:
                query[name] = str(value)
            else:
                body[name] = value
        return path, query, body if operation.method != "GET" else None

    def _unmet(self, step: Step, body: object) -> str | None:
        for pointer, written in (step.get("expect") or {}).items():
            wanted, found = self._meant(written), pointed(body, pointer)
            if found is Missing or found != wanted:
                shown = "nothing" if found is Missing else found
                return f"{pointer or '/'} is {shown}, expected {wanted}"
        return None

    def _keep(self, step: Step, body: object) -> None:
        for name, pointer in (step.get("keep") or {}).items():
            value = pointed(body, pointer)
            if value is Missing:
                raise StepFailed(step, f"nothing to keep at {pointer}")
            self.kept[name] = value

    def _meant(self, value: Any) -> Any:  # noqa: ANN401 - whatever the file says
        now = datetime.now(UTC) + timedelta(seconds=self.offset_s)
        return meant(value, self.kept, self.doors.known, now)


def _short(reply: Reply) -> str:
    errors = reply.body.get("errors", []) if isinstance(reply.body, dict) else []
    places = ", ".join(f"{one['pointer']} {one['code']}" for one in errors)
    detail = reply.body.get("detail", "") if isinstance(reply.body, dict) else ""
    return f"{reply.status} {reply.code or ''} {detail} {places}".strip()


__all__ = ["Run", "StepFailed"]
