"""What may be done to a case now, and by whom: the machine's own table, told as operations.

The table says what a region's state lets happen; `_SIDES` says whose act it is. A guard may still
refuse, with its reason: a page offers the act and does not promise it.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final, TypeAlias
from uuid import UUID

from nrm_contracts.codes import Duty
from nrm_referral.domain import commands as ask
from nrm_referral.domain.case import ALLOWED
from nrm_referral.domain.states import (
    Case,
    ClosingApproved,
    ClosingOpen,
    Opened,
    Referral,
    Unacknowledged,
    Unopened,
    Withdrawn,
)
from nrm_runtime.access import Principal
from nrm_runtime.core import Command

Found: TypeAlias = tuple[str, Mapping[str, UUID]]
Side: TypeAlias = Callable[[Opened, Referral, UUID], bool]

CASE: Final[Mapping[type[Command], str]] = {
    ask.GrantConsent: "grant_consent",
    ask.ProposeOverride: "propose_override",
    ask.InformGroup: "inform_group",
    ask.OfferReferral: "offer_referral",
    ask.LinkCase: "link_case",
    ask.ReopenCase: "reopen_case",
    ask.ProposeClosing: "propose_closing",
}

CONSENT: Final[Mapping[type[Command], str]] = {
    ask.WithdrawConsent: "withdraw_consent",
    ask.AcknowledgeWithdrawal: "acknowledge_withdrawal",
}

REFERRAL: Final[Mapping[type[Command], str]] = {
    ask.AcknowledgeOffer: "acknowledge_referral",
    ask.AcceptReferral: "accept_referral",
    ask.DeclineReferral: "decline_referral",
    ask.WithdrawReferral: "withdraw_referral",
    ask.BackOut: "back_out_of_referral",
    ask.RescheduleHandOff: "reschedule_hand_off",
    ask.ConfirmHandOff: "confirm_hand_off",
    ask.FinishReferral: "finish_referral",
    ask.TakeNextRoute: "take_next_route",
    ask.ReleasePacket: "release_packet",
}

CLOSING: Final[Mapping[type[Command], str]] = {
    ask.CheckClosing: "check_closing",
    ask.CloseCase: "close_case",
    ask.AbandonClosing: "abandon_closing",
}


def _receiver(_: Opened, referral: Referral, who: UUID) -> bool:
    return referral.terms.receiver == who


def _sender(_: Opened, referral: Referral, who: UUID) -> bool:
    return referral.terms.sender == who


def _either(case: Opened, referral: Referral, who: UUID) -> bool:
    return _receiver(case, referral, who) or _sender(case, referral, who)


_SIDES: Final[Mapping[str, Side]] = {
    "acknowledge_referral": _receiver,
    "accept_referral": _receiver,
    "decline_referral": _receiver,
    "back_out_of_referral": _receiver,
    "release_packet": _receiver,
    "withdraw_referral": _sender,
    "take_next_route": _sender,
    "reschedule_hand_off": _either,
    "confirm_hand_off": _either,
    "finish_referral": _either,
}


def allowed(case: Case, principal: Principal) -> Iterable[Found]:
    """List the operations that the case's state lets this worker's organisation begin."""
    if isinstance(case, Unopened):
        return
    who = principal.organisation
    holds = who in {case.custodian, case.agency}
    life = ALLOWED[type(case.life)]
    if holds:
        yield from ((name, {}) for command, name in CASE.items() if _may(case, life, command))
        if Duty.ERASE in principal.duties:
            yield "erase_person", {}
    if life >= frozenset({ask.ReopenCase}) and not holds:
        return
    yield from _consents(case, who, holds=holds)
    yield from _overrides(case, holds=holds)
    yield from _referrals(case, who)
    yield from _closing(case, who)
    yield "read_documents", {}


def _may(case: Opened, life: frozenset[type[Command]], command: type[Command]) -> bool:
    """Ask the life of the case, and its closing where that has a word in it."""
    if command is ask.ProposeClosing or command is ask.OfferReferral:
        return command in life and command in ALLOWED[type(case.closing)]
    return command in life


def _consents(case: Opened, who: UUID, *, holds: bool) -> Iterator[Found]:
    for key, consent in case.consents.items():
        table = ALLOWED[type(consent)]
        if ask.WithdrawConsent in table and (holds or consent.given.recipient == who):
            yield CONSENT[ask.WithdrawConsent], {"consent": key}
        waits = isinstance(consent, Withdrawn | Unacknowledged) and who in consent.waiting
        if ask.AcknowledgeWithdrawal in table and waits:
            yield CONSENT[ask.AcknowledgeWithdrawal], {"consent": key}


def _overrides(case: Opened, *, holds: bool) -> Iterator[Found]:
    for key, override in case.overrides.items():
        if holds and ask.ApproveOverride in ALLOWED[type(override)]:
            yield "approve_override", {"override": key}


def _referrals(case: Opened, who: UUID) -> Iterator[Found]:
    for key, referral in case.referrals.items():
        table = ALLOWED[type(referral)]
        for command, name in REFERRAL.items():
            lost = command is not ask.TakeNextRoute or key in case.routes
            if command in table and lost and _SIDES[name](case, referral, who):
                yield name, {"referral": key}


def _closing(case: Opened, who: UUID) -> Iterator[Found]:
    closing = case.closing
    if not isinstance(closing, ClosingOpen | ClosingApproved):
        return
    for command, name in CLOSING.items():
        side = case.agency if command is ask.CheckClosing else case.custodian
        if command in ALLOWED[type(closing)] and side == who:
            yield name, {"closing": closing.proposed.closing}
