"""What the doors of identification share: act on a case, seal what is private, show the case."""

from collections.abc import Sequence
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from nrm_contracts.organisations import Organisations, organisations
from nrm_identification import queries
from nrm_identification.documents import DOCUMENTS, Private
from nrm_runtime.core import Command
from nrm_runtime.store.execute import Document
from nrm_runtime.web.edge import Edge
from nrm_runtime.web.problems import absent


class Body(BaseModel):
    """Base of every request: strict, and silent about its input when it fails."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


async def act(
    edge: Edge, case: UUID, command: Command, private: Sequence[tuple[str, Private | None]] = ()
) -> queries.CaseView:
    """Execute a command on a case the caller sees, guarded by If-Match, and show the case."""
    view = await queries.case(edge.tx, case, edge.principal)
    if view is None:
        raise absent()
    edge.match(view.event_id)
    person = await queries.person(edge.tx, case, edge.principal)
    documents = sealed(person, private) if person is not None else ()
    await edge.execute(case, command, documents=documents)
    return await edge.show(queries.case(edge.tx, case, edge.principal))


def sealed(person: UUID, private: Sequence[tuple[str, Private | None]]) -> tuple[Document, ...]:
    """Make private documents of the parts that were given."""
    return tuple(
        Document(
            part=part,
            person=person,
            category=DOCUMENTS[part][1],
            content=content.model_dump_json(exclude_none=True).encode(),
        )
        for part, content in private
        if content is not None
    )


def directory(edge: Edge) -> Organisations:
    """Give the organisations of this copy."""
    path = edge.running.settings.organisations
    return organisations(path) if path is not None else Organisations(organisations=())
