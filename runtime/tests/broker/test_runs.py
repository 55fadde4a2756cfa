"""What a relay concludes from a batch, whatever the broker answers."""

from uuid import UUID, uuid4

from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from nrm_runtime.broker.runs import (
    STOP_FIRST_S,
    STOP_MAX_S,
    Failed,
    Row,
    Sent,
    Stops,
    conclude,
    went_back,
)

KEYS = [UUID(int=number) for number in range(1, 4)]
REFUSED = Failed("MessageSizeTooLargeError", passing=False)
AWAY = Failed("KafkaConnectionError", passing=True)


def row(number: int, key: UUID, topic: str = "nrm.toy") -> Row:
    return Row(number, topic, key, uuid4(), key, number, "", None, b"{}")


def test_a_refused_row_stops_its_key_and_no_other() -> None:
    one, two = KEYS[:2]
    rows = [row(1, one), row(2, two), row(3, one), row(4, two)]
    verdict = conclude(rows, [Sent(0, 5), Sent(0, 6), REFUSED, Sent(0, 7)])
    assert verdict.told == (1, 2, 4)
    assert set(verdict.stopped) == {("nrm.toy", one)}
    assert not verdict.away


def test_a_row_behind_a_failure_is_told_again_even_if_it_was_taken() -> None:
    rows = [row(1, KEYS[0]), row(2, KEYS[0])]
    assert conclude(rows, [REFUSED, Sent(0, 1)]).told == ()


def test_the_same_key_on_another_topic_goes_on() -> None:
    rows = [row(1, KEYS[0]), row(2, KEYS[0], "nrm.ledger")]
    verdict = conclude(rows, [REFUSED, Sent(0, 1)])
    assert verdict.told == (2,)
    assert ("nrm.ledger", KEYS[0]) in verdict.cleared


def test_a_broker_that_is_away_stops_no_key() -> None:
    rows = [row(1, KEYS[0]), row(2, KEYS[1])]
    verdict = conclude(rows, [AWAY, AWAY])
    assert verdict.away
    assert not verdict.stopped
    assert not verdict.told


def test_a_stopped_key_waits_longer_each_time_and_is_probed_by_its_first_row() -> None:
    stops, run = Stops(), ("nrm.toy", KEYS[0])
    rows = [row(1, KEYS[0]), row(2, KEYS[0]), row(3, KEYS[1])]
    refused = conclude(rows, [REFUSED, Sent(0, 0), Sent(0, 1)])
    assert stops.note(refused, now=0.0) == [run]
    assert stops.standing(STOP_FIRST_S - 0.1) == [run]
    assert stops.standing(STOP_FIRST_S + 0.1) == []
    assert [each.id for each in stops.thinned(rows)] == [1, 3]
    assert stops.note(refused, now=10.0) == []
    assert stops.standing(10.0 + 2 * STOP_FIRST_S - 0.1) == [run]
    for _ in range(20):
        stops.note(refused, now=0.0)
    assert stops.standing(STOP_MAX_S + 0.1) == []
    stops.note(conclude(rows[:1], [Sent(0, 2)]), now=0.0)
    assert [each.id for each in stops.thinned(rows)] == [1, 2, 3]


def test_an_offset_at_or_below_an_earlier_one_means_that_the_log_went_back() -> None:
    ends: dict[tuple[str, int], int] = {}
    rows = [row(1, KEYS[0]), row(2, KEYS[1])]
    assert went_back(ends, rows, [Sent(0, 41), Sent(1, 7)]) == {}
    assert went_back(ends, rows, [Sent(0, 42), REFUSED]) == {}
    assert went_back(ends, rows, [Sent(0, 0), Sent(1, 8)]) == {("nrm.toy", 0): (42, 0)}
    assert went_back(ends, rows, [Sent(0, 1), Sent(1, 9)]) == {}


@given(
    st.lists(st.tuples(st.sampled_from(KEYS), st.sampled_from([Sent(0, 0), REFUSED, AWAY]))),
)
def test_what_is_marked_is_an_unbroken_run_of_each_key(
    batch: list[tuple[UUID, Sent | Failed]],
) -> None:
    rows = [row(number, key) for number, (key, _) in enumerate(batch)]
    verdict = conclude(rows, [result for _, result in batch])
    for key in KEYS:
        mine = [number for number, (other, _) in enumerate(batch) if other == key]
        good = [isinstance(batch[number][1], Sent) for number in mine]
        run = good.index(False) if False in good else len(good)
        assert [number for number in mine if number in verdict.told] == mine[:run]
        assert (("nrm.toy", key) in verdict.stopped) == (not all(good) and not verdict.away)


class RelayAgainstABroker(RuleBasedStateMachine):
    """A relay polls, sends and marks, crashing before its mark; the broker refuses and loses."""

    def __init__(self) -> None:
        super().__init__()
        self.outbox: list[Row] = []
        self.marked: set[int] = set()
        self.log: list[Row] = []
        self.refused: set[UUID] = set()
        self.stops = Stops()
        self.now = 0.0

    @rule(key=st.sampled_from(KEYS))
    def write(self, key: UUID) -> None:
        self.outbox.append(row(len(self.outbox), key))

    @rule(key=st.sampled_from(KEYS))
    def begin_to_refuse(self, key: UUID) -> None:
        self.refused.add(key)

    @rule()
    def heal(self) -> None:
        self.refused.clear()

    @rule(
        away=st.booleans(), crash=st.booleans(), size=st.integers(1, 5), passed=st.floats(0.0, 90.0)
    )
    def relay(self, away: bool, crash: bool, size: int, passed: float) -> None:  # noqa: FBT001
        self.now += passed
        standing = self.stops.standing(self.now)
        unsent = [each for each in self.outbox if each.id not in self.marked]
        batch = self.stops.thinned([each for each in unsent if each.run not in standing][:size])
        results: list[Sent | Failed] = []
        for each in batch:
            if away:
                results.append(AWAY)
            elif each.key in self.refused:
                results.append(REFUSED)
            else:
                results.append(Sent(0, len(self.log)))
                self.log.append(each)
        if crash:
            self.stops = Stops()
            return
        verdict = conclude(batch, results)
        self.stops.note(verdict, self.now)
        self.marked |= set(verdict.told)

    @invariant()
    def what_is_marked_is_in_the_log_and_without_a_gap_per_key(self) -> None:
        there = {each.id for each in self.log}
        assert self.marked <= there
        for key in KEYS:
            mine = [each.id in self.marked for each in self.outbox if each.key == key]
            assert mine == sorted(mine, reverse=True)

    @invariant()
    def first_tellings_are_in_order(self) -> None:
        for key in KEYS:
            first = list(dict.fromkeys(each.id for each in self.log if each.key == key))
            assert first == sorted(first)

    def teardown(self) -> None:
        """Once all refusals end, everything is told: no key stands still for ever."""
        self.refused.clear()
        for _ in range(3 * len(self.outbox) + 3):
            self.now += STOP_MAX_S + 1
            self.relay(away=False, crash=False, size=5, passed=0.0)
        assert self.marked == {each.id for each in self.outbox}


TestRelayAgainstABroker = RelayAgainstABroker.TestCase
