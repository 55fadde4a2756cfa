"""Imports the file of organisations into a development copy, once, all or nothing.

An organisation that access knows already is left as it is: from then on access is the source,
and the file only adds organisations. Public keys are those that the identity provider of the
copy made at its start; the import waits for them.
"""

import asyncio
from datetime import datetime
from pathlib import Path
from typing import Final
from uuid import uuid5

import structlog

from nrm_access.domain import commands as ask
from nrm_access.domain.values import Entrusted, Profile, PublicKey
from nrm_contracts.organisations import Organisation, organisations
from nrm_runtime.access.signed import ES256, halves, read_key
from nrm_runtime.core import Automatic, Refused
from nrm_runtime.service import Running
from nrm_runtime.store.engine import is_away, is_busy
from nrm_runtime.store.errors import Outpaced
from nrm_runtime.store.execute import execute, load
from nrm_runtime.store.streams import stream_id

PAUSE_S: Final = 0.5
KEYS: Final = "keys"

_log = structlog.get_logger()


async def import_seeds(running: Running) -> int | None:
    """Import what is new in the file; give how many, or None while a key is still missing."""
    path, folder = running.settings.organisations, running.settings.home / KEYS
    assert path is not None
    wanted = organisations(path).organisations
    if not all(_file(folder, one).is_file() for one in wanted):
        return None
    now = await running.clock.now()
    machine = running.service.machine
    new = 0
    async with running.app.begin() as tx:
        for one in wanted:
            stream = stream_id(machine.service, machine.name, one.id)
            if (await load(machine, tx, stream)).seq:
                continue
            command = ask.ImportOrganisation(
                id=uuid5(one.id, "first import"),
                by=Automatic(service=running.service.name),
                at=now,
                organisation=one.id,
                profile=_profile(one),
                duties=frozenset(one.duties),
                workers=tuple(
                    Entrusted(worker=each.id, duties=frozenset(each.duties)) for each in one.workers
                ),
                keys=(_key(one, _file(folder, one).read_bytes(), now),),
                first=True,
            )
            await execute(machine, tx, running.vault, None, command, now=now)
            new += 1
    return new


async def run_seeds(running: Running) -> None:
    """Import as soon as database and keys are there; for development copies only."""
    settings = running.settings
    if not settings.development or settings.organisations is None:
        return
    while True:
        try:
            new = await import_seeds(running)
        except Outpaced:
            new = None  # another worker was first; the next look finds everything known
        except Refused as refused:
            _log.warning("organisations.refused", code=refused.code)
            return  # the file is wrong: looking again would not mend it
        except Exception as error:
            if not (is_away(error) or is_busy(error)):
                raise
            new = None
        if new is not None:
            _log.info("organisations.imported", count=new)
            return
        await asyncio.sleep(PAUSE_S)


def _file(folder: Path, one: Organisation) -> Path:
    return folder / f"{one.key}.pub.pem"


def _profile(one: Organisation) -> Profile:
    return Profile(
        name=one.name,
        client=one.key,
        kind=one.kind,
        country=one.country,
        languages=frozenset(one.languages),
        groups=frozenset(one.groups),
    )


def _key(one: Organisation, pem: bytes, now: datetime) -> PublicKey:
    x, y, thumbprint = halves(read_key(pem, ES256))
    return PublicKey(key=uuid5(one.id, thumbprint), x=x, y=y, thumbprint=thumbprint, valid_from=now)
