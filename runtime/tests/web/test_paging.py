"""Cursors are good for the list and organisation they were made for."""

import httpx2

from .conftest import House, key


async def every(client: httpx2.AsyncClient, limit: int) -> list[str]:
    cases: list[str] = []
    after: dict[str, str] = {}
    for _ in range(500):
        page = (await client.get("/tallies", params={"limit": str(limit), **after})).json()
        cases += [item["case"] for item in page["items"]]
        if page["next"] is None:
            return cases
        after = {"after": page["next"]}
    raise AssertionError


async def test_pages_together_hold_everything_once(
    harbour: httpx2.AsyncClient, haven: httpx2.AsyncClient
) -> None:
    made = {(await harbour.post("/tallies", headers=key())).json()["case"] for _ in range(5)}
    theirs = (await haven.post("/tallies", headers=key())).json()["case"]
    seen = await every(harbour, 2)
    assert len(seen) == len(set(seen))
    assert made <= set(seen)
    assert theirs not in seen
    assert seen == await every(harbour, 200) == sorted(seen)


async def test_a_cursor_is_good_for_its_list_and_organisation_only(
    harbour: httpx2.AsyncClient, haven: httpx2.AsyncClient
) -> None:
    for _ in range(2):
        await harbour.post("/tallies", headers=key())
    cursor = (await harbour.get("/tallies?limit=1")).json()["next"]
    assert (await harbour.get("/tallies", params={"after": cursor})).status_code == 200
    changed = cursor[:-2] + ("AA" if cursor[-2:] != "AA" else "BB")
    for client, given in ((haven, cursor), (harbour, changed), (harbour, "§"), (harbour, "AAAA")):
        reply = await client.get("/tallies", params={"after": given})
        assert (reply.status_code, reply.json()["code"]) == (422, "cursor")


async def test_limits_of_a_page_hold(house: House) -> None:
    client = house.caller("harbour")
    for limit in ("0", "201", "many"):
        assert (await client.get("/tallies", params={"limit": limit})).status_code == 422
