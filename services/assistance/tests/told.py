"""Facts that referral tells in the tests of assistance."""

from nrm_contracts import cases, referral
from nrm_contracts.consent_codes import Basis, Need, Purpose, ReferralKind
from nrm_contracts.ids import ConsentId, ReferralId
from nrm_runtime.testing.clock import after
from services.assistance.tests.samples import HARBOUR, LANTERN, REFERRAL, named


def accepted() -> referral.ReferralAccepted:
    """Lantern Centre, in Italy, accepted the case of Harbour House."""
    return referral.ReferralAccepted(
        referral=ReferralId(REFERRAL),
        kind=ReferralKind.TRANSFER_OF_CUSTODY,
        sender=HARBOUR,
        receiver=LANTERN,
        needs=(Need.ACCOMMODATION,),
        purpose=Purpose.ASSISTANCE,
        basis=Basis.CONSENT,
        consent=ConsentId(named("consent")),
        offer="0" * 64,
        confirm_by=after(days=1),
        profile="IT@1",
        calendar="none",
    )


def handed_over() -> referral.HandedOver:
    """Both sides confirmed."""
    return referral.HandedOver(
        referral=ReferralId(REFERRAL),
        kind=ReferralKind.TRANSFER_OF_CUSTODY,
        sender=HARBOUR,
        receiver=LANTERN,
        needs=(Need.ACCOMMODATION,),
    )


def moved() -> cases.CustodyMoved:
    """Lantern Centre answers for the case."""
    return cases.CustodyMoved(referral=ReferralId(REFERRAL), sender=HARBOUR, receiver=LANTERN)
