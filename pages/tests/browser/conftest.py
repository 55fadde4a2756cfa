"""For the tests of the look: the gallery, served on a port of its own."""

import socket
import threading
import time
from collections.abc import Iterator

import pytest
import uvicorn

from pages.tests.browser.gallery import app

PATIENCE = 10  # seconds


@pytest.fixture(scope="session")
def gallery() -> Iterator[str]:
    """The address below which the gallery's pages are."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        port = bound.getsockname()[1]
        server = uvicorn.Server(uvicorn.Config(app(), log_level="error", lifespan="off"))
        thread = threading.Thread(target=server.run, args=([bound],), daemon=True)
        thread.start()
        until = time.monotonic() + PATIENCE
        while not server.started and time.monotonic() < until:
            time.sleep(0.02)
        assert server.started
        yield f"http://127.0.0.1:{port}/desk"
        server.should_exit = True
        thread.join(PATIENCE)
