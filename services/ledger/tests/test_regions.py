"""The entries alone lead to the very regions that the services say, after every single event.

The histories are those of the services' own property tests: whatever their machines do there,
what they tell of it is folded here, and both states are compared event by event.
"""

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from functools import reduce
from importlib import import_module
from typing import Any, get_args
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import run_state_machine_as_test

from nrm_access.domain import organisation as access
from nrm_access.publishing import regions as regions_of_access
from nrm_access.publishing import tell as tell_of_access
from nrm_assistance.domain import case as assistance
from nrm_assistance.publishing import regions as regions_of_assistance
from nrm_assistance.publishing import tell as tell_of_assistance
from nrm_contracts.catalogue import CATALOGUE
from nrm_contracts.contract import Contract
from nrm_identification.domain import case as identification
from nrm_identification.domain import events as facts
from nrm_identification.publishing import regions as regions_of_identification
from nrm_identification.publishing import tell as tell_of_identification
from nrm_ledger.domain.folds import CHANGES, UNCHANGING
from nrm_ledger.domain.regions import (
    MACHINE,
    MISSING,
    OTHER_MACHINES,
    Difference,
    Unfoldable,
    differences,
    replay,
    shortened,
)
from nrm_referral.domain import case as referral
from nrm_referral.publishing import regions as regions_of_referral
from nrm_referral.publishing import tell as tell_of_referral
from nrm_return.domain import case as returns
from nrm_return.publishing import regions as regions_of_return
from nrm_return.publishing import tell as tell_of_return
from nrm_runtime.core import Automatic, Due
from nrm_runtime.ledger import Commitment, commitment, leaf_hash, make_entry
from nrm_runtime.ledger.bulk import Line, read_line
from nrm_runtime.store.streams import stream_id
from services.access.tests.given import stories as access_stories
from services.access.tests.test_histories import Histories as AccessHistories
from services.assistance.tests import test_publishing as assistance_stories
from services.assistance.tests.test_histories import Histories as AssistanceHistories
from services.referral.tests.test_properties import Cases as ReferralHistories
from services.referral.tests.whole_life import whole_life

ReturnHistories: Any = import_module("services.return.tests.test_histories").Histories
return_stories: Any = import_module("services.return.tests.test_publishing")

CASE = UUID(int=0xCA5E, version=4)
AT = datetime(2026, 11, 5, 9, 0, tzinfo=UTC)
EXAMPLES = settings(max_examples=60, stateful_step_count=40, deadline=None, print_blob=False)


TOLD: set[str] = set()  # wire names that were folded in this run


def lines(service: str, told: Iterable[Contract | None], machine: str = "case") -> list[Line]:
    """Make the entries of one service's stream, a second apart."""
    found: list[Line] = []
    prev: bytes | None = None
    for seq, fact in enumerate(told, 1):
        raw = make_entry(
            service=service,
            event=UUID(int=seq),
            stream=stream_id(service, machine, CASE),
            seq=seq,
            prev=prev,
            case=CASE,
            type_="noted" if fact is None else fact.name,
            version=1,
            occurred_at=AT,
            recorded_at=AT + timedelta(seconds=seq),
            actor=Automatic(service=service),
            contract=None if fact is None else fact.data(),
            commitments=[Commitment(part="body", hmac=commitment(bytes(32), b""))],
        )
        prev = leaf_hash(raw)
        found.append(read_line(raw))
    return found


def agree(
    service: str,
    machine: Any,
    events: Sequence[Any],
    tell: Callable[[Any], Contract | None],
    regions: Callable[[Any], Any],
) -> None:
    """Compare after every event."""
    history = lines(service, map(tell, events), OTHER_MACHINES.get(service, MACHINE))
    TOLD.update(line.type for line in history)
    state = machine.initial
    for seq, event in enumerate(events, 1):
        state = machine.evolve(state, event)
        replayed = replay(CASE, history, seqs={service: seq})[service]
        said = {"service": service, "seq": seq, "regions": regions(state)}
        assert differences(replayed, said) == [], type(event).__name__
    assert state == reduce(machine.evolve, events, machine.initial)


class ReferralReplayed(ReferralHistories):
    def teardown(self) -> None:
        agree("referral", referral, self.story.events, tell_of_referral, regions_of_referral)


class AssistanceReplayed(AssistanceHistories):
    def teardown(self) -> None:
        told = (tell_of_assistance, regions_of_assistance)
        agree("assistance", assistance, self.events, *told)


class ReturnReplayed(ReturnHistories):  # type: ignore[misc]
    def teardown(self) -> None:
        agree("return", returns, self.events, tell_of_return, regions_of_return)


class AccessReplayed(AccessHistories):
    def teardown(self) -> None:
        agree("access", access, self.events, tell_of_access, regions_of_access)


def test_access_is_rebuilt_whatever_happens() -> None:
    run_state_machine_as_test(AccessReplayed, settings=EXAMPLES)


def test_access_is_rebuilt_from_every_kind_of_fact() -> None:
    for events in access_stories():
        agree("access", access, events, tell_of_access, regions_of_access)
    all_told("access")


def test_referral_is_rebuilt_whatever_happens() -> None:
    run_state_machine_as_test(ReferralReplayed, settings=EXAMPLES)


def test_assistance_is_rebuilt_whatever_happens() -> None:
    run_state_machine_as_test(AssistanceReplayed, settings=EXAMPLES)


def test_return_is_rebuilt_whatever_happens() -> None:
    run_state_machine_as_test(ReturnReplayed, settings=EXAMPLES)


def all_told(service: str) -> None:
    assert CHANGES[service].keys() <= TOLD


def test_referral_is_rebuilt_from_every_kind_of_fact() -> None:
    events = whole_life().events
    agree("referral", referral, events, tell_of_referral, regions_of_referral)
    all_told("referral")


def test_assistance_is_rebuilt_from_every_kind_of_fact() -> None:
    told = (tell_of_assistance, regions_of_assistance)
    agree("assistance", assistance, assistance_stories.long_history(), *told)
    all_told("assistance")


def test_return_is_rebuilt_from_every_kind_of_fact() -> None:
    theirs = return_stories
    make, ask, follow, with_ = theirs.make, theirs.ask, theirs.follow, theirs.with_
    there = (
        make(ask.RequestReturn),
        *theirs.WHOLE,
        *theirs.BOTH,
        *theirs.AGAIN,
        make(ask.DepartReturn, at=with_.LEAVES),
    )
    later = with_.LANDS + timedelta(days=300)
    stories = [
        *theirs.STORIES[:3],
        theirs.history(*there, make(ask.WithdrawReturn, at=with_.LEAVES)),
        theirs.history(
            *there,
            make(ask.ConfirmArrival, by=with_.TO, at=with_.LANDS),
            make(follow.ScheduleFollowUp, at=with_.LANDS),
            make(follow.ReportContactLost, by=with_.TO),
            make(follow.ScheduleFollowUp, at=later),
            make(follow.DeclineFollowUp),
        ),
    ]
    for events in stories:
        agree("return", returns, events, tell_of_return, regions_of_return)
    all_told("return")


GIVEN: dict[str, st.SearchStrategy[Any]] = {
    "country": st.just("RO"),
    "profile": st.just("RO@1"),
    "language": st.just("ro"),
    "code": st.just("invented"),
    "list_version": st.just(1),
    "at": st.just(AT),
    "ends": st.just(Due(at=AT, profile="RO@1")),
    "notify_by": st.just(Due(at=AT, profile="RO@1")),
    "due_at": st.just(Due(at=AT, profile="RO@1")),
    "indicators": st.just("ilo_delphi_adult_labour"),
}


def built(event: Any) -> st.SearchStrategy[Any]:
    known = {each.name: GIVEN[each.name] for each in fields(event) if each.name in GIVEN}
    return st.builds(event, **known)


@given(
    built(facts.SignalReceived),
    st.lists(
        st.sampled_from(
            [e for e in get_args(facts.CaseEvent) if e is not facts.SignalReceived]
        ).flatmap(built),
        max_size=25,
    ),
)
# The same each time: which kinds of facts a run comes to is asked below.
@settings(max_examples=300, derandomize=True, database=None)
def test_identification_is_rebuilt_whatever_happens(signal: Any, others: list[Any]) -> None:
    told = (tell_of_identification, regions_of_identification)
    agree("identification", identification, possible([signal, *others]), *told)


def possible(events: Sequence[Any]) -> list[Any]:
    """Leave out what cannot follow what went before, such as an extension of nothing."""
    state: identification.Case = identification.initial
    kept = []
    for event in events:
        with suppress(AssertionError):
            state = identification.evolve(state, event)
            kept.append(event)
    return kept


def test_identification_was_rebuilt_from_every_kind_of_fact() -> None:
    test_identification_is_rebuilt_whatever_happens()
    all_told("identification")


@pytest.mark.parametrize("service", sorted(CHANGES))
def test_every_told_fact_is_known(service: str) -> None:
    mine = f"nrm.{service}."
    told = {name for name, _ in CATALOGUE if name.startswith(mine)}
    unchanging = {name for name in UNCHANGING if name.startswith(mine)}
    assert told == CHANGES[service].keys() | unchanging
    assert not CHANGES[service].keys() & unchanging


def story() -> list[Line]:
    """A case that is opened and offered once, beside a read in a stream of its own."""
    opened = CATALOGUE["nrm.referral.case-opened", 1].model_validate(
        {"custodian": UUID(int=1), "country": "RO", "age": "adult"}
    )
    moved = CATALOGUE["nrm.referral.custody-moved", 1].model_validate(
        {"referral": UUID(int=5), "sender": UUID(int=1), "receiver": UUID(int=2)}
    )
    read = CATALOGUE["nrm.referral.personal-data-read", 1].model_validate(
        {
            "reader": UUID(int=1),
            "worker": UUID(int=3),
            "purpose": "safe_return",
            "categories": ["needs"],
        }
    )
    return [*lines("referral", [opened, None, moved]), *lines("referral", [read], "reads")]


def test_entries_are_folded_by_number_whatever_order_they_come_in() -> None:
    one, two, three, read = story()
    for order in ([one, two, three, read], [read, three, one, two]):
        found = replay(CASE, order)
        assert found.keys() == {"referral"}
        assert found["referral"].seq == 3
        assert found["referral"].regions["custodian"] == str(UUID(int=2))


@pytest.mark.parametrize(("seconds", "seq"), [(0, 0), (1, 1), (2.5, 2), (3, 3), (99, 3)])
def test_a_replay_stops_at_an_instant(seconds: float, seq: int) -> None:
    found = replay(CASE, story(), until=AT + timedelta(seconds=seconds))
    assert found.get("referral") is None if seq == 0 else found["referral"].seq == seq
    if 0 < seq < 3:
        assert found["referral"].regions["custodian"] == str(UUID(int=1))


def test_the_entries_of_another_case_are_left_out() -> None:
    assert replay(UUID(int=77), story()) == {}


def test_a_missing_number_is_not_folded_over() -> None:
    one, _, three, _ = story()
    with pytest.raises(Unfoldable, match="number 2"):
        replay(CASE, [one, three])


def test_an_unknown_fact_is_not_skipped() -> None:
    class Unheard(Contract):
        name = "nrm.referral.something-new"

    with pytest.raises(Unfoldable, match="something-new"):
        replay(CASE, lines("referral", [Unheard()]))


def test_a_fact_about_what_was_never_told_is_not_folded() -> None:
    with pytest.raises(Unfoldable, match="never told"):
        replay(CASE, story()[:2] + _withdrawal())


def _withdrawal() -> list[Line]:
    opened = story()[0]
    acknowledged = CATALOGUE["nrm.referral.withdrawal-acknowledged", 1].model_validate(
        {"consent": UUID(int=9), "organisation": UUID(int=1)}
    )
    assert opened.seq == 1
    return lines("referral", [None, None, acknowledged])[2:]


def test_every_difference_is_named() -> None:
    replayed = replay(CASE, story())["referral"]
    said: dict[str, Any] = {"service": "referral", "seq": 3, "regions": {**replayed.regions}}
    assert differences(replayed, said) == []
    said["regions"] |= {"custodian": "somebody", "routes": ["r"], "links": {}}
    del said["regions"]["closing"]
    assert differences(replayed, said) == [
        Difference("referral", "/closing", "none", MISSING),
        Difference("referral", "/custodian", str(UUID(int=2)), "somebody"),
        Difference("referral", "/links", MISSING, "{}"),
        Difference("referral", "/routes", "empty", "r"),
    ]
    said["seq"] = 4
    assert differences(replayed, said) == [Difference("referral", "seq", "3", "4")]
    assert differences(None, said) == [Difference("referral", "seq", MISSING, "4")]


def test_a_service_that_forgot_what_the_ledger_has_is_named() -> None:
    kept = replay(CASE, story())
    assert shortened(kept, {"referral": {"seq": 3}, "return": {"seq": 1}}) == []
    assert shortened(kept, {"referral": {"seq": 4}}) == []
    assert shortened(kept, {"referral": {"seq": 2}}) == [Difference("referral", "seq", "3", "2")]
    assert shortened(kept, {}) == [Difference("referral", "seq", "3", MISSING)]
