"""How a case is brought to its end from wherever it stands: end what is open, then close."""

from collections.abc import Iterator
from typing import Any

from nrm_assistance.domain import commands as care
from nrm_assistance.domain import states as helping
from nrm_contracts.care_codes import SupportEnd
from nrm_contracts.codes import ReflectionEnd
from nrm_contracts.consent_codes import Purpose, WithdrawalReason, WithdrawnBy
from nrm_identification.domain import commands as sign
from nrm_identification.domain import reflection
from nrm_referral.domain import commands as refer
from nrm_referral.domain import states as moving
from nrm_return.domain import commands as travel
from nrm_return.domain import follow_up_commands as keep
from nrm_return.domain import follow_up_states as keeping
from nrm_return.domain import states as going
from tests.flows.asks import Ask, by_consent
from tests.flows.people import AGENCIES, HELPERS
from tests.flows.views import ENDED, RUNNING, WAITING, View, consent_for


def ending(view: View) -> Iterator[Ask]:
    """Give what still has to be ended, in any order; if nothing has, what closes the case."""
    ends = [
        *_returns(view),
        *_referrals(view),
        *acknowledgements(view),
        *_assistances(view),
        *_reflection(view),
    ]
    yield from ends
    closing, desk = view.moves.closing, view.desk(view.custodian)
    match closing:
        case moving.NoClosing() if not ends:
            yield desk.propose_closing()
        case moving.ClosingOpen(missing=missing) if not missing:
            agency = view.moves.agency or AGENCIES[view.moves.country].id
            yield view.desk(agency, 2).ask("referral", refer.CheckClosing)
        case moving.ClosingApproved():
            yield desk.ask("referral", refer.CloseCase)
        case _:
            pass


def acknowledgements(view: View) -> Iterator[Ask]:
    """Say that a withdrawal is known."""
    for key, consent in view.moves.consents.items():
        if isinstance(consent, moving.Withdrawn | moving.Unacknowledged):
            for one in sorted(consent.waiting):
                yield view.desk(one).ask("referral", refer.AcknowledgeWithdrawal, consent=key)


def _returns(view: View) -> Iterator[Ask]:
    for state in view.returns.returns.values():
        file, key = state.file, {"return_id": state.file.return_id}
        desk = view.desk(file.requester)
        match state:
            case going.Travelling() if file.receiver is not None:
                yield view.desk(file.receiver.organisation).arrive(file.return_id)
            case going.Arrived():
                yield from _arrived(view, state)
            case _ if not isinstance(state, ENDED):
                yield desk.ask("return", travel.WithdrawReturn, **key)
            case _:
                pass


def _arrived(view: View, state: Any) -> Iterator[Ask]:
    file, key = state.file, {"return_id": state.file.return_id}
    there = view.desk(file.receiver.organisation if file.receiver else file.requester)
    match state.follow_up:
        case keeping.NoFollowUp():
            yield there.ask("return", keep.DeclineFollowUp, **key)
        case keeping.Scheduled() | keeping.Active() | keeping.Late():
            desk = view.desk(state.follow_up.schedule.responsible)
            yield desk.ask("return", keep.ReportContactLost, **key)
        case _:
            yield there.ask("return", travel.FinishReturn, **key)
    if not state.handed_over:
        yield from hand_over_anew(view, state)


def hand_over_anew(view: View, state: Any) -> Iterator[Ask]:
    """The receiver was lost after the arrival: somebody else takes over, for the same journey."""
    linked = (
        one
        for one in view.moves.referrals.values()
        if one.terms.linked_return == state.file.return_id
    )
    if any(isinstance(one, moving.Unfinished | moving.Done) for one in linked):
        return
    desk, purpose = view.desk(view.custodian), Purpose.RECEPTION
    to = next(one for one in HELPERS if one is not view.custodian)
    consent = consent_for(view, to, purpose)
    if consent is None:
        yield desk.consent(to.id, purpose, child=view.child)
    else:
        yield desk.offer(to, by_consent(consent), purpose, linked_return=state.file.return_id)


def _referrals(view: View) -> Iterator[Ask]:
    for key, state in view.moves.referrals.items():
        terms = state.terms
        journey = view.moves.returns.get(terms.linked_return)
        if isinstance(state, moving.Accepted) and isinstance(journey, moving.Arrived):
            for side in (terms.receiver, terms.sender):
                if side not in state.confirmed:
                    yield view.desk(side).confirm(key)
        elif isinstance(state, WAITING) and isinstance(journey, moving.Arrived):
            yield view.desk(terms.receiver).accept(key)
        elif isinstance(state, (*WAITING, moving.Accepted)):
            yield view.desk(terms.sender).ask(
                "referral",
                refer.WithdrawReferral,
                referral=key,
                on_word_of=WithdrawnBy.PERSON,
                reason=WithdrawalReason.PERSON_WITHDREW,
            )
        elif isinstance(state, moving.Handed):
            yield view.desk(terms.receiver).finish_referral(key)


def _assistances(view: View) -> Iterator[Ask]:
    if isinstance(view.cares, helping.Unheard):
        return
    for key, one in view.cares.assistances.items():
        desk = view.desk(one.file.organisation)
        for support in one.file.open_supports():
            yield desk.ask(
                "assistance",
                care.EndSupport,
                assistance=key,
                support=support,
                how=SupportEnd.COMPLETED,
            )
        if isinstance(one.file.immediate, helping.Urgent) and isinstance(one, RUNNING):
            yield desk.questions(key)
        elif isinstance(one, RUNNING) and not one.file.open_supports():
            yield desk.ask("assistance", care.CompleteAssistance, assistance=key)


def _reflection(view: View) -> Iterator[Ask]:
    desk = view.desk(view.signs.custodian)
    match view.signs.reflection:
        case reflection.Offered():
            yield desk.ask("identification", sign.DeclineReflection)
        case reflection.Running():
            yield desk.ask(
                "identification", sign.EndReflection, how=ReflectionEnd.DECIDED, revocable=False
            )
        case _:
            pass
