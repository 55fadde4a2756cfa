"""The pages of referral: who answers for a case, consents, hand-offs, closing."""

from nrm_referral.ui.desk import DESK

__all__ = ["DESK"]
