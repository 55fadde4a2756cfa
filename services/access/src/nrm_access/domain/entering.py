"""How an organisation comes in: by its own application, or from a register."""

from nrm_access.domain import commands as ask
from nrm_access.domain import events as fact
from nrm_access.domain.values import ALWAYS, KEYS_MAX, WEIGHTY, WORKERS_MAX
from nrm_contracts.codes import Duty
from nrm_runtime.core import Automatic, Refused, worker


def enter(command: ask.Enter) -> tuple[fact.AccessEvent, ...]:
    """Give its entrance, its first workers and keys; active at once only where trusted."""
    duties = command.duties | ALWAYS
    _complete(command, duties)
    trusted = isinstance(command, ask.ImportOrganisation)
    if trusted:
        _may_import(command)
    elif any(one.duties & WEIGHTY for one in command.workers):
        raise Refused("needs-vetting", "Only a national administrator grants this duty.")
    entrance: fact.Entrance
    if trusted:
        entrance = fact.OrganisationImported(
            at=command.at,
            organisation=command.organisation,
            profile=command.profile,
            duties=duties,
        )
    else:
        entrance = fact.OrganisationApplied(
            at=command.at,
            organisation=command.organisation,
            applicant=worker(command).worker,
            profile=command.profile,
            asked=duties,
        )
    workers = tuple(
        fact.WorkerAdded(
            at=command.at,
            organisation=command.organisation,
            worker=one.worker,
            duties=one.duties,
        )
        for one in command.workers
    )
    keys = tuple(
        fact.KeyRegistered(at=command.at, organisation=command.organisation, key=key)
        for key in command.keys
    )
    if not trusted:
        return entrance, *workers, *keys
    activated = fact.OrganisationActivated(at=command.at, organisation=command.organisation)
    return entrance, *workers, *keys, activated


def _complete(command: ask.Enter, duties: frozenset[Duty]) -> None:
    if not any(Duty.ADMINISTER in one.duties for one in command.workers):
        raise Refused("administrator-missing", "One of its workers must administer it.")
    if any(not one.duties <= duties for one in command.workers):
        raise Refused("beyond-organisation", "The organisation itself has no such duty.")
    if len({one.worker for one in command.workers}) != len(command.workers):
        raise Refused("worker-known", "A worker is registered once.")
    if len({one.key for one in command.keys}) != len(command.keys):
        raise Refused("key-known", "A key is registered once.")
    if len(command.workers) > WORKERS_MAX:
        raise Refused("too-many-workers", "An organisation cannot have more workers.")
    if len(command.keys) > KEYS_MAX:
        raise Refused("too-many-keys", "An organisation cannot have more keys.")


def _may_import(command: ask.Enter) -> None:
    """Let the service itself import, or an operator the first national agency of a country."""
    assert isinstance(command, ask.ImportOrganisation)
    if isinstance(command.by, Automatic):
        return
    if not command.first or Duty.VET_ORGANISATIONS not in command.duties:
        raise Refused("already-vetted-here", "The country's national administrator vets it.")
