"""What a page says when the API says no."""

from starlette.requests import Request
from starlette.responses import Response

from nrm_pages.doors import Reply
from nrm_pages.look.render import render

NOT_FOUND = 404


def vanished(request: Request) -> Response:
    """Answer for what does not exist or may not be seen: nobody can tell which."""
    return render(request, "desk/absent.html", NOT_FOUND)


def refused(request: Request, reply: Reply, back: str) -> Response:
    """Say why something was not done, and that nothing was lost."""
    if reply.status == NOT_FOUND:
        return vanished(request)
    return render(request, "desk/refused.html", reply.status, reply=reply, back=back)
