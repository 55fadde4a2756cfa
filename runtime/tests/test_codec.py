"""Events at rest: read by their name, brought up to date, equal bytes for equal events."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

import pytest
from asyncpg.pgproto import pgproto

from nrm_runtime.core import Event
from nrm_runtime.store.codec import Codec, UnknownEvent
from nrm_runtime.testing.clock import BEGINNING

ONE, TWO = UUID(int=1, version=4), UUID(int=2, version=4)


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    colour: Colour
    on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Painted(Event):
    by: UUID
    colours: frozenset[Colour]
    owners: frozenset[UUID]
    parts: tuple[Part, ...]
    dry: bool
    until: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Washed(Event):
    by: UUID


PAINTED = Painted(
    at=BEGINNING,
    by=ONE,
    colours=frozenset(Colour),
    owners=frozenset({ONE, TWO}),
    parts=(Part(colour=Colour.RED, on=date(2031, 3, 3)),),
    dry=False,
)
CODEC = Codec({"painted": Painted, "washed": Washed})


def test_an_event_comes_back_as_it_was() -> None:
    name, version, body = CODEC.encode(PAINTED)
    assert (name, version) == ("painted", 1)
    assert CODEC.decode(name, version, body) == PAINTED


def test_equal_events_have_equal_bytes() -> None:
    again = Painted(
        at=BEGINNING,
        by=pgproto.UUID(str(ONE)),
        colours=frozenset(reversed(list(Colour))),
        owners=frozenset({TWO, ONE}),
        parts=PAINTED.parts,
        dry=False,
    )
    assert CODEC.encode(again) == CODEC.encode(PAINTED)


def test_an_event_is_read_by_its_name_and_not_by_its_shape() -> None:
    washed = Washed(at=BEGINNING, by=ONE)
    other = Codec({"scrubbed": Washed, "washed": Part})  # type: ignore[dict-item]
    name, version, body = CODEC.encode(washed)
    assert type(CODEC.decode(name, version, body)) is Washed
    with pytest.raises(Exception, match="colour"):
        other.decode(name, version, body)


def test_an_old_version_is_brought_up_to_date_step_by_step() -> None:
    steps = {
        ("washed", 1): lambda old: {**old, "washer": old.pop("who")},
        ("washed", 2): lambda old: {**old, "by": old.pop("washer")},
    }
    codec = Codec({"washed": Washed}, steps)
    assert codec.encode(Washed(at=BEGINNING, by=ONE))[1] == 3
    first = f'{{"at":"2031-03-03T09:00:00Z","who":"{ONE}"}}'.encode()
    assert codec.decode("washed", 1, first) == Washed(at=BEGINNING, by=ONE)


@pytest.mark.parametrize(("name", "version"), [("dried", 1), ("washed", 2), ("washed", 0)])
def test_a_history_that_cannot_be_read_stops(name: str, version: int) -> None:
    _, _, body = CODEC.encode(Washed(at=BEGINNING, by=ONE))
    with pytest.raises(UnknownEvent):
        CODEC.decode(name, version, body)


def test_two_names_for_one_class_are_refused() -> None:
    with pytest.raises(ValueError, match="two stored names"):
        Codec({"washed": Washed, "scrubbed": Washed})
