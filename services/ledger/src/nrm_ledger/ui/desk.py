"""What the ledger's desk is made of: pages of its own before those that every desk has."""

from collections.abc import Sequence
from typing import Final

from fastapi import FastAPI
from starlette.applications import Starlette
from starlette.routing import BaseRoute

from nrm_ledger.ui import auditing, receipts
from nrm_pages.desk import Desk
from nrm_pages.furnishing import furnish as furnished

DESK: Final = Desk(service="ledger", package="nrm_ledger.ui", worklists=())


def furnish(desk: Desk, api: FastAPI, app: Starlette) -> Sequence[BaseRoute]:
    """Furnish the desk; the first route that fits a path answers."""
    return [*auditing.ROUTES, *receipts.ROUTES, *furnished(desk, api, app)]
