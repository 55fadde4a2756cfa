"""Personal data are found nowhere but where they belong, and after erasure not even there."""

import base64
import json
import smtplib
from collections.abc import Iterator
from email.message import EmailMessage
from importlib import import_module
from typing import Any, Final
from uuid import UUID

import httpx2
import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from nrm_cli.doors import Doors
from tests.e2e.conftest import Stage
from tests.system import cases
from tests.system.patience import until
from tests.system.planting import PRIVATE, Canaries, is_free
from tests.system.searching import Search, everywhere
from tests.system.soundness import at_rest, counted
from tests.system.whole import System

pytestmark = [pytest.mark.e2e]

# What is written freely and is no personal data: codes that are looked up, tokens, names of topics,
# the public names of organisations, and public keys, which are read as keys or refused.
KEYS: Final = ("jwk/kty", "jwk/crv", "jwk/x", "jwk/y", "pem")
ENTRANCES: Final = ("apply_as_organisation", "import_organisation")
NOT_PERSONAL: Final = frozenset(
    {
        *("find_case/code", "read_packet/ticket", "republish/topic"),
        *(f"{door}/name" for door in ENTRANCES),
        *(f"{door}/key/{part}" for door in ENTRANCES for part in KEYS),
        *(f"register_key/{part}" for part in KEYS),
    }
)

# Fields of stored documents that no door takes: the list of indicators has no room for notes yet.
NO_DOOR: Final = frozenset({("identification", "Indicators", "notes")})

# What may stand in an address and has no form: the name of a service, the path of a tile, and
# the place where a page goes on, which the service itself made and reads strictly.
NO_NAMES: Final = frozenset({"consumer", "path", "after"})

BORN: Final = "1911-03-07"

# Something harmless that stands in each place, so that a search that reads nothing is noticed.
KNOWN: Final = {
    "home/kafka/data/": '"specversion"',
    "home/webhooks.bin": "nrm.notice",
    "home/traces.bin": "service.name",
    "home/mail/": "Auto-Submitted",
    "home/log/": "process.starts",
    "figures of ": "nrm_",
}


async def test_no_request_has_room_for_free_text_outside_its_private_part(stage: Stage) -> None:
    open_fields = []
    async with stage.doors() as doors:
        for service in stage.system.services:
            document = await doors.document(service)
            for name, schema in document.bodies.items():
                for path in document.free_fields(schema):
                    outside = path.split("/")[1] not in PRIVATE
                    if outside and f"{name}{path}" not in NOT_PERSONAL:
                        open_fields.append(f"{service}.{name}{path}")
    assert open_fields == []


async def test_no_address_has_room_for_free_text(stage: Stage) -> None:
    open_fields = []
    async with stage.doors() as doors:
        for service in stage.system.services:
            document = await doors.document(service)
            assert document.addresses
            open_fields += [
                f"{service}.{name}"
                for name, schema in document.addresses.items()
                if is_free(schema) and name.rpartition("/")[2] not in NO_NAMES
            ]
    assert open_fields == []


async def test_every_personal_field_of_every_private_document_was_filled(stage: Stage) -> None:
    await stage.all()
    wanted: set[tuple[str, str, str]] = set()
    for service in stage.system.tellers:
        documents = import_module(f"nrm_{service}.app").service().documents
        for model in documents.values():
            schema = model.model_json_schema()
            for name in rooms(schema):
                wanted.add((service, model.__name__, name))
        async with stage.system.database(service) as connection:
            stored = await connection.fetch(
                "SELECT DISTINCT split_part(part, '.', 1) AS part FROM payload"
            )
        assert {row["part"] for row in stored} == set(documents), service
    assert wanted - stage.canaries.planted.keys() == NO_DOOR
    assert len(wanted) > 50


def rooms(schema: dict[str, Any]) -> Iterator[str]:
    """Give the fields of a document that can hold a string of ours."""

    def roomy(one: dict[str, Any]) -> bool:
        inner = [one[name] for name in ("items", "additionalProperties") if name in one]
        choices = [*one.get("anyOf", []), *(each for each in inner if isinstance(each, dict))]
        number = one.get("type") == "integer"
        phone = "\\d" in one.get("pattern", "")
        return is_free(one) or number or phone or any(map(roomy, choices))

    return (name for name, one in schema["properties"].items() if roomy(one))


async def test_what_is_private_is_found_nowhere_in_anything_that_was_written(
    stage: Stage,
) -> None:
    await stage.all()
    system, canaries = stage.system, stage.canaries
    run = await stage.play(cases.OWN / "papers.yaml")
    async with system.doors() as doors:
        assert canaries.core in await own_words(doors, run)
        await misuse(doors, canaries)
        await at_rest(system, doors)
    private, case = (canaries.core, canaries.number, BORN), str(run.kept["case"])
    assert canaries.addresses
    assert canaries.problems
    said = "\n".join(canaries.addresses | canaries.problems).encode()
    assert Search(*private).bytes("addresses and problems", said) == []
    found = await everywhere(system, Search(*private, plain=[case, *KNOWN.values()]))
    assert [one for one in found if one.text in private] == []
    for place, word in KNOWN.items():
        assert any(one.place.startswith(place) and one.text == word for one in found), place
    for place in ("home/kafka/data/", "dump of nrm_ledger", "dump of nrm_referral"):
        assert any(one.place.startswith(place) and one.text == case for one in found), place


async def own_words(doors: Doors, run: Any) -> str:
    """Let an organisation read what it wrote itself: the strings did reach the vault."""
    operation = await doors.operation("identification.read_documents")
    reply = await doors.call(
        "ngo-d/giulia",
        operation,
        path=operation.path.replace("{case}", str(run.kept["case"])),
        body={"purpose": "assistance", "categories": ["identity"]},
    )
    assert reply.status == 200, reply.body
    return reply.raw.decode()


async def misuse(doors: Doors, canaries: Canaries) -> None:
    """Send personal data where they do not belong; no answer may repeat them."""
    words = canaries.text()
    signal = {"trigger": "INDICATORS", "channel": "ngo", "spoken_to": True}
    wrong: list[tuple[str, dict[str, Any]]] = [
        ("identification.record_signal", signal | {words: words}),
        ("identification.record_signal", signal | {"trigger": words}),
        ("identification.record_signal", signal | {"private": words}),
        ("identification.record_signal", signal | {"private": {"identity": {"gender": words}}}),
        ("identification.record_signal", signal | {"private": {"contact": {"phone": words}}}),
        (
            "identification.record_signal",
            signal | {"private": {"identity": {"first_name": words * 40}}},
        ),
        ("identification.find_case", {"code": words}),
        ("referral.republish", {"topic": words * 20}),
    ]
    for name, body in wrong:
        operation = await doors.operation(name)
        caller = "operator" if name.endswith("republish") else "ngo-d/giulia"
        reply = await doors.call(caller, operation, path=operation.path, body=body)
        assert 400 <= reply.status < 500, f"{name}: {reply.status}"
        assert canaries.core not in reply.raw.decode(), name
    look = await doors.operation("identification.list_cases")
    for place in ("/cases/{}", "/{}", "/cases?q={}", "/cases?after={}", "/quarantine/{}"):
        reply = await doors.call("ngo-d/giulia", look, path=place.format(canaries.core))
        assert canaries.core not in reply.raw.decode()
    record = await doors.operation("identification.record_signal")
    for key, match in ((canaries.core, None), (None, canaries.core)):
        reply = await doors.call(
            "ngo-d/giulia", record, path=record.path, body=signal, key=key, match=match
        )
        assert canaries.core not in reply.raw.decode()


async def test_a_leak_is_found_wherever_it_is_and_in_whatever_form(stage: Stage) -> None:
    system, leak = stage.system, Canaries()
    words = leak.text()
    log, core = system.home / "log" / "leak.log", leak.core.encode()
    log.write_text(json.dumps({"event": "leak", "text": json.dumps(words)}))
    await spill_into_kafka(system, base64.b64encode(b"a" + words.encode()))
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "a@nrm.example", "b@nrm.example", words
    mail.set_content(base64.urlsafe_b64encode(b"ab" + core).decode())
    host, _, port = system.told.environment["NRM_SMTP"].rpartition(":")
    with smtplib.SMTP(host, int(port)) as smtp:
        smtp.send_message(mail)
    async with system.database("referral") as connection:
        await connection.execute("CREATE TABLE public.leak (kept bytea, said text)")
        statement = "INSERT INTO public.leak VALUES ($1, $2)"
        await connection.execute(statement, core, json.dumps(words))
    async with httpx2.AsyncClient() as http:
        for collector in (system.collector, system.webhooks):
            await http.post(collector.address, content=base64.b64encode(core))
    try:
        found = await everywhere(system, Search(leak.core))
    finally:
        await mop_up(system, leak.core)
    places = {one.place for one in found}
    parts = ("home/log/leak.log", "home/mail/", "home/kafka/data/")
    for part in (*parts, "dump of nrm_referral", "home/traces.bin", "home/webhooks.bin"):
        assert any(place.startswith(part) for place in places), f"{part} in {places}"
    in_dump = {one.form for one in found if one.place == "dump of nrm_referral"}
    assert {"raw", "hexadecimal"} <= in_dump
    in_segments = {one.form for one in found if one.place.startswith("home/kafka/data/")}
    assert any(form.startswith("base64") for form in in_segments)


LEAK: Final = "leak"


async def spill_into_kafka(system: System, body: bytes) -> None:
    bootstrap = system.told.kafka
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(LEAK, num_partitions=1, replication_factor=1)])
    finally:
        await admin.close()
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap)
    await producer.start()
    try:
        await producer.send_and_wait(LEAK, body)
    finally:
        await producer.stop()


async def mop_up(system: System, core: str) -> None:
    (system.home / "log" / "leak.log").unlink()
    for path in (system.home / "mail").glob("*.eml"):
        if core in path.read_text(errors="replace"):
            path.unlink()
    async with system.database("referral") as connection:
        await connection.execute("DROP TABLE public.leak")
    admin = AIOKafkaAdminClient(bootstrap_servers=system.told.kafka)
    await admin.start()
    try:
        await admin.delete_topics([LEAK])
    finally:
        await admin.close()


async def test_an_erased_person_leaves_no_key_and_no_document_and_every_proof_still_holds(
    stage: Stage,
) -> None:
    run = await stage.play(cases.FIRST)
    system, case = stage.system, UUID(str(run.kept["case"]))
    custodian, sender = "ngo-o/ioana", "ngo-d/giulia"
    asks: list[tuple[str, str, dict[str, str]]] = [
        ("identification", custodian, {}),
        ("referral", custodian, {}),
        ("assistance", custodian, {}),
        ("assistance", sender, {"relative": str(run.kept["relative"])}),  # whom it added itself
        ("return", custodian, {"whose": "person"}),
        ("return", custodian, {"whose": "family"}),
    ]
    asked = {service for service, _, _ in asks}
    assert all([await documents_of(system, name, case) for name in asked])
    async with system.doors() as doors:
        for service, caller, body in asks:
            operation = await doors.operation(f"{service}.erase_person")
            path = operation.path.replace("{case}", str(case))
            reply = await doors.call(caller, operation, path=path, body=body)
            assert (reply.status, reply.body) == (202, {"begun": True}), f"{service}: {body}"
        await until(lambda: all_told(system, asked), what="the erasures to be told")
        assert not any([await documents_of(system, name, case) for name in asked])
        assert not any([await keys_of(system, name) for name in asked])
        write = await doors.operation("identification.read_documents")
        reply = await doors.call(
            "ngo-d/giulia",
            write,
            path=write.path.replace("{case}", str(case)),
            body={"purpose": "assistance", "categories": ["identity", "story"]},
        )
        assert reply.status == 410 or reply.body["documents"] == []
        await at_rest(system, doors)
    code = str(run.kept["code"])
    for arguments in (
        ("ledger", "verify"),
        ("ledger", "replay", "--case", code),
        ("rebuild", "--check"),
    ):
        said = await system.nrm(*arguments)
        assert said.code == 0, said.out + said.err
    assert (await counted(system)).faults == []
    search = Search(stage.canaries.core, stage.canaries.number, BORN)
    assert await everywhere(system, search) == []


async def documents_of(system: System, service: str, case: UUID) -> int:
    async with system.database(service) as connection:
        return int(
            await connection.fetchval("SELECT count(*) FROM payload WHERE case_ref = $1", case)
        )


async def all_told(system: System, services: Any) -> bool:
    waiting = 0
    for service in services:
        async with system.database(service) as connection:
            waiting += await connection.fetchval(
                "SELECT count(*) FROM erasure WHERE told_at IS NULL"
            )
    return waiting == 0


async def keys_of(system: System, service: str) -> int:
    """Count the keys of erased persons that a service still has."""
    async with system.database(service) as connection:
        rows = await connection.fetch("SELECT person FROM erasure")
    persons = [row["person"] for row in rows]
    assert persons, service
    async with system.database(service, keys=True) as connection:
        forgotten = await connection.fetchval(
            "SELECT count(*) FROM forgotten_person WHERE person = ANY ($1)", persons
        )
        assert forgotten == len(persons)
        return int(
            await connection.fetchval(
                "SELECT count(*) FROM person_key WHERE person = ANY ($1)", persons
            )
        )
