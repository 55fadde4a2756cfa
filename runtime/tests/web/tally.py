"""A service of the smallest kind, to try the web with: a tally that is begun and raised."""

from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Annotated, Any, TypeAlias, assert_never
from uuid import UUID, uuid4

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import MetaData
from sqlalchemy.ext.asyncio import AsyncConnection

from nrm_runtime.core import Actor, Command, Event, Refused, TooEarly
from nrm_runtime.service import Service
from nrm_runtime.store.codec import Codec
from nrm_runtime.store.errors import Erased, Outpaced, VaultAway
from nrm_runtime.store.execute import Applied, Machine
from nrm_runtime.web.edge import EdgeDep, needs
from nrm_runtime.web.paging import Page, PagingDep
from nrm_runtime.web.route import CommandRoute, public, records

SERVICE = "tally"
TABLES = """
CREATE TABLE nrm.tally (
  case_ref uuid PRIMARY KEY, total int NOT NULL, org uuid NOT NULL,
  event_id uuid NOT NULL REFERENCES nrm.event
);
ALTER TABLE nrm.tally ENABLE ROW LEVEL SECURITY;
ALTER TABLE nrm.tally FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON nrm.tally FOR SELECT TO nrm_tally_app
  USING (org = nullif(current_setting('nrm.org', true), '')::uuid);
CREATE POLICY all_rows ON nrm.tally TO nrm_tally_projector USING (true) WITH CHECK (true);
GRANT SELECT ON nrm.tally TO nrm_tally_app;
GRANT SELECT, INSERT, UPDATE ON nrm.tally TO nrm_tally_projector;
CREATE TABLE nrm.glance (seen uuid PRIMARY KEY);
GRANT SELECT, INSERT ON nrm.glance TO nrm_tally_app;
CREATE TABLE nrm.late (seen uuid REFERENCES nrm.glance DEFERRABLE INITIALLY DEFERRED);
GRANT SELECT, INSERT ON nrm.late TO nrm_tally_app;
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Begin(Command):
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class Raise(Command):
    steps: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun(Event):
    organisation: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Raised(Event):
    steps: int


@dataclass(frozen=True, slots=True)
class Blank:
    pass


@dataclass(frozen=True, slots=True)
class Running:
    organisation: UUID
    total: int


State: TypeAlias = Blank | Running
Fact: TypeAlias = Begun | Raised


def decide(state: State, command: Begin | Raise) -> tuple[Fact, ...]:
    match state, command:
        case Blank(), Begin():
            return (Begun(at=command.at, organisation=_organisation(command.by)),)
        case Running(), Raise() if command.steps <= 0:
            raise Refused("not-forward", "A tally only rises.")
        case Running(), Raise():
            return (Raised(at=command.at, steps=command.steps),)
        case _:
            raise Refused("out-of-order", "Not now.")


def _organisation(by: Actor) -> UUID:
    return by.organisation  # type: ignore[union-attr]


def evolve(state: State, event: Fact) -> State:
    match event:
        case Begun():
            return Running(event.organisation, 0)
        case Raised():
            assert isinstance(state, Running)
            return Running(state.organisation, state.total + event.steps)
        case _:
            assert_never(event)


async def project(tx: AsyncConnection, applied: Applied[State, Fact]) -> None:
    assert isinstance(applied.state, Running)
    await tx.exec_driver_sql(
        "INSERT INTO tally VALUES ($1, $2, $3, $4) ON CONFLICT (case_ref)"
        " DO UPDATE SET total = excluded.total, event_id = excluded.event_id",
        (applied.case, applied.state.total, applied.state.organisation, applied.event_id),
    )


MACHINE: Machine[State, Fact] = Machine(
    service=SERVICE,
    name="case",
    initial=Blank(),
    decide=decide,
    evolve=evolve,
    codec=Codec({"begun": Begun, "raised": Raised}),
    tell=lambda _: None,
    clocks=lambda _: {},
    project=project,
)


class RaiseIn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    steps: Annotated[int, Field(le=1000)]
    words: dict[str, int] = Field(default_factory=dict)


class TallyOut(BaseModel):
    case: UUID
    total: int
    event_id: UUID = Field(exclude=True)


router = APIRouter(prefix="/tallies", route_class=CommandRoute)


async def tally(tx: AsyncConnection, case: UUID) -> TallyOut | None:
    found = await tx.exec_driver_sql("SELECT * FROM tally WHERE case_ref = $1", (case,))
    row = found.one_or_none()
    return row and TallyOut(case=row.case_ref, total=row.total, event_id=row.event_id)


async def _there(found: Awaitable[TallyOut | None], edge: EdgeDep) -> TallyOut:
    return await edge.show(found)


@router.post("", status_code=201, operation_id="begin_tally")
async def begin(edge: EdgeDep) -> TallyOut:
    case = edge.fresh_id()
    await edge.execute(case, Begin(id=edge.command_id, by=edge.by, at=edge.now))
    edge.location = f"/tallies/{case}"
    return await edge.show(tally(edge.tx, case))


@router.get("", operation_id="list_tallies")
async def tallies(edge: EdgeDep, paging: PagingDep) -> Page[TallyOut]:
    after = paging.after[0] if paging.after else "00000000-0000-0000-0000-000000000000"
    rows = await edge.tx.exec_driver_sql(
        "SELECT * FROM tally WHERE case_ref > $1 ORDER BY case_ref LIMIT $2",
        (UUID(after), paging.limit + 1),
    )
    return paging.page(
        rows.all(),
        lambda row: (str(row.case_ref),),
        lambda row: TallyOut(case=row.case_ref, total=row.total, event_id=row.event_id),
    )


@router.get("/{case}", operation_id="show_tally")
async def show(case: UUID, edge: EdgeDep) -> TallyOut:
    return await edge.show(tally(edge.tx, case))


@router.post("/{case}/raise", operation_id="raise_tally")
async def raise_tally(case: UUID, body: RaiseIn, edge: EdgeDep) -> TallyOut:
    seen = await edge.show(tally(edge.tx, case))
    edge.match(seen.event_id)
    command = Raise(id=edge.command_id, by=edge.by, at=edge.now, steps=body.steps)
    await edge.execute(case, command)
    return await edge.show(tally(edge.tx, case))


@router.post("/{case}/bump", operation_id="bump_tally")
async def bump(case: UUID, edge: EdgeDep) -> TallyOut:
    command = Raise(id=edge.command_id, by=edge.by, at=edge.now, steps=1)
    await edge.execute(case, command)
    return await edge.show(tally(edge.tx, case))


@router.post("/{case}/glance", operation_id="glance_at_tally")
@records
async def glance(case: UUID, edge: EdgeDep) -> dict[str, str]:
    seen = uuid4()
    await edge.tx.exec_driver_sql("INSERT INTO glance VALUES ($1)", (seen,))
    return {"seen": str(seen)}


@router.get("/{case}/glanced", operation_id="glanced_at_tally")
@records
async def glanced(case: UUID, edge: EdgeDep) -> dict[str, str]:
    return await glance(case, edge)


@router.get("/{case}/meddle", operation_id="meddle_with_tally")
async def meddle(case: UUID, edge: EdgeDep) -> dict[str, str]:
    return await glance(case, edge)


@router.post("/late", operation_id="fail_late")
async def fail_late(edge: EdgeDep) -> dict[str, str]:
    await edge.tx.exec_driver_sql("INSERT INTO late VALUES ($1)", (uuid4(),))
    return {"promised": "too much"}


class WordsIn(BaseModel):
    word: str


FAILURES: dict[str, Exception] = {
    "early": TooEarly("A fact is on its way."),
    "outpaced": Outpaced(),
    "erased": Erased(),
    "vault": VaultAway(),
    "database": OSError("refused"),
}


@router.post("/fail/{how}", operation_id="fail")
async def fail(how: str, edge: EdgeDep) -> None:
    edge.need("case:write")
    raise FAILURES[how]


@router.post("/fault", operation_id="fault")
async def fault(body: WordsIn, edge: EdgeDep) -> None:
    raise RuntimeError(body.word)


@router.post("/operate", operation_id="operate_tally")
async def operate(edge: EdgeDep) -> dict[str, str]:
    edge.need("operate")
    return {"organisation": str(edge.principal.organisation)}


@router.post("/duty", operation_id="duty_tally")
async def duty(edge: EdgeDep) -> dict[str, str]:
    edge.need("case:write", duty="intake")
    return {"id": str(edge.new_id("one")), "other": str(edge.new_id("two"))}


inner = APIRouter(route_class=CommandRoute, dependencies=[needs("case:read", duty="intake")])


@inner.get("/within", operation_id="within")
async def within(edge: EdgeDep) -> dict[str, str]:
    return {"organisation": str(edge.principal.organisation)}


router.include_router(inner, prefix="/inner")

doors = APIRouter()


@doors.get("/.well-known/jwks.json", operation_id="keys")
@public
async def keys() -> dict[str, list[str]]:
    return {"keys": []}


def service(**more: Any) -> Service:
    return Service(
        name=SERVICE,
        machine=MACHINE,
        tables=MetaData(),
        routers=[router, doors],
        migrations=None,
        **more,
    )
