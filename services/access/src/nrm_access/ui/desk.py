"""What stands on the pages of access, and how its operations are asked."""

from typing import Final

from nrm_access.ui.offered import on_key, on_organisation, on_worker
from nrm_contracts.codes import Duty
from nrm_pages.desk import Column, Desk, Listing, Thing
from nrm_pages.forms.pages import Shape

NAMED: Final = (
    Column(name="name"),
    Column(name="kind", show="code", codes="OrganisationKind"),
    Column(name="country", show="country"),
)
STATE: Final = Column(name="state", show="code", codes="OrganisationState")
DUTIES: Final = Column(name="duties", show="codes", codes="Duty")
ID: Final = {"organisation": "organisation"}

TO_VET: Final = Listing(
    name="to_vet",
    path="/organisations/managed",
    query={"state": "applied"},
    duty=Duty.VET_ORGANISATIONS,
    thing="organisations",
    columns=(*NAMED, DUTIES),
    target=ID,
    operations=("vet_organisation", "decline_organisation"),
    offered=on_organisation,
)
OWN: Final = Listing(
    name="own_organisation",
    path="/organisations/{own_organisation}",
    single=True,
    thing="organisations",
    columns=(*NAMED, STATE, DUTIES),
    target=ID,
    operations=("accept_terms",),
    offered=on_organisation,
)
MANAGED: Final = Listing(
    name="managed",
    path="/organisations/managed",
    duty=Duty.VET_ORGANISATIONS,
    thing="organisations",
    columns=(*NAMED, STATE),
)
LISTED: Final = Listing(
    name="listed",
    path="/organisations",
    columns=(
        *NAMED,
        Column(name="languages", show="language"),
        Column(name="active", show="yes_no"),
    ),
)

ORGANISATION: Final = Listing(
    name="organisation",
    path="/organisations/{organisation}",
    single=True,
    columns=(
        *NAMED,
        STATE,
        DUTIES,
        Column(name="languages", show="language"),
        Column(name="groups", show="codes", codes="BlockedGroup"),
        Column(name="terms", show="number"),
        Column(name="terms_at", show="instant"),
    ),
    operations=(
        "vet_organisation", "decline_organisation", "accept_terms", "add_worker", "register_key",
        "set_organisation_duties", "suspend_organisation", "restore_organisation",
    ),
    offered=on_organisation,
)  # fmt: skip
WORKERS: Final = Listing(
    name="workers",
    path="/organisations/{organisation}/workers",
    columns=(Column(name="worker"), DUTIES, Column(name="suspended", show="yes_no")),
    target={"worker": "worker"},
    operations=("set_duties", "suspend_worker", "restore_worker"),
    offered=on_worker,
)
KEYS: Final = Listing(
    name="keys",
    path="/organisations/{organisation}/keys",
    columns=(
        Column(name="thumbprint"),
        Column(name="valid_from", show="instant"),
        Column(name="revoked_at", show="instant"),
    ),
    target={"key": "key"},
    operations=("revoke_key",),
    offered=on_key,
)

DESK: Final = Desk(
    service="access",
    package="nrm_access.ui",
    worklists=(TO_VET, OWN, MANAGED, LISTED),
    things=(
        Thing(
            name="organisations",
            parameter="organisation",
            head=ORGANISATION,
            sections=(WORKERS, KEYS),
        ),
    ),
    shapes={
        "accept_terms": Shape(scales={"terms": "TermsVersion"}),
        "register_key": Shape(
            pages=(("pem",), ("valid_from",)),
            left_out=frozenset({"jwk.kty", "jwk.crv", "jwk.x", "jwk.y"}),
        ),
    },
    hidden={
        "apply_as_organisation": "a front desk's own client brings it; no worker can sign in yet",
        "import_organisation": "an operator brings the first agency of a country with its key",
    },
)
