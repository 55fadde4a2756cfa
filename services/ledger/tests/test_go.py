"""Somebody else's verifier judges our exports: golang.org/x/mod/sumdb, built here from its source.

Go's modules come through its ordinary proxy into a private folder that is removed afterwards.
"""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from nrm_ledger.domain.tiles import encode_entries
from services.ledger.tests.sample import KEY, exported, one, sample

PROGRAM = Path(__file__).parent / "go"
ENTRIES = sample(700)


@pytest.fixture(scope="module")
def check(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the program, or say loudly why not."""
    go = shutil.which("go")
    if go is None:
        pytest.skip("Go is not installed: exports were NOT checked by golang.org/x/mod")
    folder = tmp_path_factory.mktemp("go")
    environment = {
        **os.environ,
        "GOMODCACHE": str(folder / "modules"),
        "GOCACHE": str(folder / "cache"),
        "GOFLAGS": "-modcacherw -mod=readonly",
        "GOTOOLCHAIN": "local",
    }
    fetched = command([go, "mod", "download"], environment)
    if fetched.returncode != 0:
        pytest.skip("Go has no golang.org/x/mod here: exports were NOT checked by it")
    program = folder / "check"
    built = command([go, "build", "-o", str(program), "."], environment)
    assert built.returncode == 0, built.stderr
    return program


def command(arguments: list[str], environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - the Go that is installed, on our own program
        arguments, cwd=PROGRAM, env=environment, capture_output=True, text=True, check=False
    )


def written(folder: Path, count: int) -> Path:
    for path, content in exported(ENTRIES[:count]).items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    return folder


def run(check: Path, *folders: Path) -> tuple[int, str]:
    done = subprocess.run(  # noqa: S603 - the program built above
        [str(check), KEY.verifier.text, *map(str, folders)],
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout


@pytest.mark.parametrize(("new", "old"), [(1, 1), (700, 256), (700, 3), (512, 511), (257, 256)])
def test_go_finds_every_entry_included_and_an_older_export_continued(
    check: Path, tmp_path: Path, new: int, old: int
) -> None:
    code, said = run(check, written(tmp_path / "new", new), written(tmp_path / "old", old))
    assert (code, said) == (0, f"{new} entries included\ncontinues the log of {old} entries\n")


def test_go_names_a_changed_entry(check: Path, tmp_path: Path) -> None:
    folder = written(tmp_path, 700)
    changed = [*ENTRIES[256:300], one(300, 1, 1, None), *ENTRIES[301:512]]
    (folder / "tile/entries/001").write_bytes(encode_entries(changed))
    code, said = run(check, folder)
    assert code == 1
    assert said.startswith("entry 300:")


@pytest.mark.parametrize("path", ["checkpoint", "tile/0/001", "tile/1/000.p/2"])
def test_go_refuses_a_flipped_bit(check: Path, tmp_path: Path, path: str) -> None:
    file = written(tmp_path, 700) / path
    content = bytearray(file.read_bytes())
    content[20] ^= 1
    file.write_bytes(content)
    assert run(check, file.parents[len(Path(path).parts) - 1])[0] == 1


def test_go_refuses_another_log_as_the_older_one(check: Path, tmp_path: Path) -> None:
    folder = written(tmp_path / "new", 300)
    other = tmp_path / "old"
    for path, content in exported([one(i, i + 9, 1, None) for i in range(200)]).items():
        (other / path).parent.mkdir(parents=True, exist_ok=True)
        (other / path).write_bytes(content)
    code, said = run(check, folder, other)
    assert code == 1
    assert said.startswith("300 entries included\n")
