"""What `python -m nrm_<service> ROLE` does: web, worker, migrate, and roles a service adds."""

import asyncio
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Final

import structlog
import uvicorn
from sqlalchemy.ext.asyncio import AsyncEngine
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from nrm_runtime import logs, telemetry
from nrm_runtime.broker import lag
from nrm_runtime.broker.hears import hearing_of, topics_of
from nrm_runtime.broker.lag import Figures
from nrm_runtime.broker.listening import Listening
from nrm_runtime.broker.relay import Relay
from nrm_runtime.migrate import prepare
from nrm_runtime.persons.erasing import run_erasures
from nrm_runtime.service import Running, Service, running
from nrm_runtime.settings import Misconfigured, Settings
from nrm_runtime.store.deadlines import run_deadlines
from nrm_runtime.store.engine import is_away, is_busy
from nrm_runtime.store.machine import NO_MACHINE
from nrm_runtime.web.app import make

CONCURRENCY_MAX: Final = 256
WRONG_USE: Final = 2
OPEN_REQUESTS_S: Final = 5
END_S: Final = 10.0  # a supervisor kills after 20; closing what was cut off takes some of them
FIGURES_S: Final = 1.0

Role = Callable[[Service, Settings], Awaitable[None]]


async def web(service: Service, settings: Settings) -> None:
    """Serve the service's API and pages on `NRM_LISTEN` until SIGTERM."""
    stopping = _stopping()
    async with running(service, settings) as held:
        await _serve(make(service, held), settings, stopping)


async def worker(service: Service, settings: Settings) -> None:
    """Hear, relay, watch deadlines and erasures, and serve health on `NRM_LISTEN`, until SIGTERM.

    Several may run at once. Raises when a part cannot go on: the process is to be started anew.
    """
    stopping = _stopping()
    async with running(service, settings) as held:
        figures = Figures()
        relay = Relay(
            held.relay_election, settings.kafka, f"nrm-{service.name}-relay", settings.topic_prefix
        )
        listening = Listening(
            hearing_of(held),
            settings.kafka,
            topics_of(service),
            prefix=settings.topic_prefix,
            figures=figures,
        )
        endless: list[Coroutine[Any, Any, None]] = [_figure(figures, relay)]
        if service.machine is not NO_MACHINE:
            endless.append(run_deadlines(held))
        if service.erased is not None:
            endless.append(run_erasures(held))
        endless.extend(_as_coroutine(task, held) for task in service.worker_tasks)
        health = _health(held.app, listening if topics_of(service) else None, figures)
        async with asyncio.TaskGroup() as tasks:
            rest = [tasks.create_task(each) for each in endless]
            ending = [tasks.create_task(relay.run(stopping))]
            if topics_of(service):
                ending.append(tasks.create_task(listening.run(stopping)))
            serving = tasks.create_task(_serve(health, settings, stopping))
            await stopping.wait()
            for task in rest:
                task.cancel()
            await asyncio.wait((*ending, serving), timeout=END_S)
            for task in (*ending, serving):
                task.cancel()


async def migrate(service: Service, settings: Settings) -> None:
    """Bring the service's databases to the current schema."""
    await prepare(service, settings)


ROLES: Final[dict[str, Role]] = {"web": web, "worker": worker, "migrate": migrate}


def main(service: Service) -> None:
    """Run the role named on the command line; leaves with 0, 1 (a fault) or 2 (wrong use)."""
    names = sorted(ROLES.keys() | service.roles.keys())
    role = sys.argv[1] if len(sys.argv) > 1 else ""
    if role not in names:
        sys.stderr.write(f"usage: python -m nrm_{service.name} {'|'.join(names)}\n")
        sys.exit(WRONG_USE)
    logs.configure(service.name, role)
    log = structlog.get_logger("nrm.process")
    provider = None
    try:
        settings = Settings.from_environment(service.name)
        provider = telemetry.configure(service.name, role, settings.otlp)
        log.info("process.starts", pid=os.getpid())
        asyncio.run(_run(service, role, settings))
    except Misconfigured as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(WRONG_USE)
    except BaseExceptionGroup as group:
        for leaf in _leaves(group):
            log.error("process.failed", exc_info=leaf)  # noqa: TRY400 - each with its own place
        sys.exit(1)
    except Exception:
        log.exception("process.failed")
        sys.exit(1)
    finally:
        telemetry.end(provider)
    log.info("process.ends", pid=os.getpid())


async def _run(service: Service, role: str, settings: Settings) -> None:
    own = service.roles.get(role)
    if own is not None:
        await own(settings)
    else:
        await ROLES[role](service, settings)


def _stopping() -> asyncio.Event:
    """Give the event that SIGTERM and SIGINT set."""
    stopping, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    return stopping


async def _serve(app: Any, settings: Settings, stopping: asyncio.Event) -> None:  # noqa: ANN401
    server = uvicorn.Server(
        uvicorn.Config(
            app,
            host=settings.listen_host,
            port=settings.listen_port,
            access_log=False,
            log_config=None,
            server_header=False,
            proxy_headers=False,
            limit_concurrency=CONCURRENCY_MAX,
            timeout_graceful_shutdown=OPEN_REQUESTS_S,
        )
    )
    serving = asyncio.ensure_future(server.serve())
    waiting = asyncio.ensure_future(stopping.wait())
    try:
        await asyncio.wait({serving, waiting}, return_when=asyncio.FIRST_COMPLETED)
        server.should_exit = True
        await serving
    finally:
        waiting.cancel()
    if not stopping.is_set():
        raise RuntimeError(f"cannot listen on port {settings.listen_port}")


def _health(app: AsyncEngine, listening: Listening | None, figures: Figures) -> Starlette:
    async def live(_: Request) -> Response:
        return JSONResponse({"status": "ok"})

    async def ready(_: Request) -> Response:
        if listening is not None and not listening.ready.is_set():
            return JSONResponse({"status": "broker-away"}, 503)
        if any(value for (name, _), value in figures.values.items() if name == lag.AWAY):
            return JSONResponse({"status": "engine-away"}, 503)
        try:
            async with app.connect() as connection:
                await connection.exec_driver_sql("SELECT 1")
        except Exception as error:
            if not (is_away(error) or is_busy(error)):
                raise
            return JSONResponse({"status": "database-away"}, 503)
        return JSONResponse({"status": "ok"})

    async def metrics(_: Request) -> Response:
        return PlainTextResponse(figures.text())

    return Starlette(
        routes=[
            Route("/healthz/live", live),
            Route("/healthz/ready", ready),
            Route("/metrics", metrics),
        ]
    )


async def _figure(figures: Figures, relay: Relay) -> None:
    while True:
        figures.set(lag.TOLD, relay.told)
        figures.set(lag.ELECTED, float(relay.elected))
        figures.set(lag.STOPPED_KEYS, len(relay.stops.until))
        await asyncio.sleep(FIGURES_S)


async def _as_coroutine(task: Callable[[Running], Awaitable[None]], held: Running) -> None:
    await task(held)


def _leaves(group: BaseExceptionGroup[BaseException]) -> list[BaseException]:
    found: list[BaseException] = []
    for error in group.exceptions:
        found += _leaves(error) if isinstance(error, BaseExceptionGroup) else [error]
    return found
