"""What may happen to an organisation's part in the mechanism, and who may make it happen."""

from typing import Any

import pytest

from nrm_access.domain import commands as ask
from nrm_access.domain import events as fact
from nrm_access.domain import states as at
from nrm_access.domain.values import KEYS_MAX, TERMS_NOW
from nrm_contracts.access_codes import DeclineOfVetting, SuspensionReason
from nrm_contracts.codes import Duty
from nrm_runtime.core import Actor
from nrm_runtime.testing.clock import after
from services.access.tests.given import (
    ADA,
    ADMINISTRATOR,
    AGENCY,
    APPLICANT,
    BEN,
    COLLEAGUE,
    CY,
    DUTIES,
    FOREIGN_VETTER,
    NEW,
    SYSTEM,
    VERA,
    VETTER,
    acting,
    active,
    agency,
    applied,
    command,
    declined,
    entering,
    key,
    named,
    nothing,
    staff,
    suspended,
    vetted,
)

ASSIST = frozenset({Duty.ASSIST})
BOTH = frozenset({Duty.ASSIST, Duty.FIRST_RESPONDER})
WHY = SuspensionReason.SAFETY


def duties(by: Actor, worker: object, *some: Duty, **more: Any) -> Any:
    return command(ask.SetDuties, by, worker=worker, duties=frozenset(some), **more)


def add(by: Actor, *some: Duty, **more: Any) -> Any:
    return command(ask.AddWorker, by, worker=NEW, duties=frozenset(some), **more)


def of_agency(what: type[Any], by: Actor, **fields: Any) -> Any:
    return command(what, by, organisation=AGENCY, **fields)


VERA_AT_HOME = acting(VERA, AGENCY, Duty.ADMINISTER, Duty.VET_ORGANISATIONS)


# --- coming in ---------------------------------------------------------------------------------


def test_an_application_names_duties_first_worker_and_key() -> None:
    told = nothing().when(entering())
    assert [type(one) for one in told] == [
        fact.OrganisationApplied,
        fact.WorkerAdded,
        fact.KeyRegistered,
    ]
    assert isinstance(applied().state, at.Applied)
    assert applied().state.of.duties == DUTIES


def test_an_organisation_without_administrator_does_not_come_in() -> None:
    for what in (ask.ApplyAsOrganisation, ask.ImportOrganisation):
        nothing().refuses(entering(what, workers=()), "administrator-missing")
        workers = staff(ben=[Duty.ASSIST])
        nothing().refuses(entering(what, workers=workers), "administrator-missing")


def test_an_applicant_grants_nobody_a_duty_of_weight() -> None:
    workers = staff(ada=[Duty.ADMINISTER], ben=[Duty.FIRST_RESPONDER])
    nothing().refuses(entering(workers=workers), "needs-vetting")


def test_first_workers_have_no_duty_beyond_the_organisation_s() -> None:
    workers = staff(ada=[Duty.ADMINISTER, Duty.INTAKE])
    nothing().refuses(entering(workers=workers), "beyond-organisation")


def test_workers_and_keys_come_in_once() -> None:
    twice = (*staff(ada=[Duty.ADMINISTER]), *staff(ada=[Duty.ASSIST]))
    nothing().refuses(entering(workers=twice), "worker-known")
    nothing().refuses(entering(keys=(key(), key())), "key-known")
    many = tuple(key(str(number)) for number in range(KEYS_MAX + 1))
    nothing().refuses(entering(keys=many), "too-many-keys")


def test_an_import_makes_active_at_once() -> None:
    told = nothing().when(entering(ask.ImportOrganisation))
    assert isinstance(told[0], fact.OrganisationImported)
    assert isinstance(told[-1], fact.OrganisationActivated)
    assert isinstance(agency().state, at.Active)


def test_an_operator_imports_only_the_first_that_vets_in_a_country() -> None:
    vets = DUTIES | {Duty.VET_ORGANISATIONS}
    what = ask.ImportOrganisation
    nothing().refuses(entering(what, by=APPLICANT, duties=DUTIES), "already-vetted-here")
    nothing().refuses(entering(what, by=APPLICANT, duties=vets, first=False), "already-vetted-here")
    assert nothing().when(entering(what, by=APPLICANT, duties=vets))


# --- vetting -----------------------------------------------------------------------------------


def test_a_national_administrator_of_the_country_vets() -> None:
    given = applied()
    for by, code in (
        (FOREIGN_VETTER, "not-the-national-administrator"),
        (acting(VERA, AGENCY, Duty.NATIONAL_AGENCY), "not-the-national-administrator"),
        (ADMINISTRATOR, "not-the-national-administrator"),
        (SYSTEM, "worker-required"),
    ):
        given.refuses(command(ask.VetOrganisation, by, duties=ASSIST), code)
    assert isinstance(
        given.after(command(ask.VetOrganisation, VETTER, duties=ASSIST)).state, at.Vetted
    )


def test_nobody_vets_his_own_organisation_or_his_own_application() -> None:
    mine = acting(ADA, named("ngo"), Duty.VET_ORGANISATIONS)
    applied().refuses(command(ask.VetOrganisation, mine, duties=ASSIST), "own-organisation")
    wrote_it = applied(by=VETTER)
    wrote_it.refuses(command(ask.VetOrganisation, VETTER, duties=ASSIST), "own-application")
    other = acting(named("other"), AGENCY, Duty.VET_ORGANISATIONS)
    assert wrote_it.when(command(ask.VetOrganisation, other, duties=ASSIST))


def test_nobody_is_given_a_duty_that_was_not_asked_for() -> None:
    asked = frozenset({Duty.IDENTIFY})
    applied().refuses(command(ask.VetOrganisation, VETTER, duties=asked), "not-asked-for")


def test_workers_lose_what_the_vetting_does_not_give() -> None:
    workers = staff(ada=[Duty.ADMINISTER], ben=[Duty.ASSIST, Duty.REFER])
    given = applied(workers=workers).after(command(ask.VetOrganisation, VETTER, duties=ASSIST))
    assert given.state.of.members[BEN].duties == ASSIST
    assert given.state.of.members[ADA].duties == {Duty.ADMINISTER}


def test_an_applicant_may_be_declined_and_that_is_the_end() -> None:
    decline = command(ask.DeclineOrganisation, VETTER, reason=DeclineOfVetting.TWICE)
    assert isinstance(vetted().after(decline).state, at.Declined)
    declined().refuses(command(ask.VetOrganisation, VETTER, duties=ASSIST), "out-of-order")
    active().refuses(decline, "out-of-order")


# --- terms -------------------------------------------------------------------------------------


def test_a_vetted_organisation_is_active_once_its_administrator_accepts_the_terms() -> None:
    accept = command(ask.AcceptTerms, ADMINISTRATOR, terms=TERMS_NOW)
    accepted, activated = vetted().when(accept)
    assert (accepted.terms, accepted.worker) == (TERMS_NOW, ADA)
    assert isinstance(activated, fact.OrganisationActivated)
    active().stays_quiet(accept)


def test_nobody_else_accepts_the_terms_and_no_other_terms() -> None:
    for by in (VETTER, COLLEAGUE):
        vetted().refuses(command(ask.AcceptTerms, by, terms=TERMS_NOW), "not-an-administrator")
    other = command(ask.AcceptTerms, ADMINISTRATOR, terms=TERMS_NOW + 1)
    vetted().refuses(other, "other-terms")


def test_an_imported_organisation_accepts_the_terms_later() -> None:
    accept = of_agency(ask.AcceptTerms, VERA_AT_HOME, terms=TERMS_NOW)
    (accepted,) = agency().when(accept)
    assert isinstance(accepted, fact.TermsAccepted)


# --- suspension of an organisation -------------------------------------------------------------


def test_a_suspended_organisation_is_managed_from_outside_only() -> None:
    given = suspended()
    given.refuses(duties(ADMINISTRATOR, BEN), "organisation-suspended")
    given.refuses(command(ask.RegisterKey, ADMINISTRATOR, key=key("2")), "organisation-suspended")
    given.refuses(add(ADMINISTRATOR), "out-of-order")
    restore = command(ask.RestoreOrganisation, ADMINISTRATOR)
    given.refuses(restore, "not-the-national-administrator")
    restored = given.after(command(ask.RestoreOrganisation, VETTER))
    assert isinstance(restored.state, at.Active)


def test_an_organisation_is_not_suspended_by_itself_or_from_abroad() -> None:
    for by in (ADMINISTRATOR, FOREIGN_VETTER):
        asked = command(ask.SuspendOrganisation, by, reason=WHY)
        active().refuses(asked, "not-the-national-administrator")
    own = of_agency(ask.SuspendOrganisation, VERA_AT_HOME, reason=WHY)
    agency().refuses(own, "own-organisation")


# --- duties of an organisation -----------------------------------------------------------------


def test_duties_of_weight_come_to_an_organisation_from_outside_only() -> None:
    more = DUTIES | {Duty.IDENTIFY}
    own = command(ask.SetOrganisationDuties, ADMINISTRATOR, duties=more)
    active().refuses(own, "needs-vetting")
    given = active().after(command(ask.SetOrganisationDuties, VETTER, duties=more))
    assert Duty.IDENTIFY in given.state.of.duties
    mine = of_agency(
        ask.SetOrganisationDuties, VERA_AT_HOME, duties=agency().state.of.duties | {Duty.IDENTIFY}
    )
    agency().refuses(mine, "needs-vetting")


def test_an_organisation_takes_up_and_lays_down_ordinary_duties_itself() -> None:
    asked = frozenset({Duty.ASSIST, Duty.INTAKE})
    given = active().after(command(ask.SetOrganisationDuties, ADMINISTRATOR, duties=asked))
    assert given.state.of.duties == asked | {Duty.ADMINISTER}
    assert given.state.of.members[CY].duties == ASSIST
    given.stays_quiet(command(ask.SetOrganisationDuties, ADMINISTRATOR, duties=asked))


# --- workers -----------------------------------------------------------------------------------


def test_an_administrator_adds_workers_within_the_organisation_s_duties() -> None:
    (added,) = active().when(add(ADMINISTRATOR, Duty.ASSIST))
    assert (added.worker, added.duties) == (NEW, ASSIST)
    active().refuses(add(ADMINISTRATOR, Duty.INTAKE), "beyond-organisation")
    active().refuses(add(COLLEAGUE), "not-an-administrator")
    active().refuses(add(VETTER), "not-an-administrator")
    active().refuses(
        command(ask.AddWorker, ADMINISTRATOR, worker=BEN, duties=ASSIST), "worker-known"
    )


def test_a_duty_of_weight_is_granted_to_a_worker_by_a_national_administrator_only() -> None:
    active().refuses(add(ADMINISTRATOR, Duty.FIRST_RESPONDER), "needs-vetting")
    active().refuses(duties(ADMINISTRATOR, BEN, *BOTH), "needs-vetting")
    active().refuses(duties(FOREIGN_VETTER, BEN, *BOTH), "not-the-national-administrator")
    given = active().after(duties(VETTER, BEN, *BOTH))
    assert given.state.of.members[BEN].duties == BOTH
    assert given.after(duties(ADMINISTRATOR, BEN)).state.of.members[BEN].duties == frozenset()


def test_a_national_administrator_grants_within_his_own_agency_but_not_to_himself() -> None:
    asked = frozenset({Duty.NATIONAL_AGENCY})
    given = agency().after(of_agency(ask.SetDuties, VERA_AT_HOME, worker=BEN, duties=asked))
    assert given.state.of.members[BEN].duties == asked
    more = given.state.of.members[VERA].duties | asked
    mine = of_agency(ask.SetDuties, VERA_AT_HOME, worker=VERA, duties=more)
    agency().refuses(mine, "own-duties")
    ada = acting(ADA, AGENCY, Duty.ADMINISTER, Duty.VET_ORGANISATIONS)  # what the token claims
    hers = of_agency(ask.SetDuties, ada, worker=BEN, duties=asked)
    agency().refuses(hers, "needs-vetting")


def test_nobody_grants_himself_a_duty_but_may_lay_one_down() -> None:
    mine = duties(ADMINISTRATOR, ADA, Duty.ADMINISTER, Duty.ASSIST)
    active().refuses(mine, "own-duties")
    second = active().after(duties(ADMINISTRATOR, BEN, Duty.ASSIST, Duty.ADMINISTER))
    assert second.when(duties(ADMINISTRATOR, ADA))


def test_the_last_administrator_cannot_be_removed() -> None:
    for by in (ADMINISTRATOR, VETTER):
        active().refuses(
            duties(by, ADA, Duty.ASSIST),
            "own-duties" if by is ADMINISTRATOR else "last-administrator",
        )
        active().refuses(duties(by, ADA), "last-administrator")
        out = command(ask.SuspendWorker, by, worker=ADA, reason=WHY)
        active().refuses(out, "last-administrator")
    second = active().after(duties(ADMINISTRATOR, BEN, Duty.ADMINISTER))
    gone = second.after(command(ask.SuspendWorker, ADMINISTRATOR, worker=ADA, reason=WHY))
    assert gone.state.of.administrators() == {BEN}
    out = command(ask.SuspendWorker, VETTER, worker=BEN, reason=WHY)
    gone.refuses(out, "last-administrator")


def test_a_suspended_administrator_does_nothing_more_whatever_the_token_says() -> None:
    given = active().after(
        duties(ADMINISTRATOR, BEN, Duty.ADMINISTER),
        command(ask.SuspendWorker, VETTER, worker=ADA, reason=WHY),
    )
    restore = command(ask.RestoreWorker, ADMINISTRATOR, worker=ADA)
    given.refuses(restore, "not-an-administrator")
    given.refuses(add(ADMINISTRATOR), "not-an-administrator")


def test_whom_a_national_administrator_took_out_the_organisation_does_not_let_in() -> None:
    restore = command(ask.RestoreWorker, ADMINISTRATOR, worker=CY)
    outside = active().after(command(ask.SuspendWorker, VETTER, worker=CY, reason=WHY))
    outside.refuses(restore, "suspended-from-outside")
    back = outside.after(command(ask.RestoreWorker, VETTER, worker=CY))
    assert not back.state.of.members[CY].suspended
    leave = command(ask.SuspendWorker, ADMINISTRATOR, worker=CY, reason=WHY)
    inside = active().after(leave)
    inside.stays_quiet(leave)
    assert not inside.after(restore).state.of.members[CY].suspended
    active().stays_quiet(restore)


def test_an_unknown_worker_is_named_as_such() -> None:
    for asked in (
        duties(ADMINISTRATOR, NEW),
        command(ask.SuspendWorker, ADMINISTRATOR, worker=NEW, reason=WHY),
        command(ask.RestoreWorker, ADMINISTRATOR, worker=NEW),
    ):
        active().refuses(asked, "worker-unknown")


# --- keys --------------------------------------------------------------------------------------


def test_keys_rotate_without_a_moment_in_which_nobody_can_sign_in() -> None:
    revoke = command(ask.RevokeKey, ADMINISTRATOR, key=key().key)
    active().refuses(revoke, "last-key")
    later = key("later", valid_from=after(days=1))
    given = active().after(command(ask.RegisterKey, ADMINISTRATOR, key=later))
    given.refuses(revoke, "last-key")
    tomorrow = command(ask.RevokeKey, ADMINISTRATOR, at=after(days=2), key=key().key)
    done = given.after(tomorrow)
    assert done.state.of.keys[key().key].revoked
    done.stays_quiet(tomorrow)


def test_a_key_is_never_registered_twice_even_when_revoked() -> None:
    register = command(ask.RegisterKey, ADMINISTRATOR, key=key())
    active().refuses(register, "key-known")
    active().refuses(command(ask.RevokeKey, ADMINISTRATOR, key=NEW), "key-unknown")


def test_a_national_administrator_revokes_a_lost_key_and_then_lets_the_next_in() -> None:
    register = command(ask.RegisterKey, VETTER, key=key("next"))
    active().refuses(register, "not-locked-out")
    locked_out = active().after(command(ask.RevokeKey, VETTER, key=key().key))
    assert not locked_out.state.of.has_good_key(after())
    assert locked_out.after(register).state.of.has_good_key(after())


@pytest.mark.parametrize("by", [COLLEAGUE, FOREIGN_VETTER])
def test_others_touch_no_key(by: Actor) -> None:
    code = "not-an-administrator" if by is COLLEAGUE else "not-the-national-administrator"
    active().refuses(command(ask.RegisterKey, by, key=key("2")), code)
    active().refuses(command(ask.RevokeKey, by, key=key().key), code)
