"""`python -m infra.local COMMAND`: the local runner."""

import argparse

from infra.local.commands import down, engines, make_secrets, make_topics, migrate, reset, status
from infra.local.parts import SERVICES
from infra.local.up import up


def main() -> int:
    """Give the command's exit code: 0 good, 1 not, 2 wrong use."""
    parser = argparse.ArgumentParser(prog="python -m infra.local", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    starting = commands.add_parser("up", help="start everything and run the demonstration")
    starting.add_argument(
        "--once", action="store_true", help="then stop; the result is the exit code"
    )
    commands.add_parser("down", help="stop what runs")
    commands.add_parser("reset", help="stop what runs and forget all its data")
    commands.add_parser("status", help="one line per process; 0 only when all are ready")
    commands.add_parser("engines", help="find or install what PostgreSQL and Kafka need")
    migrating = commands.add_parser("migrate", help="apply a service's migrations")
    migrating.add_argument("service", choices=SERVICES)
    commands.add_parser("topics", help="make the topics in the broker of NRM_KAFKA")
    commands.add_parser("secrets", help="make the data folder's secrets")
    told = parser.parse_args()
    simple = {
        "down": down,
        "reset": reset,
        "status": status,
        "engines": engines,
        "topics": make_topics,
        "secrets": make_secrets,
    }
    if told.command == "up":
        return up(once=told.once)
    if told.command == "migrate":
        return migrate(told.service)
    return simple[told.command]()


if __name__ == "__main__":
    raise SystemExit(main())
