"""What stands on the pages of return, and how its operations are asked."""

from typing import Final

from nrm_pages.desk import Column, Desk, Listing
from nrm_pages.forms.pages import Reference, Shape

ONE: Final = "/cases/{case}/returns/{return_id}"

RETURNS_OF_CASE: Final = Reference(
    path="/cases/{case}/returns",
    value="return_id",
    label=("kind", "destination", "requested_at"),
    codes={"kind": "ReturnKind", "destination": "Destination", "requested_at": "instant"},
)
INQUIRY: Final = Reference(
    path=ONE,
    value="inquiry_document",
    label=("inquiry_asked", "inquiry_language"),
    codes={"inquiry_asked": "organisation"},
)
CONTACTS_DUE: Final = Reference(
    path=f"{ONE}/follow-up",
    inside="appointments",
    value="number",
    label=("number", "due_at"),
    codes={"due_at": "instant"},
    only={"what": "follow_up", "kept": "False"},
)
REPORTS_DUE: Final = Reference(
    path=f"{ONE}/follow-up",
    inside="appointments",
    value="number",
    label=("number", "due_at"),
    codes={"due_at": "instant"},
    only={"what": "report", "kept": "False"},
)

TASKS: Final = Listing(
    name="tasks",
    path="/tasks",
    due="due_at",
    link=True,
    columns=(
        Column(name="due_at", show="deadline"),
        Column(name="what", show="code", codes="Overdue"),
        Column(name="responsible", show="organisation"),
        Column(name="overdue", show="yes_no"),
    ),
)
OWN: Final = Listing(
    name="own_returns",
    path="/returns",
    link=True,
    columns=(
        Column(name="requested_at", show="instant"),
        Column(name="kind", show="code", codes="ReturnKind"),
        Column(name="state", show="code", codes="ReturnState"),
        Column(name="departs_at", show="instant"),
        Column(name="follow_up", show="code", codes="FollowUpState"),
    ),
)

CASE: Final = Listing(
    name="case",
    path="/cases/{case}",
    single=True,
    columns=(
        Column(name="custodian", show="organisation"),
        Column(name="agency", show="organisation"),
        Column(name="age", show="code", codes="AgeBand"),
        Column(name="presumed", show="yes_no"),
        Column(name="reflection_settled", show="yes_no"),
        Column(name="closing", show="code", codes="CaseClosing"),
    ),
)
RETURNS: Final = Listing(
    name="returns",
    path="/cases/{case}/returns",
    columns=(
        Column(name="kind", show="code", codes="ReturnKind"),
        Column(name="state", show="code", codes="ReturnState"),
        Column(name="destination_country", show="country"),
        Column(name="receiver", show="organisation"),
    ),
    target={"return_id": "return_id"},
    operations=(
        "consent_to_return", "withdraw_return_consent", "request_inquiry", "receive_inquiry",
        "translate_inquiry", "sign_joint_risk", "record_decision", "record_documents",
        "set_itinerary", "propose_short_lead", "approve_short_lead", "determine_best_interests",
        "authorise_by_guardian", "give_border_notice", "approve_return", "depart",
        "confirm_arrival", "seek_alternative", "refuse_return", "withdraw_return",
        "schedule_follow_up", "record_follow_up", "send_report", "read_reports",
        "report_contact_lost", "complete_follow_up", "decline_follow_up", "finish_return",
    ),
)  # fmt: skip
CHECKLIST: Final = Listing(
    name="checklist",
    path=ONE,
    inside="checklist",
    each=RETURNS,
    template="return/checklist.html",
    columns=(
        Column(name="need", show="code", codes="FileItem"),
        Column(name="lacks", show="code", codes="Lacks"),
        Column(name="until", show="instant"),
        Column(name="at_departure", show="yes_no"),
    ),
    operations=RETURNS.operations,
)
RISK: Final = Listing(
    name="joint_risk",
    path=ONE,
    each=RETURNS,
    single=True,
    columns=(
        Column(name="overall", show="code", codes="RiskLevel"),
        Column(name="residual", show="code", codes="RiskLevel"),
        Column(name="signed_by", show="country"),
        Column(name="disagreement", show="yes_no"),
        Column(name="risk_until", show="instant"),
        Column(name="approvals.country", show="country"),
    ),
)
JOURNEY: Final = Listing(
    name="journey",
    path=ONE,
    each=RETURNS,
    single=True,
    columns=(
        Column(name="destination", show="code", codes="Destination"),
        Column(name="requester", show="organisation"),
        Column(name="departs_at", show="instant"),
        Column(name="arrives_at", show="instant"),
        Column(name="escort", show="code", codes="Escort"),
        Column(name="short_lead", show="code", codes="ShortLead"),
        Column(name="departed_at", show="instant"),
        Column(name="arrival_by", show="deadline"),
        Column(name="alarms", show="number"),
        Column(name="plan_by", show="deadline"),
        Column(name="arrived_at", show="instant"),
        Column(name="reassess_by", show="deadline"),
        Column(name="handed_over", show="yes_no"),
    ),
)
CALENDAR: Final = Listing(
    name="calendar",
    path=f"{ONE}/follow-up",
    inside="appointments",
    each=RETURNS,
    template="return/calendar.html",
    columns=(
        Column(name="due_at", show="deadline"),
        Column(name="what", show="code", codes="Overdue"),
        Column(name="responsible", show="organisation"),
        Column(name="report_to", show="organisation"),
        Column(name="number", show="number"),
    ),
    operations=("record_follow_up", "send_report"),
)
CONTACTS: Final = Listing(
    name="contacts",
    path=f"{ONE}/follow-up",
    inside="contacts",
    each=RETURNS,
    columns=(
        Column(name="occurred_at", show="instant"),
        Column(name="what", show="code", codes="Overdue"),
        Column(name="number", show="number"),
        Column(name="outcome", show="code", codes="FollowUpOutcome"),
        Column(name="organisation", show="organisation"),
    ),
)

SHAPES: Final = {
    "request_return": Shape(
        pages=(
            ("kind",),
            ("origin", "destination_country"),
            ("destination",),
            ("private.words",),
            ("instead_of",),
        ),
        references={"instead_of": RETURNS_OF_CASE},
    ),
    "consent_to_return": Shape(
        pages=(
            ("private.informed_of",),
            ("private.language", "private.interpreter"),
            ("giver", "form"),
            ("child_age", "assent"),
        ),
    ),
    "request_inquiry": Shape(pages=(("asked",), ("subjects",), ("private.questions",))),
    "receive_inquiry": Shape(pages=(("private.text",), ("private.author", "language"))),
    "translate_inquiry": Shape(
        pages=(("original",), ("private.text",), ("private.author", "language")),
        references={"original": INQUIRY},
    ),
    "sign_joint_risk": Shape(
        pages=(
            ("findings",),
            ("measures",),
            ("family_threatened",),
            ("private.dangers",),
            ("private.measures",),
            ("private.persons_view", "private.disagreement"),
            ("family.dangers",),
            ("disagreement",),
        ),
        matrix={"findings": "subject dimension"},
        scales={"findings.likelihood": "Likelihood", "findings.severity": "Severity"},
    ),
    "record_documents": Shape(
        pages=(("papers",), ("private.description", "private.number", "private.consulate")),
    ),
    "set_itinerary": Shape(
        pages=(
            ("departs_at", "arrives_at"),
            ("escort",),
            ("private.route",),
            ("private.carrier", "private.met_by", "private.met_at", "private.emergency_contact"),
            ("private.payer", "private.cost", "private.currency"),
        ),
    ),
    "determine_best_interests": Shape(pages=(("favourable",), ("private.reasons",))),
    "refuse_return": Shape(pages=(("reason",), ("private.reasons",))),
    "seek_alternative": Shape(pages=(("reason",), ("private.reasons",))),
    "schedule_follow_up": Shape(
        pages=(
            ("responsible",),
            ("report_to",),
            ("private.informed_of",),
            ("private.language", "private.interpreter"),
            ("giver", "form"),
        ),
    ),
    "record_follow_up": Shape(
        pages=(("number", "outcome"), ("private.found",)), references={"number": CONTACTS_DUE}
    ),
    "send_report": Shape(
        pages=(("number",), ("private.text",)), references={"number": REPORTS_DUE}
    ),
}

DESK: Final = Desk(
    service="return",
    package="nrm_return.ui",
    worklists=(TASKS, OWN),
    sections=(CASE, RETURNS, CHECKLIST, RISK, JOURNEY, CALENDAR, CONTACTS),
    shapes=SHAPES,
    hidden={
        "read_packet": "takes a ticket, which release_packet of referral brings with it",
    },
)
