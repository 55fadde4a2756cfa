"""What stands on the pages of assistance, and how its operations are asked."""

from typing import Final

from nrm_pages.desk import Column, Desk, Listing
from nrm_pages.forms.pages import Reference, Shape

ONE: Final = "/cases/{case}/assistances/{assistance}"

RELATIVES: Final = Reference(
    path=f"{ONE}/relatives", value="relative", label=("added_at",), codes={"added_at": "instant"}
)
RELATIVES_OF_CASE: Final = Reference(
    path="/cases/{case}/relatives",
    value="relative",
    label=("added_at",),
    codes={"added_at": "instant"},
)
CONSENTS: Final = Reference(
    path="/cases/{case}/consents",
    service="referral",
    value="consent",
    label=("recipient", "purpose", "until"),
    codes={"recipient": "organisation", "purpose": "Purpose", "until": "instant"},
    only={"state": "granted"},
)

TASKS: Final = Listing(
    name="tasks",
    path="/tasks",
    due="due_at",
    link=True,
    columns=(
        Column(name="due_at", show="deadline"),
        Column(name="what", show="code", codes="Overdue"),
        Column(name="standing", show="code", codes="TaskStanding"),
    ),
)
OWN: Final = Listing(
    name="own_assistances",
    path="/assistances",
    link=True,
    columns=(
        Column(name="opened_at", show="instant"),
        Column(name="state", show="code", codes="AssistanceState"),
        Column(name="open_supports", show="number"),
    ),
)

CASE: Final = Listing(
    name="case",
    path="/cases/{case}",
    single=True,
    columns=(
        Column(name="custodian", show="organisation"),
        Column(name="age", show="code", codes="AgeBand"),
        Column(name="door", show="code", codes="DoorState"),
        Column(name="heard_at", show="instant"),
    ),
)
ASSISTANCES: Final = Listing(
    name="assistances",
    path="/cases/{case}/assistances",
    columns=(
        Column(name="organisation", show="organisation"),
        Column(name="state", show="code", codes="AssistanceState"),
        Column(name="open_supports", show="number"),
    ),
    target={"assistance": "assistance"},
    operations=(
        "ask_immediate_questions", "assess_risk", "agree_safety_plan", "assess_needs",
        "activate_plan", "start_support", "file_document", "add_relative", "begin_crisis",
        "activate_assistance", "suspend_assistance", "resume_assistance", "complete_assistance",
        "leave_assistance",
    ),
)  # fmt: skip
CLOCKS: Final = Listing(
    name="clocks",
    path=f"{ONE}/tasks",
    each=ASSISTANCES,
    columns=(
        Column(name="due_at", show="deadline"),
        Column(name="what", show="code", codes="Overdue"),
        Column(name="standing", show="code", codes="TaskStanding"),
    ),
)
FILE: Final = Listing(
    name="file",
    path=f"{ONE}/file",
    each=ASSISTANCES,
    single=True,
    columns=(
        Column(name="immediate", show="code", codes="ImmediateState"),
        Column(name="immediate_found", show="codes", codes="ImmediateNeed"),
        Column(name="safety_review_by", show="deadline"),
    ),
)
RISKS: Final = Listing(
    name="risks",
    path=f"{ONE}/risks",
    each=ASSISTANCES,
    template="assistance/risks.html",
    columns=(
        Column(name="assessed_at", show="instant"),
        Column(name="subject", show="code", codes="RiskSubject"),
        Column(name="phase", show="code", codes="RiskPhase"),
        Column(name="overall", show="code", codes="RiskLevel"),
        Column(name="high", show="codes", codes="RiskDimension"),
        Column(name="valid_until", show="instant"),
        Column(name="standing", show="code", codes="RiskStanding"),
    ),
)
NEEDS: Final = Listing(
    name="needs",
    path=f"{ONE}/file",
    inside="needs",
    each=ASSISTANCES,
    template="assistance/needs.html",
    columns=(
        Column(name="need", show="code", codes="Need"),
        Column(name="priority", show="code", codes="Priority"),
        Column(name="provider", show="organisation"),
    ),
)
PLANS: Final = Listing(
    name="plans",
    path=f"{ONE}/plans",
    each=ASSISTANCES,
    columns=(
        Column(name="activated_at", show="instant"),
        Column(name="items.need", show="codes", codes="Need"),
        Column(name="in_force", show="yes_no"),
        Column(name="review_by", show="instant"),
    ),
    target={"plan": "plan"},
    operations=("review_plan",),
)
SUPPORTS: Final = Listing(
    name="supports",
    path=f"{ONE}/supports",
    each=ASSISTANCES,
    columns=(
        Column(name="need", show="code", codes="Need"),
        Column(name="state", show="code", codes="SupportState"),
        Column(name="subject", show="code", codes="RiskSubject"),
        Column(name="delivered", show="number"),
        Column(name="started_at", show="instant"),
    ),
    target={"support": "support"},
    operations=("deliver_support", "end_support"),
)
DOCUMENTS: Final = Listing(
    name="papers",
    path=f"{ONE}/documents",
    each=ASSISTANCES,
    columns=(
        Column(name="kind", show="code", codes="PaperKind"),
        Column(name="category", show="code", codes="DataCategory"),
        Column(name="language", show="language"),
        Column(name="filed_at", show="instant"),
    ),
    target={"document": "document"},
    operations=("read_document", "file_translation"),
)

AGREED: Final = ("giver", "form", "assent")
SIGNED: Final = ("private.signed_by", "private.signed_on")

SHAPES: Final = {
    "ask_immediate_questions": Shape(
        pages=(
            ("found",),
            ("private.medical.answer", "private.medical.done"),
            ("private.threat.answer", "private.threat.done"),
        ),
    ),
    "assess_risk": Shape(
        pages=(
            ("subject", "relative"),
            ("phase",),
            ("ratings",),
            ("immediate",),
            ("private.form.notes",),
            ("private.form.own_view", "private.form.disagreement"),
            ("private.form.measures",),
            ("private.health.physical", "private.health.mental"),
            ("private.form.assessor",),
        ),
        references={"relative": RELATIVES},
        matrix={"ratings": "dimension"},
        scales={"ratings.likelihood": "Likelihood", "ratings.severity": "Severity"},
        offered={"immediate": ("physical_health", "mental_health")},
    ),
    "assess_needs": Shape(
        pages=(("needs",), ("private.notes",), ("private.wishes",)),
        references={"needs.consent": CONSENTS},
        matrix={"needs": "need"},
    ),
    "agree_safety_plan": Shape(
        pages=(
            ("private.warning_signs",),
            ("private.steps",),
            ("private.contacts",),
            AGREED,
            SIGNED,
        ),
    ),
    "activate_plan": Shape(
        pages=(
            ("private.objectives",),
            ("items",),
            ("private.activities",),
            ("private.timeline",),
            ("private.resources",),
            AGREED,
            SIGNED,
        ),
        matrix={"items": "need"},
        scales={"items.pillar": "Pillar"},
    ),
    "review_plan": Shape(
        pages=(("private.progress",), ("private.own_view",), ("private.changes",)),
    ),
    "start_support": Shape(
        pages=(
            ("need",),
            ("pillar", "setting"),
            ("subject", "relative"),
            AGREED,
            ("private.description",),
        ),
        references={"relative": RELATIVES},
        scales={"pillar": "Pillar"},
    ),
    "file_document": Shape(
        pages=(
            ("kind",),
            ("category",),
            ("language",),
            ("private.title", "private.author", "private.dated"),
            ("private.content",),
        ),
    ),
    "file_translation": Shape(
        pages=(
            ("language",),
            ("private.title", "private.author", "private.dated"),
            ("private.content",),
        ),
    ),
    "erase_person": Shape(
        pages=(("relative",), ("ground",)), references={"relative": RELATIVES_OF_CASE}
    ),
}

DESK: Final = Desk(
    service="assistance",
    package="nrm_assistance.ui",
    worklists=(TASKS, OWN),
    sections=(
        CASE, ASSISTANCES, CLOCKS, FILE, RISKS, NEEDS, PLANS, SUPPORTS, DOCUMENTS,
    ),
    shapes=SHAPES,
    hidden={
        "read_packet": "takes a ticket, which release_packet of referral brings with it",
    },
)  # fmt: skip
