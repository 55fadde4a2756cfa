"""Over HTTP: what is found out, agreed, given and filed; private words stay in the vault."""

from typing import Any
from uuid import UUID

import pytest

from nrm_contracts.care_codes import RiskDimension
from nrm_runtime.persons.erasing import finish_erasures
from services.assistance.tests.conftest import Caller, House

pytestmark = pytest.mark.integration

AGREED = {"giver": "person", "form": "written"}
SIGNED = {"signed_by": "Mara P.", "signed_on": "2031-03-03"}
FORM = {"assessor": "C. W.", "notes": {}, "own_view": "She is afraid of the cousin."}


def ratings(high: str | None = None) -> list[dict[str, Any]]:
    """Rate every dimension of an adult; one of them as high."""
    return [
        {"dimension": one, "likelihood": 3 if one == high else 1, "severity": 3}
        for one in RiskDimension
        if one is not RiskDimension.CHILD
    ]


def risk(**fields: Any) -> dict[str, Any]:
    """Make an assessment of the person."""
    usual = {
        "subject": "person",
        "phase": "before_referral",
        "ratings": ratings("network"),
        "private": {"form": FORM},
    }
    return {**usual, **fields}


async def asked(active: str, harbour: Caller, *found: str) -> dict[str, Any]:
    """Answer the two immediate questions."""
    reply = await harbour.post(f"{active}/immediate-questions", {"found": list(found)})
    assert reply.status_code == 200, reply.text
    answer: dict[str, Any] = reply.json()
    return answer


async def test_an_immediate_need_is_a_task_until_it_is_met(active: str, harbour: Caller) -> None:
    file = await asked(active, harbour, "medical")
    assert (file["immediate"], file["immediate_found"]) == ("urgent", ["medical"])
    (task,) = (await harbour.get("/tasks")).json()["items"]
    assert (task["what"], task["profile"]) == ("immediate_need", "RO@1")
    assert (await asked(active, harbour))["immediate"] == "nothing_urgent"
    assert (await harbour.get("/tasks")).json()["items"] == []


async def test_a_risk_is_assessed_after_the_questions(active: str, harbour: Caller) -> None:
    early = await harbour.post(f"{active}/risks", risk())
    assert (early.status_code, early.json()["code"]) == (409, "immediate-questions-first")
    await asked(active, harbour)
    first = await harbour.post(f"{active}/risks", risk())
    assert first.status_code == 201
    assert (first.json()["overall"], first.json()["high"]) == ("HIGH", ["network"])
    await harbour.post(f"{active}/risks", risk(ratings=ratings()))
    standings = [one["standing"] for one in (await harbour.get(f"{active}/risks")).json()]
    assert standings == ["replaced", "valid"]


async def test_an_incomplete_assessment_leaves_no_trace(active: str, harbour: Caller) -> None:
    await asked(active, harbour)
    refused = await harbour.post(f"{active}/risks", risk(ratings=ratings()[1:]))
    assert (refused.status_code, refused.json()["code"]) == (409, "dimension-missing")
    assert (await harbour.get(f"{active}/risks")).json() == []


async def test_a_relative_may_be_the_subject_of_a_risk(active: str, harbour: Caller) -> None:
    await asked(active, harbour)
    sister = {"private": {"name": "Ana P.", "relation": "sister"}}
    added = (await harbour.post(f"{active}/relatives", sister)).json()
    hers = risk(
        subject="relative",
        relative=added["relative"],
        ratings=[{"dimension": "network", "likelihood": 4, "severity": 4}],
    )
    assessed = await harbour.post(f"{active}/risks", hers)
    assert (assessed.json()["overall"], assessed.json()["relative"]) == (
        "EXTREME",
        added["relative"],
    )
    assert len((await harbour.get(f"{active}/relatives")).json()) == 1
    unknown = await harbour.post(f"{active}/risks", {**hers, "relative": str(UUID(int=7))})
    assert (unknown.status_code, unknown.json()["code"]) == (409, "relative-unknown")


async def test_needs_safety_and_plan_are_agreed_and_reviewed(active: str, harbour: Caller) -> None:
    await asked(active, harbour)
    items = [{"need": "psychological", "pillar": 2, "setting": "non_residential"}]
    words = {"objectives": "Calm.", "activities": "Talks.", "timeline": "Weekly.", **SIGNED}
    plan = {**AGREED, "items": items, "private": words}
    early = await harbour.post(f"{active}/plans", plan)
    assert (early.status_code, early.json()["code"]) == (409, "needs-not-assessed")
    needs = {"needs": [{"need": "psychological", "priority": "high"}]}
    file = (await harbour.post(f"{active}/needs", needs)).json()
    assert [one["need"] for one in file["needs"]] == ["psychological"]
    safety = {"warning_signs": "A grey car.", "steps": ["Call the shelter."], **SIGNED}
    agreed = await harbour.post(f"{active}/safety-plan", {**AGREED, "private": safety})
    assert agreed.json()["safety_review_by"] is not None

    first = (await harbour.post(f"{active}/plans", plan)).json()
    second = (await harbour.post(f"{active}/plans", plan)).json()
    shown = (await harbour.get(f"{active}/plans")).json()
    assert [one["in_force"] for one in shown] == [False, True]
    review = {"private": {"progress": "Good.", "own_view": "Better."}}
    reviewed = await harbour.post(f"{active}/plans/{second['plan']}/review", review)
    assert reviewed.status_code == 200
    stale = await harbour.post(f"{active}/plans/{first['plan']}/review", review)
    assert (stale.status_code, stale.json()["code"]) == (409, "plan-not-in-force")
    whats = {one["what"] for one in (await harbour.get(f"{active}/tasks")).json()}
    assert whats == {"safety_plan", "plan_review"}


async def test_a_support_is_started_given_and_ended(active: str, harbour: Caller) -> None:
    body = {
        **AGREED,
        "need": "medical",
        "pillar": 2,
        "setting": "ambulant",
        "private": {"description": "A doctor who speaks her language."},
    }
    started = await harbour.post(f"{active}/supports", body)
    assert started.status_code == 201
    path = f"{active}/supports/{started.json()['support']}"
    for _ in range(2):
        given = await harbour.post(f"{path}/deliver", {"private": {"note": "She came."}})
    assert given.json()["delivered"] == 2
    refused = await harbour.post(f"{active}/complete", {})
    assert (refused.status_code, refused.json()["code"]) == (409, "something-open")
    assert (await harbour.post(f"{path}/end", {"how": "moved"})).json()["code"] == (
        "custody-not-moved"
    )
    assert (await harbour.post(f"{path}/end", {"how": "completed"})).json()["state"] == "completed"
    (shown,) = (await harbour.get(f"{active}/supports")).json()
    assert shown["ended_at"] is not None


async def test_original_and_translation_are_read_together(
    active: str, harbour: Caller, house: House
) -> None:
    report = {
        "kind": "narrative_report",
        "category": "story",
        "language": "it",
        "private": {"title": "Relazione", "content": "Una storia inventata."},
    }
    original = (await harbour.post(f"{active}/documents", report)).json()
    path = f"{active}/documents/{original['document']}"
    words = {"language": "ro", "private": {"title": "Raport", "content": "O poveste."}}
    translation = (await harbour.post(f"{path}/translations", words)).json()
    assert translation["original"] == original["document"]
    listed = (await harbour.get(f"{active}/documents")).json()
    assert [one["language"] for one in listed] == ["it", "ro"]

    for either in (original, translation):
        other = f"{active}/documents/{either['document']}/read"
        read = await harbour.post(other, {"purpose": "assistance"})
        assert read.status_code == 200, read.text
        found = {one["language"]: one["content"]["content"] for one in read.json()["documents"]}
        assert found == {"it": "Una storia inventata.", "ro": "O poveste."}
    reads = await house.rows("SELECT type FROM event WHERE type LIKE '%personal-data-read'")
    assert len(reads) == 2
    assert (await house.caller("agency").post(f"{path}/read", {"purpose": "protection"})).json()[
        "code"
    ] == "absent"


async def test_private_words_stand_in_no_table_and_no_message(
    active: str, harbour: Caller, house: House
) -> None:
    await asked(active, harbour)
    await harbour.post(f"{active}/risks", risk())
    for table, column in (("event", "body"), ("event", "entry"), ("outbox", "body")):
        held = await house.rows(f"SELECT {column} AS held FROM {table}")
        assert held
        assert not any(b"cousin" in bytes(row.held) for row in held)
    read = {"purpose": "assistance", "categories": ["risks"]}
    case = active.split("/")[2]
    opened = await harbour.post(f"/cases/{case}/documents/read", read)
    assert opened.json()["documents"][0]["content"]["own_view"] == FORM["own_view"]


async def test_an_erased_person_is_written_and_read_no_more(
    active: str, harbour: Caller, house: House
) -> None:
    await asked(active, harbour)
    await harbour.post(f"{active}/risks", risk())
    case = active.split("/")[2]
    assert (await house.caller("agency").post(f"/cases/{case}/erasure", {})).json()["code"] == (
        "not-the-custodian"
    )
    begun = await harbour.post(f"/cases/{case}/erasure", {})
    assert (begun.status_code, begun.json()) == (202, {"begun": True})
    gone = await harbour.post(f"{active}/risks", risk())
    assert (gone.status_code, gone.json()["code"]) == (410, "erased")
    assert await finish_erasures(house.running) == 1
    told = await house.rows("SELECT type FROM event WHERE type LIKE '%person-erased'")
    assert len(told) == 1
    read = {"purpose": "assistance", "categories": ["risks"]}
    assert (await harbour.post(f"/cases/{case}/documents/read", read)).json()["documents"] == []
