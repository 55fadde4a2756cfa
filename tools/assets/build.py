"""Builds the styles, scripts and fonts of the pages; the result is committed.

python -m tools.assets.build            needs Node; writes the files and their manifest
python -m tools.assets.build --check    the same into a temporary folder; exit 1 on a difference
"""

import filecmp
import hashlib
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent
MODULES = HERE / "node_modules"
STATIC = Path("pages/src/nrm_pages/look/static")
TESTED = Path("pages/tests/browser/vendored")

# Where each file comes from: its name here, the package, the file in it.
COPIED = (
    ("govuk-frontend.min.js", "govuk-frontend", "dist/govuk/govuk-frontend.min.js"),
    ("htmx.min.js", "htmx.org", "dist/htmx.min.js"),
    ("hx-csp.min.js", "htmx.org", "dist/ext/hx-csp.min.js"),
    ("hx-sse.min.js", "htmx.org", "dist/ext/hx-sse.min.js"),
    *(
        (name, "@fontsource/noto-sans", f"files/{name}")
        for script in ("latin", "latin-ext")
        for weight in (400, 700)
        for name in (f"noto-sans-{script}-{weight}-normal.woff2",)
    ),
)
FOR_TESTS = (("axe.min.js", "axe-core", "axe.min.js"),)
SHEET = ("app.css", ("govuk-frontend", "@ministryofjustice/frontend"))
OWN = ("nrm.js", "favicon.svg")


def fetch() -> None:
    """Bring the packages of the lock file, and run none of their scripts."""
    lock = (HERE / "package-lock.json").read_bytes()
    stamp = MODULES / ".nrm-lock"
    if stamp.exists() and stamp.read_bytes() == lock:
        return
    subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit"], cwd=HERE, check=True)
    stamp.write_bytes(lock)


def package(name: str) -> dict[str, Any]:
    """Give what a package says of itself."""
    read: dict[str, Any] = json.loads((MODULES / name / "package.json").read_text("utf-8"))
    return read


def styles(target: Path) -> None:
    """Write one compressed sheet: the departments' parts first, then ours."""
    command = ["node", "node_modules/sass/sass.js", "--style=compressed", "--no-source-map"]
    paths = ["--load-path=node_modules", "--load-path=.", "--quiet-deps"]
    subprocess.run([*command, *paths, "app.scss", str(target)], cwd=HERE, check=True)


def described(path: Path, *packages: str) -> dict[str, Any]:
    """Give a line of the manifest."""
    sources = [package(name) for name in packages]
    return {
        "file": path.name,
        "from": [f"{one['name']} {one['version']}" for one in sources] or ["this project"],
        "licence": sorted({str(one["license"]) for one in sources}) or ["EUPL-1.2"],
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
    }


def licences(names: list[str]) -> str:
    """Give the licence of every package in the result, in its own words where it has any."""
    parts = []
    for name in sorted(names):
        said = package(name)
        files = sorted((MODULES / name).glob("LICENSE*"))
        heading = f"{name} {said['version']}: {said['license']}"
        texts = [file.read_text("utf-8").strip() for file in files]
        parts.append("\n\n".join([heading, *texts]))
    return "\n\n----\n\n".join(parts) + "\n"


def build(root: Path) -> None:
    """Write everything below `root` as it lies in the checkout."""
    static, tested = root / STATIC, root / TESTED
    for folder in (static, tested):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
    styles(static / SHEET[0])
    lines = [described(static / SHEET[0], *SHEET[1])]
    for name in OWN:
        shutil.copyfile(HERE / name, static / name)
        lines.append(described(static / name))
    for folder, files in ((static, COPIED), (tested, FOR_TESTS)):
        for name, source, inner in files:
            text = (MODULES / source / inner).read_bytes()
            kept = [line for line in text.split(b"\n") if not line.startswith(b"//# sourceMapping")]
            (folder / name).write_bytes(b"\n".join(kept) if name.endswith(".js") else text)
    lines += [described(static / name, source) for name, source, _ in COPIED]
    write_manifest(static, lines)
    write_manifest(tested, [described(tested / name, source) for name, source, _ in FOR_TESTS])
    used = {source for _, source, _ in COPIED} | set(SHEET[1])
    (static / "LICENCES.txt").write_text(licences(list(used)), "utf-8")
    (tested / "LICENCES.txt").write_text(licences(["axe-core"]), "utf-8")


def write_manifest(folder: Path, lines: list[dict[str, Any]]) -> None:
    lines = sorted(lines, key=lambda line: str(line["file"]))
    (folder / "manifest.json").write_text(json.dumps(lines, indent=1) + "\n", "utf-8")


def different(one: Path, other: Path) -> list[str]:
    """Name the files that are in one folder only or differ in their bytes."""
    names = {path.name for folder in (one, other) for path in folder.iterdir()}
    same, _, _ = filecmp.cmpfiles(one, other, names, shallow=False)
    return sorted(names - set(same))


def main() -> int:
    """Build, or compare."""
    if shutil.which("npm") is None:
        print("assets: Node is not installed: nothing was built or compared")
        return 0 if "--check" in sys.argv else 1
    fetch()
    if "--check" not in sys.argv:
        build(ROOT)
        return 0
    with tempfile.TemporaryDirectory() as folder:
        build(Path(folder))
        found = [
            f"{place}/{name}"
            for place in (STATIC, TESTED)
            for name in different(ROOT / place, Path(folder) / place)
        ]
    for line in found:
        print(f"assets: {line} is not what tools/assets builds")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
