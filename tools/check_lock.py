"""Checks the lock files: no address, a hash for every package, and what the projects ask for.

python -m tools.check_lock      exit 1 with a line for each fault
"""

import re
import sys
import tomllib
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).resolve().parents[1]
ADDRESS = re.compile(r"[a-z+]+://|--(extra-)?index-url|--find-links")
PINNED = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^ ;\\]+)")


def pins(text: str) -> dict[str, tuple[Version, int]]:
    """Give each pinned package with its version and how many hashes it has."""
    found: dict[str, tuple[Version, int]] = {}
    name = ""
    for line in text.splitlines():
        if (match := PINNED.match(line)) is not None:
            name = canonicalize_name(match[1])
            found[name] = (Version(match[2]), 0)
        if name and "--hash=sha256:" in line:
            version, hashes = found[name]
            found[name] = (version, hashes + line.count("--hash=sha256:"))
    return found


def asked(pyproject: Path) -> list[Requirement]:
    """Give everything a project asks for, its groups included."""
    project = tomllib.loads(pyproject.read_text())
    texts = list(project["project"].get("dependencies", []))
    for group in project.get("dependency-groups", {}).values():
        texts += group
    return [Requirement(text) for text in texts]


def faults(lock: Path, requirements: list[Requirement]) -> list[str]:
    """Give a line for each fault of one lock file."""
    text = lock.read_text()
    found = pins(text)
    where = lock.relative_to(ROOT)
    lines = [
        f"{where}:{number}: names an address"
        for number, line in enumerate(text.splitlines(), 1)
        if ADDRESS.search(line)
    ]
    lines += [f"{where}: {name} has no hash" for name, (_, hashes) in found.items() if not hashes]
    for one in requirements:
        name = canonicalize_name(one.name)
        if name.startswith("nrm-") or (one.marker is not None and not one.marker.evaluate()):
            continue
        if name not in found:
            lines.append(f"{where}: {name} is missing")
        elif not one.specifier.contains(found[name][0], prereleases=True):
            lines.append(f"{where}: {name} {found[name][0]} is not {one.specifier}")
    return lines


def main() -> int:
    """Check the lock of the workspace and those of the services."""
    shared = [ROOT / "contracts", ROOT / "runtime"]
    services = sorted(path.parent for path in ROOT.glob("services/*/pyproject.toml"))
    everything = [ROOT, *shared, ROOT / "cli", *services]
    lines = faults(
        ROOT / "requirements.lock",
        [one for project in everything for one in asked(project / "pyproject.toml")],
    )
    for service in services:
        wanted = [one for p in (*shared, service) for one in asked(p / "pyproject.toml")]
        lines += faults(service / "requirements.lock", wanted)
    for line in lines:
        print(f"{line}: say make lock" if "missing" in line else line)
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main())
