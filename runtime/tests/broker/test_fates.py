"""Every failure of a message is sorted as the table of failures says, and tells no text."""

import asyncpg
import pytest
from sqlalchemy.exc import DBAPIError

from nrm_contracts.envelope import Unreadable
from nrm_runtime.broker.fates import (
    ATTEMPTS_MAX,
    AWAY_WAIT_MAX_S,
    EARLY,
    EARLY_TRIES_MAX,
    OUTPACED_MAX,
    Again,
    Park,
    Quarantine,
    Wait,
    away_wait_s,
    fate,
    reason_of,
)
from nrm_runtime.core import TooEarly
from nrm_runtime.store.errors import Outpaced, VaultAway


def wrapped(cause: Exception) -> DBAPIError:
    error = DBAPIError("SELECT 1", None, cause)
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    "error",
    [
        ConnectionRefusedError(),
        ConnectionResetError(),
        asyncpg.InterfaceError("connection is closed"),
        asyncpg.InternalClientError("cannot switch to state 12"),
        asyncpg.CannotConnectNowError("the database system is starting up"),
        asyncpg.AdminShutdownError("terminating connection"),
        asyncpg.DeadlockDetectedError("deadlock detected"),
        asyncpg.LockNotAvailableError("lock timeout"),
        asyncpg.TooManyConnectionsError("sorry"),
        asyncpg.DiskFullError("no space"),
    ],
    ids=lambda error: type(error).__name__,
)
@pytest.mark.parametrize("attempt", [1, 1000])
def test_an_engine_that_is_away_is_waited_for_without_limit(error: Exception, attempt: int) -> None:
    assert fate(error, attempt) == Wait()
    assert fate(wrapped(error), attempt) == Wait()


def test_a_key_store_that_is_away_is_waited_for_too() -> None:
    assert fate(VaultAway(), 1000) == Wait()


def test_a_rival_write_is_tried_again_at_once_three_times_and_then_with_patience() -> None:
    assert [fate(Outpaced(), each) for each in (1, 2, 3)] == [Again(0.0)] * 3
    later = fate(Outpaced(), OUTPACED_MAX + 1)
    assert isinstance(later, Again)
    assert later.wait_s > 0
    assert isinstance(fate(Outpaced(), OUTPACED_MAX + ATTEMPTS_MAX), Quarantine)


def test_what_comes_too_early_is_parked_after_a_few_tries_and_its_case_goes_on() -> None:
    error = TooEarly("no offer yet")
    for attempt in range(1, EARLY_TRIES_MAX):
        assert isinstance(fate(error, attempt), Again)
    ended = fate(error, EARLY_TRIES_MAX)
    assert isinstance(ended, Park)
    assert ended.kind == EARLY


def test_any_other_fault_is_tried_five_times_and_then_its_case_is_quarantined() -> None:
    waits = [fate(ValueError("x"), each) for each in range(1, ATTEMPTS_MAX)]
    assert all(isinstance(each, Again) for each in waits)
    assert sum(each.wait_s for each in waits if isinstance(each, Again)) < 5
    assert isinstance(fate(ValueError("x"), ATTEMPTS_MAX), Quarantine)


def test_a_wrong_argument_to_the_database_is_a_fault_of_ours_and_not_waited_for() -> None:
    error = wrapped(asyncpg.DataError("invalid input for query argument $1"))
    assert isinstance(fate(error, ATTEMPTS_MAX), Quarantine)


def test_what_cannot_be_read_is_quarantined_at_once_with_its_code() -> None:
    assert fate(Unreadable("wrong-schema"), 1) == Quarantine("wrong-schema")


def test_a_reason_names_kind_and_place_and_never_the_text() -> None:
    with pytest.raises(ValueError, match="Maria") as raised:
        int("Maria of Invented Street")
    reason = reason_of(raised.value)
    assert reason.startswith("ValueError at test_fates.py:")
    assert "Maria" not in reason


def test_the_wait_for_an_engine_grows_to_thirty_seconds_and_no_further() -> None:
    waits = [away_wait_s(each) for each in range(1, 40)]
    assert waits == sorted(waits)
    assert waits[0] < 1
    assert waits[-1] == AWAY_WAIT_MAX_S
