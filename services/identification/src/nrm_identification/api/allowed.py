"""What may be done to a case now, and by whom: the machine's own tables, told as operations.

The tables say what a region's state lets happen; the country profile says who decides. A guard
may still refuse, with its reason: a page offers the act and does not promise it.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final, TypeAlias
from uuid import UUID

from nrm_contracts.codes import Duty
from nrm_contracts.profiles import profile
from nrm_identification.domain import commands as ask
from nrm_identification.domain import identification, reflection
from nrm_identification.domain.case import OPENINGS, Case, CaseFile, Closed, Closing, Unknown
from nrm_runtime.access import Principal
from nrm_runtime.core import Command

Found: TypeAlias = tuple[str, Mapping[str, UUID]]

NAMES: Final[Mapping[type[Command], str]] = {
    ask.FindPotential: "find_potential",
    ask.Presume: "presume",
    ask.Identify: "identify",
    ask.DoNotConfirm: "do_not_confirm",
    ask.WithdrawSelf: "withdraw_self",
    ask.ReopenIdentification: "reopen_identification",
    ask.OfferReflection: "offer_reflection",
    ask.ExemptFromReflection: "exempt_from_reflection",
    ask.DeclineReflection: "decline_reflection",
    ask.StartReflection: "start_reflection",
    ask.ExtendReflection: "extend_reflection",
    ask.EndReflection: "end_reflection",
}
"""Operations that belong to a region."""

ALWAYS: Final = ("record_indicators", "inform_rights", "assess_age", "record_person")
"""What may be done while the case is open, in every state of both regions."""

DECIDERS: Final[Mapping[type[Command], str]] = {
    ask.Presume: "who_can_presume",
    ask.Identify: "who_can_identify",
    ask.DoNotConfirm: "who_can_identify",
}
"""Decisions, each with the value of the country profile that says who takes it."""


def allowed(case: Case, principal: Principal) -> Iterable[Found]:
    """List the operations that the case's state lets this worker's organisation begin."""
    if isinstance(case, Unknown) or principal.organisation not in case.parties:
        return
    if not isinstance(case.closure, Closed):
        yield from ((name, {}) for name in _open(case, principal))
    if case.custodian == principal.organisation and Duty.ERASE in principal.duties:
        yield "erase_person", {}
    yield "read_documents", {}


def _open(case: CaseFile, principal: Principal) -> Iterator[str]:
    if case.notice.by is not None and principal.organisation in case.notice.to:
        yield "take_notice"
    yield from ALWAYS
    table = identification.ALLOWED[type(case.identification)]
    table |= reflection.ALLOWED[type(case.reflection)]
    for command, name in NAMES.items():
        waits = isinstance(case.closure, Closing) and issubclass(command, OPENINGS)
        if command in table and not waits and _decides(case, command, principal):
            yield name


def _decides(case: CaseFile, command: type[Command], principal: Principal) -> bool:
    """Ask the country profile whether this kind of organisation takes the decision."""
    key = DECIDERS.get(command)
    return key is None or principal.kind in profile(case.country).codes("identification", key)
