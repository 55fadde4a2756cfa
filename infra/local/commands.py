"""`make status`, `make down` and `make reset`: acts on a copy from another terminal."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import unquote

import asyncpg
from sqlalchemy.engine import make_url

from infra.local import install, kafka, parts, postgres, state
from infra.local.home import CHECKOUT, GiveUp, data_folder
from infra.local.up import take_lock

DOWN_S = 120.0
ENGINES = ("postgresql", "kafka")


def status() -> int:
    """Print a line per process: name, pid, state, address. 0 only when all are ready."""
    lines = asyncio.run(_status(data_folder()))
    width = max(len(name) for name, *_ in lines)
    for name, pid, condition, address in lines:
        print(f"{name:<{width}}  {pid or '-':>8}  {condition:<9}  {address}")
    return 0 if all(condition == "ready" for _, _, condition, _ in lines) else 1


async def _status(home: Path) -> list[tuple[str, int, str, str]]:
    told = state.read(home)
    if told is None:
        names = ("runner", *ENGINES, *parts.names())
        return [(name, 0, "stopped", "") for name in names]
    runner = int(told.runner.get("pid", 0))
    lines = [
        ("runner", runner, "ready", str(home)) if told.runner_alive() else ("runner", 0, "dead", "")
    ]
    conditions = await asyncio.gather(*(_condition(one) for one in told.processes))
    for one, condition in zip(told.processes, conditions, strict=True):
        address = _without_password(one.address) if one.name == "postgresql" else one.address
        lines.append((one.name, one.pid if one.alive() else 0, condition, address))
    return lines


async def _condition(one: state.Process) -> str:
    """`ready`, `starting` (runs, does not answer yet or any more) or `stopped`."""
    given = one.name in ENGINES and one.starts == 0  # an engine that somebody else runs
    if not given and not one.alive():
        return "stopped"
    match one.name:
        case "postgresql":
            good = await _database_answers(one.address)
        case "kafka":
            good = await kafka.answers(one.address)
        case _:
            good = await parts.ready(one.address)
    return "ready" if good else "starting"


def _without_password(address: str) -> str:
    return unquote(make_url(address).render_as_string(hide_password=True))


async def _database_answers(address: str) -> bool:
    url = make_url(address)
    host = url.query.get("host", url.host)
    try:
        connection = await asyncpg.connect(
            host=host if isinstance(host, str) else None,
            port=url.port or 5432,
            user=url.username,
            password=url.password,
            database=url.database,
            timeout=5,
        )
    except postgres.AWAY:
        return False
    await connection.close()
    return True


def down() -> int:
    """Stop the copy of this data folder, or what a killed one left; 0 when nothing runs."""
    return asyncio.run(_down(data_folder()))


async def _down(home: Path) -> int:
    told = state.read(home)
    if told is not None and told.runner_alive():
        pid = int(told.runner["pid"])
        os.kill(pid, signal.SIGTERM)
        begun = time.monotonic()
        while told.runner_alive():
            if time.monotonic() - begun > DOWN_S:
                print(f"the runner (process {pid}) does not stop; kill it and say make down again")
                return 1
            await asyncio.sleep(0.1)
        print("stopped")
        return 0
    try:
        lock = take_lock(home)
    except GiveUp:
        lock = None  # a runner that has not yet written down what it starts
    if lock is None:
        print("a copy is just starting in this data folder: say it again in a moment")
        return 1
    with lock:
        ended = await state.end_leftovers(home)
        await postgres.end_leftover(postgres.folder_of(home) / "data")
        await kafka.end_leftover(home / "kafka")
        state.forget(home)
    print(f"ended {', '.join(ended)}" if ended else "nothing was running")
    return 0


def reset() -> int:
    """Stop the copy and forget its data: databases, records, keys, mails, logs."""
    home = data_folder()
    if (code := down()) != 0:
        return code
    parts.forget_data(home)
    postgres.forget(home)
    print(f"the data in {home} are forgotten")
    for name in ("NRM_DATABASE_URL", "NRM_KAFKA"):
        if os.environ.get(name):
            print(f"what lies in the engine of {name} is not touched")
    return 0


def engines() -> int:
    """Find or install PostgreSQL, Java and Kafka's jars."""
    try:
        print(f"PostgreSQL: {install.postgres_binaries()}")
        print(f"Java: {install.java()}")
        print(f"Kafka: {install.kafka_jars()}")
    except GiveUp as error:
        print(error)
        return 1
    return 0


def migrate(service: str) -> int:
    """Apply a service's migrations to the copy that is up."""
    told = state.read(data_folder())
    if told is None or not told.runner_alive():
        print("no copy is up in this data folder: make up migrates by itself")
        return 1
    environment = os.environ | told.environment
    command = [sys.executable, "-m", f"nrm_{service}", "migrate"]
    return subprocess.run(command, env=environment, cwd=CHECKOUT, check=False).returncode


def make_topics() -> int:
    """Make the topics that are missing in the broker of NRM_KAFKA."""
    try:
        prefix = os.environ.get("NRM_TOPIC_PREFIX", "")
        print("\n".join(asyncio.run(kafka.create_topics(os.environ["NRM_KAFKA"], prefix))))
    except GiveUp as error:
        print(error)
        return 1
    return 0


def make_secrets() -> int:
    """Make the secrets of a data folder that are missing."""
    parts.make_secrets(data_folder())
    return 0
