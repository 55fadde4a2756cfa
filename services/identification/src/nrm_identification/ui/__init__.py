"""The pages of identification: signals, signs, decisions, time to recover."""

from nrm_identification.ui.desk import DESK

__all__ = ["DESK"]
