"""Puts the pages into a desk: routes, look, words, and what all its requests share."""

from collections.abc import Callable, Sequence
from datetime import datetime
from importlib.resources import files

from fastapi import FastAPI
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.routing import BaseRoute, Route

from nrm_pages.desk import Desk
from nrm_pages.look import assets
from nrm_pages.look.render import Item, Look, environment
from nrm_pages.pages import cases, doing, operating, tasks, things
from nrm_pages.seat import office_of
from nrm_pages.words.catalogues import Catalogues, t
from nrm_pages.words.language import choose

DESKS = ("identification", "referral", "assistance", "return", "notifications", "access", "ledger")
CODES = "nrm_contracts"


def furnish(desk: Desk, api: FastAPI, app: Starlette) -> Sequence[BaseRoute]:
    """Furnish a desk with its pages."""
    office = office_of(desk, api)
    settings = office.web.running.settings
    app.state.office = office
    app.state.look = look_of(
        [*_templates(desk)],
        [CODES, desk.package],
        navigation=_navigation(desk, dict(settings.urls)),
        development=settings.development,
    )
    language = Route("/language", choose, methods=["POST"], name="language")
    own = (*tasks.ROUTES, *cases.ROUTES, *doing.ROUTES, *operating.ROUTES)
    last = things.ROUTES if desk.things else ()
    return [assets.route, language, *own, *last]


def look_of(
    templates: Sequence[str],
    words: Sequence[str],
    *,
    navigation: Callable[[Request], Sequence[Item]],
    development: bool,
) -> Look:
    """Make the look of a desk over templates and words of its own packages."""
    made = Look(
        environment=environment([*templates, "nrm_pages.pages"]),
        texts=Catalogues(words, strict=development),
        navigation=navigation,
        development=development,
    )
    made.environment.globals["instant"] = datetime.fromisoformat
    return made


def _templates(desk: Desk) -> list[str]:
    return [desk.package] if (files(desk.package) / "templates").is_dir() else []


def _navigation(desk: Desk, urls: dict[str, str]) -> Callable[[Request], Sequence[Item]]:
    """Lead from each desk to all others, each at its own address."""

    def give(_: Request) -> Sequence[Item]:
        return [
            (t(f"desk.{name}"), f"{urls[name]}/desk/", name == desk.service)
            for name in DESKS
            if name in urls
        ]

    return give
