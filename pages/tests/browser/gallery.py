"""A desk that shows every shared part at once, with invented content as long as it gets."""

import datetime as dt
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from jinja2 import ChoiceLoader, FileSystemLoader
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Mount, Route

from nrm_pages.guards import Bound, Faults
from nrm_pages.look import Look, assets, message, render
from nrm_pages.look.messages import HANDLERS
from nrm_pages.look.swimlane import Step
from nrm_pages.words import formats, language

NOW = dt.datetime(2026, 11, 20, 15, 0, tzinfo=dt.UTC)
LONG = "Direcția Generală de Asistență Socială și Protecția Copilului a Municipiului București"
LONGEST = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft"

HEADINGS = {
    "en": "Tasks of your organisation",
    "ro": "Sarcinile organizației dumneavoastră",
    "it": "Attività della tua organizzazione",
    "pt": "Tarefas da sua organização",
}


def sample() -> dict[str, Any]:
    """Give one of everything, in no language in particular."""
    hours = (-50, 3, 100, 24 * 40)
    deadlines = [formats.left(NOW + dt.timedelta(hours=one), NOW, "RO") for one in hours]
    tones = ("late", "soon", "new", "waiting", "done", "quiet")
    columns = ["Case", "Task", "From", "Reply by", "Status"]
    rows: list[Any] = [
        [
            {"words": f"RO-26-{place:04}", "href": f"/desk/cases/{place}"},
            "Hand-off offered: safe accommodation" if place else LONGEST,
            LONG,
            {"clock": deadline},
            {"status": "Due in two working days", "tone": tones[place]},
        ]
        for place, deadline in enumerate(deadlines)
    ]
    levels = [("low", "Low"), ("medium", "Medium"), ("high", "High"), ("very-high", "Very high")]
    return {
        "deadlines": deadlines,
        "statuses": [("Termen depășit", tones[0]), *((one.title(), one) for one in tones)],
        "worklist": {"caption": "Open tasks, soonest first", "columns": columns, "rows": rows},
        "facts": [
            {
                "key": "Answers now",
                "value": LONG,
                "actions": [("Change", "/desk/a", "who answers")],
            },
            {"key": "Consent", "value": "", "actions": []},
            {"key": LONGEST, "value": LONGEST, "actions": [("A", "/a", "b"), ("B", "/b", "c")]},
        ],
        "risk": {
            "caption": "How likely, how severe",
            "corner": "Severity",
            "columns": ["Unlikely", "Possible", "Likely", "Certain"],
            "rows": [("Limited", levels), ("Considerable", levels[1:] + levels[3:])],
        },
        "lanes": _lanes(),
        "history": [
            {
                "title": "Hand-off offered",
                "at": NOW,
                "place": "RO",
                "by": LONG,
                "receipt": "/desk/r/1",
            },
            {"title": "Consent given", "at": NOW, "place": "IT", "text": LONG, "id": "e2"},
        ],
    }


def _lanes() -> dict[str, Any]:
    organisations = [LONG, "Centro antiviolenza Aurora", "Border police"]
    steps = [
        Step(source=2, target=0),
        Step(source=0, target=1, moved=False),
        Step(source=0, target=1),
    ]
    return {
        "title": "Way of the case",
        "description": "Three hand-offs between three organisations",
        "names": organisations,
        "steps": steps,
        "columns": ["Step", "From", "To", "When"],
        "rows": [
            [
                str(n),
                organisations[s.source],
                organisations[s.target],
                formats.moment(NOW, "RO"),
            ]
            for n, s in enumerate(steps, 1)
        ],
    }


def _page(template: str, **more: Any) -> Any:
    async def shown(request: Request) -> Response:
        heading = HEADINGS[language.language.get()]
        session = SimpleNamespace(name="Case worker, Aurora", principal=None)
        context = {"title": heading, "heading": heading, "session": session, **sample(), **more}
        return render(request, template, 422 if "errors" in more else 200, **context)

    return shown


async def _message(request: Request) -> Response:
    return message(request, request.path_params["code"])


async def _broken(_: Request) -> Response:
    raise RuntimeError(LONG)


def _fault(request: Request, _: Exception) -> Response:
    return message(request, 500)


async def _left(_: Request) -> Response:
    return PlainTextResponse("a neutral page")


def _navigation(request: Request) -> list[tuple[str, str, bool]]:
    words = (
        "Identification",
        "Referral",
        "Assistance",
        "Return",
        "Follow-up",
        "Messages",
        "Ledger",
    )
    return [(one, f"/desk/{one}", one == "Referral") for one in words]


def app() -> Starlette:
    """Make the application, its desk mounted as a service mounts it."""
    look = Look.of((), development=True, navigation=_navigation)
    loader = look.environment.loader
    assert loader is not None
    own = FileSystemLoader(Path(__file__).parent / "templates")
    look.environment.loader = ChoiceLoader([own, loader])
    errors = [("Enter a reason", "#reason")]
    desk = Starlette(
        routes=[
            assets.route,
            Route("/gallery", _page("gallery.html", notice="The offer was sent.", back="/desk/")),
            Route("/nothing", _page("nothing.html", errors=errors), methods=["GET", "POST"]),
            Route("/message/{code:int}", _message),
            Route("/broken", _broken),
            Route("/exit", _left),
            Route("/language", language.choose, methods=["POST"]),
        ],
        middleware=[
            Middleware(Bound),
            Middleware(Faults, _fault),
            Middleware(language.Speaking),
        ],
        exception_handlers=dict(HANDLERS),
    )
    desk.state.look = look
    return Starlette(routes=[Mount("/desk", desk)])
