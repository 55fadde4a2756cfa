"""The door of an issuer of tokens: for whom it may issue now, with which duties, by which keys."""

from fastapi import APIRouter

from nrm_access import queries
from nrm_runtime.access import ISSUE
from nrm_runtime.web.edge import EdgeDep
from nrm_runtime.web.paging import Page, PagingDep
from nrm_runtime.web.route import CommandRoute

router = APIRouter(route_class=CommandRoute, prefix="/issuer", tags=["issuer"])


@router.get("/organisations", operation_id="list_issued_organisations")
async def list_issued_organisations(edge: EdgeDep, asked: PagingDep) -> Page[queries.IssuedView]:
    """List who takes part now, as an issuer needs it; to be asked once a minute or oftener."""
    edge.need(ISSUE)
    rows = await queries.issued(
        edge.tx, edge.principal, now=edge.now, limit=asked.limit, after=asked.after
    )
    return asked.page(rows, lambda row: (str(row.organisation),), lambda row: row)
