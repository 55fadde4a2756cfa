"""One operation as pages: what it does, its questions, check your answers, send, what came of it.

The draft's id is the idempotency key, and the ETag is that of the thing as it stood when the form
was begun: pressing twice does one thing, and who was overtaken is told before anything happens.
"""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID, uuid4, uuid5

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from nrm_pages.drafts import Draft
from nrm_pages.forms.answers import ABSENT, answer, missing, put
from nrm_pages.forms.choosing import Asking, Choices, choices_of
from nrm_pages.forms.fields import Field, Kind
from nrm_pages.forms.operations import Operation
from nrm_pages.forms.pages import PLAIN, Page, Shape, pages_of
from nrm_pages.forms.posted import ROWS_MAX, Fault, Posted, numbers, read, required
from nrm_pages.forms.prefill import texts_of
from nrm_pages.forms.refusals import faults_of
from nrm_pages.forms.showing import summary
from nrm_pages.forms.tables import in_place
from nrm_pages.look.render import render
from nrm_pages.pages.refused import refused, vanished
from nrm_pages.seat import Seat
from nrm_pages.sitting import seated
from nrm_pages.words import t
from nrm_pages.words.formats import country

FORM_MAX: Final = 5_000  # fields of one page
CHECK: Final = "check"
HOME: Final = "/desk/"
STALE: Final = 412
INVALID: Final = 422
PRIVATE: Final = frozenset({"private", "family"})


class Doing:
    """What is being done: the operation, its shape and pages, on what, by whom."""

    def __init__(self, seat: Seat, operation: Operation, target: Mapping[str, str]) -> None:
        """Take an operation up."""
        self.seat = seat
        self.operation = operation
        self.target = dict(target)
        self.shape: Shape = seat.office.desk.shapes.get(operation.name, PLAIN)
        self.pages = pages_of(operation.body, self.shape)

    @property
    def address(self) -> str:
        """The path of the API's door."""
        return self.operation.address(self.target)

    @property
    def back(self) -> str:
        """The page that somebody came from: the case or thing, or the first page."""
        return self.seat.office.desk.page_of(self.target)

    def page(self, name: str) -> Page | None:
        """Give a page by its name."""
        return next((one for one in self.pages if one.name == name), None)

    def after(self, page: Page) -> str:
        """Give the name of the page that follows."""
        later = self.pages[self.pages.index(page) + 1 :]
        return later[0].name if later else CHECK

    def before(self, page: Page) -> Page | None:
        """Give the page before; None at the first."""
        place = self.pages.index(page)
        return self.pages[place - 1] if place else None

    def asking(self, draft: Draft, query: Mapping[str, str]) -> Asking:
        """Say for which form something may be chosen."""
        return Asking(shape=self.shape, target=self.target, answers=draft.answers, query=query)

    async def looked(self) -> tuple[bool, str | None]:
        """Look at the thing that is acted on: whether it is there, and its ETag."""
        shown = self.seat.office.document.shown_at(self.operation)
        if shown is None or not self.operation.guarded:
            return True, None
        reply = await self.seat.doors.get(shown.address(self.target))
        return reply.ok, reply.etag


def taken_up(seat: Seat, name: str, target: Mapping[str, str]) -> Doing | None:
    """Take up an operation that people may do here, on a target of well-formed ids."""
    operation = seat.office.document.operations.get(name)
    hidden = seat.office.desk.hidden
    if operation is None or operation.method == "GET" or name in hidden:
        return None
    given = {key: target[key] for key in operation.parameters if key in target}
    if set(given) != set(operation.parameters) or not all(map(opaque, given.values())):
        return None
    return Doing(seat, operation, given)


def opaque(text: str) -> bool:
    """Say whether a text is an id as services give them."""
    try:
        return str(UUID(text)) == text.lower()
    except ValueError:
        return False


@seated
async def begin(request: Request, seat: Seat) -> Response:
    """Say what an operation does, and begin it."""
    doing = taken_up(seat, request.path_params["operation"], request.query_params)
    if doing is None:
        return vanished(request)
    there, etag = await doing.looked()
    if not there:
        return vanished(request)
    if request.method == "POST":
        if doing.pages:
            draft = await seat.drafts.begin(doing.operation.name, doing.target, etag)
            return see(f"/desk/drafts/{draft.id}/{doing.pages[0].name}")
        return await _at_once(request, doing)
    mine = [
        one
        for one in await seat.drafts.mine()
        if (one.operation, one.target) == (doing.operation.name, doing.target)
    ]
    return render(
        request,
        "desk/begin.html",
        **_about(doing),
        drafts=mine if doing.pages else [],
        key=str(uuid4()),
        etag=etag or "",
    )


async def _at_once(request: Request, doing: Doing) -> Response:
    """Send an operation that asks nothing, under the key its page was given."""
    form = await request.form(max_fields=FORM_MAX)
    key, etag = str(form.get("key", "")), str(form.get("etag", "")) or None
    if not opaque(key):
        return vanished(request)
    reply = await doing.seat.doors.post(doing.address, key=key, etag=etag)
    if not reply.ok:
        return refused(request, reply, doing.back)
    return see(f"{doing.back}?done={doing.operation.name}")


async def _opened(request: Request, seat: Seat) -> tuple[Draft, Doing] | None:
    """Give a draft of this worker and what it does; None for anybody else's."""
    try:
        draft = await seat.drafts.find(UUID(request.path_params["draft"]))
    except ValueError:
        return None
    doing = None if draft is None else taken_up(seat, draft.operation, draft.target)
    return None if draft is None or doing is None else (draft, doing)


@seated
async def ask(request: Request, seat: Seat) -> Response:
    """Ask the questions of one page and keep the answers."""
    opened = await _opened(request, seat)
    if opened is None:
        return vanished(request)
    draft, doing = opened
    if draft.sent:
        return see(f"/desk/drafts/{draft.id}/done")
    page = doing.page(request.path_params["page"])
    if page is None:
        return see(f"/desk/drafts/{draft.id}/{doing.pages[0].name}")
    choices = await choices_of(seat, doing.asking(draft, request.query_params), page)
    if request.method == "GET":
        return _question(request, draft, doing, page, choices, {}, [])
    posted = _texts(await request.form(max_fields=FORM_MAX))
    answers, faults = _read(draft, page, posted, seat)
    if "more" in posted:  # another line of a table was asked for
        return _question(request, draft, doing, page, choices, posted, [])
    if faults:
        return _question(request, draft, doing, page, choices, posted, faults)
    to_check = "check" in request.query_params
    step = CHECK if to_check else doing.after(page)
    await seat.drafts.keep(draft, answers, step)
    return see(f"/desk/drafts/{draft.id}/{step}")


def _texts(form: Any) -> dict[str, list[str]]:  # noqa: ANN401 - form data of the framework
    found: dict[str, list[str]] = {}
    for key, value in form.multi_items():
        if isinstance(value, str):
            found.setdefault(key, []).append(value)
    return found


def _read(
    draft: Draft, page: Page, posted: Posted, seat: Seat
) -> tuple[dict[str, Any], list[Fault]]:
    answers, faults = dict(draft.answers), []
    for one in page.fields:
        value, wrong = read(one, posted, seat.zone)
        faults += wrong
        needed = one.required and len(one.path) == 1 and one.default is None
        if value is ABSENT and needed and not wrong:
            faults.append(required(one))
        if not wrong:
            put(answers, one, value)
    return answers, faults


def _question(
    request: Request,
    draft: Draft,
    doing: Doing,
    page: Page,
    choices: Choices,
    posted: Posted,
    faults: list[Fault],
) -> Response:
    """Show one page: what was typed just now, else what the draft holds."""
    before = doing.before(page)
    back = {"back": f"/desk/drafts/{draft.id}/{before.name}"} if before else {}
    zone = doing.seat.zone
    texts: dict[str, Any] = {}
    for one in page.fields:
        given = answer(draft.answers, one)
        if one.name in doing.shape.matrix and given is not ABSENT:
            given = in_place(one, given, doing.shape.matrix[one.name])
        texts.update(texts_of(one, given, zone))
    texts = dict(posted) or texts
    return render(
        request,
        doing.shape.templates.get(page.name, "desk/question.html"),
        status=INVALID if faults else 200,
        **_about(doing) | back,
        draft=draft,
        page=page,
        private=any(one.path[0] in PRIVATE for one in page.fields),
        choices=choices,
        texts=texts,
        lines={one.name: _lines(one, texts) for one in page.fields if one.kind is Kind.ROWS},
        **in_words(faults),
        place=doing.pages.index(page) + 1,
        of=len(doing.pages),
    )


def _lines(asked: Field, texts: Mapping[str, Any]) -> int:
    """Give how many lines of a table are shown: those with something in them and an empty one."""
    wanted = texts.get("more", ["0"])[0]
    most = min(asked.most or ROWS_MAX, ROWS_MAX)
    shown = max((number + 1 for number in numbers(asked.name, texts)), default=0)
    return min(most, max(int(wanted) if wanted.isdigit() else 0, shown, 1))


@seated
async def check(request: Request, seat: Seat) -> Response:
    """Show all answers, and send them."""
    opened = await _opened(request, seat)
    if opened is None:
        return vanished(request)
    draft, doing = opened
    if draft.sent:
        return see(f"/desk/drafts/{draft.id}/done")
    faults = _gaps(draft, doing)
    if request.method == "POST" and not faults:
        form = await request.form(max_fields=FORM_MAX)
        if "again" in form:
            _, etag = await doing.looked()
            await seat.drafts.look_again(draft, etag)
            return see(f"/desk/drafts/{draft.id}/{CHECK}")
        reply = await seat.doors.post(
            doing.address, draft.answers, key=str(draft.id), etag=draft.etag
        )
        if reply.ok:
            return await _done(request, draft, doing, reply.body)
        if reply.status not in {STALE, INVALID}:
            return refused(request, reply, f"/desk/drafts/{draft.id}/{CHECK}")
        if reply.status == STALE:
            return render(request, "desk/changed.html", STALE, **_about(doing), draft=draft)
        faults = faults_of(reply, doing.operation)
        if not faults:
            return refused(request, reply, f"/desk/drafts/{draft.id}/{CHECK}")
    return render(
        request,
        "desk/check.html",
        status=INVALID if faults and request.method == "POST" else 200,
        **_about(doing),
        draft=draft,
        lines=await summary(seat, doing.shape, doing.target, doing.pages, draft.answers),
        **in_words(faults if request.method == "POST" else []),
    )


def _gaps(draft: Draft, doing: Doing) -> list[Fault]:
    """Give what must still be answered; only a fault of the order of pages lets it happen."""
    body = doing.operation.body
    asked = {field.name for page in doing.pages for field in page.fields}
    if body is None:
        return []
    return [required(one) for one in missing(draft.answers, body) if one.name in asked]


async def _done(request: Request, draft: Draft, doing: Doing, body: Any) -> Response:  # noqa: ANN401
    """Remember where it led; what was read of a person is shown once and kept nowhere."""
    result = doing.back
    follows = doing.seat.office.desk.after.get(doing.operation.name)
    if follows is not None:
        await doing.seat.drafts.sent(draft, doing.back)
        key = str(uuid5(draft.id, doing.operation.name))
        reply = await follows(doing.seat, doing.target, body, key)
        if not reply.ok:
            return refused(request, reply, doing.back)
        body = reply.body
    if isinstance(body, dict):
        if "documents" in body:
            await doing.seat.drafts.sent(draft, doing.back)
            return render(request, "desk/documents.html", **_about(doing), read=body)
        if result == HOME and body.get("case"):
            result = f"/desk/cases/{body['case']}"
    await doing.seat.drafts.sent(draft, result)
    return see(f"/desk/drafts/{draft.id}/done")


@seated
async def done(request: Request, seat: Seat) -> Response:
    """Say that it is done and where to go on."""
    opened = await _opened(request, seat)
    if opened is None or not opened[0].sent:
        return vanished(request)
    draft, doing = opened
    code = await code_of(seat, draft.result or "")
    return render(request, "desk/done.html", **_about(doing), draft=draft, code=code)


@seated
async def discard(request: Request, seat: Seat) -> Response:
    """Discard a draft, after asking."""
    opened = await _opened(request, seat)
    if opened is None:
        return vanished(request)
    draft, doing = opened
    if request.method == "POST":
        await seat.drafts.drop(draft.id)
        return see(doing.back)
    return render(request, "desk/discard.html", **_about(doing), draft=draft)


@seated
async def mine(request: Request, seat: Seat) -> Response:
    """List what this worker has begun and not sent."""
    drafts = [(one, taken_up(seat, one.operation, one.target)) for one in await seat.drafts.mine()]
    return render(
        request,
        "desk/drafts.html",
        drafts=[(one, of) for one, of in drafts if of is not None],
        place_of_work=seat.principal.country,
    )


def _about(doing: Doing) -> dict[str, Any]:
    return {
        "doing": doing,
        "name": doing.operation.name,
        "back": doing.back,
        "place_of_work": doing.seat.principal.country,
        "zone_words": country(doing.seat.principal.country),
    }


def in_words(faults: list[Fault]) -> dict[str, Any]:
    """Give faults in words: by the input, and as the list at the top of the page."""
    wrong = {one.name: t(f"fault.{one.rule}", **one.bounds) for one in reversed(faults)}
    return {
        "wrong": wrong,
        "errors": [(words, f"#{name}") for name, words in reversed(wrong.items())],
    }


async def code_of(seat: Seat, result: str) -> str:
    """Give the code of the case that a sent form led to, where this service knows it."""
    case = result.removeprefix("/desk/cases/")
    if not opaque(case):
        return ""
    reply = await seat.doors.get(f"/cases/{case}")
    return str(reply.body.get("code", "")) if reply.ok and isinstance(reply.body, dict) else ""


def see(path: str) -> Response:
    """Answer what was done by the page to look at next."""
    return RedirectResponse(path, 303)


ROUTES: Final = (
    Route("/do/{operation}", begin, methods=["GET", "POST"], name="begin"),
    Route("/drafts", mine, methods=["GET"], name="drafts"),
    Route("/drafts/{draft}/check", check, methods=["GET", "POST"], name="check"),
    Route("/drafts/{draft}/done", done, methods=["GET"], name="done"),
    Route("/drafts/{draft}/discard", discard, methods=["GET", "POST"], name="discard"),
    Route("/drafts/{draft}/{page}", ask, methods=["GET", "POST"], name="question"),
)
