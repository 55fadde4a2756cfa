"""Which language a page is in: the reader's choice, else the browser's wish, else English."""

from collections.abc import Sequence
from contextvars import ContextVar
from typing import TYPE_CHECKING, Final

from babel import Locale
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request, cookie_parser
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

if TYPE_CHECKING:
    from nrm_pages.words.catalogues import Catalogues

LANGUAGES: Final = ("en", "ro", "it", "pt")
OWN_NAMES: Final = {"en": "English", "ro": "Română", "it": "Italiano", "pt": "Português"}
DEFAULT: Final = "en"
COOKIE: Final = "nrm_language"
COOKIE_AGE: Final = 365 * 24 * 3600  # seconds
BACK_MAX: Final = 2000

# How dates and numbers are written: the country whose habits a language follows here.
_LOCALES: Final = {"en": "en_GB", "pt": "pt_PT"}

language: Final[ContextVar[str]] = ContextVar("language", default=DEFAULT)
catalogues: Final[ContextVar["Catalogues | None"]] = ContextVar("catalogues", default=None)


def locale(code: str | None = None) -> Locale:
    """Give the locale of a language, or of the page's."""
    code = code or language.get()
    return Locale.parse(_LOCALES.get(code, code))


def direction(code: str) -> str:
    """Say in which direction a language is written: `ltr` or `rtl`."""
    return str(Locale.parse(code).text_direction)


def asked(header: str) -> str | None:
    """Find the best of our languages in an Accept-Language header; none where it names no other."""
    wishes: list[tuple[float, int, str]] = []
    for place, part in enumerate(header[:500].split(",")):
        name, _, weight = part.strip().partition(";q=")
        code = name.strip().partition("-")[0].lower()
        try:
            wishes.append((-float(weight or 1), place, code))
        except ValueError:
            continue
    return next((code for _, _, code in sorted(wishes) if code in LANGUAGES), None)


def chosen(headers: Headers) -> str:
    """Give the language of a request: cookie, browser, English."""
    kept = cookie_parser(headers.get("cookie", "")).get(COOKIE)
    if kept in LANGUAGES:
        return str(kept)
    return asked(headers.get("accept-language", "")) or DEFAULT


class Speaking:
    """ASGI middleware: sets the language and the texts of each request."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap `app`; its texts are those of `app.state.look`, where a desk is furnished."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request in its language."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        code = chosen(Headers(scope=scope))

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.add_vary_header("Cookie, Accept-Language")
                if headers.get("content-type", "").startswith("text/html"):
                    headers.setdefault("Content-Language", code)
            await send(message)

        look = getattr(scope["app"].state, "look", None) if "app" in scope else None
        kept, texts = language.set(code), catalogues.set(getattr(look, "texts", None))
        try:
            await self._app(scope, receive, sending)
        finally:
            catalogues.reset(texts)
            language.reset(kept)


def same_origin_path(back: str, otherwise: str) -> str:
    """Give `back` where it is a path of this origin, else `otherwise`.

    A path begins with one slash: two, or a backslash, would lead to another host.
    """
    plain = back.isascii() and back.isprintable() and " " not in back
    inside = back.startswith("/") and not back.startswith("//") and "\\" not in back
    return back if plain and inside and len(back) <= BACK_MAX else otherwise


async def choose(request: Request) -> Response:
    """Keep the language that was chosen and go back: `POST /desk/language` with `to` and `back`."""
    form = await request.form()
    home = f"{request.scope.get('root_path', '')}/"
    response = RedirectResponse(same_origin_path(str(form.get("back", "")), home), 303)
    code = str(form.get("to", ""))
    if code in LANGUAGES:
        secure = request.url.scheme == "https"
        # For all services of one host: the reader chooses once.
        response.set_cookie(
            COOKIE, code, max_age=COOKIE_AGE, path="/", secure=secure, httponly=True, samesite="lax"
        )
    return response


def choices(current: str, languages: Sequence[str] = LANGUAGES) -> list[tuple[str, str, bool]]:
    """Give code, own name and whether it is the page's, for the switch of languages."""
    return [(code, OWN_NAMES[code], code == current) for code in languages]
