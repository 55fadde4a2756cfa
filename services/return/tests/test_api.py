"""Over HTTP: the whole way of a return, and who may do and see what."""

from datetime import UTC, datetime, timedelta
from importlib import import_module
from typing import Any
from uuid import UUID, uuid4

import pytest

from nrm_contracts import referral
from nrm_contracts.care_codes import RiskLevel, RiskPhase, RiskSubject
from nrm_contracts.consent_codes import ReferralKind
from nrm_contracts.ids import ReturnId

with_: Any = import_module("services.return.tests.steps")
told_: Any = import_module("services.return.tests.told")

pytestmark = pytest.mark.integration

HOUR = 3600
DAY = 24 * HOUR


def ahead(days: int, **more: float) -> str:
    """Give an instant so many days from now, as a caller writes it."""
    return (datetime.now(UTC) + timedelta(days=days, **more)).isoformat()


def plan(days: int) -> dict[str, Any]:
    """Give an itinerary that begins in so many days."""
    words = {"route": "Rome to Cluj, met at the gate.", "payer": "Casa Aperta"}
    return {
        "departs_at": ahead(days),
        "arrives_at": ahead(days, hours=5),
        "escort": "social_worker",
        "private": words,
    }


class Sides:
    """The callers of one return."""

    def __init__(self, house: Any, home: str) -> None:
        """Give each organisation its worker; `second` is the sender's, without the duty."""
        self.sender = house.caller("sender", home)
        self.second = house.caller("sender", home, 2)
        self.receiver = house.caller("receiver", home)
        self.inspectorate = house.caller("inspectorate", home)
        self.stranger = house.caller("stranger", home)


@pytest.fixture
def sides(house: Any, home: str) -> Sides:
    """The callers."""
    return Sides(house, home)


def return_of(home: str) -> UUID:
    """Cut the return's id from its path."""
    return UUID(home.rsplit("/", 1)[1])


async def fill(house: Any, case: UUID, home: str, sides: Sides) -> None:
    """Put everything on file that an adult's return to the family needs, but an itinerary."""
    await house.hear(case, told_.accepted(return_of(home)))
    await sides.sender.does("consent", {"form": "verbal"})
    await sides.sender.does("risk", told_.SIGNATURE)
    await sides.receiver.does("risk", told_.SIGNATURE)
    asked = {"asked": str(with_.INSPECTORATE), "subjects": ["family", "home"]}
    await sides.receiver.does("inquiry", asked)
    answered = await sides.inspectorate.does("inquiry/answer", told_.ANSWER)
    translation = {
        "original": answered["inquiry_document"],
        "language": "it",
        "private": {"text": "La casa.", "author": "D. M."},
    }
    await sides.receiver.does("inquiry/translation", translation)
    await sides.sender.does("documents", {"papers": ["travel_document"]})


async def approve(house: Any, case: UUID, home: str, sides: Sides, days: int = 40) -> None:
    """Bring a return to its approval."""
    await fill(house, case, home, sides)
    await sides.sender.does("itinerary", plan(days))
    await sides.sender.does("approve")
    await sides.receiver.does("approve")


async def leave(house: Any, case: UUID, home: str, sides: Sides) -> None:
    """Bring a return onto the road, forty days on."""
    await approve(house, case, home, sides)
    await house.later(40 * DAY)
    await sides.sender.does("risk", told_.SIGNATURE)
    await sides.receiver.does("risk", told_.SIGNATURE)
    await sides.sender.does("depart")


async def test_a_request_is_shown_with_all_that_is_missing(sides: Sides) -> None:
    shown = (await sides.sender.get()).json()
    assert (shown["state"], shown["kind"]) == ("requested", "to_origin")
    assert shown["missing"] == [
        "consent-missing",
        "receiver-missing",
        "joint-risk-missing",
        "inquiry-missing",
        "documents-missing",
        "itinerary-missing",
    ]
    met = {each["need"] for each in shown["checklist"] if each["lacks"] is None}
    assert met == {"presumption", "reflection", "lead"}


async def test_the_whole_way_home(house: Any, case: UUID, home: str, sides: Sides) -> None:
    await leave(house, case, home, sides)
    shown = (await sides.sender.get()).json()
    assert (shown["state"], shown["missing"], shown["disagreement"]) == ("travelling", [], False)
    assert [each["country"] for each in shown["approvals"]] == ["IT", "RO"]
    assert await sides.sender.refused("arrive", {}) == "not-the-receiver"
    arrived = await sides.receiver.does("arrive")
    assert arrived["state"] == "arrived"
    assert await sides.receiver.refused("finish") == "hand-off-missing"
    await house.hear(
        case,
        referral.HandedOver(
            referral=with_.TRANSFER,
            kind=ReferralKind.TRANSFER_OF_CUSTODY,
            sender=with_.SENDER,
            receiver=with_.RECEIVER,
            needs=(),
            linked_return=ReturnId(return_of(home)),
        ),
    )
    assert await sides.receiver.refused("finish") == "follow-up-open"
    schedule = {
        "responsible": str(with_.RECEIVER),
        "report_to": str(with_.SENDER),
        "form": "verbal",
    }
    assert (await sides.receiver.does("follow-up", schedule))["follow_up"] == "scheduled"
    for number in range(1, 5):
        contact = {"number": number, "outcome": "safe", "private": {"found": "She works."}}
        await sides.receiver.does("follow-up/record", contact)
    assert await sides.receiver.refused("follow-up/complete") == "follow-up-open"
    for number in range(1, 4):
        report = {"number": number, "private": {"text": "All is well."}}
        await sides.receiver.does("follow-up/report", report)
    assert (await sides.receiver.does("follow-up/complete"))["follow_up"] == "completed"
    assert (await sides.receiver.does("finish"))["state"] == "done"
    reports = await sides.sender.does("follow-up/reports/read")
    assert [each["content"] for each in reports["documents"]] == [{"text": "All is well."}] * 3
    assert await house.caller("agency", home).refused("follow-up/reports/read") == "absent"
    kept = (await sides.sender.get("follow-up")).json()
    assert [each["what"] for each in kept["contacts"]] == ["follow_up"] * 4 + ["report"] * 3
    assert all(each["kept"] for each in kept["appointments"])


async def test_one_countrys_word_is_not_enough(
    house: Any, case: UUID, home: str, sides: Sides
) -> None:
    await fill(house, case, home, sides)
    await sides.sender.does("itinerary", plan(40))
    assert (await sides.sender.does("approve"))["state"] == "requested"
    agency = house.caller("agency", home)
    assert await agency.refused("approve") == "one-country-only"
    reply = await sides.second.post("approve")
    assert (reply.status_code, reply.json()["code"]) == (403, "duty-missing")
    assert (await sides.receiver.does("approve"))["state"] == "approved"


async def test_a_short_notice_needs_a_reason_and_a_second_worker(
    house: Any, case: UUID, home: str, sides: Sides
) -> None:
    await fill(house, case, home, sides)
    await sides.sender.does("itinerary", plan(10))
    assert await sides.sender.refused("approve") == "short-lead"
    reason = {"private": {"reasons": "Her mother is dying."}}
    await sides.sender.does("short-lead", reason)
    assert await sides.sender.refused("short-lead/approve") == "same-worker"
    await sides.second.does("short-lead/approve")
    assert (await sides.sender.does("approve"))["approvals"][0]["country"] == "IT"


async def test_an_old_joint_risk_holds_the_departure_back(
    house: Any, case: UUID, home: str, sides: Sides
) -> None:
    await approve(house, case, home, sides)
    await house.later(40 * DAY)
    shown = (await sides.sender.get()).json()
    assert (shown["state"], shown["missing"]) == ("approved", ["joint-risk-expired"])
    assert await sides.sender.refused("depart", {}) == "joint-risk-expired"


async def test_a_later_rise_reopens_an_approval(
    house: Any, case: UUID, home: str, sides: Sides
) -> None:
    await approve(house, case, home, sides)
    from nrm_contracts.assistance import RiskAssessed  # noqa: PLC0415 - one test's fact

    await house.hear(
        case,
        RiskAssessed(
            assessment=with_.ASSESSMENT,
            organisation=with_.RECEIVER,
            subject=RiskSubject.RELATIVE,
            phase=RiskPhase.BEFORE_RETURN_DESTINATION,
            overall=RiskLevel.EXTREME,
            high=(),
            valid_until=datetime.now(UTC) + timedelta(days=30),
            profile="RO@1",
            calendar="none",
        ),
    )
    shown = (await sides.sender.get()).json()
    assert (shown["state"], shown["reason"]) == ("reopened", "risk_rose")
    assert await sides.sender.refused("approve") == "joint-risk-expired"


async def test_an_unconfirmed_arrival_is_an_alarm_that_both_sides_see_again_and_again(
    house: Any, case: UUID, home: str, sides: Sides
) -> None:
    await leave(house, case, home, sides)
    await house.later(42 * DAY + 7 * HOUR)
    for caller in (sides.sender, sides.receiver):
        assert (await caller.get()).json()["alarms"] == 2
        tasks = (await caller.get("/tasks")).json()["items"]
        (late,) = [each for each in tasks if each["what"] == "arrival"]
        assert late["overdue"]
    assert (await sides.receiver.does("arrive", {}))["state"] == "arrived"


async def test_the_persons_no_on_the_road_asks_for_a_new_plan(
    house: Any, case: UUID, home: str, sides: Sides
) -> None:
    await leave(house, case, home, sides)
    stopped = await sides.sender.does("withdraw")
    assert (stopped["state"], stopped["reason"]) == (
        "alternative_sought",
        "consent_withdrawn_on_the_road",
    )
    assert stopped["plan_by"] is not None
    assert await sides.sender.refused("depart", {}) == "consent-missing"
    assert (await sides.sender.does("withdraw"))["state"] == "withdrawn"


async def test_withdrawn_before_departure_it_is_over(
    house: Any, case: UUID, home: str, sides: Sides
) -> None:
    await approve(house, case, home, sides)
    assert (await sides.sender.does("consent/withdraw"))["state"] == "withdrawn"
    assert await sides.sender.refused("approve") == "out-of-order"


async def test_a_return_may_be_refused_or_another_way_sought(
    house: Any, case: UUID, home: str, sides: Sides
) -> None:
    sought = {"reason": "family_not_safe", "private": {"reasons": "The uncle is back."}}
    assert (await sides.sender.does("alternative", sought))["state"] == "alternative_sought"
    again = told_.REQUEST | {"destination": "protected_place", "instead_of": str(return_of(home))}
    other = await sides.sender.does(f"/cases/{case}/returns", again)
    assert (await sides.sender.get()).json()["state"] == "withdrawn"
    elsewhere = house.caller("sender", f"/cases/{case}/returns/{other['return_id']}")
    refused = await elsewhere.does("refuse", {"reason": "no_receiver"})
    assert refused["state"] == "refused_unsafe"
    listed = (await sides.sender.get(f"/cases/{case}/returns")).json()["items"]
    assert [each["state"] for each in listed] == ["refused_unsafe", "withdrawn"]


async def test_a_childs_return_has_items_of_its_own(house: Any, sides: Sides) -> None:
    favourable = {"favourable": True, "private": {"reasons": "She has an aunt there."}}
    await sides.sender.does("best-interests", favourable)
    guardian = {"private": {"guardian": "M. R.", "capacity": "appointed"}}
    await sides.sender.does("guardian", guardian)
    await sides.sender.does("border-notice", {"private": {"told": "Otopeni, shift B"}})
    await sides.sender.does("decision", {"private": {"reasons": "She decided so."}})
    parts = await house.rows("SELECT part, category FROM payload ORDER BY part")
    found = {part.split(".")[0]: category for part, category in parts}
    assert found["best-interests"] == "decision"
    assert (found["guardian"], found["border-notice"]) == ("legal", "travel")


async def test_a_stranger_cannot_tell_a_return_from_nothing(
    case: UUID, home: str, sides: Sides
) -> None:
    for path in ("", f"/cases/{case}", f"/cases/{case}/returns/{uuid4()}", "follow-up"):
        assert (await sides.stranger.get(path)).status_code == 404
    reply = await sides.stranger.post("consent", {"form": "verbal"})
    assert (reply.status_code, reply.json()["code"]) == (404, "absent")
    reply = await sides.stranger.post(f"/cases/{case}/returns", told_.REQUEST)
    assert reply.status_code == 404
    assert (await sides.stranger.get("/returns")).json()["items"] == []


async def test_nobody_acts_on_a_state_that_was_not_seen(home: str, sides: Sides) -> None:
    form = {"form": "verbal"}
    stale = await sides.sender.post("consent", form, **{"If-Match": '"0"'})
    assert (stale.status_code, stale.json()["code"]) == (412, "stale")
    bare = await sides.sender.http.post(
        f"{home}/consent", json=form, headers={"Idempotency-Key": str(uuid4())}
    )
    assert (bare.status_code, bare.json()["code"]) == (428, "if-match-required")


async def test_an_unknown_country_or_organisation_is_said_so(case: UUID, sides: Sides) -> None:
    nowhere = told_.REQUEST | {"destination_country": "XX"}
    assert await sides.sender.refused(f"/cases/{case}/returns", nowhere) == "country-unknown"
    asked = {"asked": str(uuid4()), "subjects": ["home"]}
    assert await sides.sender.refused("inquiry", asked) == "organisation-unknown"


async def test_offices_read_no_returns(house: Any, home: str) -> None:
    for office in ("operator", "auditor"):
        reply = await house.caller(office).get(home)
        assert (reply.status_code, reply.json()["code"]) == (403, "scope-missing")


async def test_an_auditor_sees_regions_as_codes(house: Any, case: UUID, home: str) -> None:
    reply = await house.caller("auditor").get(f"/operations/regions/{case}")
    returns = reply.json()["regions"]["returns"]
    assert returns == {home.rsplit("/", 1)[1]: {"state": "requested", "follow_up": "none"}}


async def test_lists_come_in_pages(case: UUID, sides: Sides) -> None:
    await sides.sender.does(f"/cases/{case}/returns", told_.REQUEST)
    first = (await sides.sender.get("/returns", limit=1)).json()
    second = (await sides.sender.get("/returns", limit=1, after=first["next"])).json()
    assert first["items"][0]["return_id"] != second["items"][0]["return_id"]
    assert second["next"] is None
    await sides.sender.does("consent", {"form": "written"})
    tasks = (await sides.sender.get("/tasks")).json()
    assert [each["what"] for each in tasks["items"]] == ["consent"]


async def test_contact_may_be_lost_declined_and_agreed_anew(
    house: Any, case: UUID, home: str, sides: Sides
) -> None:
    await leave(house, case, home, sides)
    await sides.receiver.does("arrive", {})
    agreed = {
        "responsible": str(with_.RECEIVER),
        "report_to": str(with_.SENDER),
        "form": "written",
        "private": {"informed_of": "Four calls in a year.", "language": "ro"},
    }
    await sides.receiver.does("follow-up", agreed)
    assert (await sides.receiver.does("follow-up/lost"))["follow_up"] == "lost_contact"
    assert (await sides.receiver.does("follow-up", agreed))["follow_up"] == "scheduled"
    assert (await sides.receiver.does("follow-up/decline"))["follow_up"] == "declined"
    rounds = (await sides.sender.get("follow-up")).json()["appointments"]
    assert {each["round"] for each in rounds} == {1, 2}
