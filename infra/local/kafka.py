"""The Kafka brick: one private broker in KRaft mode, on loopback ports of its own.

Ready means that a request for metadata succeeds, not that a port is open. A broker left by
`kill -9` is ended at the next start; its log recovers by itself.
"""

import asyncio
import base64
import contextlib
import json
import os
import secrets
import shutil
import signal
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

import psutil
from aiokafka import AIOKafkaClient
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError
from ruamel.yaml import YAML

from infra.local import install
from infra.local.home import CHECKOUT, GiveUp, ports, write_private

FOLDER = CHECKOUT / "infra" / "kafka"
START_S = 120.0
STOP_S = 20.0
HOUR_MS = 3_600_000
COPIES = 3  # of each partition, where there are so many brokers
LATIN = 0x7F  # from here on a file of properties needs an escape
EXISTS = 36  # the broker's code for a topic that is already there
SAME_START_S = 1.0


@dataclass(slots=True)
class Kafka:
    """One private broker. `bootstrap` is its address, the same after every restart."""

    home: Path
    jars: Path
    java: Path
    port: int
    controller_port: int
    _process: subprocess.Popen[bytes] | None = field(default=None)

    @property
    def bootstrap(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        """The broker's process id; 0 when it was never started."""
        return self._process.pid if self._process else 0

    @property
    def folder(self) -> Path:
        return self.home / "kafka"

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def log(self) -> Path:
        return self.folder / "log"

    def died(self) -> int | None:
        """How the broker ended (negative: by that signal), or None while it runs."""
        return self._process.poll() if self._process else 0

    async def start(self) -> None:
        """Start the broker on its data, formatting an empty folder first, and wait for metadata.

        Raises GiveUp with the last words of its log when none comes.
        """
        await end_leftover(self.folder)
        settings = self._write_settings()
        if not (self.data / "meta.properties").exists():
            await asyncio.to_thread(self._format, settings)
        self._process = self._java("kafka.Kafka", str(settings))
        begun = psutil.Process(self._process.pid).create_time()
        write_private(self.folder / "pid", json.dumps([self._process.pid, begun]))
        try:
            await self._wait_until_it_answers()
        except BaseException:
            await self.kill()
            raise

    async def _wait_until_it_answers(self) -> None:
        assert self._process is not None
        deadline = time.monotonic() + START_S
        while not await answers(self.bootstrap):
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise GiveUp(f"Kafka did not start: see {self.log}")
            await asyncio.sleep(0.1)

    def _write_settings(self) -> Path:
        text = (FOLDER / "server.properties").read_text()
        for word, value in {
            "@PORT@": str(self.port),
            "@CONTROLLER_PORT@": str(self.controller_port),
            "@DATA@": str(self.data),
        }.items():
            text = text.replace(word, _property(value))
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / "server.properties"
        path.write_text(text)
        return path

    def _java(self, *command: str) -> subprocess.Popen[bytes]:
        with self.log.open("ab") as out:
            return subprocess.Popen(
                [
                    *(str(self.java), "-Xms128m", "-Xmx512m", "-XX:+UseSerialGC"),
                    *("-cp", f"{self.jars}/*", "-Djava.awt.headless=true"),
                    f"-Dlog4j2.configurationFile={FOLDER / 'log4j2.yaml'}",
                    *command,
                ],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                cwd=self.folder,
                env={
                    "PATH": os.environ.get("PATH", os.defpath),
                    "HOME": str(self.folder),
                    "LC_ALL": "C.UTF-8",
                },
                start_new_session=True,
            )

    def _format(self, settings: Path) -> None:
        shutil.rmtree(self.data, ignore_errors=True)  # a formatting that was cut off
        cluster = base64.urlsafe_b64encode(secrets.token_bytes(16)).rstrip(b"=").decode()
        # A leading dash would be read as an option.
        cluster = cluster.replace("-", "N", 1) if cluster.startswith("-") else cluster
        tool = self._java(
            "kafka.tools.StorageTool", "format", "--standalone", "-t", cluster, "-c", str(settings)
        )
        if tool.wait() != 0:
            raise GiveUp(f"Kafka's data folder could not be formatted: see {self.log}")

    async def stop(self) -> None:
        """Stop in order: what was acknowledged is flushed, the log is closed."""
        if self._process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            self._process.send_signal(signal.SIGTERM)
        if not await _gone(self._process, STOP_S):
            await self.kill()

    async def kill(self) -> None:
        """End at once, as a power cut would."""
        if self._process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()
        await _gone(self._process, STOP_S)

    async def wipe(self) -> None:
        """Kill the broker and forget all its data; the next `start` makes an empty one."""
        await self.kill()
        await asyncio.to_thread(shutil.rmtree, self.data, ignore_errors=True)


def _property(value: str) -> str:
    """A value as Java reads it from a file of properties: ASCII, one backslash as two."""
    units = value.replace("\\", "\\\\").encode("utf-16-be")
    pairs = zip(units[::2], units[1::2], strict=True)
    codes = (high << 8 | low for high, low in pairs)
    return "".join(chr(code) if code < LATIN else f"\\u{code:04x}" for code in codes)


async def start(home: Path) -> Kafka:
    """Start the private broker of a data folder, on ports that stay the same for that folder."""
    jars = await asyncio.to_thread(install.kafka_jars)
    java = await asyncio.to_thread(install.java)
    await end_leftover(home / "kafka")
    own = ports(home, ["kafka", "kafka controller"])
    broker = Kafka(home, jars, java, own["kafka"], own["kafka controller"])
    await broker.start()
    return broker


async def answers(bootstrap: str) -> bool:
    """Whether a request for metadata succeeds now."""
    host, _, port = bootstrap.split(",", maxsplit=1)[0].rpartition(":")
    try:  # a closed port needs no client, whose log would repeat it ten times a second
        _, writer = await asyncio.wait_for(asyncio.open_connection(host, int(port)), timeout=3)
    except (OSError, TimeoutError):
        return False
    writer.close()
    client = AIOKafkaClient(bootstrap_servers=bootstrap, request_timeout_ms=3_000)
    try:
        await client.bootstrap()
        return bool(client.cluster.brokers())
    except (KafkaError, OSError, TimeoutError):
        return False
    finally:
        await client.close()


async def create_topics(bootstrap: str, prefix: str = "") -> tuple[str, ...]:
    """Create the system's topics (infra/kafka/topics.yaml) that are missing; gives all names.

    `prefix` sets several systems on one broker apart. Raises GiveUp when the broker refuses.
    """
    wanted = YAML(typ="safe").load(FOLDER / "topics.yaml")
    names = tuple(f"{prefix}{name}" for name in wanted["topics"])
    settings = {
        "retention.ms": str(int(wanted["retention_days"]) * 24 * HOUR_MS),
        "max.message.bytes": str(wanted["max_message_bytes"]),
    }
    partitions = int(wanted["partitions"])
    deadline = time.monotonic() + START_S
    while True:
        try:
            refused = await _create(bootstrap, names, partitions, settings)
        except (KafkaError, OSError, TimeoutError) as error:
            refused = type(error).__name__
        if not refused:
            return names
        if time.monotonic() > deadline:
            raise GiveUp(f"Kafka did not create the topics: {refused}")
        await asyncio.sleep(0.3)


async def _create(
    bootstrap: str, names: tuple[str, ...], partitions: int, settings: dict[str, str]
) -> str:
    """Ask for the topics once; the first refusal, or nothing."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap, request_timeout_ms=10_000)
    await admin.start()
    try:
        brokers = len((await admin.describe_cluster())["brokers"])
        topics = [
            NewTopic(
                name=name,
                num_partitions=partitions,
                replication_factor=min(brokers, COPIES),
                topic_configs=settings,
            )
            for name in names
        ]
        reply = await admin.create_topics(topics)
        for name, code, *why in reply.topic_errors:
            if code not in (0, EXISTS):
                return f"{name}: {why[0] if why else code}"
        found = set(await admin.list_topics())
        missing = sorted(set(names) - found)
        return f"{missing[0]} is not there yet" if missing else ""
    finally:
        await admin.close()


async def end_leftover(folder: Path) -> None:
    """End a broker that an earlier run left in this data folder, known by id and start time."""
    try:
        pid, begun = json.loads((folder / "pid").read_text())
    except (OSError, ValueError):
        return
    with contextlib.suppress(psutil.NoSuchProcess):
        left = psutil.Process(pid)
        if abs(left.create_time() - begun) > SAME_START_S:
            return
        left.send_signal(signal.SIGTERM)
        deadline = time.monotonic() + STOP_S
        while left.is_running() and left.status() != psutil.STATUS_ZOMBIE:
            if time.monotonic() > deadline:
                left.kill()
            await asyncio.sleep(0.05)


async def _gone(process: subprocess.Popen[bytes], limit_s: float) -> bool:
    deadline = time.monotonic() + limit_s
    while process.poll() is None:
        if time.monotonic() > deadline:
            return False
        await asyncio.sleep(0.05)
    return True
