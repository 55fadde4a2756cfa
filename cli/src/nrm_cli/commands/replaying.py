"""`nrm ledger replay`: rebuild a case or an organisation, and hold it against what services say."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import typer

from nrm_cli.commands.cases import SERVICES, case_of
from nrm_cli.doors import Doors
from nrm_cli.options import AsJson, Home
from nrm_cli.running import home_folder, running_copy
from nrm_cli.terminal import Exit, Speaker, fault, run, speaker, wrong_use
from nrm_cli.verified import AUDITOR, Memory, case_bundle, pinned_key
from nrm_contracts.case_code import WrongCode, read_code
from nrm_ledger.domain.bundle import verify_case
from nrm_ledger.domain.fault import FaultFound
from nrm_ledger.domain.keys import VerifierKey
from nrm_ledger.domain.regions import (
    Difference,
    Replayed,
    Unfoldable,
    differences,
    history_of_organisation,
    shortened,
)
from nrm_ledger.domain.regions import replay as fold
from nrm_runtime.ledger.bulk import Line

NOT_FOUND = 404


def replay(
    case: Annotated[
        str | None, typer.Option("--case", help="The code of a case, or its id.")
    ] = None,
    organisation: Annotated[
        UUID | None, typer.Option(help="The id of an organisation, instead of a case.")
    ] = None,
    until: Annotated[
        datetime | None, typer.Option(help="Only what was recorded until then (UTC).")
    ] = None,
    bundle: Annotated[
        Path | None, typer.Option(help="The file of one case, to replay offline.")
    ] = None,
    home: Home = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Rebuild the state of every region from verified entries; name any difference, exit 1.

    Without --until the result is compared with what the services say at the same number.
    """
    says = speaker(as_json=as_json)
    at = until.replace(tzinfo=until.tzinfo or UTC) if until else None
    try:
        if (case is None) == (organisation is None):
            wrong_use("Name a case or an organisation.")
        if bundle is not None:
            replayed, found = _offline(bundle, case, organisation, at, home), list[Difference]()
        else:
            replayed, found = run(lambda: _online(case, organisation, at, home))
    except FaultFound as error:
        fault(f"Fault found ({error.kind.value}): {error}")
    except Unfoldable as error:
        fault(f"Cannot be replayed: {error}")
    _tell(says, replayed, found)
    if found:
        raise typer.Exit(Exit.FAULT)


async def _online(
    case: str | None, organisation: UUID | None, until: datetime | None, home: Path | None
) -> tuple[dict[str, Replayed], list[Difference]]:
    async with Doors(running_copy(home)) as doors:
        if organisation is None:
            identifier = history = await _identifier(doors, case or "")
        else:
            identifier, history = organisation, history_of_organisation(organisation)
        services = SERVICES if organisation is None else ("access",)
        said = {} if until else await _said(doors, identifier, services)
        key = await pinned_key(doors)
        lines = _lines(await case_bundle(doors, str(history)), key)
        later = {} if until else await _said(doors, identifier, services)
    seqs = {service: int(one["seq"]) for service, one in said.items()}
    replayed = fold(identifier, lines, until=until, seqs=seqs)
    found = [one for name in said for one in differences(replayed.get(name), said[name])]
    if not until:
        found += shortened(fold(identifier, lines), later)
    return replayed, found


def _offline(
    bundle: Path,
    case: str | None,
    organisation: UUID | None,
    until: datetime | None,
    home: Path | None,
) -> dict[str, Replayed]:
    key = Memory(home_folder(home)).pinned()
    if key is None:
        wrong_use("No key is pinned here; run: nrm ledger verify --bundle FILE --vkey FILE")
    try:
        identifier = organisation or UUID(case or "")
    except ValueError:
        wrong_use("Offline a case is named by its id: its code is known to the services only.")
    if not bundle.is_file():
        wrong_use(f"{bundle}: not a file")
    return fold(identifier, _lines(bundle.read_bytes(), key), until=until)


def _lines(content: bytes, key: VerifierKey) -> list[Line]:
    lines: list[Line] = []
    verify_case(content, key, listener=lambda _index, _raw, line: lines.append(line))
    return lines


async def _identifier(doors: Doors, case: str) -> UUID:
    try:
        return UUID(case)
    except ValueError:
        pass
    try:
        return UUID(await case_of(doors, read_code(case)))
    except WrongCode:
        wrong_use("This is no case code: ten characters and a check character.")


async def _said(doors: Doors, case: UUID, services: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Ask services for their regions of a case; one that does not know the case is left out."""
    found = {}
    for service in services:
        operation = await doors.operation(f"{service}.show_regions")
        path = operation.path.replace("{case}", str(case))
        reply = await doors.call(AUDITOR, operation, path=path)
        if reply.status == NOT_FOUND:
            continue
        found[service] = reply.body
    return found


def _tell(says: Speaker, replayed: dict[str, Replayed], found: list[Difference]) -> None:
    for name, one in replayed.items():
        says.say(f"{name} after {one.seq} entries")
        for line in _flat(one.regions, "  "):
            says.say(line)
    for each in found:
        says.say(
            f"DIFFERS {each.service} {each.path}: the ledger gives {each.replayed},"
            f" the service says {each.said}"
        )
    if not found:
        says.say("No difference.")
    says.data(
        {
            "regions": {name: {"seq": one.seq, **one.regions} for name, one in replayed.items()},
            "differences": [
                {
                    "service": one.service,
                    "path": one.path,
                    "replayed": one.replayed,
                    "said": one.said,
                }
                for one in found
            ],
        }
    )


def _flat(value: object, margin: str) -> list[str]:
    if not isinstance(value, dict):
        return [f"{margin}{value}"]
    lines = []
    for name, inner in value.items():
        if isinstance(inner, dict):
            lines += [f"{margin}{name}", *_flat(inner, margin + "  ")]
        else:
            lines.append(f"{margin}{name}: {inner}")
    return lines
