"""Renders pages: one environment for each desk, and what every page needs in its context."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from jinja2 import ChoiceLoader, Environment, PackageLoader, PrefixLoader, Undefined
from jinja2.utils import missing
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from nrm_pages.look import assets
from nrm_pages.look.swimlane import lay_out
from nrm_pages.words import formats, language
from nrm_pages.words.catalogues import Catalogues, maybe, t, tn

Item: TypeAlias = tuple[str, str, bool]  # words, address, whether it is the page's own part
GOVUK: Final = "govuk_frontend_jinja"


class StrictNames(Undefined):
    """A name that nothing gives is a fault; a field that a part was not given is empty."""

    def __str__(self) -> str:
        if self._undefined_obj is missing and self._undefined_hint is None:
            self._fail_with_undefined_error()
        return ""


def environment(packages: Sequence[str] = ()) -> Environment:
    """Make the environment of a desk: `templates` of packages such as `nrm_referral.ui`, then ours.

    Texts, dates and numbers are there by name: `t`, `tn`, `day`, `moment`, `left`, `number`,
    `duration`, `country`, `spoken`, `listed`.
    """
    loader = ChoiceLoader(
        [
            *(PackageLoader(package) for package in packages),
            PackageLoader("nrm_pages.look"),
            PrefixLoader({GOVUK: PackageLoader(GOVUK)}),
        ]
    )
    made = Environment(loader=loader, autoescape=True, undefined=StrictNames, enable_async=False)
    made.trim_blocks = made.lstrip_blocks = True
    made.globals.update(
        t=t,
        tn=tn,
        maybe=maybe,
        day=formats.day,
        moment=formats.moment,
        left=formats.left,
        number=formats.number,
        percent=formats.percent,
        duration=formats.duration,
        country=formats.country,
        spoken=formats.spoken,
        listed=formats.listed,
        lay_out=lay_out,
    )
    return made


def _nowhere(_: Request) -> Sequence[Item]:
    return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What the pages of one desk have in common; kept as `app.state.look`.

    `navigation` gives the parts of all services for the reader, `base` is the path below which the
    desk lies, `development` shows that the data are invented.
    """

    environment: Environment
    texts: Catalogues = field(default_factory=Catalogues)
    navigation: Callable[[Request], Sequence[Item]] = _nowhere
    development: bool = False
    base: str = "/desk"

    @classmethod
    def of(
        cls,
        packages: Sequence[str],
        *,
        development: bool,
        navigation: Callable[[Request], Sequence[Item]] = _nowhere,
    ) -> "Look":
        """Make the look of a desk whose templates and words lie in packages."""
        return cls(
            environment=environment(packages),
            texts=Catalogues(packages, strict=development),
            navigation=navigation,
            development=development,
        )


def render(request: Request, template: str, status: int = 200, **context: object) -> Response:
    """Answer with a page.

    Every page gives `title` (no personal data: titles stay in a browser's history). It may give
    `errors` (words and address of a field), `back` (an address), `notice` (what was done), `here`
    (where the switch of languages comes back to, where that is not the address itself),
    `navigation`, `session`.
    """
    look: Look = request.app.state.look
    session = context.pop("session", getattr(request.state, "session", None))
    code = language.language.get()
    kept = language.catalogues.set(look.texts)
    try:
        if "navigation" not in context:
            context["navigation"] = look.navigation(request)
        body = look.environment.get_template(template).render(
            {
                "cspNonce": request.state.nonce,
                "htmlLang": code,
                "direction": language.direction(code),
                "languages": language.choices(code),
                "here": _here(request),
                "base": look.base,
                "exit": f"{look.base}/exit",
                "development": look.development,
                "session": session,
                "principal": getattr(session, "principal", None),
                "request": request,
                "asset": lambda name: assets.address(look.base, name),
                "themeColor": "#4c2c92",
                **context,
            }
        )
    finally:
        language.catalogues.reset(kept)
    return HTMLResponse(body, status, headers={"Cache-Control": "no-store"})


def _here(request: Request) -> str:
    query = request.url.query
    return request.url.path + (f"?{query}" if query else "")
