"""What stands on the pages of identification, and how its operations are asked."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from nrm_contracts.codes import IndicatorList
from nrm_contracts.indicators import indicator_set
from nrm_pages.desk import Column, Desk, Listing
from nrm_pages.forms.pages import Keys, Shape

CODE: Final = Column(name="code")
CUSTODIAN: Final = Column(name="custodian", show="organisation")
STATE: Final = Column(name="identification", show="code", codes="Identification")
AGE: Final = Column(name="age", show="code", codes="AgeBand")

NOTICES: Final = Listing(
    name="notices",
    path="/notices",
    due="notice_by",
    link=True,
    columns=(
        Column(name="notice_by", show="deadline"),
        CODE,
        Column(name="recorder", show="organisation"),
        AGE,
    ),
    target={"case": "case"},
    operations=("take_notice",),
)
REFLECTIONS: Final = Listing(
    name="reflections",
    path="/reflections",
    due="reflection_ends_by",
    link=True,
    columns=(Column(name="reflection_ends_by", show="deadline"), CODE, CUSTODIAN),
    target={"case": "case"},
)
CASES: Final = Listing(
    name="cases",
    path="/cases",
    link=True,
    columns=(CODE, STATE, CUSTODIAN, Column(name="recorded_at", show="instant")),
)

CASE: Final = Listing(
    name="case",
    path="/cases/{case}",
    single=True,
    columns=(
        CUSTODIAN,
        STATE,
        AGE,
        Column(name="notice_by", show="deadline"),
        Column(name="rights_explained", show="yes_no"),
        Column(name="advice", show="code", codes="IndicatorClass"),
        Column(name="recorder", show="organisation"),
        Column(name="recorded_at", show="instant"),
        Column(name="closure", show="code", codes="Closure"),
    ),
)
PERIOD: Final = Listing(
    name="period",
    path="/cases/{case}",
    single=True,
    columns=(
        Column(name="reflection", show="code", codes="Reflection"),
        Column(name="reflection_began_at", show="instant"),
        Column(name="reflection_ends_by", show="deadline"),
    ),
)
SIGNS: Final = Listing(
    name="signs",
    path="/cases/{case}/indicators",
    columns=(
        Column(name="indicators", show="code", codes="IndicatorList"),
        Column(name="outcome", show="code", codes="IndicatorClass"),
        Column(name="organisation", show="organisation"),
        Column(name="occurred_at", show="instant"),
    ),
)

PRIVATE: Final = (
    ("private.identity.first_name", "private.identity.second_name",
     "private.identity.birth_date", "private.identity.gender"),
    ("private.identity.citizenship", "private.identity.languages"),
    ("private.contact.ways", "private.contact.phone", "private.contact.email",
     "private.contact.safe_hours"),
    ("private.contact.words_to_use",),
    ("private.story.account", "private.story.source", "private.story.indirect"),
    ("private.exploitation.forms", "private.exploitation.details"),
)  # fmt: skip


def _signs(answers: Mapping[str, Any]) -> Sequence[str]:
    """Give the indicators of the list that was chosen on the page before."""
    chosen = answers.get("indicators", IndicatorList.ILO_DELPHI_ADULT_LABOUR)
    return [one.code for one in indicator_set(IndicatorList(chosen)).indicators]


DESK: Final = Desk(
    service="identification",
    package="nrm_identification.ui",
    worklists=(NOTICES, REFLECTIONS, CASES),
    sections=(CASE, PERIOD, SIGNS),
    begin=("record_signal", "find_case"),
    shapes={
        "record_signal": Shape(
            pages=(("trigger", "channel"), ("age", "spoken_to"), ("country",), *PRIVATE)
        ),
        "record_person": Shape(pages=PRIVATE),
        "record_indicators": Shape(
            keys={"answers": Keys(codes="Indicator", of=_signs)},
            templates={"answers": "identification/indicators.html"},
        ),
        "inform_rights": Shape(pages=(("language", "aid"),)),
    },
    hidden={
        "read_packet": "takes a ticket, which the desk of referral gets and uses",
    },
)
