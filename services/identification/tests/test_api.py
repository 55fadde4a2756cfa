"""The doors of identification: a journey through them, and everything they refuse."""

from typing import Any
from uuid import UUID, uuid4

import pytest

from nrm_contracts import referral
from nrm_contracts.codes import IndicatorList
from nrm_contracts.ids import OrganisationId
from nrm_contracts.indicators import indicator_set
from services.identification.tests.people import AGENCY, CHILD_PROTECTION, HARBOUR, POLICE
from services.identification.tests.test_policies import example
from tests.flows.house import Caller, House

pytestmark = pytest.mark.integration

SECRET_NAME = "Zorina Invented"  # a personal value; it must not come back
SIGNAL = {"trigger": "INDICATORS", "channel": "outreach", "age": "adult", "spoken_to": True}
INDICATORS = "ilo_delphi_adult_labour"


async def recorded(harbour: Caller, **changes: Any) -> str:
    """Record a signal; give the path of its case."""
    reply = await harbour.post("/cases", {**SIGNAL, **changes})
    assert reply.status_code == 201, reply.text
    return str(reply.headers["Location"])


async def presumed(harbour: Caller, path: str) -> None:
    """Go on to the presumption."""
    for step, body in (
        ("potential", None),
        ("rights", {"language": "ro", "aid": "interpreter"}),
        ("indicators", {"indicators": INDICATORS, "answers": answers()}),
        ("presumption", {"reasons": ["own_account"], "private": {"reasoning": "invented"}}),
    ):
        reply = await harbour.post(f"{path}/{step}", body, seen=path)
        assert reply.status_code == 200, (step, reply.text)


def answers() -> dict[str, str]:
    """Answer one indicator of the list."""
    return {indicator_set(IndicatorList(INDICATORS)).indicators[0].code: "yes"}


def code_of(reply: Any) -> tuple[int, str]:
    """Give status and code of a problem."""
    assert reply.headers["content-type"] == "application/problem+json"
    return reply.status_code, str(reply.json()["code"])


# --- the journey --------------------------------------------------------------------------------


async def test_a_case_goes_from_signal_to_reflection(harbour: Caller) -> None:
    path = await recorded(harbour)
    await presumed(harbour, path)
    for step, body, expected in (
        ("offer", {"own_national": False}, "Offered"),
        ("decline", None, "Declined"),
        ("offer", {"own_national": False}, "Offered"),
        ("start", None, "Running"),
        ("end", {"how": "waived"}, "Over"),
    ):
        reply = await harbour.post(f"{path}/reflection/{step}", body, seen=path)
        assert (reply.status_code, reply.json().get("reflection")) == (200, expected), reply.text
    shown = (await harbour.get(path)).json()
    assert (shown["identification"], shown["rights_explained"]) == ("Presumed", True)
    (listed,) = (await harbour.get(f"{path}/indicators")).json()
    assert (listed["indicators"], listed["organisation"]) == (INDICATORS, str(HARBOUR))


async def test_the_recorder_is_the_custodian_and_the_agency_is_told(house: House) -> None:
    path = await recorded(house.caller("harbour"))
    agency = house.caller("agency")
    shown = (await agency.get(path)).json()
    assert (shown["recorder"], shown["custodian"]) == (str(HARBOUR), str(HARBOUR))
    assert shown["notice_by"] is not None
    taken = await agency.post(f"{path}/notice/take", seen=path)
    assert (taken.status_code, taken.json()["notice_by"]) == (200, None)


async def test_child_protection_is_told_of_a_child_and_not_of_an_adult(house: House) -> None:
    harbour = house.caller("harbour")
    sql = "SELECT case_id FROM victim_status"
    await recorded(harbour)
    assert await house.rows(sql, CHILD_PROTECTION) == []
    child = await recorded(harbour, age="unknown")
    assert [f"/cases/{row[0]}" for row in await house.rows(sql, CHILD_PROTECTION)] == [child]
    assert len(await house.rows(sql, AGENCY)) == 2


async def test_a_period_is_extended_where_the_country_allows_it_and_never_too_long(
    house: House,
) -> None:
    """Italy: 30 days, extended by 30, at most 90 (profile IT@1)."""
    lantern = house.caller("lantern")
    path = await recorded(lantern)
    await presumed(lantern, path)
    await lantern.post(f"{path}/reflection/offer", {"own_national": False}, seen=path)
    await lantern.post(f"{path}/reflection/start", seen=path)
    for _ in range(2):
        reply = await lantern.post(f"{path}/reflection/extend", seen=path)
        assert reply.status_code == 200, reply.text
    reply = await lantern.post(f"{path}/reflection/extend", seen=path)
    assert code_of(reply) == (409, "too-long")


async def test_romania_knows_no_extension(harbour: Caller) -> None:
    path = await recorded(harbour)
    await presumed(harbour, path)
    refused = await harbour.post(f"{path}/reflection/extend", seen=path)
    assert code_of(refused) == (409, "out-of-order")
    await harbour.post(f"{path}/reflection/offer", {"own_national": False}, seen=path)
    await harbour.post(f"{path}/reflection/start", seen=path)
    refused = await harbour.post(f"{path}/reflection/extend", seen=path)
    assert code_of(refused) == (409, "not-extendable")


# --- refusals -------------------------------------------------------------------------------------


async def test_no_period_is_offered_to_a_child_where_the_country_protects_otherwise(
    harbour: Caller,
) -> None:
    path = await recorded(harbour, age="child")
    await presumed(harbour, path)
    reply = await harbour.post(f"{path}/reflection/offer", {"own_national": False}, seen=path)
    assert code_of(reply) == (409, "reflection-not-for-children")
    exempt = {"reason": "child_protected_otherwise"}
    reply = await harbour.post(f"{path}/reflection/exempt", exempt, seen=path)
    assert reply.json()["reflection"] == "NotApplicable"


async def test_only_who_the_country_entitles_decides_formally(house: House) -> None:
    harbour, police = house.caller("harbour"), house.caller("police")
    path = await recorded(harbour)
    await presumed(harbour, path)
    decision = {"private": {"reasoning": "invented"}}
    reply = await harbour.post(f"{path}/identification", decision, seen=path)
    assert code_of(reply) == (409, "not-entitled")
    assert (await police.get(path)).status_code == 404
    accepted = example(referral.ReferralAccepted).model_copy(
        update={"receiver": OrganisationId(POLICE)}
    )
    await house.hear(UUID(path.rpartition("/")[2]), accepted)
    assert (await police.get(path)).status_code == 200
    reply = await police.post(f"{path}/identification", decision, seen=path)
    assert reply.json()["identification"] == "Identified", reply.text


async def test_rights_and_indicators_come_before_a_presumption(harbour: Caller) -> None:
    path = await recorded(harbour)
    decision = {"reasons": ["own_account"]}
    await harbour.post(f"{path}/potential", seen=path)
    reply = await harbour.post(f"{path}/presumption", decision, seen=path)
    assert code_of(reply) == (409, "rights-missing")
    await harbour.post(f"{path}/rights", {"language": "ro", "aid": "none"}, seen=path)
    reply = await harbour.post(f"{path}/presumption", decision, seen=path)
    assert code_of(reply) == (409, "indicators-missing")


async def test_a_stale_or_missing_tag_changes_nothing(harbour: Caller) -> None:
    path = await recorded(harbour)
    reply = await harbour.post(f"{path}/potential")
    assert reply.status_code == 428
    harbour.tags[path] = '"0123456789abcdef"'
    reply = await harbour.post(f"{path}/potential", seen=path)
    assert reply.status_code == 412
    assert (await harbour.get(path)).json()["identification"] == "Signalled"


async def test_a_repeated_request_records_one_case_and_another_body_is_refused(
    house: House,
) -> None:
    harbour, key = house.caller("harbour"), str(uuid4())
    first = await harbour.post("/cases", SIGNAL, key=key)
    again = await harbour.post("/cases", SIGNAL, key=key)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    other = await harbour.post("/cases", {**SIGNAL, "age": "child"}, key=key)
    assert other.status_code == 422
    assert (await house.rows("SELECT count(*) FROM victim_status", HARBOUR))[0][0] == 1


async def test_a_wrong_country_indicator_or_body_is_refused(harbour: Caller) -> None:
    reply = await harbour.post("/cases", {**SIGNAL, "country": "XX"})
    assert code_of(reply) == (422, "unknown-country")
    reply = await harbour.post("/cases", {**SIGNAL, "surname": SECRET_NAME})
    assert reply.status_code == 422
    assert SECRET_NAME not in reply.text
    path = await recorded(harbour)
    unknown = {"indicators": INDICATORS, "answers": {"no-such-indicator": "yes"}}
    reply = await harbour.post(f"{path}/indicators", unknown, seen=path)
    assert code_of(reply) == (422, "unknown-indicator")
    reply = await harbour.post(f"{path}/person", {"private": {}}, seen=path)
    assert code_of(reply) == (422, "nothing-given")


# --- who sees what --------------------------------------------------------------------------------


async def test_a_stranger_cannot_tell_a_case_from_none(house: House) -> None:
    path = await recorded(house.caller("harbour"))
    stranger = house.caller("stranger")
    for one in (path, f"/cases/{uuid4()}"):
        assert (await stranger.get(one)).status_code == 404
        assert (await stranger.get(f"{one}/indicators")).status_code == 404
        for step, body in (
            ("potential", None),
            ("rights", {"language": "ro", "aid": "none"}),
            ("person", {"private": {"identity": {"first_name": SECRET_NAME}}}),
            ("presumption", {"reasons": ["own_account"]}),
            ("reflection/offer", {"own_national": False}),
            ("reflection/extend", None),
            ("indicators", {"indicators": INDICATORS, "answers": {"x": "yes"}}),
            ("documents/read", {"purpose": "identification", "categories": ["identity"]}),
        ):
            reply = await stranger.post(f"{one}/{step}", body, seen=path)
            assert reply.status_code == 404, (one, step, reply.text)
    assert (await stranger.get("/cases")).json()["items"] == []


async def test_operators_and_auditors_see_no_case(house: House) -> None:
    path = await recorded(house.caller("harbour"))
    for office in ("operator", "auditor"):
        reply = await house.caller(office).get(path)
        assert reply.status_code in {403, 404}, office
        reply = await house.caller(office).post("/cases", SIGNAL)
        assert reply.status_code == 403, office


async def test_a_code_is_found_by_parties_and_auditors_only(house: House) -> None:
    harbour = house.caller("harbour")
    path = await recorded(harbour)
    code = (await harbour.get(path)).json()["code"]
    for name, status in {"harbour": 200, "auditor": 200, "stranger": 404, "operator": 403}.items():
        reply = await house.caller(name).post("/cases/find", {"code": code})
        assert reply.status_code == status, (name, reply.text)
        if status == 200:
            assert f"/cases/{reply.json()['case']}" == path
    wrong = "0" * 10 + ("1" if code[-1] == "0" else "0")
    assert (await harbour.post("/cases/find", {"code": wrong})).status_code in {404, 422}


# --- personal data -------------------------------------------------------------------------------


async def test_what_is_private_comes_back_to_its_reader_only_and_the_read_is_on_record(
    house: House,
) -> None:
    harbour = house.caller("harbour")
    private = {"identity": {"first_name": SECRET_NAME}, "story": {
        "account": f"{SECRET_NAME} said", "source": "herself", "indirect": False}}  # fmt: skip
    path = await recorded(harbour, private=private)
    shown = await harbour.get(path)
    assert SECRET_NAME not in shown.text
    assert SECRET_NAME not in (await harbour.get("/cases")).text
    body = {"purpose": "identification", "categories": ["identity"]}
    reply = await harbour.post(f"{path}/documents/read", body)
    assert reply.status_code == 200, reply.text
    (document,) = reply.json()["documents"]
    assert document["content"] == {"first_name": SECRET_NAME, "citizenship": [], "languages": []}
    types = [row[0] for row in await house.rows("SELECT type FROM event ORDER BY pos")]
    assert types == ["signal-received", "nrm.identification.personal-data-read"]
    tables = {"event": "body", "outbox": "body", "victim_status": "code::bytea"}
    for table, column in tables.items():
        stored = await house.rows(f"SELECT {column} FROM {table}", HARBOUR)
        assert stored
        assert not [row for row in stored if SECRET_NAME.encode() in bytes(row[0])]
