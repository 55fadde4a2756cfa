"""Country profiles: complete, sourced, and turned into instants that never change."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from nrm_contracts.organisations import organisations
from nrm_contracts.profiles import UnknownCountry, countries, profile

START = datetime(2026, 1, 30, 22, 30, tzinfo=UTC)
ROOT = Path(__file__).parents[2]


def test_the_three_countries_of_the_mechanism_have_profiles() -> None:
    assert {"RO", "IT", "GB"} <= set(countries())


@pytest.mark.parametrize("country", countries())
def test_every_country_answers_every_question_that_romania_answers(country: str) -> None:
    ours, theirs = profile(country).rules, profile("RO").rules
    assert {name: set(rules) for name, rules in ours.items()} == {
        name: set(rules) for name, rules in theirs.items()
    }
    assert all(value.source for rules in ours.values() for value in rules.values())


def test_a_placeholder_is_never_called_verified() -> None:
    for country in countries():
        for rules in profile(country).rules.values():
            for value in rules.values():
                assert not (value.verified and "placeholder" in value.source)


def test_months_end_on_the_last_day_where_the_month_is_short() -> None:
    # Half past midnight on 31 January in Bucharest, so half past midnight on 28 February.
    first, *_ = profile("RO").schedule("follow_up", "months", START)
    assert first.at == datetime(2026, 2, 27, 22, 30, tzinfo=UTC)


def test_working_days_skip_weekends_and_end_at_local_midnight() -> None:
    due = profile("GB").due("identification", "formal_target", datetime(2026, 4, 1, 9, tzinfo=UTC))
    # Good Friday (3 April) and Easter Monday (6 April) are holidays in England.
    assert due.at == datetime(2026, 4, 10, 22, 59, 59, tzinfo=UTC)
    assert due.calendar.startswith("holidays@")


def test_a_country_without_a_profile_is_refused() -> None:
    with pytest.raises(UnknownCountry):
        profile("XX")


def test_the_local_organisations_know_their_agency() -> None:
    known = organisations(ROOT / "infra" / "local" / "organisations.yaml")
    agency = known.agency("RO")
    assert agency is not None
    assert (found := known.get(agency)) is not None
    assert found.key == "anitp"
