"""Databases, roles and schema of a service, made and moved forwards."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, MetaData, text
from sqlalchemy.engine import URL
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlalchemy.pool import NullPool

from nrm_runtime.persons.keys import LocalKeyset
from nrm_runtime.service import Service
from nrm_runtime.settings import Settings
from nrm_runtime.store.errors import sqlstate
from nrm_runtime.store.tables import EVENT, read_side

ROLES: Final = ("owner", "app", "relay", "eraser", "projector", "auditor", "keys")
SEQUENCER: Final = "sequencer"
LOCK_TIMEOUT: Final = "5s"

_SQL: Final = Path(__file__).parent / "sql"
_SCRIPTS: Final = Path(__file__).parent / "migrations"
_MEMBERS: Final = ("app", "relay", "eraser", "projector", "auditor", SEQUENCER)
_MAKING: Final = 7069  # advisory lock: one process makes databases and roles at a time
_EXISTS: Final = frozenset({"42710", "42P04", "23505"})


def roles_of(service: str) -> tuple[str, ...]:
    """Give the short names of a service's roles."""
    return (*ROLES, SEQUENCER) if service == "ledger" else ROLES


async def prepare(service: Service, settings: Settings) -> None:
    """Bring a service's databases to the current schema, from nothing if need be.

    Roles and databases are made through the base address when its user may; in production they
    are there already. Safe to run side by side and again.
    """
    await make_databases(settings)
    LocalKeyset(settings.kek / settings.service).prepare()
    await _make_keys_schema(settings)
    await asyncio.to_thread(upgrade, service, settings)
    if settings.development:
        await _grant_development(settings)


async def make_databases(settings: Settings, *, template: Settings | None = None) -> None:
    """Make roles and databases that are missing, if the base address's user may.

    With `template` the databases begin as copies of that one's, for tests.
    """
    async with _connected(settings.database) as connection:
        may = await connection.exec_driver_sql(
            "SELECT rolsuper OR (rolcreatedb AND rolcreaterole) FROM pg_roles"
            " WHERE rolname = current_user"
        )
        if not may.scalar_one():
            return
        await connection.exec_driver_sql("SELECT pg_advisory_lock($1)", (_MAKING,))
        roles = roles_of(settings.service)
        for role in roles:
            await _make_role(connection, settings, role)
        app, projector = settings.role("app"), settings.role("projector")
        await connection.exec_driver_sql(f'GRANT "{projector}" TO "{app}"')
        await _make_database(
            connection,
            settings.database_name,
            settings.role("owner"),
            template.database_name if template else None,
        )
        await _make_database(
            connection,
            settings.keys_database_name,
            settings.role("keys"),
            template.keys_database_name if template else None,
        )
        members = ", ".join(f'"{settings.role(role)}"' for role in roles if role in _MEMBERS)
        database = settings.database_name
        await connection.exec_driver_sql(f'GRANT CONNECT ON DATABASE "{database}" TO {members}')
        # Shadow tables of a rebuild are temporary tables of the projector.
        temporary = f'GRANT TEMPORARY ON DATABASE "{database}" TO "{projector}"'
        await connection.exec_driver_sql(temporary)


def upgrade(service: Service, settings: Settings, revision: str = "heads") -> None:
    """Apply the runtime's migrations and the service's own."""
    command.upgrade(_config(service, settings), revision)


def check(service: Service, settings: Settings) -> None:
    """Raise when the models and the migrated tables differ (`alembic check`)."""
    command.check(_config(service, settings))


def run_environment(config: Config) -> None:
    """Run migrations as the owner; called by the one `env.py` of all services."""
    asyncio.run(_run(config))


def install_base(connection: Connection, settings: Settings) -> None:
    """Install tables, functions and grants of the write side; the runtime's first migration."""
    connection.execute(text("CREATE SCHEMA IF NOT EXISTS nrm"))
    run_scripts(connection, settings, sorted(_SQL.glob("000[1-6]_*.sql")))


def install_desk(connection: Connection, settings: Settings) -> None:
    """Install the tables of the pages; the runtime's second migration."""
    run_scripts(connection, settings, [_SQL / "0007_desk.sql"])


def run_scripts(connection: Connection, settings: Settings, scripts: Sequence[Path]) -> None:
    """Run SQL files in the migration's transaction; `@role@` stands for a role's full name."""
    for path in scripts:
        script = path.read_text(encoding="utf-8")
        for role in roles_of(settings.service):
            script = script.replace(f"@{role}@", f'"{settings.role(role)}"')
        # Whole files go by the simple protocol; a prepared statement holds one command only.
        driver = connection.connection.dbapi_connection
        assert driver is not None
        driver.run_async(lambda raw, text=script: raw.execute(text))


def settings_of(config: Config) -> Settings:
    """Give the settings that a migration runs with."""
    settings = config.attributes["settings"]
    assert isinstance(settings, Settings)
    return settings


async def _run(config: Config) -> None:
    settings = settings_of(config)
    async with _connected(settings.database_url("owner"), autocommit=False) as connection:
        await connection.run_sync(_migrate, config)
        await connection.commit()


def _migrate(connection: Connection, config: Config) -> None:
    from alembic import context  # noqa: PLC0415 - a proxy that exists while a command runs

    metadata = config.attributes["metadata"]
    assert isinstance(metadata, MetaData)
    connection.execute(text("SELECT pg_advisory_xact_lock(7070)"))
    connection.execute(text(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'"))
    connection.execute(text("CREATE SCHEMA IF NOT EXISTS nrm"))
    context.configure(
        connection=connection,
        target_metadata=metadata,
        include_name=lambda name, kind, _: kind != "table" or name in metadata.tables,
        include_object=lambda _object, name, kind, *_: kind != "table" or name != EVENT,
        compare_server_default=False,
    )
    with context.begin_transaction():
        context.run_migrations()


def _config(service: Service, settings: Settings) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS))
    own = service.migrations_folder()
    places = [_SCRIPTS / "versions", *([own] if own.is_dir() else [])]
    config.set_main_option("path_separator", "newline")
    config.set_main_option("version_locations", "\n".join(map(str, places)))
    config.attributes["settings"] = settings
    read_side(service.tables)  # which ties each table to its event
    config.attributes["metadata"] = service.tables
    return config


def _connected(url: URL, *, autocommit: bool = True) -> "_Connected":
    return _Connected(url, autocommit=autocommit)


class _Connected:
    """One connection of an engine of its own."""

    def __init__(self, url: URL, *, autocommit: bool) -> None:
        self._engine = create_async_engine(
            url,
            poolclass=NullPool,
            hide_parameters=True,
            isolation_level="AUTOCOMMIT" if autocommit else None,
            connect_args={"server_settings": {"search_path": "nrm"}},
        )

    async def __aenter__(self) -> AsyncConnection:
        self._connection = await self._engine.connect()
        return self._connection

    async def __aexit__(self, *_: object) -> None:
        await self._connection.close()
        await self._engine.dispose()


async def _make_role(connection: AsyncConnection, settings: Settings, role: str) -> None:
    login = "NOLOGIN" if role == "projector" else "LOGIN"
    password = settings.database.password
    # The projector's rights come by SET ROLE only, never by being a member.
    await _unless_there(
        connection, f'CREATE ROLE "{settings.role(role)}" {login} NOINHERIT NOSUPERUSER NOBYPASSRLS'
    )
    if password and login == "LOGIN":
        quoted = password.replace("'", "''")
        await connection.exec_driver_sql(
            f"ALTER ROLE \"{settings.role(role)}\" PASSWORD '{quoted}'"
        )


async def _make_database(
    connection: AsyncConnection, name: str, owner: str, template: str | None
) -> None:
    source = f' TEMPLATE "{template}"' if template else ""
    await _unless_there(connection, f'CREATE DATABASE "{name}" OWNER "{owner}"{source}')
    await connection.exec_driver_sql(f'ALTER DATABASE "{name}" SET search_path = nrm')
    await connection.exec_driver_sql(f'REVOKE ALL ON DATABASE "{name}" FROM PUBLIC')


async def _unless_there(connection: AsyncConnection, statement: str) -> None:
    try:
        await connection.exec_driver_sql(statement)
    except Exception as error:
        if sqlstate(error) not in _EXISTS:
            raise


async def _make_keys_schema(settings: Settings) -> None:
    async with _connected(settings.database_url("keys"), autocommit=False) as connection:
        await connection.exec_driver_sql("SELECT pg_advisory_xact_lock(7070)")
        await connection.exec_driver_sql("CREATE SCHEMA IF NOT EXISTS nrm")
        await connection.run_sync(lambda sync: run_scripts(sync, settings, [_SQL / "keys.sql"]))
        await connection.commit()


async def _grant_development(settings: Settings) -> None:
    async with _connected(settings.database_url("owner")) as connection:
        await connection.exec_driver_sql(
            f'GRANT EXECUTE ON FUNCTION move_clock TO "{settings.role("app")}"'
        )


__all__ = [
    "check",
    "install_base",
    "install_desk",
    "make_databases",
    "prepare",
    "roles_of",
    "run_environment",
    "run_scripts",
    "settings_of",
    "upgrade",
]
