"""The pages of access: organisations, their workers, duties and keys."""

from nrm_access.ui.desk import DESK

__all__ = ["DESK"]
