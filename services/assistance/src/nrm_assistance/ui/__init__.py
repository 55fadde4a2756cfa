"""The pages of assistance: dangers, needs, plans, supports, documents, of one organisation."""

from nrm_assistance.ui.desk import DESK

__all__ = ["DESK"]
