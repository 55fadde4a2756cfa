"""Options that many commands share."""

from pathlib import Path
from typing import Annotated, TypeAlias

import typer

Home: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        "--home",
        envvar="NRM_HOME",
        help="Data folder of the running copy. Default: .nrm of the checkout.",
        show_default=False,
    ),
]
AsJson: TypeAlias = Annotated[
    bool, typer.Option("--json", help="One JSON document instead of words.")
]
