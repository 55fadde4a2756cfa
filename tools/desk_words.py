"""Which texts a service's pages need beside those that its source names.

They follow from its API's own document and from what its desk declares; nothing is started.
"""

from importlib import import_module
from importlib.util import find_spec

from fastapi import FastAPI

from nrm_pages.forms.keys import needed_codes, needed_keys
from nrm_pages.forms.operations import Document, read_document
from nrm_runtime.service import Service
from nrm_runtime.web import operations
from nrm_runtime.web.openapi import document


def document_of(service: Service) -> Document:
    """Read what a service offers, as its web process would describe it."""
    app = FastAPI(title=service.name, version="1")
    for router in (*service.routers, operations.router):
        app.router.routes.extend(router.routes)
    return read_document(document(app))


def desk_keys(package: str) -> set[str]:
    """Give the keys of a service's desk; none for a package without one, such as `nrm_pages`."""
    if find_spec(package) is None or find_spec(f"{package}.ui") is None:
        return set()
    desk = import_module(f"{package}.ui").DESK
    offered = document_of(import_module(f"{package}.app").service())
    codes = {f"code.{codes}.{value}" for codes, value in needed_codes(desk, offered)}
    return needed_keys(desk, offered) | codes
