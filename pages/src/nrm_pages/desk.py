"""What a service says of its pages; everything else follows from its API's own document."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

from nrm_pages.forms.pages import Shape

if TYPE_CHECKING:
    from nrm_pages.doors import Reply
    from nrm_pages.seat import Seat
    from nrm_runtime.access import Principal

After: TypeAlias = Callable[["Seat", Mapping[str, str], Any, str], Awaitable["Reply"]]
"""What follows at once: by the seat, the target, what the door answered, and a key of its own."""

Offered: TypeAlias = Callable[[Mapping[str, Any], "Principal"], Collection[str]]
"""Which of a listing's operations may be begun, by an item as the API shows it and who asks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One property of an item: how it is shown.

    `show` is one of text, code, codes, instant, date, deadline, organisation, case, number,
    yes_no, country, language; `codes` names the code list whose words are shown. `name` may be a
    dotted path, also through lists. A case leads to its page at the desk `at`, the own one if
    empty.
    """

    name: str
    show: str = "text"
    codes: str = ""
    at: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """A list of things, as a worklist or as a part of a case's page.

    `path` is asked of the own API (parameters from the address of the page); `target` gives, for
    operations and links about an item, the path parameters by the item's properties; `operations`
    may be begun from it; `due` names the instant by which something must be done; `link` leads
    to the page of the item's case, `thing` to the page of the thing of that name; `single` marks
    one thing instead of a list.

    `inside` is the property of the answer under which the items lie. With `each` the listing is
    asked for every item of another one, whose `target` fills the rest of the path; that item is
    `of` to the columns. `template` shows the part in a form of its own.

    `query` is always asked with the path, which may name `own_organisation`; `duty` hides the list
    from workers without it. Where no door says what may be done, `offered` does: all if absent.
    """

    name: str
    path: str
    columns: Sequence[Column]
    target: Mapping[str, str] = field(default_factory=dict)
    operations: Sequence[str] = ()
    due: str = ""
    single: bool = False
    link: bool = False
    filters: Sequence[str] = ()
    inside: str = "items"
    each: "Listing | None" = None
    template: str = ""
    thing: str = ""
    query: Mapping[str, str] = field(default_factory=dict)
    duty: str = ""
    offered: Offered | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Thing:
    """A page of one thing that is no case, at `/desk/{name}/{id}`.

    `parameter` is its id's name in paths of the API; `head` shows the thing itself, and what it
    shows is `of` to the items of the `sections`.
    """

    name: str
    parameter: str
    head: Listing
    sections: Sequence[Listing] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """The pages of one service.

    `worklists` stand on its first page, `sections` on the page of a case, and each of `things` has
    a page of its own; `shapes` say how
    operations are asked where the schema alone would ask badly; `hidden` operations have no page
    of their own, each with the reason; `after` names what a page does at once with the answer of an
    operation, and shows instead of it; `package` holds the service's templates and words.
    """

    service: str
    package: str
    worklists: Sequence[Listing]
    sections: Sequence[Listing] = ()
    things: Sequence[Thing] = ()
    begin: Sequence[str] = ()
    shapes: Mapping[str, Shape] = field(default_factory=dict)
    hidden: Mapping[str, str] = field(default_factory=dict)
    after: Mapping[str, After] = field(default_factory=dict)

    def thing(self, name: str) -> Thing | None:
        """Give what has pages under a name."""
        return next((one for one in self.things if one.name == name), None)

    def listings(self) -> Sequence[Listing]:
        """Give every listing that some page shows."""
        inside = [part for one in self.things for part in (one.head, *one.sections)]
        return (*self.worklists, *self.sections, *inside)

    def page_of(self, target: Mapping[str, str]) -> str:
        """Give the page of what an operation acts on: a case, a thing, else the first page."""
        if "case" in target:
            return f"/desk/cases/{target['case']}"
        for one in self.things:
            if one.parameter in target:
                return f"/desk/{one.name}/{target[one.parameter]}"
        return "/desk/"
