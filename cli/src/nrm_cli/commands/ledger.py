"""`nrm ledger`: take the log away, verify it offline, rebuild what it says."""

from pathlib import Path
from typing import Annotated, Any

import typer

from nrm_cli.commands.cases import case_of
from nrm_cli.commands.replaying import replay
from nrm_cli.doors import Doors
from nrm_cli.options import AsJson, Home
from nrm_cli.running import home_folder, running_copy
from nrm_cli.terminal import faulty, run, speaker, wrong_use
from nrm_cli.verified import (
    DiskFolder,
    Memory,
    MemoryFolder,
    case_bundle,
    read_key,
    whole_log,
)
from nrm_contracts.case_code import WrongCode, read_code
from nrm_ledger.domain.bundle import verify_case
from nrm_ledger.domain.checkpoint import Checkpoint, NoteRefused, open_checkpoint
from nrm_ledger.domain.fault import FaultFound
from nrm_ledger.domain.keys import VerifierKey
from nrm_ledger.domain.verify import CHECKPOINT, verify_folder

app = typer.Typer(no_args_is_help=True, help="The tamper-evident log of every hand-off and read.")
app.command("replay")(replay)
Code = Annotated[str | None, typer.Option("--case", help="Only this case, by its code.")]
KeyFile = Annotated[
    Path | None,
    typer.Option("--vkey", help="File with the verifier key you pinned.", show_default=False),
]


@app.command("export")
def export(
    target: Annotated[Path, typer.Argument(help="A new folder; with --case, a file.")],
    case: Code = None,
    home: Home = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Write the whole log as a plain tlog-tiles folder, or one case as a file with proofs."""
    says = speaker(as_json=as_json)
    if target.exists() and (target.is_file() or any(target.iterdir())):
        wrong_use(f"{target}: exists already; nothing was written")

    async def work() -> dict[str, Any]:
        async with Doors(running_copy(home)) as doors:
            if case is not None:
                content = await case_bundle(doors, await case_of(doors, _code(case)))
                target.write_bytes(content)
                return {"file": str(target), "bytes": len(content)}
            files = (await whole_log(doors)).files
        for path, content in files.items():
            place = target / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(content)
        return {"folder": str(target), "files": len(files)}

    written = run(work)
    says.say("Written: " + ", ".join(f"{name} {value}" for name, value in written.items()))
    if case is not None:
        says.say("It proves that these entries are in the log, not that the case has no others.")
    says.data(written)


@app.command("verify")
def verify(
    bundle: Annotated[
        Path | None, typer.Option(help="An exported folder, or the file of one case.")
    ] = None,
    since: Annotated[
        Path | None, typer.Option(help="A checkpoint you kept from before; a note as signed.")
    ] = None,
    vkey: KeyFile = None,
    home: Home = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Verify an export offline, or the running copy's log; name the first fault, exit 1."""
    says = speaker(as_json=as_json)
    memory = Memory(home_folder(home))
    for named in (bundle, since, vkey):
        if named is not None and not named.exists():
            wrong_use(f"{named}: does not exist")
    key = read_key(vkey.read_text("utf-8")) if vkey else memory.pinned()
    if bundle is not None and key is None:
        wrong_use("No key is pinned: name one with --vkey FILE, from somebody you trust.")
    try:
        kept = _since(since, key, memory)
        if bundle is None:
            report = _verified(home, kept, key if vkey else None)
        else:
            assert key is not None
            report = _verify_files(bundle, key, kept)
            if bundle.is_dir():
                memory.remember((bundle / CHECKPOINT).read_bytes(), key)
    except FaultFound as found:
        says.data({"good": False, "kind": found.kind.value, "fault": str(found)})
        faulty(found)
    says.say("Verified: " + ", ".join(f"{name} {value}" for name, value in report.items()))
    says.data({"good": True, **report})


def _verified(
    home: Path | None, since: Checkpoint | None, vkey: VerifierKey | None
) -> dict[str, Any]:
    """Verify the running copy's log; raises `FaultFound`, which programs are told as well."""

    async def work() -> dict[str, Any] | FaultFound:
        try:
            return await _verify_running(home, since, vkey)
        except FaultFound as found:
            return found

    report = run(work)
    if isinstance(report, FaultFound):
        raise report
    return report


async def _verify_running(
    home: Path | None, since: Checkpoint | None, vkey: VerifierKey | None
) -> dict[str, Any]:
    async with Doors(running_copy(home)) as doors:
        memory = Memory(doors.copy.home)
        if vkey is not None and memory.pinned() is None:
            memory.pin(vkey)
        log = await whole_log(doors)
    last = memory.last(log.key)
    since = since or (last[0] if last else None)
    good = verify_folder(MemoryFolder(log.files), log.key, since, history=log.history)
    memory.remember(log.note, log.key)
    return _report(good.checkpoint, good.streams, good.cases)


def _verify_files(bundle: Path, key: VerifierKey, since: Checkpoint | None) -> dict[str, Any]:
    if bundle.is_dir():
        good = verify_folder(DiskFolder(bundle), key, since)
        return _report(good.checkpoint, good.streams, good.cases)
    case = verify_case(bundle.read_bytes(), key, since)
    return {"case": str(case.case), "entries": case.entries, "proves": "inclusion only"}


def _report(checkpoint: Checkpoint, streams: int, cases: int) -> dict[str, Any]:
    return {
        "entries": checkpoint.size,
        "streams": streams,
        "cases": cases,
        "root": checkpoint.root.hex(),
    }


def _since(path: Path | None, key: VerifierKey | None, memory: Memory) -> Checkpoint | None:
    if path is None:
        last = memory.last(key) if key is not None else None
        return last[0] if last else None
    if key is None:
        wrong_use("--since needs a pinned key: name one with --vkey FILE")
    try:
        return open_checkpoint(path.read_bytes(), key)
    except (OSError, NoteRefused) as error:
        wrong_use(f"{path}: {error}")


def _code(text: str) -> str:
    try:
        return read_code(text)
    except WrongCode:
        wrong_use("This is no case code: ten characters and a check character.")
