"""A text that is missing, lame or forgotten is named before anybody reads it."""

from pathlib import Path

import pytest

from tools.words import LANGUAGES, PLURALS, faults

TEMPLATE = '<p>{{ t("greeting.hello", name=name) }}</p><p>{{ tn("task.open", n) }}</p>'
GREETING = {"en": "Hello {name}", "ro": "Bună {name}", "it": "Ciao {name}", "pt": "Olá {name}"}


def catalogue(code: str, greeting: str, *more: str) -> str:
    """Write a catalogue of one text, one plural and what is to be tried."""
    count, rule = PLURALS[code]
    forms = "\n".join(f'msgstr[{form}] "{{n}} {code} {form}"' for form in range(count))
    return "\n".join(
        [
            'msgid ""',
            'msgstr ""',
            f'"Language: {code}\\n"',
            '"Content-Type: text/plain; charset=UTF-8\\n"',
            f'"Plural-Forms: nplurals={count}; plural={rule};\\n"',
            "",
            f'msgid "greeting.hello"\nmsgstr "{greeting}"\n',
            f'msgid "task.open"\nmsgid_plural "task.open"\n{forms}\n',
            *more,
        ]
    )


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout with one page whose words are right."""
    words = tmp_path / "pages" / "src" / "nrm_pages" / "words"
    words.mkdir(parents=True)
    for code in LANGUAGES:
        (words / f"{code}.po").write_text(catalogue(code, GREETING[code]), "utf-8")
    (words.parent / "page.html").write_text(TEMPLATE)
    (words.parent / "page.py").write_text('"""Says."""\n')
    return tmp_path


def changed(checkout: Path, code: str, greeting: str, *more: str) -> list[str]:
    file = checkout / "pages" / "src" / "nrm_pages" / "words" / f"{code}.po"
    file.write_text(catalogue(code, greeting, *more), "utf-8")
    return faults(checkout)


def source(checkout: Path, text: str) -> list[str]:
    (checkout / "pages" / "src" / "nrm_pages" / "page.py").write_text(text)
    return faults(checkout)


def test_right_words_have_no_fault(checkout: Path) -> None:
    assert faults(checkout) == []


@pytest.mark.parametrize(
    ("greeting", "said"),
    [
        ("", "has no text"),
        ("Bună", "the languages differ"),
        ("Bună {nume}", "the languages differ"),
        ("Bună {name", "braces that do not match"),
        ("<b>Bună</b> {name}", "holds markup"),
        ("Bună {name} ", "ends with a space"),
    ],
)
def test_a_lame_text_is_named(checkout: Path, greeting: str, said: str) -> None:
    found = changed(checkout, "ro", greeting)
    assert any("ro.po" in one or "words: greeting.hello" in one for one in found)
    assert any(said in one for one in found), found


def test_a_key_that_one_language_lacks_is_named(checkout: Path) -> None:
    found = changed(checkout, "it", GREETING["it"], 'msgid "task.done"\nmsgstr "Fatto"\n')
    assert {"en", "ro", "pt"} <= {one.partition(".")[0] for one in found}
    assert "pages: nobody asks for task.done" in found


def test_a_language_that_is_missing_is_named(checkout: Path) -> None:
    (checkout / "pages" / "src" / "nrm_pages" / "words" / "pt.po").unlink()
    assert "pt.po: is missing" in faults(checkout)


def test_a_plural_with_two_forms_is_not_romanian(checkout: Path) -> None:
    file = checkout / "pages" / "src" / "nrm_pages" / "words" / "ro.po"
    file.write_text(file.read_text("utf-8").replace('msgstr[2] "{n} ro 2"', ""), "utf-8")
    assert any("task.open: needs 3 forms" in one for one in faults(checkout))


def test_a_rule_of_another_language_is_named(checkout: Path) -> None:
    file = checkout / "pages" / "src" / "nrm_pages" / "words" / "pt.po"
    file.write_text(file.read_text("utf-8").replace("(n != 1)", "(n > 1)"), "utf-8")
    assert any("pt.po: the plural forms are" in one for one in faults(checkout))


def test_a_key_that_stands_twice_is_named(checkout: Path) -> None:
    again = 'msgid "greeting.hello"\nmsgstr "Hi {name}"\n'
    assert any("stands twice" in one for one in changed(checkout, "en", GREETING["en"], again))


def test_a_text_that_is_asked_for_and_missing_is_named_with_its_line(checkout: Path) -> None:
    (one,) = source(checkout, '"""Says."""\n\nx = t("greeting.bye")\n')
    assert one == "page.py:3: greeting.bye has no text"


def test_parameters_that_the_text_has_not_are_named(checkout: Path) -> None:
    (one,) = source(checkout, '"""Says."""\nx = t("greeting.hello", nmae=1)\n')
    assert one.endswith("name, nmae")


def test_a_pattern_of_keys_keeps_its_texts(checkout: Path) -> None:
    for code in LANGUAGES:
        changed(checkout, code, GREETING[code], 'msgid "code.Sex.male"\nmsgstr "m"\n')
    assert faults(checkout) == ["pages: nobody asks for code.Sex.male"]
    assert source(checkout, '"""Says."""\nx = t(f"code.{a}.{b}")\n') == []
