"""Texts by key: gettext files whose message ids are keys, one for each language and package.

A service's catalogues are laid over the shared ones. Keys are looked up at the last moment, in the
language of the request; events and notices keep keys and parameters only. No text holds markup.
"""

import gettext
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Final

from babel.messages.pofile import read_po
from babel.numbers import format_decimal

from nrm_pages.words.language import DEFAULT, LANGUAGES, catalogues, language, locale

# The texts that every desk has: those of the look and words, those of the pages.
_PAGES: Final = files("nrm_pages")
SHARED: Final = (_PAGES / "words", _PAGES / "pages" / "words")


class MissingText(LookupError):
    """No catalogue has this key, or a text wants a parameter that was not given."""


@dataclass(frozen=True, slots=True)
class Texts:
    """One language: the forms of each key, and which form a number takes."""

    forms: Mapping[str, tuple[str, ...]]
    form_of: Callable[[int], int]


def read(file: Traversable) -> Texts:
    """Read one gettext file; a key without text is left out."""
    with file.open("rb") as stream:
        catalogue = read_po(stream, abort_invalid=True)
    forms: dict[str, tuple[str, ...]] = {}
    for message in catalogue:
        if not message.id or message.fuzzy:
            continue
        key = message.id if isinstance(message.id, str) else message.id[0]
        string = message.string or ()
        texts = (string,) if isinstance(string, str) else tuple(string)
        if texts and all(texts):
            forms[key] = texts
    return Texts(forms, gettext.c2py(catalogue.plural_expr))


class Catalogues:
    """The texts of one desk in all languages."""

    def __init__(self, packages: Iterable[str] = (), *, strict: bool = True) -> None:
        """Lay the catalogues in `words` of packages such as `nrm_referral.ui` over the shared ones.

        With `strict`, for development and tests, a missing key raises `MissingText`; without, the
        page falls back to English and then to a sentence that says nothing wrong.
        """
        self.strict = strict
        folders = (*SHARED, *(files(package) / "words" for package in packages))
        self._texts: dict[str, Texts] = {}
        for code in LANGUAGES:
            kept = [folder / f"{code}.po" for folder in folders]
            texts = [read(file) for file in kept if file.is_file()]
            forms = {key: form for one in texts for key, form in one.forms.items()}
            self._texts[code] = Texts(forms, texts[0].form_of)

    def has(self, key: str) -> bool:
        """Say whether a key has a text in the page's language."""
        return key in self._texts[language.get()].forms

    def text(self, key: str, n: int | None = None, /, **parameters: object) -> str:
        """Give the text of a key in the page's language; with `n`, the form for that number."""
        code = language.get()
        for candidate in (code, DEFAULT):
            texts = self._texts[candidate]
            forms = texts.forms.get(key)
            if forms is None or (n is not None) != (len(forms) > 1):
                if self.strict:
                    raise MissingText(f"{candidate}: {key}")
                continue
            if n is None:
                return _filled(key, forms[0], parameters)
            shown = format_decimal(n, locale=locale(candidate))
            return _filled(key, forms[texts.form_of(n)], {"n": shown, **parameters})
        return self._texts[code].forms["text.missing"][0]


def _filled(key: str, text: str, parameters: Mapping[str, object]) -> str:
    try:
        return text.format_map(parameters) if "{" in text else text
    except KeyError as error:
        raise MissingText(f"{key} wants {error.args[0]}") from None


@cache
def _shared() -> Catalogues:
    return Catalogues()


def current() -> Catalogues:
    """Give the catalogues of the desk that answers; the shared ones outside a request."""
    return catalogues.get() or _shared()


def t(key: str, /, **parameters: object) -> str:
    """Give the text of `key` in the language of the page, its `{parameters}` filled in.

    Raises `MissingText` in development and tests for a key or parameter that is missing.
    """
    return current().text(key, None, **parameters)


def maybe(key: str, /, **parameters: object) -> str:
    """Give the text of `key` where the page's language has one, else nothing."""
    catalogue = current()
    return catalogue.text(key, None, **parameters) if catalogue.has(key) else ""


def tn(key: str, n: int, /, **parameters: object) -> str:
    """Give the text of `key` for the number `n`, in the plural form of the language."""
    return current().text(key, n, **parameters)
