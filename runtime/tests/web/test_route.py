"""One transaction per request, committed before the reply, done once per key."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from uuid import UUID, uuid4

import httpx2

from nrm_runtime.web.etags import etag
from nrm_runtime.web.idempotency import forget
from nrm_runtime.web.route import OUTPACED_MAX

from .conftest import House, key

Begun = Callable[[], Awaitable[httpx2.Response]]


async def count(house: House, question: str) -> int:
    async with house.running.app.connect() as connection:
        return int((await connection.exec_driver_sql(question)).scalar_one())


async def test_a_tally_is_begun_and_shown(begun: Begun, harbour: httpx2.AsyncClient) -> None:
    first = await begun()
    again = await harbour.get(first.headers["location"])
    assert again.status_code == 200
    assert again.json() == first.json() == {"case": first.json()["case"], "total": 0}
    assert again.headers["etag"] == first.headers["etag"]


async def test_the_tag_hides_the_event_it_stands_for(house: House, begun: Begun) -> None:
    reply = await begun()
    async with house.running.app.connect() as connection:
        events = await connection.exec_driver_sql("SELECT event_id FROM event")
        found = {str(row.event_id) for row in events if etag(row.event_id) == reply.headers["etag"]}
    assert len(found) == 1
    assert not any(one in reply.text + str(reply.headers) for one in found)


async def test_five_calls_with_one_key_do_the_work_once(
    house: House, harbour: httpx2.AsyncClient
) -> None:
    before = await count(house, "SELECT count(*) FROM event")
    same = key()
    replies = await asyncio.gather(
        *(harbour.post("/tallies", headers=same) for _ in range(5)),
    )
    assert {reply.status_code for reply in replies} == {201}
    assert len({reply.text for reply in replies}) == 1
    assert len({(r.headers["location"], r.headers["etag"]) for r in replies}) == 1
    replayed = [reply.headers.get("idempotency-replayed") for reply in replies]
    assert sorted(replayed, key=str) == [None, "true", "true", "true", "true"]
    assert await count(house, "SELECT count(*) FROM event") == before + 1


async def test_a_key_stands_for_one_request_only(begun: Begun, harbour: httpx2.AsyncClient) -> None:
    begin = await begun()
    path = begin.headers["location"] + "/raise"
    same = key() | {"If-Match": begin.headers["etag"]}
    first = await harbour.post(path, headers=same, json={"steps": 1})
    other_body = await harbour.post(path, headers=same, json={"steps": 2})
    other_path = await harbour.post("/tallies", headers=same)
    assert first.status_code == 200
    assert (other_body.status_code, other_body.json()["code"]) == (422, "idempotency-key-reused")
    assert (other_path.status_code, other_path.json()["code"]) == (422, "idempotency-key-reused")


async def test_a_repeat_is_the_same_whatever_the_order_of_fields(
    begun: Begun, harbour: httpx2.AsyncClient
) -> None:
    begin = await begun()
    path = begin.headers["location"] + "/raise"
    asked = key() | {"If-Match": begin.headers["etag"], "Content-Type": "application/json"}
    first = await harbour.post(path, headers=asked, content=b'{"steps":1,"words":{"a":1}}')
    again = await harbour.post(path, headers=asked, content=b'{ "words": {"a": 1}, "steps": 1 }')
    assert (first.status_code, again.status_code) == (200, 200)
    assert again.headers["idempotency-replayed"] == "true"
    assert again.text == first.text


async def test_another_organisation_may_use_the_same_key(
    harbour: httpx2.AsyncClient, haven: httpx2.AsyncClient
) -> None:
    same = key()
    mine = await harbour.post("/tallies", headers=same)
    theirs = await haven.post("/tallies", headers=same)
    assert (mine.status_code, theirs.status_code) == (201, 201)
    assert mine.json()["case"] != theirs.json()["case"]
    assert "idempotency-replayed" not in theirs.headers


async def test_a_refused_call_keeps_nothing(
    house: House, begun: Begun, harbour: httpx2.AsyncClient
) -> None:
    begin = await begun()
    path = begin.headers["location"] + "/raise"
    asked = key() | {"If-Match": begin.headers["etag"]}
    kept = await count(house, "SELECT count(*) FROM idempotency")
    refused = await harbour.post(path, headers=asked, json={"steps": 0})
    assert (refused.status_code, refused.json()["code"]) == (409, "not-forward")
    assert await count(house, "SELECT count(*) FROM idempotency") == kept
    # The same key is free again, even for something else.
    assert (await harbour.post(path, headers=asked, json={"steps": 3})).json()["total"] == 3


async def test_a_post_needs_a_key_of_a_decent_form(harbour: httpx2.AsyncClient) -> None:
    for headers in ({}, {"Idempotency-Key": ""}, {"Idempotency-Key": "x" * 201}):
        reply = await harbour.post("/tallies", headers=headers)
        assert (reply.status_code, reply.json()["code"]) == (400, "idempotency-key-required")


async def test_old_keys_are_forgotten(house: House, begun: Begun) -> None:
    await begun()
    async with house.running.app.begin() as tx:
        assert await forget(tx) == 0
        assert await forget(tx, timedelta(0)) > 0
    await begun()
    async with house.running.app.begin() as tx:
        await tx.exec_driver_sql("UPDATE idempotency SET made_at = made_at - interval '8 days'")
    async with house.app.router.lifespan_context(house.app):
        for _ in range(100):
            if await count(house, "SELECT count(*) FROM idempotency") == 0:
                break
            await asyncio.sleep(0.05)
    assert await count(house, "SELECT count(*) FROM idempotency") == 0


async def test_a_change_needs_the_tag_of_what_stands_now(
    begun: Begun, harbour: httpx2.AsyncClient
) -> None:
    begin = await begun()
    path = begin.headers["location"] + "/raise"
    body = {"steps": 2}
    missing = await harbour.post(path, headers=key(), json=body)
    anything = await harbour.post(path, headers=key() | {"If-Match": "*"}, json=body)
    seen = {"If-Match": begin.headers["etag"]}
    raised = await harbour.post(path, headers=key() | seen, json=body)
    stale = await harbour.post(path, headers=key() | seen, json=body)
    weak = {"If-Match": f"W/{raised.headers['etag']}"}
    assert (missing.status_code, missing.json()["code"]) == (428, "if-match-required")
    assert anything.status_code == 428
    assert raised.status_code == 200
    assert (stale.status_code, stale.json()["code"]) == (412, "stale")
    assert stale.headers["etag"] == raised.headers["etag"] != begin.headers["etag"]
    assert (await harbour.post(path, headers=key() | weak, json=body)).status_code == 412
    either = {"If-Match": f'"0000000000000000", {raised.headers["etag"]}'}
    assert (await harbour.post(path, headers=key() | either, json=body)).json()["total"] == 4


async def test_a_repeat_is_answered_even_when_its_tag_is_stale_by_now(
    begun: Begun, harbour: httpx2.AsyncClient
) -> None:
    begin = await begun()
    path = begin.headers["location"] + "/raise"
    asked = key() | {"If-Match": begin.headers["etag"]}
    first = await harbour.post(path, headers=asked, json={"steps": 2})
    again = await harbour.post(path, headers=asked, json={"steps": 2})
    assert again.headers["idempotency-replayed"] == "true"
    assert (again.json(), again.headers["etag"]) == (first.json(), first.headers["etag"])


async def test_a_stranger_cannot_tell_what_is_hidden_from_what_is_absent(
    begun: Begun, haven: httpx2.AsyncClient
) -> None:
    hidden = await haven.get((await begun()).headers["location"])
    absent = await haven.get(f"/tallies/{uuid4()}")
    assert hidden.status_code == absent.status_code == 404
    assert hidden.content == absent.content
    shown = {name for name in hidden.headers if name != "date"}
    assert shown == {name for name in absent.headers if name != "date"}


async def test_rivals_in_one_stream_all_get_their_turn(
    begun: Begun, harbour: httpx2.AsyncClient
) -> None:
    path = (await begun()).headers["location"]
    rivals = OUTPACED_MAX + 1
    replies = await asyncio.gather(
        *(harbour.post(f"{path}/bump", headers=key()) for _ in range(rivals))
    )
    assert {reply.status_code for reply in replies} == {200}
    assert (await harbour.get(path)).json()["total"] == rivals


async def test_who_is_outpaced_for_good_is_told_so(harbour: httpx2.AsyncClient) -> None:
    reply = await harbour.post("/tallies/fail/outpaced", headers=key())
    assert (reply.status_code, reply.json()["code"]) == (409, "outpaced")


async def test_each_expected_failure_has_its_answer(harbour: httpx2.AsyncClient) -> None:
    answers = {}
    for how in ("early", "erased", "vault", "database"):
        reply = await harbour.post(f"/tallies/fail/{how}", headers=key())
        later = reply.headers.get("retry-after")
        answers[how] = (reply.status_code, reply.json()["code"], later)
    assert answers == {
        "early": (409, "too-early", "1"),
        "erased": (410, "erased", None),
        "vault": (503, "vault-away", "1"),
        "database": (503, "database-away", "1"),
    }


async def test_a_recorded_read_is_a_new_read_each_time(
    house: House, harbour: httpx2.AsyncClient
) -> None:
    before = await count(house, "SELECT count(*) FROM glance")
    kept = await count(house, "SELECT count(*) FROM idempotency")
    same = key()
    posted = [await harbour.post(f"/tallies/{uuid4()}/glance", headers=same) for _ in range(2)]
    got = [await harbour.get(f"/tallies/{uuid4()}/glanced") for _ in range(2)]
    assert {reply.status_code for reply in posted + got} == {200}
    assert len({reply.json()["seen"] for reply in posted + got}) == 4
    assert await count(house, "SELECT count(*) FROM glance") == before + 4
    assert await count(house, "SELECT count(*) FROM idempotency") == kept


async def test_any_other_get_cannot_write(house: House, harbour: httpx2.AsyncClient) -> None:
    before = await count(house, "SELECT count(*) FROM glance")
    assert (await harbour.get(f"/tallies/{uuid4()}/meddle")).status_code == 500
    assert await count(house, "SELECT count(*) FROM glance") == before


async def test_ids_agree_on_a_retry_and_are_guessed_by_nobody(
    house: House, harbour: httpx2.AsyncClient
) -> None:
    asked = {"Idempotency-Key": "the same"}
    first = (await harbour.post("/tallies/duty", headers=asked)).json()
    async with house.running.app.begin() as tx:
        gone = "DELETE FROM idempotency WHERE key = encode(sha256('the same'), 'hex')"
        assert (await tx.exec_driver_sql(gone)).rowcount == 1
    second = (await harbour.post("/tallies/duty", headers=asked)).json()
    other = (await harbour.post("/tallies/duty", headers=key())).json()
    assert first == second
    assert len({first["id"], first["other"], other["id"], other["other"]}) == 4
    assert UUID(first["id"]).version == 4
