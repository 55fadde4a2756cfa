"""Who has a part in one return: who may act on it, and who may see it."""

from nrm_contracts.ids import OrganisationId
from nrm_return.domain import follow_up_states as keeping
from nrm_return.domain.file import Answered, Asked, File, Translated
from nrm_return.domain.known import Known
from nrm_return.domain.states import Arrived, Done, Return
from nrm_runtime.core import Command, Refused, Worker, worker


def members(state: Return, known: Known) -> frozenset[OrganisationId]:
    """Give who may act: requester, custodian, agency, receiver, helpers, who keeps contact."""
    file = state.file
    found = {file.requester, known.custodian, known.agency}
    if file.receiver is not None:
        found.add(file.receiver.organisation)
    found |= {known.parts[each] for each in known.helpers}
    schedule = schedule_of(state)
    if schedule is not None:
        found.add(schedule.responsible)
    return frozenset(one for one in found if one is not None)


def parties(state: Return, known: Known) -> frozenset[OrganisationId]:
    """Give who may see it: who may act, who was asked for the inquiry, who gets reports."""
    found = set(members(state, known))
    asked = asked_of(state.file)
    if asked is not None:
        found.add(asked)
    schedule = schedule_of(state)
    if schedule is not None:
        found.add(schedule.report_to)
    return frozenset(found)


def member(state: Return, known: Known, command: Command) -> Worker:
    """Give the worker behind a command if their organisation may act on this return.

    Raises `Refused`.
    """
    by = worker(command)
    if by.organisation not in members(state, known):
        raise Refused("not-a-party", "Only an organisation with a part in this return may do this.")
    return by


def asked_of(file: File) -> OrganisationId | None:
    """Give who was asked for the social inquiry."""
    match file.inquiry:
        case Asked(asked=asked) | Answered(asked=asked) | Translated(asked=asked):
            return asked
        case _:
            return None


def schedule_of(state: Return) -> keeping.Schedule | None:
    """Give the last agreed schedule of contacts and reports."""
    if not isinstance(state, Arrived | Done):
        return None
    return keeping.schedule_of(state.follow_up)
