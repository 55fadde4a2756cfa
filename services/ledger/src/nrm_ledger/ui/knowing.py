"""What an organisation knew of a case on a day: what the entries say it was given, read or did."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from nrm_ledger.ui.reading import Found, codes, texts, title
from nrm_pages.words.formats import moment
from nrm_runtime.ledger.bulk import Line

RELEASED = "nrm.referral.packet-released"
READ = ".personal-data-read"


@dataclass(slots=True)
class Knowledge:
    """Rows for tables: what was opened to it, what it read, what it did, what named it."""

    released: list[list[str]] = field(default_factory=list)
    read: list[list[str]] = field(default_factory=list)
    did: list[list[str]] = field(default_factory=list)
    told: list[list[str]] = field(default_factory=list)


def knowledge(
    found: Sequence[Found], organisation: UUID, until: datetime, place: str | None
) -> Knowledge:
    """Sort a case's entries up to a moment by how an organisation learned of them.

    Being named in an entry means that the mechanism told it so: a receiver of its offer, a
    custodian of its custody. What people said to one another outside is in no log.
    """
    known = Knowledge()
    office = str(organisation)
    for one in found:
        line = one.line
        if one.at > until:
            continue
        contract = line.contract or {}
        when = moment(one.at, place)
        if line.type == RELEASED and contract.get("recipient") == office:
            known.released.append([when, *_data(line)])
        elif line.type.endswith(READ):
            if contract.get("reader") == office:
                known.read.append([when, *_data(line)])
        elif line.actor.org == organisation:
            known.did.append([when, title(line), str(one.index)])
        elif office in texts(contract):
            known.told.append([when, title(line), str(one.index)])
    return known


def _data(line: Line) -> list[str]:
    """Say which kinds of data, for what, on what ground."""
    contract = line.contract or {}
    return [
        ", ".join(codes("DataCategory", contract.get("categories"))),
        ", ".join(codes("Purpose", contract.get("purpose"))),
        ", ".join(codes("Basis", contract.get("basis"))),
    ]
