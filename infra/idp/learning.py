"""What the provider learns from access: organisations, workers, duties and keys, every few seconds.

Until access has answered for the first time the seed file holds. Later, while access is away,
nobody can be suspended there either: what it said last holds on.
"""

import asyncio
import sys
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import httpx2
from joserfc.jwk import Key

from infra.idp.provider import Provider
from infra.idp.registry import Client
from nrm_runtime.access.signed import ES256, read_set

OFFICE = "issuer"
PATH = "/issuer/organisations"
REFRESH_S = 20.0
FIRST_S = 1.0  # between two looks until access has answered for the first time
ANSWER_S = 5.0  # of the whole list
PAGES_MAX = 1_000

Known = tuple[dict[str, Client], dict[str, Sequence[Key]]]


async def learn_on(provider: Provider, access: str) -> None:
    """Ask access again and again, until cancelled; one line says when it goes and comes again."""
    learnt = away = False
    async with httpx2.AsyncClient(base_url=access, timeout=ANSWER_S) as http:
        while True:
            try:
                learnt = await learn_once(provider, http) or learnt
                if away:
                    sys.stderr.write("access answers again\n")
                away = False
            except (httpx2.HTTPError, TimeoutError, ValueError, KeyError, TypeError) as error:
                if learnt and not away:
                    why = type(error).__name__
                    sys.stderr.write(f"access does not answer ({why}): what is known holds on\n")
                away = learnt
            await asyncio.sleep(REFRESH_S if learnt else FIRST_S)


async def learn_once(provider: Provider, http: httpx2.AsyncClient) -> bool:
    """Ask access once; say whether it knew any organisation: an empty list is no list.

    Raises an `httpx2.HTTPError` or `TimeoutError` where it is away, `ValueError`, `KeyError` or
    `TypeError` where its answer cannot be read; the provider then goes on by what it knew.
    """
    async with asyncio.timeout(ANSWER_S):
        items = await _items(http, provider.own_token(OFFICE))
    if not items:
        return False
    provider.learn(*known(items))
    return True


def known(items: Sequence[Mapping[str, Any]]) -> Known:
    """Read clients and their keys from what access says."""
    clients = {
        str(one["client"]): Client(
            name=str(one["client"]),
            organisation=UUID(one["organisation"]),
            kind=str(one["kind"]),
            country=str(one["country"]),
            scopes=frozenset(map(str, one["scopes"])),
            workers={
                UUID(each["worker"]): frozenset(map(str, each["duties"])) for each in one["workers"]
            },
            itself=False,
        )
        for one in items
    }
    keys: dict[str, Sequence[Key]] = {
        str(one["client"]): tuple(read_set({"keys": one["keys"]}, ES256).values()) for one in items
    }
    return clients, keys


async def _items(http: httpx2.AsyncClient, token: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    query = {"limit": "200"}
    for _ in range(PAGES_MAX):
        answer = await http.get(PATH, params=query, headers={"Authorization": f"Bearer {token}"})
        answer.raise_for_status()
        page = answer.json()
        found += page["items"]
        if page["next"] is None:
            return found
        query["after"] = page["next"]
    raise ValueError("the list has no end")
