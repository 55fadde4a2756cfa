"""A state as codes, made of nothing that was not told: the ledger's replay comes to the same."""

from typing import Any, assert_never

from nrm_contracts.ids import OrganisationId
from nrm_referral.domain.states import (
    Accepted,
    Acknowledged,
    BackedOut,
    Case,
    Closed,
    Closing,
    ClosingApproved,
    ClosingOpen,
    Consent,
    Declined,
    Delivered,
    Done,
    Expired,
    Granted,
    Handed,
    Life,
    NoClosing,
    Offered,
    Open,
    Override,
    OverrideHolds,
    OverrideOpen,
    Referral,
    Reopened,
    Settled,
    TakenBack,
    TimedOut,
    Unacknowledged,
    Unopened,
    Withdrawn,
)


def regions(case: Case) -> dict[str, Any]:
    """Give every region of a case as JSON codes."""
    if isinstance(case, Unopened):
        return {"case": "unopened"}
    return {
        "case": life_code(case.life),
        "custodian": str(case.custodian),
        "consents": {
            str(identifier): {
                "state": consent_code(consent),
                "waiting": sorted(str(one) for one in waiting(consent)),
            }
            for identifier, consent in case.consents.items()
        },
        "overrides": {
            str(identifier): override_code(override)
            for identifier, override in case.overrides.items()
        },
        "referrals": {
            str(identifier): {
                "state": referral_code(state),
                "sender": str(state.terms.sender),
                "receiver": str(state.terms.receiver),
                "confirmed": sorted(str(one) for one in confirmed(state)),
            }
            for identifier, state in case.referrals.items()
        },
        "routes": sorted(str(one) for one in case.routes),
        "closing": closing_code(case.closing),
    }


def life_code(life: Life) -> str:
    """Name the state of a case."""
    match life:
        case Open():
            return "open"
        case Reopened():
            return "reopened"
        case Closed():
            return "closed"
        case _:
            assert_never(life)


def consent_code(consent: Consent) -> str:
    """Name the state of a consent; who must still acknowledge stands beside it."""
    match consent:
        case Granted():
            return "granted"
        case Expired():
            return "expired"
        case Withdrawn() | Unacknowledged() | Settled():
            return "withdrawn"
        case _:
            assert_never(consent)


def waiting(consent: Consent) -> frozenset[OrganisationId]:
    """Give the organisations that must still acknowledge a withdrawal."""
    if isinstance(consent, Withdrawn | Unacknowledged):
        return consent.waiting
    return frozenset()


def override_code(override: Override) -> str:
    """Name the state of a disclosure on a legal ground."""
    match override:
        case OverrideOpen():
            return "proposed"
        case OverrideHolds():
            return "approved"
        case _:
            assert_never(override)


def referral_code(state: Referral) -> str:
    """Name the state of a referral."""
    match state:
        case Offered():
            return "offered"
        case Delivered():
            return "delivered"
        case Acknowledged():
            return "acknowledged"
        case Accepted():
            return "accepted"
        case Declined():
            return "declined"
        case TimedOut():
            return "timed_out"
        case BackedOut():
            return "backed_out"
        case TakenBack():
            return "withdrawn"
        case Handed():
            return "handed_over"
        case Done():
            return "done"
        case _:
            assert_never(state)


def confirmed(state: Referral) -> frozenset[OrganisationId]:
    """Give the sides that confirmed a hand-off which the other has not confirmed yet."""
    return state.confirmed if isinstance(state, Accepted) else frozenset()


def closing_code(closing: Closing) -> str:
    """Name the state of a closing."""
    match closing:
        case NoClosing():
            return "none"
        case ClosingOpen():
            return "proposed"
        case ClosingApproved():
            return "checked"
        case _:
            assert_never(closing)
