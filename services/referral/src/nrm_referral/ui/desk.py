"""What stands on the pages of referral, and how its operations are asked."""

from typing import Final

from nrm_pages.desk import Column, Desk, Listing
from nrm_pages.forms.pages import Reference, Shape
from nrm_referral.ui.packet import read_packet

CONSENTS: Final = Reference(
    path="/cases/{case}/consents",
    value="consent",
    label=("recipient", "purpose", "until"),
    codes={"recipient": "organisation", "purpose": "Purpose", "until": "instant"},
    only={"state": "granted"},
)
OVERRIDES: Final = Reference(
    path="/cases/{case}/overrides",
    value="override",
    label=("recipient", "ground"),
    codes={"recipient": "organisation", "ground": "LegalGround"},
)
REFERRALS: Final = Reference(
    path="/cases/{case}/referrals",
    value="referral",
    label=("receiver", "purpose"),
    codes={"receiver": "organisation", "purpose": "Purpose"},
)
RETURNS: Final = Reference(
    path="/cases/{case}/returns",
    service="return",
    value="return_id",
    label=("kind", "destination_country"),
    codes={"kind": "ReturnKind"},
)
CASES: Final = Reference(
    path="/cases", value="case", label=("opened_at",), codes={"opened_at": "instant"}
)
RECEIVERS: Final = Reference(
    path="/directory",
    value="organisation",
    label=("name", "country"),
    filters={
        "need": "needs",
        "gender": "gender",
        "language": "languages",
        "country": "",
        "age": "",
    },
)

OFFERS: Final = Listing(
    name="offers",
    path="/offers",
    due="answer_by",
    link=True,
    columns=(
        Column(name="answer_by", show="deadline"),
        Column(name="needs", show="codes", codes="Need"),
        Column(name="sender", show="organisation"),
        Column(name="state", show="code", codes="ReferralState"),
    ),
    target={"case": "case", "referral": "referral"},
    operations=("acknowledge_referral", "accept_referral", "decline_referral"),
)
ROUTES: Final = Listing(
    name="routes",
    path="/tasks",
    due="due_by",
    link=True,
    columns=(
        Column(name="due_by", show="deadline"),
        Column(name="escalated", show="number"),
    ),
    target={"case": "case", "referral": "referral"},
    operations=("take_next_route",),
)
HANDING: Final = Listing(
    name="hand_offs",
    path="/hand-offs",
    due="confirm_by",
    link=True,
    columns=(
        Column(name="confirm_by", show="deadline"),
        Column(name="agreed_at", show="instant"),
        Column(name="sender", show="organisation"),
        Column(name="receiver", show="organisation"),
        Column(name="needs", show="codes", codes="Need"),
    ),
    target={"case": "case", "referral": "referral"},
    operations=("confirm_hand_off", "reschedule_hand_off"),
)
TO_APPROVE: Final = Listing(
    name="grounds",
    path="/overrides",
    link=True,
    columns=(
        Column(name="proposed_at", show="instant"),
        Column(name="ground", show="code", codes="LegalGround"),
        Column(name="recipient", show="organisation"),
    ),
    target={"case": "case", "override": "override"},
    operations=("approve_override",),
)
TO_CLOSE: Final = Listing(
    name="endings",
    path="/closings",
    due="answer_by",
    link=True,
    columns=(
        Column(name="answer_by", show="deadline"),
        Column(name="reason", show="code", codes="ClosureReason"),
        Column(name="state", show="code", codes="ClosingState"),
        Column(name="custodian", show="organisation"),
    ),
    target={"case": "case", "closing": "closing"},
)
WITHDRAWALS: Final = Listing(
    name="withdrawals",
    path="/withdrawals",
    due="acknowledge_by",
    link=True,
    columns=(
        Column(name="acknowledge_by", show="deadline"),
        Column(name="purpose", show="code", codes="Purpose"),
        Column(name="state", show="code", codes="ConsentState"),
    ),
    target={"case": "case", "consent": "consent"},
    operations=("acknowledge_withdrawal",),
)
OWN_CASES: Final = Listing(
    name="cases",
    path="/cases",
    link=True,
    columns=(
        Column(name="opened_at", show="instant"),
        Column(name="custodian", show="organisation"),
        Column(name="state", show="code", codes="CaseState"),
    ),
)

CASE: Final = Listing(
    name="case",
    path="/cases/{case}",
    single=True,
    columns=(
        Column(name="custodian", show="organisation"),
        Column(name="state", show="code", codes="CaseState"),
        Column(name="agency", show="organisation"),
        Column(name="age", show="code", codes="AgeBand"),
        Column(name="blocked", show="codes", codes="BlockedGroup"),
        Column(name="closing", show="code", codes="ClosingState"),
        Column(name="opened_at", show="instant"),
    ),
)
CUSTODY: Final = Listing(
    name="custody",
    path="/cases/{case}/custody",
    columns=(
        Column(name="custodian", show="organisation"),
        Column(name="since", show="instant"),
        Column(name="until", show="instant"),
    ),
)
HAND_OFFS: Final = Listing(
    name="referrals",
    path="/cases/{case}/referrals",
    columns=(
        Column(name="receiver", show="organisation"),
        Column(name="state", show="code", codes="ReferralState"),
        Column(name="kind", show="code", codes="ReferralKind"),
        Column(name="needs", show="codes", codes="Need"),
        Column(name="answer_by", show="instant"),
        Column(name="agreed_at", show="instant"),
    ),
    target={"referral": "referral"},
    operations=(
        "acknowledge_referral", "accept_referral", "decline_referral", "confirm_hand_off",
        "reschedule_hand_off", "release_packet", "finish_referral", "withdraw_referral",
        "back_out_of_referral", "take_next_route",
    ),
)  # fmt: skip
GIVEN: Final = Listing(
    name="consents",
    path="/cases/{case}/consents",
    columns=(
        Column(name="recipient", show="organisation"),
        Column(name="purpose", show="code", codes="Purpose"),
        Column(name="categories", show="codes", codes="DataCategory"),
        Column(name="until", show="instant"),
        Column(name="state", show="code", codes="ConsentState"),
    ),
    target={"consent": "consent"},
    operations=("withdraw_consent", "acknowledge_withdrawal"),
)
GROUNDS: Final = Listing(
    name="overrides",
    path="/cases/{case}/overrides",
    columns=(
        Column(name="ground", show="code", codes="LegalGround"),
        Column(name="recipient", show="organisation"),
        Column(name="state", show="code", codes="OverrideState"),
    ),
    target={"override": "override"},
    operations=("approve_override",),
)
LINKS: Final = Listing(
    name="links",
    path="/cases/{case}/links",
    columns=(
        Column(name="linked", show="case"),
        Column(name="how", show="code", codes="LinkKind"),
        Column(name="organisation", show="organisation"),
    ),
)
DISCLOSURES: Final = Listing(
    name="disclosures",
    path="/cases/{case}/disclosures",
    columns=(
        Column(name="organisation", show="organisation"),
        Column(name="purpose", show="code", codes="Purpose"),
        Column(name="categories", show="codes", codes="DataCategory"),
        Column(name="what", show="code", codes="DisclosureKind"),
        Column(name="at", show="instant"),
    ),
)
CLOSINGS: Final = Listing(
    name="closings",
    path="/cases/{case}/closings",
    columns=(
        Column(name="reason", show="code", codes="ClosureReason"),
        Column(name="state", show="code", codes="ClosingState"),
        Column(name="missing", show="codes", codes="ServiceName"),
        Column(name="open", show="codes", codes="OpenMatter"),
        Column(name="answer_by", show="instant"),
    ),
    target={"closing": "closing"},
    operations=("check_closing", "close_case", "abandon_closing"),
)

OWNERS: Final = ("identification", "referral", "assistance", "return")
WHEN: Final = Shape(left_out=frozenset({"in_days"}))

DESK: Final = Desk(
    service="referral",
    package="nrm_referral.ui",
    worklists=(OFFERS, ROUTES, HANDING, WITHDRAWALS, TO_APPROVE, TO_CLOSE, OWN_CASES),
    sections=(CASE, HAND_OFFS, GIVEN, GROUNDS, DISCLOSURES, CLOSINGS, LINKS, CUSTODY),
    shapes={
        "grant_consent": Shape(
            pages=(("recipient", "group"), ("purpose",), ("categories",), ("blocked",),
                   ("form", "giver", "assent"), ("until",)),
            left_out=frozenset({"days"}),
        ),
        "offer_referral": Shape(
            pages=(("needs",), ("urgent", "medical", "threat"), ("gender", "languages"),
                   ("receiver",), ("kind",), ("purpose",), ("categories",), ("basis",),
                   ("consent",), ("override",), ("linked_return",), ("replaces",)),
            templates={"receiver": "referral/receiver.html"},
            references={
                "receiver": RECEIVERS,
                "consent": CONSENTS,
                "override": OVERRIDES,
                "linked_return": RETURNS,
                "replaces": REFERRALS,
            },
        ),
        "release_packet": Shape(offered={"owner": OWNERS}),
        "accept_referral": WHEN,
        "reschedule_hand_off": WHEN,
        "link_case": Shape(references={"linked": CASES}),
    },
    hidden={
        "read_packet": "takes a ticket, which release_packet brings with it",
    },
    after={"release_packet": read_packet},
)  # fmt: skip
