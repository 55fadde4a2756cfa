"""Problems say a code and never what the caller sent."""

import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from uuid import uuid4

import httpx2
import pytest
import structlog
from fastapi import APIRouter
from fastapi.routing import iter_route_contexts

from nrm_runtime.settings import Misconfigured, Settings
from nrm_runtime.web.app import Undeclared, make
from nrm_runtime.web.route import CommandRoute
from nrm_runtime.web.shield import BODY_MAX

from . import tally
from .conftest import House, house_of, key

Begun = Callable[[], Awaitable[httpx2.Response]]
CANARY = "Maria-Ionescu-canary"


def shape(reply: httpx2.Response) -> tuple[int, str, str]:
    body = reply.json()
    assert reply.headers["content-type"] == "application/problem+json"
    assert body["status"] == reply.status_code
    assert body["type"] == f"urn:nrm:problem:{body['code']}"
    assert isinstance(body["title"], str)
    return reply.status_code, body["code"], body["title"]


async def test_every_refusal_is_a_problem_of_one_shape(
    begun: Begun, harbour: httpx2.AsyncClient, house: House
) -> None:
    path = (await begun()).headers["location"]
    stranger = house.caller(None)
    replies = [
        await stranger.get(path),
        await harbour.get("/nowhere"),
        await harbour.delete("/tallies"),
        await harbour.post("/tallies"),
        await harbour.post(f"{path}/raise", headers=key(), json={"steps": 1}),
        await harbour.post(f"{path}/raise", headers=key(), json={"steps": "x"}),
        await harbour.post(f"{path}/raise", headers=key(), content=b"{"),
        await harbour.post("/tallies/operate", headers=key()),
        await harbour.post("/tallies/fault", headers=key(), json={"word": "x"}),
    ]
    assert [shape(reply)[:2] for reply in replies] == [
        (401, "unauthorised"),
        (404, "absent"),
        (405, "method-not-allowed"),
        (400, "idempotency-key-required"),
        (428, "if-match-required"),
        (422, "validation"),
        (422, "validation"),
        (403, "scope-missing"),
        (500, "fault"),
    ]


async def test_input_that_does_not_fit_is_never_echoed(
    begun: Begun, harbour: httpx2.AsyncClient
) -> None:
    path = (await begun()).headers["location"] + "/raise"
    json = {"Content-Type": "application/json"}
    replies = [
        await harbour.post(path, headers=key(), json={"steps": CANARY}),
        await harbour.post(path, headers=key(), json={"steps": 1, CANARY: 1}),
        await harbour.post(path, headers=key(), json={"steps": 1, "words": {CANARY: "x"}}),
        await harbour.post(path, headers=key(), json=[CANARY]),
        await harbour.post(path, headers=key() | json, content=f'{{"{CANARY}'.encode()),
        await harbour.post(path, headers=key(), content=CANARY.encode()),
        await harbour.get(f"/tallies/{CANARY}"),
        await harbour.get("/tallies", params={"limit": CANARY}),
    ]
    for reply in replies:
        assert reply.status_code == 422
        assert CANARY not in reply.text + str(reply.headers)
    pointers = [[one["pointer"] for one in reply.json()["errors"]] for reply in replies]
    assert pointers[0] == ["/body/steps"]
    assert pointers[1] == ["/body"]
    assert pointers[2] == ["/body/words"]
    assert pointers[4] == ["/body"]
    assert pointers[6] == ["/path/case"]
    assert pointers[7] == ["/query/limit"]


async def test_a_fault_tells_neither_caller_nor_log_what_it_held(
    harbour: httpx2.AsyncClient, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    with structlog.testing.capture_logs() as lines, caplog.at_level(logging.DEBUG):
        reply = await harbour.post("/tallies/fault", headers=key(), json={"word": CANARY})
    assert shape(reply)[:2] == (500, "fault")
    (line,) = (one for one in lines if one["event"] == "web.failed")
    assert line["error"] == "RuntimeError"
    assert line["where"].startswith("tally:")
    printed = capfd.readouterr()
    told = reply.text + str(lines) + caplog.text + printed.out + printed.err
    assert CANARY not in told


async def test_every_reply_carries_the_headers_of_safety(
    house: House, harbour: httpx2.AsyncClient
) -> None:
    stranger = house.caller(None)
    replies = [
        await harbour.get("/tallies"),
        await stranger.get("/tallies"),
        await stranger.get("/nowhere"),
        await stranger.get("/healthz/live"),
        await stranger.get("/openapi.json"),
        await harbour.post("/tallies/fault", headers=key(), json={"word": "x"}),
        await harbour.post("/tallies", headers=key(), content=b"x" * (BODY_MAX + 1)),
    ]
    assert [reply.status_code for reply in replies] == [200, 401, 404, 200, 200, 500, 413]
    for reply in replies:
        assert reply.headers["content-security-policy"].startswith("default-src 'none'")
        assert reply.headers["referrer-policy"] == "no-referrer"
        assert reply.headers["cache-control"] == "no-store"
        assert reply.headers["x-content-type-options"] == "nosniff"
        assert reply.headers["strict-transport-security"].startswith("max-age=")
        assert reply.headers["cross-origin-opener-policy"] == "same-origin"


async def test_a_body_over_the_limit_is_refused_announced_or_not(
    harbour: httpx2.AsyncClient,
) -> None:
    announced = await harbour.post("/tallies", headers=key(), content=b"x" * (BODY_MAX + 1))

    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(BODY_MAX // 4096 + 1):
            yield b"x" * 4096

    counted = await harbour.post("/tallies", headers=key(), content=chunks())
    at_the_limit = await harbour.post("/tallies", headers=key(), content=b"x" * BODY_MAX)
    assert shape(announced)[:2] == shape(counted)[:2] == (413, "too-large")
    assert at_the_limit.status_code == 201


async def test_every_route_refuses_who_brings_no_token(house: House) -> None:
    stranger = house.caller(None)
    open_to_all = {"/healthz/live", "/healthz/ready", "/.well-known/jwks.json"}
    refused = set()
    for context in iter_route_contexts(house.app.routes):
        path = str(context.path)
        if path == "/openapi.json" or path in open_to_all:
            continue
        for method in sorted(context.methods or ()):
            for bearer in (
                {},
                {"Authorization": "Bearer nonsense"},
                {"Authorization": "Basic eA=="},
            ):
                headers = key() | bearer
                reply = await stranger.request(
                    method, path.replace("{case}", str(uuid4())), headers=headers
                )
                assert reply.status_code == 401, (method, path)
                assert "Bearer" in reply.headers["www-authenticate"]
                refused.add((method, path))
    assert len(refused) >= 14
    assert ("POST", "/tallies/{case}/raise") in refused
    assert ("PUT", "/development/clock") in refused


async def test_a_scope_that_nobody_asked_for_is_the_usual_one(house: House) -> None:
    reader = house.caller("harbour", "case:read")
    writer = house.caller("harbour", "case:write")
    operator = house.caller("operator")
    assert (await reader.get("/tallies")).status_code == 200
    assert (await writer.get("/tallies")).status_code == 403
    assert (await reader.post("/tallies", headers=key())).status_code == 403
    assert (await writer.post("/tallies", headers=key())).status_code == 201
    assert (await operator.get("/tallies")).status_code == 403
    assert (await operator.post("/tallies/operate", headers=key())).status_code == 200
    # Who may not ask does not learn how it would have failed either.
    absent = await writer.get(f"/tallies/{uuid4()}")
    assert (absent.status_code, absent.json()["code"]) == (403, "scope-missing")


async def test_a_duty_is_the_workers(house: House) -> None:
    entrusted, other = house.caller("harbour"), house.caller("haven")
    assert (await entrusted.post("/tallies/duty", headers=key())).status_code == 200
    refused = await other.post("/tallies/duty", headers=key())
    assert (refused.status_code, refused.json()["code"]) == (403, "duty-missing")


async def test_a_router_asks_for_all_its_routes_also_within_another(house: House) -> None:
    path = "/tallies/inner/within"
    assert (await house.caller("harbour").get(path)).status_code == 200
    assert (await house.caller("haven").get(path)).json()["code"] == "duty-missing"
    assert (await house.caller(None).get(path)).status_code == 401
    assert (await house.caller("harbour", "case:write").get(path)).status_code == 403


async def test_a_door_without_a_watch_does_not_open(tally_settings: Settings) -> None:
    unwatched = APIRouter()

    @unwatched.get("/open")
    async def unguarded() -> None: ...

    twice = APIRouter(route_class=CommandRoute)

    @twice.get("/one", operation_id="begin_tally")
    async def named_as_another() -> None: ...

    nameless = APIRouter(route_class=CommandRoute)

    @nameless.get("/two")
    async def without_operation() -> None: ...

    for extra in (unwatched, twice, nameless):
        service = tally.service()
        object.__setattr__(service, "routers", [*service.routers, extra])
        with pytest.raises(Undeclared):
            async with house_of(tally_settings, service):
                raise AssertionError


async def test_a_process_without_issuer_or_secret_does_not_start(
    house: House,
) -> None:
    for missing in ("issuer", "secret"):
        running = house.running
        kept = getattr(running.settings, missing)
        object.__setattr__(running.settings, missing, type(kept)())
        with pytest.raises(Misconfigured, match=missing.upper()):
            make(tally.service(), running)
        object.__setattr__(running.settings, missing, kept)


async def test_health_says_whether_the_database_answers(house: House) -> None:
    stranger = house.caller(None)
    assert (await stranger.get("/healthz/ready")).json() == {"status": "ok"}
    assert (await stranger.get("/healthz/live")).status_code == 200


async def test_the_document_of_the_doors_is_complete(house: House) -> None:
    document = (await house.caller(None).get("/openapi.json")).json()
    assert document["openapi"].startswith("3.1")
    raised = document["paths"]["/tallies/{case}/raise"]["post"]
    assert raised["operationId"] == "raise_tally"
    headers = {
        one["name"]: one["required"] for one in raised["parameters"] if one["in"] == "header"
    }
    assert headers == {"If-Match": False, "Idempotency-Key": True}
    assert raised["security"] == [{"token": []}]
    problem = raised["responses"]["default"]["content"]["application/problem+json"]
    assert problem["schema"] == {"$ref": "#/components/schemas/Problem"}
    glance = document["paths"]["/tallies/{case}/glance"]["post"]
    assert "Idempotency-Key" not in {one["name"] for one in glance["parameters"]}
    assert "security" not in document["paths"]["/.well-known/jwks.json"]["get"]
    assert "HTTPValidationError" not in document["components"]["schemas"]
    for pages in ("/docs", "/redoc"):
        assert (await house.caller(None).get(pages)).status_code == 404


async def test_the_reply_leaves_after_the_commit(
    house: House, begun: Begun, harbour: httpx2.AsyncClient
) -> None:
    path = (await begun()).headers["location"]
    for total in range(1, 20):
        await harbour.post(f"{path}/bump", headers=key())
        async with house.running.app.connect() as connection:
            await connection.exec_driver_sql(
                "SELECT set_config('nrm.org', $1, true)",
                (str(house.provider._clients["harbour"].organisation),),
            )
            found = await connection.exec_driver_sql(
                "SELECT total FROM tally WHERE case_ref = $1", (path.split("/")[-1],)
            )
            assert found.scalar_one() == total


async def test_development_doors_exist_in_development_only(
    house: House, tally_settings: Settings
) -> None:
    operator = house.caller("operator")
    assert (await operator.get("/development/clock")).status_code == 200
    production = replace(tally_settings, environment="production")
    async with house_of(production, tally.service()) as other:
        for path in ("/development/clock", "/development/quiet"):
            assert (await other.caller("operator").get(path)).status_code == 404
        assert (await other.caller("operator").put("/development/clock")).status_code == 404


async def test_the_clock_only_goes_forward_and_every_request_sees_it(house: House) -> None:
    operator = house.caller("operator")
    now = (await operator.get("/development/clock")).json()["offset_seconds"]
    for asked, holds in ((now + 60, now + 60), (now, now + 60), (now + 90, now + 90)):
        reply = await operator.put("/development/clock", json={"offset_seconds": asked})
        assert reply.json() == {"offset_seconds": holds}
    quiet = (await operator.get("/development/quiet")).json()
    assert quiet["offset_seconds"] == now + 90
    assert 0 <= quiet["unsent"] <= quiet["told"]["nrm.ledger"] == quiet["events"]
    assert (
        await house.caller("harbour").put("/development/clock", json={"offset_seconds": 1})
    ).status_code == 403
