"""What becomes of a message whose handling failed: the table of failures, in one place. Pure."""

import traceback
from dataclasses import dataclass
from typing import Final, TypeAlias

from nrm_contracts.envelope import Unreadable
from nrm_runtime.core import TooEarly
from nrm_runtime.store.errors import Outpaced, VaultAway, is_away, is_busy

OUTPACED_MAX: Final = 3  # new transactions after a rival write, without waiting
EARLY_TRIES_MAX: Final = 3  # for a policy that misses a fact of another stream
EARLY_WAIT_S: Final = 0.15
ATTEMPTS_MAX: Final = 5  # of any other fault, in a few seconds
FIRST_WAIT_S: Final = 0.1
AWAY_WAIT_MAX_S: Final = 30.0

GAP: Final = "gap"  # an earlier number of its stream is missing
EARLY: Final = "early"  # its policy misses a fact of another stream
BEHIND: Final = "behind"  # its case is quarantined
POISON: Final = "poison"  # it failed every time, or cannot be read: the head of a quarantine
DROPPED: Final = "dropped"  # an operator gave it up; it waits only for its turn to be counted


@dataclass(frozen=True, slots=True)
class Again:
    """Try again in a new transaction, after so many seconds."""

    wait_s: float


@dataclass(frozen=True, slots=True)
class Park:
    """Keep it aside; its case goes on."""

    kind: str
    reason: str


@dataclass(frozen=True, slots=True)
class Quarantine:
    """Keep it aside and all that follows in its case, for this consumer."""

    reason: str


@dataclass(frozen=True, slots=True)
class Wait:
    """An engine is away: nothing is decided about the message."""


Fate: TypeAlias = Again | Park | Quarantine | Wait


class Away(Exception):
    """An engine is away: nothing was decided, everything is tried again without limit."""


def fate(error: Exception, attempt: int) -> Fate:
    """Sort a failure; `attempt` counts the tries of this message, from 1."""
    if away(error):
        return Wait()
    if isinstance(error, Unreadable):
        return Quarantine(error.reason)
    if isinstance(error, TooEarly):
        if attempt < EARLY_TRIES_MAX:
            return Again(EARLY_WAIT_S * attempt)
        return Park(EARLY, reason_of(error))
    rivals = OUTPACED_MAX if isinstance(error, Outpaced) else 0
    if attempt <= rivals:
        return Again(0.0)
    if attempt - rivals < ATTEMPTS_MAX:
        return Again(float(FIRST_WAIT_S * 2 ** (attempt - rivals - 1)))
    return Quarantine(reason_of(error))


def away(error: BaseException) -> bool:
    """Say whether an engine is away or busy: the database, or the store of the persons' keys."""
    return isinstance(error, Away | VaultAway) or is_away(error) or is_busy(error)


def reason_of(error: BaseException) -> str:
    """Say where and with what kind of error it failed. Never its text: a text may hold a name."""
    frames = traceback.extract_tb(error.__traceback__)
    where = f" at {frames[-1].filename.rpartition('/')[2]}:{frames[-1].lineno}" if frames else ""
    return f"{type(error).__name__}{where}"


def away_wait_s(failures: int) -> float:
    """Give the wait (seconds) after so many failures in a row, without a limit of tries."""
    return float(min(AWAY_WAIT_MAX_S, FIRST_WAIT_S * 2 ** min(failures - 1, 10)))
