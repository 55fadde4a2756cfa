"""The pages of notifications: the inbox of an organisation."""

from nrm_notifications.ui.desk import DESK

__all__ = ["DESK"]
