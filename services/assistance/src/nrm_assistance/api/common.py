"""What the doors of assistance share: act on one's own assistance, seal what is private."""

from collections.abc import Sequence
from typing import Any, TypeVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from nrm_assistance import queries
from nrm_assistance.documents import DOCUMENTS, Private
from nrm_assistance.domain.commands import OnAssistance
from nrm_assistance.domain.parts import Agreement, Assent
from nrm_contracts.codes import Duty
from nrm_contracts.consent_codes import ConsentForm, ConsentGiver, DataCategory
from nrm_contracts.ids import AssistanceId
from nrm_contracts.profiles import UnknownCountry, profile
from nrm_runtime.access import WRITE
from nrm_runtime.core import Due
from nrm_runtime.persons.payloads import Document
from nrm_runtime.web.edge import Edge
from nrm_runtime.web.problems import Problem, absent

CommandT = TypeVar("CommandT", bound=OnAssistance)
Found = TypeVar("Found")


class Body(BaseModel):
    """Base of every request: strict, and silent about its input when it fails."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class AgreedIn(Body):
    """Who agreed: the person, or guardian or representative; for a child its assent as well."""

    giver: ConsentGiver = ConsentGiver.PERSON
    form: ConsentForm
    assent: Assent = Assent.NOT_NEEDED

    def agreement(self) -> Agreement:
        """Give it as the machine reads it."""
        return Agreement(giver=self.giver, form=self.form, assent=self.assent)


def command(
    edge: Edge,
    what: type[CommandT],
    assistance: UUID,
    /,
    **fields: Any,  # noqa: ANN401 - the fields of any command
) -> CommandT:
    """Make a command of this request on one assistance."""
    base: dict[str, Any] = {"id": edge.command_id, "by": edge.by, "at": edge.now}
    return what(**base, assistance=AssistanceId(assistance), **fields)


def may_assist(edge: Edge) -> None:
    """Let only workers pass to whom their organisation entrusts assistance."""
    edge.need(WRITE, duty=Duty.ASSIST)


async def act(
    edge: Edge, case: UUID, asked: OnAssistance, private: Sequence[Document] = ()
) -> queries.AssistanceView:
    """Execute a command on an assistance the caller sees, guarded by If-Match, and show it."""
    may_assist(edge)
    view = await queries.assistance(edge.tx, case, asked.assistance, edge.principal)
    if view is None:
        raise absent()
    edge.match(view.event_id)
    await edge.execute(case, asked, documents=private)
    return await edge.show(queries.assistance(edge.tx, case, asked.assistance, edge.principal))


def there(found: Found | None) -> Found:
    """Give what was found; nothing is 404, as is what may not be seen."""
    if found is None:
        raise absent()
    return found


async def person(edge: Edge, case: UUID) -> UUID:
    """Give the opaque name of a case's person, for sealing what is written about them."""
    return there(await queries.person(edge.tx, case, edge.principal))


def sealed(
    about: UUID,
    part: str,
    content: Private | None,
    *,
    name: UUID | None = None,
    category: DataCategory | None = None,
) -> tuple[Document, ...]:
    """Make a private document about a person, if there is one.

    `name` is set where several of a kind stand side by side, `category` where it is not the
    usual one of the part.
    """
    if content is None:
        return ()
    return (
        Document(
            part=part if name is None else f"{part}.{name}",
            person=about,
            category=category or DOCUMENTS[part][1],
            content=content.model_dump_json(exclude_none=True).encode(),
        ),
    )


def due(edge: Edge, section: str, key: str) -> Due:
    """Compute a deadline by the profile of the acting organisation's country."""
    try:
        rules = profile(edge.principal.country)
    except UnknownCountry as error:
        raise Problem(422, "unknown-country", "No country profile exists for it.") from error
    return Due.of(rules.due(section, key, edge.now))
