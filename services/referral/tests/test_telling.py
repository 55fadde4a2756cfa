"""What is told of a case, and how it is kept: every step of a region, never more than is known."""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from enum import StrEnum
from types import NoneType, UnionType
from typing import Any, get_args, get_origin, get_type_hints
from uuid import UUID

import pytest

from nrm_contracts.catalogue import CATALOGUE, facts_of
from nrm_referral.codec import CODEC
from nrm_referral.domain import case
from nrm_referral.domain import events as fact
from nrm_referral.publishing import regions, tell
from nrm_runtime.core import Event
from services.referral.tests.given import (
    NGO_D,
    NGO_O,
    REFERRAL,
    Story,
)
from services.referral.tests.whole_life import whole_life

UNTOLD: set[type[Event]] = {
    fact.AgeNoted,
    fact.ReturnNoted,
    fact.ItineraryNoted,
    fact.ArrivalNoted,
    fact.ReturnEndNoted,
    fact.ClosingAnswered,
}
BY_THE_RUNTIME = {"PersonalDataRead", "PersonErased"}


@pytest.fixture(scope="module")
def life() -> Story:
    """Give a case in which every kind of event happened."""
    return whole_life()


def test_every_kind_of_event_happened(life: Story) -> None:
    assert {type(event) for event in life.events} == set(CODEC.names.values())


def test_every_event_that_others_need_is_told_in_the_catalogue(life: Story) -> None:
    for event in life.events:
        told = tell(event)
        assert (told is None) == (type(event) in UNTOLD)
        if told is not None:
            assert CATALOGUE[(told.name, told.version)] is type(told)
            assert type(told).model_validate(told.data()).data() == told.data()


def test_every_fact_of_this_service_is_told_by_some_event(life: Story) -> None:
    told = {type(tell(event)) for event in life.events} - {NoneType}
    ours = {one for one in facts_of("referral") if one.__name__ not in BY_THE_RUNTIME}
    assert told == ours


def test_no_event_that_is_untold_changes_a_region(life: Story) -> None:
    state = case.initial
    for event in life.events:
        before, state = regions(state), case.evolve(state, event)
        if tell(event) is None:
            assert regions(state) == before


def test_history_reads_back_as_it_was_written(life: Story) -> None:
    state = case.initial
    for event in life.events:
        name, version, body = CODEC.encode(event)
        again = CODEC.decode(name, version, body)
        assert again == event
        assert CODEC.encode(again)[2] == body
        state = case.evolve(state, again)
    assert state == life.state


def _parts(annotation: object) -> Iterator[object]:
    origin = get_origin(annotation)
    if origin in {UnionType, tuple, frozenset} or origin is not None:
        for one in get_args(annotation):
            yield from _parts(one)
    else:
        yield getattr(annotation, "__supertype__", annotation)


TEXTS = {"profile", "calendar", "country", "receiver_country", "languages", "offer"}
"""The only texts: codes of standards, versions of profiles, a hash."""


def _check(kind: type[Any]) -> None:
    for field in fields(kind):
        for part in _parts(get_type_hints(kind)[field.name]):
            assert isinstance(part, type)
            if part is str:
                assert field.name in TEXTS, f"{kind.__name__}.{field.name}"
            elif is_dataclass(part):
                _check(part)
            else:
                plain = {UUID, datetime, date, int, bool, NoneType}
                assert part in plain or issubclass(part, StrEnum), f"{kind}.{field.name}"


@pytest.mark.parametrize("kind", CODEC.names.values(), ids=lambda kind: kind.__name__)
def test_no_event_can_hold_free_text(kind: type[Event]) -> None:
    _check(kind)


def test_a_consent_withdrawn_before_anybody_knew_asks_nobody_to_acknowledge() -> None:
    story = Story().until_offered()
    withdrawn, *_ = story.do(story.withdraw_consent())
    told = tell(withdrawn)
    assert told is not None
    assert "acknowledge_by" not in told.data()
    assert told.data()["received"] == []


def test_regions_show_who_confirmed_while_the_other_has_not() -> None:
    story = Story().until_accepted()
    story.do(story.confirm(NGO_O))
    shown = regions(story.state)["referrals"][str(REFERRAL)]
    assert shown["confirmed"] == [str(NGO_O)]
    story.do(story.confirm(NGO_D))
    shown = regions(story.state)["referrals"][str(REFERRAL)]
    assert (shown["state"], shown["confirmed"]) == ("handed_over", [])


def test_a_case_nobody_opened_has_no_regions() -> None:
    assert regions(case.initial) == {"case": "unopened"}
