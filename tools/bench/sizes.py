"""How much one run measures: the full run, and a tiny one for the tests of the bench itself."""

from dataclasses import dataclass
from typing import Final

CLIENTS: Final = (1, 8, 32)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """Counts of one run.

    `rounds` is how often the measurements around the API are repeated, in turns, of which the
    median counts. `hand_offs` is how many acceptances a round has for each number of clients,
    `appends` how many bare calls; `pgbench_s` its seconds. `rate` per second for `seconds` is
    the load of the end-to-end measurement, after `warm_up_s` that are not counted. `entries`
    are sequenced, `replays` is how often the log is replayed.
    """

    rounds: int
    hand_offs: dict[int, int]
    appends: dict[int, int]
    pgbench_s: int
    rate: int
    seconds: int
    warm_up_s: int
    entries: int
    replays: int

    @property
    def through_the_api(self) -> int:
        """How many prepared offers the rounds around the API need."""
        return self.rounds * sum(self.hand_offs.values())

    @property
    def end_to_end(self) -> int:
        """How many prepared offers the end-to-end measurement needs."""
        return self.rate * (self.seconds + self.warm_up_s)


FULL: Final = Sizes(
    rounds=3,
    hand_offs={1: 150, 8: 500, 32: 500},
    appends={1: 500, 8: 2_000, 32: 2_000},
    pgbench_s=2,
    rate=50,
    seconds=60,
    warm_up_s=5,
    entries=20_000,
    replays=3,
)

TINY: Final = Sizes(
    rounds=1,
    hand_offs={1: 3, 8: 16, 32: 32},
    appends={1: 5, 8: 16, 32: 32},
    pgbench_s=1,
    rate=10,
    seconds=2,
    warm_up_s=1,
    entries=1_000,
    replays=1,
)
