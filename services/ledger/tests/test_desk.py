"""The ledger's pages over a real log: what auditors see of a case, what everybody sees of it."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import pytest
import pytest_asyncio
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from infra.idp.__main__ import application
from infra.idp.provider import Provider
from nrm_contracts.catalogue import CATALOGUE
from nrm_ledger.app import service
from nrm_ledger.domain.bundle import verify_case
from nrm_ledger.domain.fault import FaultKind
from nrm_ledger.domain.folds import CASE_SERVICES
from nrm_ledger.domain.merkle import leaf_hash
from nrm_ledger.ui import auditing, receipts
from nrm_ledger.ui.states import FAMILIES
from nrm_pages.words.catalogues import Catalogues
from nrm_pages.words.language import LANGUAGES, catalogues, language
from nrm_runtime.access.client import ClientCredentials
from nrm_runtime.access.signed import ES256, new_key
from nrm_runtime.core import Actor, Automatic, Worker
from nrm_runtime.ledger import Commitment, commitment, make_entry
from nrm_runtime.service import running
from nrm_runtime.store.streams import stream_id
from nrm_runtime.web.app import make
from pages.tests.seats import page, sit
from services.ledger.tests.conftest import Log
from services.ledger.tests.sample import KEY
from services.ledger.tests.test_api import SCOPES, WORKER, clients, serving
from services.referral.tests.conftest import SEED, organisation

CASE = UUID(int=0xCA5E9, version=4)
STREAM = stream_id("referral", "case", CASE)
SENDER, RECEIVER = organisation("ngo-d").id, organisation("ngo-o").id
START = datetime(2026, 11, 5, 8, 0, tzinfo=UTC)
REFERRAL = str(UUID(int=0x4EF))
READ_OF = {"purpose": "assistance", "categories": ["identity"], "basis": "consent"}
FACTS: Sequence[tuple[str, UUID | None, dict[str, Any]]] = (
    ("nrm.referral.case-opened", SENDER, {"custodian": str(SENDER)}),
    (
        "nrm.referral.offered",
        SENDER,
        {"referral": REFERRAL, "sender": str(SENDER), "receiver": str(RECEIVER)},
    ),
    ("nrm.referral.delivered", None, {"referral": REFERRAL}),
    ("nrm.referral.accepted", RECEIVER, {"referral": REFERRAL}),
    ("nrm.referral.packet-released", None, {"recipient": str(RECEIVER), **READ_OF}),
    ("nrm.referral.personal-data-read", RECEIVER, {"reader": str(RECEIVER), **READ_OF}),
)


def told(count: int = len(FACTS)) -> list[bytes]:
    """Make the first entries of an invented case, an entry a day."""
    entries: list[bytes] = []
    for number, (name, who, contract) in enumerate(FACTS[:count]):
        at = START + timedelta(days=number)
        actor: Actor = (
            Automatic(service="referral")
            if who is None
            else Worker(organisation=who, worker=UUID(int=8), country="RO", kind="NGO")
        )
        entries.append(
            make_entry(
                service="referral",
                event=UUID(int=5000 + number),
                stream=STREAM,
                seq=number + 1,
                prev=leaf_hash(entries[-1]) if entries else None,
                case=CASE,
                type_=name,
                version=1,
                occurred_at=at,
                recorded_at=at,
                actor=actor,
                contract=contract,
                commitments=[Commitment(part="body", hmac=commitment(bytes(32), b"x"))],
            )
        )
    return entries


@dataclass
class Desk:
    """The ledger's web application over a log, and a token for each kind of caller."""

    log: Log
    api: FastAPI
    token: Callable[[str], Awaitable[str]]

    async def page(
        self, handler: Any, code: str = "en", /, by: str = "auditor", query: str = "", **at: Any
    ) -> str:
        """Give a page as somebody reads it."""
        return await page(self.api, await self.token(by), handler, code, query=query, **at)

    async def answer(
        self, handler: Any, by: str = "auditor", query: str = "", form: str | None = None, **at: Any
    ) -> Response:
        """Give what a page answers, whatever its status."""
        desk, seat = await sit(self.api, await self.token(by))

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": (form or "").encode(), "more_body": False}

        scope = {
            "type": "http",
            "method": "GET" if form is None else "POST",
            "path": "/desk/",
            "headers": [(b"content-type", b"application/x-www-form-urlencoded")],
            "query_string": query.encode(),
            "path_params": at,
            "app": desk,
            "state": {"nonce": "n", "session": seat.session},
        }
        said = catalogues.set(desk.state.look.texts)
        try:
            answer: Response = await handler.__wrapped__(Request(scope, receive), seat)
        finally:
            catalogues.reset(said)
        return answer


def text(answer: Response) -> str:
    return unescape(bytes(answer.body).decode())


@pytest_asyncio.fixture
async def desk(log: Log) -> AsyncIterator[Desk]:
    """The pages over a log of one case, all signed."""
    keys = {name: new_key(ES256) for name in SCOPES}
    provider = Provider(issuer="", audience="nrm", clients=clients(), keys=keys)
    async with serving(application(provider)) as issuer:
        provider.issuer = issuer
        settings = replace(
            log.running.settings,
            issuer=issuer,
            organisations=SEED,
            public={"ledger": "http://desk.test"},
        )

        async def token(name: str) -> str:
            given = ClientCredentials(
                issuer=issuer, client=name, key=keys[name], scope="", worker=WORKER
            )
            return await given.token()

        async with running(service(), settings) as held:
            for end in (2, len(FACTS)):
                await log.hear(told(end))
                await log.sequence()
            yield Desk(log, make(service(), held), token)


async def test_a_case_is_a_timeline_in_words_with_organisations_and_receipts(desk: Desk) -> None:
    shown = await desk.page(auditing.show, case=str(CASE))
    assert shown.index("Hand-off accepted") < shown.index("Case opened")
    names = [office.name for office in _offices(desk) if office.id in {SENDER, RECEIVER}]
    assert len(names) == 2
    assert all(name in shown for name in names)
    for index, raw in enumerate(told()):
        assert f"Entry {index} of the log. Fingerprint {leaf_hash(raw).hex()}" in shown
        assert f"/desk/entries/{STREAM}/{index + 1}" in shown


def _offices(desk: Desk) -> Any:
    mounted: Any = next(one for one in desk.api.routes if getattr(one, "path", "") == "/desk")
    return mounted.app.state.office.known.organisations


async def test_the_state_is_replayed_step_by_step_without_a_script(desk: Desk) -> None:
    offered = await desk.page(auditing.replay, query="at=2", case=str(CASE))
    assert "Referral 1 · State" in offered
    assert "Offered" in _state(offered)
    assert "?at=1" in offered
    assert "?at=3" in offered
    accepted = await desk.page(auditing.replay, query="at=4", case=str(CASE))
    assert "Accepted" in _state(accepted)
    first = await desk.page(auditing.replay, query="at=1", case=str(CASE))
    assert "Referral 1" not in first
    assert "?at=0" not in first
    newest = await desk.page(auditing.replay, case=str(CASE))
    assert f"After entry {len(FACTS)} of {len(FACTS)}" in newest
    assert "?at=7" not in newest
    beyond = await desk.page(auditing.replay, query="at=9999", case=str(CASE))
    assert f"After entry {len(FACTS)} of {len(FACTS)}" in beyond


def _state(shown: str) -> str:
    after = shown.split("Referral 1 · State", 1)[1]
    return after.split("</dd>", 1)[0]


async def test_an_organisation_knows_what_was_told_released_and_read_by_that_day(
    desk: Desk,
) -> None:
    def query(day: str) -> str:
        return urlencode({"organisation": str(RECEIVER), "day": day})

    early = await desk.page(auditing.knew, query=query("2026-11-05"), case=str(CASE))
    assert "Nothing named it" in early
    assert "No data had been opened to it" in early
    named = await desk.page(auditing.knew, query=query("2026-11-06"), case=str(CASE))
    assert "Nothing named it" not in named
    assert "No data had been opened to it" in named
    released = await desk.page(auditing.knew, query=query("2026-11-09"), case=str(CASE))
    assert "No data had been opened to it" not in released
    assert "Its workers had read no data" in released
    read = await desk.page(auditing.knew, query=query("2026-11-10"), case=str(CASE))
    assert "Its workers had read no data" not in read
    wrong = await desk.answer(auditing.knew, query="organisation=x&day=y", case=str(CASE))
    assert wrong.status_code == 422
    assert "Enter a day" in text(wrong)


async def test_a_sound_case_verifies_in_the_page_and_the_file_elsewhere(desk: Desk) -> None:
    shown = await desk.page(auditing.verify, case=str(CASE))
    assert "No fault found" in shown
    assert "All 6 entries" in shown
    assert "data-fault" not in shown
    pinned = urlencode({"key": desk.log.key.text})
    assert "No fault found" in await desk.page(auditing.verify, query=pinned, case=str(CASE))
    file = await desk.answer(auditing.bundle, case=str(CASE))
    assert verify_case(bytes(file.body), desk.log.key).entries == len(FACTS)
    assert file.headers["content-disposition"] == f'attachment; filename="case-{CASE}.json"'


async def test_another_key_and_no_key_are_said_so(desk: Desk) -> None:
    other = urlencode({"key": KEY.verifier.text})
    assert KEY.verifier.text != desk.log.key.text
    shown = await desk.page(auditing.verify, query=other, case=str(CASE))
    assert f'data-fault="{FaultKind.OTHER_KEY}"' in shown
    wrong = await desk.answer(auditing.verify, query="key=nonsense", case=str(CASE))
    assert wrong.status_code == 422
    assert "This is no key of a log" in text(wrong)


CHANGED = told()[3].replace(b"accepted", b"declined").hex()
AT = "WHERE seq = 4"
DONE = {
    "an entry was changed": (
        f"UPDATE entry SET bytes = decode('{CHANGED}', 'hex') {AT}",
        FaultKind.PROOF,
        3,
    ),
    "an entry is gone": (f"DELETE FROM entry {AT}", FaultKind.SEQUENCE, 4),
    "the note was changed": (
        (
            "UPDATE checkpoint SET note = convert_to("
            "replace(convert_from(note, 'UTF8'), E'\\n6\\n', E'\\n7\\n'), 'UTF8')"
        ),
        FaultKind.SIGNATURE,
        None,
    ),
}


@pytest.mark.parametrize("what", DONE)
async def test_the_first_fault_is_named_in_the_page(desk: Desk, what: str) -> None:
    statement, kind, index = DONE[what]
    await desk.log.ask(statement)
    shown = await desk.page(auditing.verify, case=str(CASE))
    assert f'data-fault="{kind}"' in shown
    assert "No fault found" not in shown
    assert (f"entry {index} of the log" in shown) == (index is not None)


async def test_a_state_that_cannot_be_rebuilt_is_not_made_up(desk: Desk) -> None:
    await desk.log.ask(f"DELETE FROM entry {AT}")
    shown = await desk.page(auditing.replay, case=str(CASE))
    assert "The state cannot be rebuilt" in shown
    assert "Referral 1" not in shown


async def test_a_receipt_is_for_everybody_and_the_entry_for_auditors(desk: Desk) -> None:
    for by in SCOPES:
        shown = await desk.page(receipts.entry, by=by, stream=str(STREAM), seq=4)
        assert "index 3, under the signed checkpoint of 6 entries" in shown
        assert "Proved" in shown
        assert leaf_hash(told()[3]).hex() in shown
        for secret in ("nrm.referral.accepted", "Hand-off accepted", str(CASE), str(RECEIVER)):
            assert (secret in shown) == (by == "auditor"), secret
    absent = await desk.answer(receipts.entry, by="haven", stream=str(STREAM), seq=7)
    assert absent.status_code == 404
    assert "Not in the signed log yet" in text(absent)


async def test_a_receipt_that_does_not_lead_to_the_signature_is_not_proved(desk: Desk) -> None:
    await desk.log.ask("UPDATE leaf SET leaf_hash = sha256('x') WHERE idx = 3")
    shown = await desk.page(receipts.entry, by="haven", stream=str(STREAM), seq=4)
    assert "Not proved" in shown
    assert "It is in the log" not in shown


async def test_checkpoints_are_shown_newest_first_and_a_break_is_named(desk: Desk) -> None:
    shown = await desk.page(receipts.checkpoints)
    assert shown.count("Nothing lost") == 2
    assert "do not continue" not in shown
    await desk.log.ask("UPDATE leaf SET leaf_hash = sha256('x') WHERE idx = 4")
    broken = await desk.page(receipts.checkpoints)
    assert "do not continue the one before them: 6." in broken


async def test_only_auditors_see_cases_search_and_checkpoints(desk: Desk) -> None:
    for by in ("haven", "witness"):
        for handler in (auditing.show, auditing.replay, auditing.knew, auditing.verify):
            answer = await desk.answer(handler, by=by, case=str(CASE))
            assert answer.status_code == 404
            assert "Case opened" not in text(answer)
        assert (await desk.answer(auditing.bundle, by=by, case=str(CASE))).status_code == 404
        assert (await desk.answer(receipts.checkpoints, by=by)).status_code == 404
        assert (await desk.answer(auditing.find, by=by, form="code=x")).status_code == 404
        home = await desk.page(receipts.home, by=by)
        assert "Find a case" not in home
        assert "The ledger keeps one entry" in home
    assert "Find a case" in await desk.page(receipts.home)


async def test_a_search_takes_ids_and_says_when_codes_cannot_be_asked(desk: Desk) -> None:
    found = await desk.answer(auditing.find, form=urlencode({"code": str(CASE)}))
    assert (found.status_code, found.headers["location"]) == (303, f"/desk/cases/{CASE}")
    empty = await desk.answer(auditing.find, form="code=")
    assert empty.status_code == 422
    assert "Enter a case code" in text(empty)
    away = await desk.answer(auditing.find, form="code=ABC-123")
    assert away.status_code == 503
    assert "Codes cannot be looked up just now" in text(away)
    nothing = await desk.answer(auditing.show, case=str(UUID(int=77)))
    assert nothing.status_code == 404


@pytest.mark.parametrize("code", LANGUAGES)
async def test_every_page_is_there_in_every_language(desk: Desk, code: str) -> None:
    knew = urlencode({"organisation": str(RECEIVER), "day": "2026-11-30"})
    for handler, query in ((auditing.knew, knew), (auditing.show, ""), (auditing.replay, "")):
        assert "{" not in await desk.page(handler, code, query=query, case=str(CASE))
    for handler in (receipts.home, receipts.checkpoints):
        assert "<h1" in await desk.page(handler, code)
    assert "<h1" in await desk.page(auditing.verify, code, case=str(CASE))
    assert "<h1" in await desk.page(receipts.entry, code, stream=str(STREAM), seq=1)


def test_every_event_and_every_state_has_words() -> None:
    texts = Catalogues(["nrm_contracts", "nrm_ledger.ui"])
    names = {name for name, _ in CATALOGUE if name.split(".")[1] in CASE_SERVICES}
    assert names
    for code in LANGUAGES:
        spoken = language.set(code)
        try:
            assert {name for name in names if not texts.has(f"event.{name}")} == set()
            assert {kind for kind in FaultKind if not texts.has(f"wrong.{kind}")} == set()
            regions = {part for path in FAMILIES for part in path.split(".") if part != "*"}
            assert {part for part in regions if not texts.has(f"region.{part}")} == set()
        finally:
            language.reset(spoken)
