"""Private words stay in the vault: read with a record, never shown, told or logged, erasable."""

from importlib import import_module
from typing import Any
from uuid import UUID

import pytest

from nrm_contracts.consent_codes import DataCategory
from nrm_return.documents import DOCUMENTS
from nrm_runtime.persons.erasing import finish_erasures

with_: Any = import_module("services.return.tests.steps")
told_: Any = import_module("services.return.tests.told")

pytestmark = pytest.mark.integration

CANARY = "Zvonimira-7f3a"


async def read(caller: Any, case: UUID, *categories: str) -> list[Any]:
    """Read one's own documents of a case."""
    body = {"purpose": "safe_return", "categories": list(categories)}
    reply = await caller.post(f"/cases/{case}/documents/read", body)
    assert reply.status_code == 200, reply.text
    found: list[Any] = reply.json()["documents"]
    return found


async def test_an_organisation_reads_what_it_wrote_and_the_read_is_recorded(
    house: Any, case: UUID, home: str
) -> None:
    sender, agency = house.caller("sender", home), house.caller("agency", home)
    (wish,) = await read(sender, case, "decision")
    assert wish["content"] == told_.REQUEST["private"]
    assert await read(agency, case, "decision") == []
    rows = await house.rows(
        "SELECT count(*) FROM event WHERE type = 'nrm.return.personal-data-read'"
    )
    assert rows[0][0] == 2


async def test_person_and_family_have_keys_of_their_own(house: Any, case: UUID, home: str) -> None:
    sender = house.caller("sender", home)
    await house.hear(case, told_.accepted(UUID(home.rsplit("/", 1)[1])))
    await sender.does("risk", told_.SIGNATURE)
    rows = await house.rows("SELECT part, person FROM payload WHERE part LIKE '%risk%'")
    persons = {row.part.split(".")[0]: row.person for row in rows}
    assert set(persons) == {"risk", "family-risk"}
    assert len(set(persons.values())) == 2


async def test_both_signatures_keep_their_words(house: Any, case: UUID, home: str) -> None:
    await house.hear(case, told_.accepted(UUID(home.rsplit("/", 1)[1])))
    for name in ("sender", "receiver"):
        caller = house.caller(name, home)
        words = {"private": {"dangers": f"as {name} sees it"}}
        await caller.does("risk", told_.SIGNATURE | words)
        own = await read(caller, case, "risks")
        assert words["private"] in [each["content"] for each in own]


async def test_a_strangers_read_finds_no_case(house: Any, case: UUID, home: str) -> None:
    body = {"purpose": "safe_return", "categories": ["decision"]}
    stranger = house.caller("stranger", home)
    assert (await stranger.post(f"/cases/{case}/documents/read", body)).status_code == 404


async def test_no_private_word_stands_outside_the_vault(house: Any, case: UUID, home: str) -> None:
    sender = house.caller("sender", home)
    words = {"words": CANARY}
    await sender.does(f"/cases/{case}/returns", told_.REQUEST | {"private": words})
    tables = await house.rows(
        "SELECT table_name FROM information_schema.tables WHERE table_schema = 'nrm'"
        " AND table_name <> 'payload'"
    )
    assert len(tables) > 10
    for (name,) in tables:
        find = f"SELECT count(*) FROM {name} t WHERE t::text LIKE $1 OR t::text LIKE $2"
        ((found,),) = await house.rows(find, f"%{CANARY}%", f"%{CANARY.encode().hex()}%")
        assert found == 0, name


async def test_an_erased_person_is_gone_and_no_more_is_written(
    house: Any, case: UUID, home: str
) -> None:
    sender, receiver = house.caller("sender", home), house.caller("receiver", home)
    await house.hear(case, told_.accepted(UUID(home.rsplit("/", 1)[1])))
    assert await receiver.refused(f"/cases/{case}/erasure", {}) == "not-the-custodian"
    begun = await sender.does(f"/cases/{case}/erasure", {"ground": "court_order"})
    assert begun == {"begun": True}
    await finish_erasures(house.running)
    assert await read(sender, case, "decision") == []
    reply = await sender.post("consent", {"form": "verbal", "private": NOTE})
    assert (reply.status_code, reply.json()["code"]) == (410, "erased")
    assert (await sender.does("risk", told_.SIGNATURE | {"private": None}))["signed_by"] == ["IT"]
    (told,) = await house.rows("SELECT body FROM event WHERE type = 'nrm.return.person-erased'")
    assert b"court_order" in bytes(told[0])


NOTE = {"informed_of": "The way, the risks, her rights.", "language": "ro"}


def test_each_private_document_has_one_category_and_hides_its_input() -> None:
    assert {category for _, category in DOCUMENTS.values()} <= set(DataCategory)
    for schema, _ in DOCUMENTS.values():
        assert schema.model_config["hide_input_in_errors"]
        assert schema.model_config["extra"] == "forbid"
