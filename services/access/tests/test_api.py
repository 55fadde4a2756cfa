"""The doors of access: who applies, who vets, who manages, who sees what."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

import httpx2
import pytest

from nrm_access.app import service
from nrm_access.models import metadata
from nrm_runtime.access.signed import ES256, new_key, private_pem, public_pem
from nrm_runtime.migrate import check
from nrm_runtime.store.rebuild import rebuild_check
from nrm_runtime.store.tables import read_side
from services.access.tests.conftest import (
    AGENCY,
    HARBOUR,
    LANTERN,
    MEMBERS,
    Desk,
    public_jwk,
    second_of,
)
from tests.flows.house import Caller, worker_of

pytestmark = pytest.mark.integration

ENTRANCE: dict[str, Any] = {
    "name": "Haven (invented)",
    "kind": "NGO",
    "country": "RO",
    "languages": ["ro", "en"],
    "duties": ["assist", "first_responder"],
}


def code(reply: httpx2.Response) -> tuple[int, str]:
    return reply.status_code, str(reply.json().get("code"))


def path(organisation: UUID, *more: object) -> str:
    return "/".join(["/organisations", str(organisation), *map(str, more)])


async def act(
    caller: Caller, where: str, verb: str, body: dict[str, Any] | None = None
) -> httpx2.Response:
    """Look at a resource, then act on it."""
    await caller.get(where)
    return await caller.post(f"{where}/{verb}", body, seen=where)


async def apply(desk: Desk, **more: Any) -> dict[str, Any]:
    body = ENTRANCE | {"key": {"jwk": public_jwk()}} | more
    reply = await desk["front-desk"].post("/organisations", body)
    assert reply.status_code == 201, reply.text
    found: dict[str, Any] = reply.json()
    assert reply.headers["Location"] == f"/organisations/{found['organisation']}"
    return found


async def everything(desk: Desk) -> UUID:
    """Let something happen that fills every table and column."""
    haven = UUID((await apply(desk))["organisation"])
    agency, harbour = desk["agency"], desk["harbour"]
    vetted = await act(agency, path(haven), "vet", {"duties": ["assist"]})
    assert vetted.json()["state"] == "vetted"
    accepted = await act(harbour, path(HARBOUR), "accept-terms", {"terms": 1})
    assert accepted.json()["terms_by"] == str(worker_of(HARBOUR))
    added = await harbour.post(path(HARBOUR, "workers"), {"duties": ["assist"]})
    assert added.status_code == 201
    registered = await harbour.post(path(HARBOUR, "keys"), {"jwk": public_jwk()})
    revoked = await act(harbour, registered.headers["Location"], "revoke")
    assert revoked.json()["revoked_at"] is not None
    worker = path(HARBOUR, "workers", second_of(HARBOUR))
    suspended = await act(harbour, worker, "suspend", {"reason": "left"})
    assert suspended.json()["suspended"] is True
    out = await act(agency, path(LANTERN), "suspend", {"reason": "safety"})
    assert out.json()["state"] == "suspended"
    return haven


async def test_an_applicant_is_vetted_and_active_once_it_accepted_the_terms(desk: Desk) -> None:
    entrance = await apply(desk)
    haven = UUID(entrance["organisation"])
    agency = desk["agency"]
    waiting = (await agency.get("/organisations/managed", state="applied")).json()["items"]
    assert [one["organisation"] for one in waiting] == [str(haven)]
    assert [one["name"] for one in waiting] == [ENTRANCE["name"]]
    reply = await act(agency, path(haven), "vet", {"duties": ["assist"]})
    assert (reply.json()["state"], reply.json()["duties"]) == ("vetted", ["administer", "assist"])
    assert code(await act(agency, path(haven), "accept-terms", {"terms": 1})) == (
        409,
        "not-an-administrator",
    )


async def test_who_is_not_entitled_gets_403_and_who_sees_nothing_404(desk: Desk) -> None:
    haven = UUID((await apply(desk))["organisation"])
    for name in ("harbour", "agency-it"):
        assert code(await desk[name].get(path(haven))) == (404, "absent")
        reply = await desk[name].post(path(haven, "vet"), {"duties": []}, seen=path(haven))
        assert code(reply) == (404, "absent")
        assert code(await desk[name].get(path(uuid4()))) == (404, "absent")
    body = ENTRANCE | {"key": {"jwk": public_jwk()}}
    for name in ("harbour", "agency", "operator", "issuer"):
        assert code(await desk[name].post("/organisations", body)) == (403, "scope-missing")
    for name in ("harbour", "agency", "front-desk", "issuer"):
        assert code(await desk[name].post("/organisations/import", body)) == (403, "scope-missing")
    for name in ("operator", "front-desk", "issuer"):
        assert code(await desk[name].get("/organisations")) == (403, "scope-missing")
        assert code(await desk[name].get(path(HARBOUR))) == (403, "scope-missing")


async def test_an_administrator_sees_and_manages_her_own_organisation_only(desk: Desk) -> None:
    harbour = desk["harbour"]
    for where in ("", "/workers", "/keys"):
        assert (await harbour.get(path(HARBOUR) + where)).status_code == 200
        assert code(await harbour.get(path(LANTERN) + where)) == (404, "absent")
    worker = path(LANTERN, "workers", worker_of(LANTERN))
    assert code(await harbour.get(worker)) == (404, "absent")
    reply = await harbour.post(path(LANTERN, "workers"), {"duties": []})
    assert code(reply) == (404, "absent")


async def test_a_national_administrator_sees_the_country_and_nothing_abroad(desk: Desk) -> None:
    agency = desk["agency"]
    for where in ("", "/workers", "/keys"):
        assert (await agency.get(path(HARBOUR) + where)).status_code == 200
    mine = (await agency.get("/organisations/managed")).json()["items"]
    assert {one["organisation"] for one in mine} == {
        str(MEMBERS[one].organisation) for one in ("harbour", "lantern", "agency")
    }
    abroad = path(MEMBERS["agency-it"].organisation)
    assert code(await agency.get(abroad)) == (404, "absent")
    own = (await desk["harbour"].get("/organisations/managed")).json()["items"]
    assert [one["organisation"] for one in own] == [str(HARBOUR)]


async def test_the_public_list_shows_who_takes_part_and_no_applicant(desk: Desk) -> None:
    await everything(desk)
    found = (await desk["agency-it"].get("/organisations", country="RO")).json()["items"]
    assert {(one["name"], one["active"]) for one in found} == {
        ("harbour (invented)", True),
        ("lantern (invented)", False),
        ("agency (invented)", True),
    }
    assert set(found[0]) == {
        "organisation", "name", "kind", "country", "languages", "groups", "active",
    }  # fmt: skip
    page = (await desk["harbour"].get("/organisations", limit="1", active="true")).json()
    assert len(page["items"]) == 1
    rest = await desk["harbour"].get("/organisations", active="true", after=page["next"])
    assert len(rest.json()["items"]) == 2


async def test_duties_of_weight_and_one_s_own_are_refused_at_the_door_of_one_s_own(
    desk: Desk,
) -> None:
    harbour, agency = desk["harbour"], desk["agency"]
    second = path(HARBOUR, "workers", second_of(HARBOUR))
    mine = path(HARBOUR, "workers", worker_of(HARBOUR))
    asked = {"duties": ["assist", "first_responder"]}
    assert code(await act(harbour, second, "set-duties", asked)) == (409, "needs-vetting")
    more = {"duties": ["administer", "assist", "refer"]}
    assert code(await act(harbour, mine, "set-duties", more)) == (409, "own-duties")
    assert code(await act(harbour, mine, "set-duties", {"duties": []})) == (
        409,
        "last-administrator",
    )
    reply = await act(agency, second, "set-duties", asked)
    assert reply.json()["duties"] == ["assist", "first_responder"]


async def test_who_was_suspended_manages_nothing_more_though_the_token_still_holds(
    desk: Desk,
) -> None:
    harbour, agency = desk["harbour"], desk["agency"]
    second = path(HARBOUR, "workers", second_of(HARBOUR))
    assert (await act(harbour, second, "set-duties", {"duties": ["administer"]})).is_success
    mine = path(HARBOUR, "workers", worker_of(HARBOUR))
    assert (await act(agency, mine, "suspend", {"reason": "safety"})).is_success
    assert code(await act(harbour, mine, "restore")) == (403, "duty-missing")
    assert code(await harbour.post(path(HARBOUR, "workers"), {"duties": []})) == (
        403,
        "duty-missing",
    )


async def test_a_change_names_the_state_that_was_seen(desk: Desk) -> None:
    harbour = desk["harbour"]
    where = path(HARBOUR)
    blind = await harbour.http.post(
        f"{where}/accept-terms", json={"terms": 1}, headers={"Idempotency-Key": str(uuid4())}
    )
    assert code(blind) == (428, "if-match-required")
    await harbour.get(where)
    stale = harbour.tags[where]
    duties = {"duties": ["assist", "first_responder"]}
    assert (await act(desk["agency"], where, "set-duties", duties)).is_success
    harbour.tags[where] = stale
    reply = await harbour.post(f"{where}/accept-terms", {"terms": 1}, seen=where)
    assert code(reply) == (412, "stale")


async def test_a_repeated_request_adds_one_worker(desk: Desk) -> None:
    harbour = desk["harbour"]
    body = {"duties": ["assist"]}
    once = await harbour.post(path(HARBOUR, "workers"), body, key="one")
    again = await harbour.post(path(HARBOUR, "workers"), body, key="one")
    assert once.json()["worker"] == again.json()["worker"]
    assert UUID(once.json()["worker"]).version == 4
    assert len((await harbour.get(path(HARBOUR, "workers"))).json()["items"]) == 3
    other = await harbour.post(path(HARBOUR, "workers"), {"duties": []}, key="one")
    assert code(other) == (422, "idempotency-key-reused")


async def test_a_key_is_registered_as_jwk_or_pem_and_never_its_private_half(desk: Desk) -> None:
    harbour, secret = desk["harbour"], new_key(ES256)
    where = path(HARBOUR, "keys")
    pem = {"pem": public_pem(secret).decode()}
    first = await harbour.post(where, pem)
    assert first.status_code == 201
    assert first.json()["jwk"] == public_jwk(secret)
    assert code(await harbour.post(where, {"jwk": public_jwk(secret)})) == (409, "key-known")
    private = {"pem": private_pem(secret).decode()}
    flat = {"jwk": public_jwk() | {"y": "A" * 43}}
    both = {"jwk": public_jwk(), **pem}
    for wrong in (private, flat, both, {}, {"pem": "x"}):
        assert code(await harbour.post(where, wrong)) == (422, "key-unreadable")
    revealed = {"jwk": public_jwk() | {"d": "A" * 43}}
    assert (await harbour.post(where, revealed)).status_code == 422
    listed = (await harbour.get(where)).json()
    assert len(listed) == 2


async def test_an_operator_brings_in_the_first_agency_of_a_country_and_no_second(
    desk: Desk,
) -> None:
    body = ENTRANCE | {
        "kind": "CentralGovernmentOrganisation",
        "duties": ["national_agency", "vet_organisations"],
        "key": {"jwk": public_jwk()},
    }
    refused = await desk["operator"].post("/organisations/import", body)
    assert code(refused) == (409, "already-vetted-here")
    taken = await desk["operator"].post("/organisations/import", body | {"country": "PT"})
    assert taken.status_code == 201
    shown = (await desk["harbour"].get("/organisations", country="PT")).json()["items"]
    assert [one["active"] for one in shown] == [True]


async def test_everything_shown_is_rebuilt_from_the_facts(desk: Desk) -> None:
    await everything(desk)
    report = await rebuild_check(desk.house.running.app, service())
    assert report["same"], report
    assert [one["table"] for one in report["tables"] if one["empty"]] == []


async def test_the_migrated_tables_are_those_of_the_models(desk: Desk) -> None:
    await asyncio.to_thread(check, service(), desk.house.running.settings)


async def test_rows_are_walled_by_organisation_and_country(desk: Desk) -> None:
    haven = await everything(desk)
    shown = {"listed", "vetter"}
    for table in read_side(metadata):
        count = f"SELECT count(*) FROM {table.name}"
        assert (await desk.house.rows(count))[0][0] == 0, "nobody asks"
        stranger = (await desk.house.rows(count, uuid4()))[0][0]
        assert (stranger > 0) == (table.name in shown), table.name
        if table.name in shown:
            continue
        owners = f"SELECT DISTINCT org FROM {table.name}"
        assert {row[0] for row in await desk.house.rows(owners, HARBOUR)} == {HARBOUR}
        home = {HARBOUR, LANTERN, AGENCY, haven}
        assert {row[0] for row in await desk.house.rows(owners, AGENCY)} == home


async def test_messages_and_entries_hold_no_name_and_no_case(desk: Desk) -> None:
    await everything(desk)
    rows = await desk.house.rows("SELECT topic, key, stream, body FROM outbox ORDER BY id")
    assert {row.topic for row in rows} == {"nrm.access", "nrm.ledger"}
    for row in rows:
        assert row.key == row.stream
        assert b"invented" not in row.body
        assert b'"case"' not in row.body or row.topic == "nrm.access"


async def test_an_operator_compares_the_regions_of_an_organisation(desk: Desk) -> None:
    await everything(desk)
    said = (await desk["operator"].get(f"/operations/regions/{HARBOUR}")).json()
    assert said["service"] == "access"
    assert said["regions"]["organisation"] == "active"
    assert said["regions"]["terms"] == 1
    states = {one["state"] for one in said["regions"]["workers"].values()}
    assert states == {"active", "suspended"}
