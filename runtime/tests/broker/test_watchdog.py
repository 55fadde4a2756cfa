"""A consumer that is alive and hears nothing is noticed, and one that has reason to wait is not."""

import pytest

from nrm_runtime.broker.watchdog import (
    HOMELESS_MAX_S,
    STEP_MAX_S,
    STILL_MAX_S,
    WORK_MAX_S,
    Look,
    Stuck,
    Watchdog,
)


def look(
    *,
    assigned: int = 3,
    behind: int = 0,
    position: int = 10,
    working: bool = False,
    owned: bool = True,
) -> Look:
    return Look(assigned=assigned, behind=behind, position=position, working=working, owned=owned)


def watch(seen: Look, seconds: float, dog: Watchdog | None = None, start: float = 0.0) -> Watchdog:
    dog = dog or Watchdog("nrm.toy")
    for second in range(int(seconds) + 1):
        dog.look(seen, start + second)
    return dog


def test_behind_and_standing_still_is_stuck() -> None:
    with pytest.raises(Stuck, match="no progress"):
        watch(look(behind=5), STILL_MAX_S + 3)


def test_nothing_to_hear_is_no_fault() -> None:
    watch(look(), 10 * STILL_MAX_S)


def test_progress_is_no_fault_however_far_behind() -> None:
    dog = Watchdog("nrm.toy")
    for position in range(int(5 * STILL_MAX_S)):
        dog.look(look(behind=1000, position=position), float(position))


def test_a_batch_in_work_is_progress_for_a_while_only() -> None:
    watch(look(behind=5, working=True), 3 * STILL_MAX_S)
    with pytest.raises(Stuck, match="too long"):
        watch(look(behind=5, working=True), WORK_MAX_S + 3)


def test_time_in_which_an_engine_was_away_does_not_count() -> None:
    dog = watch(look(behind=5), STILL_MAX_S - 2)
    dog.away()
    watch(look(behind=5), STILL_MAX_S - 2, dog, start=STILL_MAX_S - 2)


def test_the_first_look_after_an_engine_came_back_counts_nothing_of_its_absence() -> None:
    dog = watch(look(behind=5), 2)
    dog.away()
    dog.look(look(behind=5), 10 * STILL_MAX_S)
    assert dog.still_s == 0.0


def test_time_in_which_nobody_looked_is_no_proof_of_standing_still() -> None:
    dog = watch(look(behind=5), 2)
    dog.look(look(behind=5), 10 * STILL_MAX_S)  # the process itself was stopped
    assert dog.still_s <= 2 + STEP_MAX_S


def test_partitions_that_nobody_has_are_noticed() -> None:
    with pytest.raises(Stuck, match="no partitions"):
        watch(look(assigned=0, owned=False), HOMELESS_MAX_S + 2)


def test_a_spare_worker_without_partitions_waits_in_peace() -> None:
    watch(look(assigned=0, owned=True), 10 * HOMELESS_MAX_S)
