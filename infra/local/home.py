"""Where one local copy keeps what is its own: data folder, sockets, ports.

Everything of a copy lies in its data folder (`NRM_HOME`, by default `.nrm/` in the checkout),
except unix sockets: their paths may have 107 bytes at most, so they live in a short folder
under the system's temporary folder, named by a hash of the data folder.
"""

import hashlib
import json
import os
import socket
import stat
import tempfile
from collections.abc import Iterable
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]

SOCKET_PATH_MAX = 107
FIRST_PORT = 20_000  # below the range from which systems draw ports for outgoing connections
PORTS = 12_000


class GiveUp(Exception):
    """Nothing more can be done here; its one line tells a person what to do."""


def data_folder() -> Path:
    """The data folder of this copy, made when it is missing."""
    home = Path(os.environ.get("NRM_HOME") or CHECKOUT / ".nrm").expanduser().resolve()
    home.mkdir(parents=True, exist_ok=True)
    return home


def jars_folder() -> Path:
    """Where Kafka's jars are kept: `NRM_JARS`, else `.nrm/jars` of the checkout."""
    return Path(os.environ.get("NRM_JARS") or CHECKOUT / ".nrm" / "jars").expanduser().resolve()


def fingerprint(home: Path) -> str:
    return hashlib.sha256(os.fsencode(home.resolve())).hexdigest()[:12]


def socket_folder(home: Path) -> Path:
    """A short private folder for unix sockets, the same at every start of one copy."""
    name = f"nrm-{fingerprint(home)}"
    folder = Path(tempfile.gettempdir()) / name
    if len(os.fsencode(folder)) + len("/postgres/.s.PGSQL.5432.lock") > SOCKET_PATH_MAX:
        folder = Path("/tmp") / name  # noqa: S108 - the name is private, the owner checked below
    as_root = os.geteuid() == 0
    # As root the database server runs as another user, who must be able to pass through.
    folder.mkdir(mode=0o711 if as_root else 0o700, parents=True, exist_ok=True)
    found = folder.lstat()
    if found.st_uid != os.geteuid() or not stat.S_ISDIR(found.st_mode):
        raise GiveUp(f"{folder} belongs to somebody else; set TMPDIR to a folder of your own")
    folder.chmod(0o711 if as_root else 0o700)
    return folder


def _free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def ports(home: Path, names: Iterable[str]) -> dict[str, int]:
    """A free port for each name; the one it had at the last start while that is free."""
    memory = home / "ports.json"
    try:
        kept: dict[str, int] = json.loads(memory.read_text())
    except (FileNotFoundError, json.JSONDecodeError):
        kept = {}
    start = int(fingerprint(home), 16) % PORTS
    taken = set(kept.values())
    given: dict[str, int] = {}
    for name in names:
        if name in kept and _free(kept[name]):
            given[name] = kept[name]
            continue
        for step in range(PORTS):
            port = FIRST_PORT + (start + step) % PORTS
            if port not in taken and _free(port):
                given[name] = port
                taken.add(port)
                break
        else:
            raise GiveUp("no free port on this machine")
    write_private(memory, json.dumps(kept | given, indent=1))
    return given


def write_private(path: Path, text: str) -> None:
    """Replace a file as a whole, readable by its owner only; a reader never sees half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)
    beside.replace(path)
