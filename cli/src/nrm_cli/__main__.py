"""The `nrm` command."""

import typer

from nrm_cli.commands import cases, ledger, operate, scenarios

app = typer.Typer(
    name="nrm",
    no_args_is_help=True,
    help="Drive written cases, look at a case, verify the ledger, and operate a running copy."
    " Exit codes: 0 good, 1 a fault was found, 2 wrong use.",
    pretty_exceptions_enable=False,
)
app.add_typer(scenarios.app, name="scenario")
app.add_typer(cases.app, name="case")
app.add_typer(ledger.app, name="ledger")
app.add_typer(operate.quarantine, name="quarantine")
app.command("republish")(operate.republish)
app.command("rebuild")(operate.rebuild)


def main() -> None:
    """Run."""
    app()


if __name__ == "__main__":
    main()
