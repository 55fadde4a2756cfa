"""The house agrees with itself: make targets, containers and local processes, versions, locks."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from ruamel.yaml import YAML

from infra.local.home import socket_folder
from infra.local.parts import SERVICES, Plan, make_plan
from tests.architecture.source import PACKAGES, ROOT
from tests.architecture.source import SERVICES as FOLDERS
from tools.check_lock import faults, pins

Compose: TypeAlias = dict[str, Any]

TARGETS_MAX = 12
ENGINES = {"postgresql", "kafka"}
JOBS = {"secrets", "topics"} | {f"{service}-migrate" for service in SERVICES}


@pytest.fixture(scope="session")
def compose() -> Compose:
    """The containers, with what they share merged in."""
    read = YAML(typ="safe").load(ROOT / "docker-compose.yml")
    assert isinstance(read, dict)
    return read


@pytest.fixture
def plan(tmp_path: Path) -> Iterator[Plan]:
    yield make_plan(tmp_path, "postgresql+asyncpg://", "kafka:9092")
    socket_folder(tmp_path).rmdir()


def test_the_containers_are_the_local_runners_processes(compose: Compose, plan: Plan) -> None:
    here = {part.file_name: ["python", "-m", *part.arguments] for part in plan.parts}
    there = {
        name: container["command"]
        for name, container in compose["services"].items()
        if name not in ENGINES | JOBS
    }
    assert there == here


def test_the_containers_are_told_what_local_processes_are_told(
    compose: Compose, plan: Plan
) -> None:
    for part in plan.parts:
        container = compose["services"][part.file_name]
        assert set(container["environment"]) == {*plan.environment, *part.environment}, part.name


def test_each_database_is_migrated_before_its_service_starts(compose: Compose) -> None:
    for service in SERVICES:
        job = compose["services"][f"{service}-migrate"]
        assert job["command"] == ["python", "-m", f"nrm_{service}", "migrate"]
        for role in ("web", "worker"):
            needs = compose["services"][f"{service}-{role}"]["depends_on"]
            assert needs[f"{service}-migrate"]["condition"] == "service_completed_successfully"


def test_every_volume_and_need_of_a_container_exists(compose: Compose) -> None:
    for name, container in compose["services"].items():
        assert set(container.get("depends_on", {})) <= set(compose["services"]), name
        for volume in container.get("volumes", []):
            source = volume.partition(":")[0]
            assert source in compose["volumes"] or (ROOT / source).exists(), name


def test_the_broker_is_the_same_version_everywhere(compose: Compose) -> None:
    pom = (ROOT / "infra" / "kafka" / "pom.xml").read_text()
    version = re.search(r"kafka_2\.13</artifactId>\s*<version>([\d.]+)<", pom)
    assert version is not None
    assert compose["services"]["kafka"]["image"].endswith(f":{version[1]}")
    assert f"kafka_2.13-{version[1]}.jar" in (ROOT / "infra" / "kafka" / "jars.lock").read_text()


def test_the_makefile_has_twelve_targets_at_most() -> None:
    text = (ROOT / "Makefile").read_text()
    targets = re.findall(r"^([a-z][\w-]*):", text, re.MULTILINE)
    (phony,) = re.findall(r"^\.PHONY: (.*)$", text, re.MULTILINE)
    assert targets == phony.split()
    assert len(targets) <= TARGETS_MAX


def test_every_service_is_registered_everywhere() -> None:
    names = {folder.name for folder in FOLDERS}
    assert set(SERVICES) == names
    root = tomllib.loads((ROOT / "pyproject.toml").read_text())
    rooms = next(one for one in root["tool"]["importlinter"]["contracts"] if one["id"] == "rooms")
    assert set(rooms["containers"]) == {f"nrm_{name}" for name in names}
    assert {f"services/{name}/src" for name in names} <= set(root["tool"]["mypy"]["mypy_path"])
    topics = (ROOT / "infra" / "kafka" / "topics.yaml").read_text()
    for name in names:
        assert f"nrm.{name}" in topics


def test_packages_share_version_licence_and_python() -> None:
    told = [tomllib.loads((p / "pyproject.toml").read_text())["project"] for p in PACKAGES]
    for key in ("version", "license", "requires-python"):
        assert len({one[key] for one in told}) == 1, key


def test_a_lock_with_an_address_or_without_a_hash_is_named(tmp_path: Path) -> None:
    lock = ROOT / "requirements.lock"
    assert len(pins(lock.read_text())) > 50
    broken = ROOT / ".nrm" / f"{tmp_path.name}.lock"
    broken.parent.mkdir(exist_ok=True)
    broken.write_text(
        "one==1.0\n\ntwo==2.0 \\\n    --hash=sha256:00\n# from https://index.example\n"
    )
    try:
        found = "\n".join(faults(broken, []))
    finally:
        broken.unlink()
    assert "one has no hash" in found
    assert "names an address" in found
    assert "two" not in found
