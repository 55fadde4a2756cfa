"""`nrm quarantine`, `nrm republish`, `nrm rebuild`: the acts of operators."""

from typing import Annotated
from uuid import UUID

import typer

from nrm_cli.doors import Doors
from nrm_cli.options import AsJson, Home
from nrm_cli.running import running_copy
from nrm_cli.terminal import Exit, done, run, speaker, wrong_use

quarantine = typer.Typer(no_args_is_help=True, help="Cases that stand aside, and why.")
OPERATOR = "operator"
Service = Annotated[str, typer.Argument(help="The service that set the case aside.")]


@quarantine.command("list")
def list_aside(home: Home = None, *, as_json: AsJson = False) -> None:
    """List every case and message that stands aside, in all services."""
    says = speaker(as_json=as_json)

    async def work() -> None:
        found = []
        async with Doors(running_copy(home)) as doors:
            for service in doors.copy.services:
                operation = await doors.operation(f"{service}.list_quarantine")
                reply = await doors.call(OPERATOR, operation, path=operation.path)
                items = done(reply, service)["items"]
                found += [{"service": service, **item} for item in items]
        if not found:
            says.say("Nothing stands aside.")
        else:
            heads = sorted({name for item in found for name in item})
            rows = [[str(item.get(head, "")) for head in heads] for item in found]
            says.table("Set aside", heads, rows)
        says.data(found)

    run(work)


@quarantine.command("retry")
def retry(
    service: Service,
    case: Annotated[UUID, typer.Argument(help="The case's id, as listed.")],
    home: Home = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Replay what a case holds, in order; exit 1 if something still stops it."""
    says = speaker(as_json=as_json)

    async def work() -> bool:
        async with Doors(running_copy(home)) as doors:
            operation = await doors.operation(f"{service}.retry_quarantine")
            path = operation.path.replace("{consumer}", service).replace("{case}", str(case))
            body = done(await doors.call(OPERATOR, operation, path=path), "retry")
        says.say("The case flows again." if body["flows"] else "Something still stops it.")
        says.data(body)
        return bool(body["flows"])

    if not run(work):
        raise typer.Exit(Exit.FAULT)


@quarantine.command("drop")
def drop(
    service: Service,
    message: Annotated[UUID, typer.Argument(help="The message's id, as listed.")],
    home: Home = None,
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: AsJson = False,
) -> None:
    """Give one message up, on record; its case goes on past it. There is no way back."""
    if not yes:
        typer.confirm("Give this message up for good?", abort=True)
    says = speaker(as_json=as_json)

    async def work() -> None:
        async with Doors(running_copy(home)) as doors:
            operation = await doors.operation(f"{service}.drop_quarantine")
            path = operation.path.replace("{consumer}", service).replace("{message}", str(message))
            body = done(await doors.call(OPERATOR, operation, path=path), "drop")
        says.say("Dropped, and recorded.")
        says.data(body)

    run(work)


def republish(
    service: Annotated[
        list[str] | None, typer.Argument(help="Services that tell again. Default: all.")
    ] = None,
    topic: Annotated[str | None, typer.Option(help="Only this topic.")] = None,
    first: Annotated[int | None, typer.Option(help="From this row of the outbox.")] = None,
    last: Annotated[int | None, typer.Option(help="To this row of the outbox.")] = None,
    home: Home = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Tell a range of messages again; everybody who heard them skips them."""
    says = speaker(as_json=as_json)
    asked = {"topic": topic, "first": first, "last": last}
    body = {name: value for name, value in asked.items() if value is not None}

    async def work() -> None:
        cleared = {}
        async with Doors(running_copy(home)) as doors:
            for name in service or list(doors.copy.services):
                if name not in doors.copy.services:
                    wrong_use(f"{name}: no such service")
                operation = await doors.operation(f"{name}.republish")
                reply = await doors.call(OPERATOR, operation, path=operation.path, body=body)
                cleared[name] = done(reply, name)["cleared"]
        for name, number in cleared.items():
            says.say(f"{name}: {number} messages will be told again")
        says.data(cleared)

    run(work)


def rebuild(
    home: Home = None,
    *,
    check: Annotated[
        bool, typer.Option("--check", help="Rebuild beside the live tables and compare.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Rebuild every service's projections from its own events and name any difference."""
    if not check:
        wrong_use("Projections are only ever compared: nrm rebuild --check")
    says = speaker(as_json=as_json)

    async def work() -> bool:
        reports = {}
        async with Doors(running_copy(home)) as doors:
            for name in doors.copy.services:
                operation = await doors.operation(f"{name}.rebuild_check")
                reply = await doors.call(OPERATOR, operation, path=operation.path)
                reports[name] = done(reply, name)
        for name, report in reports.items():
            for line in _lines(name, report):
                says.say(line)
        says.data(reports)
        return all(report["same"] for report in reports.values())

    if not run(work):
        raise typer.Exit(Exit.FAULT)


def _lines(service: str, report: dict[str, object]) -> list[str]:
    lines = []
    tables = report.get("tables", [])
    for table in tables if isinstance(tables, list) else []:
        if table.get("same"):
            said = "empty" if table.get("empty") else f"{table.get('rows', '')} rows, the same"
        else:
            said = f"DIFFERS at {table.get('first_difference', 'an unknown row')}"
        lines.append(f"{service:15} {table['table']:24} {said}")
    return lines or [f"{service:15} {'same' if report.get('same') else 'DIFFERS'}"]
