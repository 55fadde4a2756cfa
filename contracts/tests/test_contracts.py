"""The treaty: every fact that was ever told is still read, and none can hold a name."""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from enum import StrEnum
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, ClassVar, Union, get_args, get_origin, get_type_hints
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from pydantic import ValidationError

from nrm_contracts.cases import CaseOpened
from nrm_contracts.catalogue import CATALOGUE
from nrm_contracts.contract import Contract
from nrm_contracts.envelope import Unreadable, read_envelope, write_envelope

FOLDER = Path(__file__).parents[1]
FACTS = list(CATALOGUE.values())


def _kinds(annotation: object) -> Iterator[Any]:
    origin = get_origin(annotation)
    if origin is Annotated:
        inner, *marks = get_args(annotation)
        if inner is str:
            yield ("str", any(getattr(mark, "pattern", None) for mark in marks))
        else:
            yield from _kinds(inner)
    elif origin in {Union, UnionType, tuple}:
        for one in get_args(annotation):
            if one not in {Ellipsis, type(None)}:
                yield from _kinds(one)
    else:
        yield getattr(annotation, "__supertype__", annotation)


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact.name)
def test_no_field_of_a_fact_can_hold_a_name(fact: type[Contract]) -> None:
    for name, hint in _hints(fact).items():
        for kind in _kinds(hint):
            allowed = (
                kind in {UUID, datetime, date, int}
                or kind == ("str", True)
                or (isinstance(kind, type) and issubclass(kind, StrEnum))
            )
            assert allowed, f"{fact.__name__}.{name} is {kind}"


def _hints(fact: type[Contract]) -> dict[str, Any]:
    hints = get_type_hints(fact, include_extras=True)
    return {name: hint for name, hint in hints.items() if get_origin(hint) is not ClassVar}


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact.name)
def test_the_kept_example_of_every_fact_is_still_read(fact: type[Contract]) -> None:
    path = FOLDER / "examples" / f"{fact.name}.v{fact.version}.json"
    heard = read_envelope(path.read_bytes())
    contract = heard.contract()
    assert isinstance(contract, fact)
    assert contract.data() == json.loads(path.read_text())["data"]


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact.name)
def test_the_kept_example_fits_the_committed_schema(fact: type[Contract]) -> None:
    schema = json.loads(
        (FOLDER / "schemas" / f"{fact.name}.v{fact.version}.schema.json").read_text()
    )
    example = json.loads((FOLDER / "examples" / f"{fact.name}.v{fact.version}.json").read_text())
    Draft202012Validator.check_schema(schema)
    Draft202012Validator(schema).validate(example["data"])


def test_every_kept_example_has_its_fact() -> None:
    names = {f"{name}.v{version}.json" for name, version in CATALOGUE}
    assert {path.name for path in (FOLDER / "examples").glob("*.json")} <= names


def opened() -> CaseOpened:
    return CaseOpened.model_validate({"custodian": uuid4(), "country": "RO", "age": "adult"})


def written(contract: Contract) -> bytes:
    return write_envelope(
        contract,
        id=uuid4(),
        source="nrm.referral",
        case=uuid4(),
        at=datetime.now(UTC),
        stream=uuid4(),
        told=1,
        correlation=uuid4(),
        causation=None,
    )


def test_a_reader_ignores_a_field_that_a_newer_teller_added() -> None:
    message = json.loads(written(opened()))
    message["data"]["added_later"] = "x"
    assert isinstance(read_envelope(json.dumps(message).encode()).contract(), CaseOpened)


def test_a_writer_refuses_a_field_that_nobody_agreed_on() -> None:
    with pytest.raises(ValidationError):
        CaseOpened.model_validate({**opened().data(), "name": "x"})


def test_an_absent_value_is_left_out_and_never_null() -> None:
    assert "agency" not in opened().data()


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"type": "nrm.referral.unheard-of"}, "unknown-type"),
        ({"dataschema": "urn:nrm:schema:nrm.referral.case-opened:v99"}, "unknown-type"),
        ({"data": {"custodian": "nobody"}}, "wrong-schema"),
        ({"told": 0}, "wrong-attribute"),
        ({"told": True}, "wrong-attribute"),
        ({"subject": "not an id"}, "wrong-attribute"),
        ({"specversion": "0.3"}, "not-an-envelope"),
    ],
)
def test_a_message_that_is_not_ours_is_named_by_a_reason(
    change: dict[str, Any], reason: str
) -> None:
    message = json.loads(written(opened())) | change
    with pytest.raises(Unreadable, match=reason):
        read_envelope(json.dumps(message).encode()).contract()


@given(st.binary(max_size=200))
def test_no_bytes_at_all_break_the_reader(body: bytes) -> None:
    with pytest.raises(Unreadable):
        read_envelope(body)


def test_an_error_does_not_repeat_the_message() -> None:
    message = json.loads(written(opened()))
    message["data"]["custodian"] = "Maria Popescu"
    with pytest.raises(Unreadable) as caught:
        read_envelope(json.dumps(message).encode()).contract()
    assert "Maria" not in f"{caught.value!r} {caught.value.__cause__}"


def test_a_message_has_what_every_cloud_event_must_have() -> None:
    """CloudEvents 1.0, sections 3.1 to 3.3: required attributes, and how attributes are named."""
    message = json.loads(written(opened()))
    assert {"id", "source", "specversion", "type"} <= message.keys()
    assert message["specversion"] == "1.0"
    assert all(name.isalnum() and name == name.lower() for name in message)
    assert all(len(name) <= 20 for name in message)
    assert datetime.fromisoformat(message["time"]).tzinfo is not None
