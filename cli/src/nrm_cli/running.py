"""Finds the copy of NRM that a command is for: told by options, by environment, or by itself."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

RUN_FILE = "run.json"


class NoCopy(Exception):
    """No running copy was found; the text says how to start or name one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """A running copy: where its services, its issuer and its callers' keys are."""

    home: Path
    issuer: str
    services: Mapping[str, str]
    organisations: Path

    @property
    def keys(self) -> Path:
        """The folder of the private keys that callers of this copy sign with."""
        return self.home / "keys"


def home_folder(given: Path | None) -> Path:
    """Give the data folder: the option, else `NRM_HOME`, else `.nrm` of the checkout."""
    if given is not None:
        return given.expanduser().resolve()
    if told := os.environ.get("NRM_HOME"):
        return Path(told).expanduser().resolve()
    for folder in (Path.cwd(), *Path.cwd().parents, *Path(__file__).resolve().parents):
        if (folder / "infra" / "local").is_dir() or (folder / ".nrm" / RUN_FILE).exists():
            return folder / ".nrm"
    return Path.cwd() / ".nrm"


def running_copy(given: Path | None = None) -> Copy:
    """Read what runs; raises `NoCopy` where nothing does."""
    home = home_folder(given)
    try:
        told: dict[str, Any] = json.loads((home / RUN_FILE).read_text("utf-8"))
        environment = told["environment"]
        return Copy(
            home=home,
            issuer=told["issuer"],
            services=told["services"],
            organisations=Path(environment["NRM_ORGANISATIONS"]),
        )
    except (OSError, ValueError, KeyError) as error:
        raise NoCopy(f"No running copy in {home}. Start one with: make up") from error


__all__ = ["Copy", "NoCopy", "home_folder", "running_copy"]
