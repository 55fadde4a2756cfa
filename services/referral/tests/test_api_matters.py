"""Over HTTP: consents, legal grounds, packets, closing; private words stay in the vault."""

import re
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy.ext.asyncio import create_async_engine

from nrm_contracts import assistance, identification, returns
from nrm_contracts.codes import AgeBand, OpenMatter
from nrm_contracts.ids import ClosingId
from nrm_runtime.persons.erasing import finish_erasures
from services.referral.tests.bodies import accepted, consent, handed, offer, offered
from services.referral.tests.conftest import Caller, House, code, organisation, signal

pytestmark = pytest.mark.integration

SERVICES = (identification, assistance, returns)


async def read(caller: Caller, path: str, owner: str, *categories: str) -> Any:
    """Ask for a ticket and read with it at this service."""
    asked = {"owner": owner, "categories": list(categories)}
    ticket = await caller.post(f"{path}/tickets", asked)
    if not ticket.is_success:
        return ticket
    about = path.rsplit("/", 1)[-1]
    return await caller.post(f"/packets/{about}/read", {"ticket": ticket.json()["ticket"]})


async def test_a_receiver_reads_the_packet_after_acceptance_until_the_withdrawal(
    house: House, case: UUID, sender: Caller, receiver: Caller
) -> None:
    house.running.settings.urls["referral"] = house.address  # type: ignore[index]
    path = await offered(case, sender)
    assert code(await read(receiver, path, "referral", "travel")) == (409, "out-of-order")
    await receiver.does(path, "accept")

    reply = await read(receiver, path, "referral", "travel")
    assert reply.status_code == 200, reply.text
    (found,) = reply.json()["documents"]
    assert found["content"]["place"] == "Gate 4"
    elsewhere = await read(receiver, path, "identification", "story")
    assert code(elsewhere) == (403, "ticket-for-another-holder")
    assert code(await read(sender, path, "referral", "travel")) == (409, "not-the-receiver")
    more = await read(receiver, path, "identification", "exploitation")
    assert code(more) == (409, "category-not-offered")

    disclosed = (await sender.get(f"/cases/{case}/disclosures")).json()
    assert [(one["what"], one["owner"]) for one in disclosed] == [
        ("packet", "referral"),
        ("packet", "identification"),
    ]
    (consented,) = (await sender.get(f"/cases/{case}/consents")).json()
    await sender.does(f"/cases/{case}/consents/{consented['consent']}", "withdraw", {})
    assert code(await read(receiver, path, "referral", "travel")) == (409, "out-of-order")


async def test_a_withdrawal_after_the_hand_off_stops_reading_and_is_acknowledged(
    case: UUID, sender: Caller, receiver: Caller
) -> None:
    path = await handed(case, sender, receiver)
    (consented,) = (await receiver.get(f"/cases/{case}/consents")).json()
    where = f"/cases/{case}/consents/{consented['consent']}"
    withdrawn = await receiver.does(where, "withdraw", {"private": {"statement": "No more."}})
    assert withdrawn["waiting"] == [str(organisation("ngo-o").id)]
    assert code(await read(receiver, path, "identification", "story")) == (409, "consent-missing")
    (waiting,) = (await receiver.get("/withdrawals")).json()["items"]
    assert waiting["consent"] == consented["consent"]
    assert (await receiver.does(where, "acknowledge"))["waiting"] == []
    assert (await receiver.get("/withdrawals")).json()["items"] == []


async def test_an_organisation_reads_its_own_words_and_only_those(
    case: UUID, sender: Caller, receiver: Caller
) -> None:
    await accepted(case, sender, receiver)
    asked = {"purpose": "referral", "categories": ["needs", "decision"]}
    mine = (await sender.post(f"/cases/{case}/documents/read", asked)).json()["documents"]
    assert {one["part"].split(".")[0] for one in mine} == {"offer-note", "consent-statement"}
    theirs = (await receiver.post(f"/cases/{case}/documents/read", asked)).json()["documents"]
    assert theirs == []


async def test_the_family_is_told_what_the_person_allowed_and_nothing_else(
    case: UUID, sender: Caller
) -> None:
    body = {"group": "family", "categories": ["needs"], "purpose": "assistance"}
    informed = f"/cases/{case}/informed"
    assert code(await sender.post(informed, body)) == (409, "disclosure-blocked")
    for_family = consent(
        recipient=None, group="family", categories=["needs"], purpose="assistance", blocked=[]
    )
    await sender.new(f"/cases/{case}/consents", for_family)
    told = await sender.post(informed, {**body, "private": {"note": "She is well."}})
    assert [one["group"] for one in told.json()] == ["family"]
    more = {**body, "categories": ["needs", "exploitation"]}
    assert code(await sender.post(informed, more)) == (409, "disclosure-blocked")


async def test_a_disclosure_on_a_legal_ground_needs_two_workers(
    house: House, case: UUID, sender: Caller
) -> None:
    shelter = str(organisation("partner-ro").id)
    body = {
        "ground": "vital_interest",
        "recipient": shelter,
        "purpose": "assistance",
        "categories": ["needs"],
        "private": {"reason": "She cannot speak."},
    }
    path = await sender.new(f"/cases/{case}/overrides", body)
    offering = offer(
        "x/y",
        consent=None,
        basis="legal_ground",
        override=path.rsplit("/", 1)[-1],
        receiver=shelter,
        kind="shared_assistance",
        needs=["psychological"],
        purpose="assistance",
        categories=["needs"],
    )
    referrals = f"/cases/{case}/referrals"
    assert code(await sender.post(referrals, offering)) == (409, "override-missing")
    assert code(await sender.act(path, "approve")) == (409, "same-worker")
    second = house.caller("ngo-d", "marco")
    assert (await second.does(path, "approve"))["state"] == "approved"
    shared = await sender.new(referrals, offering)
    assert (await sender.get(shared)).json()["ground"] == "vital_interest"
    assert len((await sender.get(f"/cases/{case}/overrides")).json()) == 1


async def test_a_child_goes_by_the_guardian_or_by_child_protection(
    house: House, sender: Caller
) -> None:
    case = uuid4()
    await house.hear(case, signal("ngo-d", AgeBand.CHILD))
    alone = await sender.post(f"/cases/{case}/consents", consent())
    assert code(alone) == (409, "guardian-required")
    minors = str(organisation("minors-it").id)
    to_authority = offer(
        "x/y",
        consent=None,
        basis="child_protection",
        receiver=minors,
        needs=["child_care"],
        languages=["it"],
    )
    path = await sender.new(f"/cases/{case}/referrals", to_authority)
    assert (await sender.get(path)).json()["basis"] == "child_protection"


async def test_a_case_is_closed_by_custodian_agency_and_three_services(
    house: House, case: UUID, sender: Caller
) -> None:
    agency = house.caller("agency-it")
    trial = {"reason": "reintegrated", "trial_runs": "yes"}
    closings = f"/cases/{case}/closings"
    assert code(await sender.post(closings, trial)) == (409, "hearing-receiver-missing")
    named = {**trial, "hearing_notices_to": str(organisation("ngo-o").id)}
    path = await sender.new(closings, {**named, "private": {"reason": "She has a job."}})
    closing = ClosingId(UUID(path.rsplit("/", 1)[-1]))
    assert code(await agency.act(path, "check")) == (409, "answers-missing")
    for service in SERVICES:
        await house.hear(case, service.NothingOpen(closing=closing))
    assert (await sender.get(path)).json()["missing"] == []
    assert code(await sender.act(path, "close")) == (409, "agency-check-missing")
    assert code(await sender.act(path, "check")) == (403, "duty-missing")
    assert (await agency.does(path, "check"))["state"] == "checked"
    assert (await sender.does(path, "close"))["state"] == "closed"
    assert (await sender.get(f"/cases/{case}")).json()["closure_reason"] == "reintegrated"
    refused = await sender.post(f"/cases/{case}/consents", consent())
    assert code(refused) == (409, "case-closed")

    named_one = house.caller("ngo-o")
    reopened = await named_one.act(f"/cases/{case}", "reopen", {"reason": "hearing_notice"})
    assert reopened.json()["state"] == "reopened"


async def test_what_is_open_elsewhere_abandons_the_closing(
    house: House, case: UUID, sender: Caller, receiver: Caller
) -> None:
    body = {"reason": "left_programme"}
    path = await sender.new(f"/cases/{case}/closings", body)
    closing = ClosingId(UUID(path.rsplit("/", 1)[-1]))
    await house.hear(case, returns.StillOpen(closing=closing, open=(OpenMatter.FOLLOW_UP,)))
    shown = (await sender.get(path)).json()
    assert (shown["state"], shown["open"]) == ("abandoned", ["follow_up"])
    await offered(case, sender)
    open_referral = await sender.post(f"/cases/{case}/closings", body)
    assert code(open_referral) == (409, "something-open")


async def test_cases_are_linked_by_who_sees_both(house: House, case: UUID, sender: Caller) -> None:
    child, hidden = uuid4(), uuid4()
    await house.hear(child, signal("ngo-d", AgeBand.CHILD))
    await house.hear(hidden, signal("hotline-ro"))
    how = {"how": "same_family"}
    linked = await sender.post(f"/cases/{case}/links", {"linked": str(child), **how})
    assert [one["linked"] for one in linked.json()] == [str(child)]
    assert (
        await sender.post(f"/cases/{case}/links", {"linked": str(hidden), **how})
    ).status_code == 404
    itself = await sender.post(f"/cases/{case}/links", {"linked": str(case), **how})
    assert code(itself) == (422, "same-case")


async def test_private_words_are_in_no_event_message_or_row_and_gone_after_erasure(
    house: House, case: UUID, sender: Caller, receiver: Caller
) -> None:
    await handed(case, sender, receiver)
    words = ("She said: yes", "afraid of the cousin", "Gate 4", "Porto Aperto")
    tables = await house.rows(
        "SELECT table_name FROM information_schema.tables"
        " WHERE table_schema = 'nrm' AND table_type = 'BASE TABLE'"
    )
    assert len(tables) > 20
    url = house.running.settings.database.set(database=house.running.settings.database_name)
    engine = create_async_engine(url)
    decoded = ""
    async with engine.connect() as tx:
        for (table,) in tables:
            found = await tx.exec_driver_sql(f'SELECT t::text FROM nrm."{table}" t')
            for row in found.all():
                plain = row[0] + bytes.fromhex("".join(_hex(row[0]))).decode("utf-8", "ignore")
                assert not any(word in plain for word in words), table
                decoded += plain
    await engine.dispose()
    assert '"keeps_assistance":"no"' in decoded  # what is in an event's bytes would be found

    erased = await receiver.post(f"/cases/{case}/erasure", {})
    assert (erased.status_code, erased.json()) == (202, {"begun": True})
    assert await finish_erasures(house.running) == 1
    assert await house.rows("SELECT type FROM event WHERE type = 'nrm.referral.person-erased'")
    again = await receiver.post(
        f"/cases/{case}/consents", consent(recipient=str(organisation("partner-ro").id))
    )
    assert code(again) == (410, "erased")


def _hex(text: str) -> list[str]:
    """Give what stands in a row as bytes."""
    return [one for one in re.findall(r"\\\\x([0-9a-f]+)", text) if len(one) % 2 == 0]


async def test_operators_see_regions_and_no_case(
    house: House, case: UUID, sender: Caller, receiver: Caller
) -> None:
    path = await accepted(case, sender, receiver)
    operator = house.caller("operator")
    shown = (await operator.get(f"/operations/regions/{case}")).json()
    referral = shown["regions"]["referrals"][path.rsplit("/", 1)[-1]]
    assert (shown["regions"]["case"], referral["state"]) == ("open", "accepted")
    assert code(await operator.get(f"/cases/{case}")) == (403, "scope-missing")


async def test_every_operation_has_a_name_of_its_own(house: House, sender: Caller) -> None:
    described = (await sender.get("/openapi.json")).json()
    names = [one["operationId"] for path in described["paths"].values() for one in path.values()]
    assert {"offer_referral", "accept_referral", "confirm_hand_off", "release_packet"} <= set(names)
    assert len(names) == len(set(names))
