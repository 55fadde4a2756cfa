"""Over HTTP: opening, going on, ending; who sees and who may do what."""

from uuid import UUID, uuid4

import pytest

from nrm_contracts import cases, referral
from nrm_contracts.consent_codes import BackOutReason
from nrm_contracts.ids import ReferralId
from services.assistance.tests.conftest import Caller, House
from services.assistance.tests.samples import AGENCY, HARBOUR, LANTERN, REFERRAL, named
from services.assistance.tests.told import accepted, handed_over, moved

pytestmark = pytest.mark.integration


async def test_the_custodian_opens_an_assistance(case: UUID, harbour: Caller) -> None:
    opened = await harbour.post(f"/cases/{case}/assistances", {"phase": "crisis"})
    assert opened.status_code == 201
    shown = await harbour.get(opened.headers["Location"])
    assert shown.json()["state"] == "crisis"
    assert shown.headers["ETag"] == opened.headers["ETag"]
    activated = await harbour.post(f"{opened.headers['Location']}/activate")
    assert activated.json()["state"] == "active"


async def test_a_stranger_cannot_tell_a_case_from_nothing(
    case: UUID, house: House, active: str
) -> None:
    stranger = house.caller("stranger")
    for path in (f"/cases/{case}", f"/cases/{uuid4()}", active, f"/cases/{case}/assistances"):
        assert (await stranger.get(path)).status_code == 404
    opening = await stranger.post(f"/cases/{case}/assistances", {"phase": "active"})
    assert (opening.status_code, opening.json()["code"]) == (404, "absent")
    assert (await stranger.post(f"{active}/complete", {})).status_code == 404


async def test_who_is_not_entrusted_with_assistance_may_not_act(
    case: UUID, house: House, active: str
) -> None:
    agency = house.caller("agency")
    assert (await agency.get(active)).status_code == 200
    assert (await agency.get(f"{active}/file")).status_code == 404
    refused = await agency.post(f"{active}/complete", {})
    assert (refused.status_code, refused.json()["code"]) == (403, "duty-missing")


async def test_nobody_acts_without_saying_which_state_was_seen(
    active: str, harbour: Caller
) -> None:
    stale = await harbour.post(f"{active}/suspend", {"reason": "travel"}, **{"If-Match": '"0"'})
    assert (stale.status_code, stale.json()["code"]) == (412, "stale")
    assert (await harbour.get(active)).json()["state"] == "active"


async def test_an_assistance_pauses_goes_on_and_ends(active: str, harbour: Caller) -> None:
    reason = {"reason": "hospital", "private": {"reason": "An operation."}}
    assert (await harbour.post(f"{active}/suspend", reason)).json()["state"] == "suspended"
    again = await harbour.post(f"{active}/suspend", reason)
    assert (again.status_code, again.json()["code"]) == (409, "out-of-order")
    assert (await harbour.post(f"{active}/resume")).json()["state"] == "active"
    assert (await harbour.post(f"{active}/complete", {})).json()["state"] == "completed"


async def test_a_person_may_leave(active: str, harbour: Caller) -> None:
    left = await harbour.post(f"{active}/leave", {"reason": "person_left"})
    assert left.json()["state"] == "left"


async def test_the_receiver_prepares_and_becomes_active(
    case: UUID, house: House, lantern: Caller
) -> None:
    assert (await lantern.get(f"/cases/{case}/assistances")).status_code == 404
    await house.hear(case, accepted())
    (prepared,) = (await lantern.get(f"/cases/{case}/assistances")).json()
    assert (prepared["state"], prepared["referral"]) == ("preparing", str(REFERRAL))
    await house.hear(case, handed_over())
    (active,) = (await lantern.get("/assistances")).json()["items"]
    assert active["state"] == "active"


async def test_a_preparing_receiver_helps_at_once_where_it_must(
    case: UUID, house: House, lantern: Caller
) -> None:
    await house.hear(case, accepted())
    (prepared,) = (await lantern.get(f"/cases/{case}/assistances")).json()
    path = f"/cases/{case}/assistances/{prepared['assistance']}"
    await lantern.get(path)
    assert (await lantern.post(f"{path}/begin-crisis")).json()["state"] == "crisis"


async def test_preparation_ends_when_the_receiver_backs_out(
    case: UUID, house: House, lantern: Caller
) -> None:
    await house.hear(case, accepted())
    (prepared,) = (await lantern.get(f"/cases/{case}/assistances")).json()
    out = referral.ReferralBackedOut(
        referral=ReferralId(REFERRAL),
        sender=HARBOUR,
        receiver=LANTERN,
        reason=BackOutReason.LACK_OF_CAPACITY,
        next_route_by="2031-03-05T09:00:00Z",  # type: ignore[arg-type]
        profile="IT@1",
        calendar="none",
    )
    await house.hear(case, out)
    path = f"/cases/{case}/assistances/{prepared['assistance']}"
    assert (await lantern.get(path)).json()["state"] == "never_begun"


async def test_after_the_transfer_the_sender_settles_its_supports(
    case: UUID, house: House, active: str, harbour: Caller, lantern: Caller
) -> None:
    support = {
        "need": "psychological",
        "pillar": 2,
        "setting": "non_residential",
        "giver": "person",
        "form": "verbal",
    }
    started = (await harbour.post(f"{active}/supports", support)).json()
    for fact in (accepted(), handed_over(), moved()):
        await house.hear(case, fact)

    assert (await harbour.get(active)).json()["state"] == "transferred"
    (task,) = (await harbour.get(f"{active}/tasks")).json()
    assert (task["what"], task["standing"]) == ("supports", "to_come")
    assert (await lantern.get(active)).json()["open_supports"] == 1
    ended = await harbour.post(f"{active}/supports/{started['support']}/end", {"how": "moved"})
    assert ended.json()["state"] == "moved"
    assert (await harbour.get(f"{active}/tasks")).json() == []
    assert (await harbour.get("/tasks")).json()["items"] == []


async def test_the_former_custodian_no_longer_sees_how_the_new_one_assists(
    case: UUID, house: House, active: str, harbour: Caller, lantern: Caller
) -> None:
    for fact in (accepted(), handed_over()):
        await house.hear(case, fact)
    assert len((await harbour.get(f"/cases/{case}/assistances")).json()) == 2
    await house.hear(case, moved())
    (own,) = (await harbour.get(f"/cases/{case}/assistances")).json()
    assert own["assistance"] == active.rpartition("/")[2]
    assert len((await lantern.get(f"/cases/{case}/assistances")).json()) == 2


async def test_a_closing_is_answered_and_refuses_new_openings(
    case: UUID, house: House, harbour: Caller
) -> None:
    await house.hear(
        case,
        cases.ClosingProposed(
            closing=named("closing"),  # type: ignore[arg-type]
            custodian=HARBOUR,
            reason="reintegrated",  # type: ignore[arg-type]
        ),
    )
    (answer,) = await house.rows("SELECT type FROM event ORDER BY pos DESC LIMIT 1")
    assert answer.type == "nothing-open"
    refused = await harbour.post(f"/cases/{case}/assistances", {"phase": "active"})
    assert (refused.status_code, refused.json()["code"]) == (409, "case-closing")


async def test_one_key_opens_one_assistance(case: UUID, harbour: Caller) -> None:
    key = {"Idempotency-Key": "once"}
    first = await harbour.post(f"/cases/{case}/assistances", {"phase": "active"}, **key)
    again = await harbour.post(f"/cases/{case}/assistances", {"phase": "active"}, **key)
    other = await harbour.post(f"/cases/{case}/assistances", {"phase": "crisis"}, **key)
    assert first.json() == again.json()
    assert other.status_code == 422


async def test_own_assistances_come_in_pages(house: House, harbour: Caller) -> None:
    made = set()
    for _ in range(3):
        case = uuid4()
        await house.hear(
            case,
            cases.CaseOpened(
                custodian=HARBOUR,
                agency=AGENCY,
                country="RO",
                age="adult",  # type: ignore[arg-type]
            ),
        )
        opened = await harbour.post(f"/cases/{case}/assistances", {"phase": "active"})
        made.add(opened.json()["assistance"])
    first = (await harbour.get("/assistances", limit="2")).json()
    rest = (await harbour.get("/assistances", limit="2", after=first["next"])).json()
    seen = [one["assistance"] for one in (*first["items"], *rest["items"])]
    assert len(seen) == 3
    assert set(seen) == made
    assert rest["next"] is None
