"""Guards that several acts share: the closing, the person's agreement, relatives."""

from nrm_assistance.domain.parts import Agreement, Assent
from nrm_assistance.domain.states import Case, DoorClosed, DoorClosing, File
from nrm_contracts.care_codes import RiskSubject
from nrm_contracts.codes import AgeBand
from nrm_contracts.consent_codes import ConsentGiver
from nrm_contracts.ids import PersonId
from nrm_runtime.core import Refused


def check_door(state: Case) -> None:
    """Refuse an opening while the case is being closed, or is closed."""
    if isinstance(state.door, DoorClosing):
        raise Refused("case-closing", "The case is being closed; nothing new is opened.")
    if isinstance(state.door, DoorClosed):
        raise Refused("case-closed", "The case is closed.")


def check_agreement(age: AgeBand, agreement: Agreement) -> None:
    """Refuse what nobody entitled has agreed to; unknown age is treated as a child.

    A child's guardian or representative agrees, and the child itself from the age that the
    country profile names.
    """
    if age is AgeBand.ADULT:
        if agreement.giver is ConsentGiver.GUARDIAN:
            raise Refused("person-must-agree", "An adult agrees, not a guardian.")
        return
    if agreement.giver is ConsentGiver.PERSON:
        raise Refused("guardian-missing", "For a child a guardian or representative agrees.")
    if agreement.assent is Assent.NOT_NEEDED:
        raise Refused("assent-missing", "It must be said whether the child agrees too.")


def check_subject(file: File, subject: RiskSubject, relative: PersonId | None) -> None:
    """Refuse a relative whom nobody added, and a relative where the person is meant."""
    if subject is RiskSubject.PERSON:
        if relative is not None:
            raise Refused("relative-not-meant", "The person is the subject, not a relative.")
        return
    if relative is None or relative not in file.relatives:
        raise Refused("relative-unknown", "This relative has not been added.")
