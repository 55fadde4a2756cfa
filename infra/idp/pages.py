"""The development provider's pages: plain HTML from plain functions, every value escaped."""

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from itertools import groupby

from infra.idp.desks import Desk
from infra.idp.personas import Persona

STYLE = """
:root { color-scheme: light; --ink: #16202c; --brand: #4c2c92; --line: #b1b4b6; }
* { box-sizing: border-box; }
body { margin: 0; color: var(--ink); background: #fff; line-height: 1.5;
  font: 1.1875rem/1.5 "Noto Sans", "Segoe UI", Arial, sans-serif; }
header { background: var(--brand); color: #fff; padding: .75rem 1rem; font-weight: 700; }
main { max-width: 60rem; margin: 0 auto; padding: 1.5rem 1rem 4rem; }
h1 { font-size: 2rem; line-height: 1.2; } h2 { font-size: 1.5rem; margin-top: 2.5rem; }
h3 { font-size: 1.1875rem; margin: 1.5rem 0 .5rem; }
ul { padding-left: 1.25rem; } .people { list-style: none; padding: 0; margin: 0; }
.people li { margin: 0 .5rem .5rem 0; display: inline-block; }
button { font: inherit; font-weight: 700; padding: .5rem 1rem; min-height: 2.75rem; cursor: pointer;
  color: #fff; background: var(--brand); border: 2px solid transparent; border-radius: 0; }
button.second { color: var(--ink); background: #f3f2f1; border-color: var(--line); }
a { color: var(--brand); text-underline-offset: .15em; }
input { font: inherit; padding: .375rem; border: 2px solid var(--ink); width: 8rem; }
:focus-visible { outline: 3px solid #fd0; outline-offset: 0; box-shadow: 0 0 0 6px var(--ink); }
.note { border-left: .5rem solid var(--line); padding: .75rem 1rem; margin: 1.5rem 0; }
.tour li { margin-bottom: .75rem; }
@media (max-width: 40rem) { .people li, .people button { display: block; width: 100%; } }
"""


def page(title: str, body: str) -> str:
    """Give a whole page."""
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<title>{escape(title)}</title><link rel="stylesheet" href="/style.css"></head>'
        f"<body><header>NRM: a copy for trying out</header><main>{body}</main></body></html>"
    )


def message(title: str, sentence: str) -> str:
    """Give a page that says one thing."""
    return page(title, f"<h1>{escape(title)}</h1><p>{escape(sentence)}</p>")


def choose(ticket: str, desk: Desk, personas: Iterable[Persona]) -> str:
    """Give the page on which one says as whom to sign in."""
    body = [
        "<h1>Who are you today?</h1>",
        f"<p>You are about to sign in to <b>{escape(desk.service)}</b>.</p>",
        "<p>Nobody here exists, and there are no passwords: choose whose desk to sit at.</p>",
    ]
    for name, group in _organisations(personas):
        people = "".join(
            '<li><form method="post" action="/authorize/persona">'
            f"{hidden({'ticket': ticket, 'persona': str(one.worker)})}"
            f"<button>{escape(one.name)}</button></form></li>"
            for one in group
        )
        body.append(f'<h2>{escape(name)}</h2><ul class="people">{people}</ul>')
    return page("Choose who to sign in as", "".join(body))


def second_factor(ticket: str, persona: str, code: str) -> str:
    """Give the page of the second step; the code stands on it, since nobody has a telephone."""
    both = {"ticket": ticket, "persona": persona}
    return page(
        "Second step",
        "<h1>Second step</h1><p>In a real system you would read this code on a device of your own. "
        f"Here it is <b>{escape(code)}</b>.</p>"
        f'<form method="post" action="/authorize/second-step">{hidden(both)}'
        '<p><label for="code">Code</label><br><input id="code" name="code" inputmode="numeric" '
        f'autocomplete="one-time-code" value="{escape(code)}"></p>'
        "<p><button>Continue</button></p></form>"
        f'<form method="post" action="/authorize/second-step">{hidden(both)}'
        '<p><button class="second" name="without" value="1">Continue without the second step'
        "</button></p></form>",
    )


def sign_out(fields: Mapping[str, str]) -> str:
    """Give the page that asks before everything is ended."""
    return page(
        "Sign out everywhere?",
        "<h1>Sign out everywhere?</h1><p>You will be signed out of every service of this copy.</p>"
        f'<form method="post" action="/end-session">{hidden(fields)}'
        "<p><button>Sign out everywhere</button></p></form>",
    )


def start(desks: Sequence[Desk], personas: Iterable[Persona], case: str, mailbox: str) -> str:
    """Give the first page of a local copy."""
    services = "".join(
        f'<li><a href="{escape(one.public)}/desk/">{escape(one.service.title())}</a>: '
        f"{escape(SERVICES.get(one.service, ''))}</li>"
        for one in desks
    )
    people = "".join(
        f"<li><b>{escape(name)}</b>: {escape(', '.join(one.name for one in group))}</li>"
        for name, group in _organisations(personas)
    )
    mail = f'<p>What it sends lies in the <a href="{escape(mailbox)}">mailbox</a>.</p>'
    return page(
        "NRM, a copy for trying out",
        "<h1>A referral mechanism for people who were trafficked</h1>"
        "<p>When somebody may have been trafficked, police, shelters, social services and agencies "
        "of two countries have to hand over to one another, and the person must not be lost on "
        "the way. NRM keeps who answers for the case, what is due next and what the person "
        "agreed to, and gives proof of it.</p>"
        '<p class="note">This copy runs on your machine. Its people, organisations and cases are '
        "invented. Never type anything about a real person here.</p>"
        f"<h2>Services</h2><ul>{services}</ul>{mail if mailbox else ''}"
        f"<h2>People to sign in as</h2><ul>{people}</ul>"
        f"<h2>Five minutes</h2>{_tour(desks, case)}",
    )


SERVICES = {
    "access": "organisations, their workers and what they may do",
    "identification": "from a first signal to a decision on status",
    "referral": "hand-offs between organisations, consent, who answers for a case",
    "assistance": "needs, safety, the plan of support",
    "return": "a safe return, agreed in both countries, and what follows it",
    "notifications": "what is waiting for whom, without a name in it",
    "ledger": "what happened, provable afterwards",
}


def _tour(desks: Sequence[Desk], case: str) -> str:
    at = {one.service: escape(one.public) for one in desks}

    def to(service: str) -> str:
        return f'<a href="{at.get(service, "")}/desk/">{escape(service)}</a>'

    named = (
        f"the demonstration case <b>{escape(case)}</b>" if case else "a case that you open yourself"
    )
    return (
        f'<p>It follows {named}.</p><ol class="tour">'
        f"<li>Open {to('referral')}, sign in as <b>Giulia</b>, and see what waits for her and "
        "who answers for the case now.</li>"
        f"<li>In a private window open {to('return')} as <b>Ioana</b>: the same case, seen from "
        "the other country.</li>"
        f"<li>In {to('assistance')}, as Giulia, look at the plan of support, and at what is "
        "missing.</li>"
        f"<li>Sign out everywhere, then open {to('ledger')} as <b>Auditor</b>: every step "
        "with its receipt, and no name.</li>"
        f"<li>Press “Exit this page” anywhere: nothing stays behind.</li></ol>"
    )


def hidden(fields: Mapping[str, str]) -> str:
    """Give hidden fields."""
    return "".join(
        f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">'
        for name, value in fields.items()
    )


def _organisations(personas: Iterable[Persona]) -> list[tuple[str, list[Persona]]]:
    def named(one: Persona) -> str:
        return f"{one.organisation}, {one.country}" if one.organisation else "Offices"

    return [(name, list(group)) for name, group in groupby(personas, named)]
