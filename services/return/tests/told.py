"""Facts of other services and bodies of requests that several tests of return need."""

from importlib import import_module
from typing import Any
from uuid import UUID

from nrm_contracts import identification, referral
from nrm_contracts.codes import GroundsReason, ReflectionExemption, YesNo
from nrm_contracts.consent_codes import Basis, Purpose, ReferralKind
from nrm_contracts.contract import Contract
from nrm_contracts.ids import ReturnId

with_: Any = import_module("services.return.tests.steps")


def accepted(return_id: UUID, **own: Any) -> Contract:
    """Tell that the receiver accepted the linked transfer."""
    usual: dict[str, Any] = {
        "referral": with_.TRANSFER,
        "kind": ReferralKind.TRANSFER_OF_CUSTODY,
        "sender": with_.SENDER,
        "receiver": with_.RECEIVER,
        "needs": (),
        "purpose": Purpose.SAFE_RETURN,
        "basis": Basis.CONSENT,
        "offer": "0" * 64,
        "confirm_by": with_.LANDS,
        "linked_return": ReturnId(return_id),
        "profile": "RO@1",
        "calendar": "none",
    }
    return referral.ReferralAccepted(**(usual | own))


def presumed() -> tuple[Contract, Contract]:
    """Tell that the person is a presumed victim to whom no reflection period applies."""
    country: dict[str, Any] = {"country": "IT", "profile": "IT@1"}
    return (
        identification.VictimPresumed(
            organisation=with_.SENDER,
            reasons=(GroundsReason.INDICATORS,),
            against_indicators=YesNo.NO,
            treated_as_child=YesNo.NO,
            notify=(),
            **country,
        ),
        identification.ReflectionNotApplicable(
            organisation=with_.SENDER, reason=ReflectionExemption.OWN_NATIONAL, **country
        ),
    )


REQUEST = {
    "kind": "to_origin",
    "origin": "IT",
    "destination_country": "RO",
    "destination": "family",
    "private": {"words": "I want to go home to my sister."},
}
DANGER = {"dimension": "network", "likelihood": 2, "severity": 2}
SIGNATURE = {
    "findings": [DANGER | {"subject": "person"}, DANGER | {"subject": "relative"}],
    "family_threatened": True,
    "private": {"dangers": "The cousin asks for her.", "persons_view": "She is not afraid."},
    "family": {"dangers": "The sister was threatened."},
}
ANSWER = {"language": "ro", "private": {"text": "Casa este mica.", "author": "D. M."}}
