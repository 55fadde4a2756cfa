"""`nrm case`: what is known of a case, by the code that people see."""

from typing import Annotated, Any

import typer

from nrm_cli.doors import Doors
from nrm_cli.options import AsJson, Home
from nrm_cli.running import running_copy
from nrm_cli.scenario.story import custody_lines, timeline
from nrm_cli.terminal import done, run, speaker, wrong_use
from nrm_cli.verified import case_entries
from nrm_contracts.case_code import WrongCode, read_code

app = typer.Typer(no_args_is_help=True, help="What the ledger and the services say of a case.")
SERVICES = ("identification", "referral", "assistance", "return")


@app.command("show")
def show(
    code: Annotated[str, typer.Argument(help="The code of the case, as people see it.")],
    home: Home = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Show where a case stands, who answered for it when, and what happened, from the ledger."""
    try:
        code = read_code(code)
    except WrongCode:
        wrong_use("This is no case code: ten characters and a check character.")
    says = speaker(as_json=as_json)

    async def work() -> None:
        async with Doors(running_copy(home)) as doors:
            case = await case_of(doors, code)
            there = [name for name in SERVICES if name in doors.copy.services]
            regions = {name: await _regions(doors, name, case) for name in there}
            entries = await case_entries(doors, case)
        says.say(f"Case {code}")
        for name, state in regions.items():
            for region, value in (state or {}).items():
                says.say(f"  {name:15} {region:18} {value}")
        says.say()
        says.say("Who answered for the case")
        for line in custody_lines(entries, doors.known):
            says.say(f"  {line}")
        says.say()
        says.say("What happened")
        for line in timeline(entries, doors.known):
            says.say(f"  {line}")
        says.data({"code": code, "case": case, "regions": regions, "entries": len(entries)})

    run(work)


async def case_of(doors: Doors, code: str) -> str:
    """Resolve a code to the id that messages and entries carry, as an auditor."""
    operation = await doors.operation("identification.find_case")
    reply = await doors.call("auditor", operation, path=operation.path, body={"code": code})
    return str(done(reply, f"case {code}")["case"])


async def _regions(doors: Doors, service: str, case: str) -> dict[str, Any] | None:
    operation = await doors.operation(f"{service}.show_regions")
    reply = await doors.call("auditor", operation, path=operation.path.replace("{case}", case))
    return reply.body["regions"] if reply.status < 400 else None  # noqa: PLR2004 - HTTP
