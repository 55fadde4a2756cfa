"""What each told fact does to the regions of its service, in the codes that services show.

A region is rebuilt from what was told and from nothing else. Every wire name that the four
services tell in a case, and access of an organisation, stands either in a table of changes or
among those that change no region; a test holds that none is missing.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias

from nrm_contracts.care_codes import RiskSubject
from nrm_contracts.codes import Overdue
from nrm_ledger.domain.folds_of_access import ACCESS

Regions: TypeAlias = dict[str, Any]
Data: TypeAlias = Mapping[str, Any]
Change: TypeAlias = Callable[[Regions, Data], None]


def _set(region: str, code: str) -> Change:
    """Make a change that sets one region."""

    def change(regions: Regions, _: Data) -> None:
        regions[region] = code

    return change


def _copy(region: str, field: str) -> Change:
    """Make a change that copies a field into one region."""

    def change(regions: Regions, data: Data) -> None:
        regions[region] = data[field]

    return change


def _of(many: str, field: str, change: Change) -> Change:
    """Make a change of one of many, named by a field."""

    def inner(regions: Regions, data: Data) -> None:
        change(regions[many][data[field]], data)

    return inner


# --- identification ---------------------------------------------------------------------------


def _signalled(regions: Regions, data: Data) -> None:
    regions.update(identification="Signalled", reflection="Unoffered", age=data["age"])


IDENTIFICATION: Final[Mapping[str, Change]] = {
    "nrm.identification.signal-received": _signalled,
    "nrm.identification.potential-found": _set("identification", "Potential"),
    "nrm.identification.reopened": _set("identification", "Potential"),
    "nrm.identification.age-assessed": _copy("age", "age"),
    "nrm.identification.victim-presumed": _set("identification", "Presumed"),
    "nrm.identification.victim-identified": _set("identification", "Identified"),
    "nrm.identification.not-confirmed": _set("identification", "NotConfirmed"),
    "nrm.identification.self-withdrawn": _set("identification", "SelfWithdrawn"),
    "nrm.identification.reflection-not-applicable": _set("reflection", "NotApplicable"),
    "nrm.identification.reflection-offered": _set("reflection", "Offered"),
    "nrm.identification.reflection-declined": _set("reflection", "Declined"),
    "nrm.identification.reflection-started": _set("reflection", "Running"),
    "nrm.identification.reflection-extended": _set("reflection", "Running"),
    "nrm.identification.reflection-ended": _set("reflection", "Over"),
}

# --- referral ---------------------------------------------------------------------------------


def _opened(regions: Regions, data: Data) -> None:
    regions.update(
        case="open",
        custodian=data["custodian"],
        consents={},
        overrides={},
        referrals={},
        routes=[],
        closing="none",
    )


def _granted(regions: Regions, data: Data) -> None:
    regions["consents"][data["consent"]] = {"state": "granted", "waiting": []}


def _consent_withdrawn(regions: Regions, data: Data) -> None:
    waiting = sorted(data["received"])
    regions["consents"][data["consent"]] = {"state": "withdrawn", "waiting": waiting}


def _acknowledged(consent: Regions, data: Data) -> None:
    consent["waiting"] = [each for each in consent["waiting"] if each != data["organisation"]]


def _fell_due(regions: Regions, data: Data) -> None:
    if data["what"] == Overdue.CONSENT:
        regions["consents"][data["about"]]["state"] = "expired"


def _overridden(code: str) -> Change:
    def change(regions: Regions, data: Data) -> None:
        regions["overrides"][data["override"]] = code

    return change


def _offered(regions: Regions, data: Data) -> None:
    regions["referrals"][data["referral"]] = {
        "state": "offered",
        "sender": data["sender"],
        "receiver": data["receiver"],
        "confirmed": [],
    }


def _moved(code: str) -> Change:
    """A referral takes a step; a confirmation by one side does not outlive it."""

    def change(referral: Regions, _: Data) -> None:
        referral.update(state=code, confirmed=[])

    return _of("referrals", "referral", change)


def _lost(code: str) -> Change:
    """A referral is lost; its sender owes the next route."""

    def change(regions: Regions, data: Data) -> None:
        _moved(code)(regions, data)
        regions["routes"] = sorted({*regions["routes"], data["referral"]})

    return change


def _confirmed(referral: Regions, data: Data) -> None:
    referral["confirmed"] = sorted({*referral["confirmed"], data["organisation"]})


def _passed(referral: Regions, data: Data) -> None:
    confirmed = [each for each in referral["confirmed"] if each != data["former"]]
    referral.update(sender=data["sender"], confirmed=confirmed)


def _route_taken(regions: Regions, data: Data) -> None:
    regions["routes"] = [each for each in regions["routes"] if each != data["referral"]]


def _closed(regions: Regions, _: Data) -> None:
    regions.update(case="closed", closing="none", routes=[])


REFERRAL: Final[Mapping[str, Change]] = {
    "nrm.referral.case-opened": _opened,
    "nrm.referral.case-closed": _closed,
    "nrm.referral.case-reopened": _set("case", "reopened"),
    "nrm.referral.consent-granted": _granted,
    "nrm.referral.consent-withdrawn": _consent_withdrawn,
    "nrm.referral.withdrawal-acknowledged": _of("consents", "consent", _acknowledged),
    "nrm.referral.deadline-fell-due": _fell_due,
    "nrm.referral.override-proposed": _overridden("proposed"),
    "nrm.referral.override-approved": _overridden("approved"),
    "nrm.referral.offered": _offered,
    "nrm.referral.delivered": _moved("delivered"),
    "nrm.referral.acknowledged": _moved("acknowledged"),
    "nrm.referral.accepted": _moved("accepted"),
    "nrm.referral.declined": _lost("declined"),
    "nrm.referral.backed-out": _lost("backed_out"),
    "nrm.referral.timed-out": _lost("timed_out"),
    "nrm.referral.withdrawn": _moved("withdrawn"),
    "nrm.referral.hand-off-confirmed": _of("referrals", "referral", _confirmed),
    "nrm.referral.handed-over": _moved("handed_over"),
    "nrm.referral.passed": _of("referrals", "referral", _passed),
    "nrm.referral.done": _moved("done"),
    "nrm.referral.next-route-taken": _route_taken,
    "nrm.referral.custody-moved": _copy("custodian", "receiver"),
    "nrm.referral.closing-proposed": _set("closing", "proposed"),
    "nrm.referral.closing-checked": _set("closing", "checked"),
    "nrm.referral.closing-abandoned": _set("closing", "none"),
}

# --- assistance -------------------------------------------------------------------------------


def _assisted(regions: Regions, data: Data) -> None:
    regions["assistances"][data["assistance"]] = {
        "organisation": data["organisation"],
        "state": data["phase"],
        "immediate": "not_asked",
        "risk": "none",
        "safety_plan": "none",
        "plan": "none",
        "supports": {},
    }


def _one(change: Change) -> Change:
    return _of("assistances", "assistance", change)


def _asked(assistance: Regions, data: Data) -> None:
    # What was found is told once more with its deadline; until then nothing new is urgent.
    if not data["found"] or assistance["immediate"] != "urgent":
        assistance["immediate"] = "nothing_urgent"


def _assessed(assistance: Regions, data: Data) -> None:
    if data["subject"] == RiskSubject.PERSON:
        assistance["risk"] = data["overall"]


def _supported(assistance: Regions, data: Data) -> None:
    assistance["supports"][data["support"]] = "started"


def _support_ended(assistance: Regions, data: Data) -> None:
    assistance["supports"][data["support"]] = data["how"]


ASSISTANCE: Final[Mapping[str, Change]] = {
    "nrm.assistance.opened": _assisted,
    "nrm.assistance.crisis-begun": _one(_set("state", "crisis")),
    "nrm.assistance.activated": _one(_set("state", "active")),
    "nrm.assistance.suspended": _one(_set("state", "suspended")),
    "nrm.assistance.resumed": _one(_set("state", "active")),
    "nrm.assistance.transferred": _one(_set("state", "transferred")),
    "nrm.assistance.completed": _one(_set("state", "completed")),
    "nrm.assistance.left": _one(_set("state", "left")),
    "nrm.assistance.preparation-ended": _one(_set("state", "never_begun")),
    "nrm.assistance.immediate-questions-asked": _one(_asked),
    "nrm.assistance.immediate-need-found": _one(_set("immediate", "urgent")),
    "nrm.assistance.risk-assessed": _one(_assessed),
    "nrm.assistance.safety-plan-agreed": _one(_set("safety_plan", "agreed")),
    "nrm.assistance.plan-activated": _one(_copy("plan", "plan")),
    "nrm.assistance.plan-reviewed": _one(_copy("plan", "plan")),
    "nrm.assistance.support-started": _one(_supported),
    "nrm.assistance.support-ended": _one(_support_ended),
}

# --- return -----------------------------------------------------------------------------------


def _requested(regions: Regions, data: Data) -> None:
    regions["returns"][data["return_id"]] = {"state": "requested", "follow_up": "none"}


def _return(state: str) -> Change:
    return _of("returns", "return_id", _set("state", state))


def _contact(state: str) -> Change:
    return _of("returns", "return_id", _set("follow_up", state))


RETURN: Final[Mapping[str, Change]] = {
    "nrm.return.requested": _requested,
    "nrm.return.approved": _return("approved"),
    "nrm.return.reopened": _return("reopened"),
    "nrm.return.refused": _return("refused_unsafe"),
    "nrm.return.withdrawn": _return("withdrawn"),
    "nrm.return.alternative-sought": _return("alternative_sought"),
    "nrm.return.departed": _return("travelling"),
    "nrm.return.arrived": _return("arrived"),
    "nrm.return.done": _return("done"),
    "nrm.return.follow-up-scheduled": _contact("scheduled"),
    "nrm.return.follow-up-recorded": _contact("active"),
    "nrm.return.follow-up-report-sent": _contact("active"),
    "nrm.return.follow-up-overdue": _contact("overdue"),
    "nrm.return.follow-up-completed": _contact("completed"),
    "nrm.return.follow-up-declined": _contact("declined"),
    "nrm.return.contact-lost": _contact("lost_contact"),
}

# --- together ---------------------------------------------------------------------------------

CHANGES: Final[Mapping[str, Mapping[str, Change]]] = {
    "identification": IDENTIFICATION,
    "referral": REFERRAL,
    "assistance": ASSISTANCE,
    "return": RETURN,
    "access": ACCESS,
}

CASE_SERVICES: Final = tuple(service for service in CHANGES if service != "access")

# What a region is before its first told fact, once its stream has begun.
BEGINNINGS: Final[Mapping[str, Callable[[], Regions]]] = {
    "identification": dict,
    "referral": lambda: {"case": "unopened"},
    "assistance": lambda: {"assistances": {}},
    "return": lambda: {"returns": {}},
    "access": dict,
}

UNCHANGING: Final[frozenset[str]] = frozenset(
    {
        *(
            f"nrm.{service}.{fact}"
            for service in ("identification", "assistance", "return")
            for fact in ("nothing-open", "still-open", "deadline-fell-due")
        ),
        *(
            f"nrm.{service}.{fact}"
            for service in CASE_SERVICES
            for fact in ("personal-data-read", "person-erased")
        ),
        "nrm.identification.indicator-assessment-recorded",
        "nrm.identification.rights-informed",
        "nrm.referral.case-linked",
        "nrm.referral.escalated",
        "nrm.referral.group-informed",
        "nrm.referral.hand-off-rescheduled",
        "nrm.referral.packet-released",
        "nrm.referral.receiver-lost",
        "nrm.assistance.document-filed",
        "nrm.assistance.needs-assessed",
        "nrm.assistance.support-delivered",
        "nrm.assistance.translation-filed",
        "nrm.return.arrival-overdue",
        "nrm.return.best-interests-determined",
        "nrm.return.border-notice-given",
        "nrm.return.consent-withdrawn",
        "nrm.return.consented",
        "nrm.return.documents-ready",
        "nrm.return.endorsed",
        "nrm.return.guardian-authorised",
        "nrm.return.itinerary-set",
        "nrm.return.joint-risk-signed",
        "nrm.return.receiver-confirmed",
        "nrm.return.short-lead-approved",
        "nrm.return.short-lead-proposed",
        "nrm.return.social-inquiry-received",
        "nrm.return.social-inquiry-requested",
        "nrm.return.social-inquiry-translated",
    }
)
"""Facts that are told and change no region: the way, not the place."""
