"""One look for the pages of all services: templates, styles, rendering, errors in plain words."""

from nrm_pages.look.messages import message
from nrm_pages.look.render import Look, environment, render

__all__ = ["Look", "environment", "message", "render"]
