"""The tables that referral shows; rebuilt from its events at any time.

`parties` are the organisations that may see a row; row-level security reads it. Columns beside
keys may be empty: a projection changes only what an event says.
"""

from typing import Any

from sqlalchemy import Boolean, Column, DateTime, ForeignKey, Integer, MetaData, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import ARRAY

from nrm_runtime.store.tables import EVERYONE

metadata = MetaData()


def _touched() -> Column[Any]:
    return Column("event_id", Uuid, ForeignKey("event.event_id"), nullable=False)


def _parties() -> Column[Any]:
    return Column("parties", ARRAY(Uuid), nullable=False)


def _at(name: str) -> Column[Any]:
    return Column(name, DateTime(timezone=True))


def _codes(name: str) -> Column[Any]:
    return Column(name, ARRAY(Text))


cases = Table(
    "cases",
    metadata,
    Column("case_id", Uuid, primary_key=True),
    Column("person", Uuid),
    Column("state", Text),
    Column("custodian", Uuid),
    Column("agency", Uuid),
    Column("country", Text),
    Column("age", Text),
    Column("closing", Text),
    Column("closure_reason", Text),
    Column("hearing_notices_to", Uuid),
    _codes("blocked"),
    _at("opened_at"),
    _parties(),
    _touched(),
)
"""One row per case: its life, its custodian, whether closing is proposed."""

custody = Table(
    "custody",
    metadata,
    Column("case_id", Uuid, primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("custodian", Uuid),
    _at("since"),
    _at("until"),
    Column("referral", Uuid),
    _parties(),
    _touched(),
)
"""The custody timeline: one row per tenure; the last one has no end."""

links = Table(
    "links",
    metadata,
    Column("case_id", Uuid, primary_key=True),
    Column("linked", Uuid, primary_key=True),
    Column("how", Text),
    Column("organisation", Uuid),
    _parties(),
    _touched(),
)
"""Cases that belong together with a case."""

consents = Table(
    "consents",
    metadata,
    Column("consent", Uuid, primary_key=True),
    Column("case_id", Uuid, index=True),
    Column("state", Text),
    Column("organisation", Uuid),
    Column("recipient", Uuid),
    Column("recipient_group", Text),
    Column("purpose", Text),
    _codes("categories"),
    _codes("blocked"),
    Column("form", Text),
    Column("giver", Text),
    Column("assent", Text),
    _at("granted_at"),
    _at("until"),
    _at("acknowledge_by"),
    Column("received", ARRAY(Uuid)),
    Column("waiting", ARRAY(Uuid)),
    _parties(),
    _touched(),
)
"""Consents to disclose; `waiting` must still acknowledge a withdrawal."""

overrides = Table(
    "overrides",
    metadata,
    Column("override", Uuid, primary_key=True),
    Column("case_id", Uuid, index=True),
    Column("state", Text),
    Column("organisation", Uuid),
    Column("ground", Text),
    Column("recipient", Uuid),
    Column("purpose", Text),
    _codes("categories"),
    _at("proposed_at"),
    _parties(),
    _touched(),
)
"""Disclosures on a legal ground, proposed or approved."""

referrals = Table(
    "referrals",
    metadata,
    Column("referral", Uuid, primary_key=True),
    Column("case_id", Uuid, index=True),
    Column("person", Uuid),
    Column("state", Text),
    Column("kind", Text),
    Column("sender", Uuid),
    Column("receiver", Uuid, index=True),
    _codes("needs"),
    Column("purpose", Text),
    _codes("categories"),
    _codes("blocked"),
    Column("basis", Text),
    Column("consent", Uuid),
    Column("override", Uuid),
    Column("ground", Text),
    Column("urgent", Text),
    Column("age", Text),
    Column("gender", Text),
    _codes("languages"),
    Column("medical", Text),
    Column("threat", Text),
    Column("linked_return", Uuid),
    Column("reason", Text),
    Column("outcome", Text),
    Column("offer", Text),
    _at("offered_at"),
    _at("acknowledge_by"),
    _at("answer_by"),
    _at("agreed_at"),
    _at("confirm_by"),
    Column("confirmed", ARRAY(Uuid)),
    Column("escalated", Integer),
    _parties(),
    _touched(),
)
"""Referrals with the manifest of their packets; `offer` is the leaf hash of the offer's entry."""

tasks = Table(
    "tasks",
    metadata,
    Column("referral", Uuid, primary_key=True),
    Column("case_id", Uuid),
    Column("organisation", Uuid, index=True),
    Column("what", Text),
    _at("due_by"),
    Column("escalated", Integer),
    Column("over", Boolean),
    _parties(),
    _touched(),
)
"""Next routes of lost referrals."""

closings = Table(
    "closings",
    metadata,
    Column("closing", Uuid, primary_key=True),
    Column("case_id", Uuid, index=True),
    Column("state", Text),
    Column("custodian", Uuid),
    Column("reason", Text),
    Column("hearing_notices_to", Uuid),
    _codes("missing"),
    _codes("open"),
    Column("checked_by", Uuid),
    _at("proposed_at"),
    _at("answer_by"),
    _parties(),
    _touched(),
)
"""Proposed closings and what became of them."""

disclosures = Table(
    "disclosures",
    metadata,
    Column("event_id", Uuid, ForeignKey("event.event_id"), primary_key=True),
    Column("case_id", Uuid, index=True),
    Column("seq", Integer),
    Column("what", Text),
    Column("organisation", Uuid),
    Column("referral", Uuid),
    Column("ticket", Uuid),
    Column("recipient_group", Text),
    Column("owner", Text),
    _codes("categories"),
    Column("purpose", Text),
    Column("basis", Text),
    Column("consent", Uuid),
    Column("override", Uuid),
    _at("at"),
    _parties(),
)
"""Every ticket that was given and everything that a group was told."""

places = Table(
    "places",
    metadata,
    Column("referral", Uuid, primary_key=True),
    Column("organisation", Uuid, index=True),
    Column("taken", Boolean),
    _touched(),
    info={"shown_to": EVERYONE},
)
"""Places at receivers; shown to all, since the directory counts the free ones. Names no case."""
