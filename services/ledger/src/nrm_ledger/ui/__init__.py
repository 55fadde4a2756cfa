"""The pages of the ledger: what happened in a case, provable, for auditors; receipts for all."""

from nrm_ledger.ui.desk import DESK, furnish

__all__ = ["DESK", "furnish"]
