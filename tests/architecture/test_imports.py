"""Floors hold, and importing a module does nothing."""

import subprocess
import sys

from tests.architecture.source import (
    PACKAGES,
    ROOT,
    SERVICES,
    imports,
    module_name,
    named,
    sources,
)

PROGRAMS = {"__main__", "env"}  # run, never imported


def test_no_service_imports_another() -> None:
    found = []
    for service in SERVICES:
        others = {f"nrm_{other.name}" for other in SERVICES if other != service} | {"nrm_cli"}
        found += [
            f"{named(path)}:{line}: {one}"
            for path in sources(service)
            for line, one in imports(path)
            if one.split(".", maxsplit=1)[0] in others
        ]
    assert not found, "services speak by messages and addresses:\n" + "\n".join(found)


def test_the_command_imports_nothing_of_a_service_but_the_ledgers_domain() -> None:
    services = tuple(f"nrm_{service.name}" for service in SERVICES)
    found = [
        f"{named(path)}:{line}: {one}"
        for path in sources(ROOT / "cli")
        for line, one in imports(path)
        if one.split(".", maxsplit=1)[0] in services and not one.startswith("nrm_ledger.domain")
    ]
    assert not found, "\n".join(found)


def test_every_module_imports_with_an_empty_environment() -> None:
    names = [
        module_name(path)
        for path in sources(*PACKAGES)
        if path.stem not in PROGRAMS and "versions" not in path.parts
    ]
    program = "import importlib, sys; [*map(importlib.import_module, sys.argv[1:])]"
    done = subprocess.run(  # noqa: S603 - our own interpreter and modules
        [sys.executable, "-W", "error", "-c", program, *names],
        env={},
        cwd="/",
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2_000:]
    assert not done.stdout, "importing prints nothing"


def test_every_package_is_typed_and_says_what_it_is_for() -> None:
    for package in PACKAGES:
        (inner,) = (package / "src").glob("nrm_*")
        assert (inner / "py.typed").exists(), f"{named(inner)} lacks py.typed"
        assert (inner / "__init__.py").read_text().startswith('"""'), named(inner)
