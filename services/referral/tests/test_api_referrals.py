"""Over HTTP: offers, answers, the hand-off, and who sees what."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from nrm_contracts import assistance, returns
from nrm_contracts.ids import ClosingId, OrganisationId, ReturnId
from nrm_runtime.ledger.entry import read_entry
from services.referral.tests.bodies import accepted, consent, handed, offer, offered
from services.referral.tests.conftest import Caller, House, code, organisation, signal

pytestmark = pytest.mark.integration


async def test_a_transfer_from_offer_to_custody(
    case: UUID, sender: Caller, receiver: Caller
) -> None:
    path = await offered(case, sender)

    (waiting,) = (await receiver.get("/offers")).json()["items"]
    assert (waiting["state"], f"/cases/{case}/referrals/{waiting['referral']}") == (
        "offered",
        path,
    )
    assert (await receiver.get(path)).json()["state"] == "delivered"
    assert (await receiver.does(path, "acknowledge"))["state"] == "acknowledged"
    assert (await receiver.does(path, "accept", {"in_days": 2}))["state"] == "accepted"
    assert (await receiver.get("/offers")).json()["items"] == []
    assert (await receiver.does(path, "confirm", {"accompanied": "yes"}))["state"] == "accepted"
    done = await sender.does(path, "confirm", {"private": {"note": "She smiled."}})
    assert done["state"] == "handed_over"

    shown = (await receiver.get(f"/cases/{case}")).json()
    assert shown["custodian"] == str(organisation("ngo-o").id)
    assert shown["agency"] == str(organisation("anitp").id)
    timeline = (await receiver.get(f"/cases/{case}/custody")).json()
    assert [one["custodian"] for one in timeline] == [
        str(organisation("ngo-d").id),
        str(organisation("ngo-o").id),
    ]
    assert timeline[0]["until"] == timeline[1]["since"]


async def test_the_former_custodian_sees_its_own_part_and_no_later_one(
    case: UUID, sender: Caller, receiver: Caller
) -> None:
    path = await handed(case, sender, receiver)
    assert (await sender.get(f"/cases/{case}")).status_code == 404
    assert (await sender.get(path)).json()["state"] == "handed_over"
    assert len((await sender.get(f"/cases/{case}/custody")).json()) == 1


async def test_only_the_receivers_look_delivers(
    case: UUID, sender: Caller, receiver: Caller
) -> None:
    path = await offered(case, sender)
    assert (await sender.get(path)).json()["state"] == "offered"
    first = await receiver.get(path)
    again = await receiver.get(path)
    assert first.headers["ETag"] == again.headers["ETag"]
    assert again.json()["state"] == "delivered"


async def test_a_stranger_cannot_tell_a_case_from_none(
    house: House, case: UUID, sender: Caller
) -> None:
    path = await offered(case, sender)
    stranger = house.caller("partner-ro")
    for where in (path, f"/cases/{case}", f"/cases/{case}/custody", f"/cases/{uuid4()}"):
        assert code(await stranger.get(where)) == (404, "absent")
    assert code(await stranger.act(path, "accept")) == (404, "absent")
    assert (await stranger.get("/cases")).json()["items"] == []


async def test_nobody_but_the_receiver_accepts(house: House, case: UUID, sender: Caller) -> None:
    path = await offered(case, sender)
    assert code(await sender.act(path, "accept")) == (409, "not-the-receiver")
    agency = house.caller("agency-it")
    assert code(await agency.act(path, "accept")) == (409, "not-the-receiver")


async def test_an_offer_without_consent_leaves_no_trace(
    house: House, case: UUID, sender: Caller
) -> None:
    before = await house.rows("SELECT count(*) FROM event")
    other = f"/cases/{case}/consents/{uuid4()}"
    refused = await sender.post(f"/cases/{case}/referrals", offer(other))
    assert code(refused) == (409, "consent-missing")
    assert await house.rows("SELECT count(*) FROM event") == before


async def test_a_second_transfer_is_refused(case: UUID, sender: Caller) -> None:
    await offered(case, sender)
    consented = await sender.new(f"/cases/{case}/consents", consent())
    again = await sender.post(f"/cases/{case}/referrals", offer(consented))
    assert code(again) == (409, "transfer-already-open")


async def test_a_worker_without_the_duty_offers_nothing(house: House, case: UUID) -> None:
    agency = house.caller("agency-it")
    offering = await agency.post(f"/cases/{case}/referrals", offer(f"x/{uuid4()}"))
    assert code(offering) == (403, "duty-missing")


async def test_a_stale_look_and_a_missing_one_are_refused(
    case: UUID, sender: Caller, receiver: Caller
) -> None:
    path = await offered(case, sender)
    seen = (await sender.get(path)).headers["ETag"]
    await receiver.get(path)
    body = {"reason": "other_route"}
    stale = await sender.post(f"{path}/withdraw", body, **{"If-Match": seen})
    assert code(stale) == (412, "stale")
    assert code(await sender.post(f"{path}/withdraw", body)) == (428, "if-match-required")


async def test_other_acts_in_the_case_do_not_touch_a_referrals_tag(
    case: UUID, sender: Caller
) -> None:
    path = await offered(case, sender)
    seen = (await sender.get(path)).headers["ETag"]
    await sender.new(f"/cases/{case}/consents", consent())
    assert (await sender.get(path)).headers["ETag"] == seen


async def test_the_same_key_repeats_the_reply_and_refuses_another_body(
    case: UUID, sender: Caller
) -> None:
    key = {"Idempotency-Key": "one"}
    first = await sender.post(f"/cases/{case}/consents", consent(), **key)
    again = await sender.post(f"/cases/{case}/consents", consent(), **key)
    assert first.json() == again.json()
    other = await sender.post(f"/cases/{case}/consents", consent(days=3), **key)
    assert code(other) == (422, "idempotency-key-reused")
    assert len((await sender.get(f"/cases/{case}/consents")).json()) == 1


async def test_an_acceptance_names_the_offers_leaf(
    house: House, case: UUID, sender: Caller, receiver: Caller
) -> None:
    await accepted(case, sender, receiver)
    rows = await house.rows("SELECT type, entry, entry_hash FROM event ORDER BY pos")
    leaves = {row[0]: row[2].hex() for row in rows}
    entry = next(read_entry(row[1]) for row in rows if row[0] == "referral-accepted")
    assert entry.contract is not None
    assert entry.contract["offer"] == leaves["referral-offered"]


async def test_a_decline_leaves_a_task_until_another_offer_takes_its_place(
    case: UUID, sender: Caller, receiver: Caller
) -> None:
    path = await offered(case, sender)
    reason = {"reason": "lack_of_capacity", "private": {"reason": "Two families came."}}
    assert (await receiver.does(path, "decline", reason))["reason"] == "lack_of_capacity"
    (task,) = (await sender.get("/tasks")).json()["items"]
    assert (task["what"], task["organisation"]) == ("next_route", str(organisation("ngo-d").id))

    shelter = str(organisation("partner-ro").id)
    consented = await sender.new(f"/cases/{case}/consents", consent(recipient=shelter))
    body = offer(
        consented, receiver=shelter, needs=["psychological"], replaces=path.rsplit("/", 1)[-1]
    )
    await sender.new(f"/cases/{case}/referrals", body)
    assert (await sender.get("/tasks")).json()["items"] == []


async def test_a_next_route_may_be_settled_without_an_offer(
    case: UUID, sender: Caller, receiver: Caller
) -> None:
    path = await accepted(case, sender, receiver)
    await receiver.does(path, "back-out", {"reason": "cannot_keep_safe"})
    await sender.does(path, "next-route")
    assert (await sender.get("/tasks")).json()["items"] == []
    assert (await sender.get(path)).json()["state"] == "backed_out"


async def test_a_withdrawn_offer_is_gone_from_the_list(
    case: UUID, sender: Caller, receiver: Caller
) -> None:
    path = await offered(case, sender)
    taken_back = await sender.does(path, "withdraw", {"reason": "other_route"})
    assert taken_back["state"] == "withdrawn"
    assert (await receiver.get("/offers")).json()["items"] == []


async def test_a_date_is_given_once(case: UUID, sender: Caller, receiver: Caller) -> None:
    path = await offered(case, sender)
    both = {"in_days": 2, "agreed_at": "2031-01-01T00:00:00Z"}
    assert code(await receiver.act(path, "accept", both)) == (422, "date-twice")
    await receiver.does(path, "accept")
    assert code(await receiver.act(path, "reschedule", {})) == (422, "date-missing")
    moved = await receiver.does(path, "reschedule", {"in_days": 5})
    assert moved["agreed_at"] < moved["confirm_by"]


async def test_a_hand_off_of_a_return_waits_for_its_arrival(
    house: House, case: UUID, sender: Caller, receiver: Caller
) -> None:
    journey = ReturnId(uuid4())
    path = await accepted(case, sender, receiver, linked_return=str(journey))
    assert code(await receiver.act(path, "confirm")) == (409, "return-not-arrived")
    now = await house.running.clock.now()
    arrived = returns.ReturnArrived(
        return_id=journey,
        organisation=OrganisationId(organisation("ngo-o").id),
        arrived_at=now,
    )
    await house.hear(case, arrived)
    await receiver.does(path, "confirm")
    assert (await sender.does(path, "confirm"))["state"] == "handed_over"


async def test_a_journey_without_a_date_is_not_overdue_before_its_lead_time(
    house: House, case: UUID, sender: Caller, receiver: Caller
) -> None:
    path = await accepted(case, sender, receiver, linked_return=str(uuid4()))
    now = await house.running.clock.now()
    (due,) = await house.rows("SELECT due_at FROM deadline WHERE name LIKE 'hand-off:%'")
    assert due[0] > now + timedelta(days=29)
    assert (await sender.get(path)).json()["agreed_at"] is None


async def test_places_are_counted_and_the_last_one_is_given_once(
    house: House, sender: Caller, receiver: Caller
) -> None:
    shelter, where = organisation("partner-ro"), "/directory"
    assert shelter.receives is not None
    places = shelter.receives.places
    assert places == 2
    taker = house.caller("partner-ro")
    paths = []
    for _ in range(places + 1):
        case = uuid4()
        await house.hear(case, signal("ngo-d"))
        consented = await sender.new(f"/cases/{case}/consents", consent(recipient=str(shelter.id)))
        body = offer(consented, receiver=str(shelter.id), needs=["accommodation"])
        paths.append(await sender.new(f"/cases/{case}/referrals", body))
    for path in paths[:places]:
        await taker.does(path, "accept")

    found = (await receiver.get(f"{where}/{shelter.id}")).json()
    assert (found["places"], found["free"]) == (2, 0)
    assert code(await taker.act(paths[-1], "accept")) == (409, "no-places")
    await taker.does(paths[0], "back-out", {"reason": "lack_of_capacity"})
    assert (await taker.does(paths[-1], "accept"))["state"] == "accepted"


async def test_the_directory_answers_by_need_country_and_language(sender: Caller) -> None:
    query = {"need": "accommodation", "country": "RO", "language": "ro", "limit": "1"}
    names, after = [], ""
    while True:
        more = {"after": after} if after else {}
        page = (await sender.get("/directory", **query, **more)).json()
        names += [one["name"] for one in page["items"]]
        after = page["next"]
        if not after:
            break
    assert sorted(names) == sorted(
        organisation(key).name for key in ("ngo-o", "dgaspc", "partner-ro")
    )
    for_children = {**query, "age": "child", "gender": "Masculine", "limit": "9"}
    found = (await sender.get("/directory", **for_children)).json()["items"]
    assert {one["name"] for one in found} == {organisation(key).name for key in ("ngo-o", "dgaspc")}
    nowhere = await sender.get(f"/directory/{organisation('hotline-ro').id}")
    assert nowhere.status_code == 404


async def test_an_organisation_that_nobody_knows_is_no_recipient(
    case: UUID, sender: Caller
) -> None:
    unknown = await sender.post(f"/cases/{case}/consents", consent(recipient=str(uuid4())))
    assert code(unknown) == (422, "unknown-organisation")


async def test_a_case_of_its_own_is_listed_page_by_page(house: House, sender: Caller) -> None:
    for _ in range(3):
        await house.hear(uuid4(), signal("ngo-d"))
    seen, after = [], ""
    while True:
        query = {"limit": "2", "held": "true", **({"after": after} if after else {})}
        page = (await sender.get("/cases", **query)).json()
        seen += [one["case"] for one in page["items"]]
        after = page["next"]
        if not after:
            break
    assert len(set(seen)) == len(seen) == 3


async def test_a_service_that_answers_a_closing_nobody_proposed_is_heard_quietly(
    house: House, case: UUID
) -> None:
    before = await house.rows("SELECT count(*) FROM event")
    await house.hear(case, assistance.NothingOpen(closing=ClosingId(uuid4())))
    assert await house.rows("SELECT count(*) FROM event") == before
