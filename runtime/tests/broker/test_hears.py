"""Each message has its effect once, in order; a bad one stops its own case and no other."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nrm_contracts.envelope import Unreadable
from nrm_runtime.broker.fates import Away
from nrm_runtime.broker.hears import Hearing
from nrm_runtime.broker.letter import Letter
from nrm_runtime.broker.parking import list_aside
from nrm_runtime.core import TooEarly
from nrm_runtime.service import Running
from nrm_runtime.store.errors import Outpaced
from runtime.tests.acts import rows
from runtime.tests.wires import (
    TOPIC,
    as_owner,
    count,
    filling,
    heard,
    letter,
    new_cases,
    parked,
    quarantined,
    stream_of,
)

pytestmark = pytest.mark.integration


def hearing(held: Running, faults: Callable[[Letter], None] = lambda _: None) -> Hearing:
    return Hearing("toy", held.app, {TOPIC: filling(held, faults)})


def failing(case: UUID, number: int, error: Callable[[], Exception]) -> Callable[[Letter], None]:
    """Fail at one message, as long as `error` gives one."""

    def fault(each: Letter) -> None:
        if (each.case, each.told) == (case, number):
            raise error()

    return fault


async def litres(held: Running) -> dict[UUID, int]:
    """Litres by case: each message that has its effect fills one in, by one event."""
    return {row[0]: row[1] for row in await rows(held, "SELECT case_ref, seq FROM stream_head")}


async def test_a_bad_message_stops_its_own_case_and_no_other(kitchen: Running) -> None:
    bad, *good = new_cases(6)
    ears = hearing(kitchen, failing(bad, 2, ValueError))
    await ears.take([letter(case, number) for number in (1, 2, 3) for case in (bad, *good)])
    assert await litres(kitchen) == {bad: 1} | dict.fromkeys(good, 3)
    assert await quarantined(kitchen) == {bad}
    assert [row[:2] for row in await parked(kitchen)] == [("poison", 2), ("behind", 3)]
    await ears.take([letter(bad, 4), letter(good[0], 4)])
    assert (await litres(kitchen))[good[0]] == 4
    assert (await litres(kitchen))[bad] == 1
    async with kitchen.app.connect() as tx:
        shown = await list_aside(tx, "toy")
    assert [(each.case, each.told, each.kind) for each in shown] == [
        (bad, 2, "poison"),
        (bad, 3, "behind"),
        (bad, 4, "behind"),
    ]
    assert shown[0].reason.startswith("ValueError at ")
    assert shown[0].why == shown[0].reason


async def test_a_quarantined_case_is_replayed_in_order_once_its_fault_is_mended(
    kitchen: Running,
) -> None:
    case = uuid4()
    broken = [True]

    def fault(each: Letter) -> None:
        if broken[0] and each.told == 2:
            raise ValueError

    ears = hearing(kitchen, fault)
    await ears.take([letter(case, number) for number in (1, 2, 3, 4)])
    assert not await ears.retry(case)
    assert await quarantined(kitchen) == {case}
    broken[0] = False
    assert await ears.retry(case)
    assert await quarantined(kitchen) == set()
    assert await parked(kitchen) == []
    assert await litres(kitchen) == {case: 4}
    assert await heard(kitchen) == {stream_of(case): 4}


async def test_a_dropped_message_is_on_record_and_counted_past(kitchen: Running) -> None:
    case = uuid4()
    ears = hearing(kitchen, failing(case, 2, ValueError))
    await ears.take([letter(case, number) for number in (1, 2, 3)])
    assert not await ears.drop(uuid4(), "operator")
    assert await ears.drop(letter(case, 2).message, "operator")
    assert await litres(kitchen) == {case: 2}
    assert await heard(kitchen) == {stream_of(case): 3}
    assert await parked(kitchen) == []
    assert await quarantined(kitchen) == set()
    ((by, told),) = await rows(kitchen, "SELECT dropped_by, told FROM dropped")
    assert (by, told) == ("operator", 2)
    await ears.take([letter(case, 2), letter(case, 4)])
    assert await litres(kitchen) == {case: 3}


async def test_a_message_dropped_before_its_turn_has_no_effect_when_its_turn_comes(
    kitchen: Running,
) -> None:
    case = uuid4()
    ears = hearing(kitchen)
    await ears.take([letter(case, 1), letter(case, 3)])
    assert await ears.drop(letter(case, 3).message, "operator")
    assert await heard(kitchen) == {stream_of(case): 1}
    await ears.take([letter(case, 2), letter(case, 3), letter(case, 4)])
    assert await litres(kitchen) == {case: 3}
    assert await heard(kitchen) == {stream_of(case): 4}
    assert await parked(kitchen) == []


async def test_a_gap_is_parked_and_applied_as_soon_as_it_is_filled(kitchen: Running) -> None:
    case = uuid4()
    ears = hearing(kitchen)
    await ears.take([letter(case, number) for number in (1, 3, 4)])
    assert [row[:2] for row in await parked(kitchen)] == [("gap", 3), ("gap", 4)]
    assert await quarantined(kitchen) == set()
    await ears.take([letter(case, 2)])
    assert await litres(kitchen) == {case: 4}
    assert await parked(kitchen) == []


async def test_only_a_gap_that_nobody_can_fill_asks_for_the_beginning(kitchen: Running) -> None:
    waiting, stopped, early = new_cases(3)

    def fault(each: Letter) -> None:
        if each.case == stopped:
            raise ValueError
        if each.case == early:
            raise TooEarly("not yet")

    ears = hearing(kitchen, fault)
    await ears.take([letter(waiting, 2), letter(stopped, 3), letter(early, 1), letter(early, 2)])
    await ears.take([letter(stopped, 1)])
    assert await ears.sweep() == []
    async with as_owner(kitchen) as owner:
        await owner.exec_driver_sql("UPDATE nrm.parked SET heard_at = heard_at - interval '4 s'")
    assert await ears.sweep() == [(TOPIC, 0)]
    await ears.take([letter(waiting, 1)])
    assert await ears.sweep() == []


async def test_what_comes_too_early_waits_until_its_case_moves(kitchen: Running) -> None:
    case, opened = uuid4(), [False]

    def fault(each: Letter) -> None:
        if each.stream == stream_of(case) and not opened[0]:
            raise TooEarly("the other stream's fact is on its way")

    ears = hearing(kitchen, fault)
    await ears.take([letter(case, 1), letter(case, 2)])
    assert [row[:2] for row in await parked(kitchen)] == [("early", 1), ("gap", 2)]
    assert await quarantined(kitchen) == set()
    opened[0] = True
    await ears.take([letter(case, 1, stream=uuid4())])
    assert await litres(kitchen) == {case: 3}
    assert await parked(kitchen) == []


async def test_a_rival_write_is_tried_again_and_nothing_is_parked(kitchen: Running) -> None:
    case, rivals = uuid4(), [4]

    def fault(_: Letter) -> None:
        if rivals[0]:
            rivals[0] -= 1
            raise Outpaced

    await hearing(kitchen, fault).take([letter(case, 1)])
    assert await litres(kitchen) == {case: 1}
    assert await parked(kitchen) == []


async def test_an_engine_that_is_away_leaves_no_trace_and_is_said_to_be_away(
    kitchen: Running,
) -> None:
    gone, near = new_cases(2)
    ears = hearing(kitchen, failing(gone, 1, ConnectionResetError))
    with pytest.raises(Away):
        await ears.take([letter(gone, 1), letter(near, 1)])
    assert await parked(kitchen) == []
    assert await quarantined(kitchen) == set()
    assert await litres(kitchen) == {near: 1}


async def test_what_cannot_be_read_is_quarantined_at_once_with_its_case(kitchen: Running) -> None:
    bad, good = new_cases(2)
    tries = []

    def fault(each: Letter) -> None:
        if each.case == bad:
            tries.append(each)
            raise Unreadable("wrong-schema")

    await hearing(kitchen, fault).take([letter(bad, 1), letter(good, 1)])
    assert await quarantined(kitchen) == {bad}
    assert [(row[0], row[2]) for row in await parked(kitchen)] == [("poison", "wrong-schema")]
    assert len(tries) <= 2
    assert await litres(kitchen) == {good: 1}


async def test_a_record_without_a_readable_case_is_kept_by_its_place_and_can_be_dropped(
    kitchen: Running,
) -> None:
    case = uuid4()
    lost = replace(
        letter(case, 1, body=b"\xff"),
        case=None,
        stream=None,
        told=None,
        message=uuid4(),
        named=False,
    )
    ears = hearing(kitchen)
    await ears.take([lost, letter(case, 1)])
    await ears.take([lost])
    assert await litres(kitchen) == {case: 1}
    assert await quarantined(kitchen) == set()
    async with kitchen.app.connect() as tx:
        (shown,) = await list_aside(tx, "toy")
    assert (shown.case, shown.topic, shown.partition, shown.offset) == (None, TOPIC, 0, 1)
    assert await ears.drop(shown.message, "operator")
    await ears.take([lost])
    assert await parked(kitchen) == []


async def test_a_case_without_a_readable_place_stays_quarantined_until_it_is_dropped(
    kitchen: Running,
) -> None:
    case = uuid4()
    lost = replace(
        letter(case, 1, body=b"\xff"), stream=None, told=None, message=uuid4(), named=False
    )
    ears = hearing(kitchen)
    await ears.take([lost, letter(case, 1)])
    assert await quarantined(kitchen) == {case}
    assert await litres(kitchen) == {}
    assert not await ears.retry(case)
    assert await ears.drop(lost.message, "operator")
    assert await quarantined(kitchen) == set()
    assert await litres(kitchen) == {case: 1}


async def test_headers_that_say_nothing_are_made_good_by_the_body(kitchen: Running) -> None:
    case = uuid4()
    bare = replace(letter(case, 1), stream=None, told=None, message=uuid4(), named=False)
    ears = hearing(kitchen)
    await ears.take([bare, letter(case, 1), letter(case, 2)])
    assert await litres(kitchen) == {case: 2}
    assert await parked(kitchen) == []


async def test_a_retry_and_a_live_message_of_the_case_do_not_pass_each_other(
    kitchen: Running,
) -> None:
    case, broken = uuid4(), [True]

    def fault(each: Letter) -> None:
        if broken[0] and each.told == 1:
            raise ValueError

    ears, rival = hearing(kitchen, fault), hearing(kitchen, fault)
    await ears.take([letter(case, number) for number in range(1, 20)])
    broken[0] = False
    await _together(
        [ears.retry(case), *(rival.take([letter(case, number)]) for number in range(20, 30))]
    )
    await ears.retry(case)
    await ears.sweep()
    assert await litres(kitchen) == {case: 29}
    assert await parked(kitchen) == []
    assert await quarantined(kitchen) == set()


DELIVERY = st.lists(
    st.tuples(
        st.lists(st.tuples(st.integers(0, 2), st.integers(1, 5)), min_size=1, max_size=6),
        st.sampled_from(["well", "poison", "early", "away", "rival"]),
    ),
    max_size=8,
)


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(batches=DELIVERY)
async def test_whatever_is_lost_repeated_reordered_or_fails_each_count_is_applied_once_in_order(
    kitchen: Running, batches: Sequence[tuple[Sequence[tuple[int, int]], str]]
) -> None:
    cases, weather, applied = new_cases(3), ["well"], dict[UUID, list[int]]()

    def fault(each: Letter) -> None:
        kinds: dict[str, Callable[[], Exception]] = {
            "poison": ValueError,
            "early": lambda: TooEarly("not yet"),
            "away": ConnectionResetError,
            "rival": Outpaced,
        }
        if weather[0] in kinds:
            error = kinds[weather[0]]()
            raise error
        assert each.case is not None
        assert each.told is not None
        applied.setdefault(each.case, []).append(each.told)

    ears = Hearing("toy", kitchen.app, {TOPIC: filling(kitchen, fault)}, sleep=_no_wait)
    for batch, weather[0] in batches:
        try:
            await ears.take([letter(cases[number], told) for number, told in batch])
        except Away:
            assert weather[0] == "away"
    weather[0] = "well"
    for case in cases:
        await ears.retry(case)
    await ears.take([letter(case, told) for told in range(1, 6) for case in cases])
    for case in cases:
        assert await ears.retry(case)
    assert applied == {case: [1, 2, 3, 4, 5] for case in cases}
    for case in cases:
        assert (await heard(kitchen))[stream_of(case)] == 5
        assert (await litres(kitchen))[case] == 5
        aside = "SELECT count(*) FROM parked WHERE case_ref = $1"
        assert await count(kitchen, aside, case) == 0


async def _no_wait(_: float) -> None:
    pass


async def _together(work: Sequence[Awaitable[object]]) -> None:
    await asyncio.gather(*work)
