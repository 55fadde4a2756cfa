"""How every command speaks: words for people, `--json` for programs, and three exit codes."""

import asyncio
import json
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, NoReturn, TypeVar

import httpx2
import typer
from rich.console import Console
from rich.table import Table

from nrm_cli.doors import Reply, UnknownCaller
from nrm_cli.running import NoCopy
from nrm_cli.scenario.clock import NotQuiet
from nrm_ledger.domain.fault import FaultFound
from nrm_runtime.access.client import TokenRefused

T = TypeVar("T")


class Exit(IntEnum):
    """What a command's exit code means."""

    GOOD = 0
    FAULT = 1
    WRONG_USE = 2


@dataclass(frozen=True, slots=True)
class Speaker:
    """Says results, as words or as one JSON document."""

    as_json: bool
    console: Console

    def say(self, text: str = "") -> None:
        """Say a line to people; programs hear nothing."""
        if not self.as_json:
            self.console.print(text, highlight=False, markup=False, soft_wrap=True)

    def data(self, value: object) -> None:
        """Give programs the whole result."""
        if self.as_json:
            typer.echo(json.dumps(value, indent=1, sort_keys=True, default=str))

    def table(self, title: str, heads: list[str], rows: list[list[str]]) -> None:
        """Show a table to people."""
        if self.as_json:
            return
        shown = Table(title=title, title_justify="left")
        for head in heads:
            shown.add_column(head, overflow="fold")
        for row in rows:
            shown.add_row(*row)
        self.console.print(shown, highlight=False, markup=False)


def speaker(*, as_json: bool) -> Speaker:
    """Make one for this run."""
    return Speaker(as_json, Console())


def wrong_use(text: str) -> NoReturn:
    """End with exit code 2 and a sentence that says what to do instead."""
    typer.echo(text, err=True)
    raise typer.Exit(Exit.WRONG_USE)


def fault(text: str) -> NoReturn:
    """End with exit code 1 and a sentence that names the fault."""
    typer.echo(text, err=True)
    raise typer.Exit(Exit.FAULT)


def faulty(found: FaultFound) -> NoReturn:
    """End with exit code 1 and the first fault of the log or of what was taken from it."""
    fault(f"Fault found ({found.kind.value}): {found}")


def done(reply: Reply, what: str) -> Any:  # noqa: ANN401 - a JSON body
    """Give a reply's body; end with exit code 1 where it is a problem."""
    if reply.status >= httpx2.codes.BAD_REQUEST:
        fault(f"{what}: {reply.status} {reply.code or ''}".rstrip())
    return reply.body


def run(work: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Run a command's work; expected failures become sentences and exit codes."""
    try:
        return asyncio.run(work())
    except (NoCopy, UnknownCaller) as error:
        wrong_use(str(error))
    except FaultFound as found:
        faulty(found)
    except (NotQuiet, TimeoutError) as error:
        fault(str(error))
    except TokenRefused as error:
        fault(f"the issuer gave no token: {error.code}")
    except httpx2.HTTPError as error:
        fault(f"a service does not answer ({type(error).__name__}); see: make status")
