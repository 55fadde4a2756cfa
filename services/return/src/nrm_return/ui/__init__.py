"""The pages of return: the file, the joint risk, the journey, the time after it."""

from nrm_return.ui.desk import DESK

__all__ = ["DESK"]
