"""Makes the folder of a new service, with its first rooms, and registers it everywhere.

    python -m tools.new_service NAME

The service starts, answers health and migrates; it hears and decides nothing yet. Afterwards:
`make lock`, `make setup`, `make check`.
"""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LAST = "ledger"  # every list of services ends with it

PYPROJECT = """\
[project]
name = "nrm-{name}"
version = "{version}"
description = "What this service answers for, in one sentence."
requires-python = ">=3.11"
license = "EUPL-1.2"
dependencies = [
    "nrm-contracts",
    "nrm-runtime",
    "alembic",
    "fastapi",
    "pydantic",
    "sqlalchemy",
]

[build-system]
requires = ["uv_build>=0.13,<0.14"]
build-backend = "uv_build"
"""

INIT = '"""What this service answers for, in one sentence, and what it never does."""\n'

MAIN = '''\
"""`python -m nrm_{name} web | worker | migrate`."""

from nrm_{name}.app import service
from nrm_runtime.process import main

main(service())
'''

APP = '''\
"""What the service is made of; the only place where it is put together."""

from nrm_runtime.service import Service


def service() -> Service:
    """Put the service together."""
    return Service(name="{name}")
'''

DOMAIN = '"""What may happen, and what has happened: pure functions and frozen values."""\n'

TEST = '''\
"""The {name} service is put together."""

from nrm_{name}.app import service


def test_the_service_has_its_name() -> None:
    assert service().name == "{name}"
'''

CONTAINERS = """\
  {name}-web:
    <<: *part
    image: nrm-{name}
    build:
      {{ context: ., dockerfile: infra/Dockerfile, target: service, args: {{ SERVICE: {name} }} }}
    ports: ["127.0.0.1::8080"]
    command: [python, -m, nrm_{name}, web]
    depends_on:
      {name}-migrate: {{ condition: service_completed_successfully }}
      identity-provider: {{ condition: service_healthy }}
  {name}-worker:
    <<: *part
    image: nrm-{name}
    command: [python, -m, nrm_{name}, worker]
    depends_on:
      {name}-migrate: {{ condition: service_completed_successfully }}
      topics: {{ condition: service_completed_successfully }}
"""

MIGRATION = """\
  {name}-migrate:
    <<: *job
    image: nrm-{name}
    command: [python, -m, nrm_{name}, migrate]
    depends_on:
      postgresql: {{ condition: service_healthy }}
      secrets: {{ condition: service_completed_successfully }}
"""


class WrongUse(Exception):
    """The name cannot be a service's."""


def make(root: Path, name: str) -> list[Path]:
    """Make and register the service; gives every file that was written.

    Raises `WrongUse` for a name that is taken or is not one lower-case word.
    """
    if not re.fullmatch(r"[a-z]{3,20}", name):
        raise WrongUse(f"{name!r} is not one lower-case word")
    folder = root / "services" / name
    if folder.exists():
        raise WrongUse(f"there is a service {name}")
    return [*_folder(root, folder, name), *_register(root, name)]


def _folder(root: Path, folder: Path, name: str) -> list[Path]:
    version = re.search(r'^version = "(.*)"', (root / "pyproject.toml").read_text(), re.MULTILINE)
    assert version is not None
    package = Path("src") / f"nrm_{name}"
    written = []
    for path, text in {
        Path("pyproject.toml"): PYPROJECT,
        package / "__init__.py": INIT,
        package / "py.typed": "",
        package / "__main__.py": MAIN,
        package / "app.py": APP,
        package / "domain" / "__init__.py": DOMAIN,
        Path("tests") / f"test_{name}.py": TEST,
    }.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text.format(name=name, version=version[1]) if text else "")
        written.append(target)
    return written


def _register(root: Path, name: str) -> list[Path]:
    """Name the service wherever services are listed, just before the last one."""
    upper, last = name.upper(), LAST.upper()
    places: dict[str, list[tuple[str, str]]] = {
        "pyproject.toml": [
            (f"nrm-{LAST} = {{ workspace", f"nrm-{name} = {{ workspace = true }}\n"),
            (f'    "nrm_{LAST}",', f'    "nrm_{name}",\n'),
            (f'    "services/{LAST}/src",', f'    "services/{name}/src",\n'),
        ],
        "infra/kafka/topics.yaml": [(f"  - nrm.{LAST}", f"  - nrm.{name}\n")],
        "docker-compose.yml": [
            (f"  NRM_{last}_URL:", f"  NRM_{upper}_URL: http://{name}-web:8080\n"),
            (f"  {LAST}-migrate:", MIGRATION.format(name=name)),
            (f"  {LAST}-web:", CONTAINERS.format(name=name)),
        ],
    }
    written = []
    for file, insertions in places.items():
        text = (root / file).read_text()
        for before, inserted in insertions:
            # A list may stand in a file more than once: services are named in each.
            text = re.sub(rf"^(?={re.escape(before)})", inserted, text, flags=re.MULTILINE)
        (root / file).write_text(text)
        written.append(root / file)
    root_file = root / "pyproject.toml"
    root_file.write_text(
        root_file.read_text().replace(f" | nrm_{LAST}", f" | nrm_{name} | nrm_{LAST}")
    )
    for file in ("infra/local/parts.py", "runtime/src/nrm_runtime/settings.py"):
        text = (root / file).read_text()
        (root / file).write_text(
            text.replace(f'    "{LAST}",\n', f'    "{name}",\n    "{LAST}",\n')
        )
        written.append(root / file)
    return written


def main() -> int:
    """Give 0, or 2 for wrong use."""
    if len(sys.argv) != 2 or not sys.argv[1]:  # noqa: PLR2004 - program and name
        print("usage: make new-service NAME=word")
        return 2
    try:
        for path in make(ROOT, sys.argv[1]):
            print(path.relative_to(ROOT))
    except WrongUse as error:
        print(error)
        return 2
    print("then: make lock, make setup, make check")
    return 0


if __name__ == "__main__":
    sys.exit(main())
