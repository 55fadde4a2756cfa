"""A new service is registered wherever services are listed."""

import shutil
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from tools.new_service import ROOT, WrongUse, make

FILES = (
    "pyproject.toml",
    "docker-compose.yml",
    "infra/kafka/topics.yaml",
    "infra/local/parts.py",
    "runtime/src/nrm_runtime/settings.py",
)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    for file in FILES:
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / file, tmp_path / file)
    return tmp_path


def test_a_new_service_is_named_in_every_list(copy: Path) -> None:
    before = {file: (copy / file).read_text().count("ledger") for file in FILES}
    make(copy, "pharmacy")
    for file in FILES:
        assert (copy / file).read_text().count("pharmacy") >= min(before[file], 1), file
    root = (copy / "pyproject.toml").read_text()
    assert root.count('    "nrm_pharmacy",\n') == 2, "root packages and rooms"
    assert " | nrm_pharmacy | nrm_ledger" in root
    for file in FILES[3:]:
        assert '    "pharmacy",\n    "ledger",\n)' in (copy / file).read_text(), file
    compose = YAML(typ="safe").load(copy / "docker-compose.yml")
    assert {"pharmacy-web", "pharmacy-worker", "pharmacy-migrate"} <= set(compose["services"])
    assert "NRM_PHARMACY_URL" in compose["x-environment"]


def test_its_modules_can_be_compiled(copy: Path) -> None:
    written = make(copy, "pharmacy")
    for path in written:
        if path.suffix == ".py":
            compile(path.read_text(), str(path), "exec")
    assert (copy / "services/pharmacy/src/nrm_pharmacy/py.typed").exists()


@pytest.mark.parametrize("name", ["", "Two Words", "a", "referral!"])
def test_a_name_that_is_no_word_is_refused(copy: Path, name: str) -> None:
    with pytest.raises(WrongUse):
        make(copy, name)


def test_a_service_is_never_made_twice(copy: Path) -> None:
    make(copy, "pharmacy")
    with pytest.raises(WrongUse, match="there is a service"):
        make(copy, "pharmacy")
