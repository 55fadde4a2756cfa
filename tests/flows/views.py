"""What the person wants, and what people see of a case in all services together."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, TypeAlias
from uuid import UUID

from nrm_assistance.domain import states as helping
from nrm_contracts.care_codes import Destination
from nrm_contracts.codes import AgeBand
from nrm_contracts.consent_codes import Purpose
from nrm_referral.domain import states as moving
from nrm_return.domain import states as going
from tests.flows.asks import TOLD, Ask, Desk
from tests.flows.mechanism import World
from tests.flows.people import BY_ID, Organisation

DAY: Final = timedelta(days=1)
ENDED: Final = (going.Done, going.RefusedUnsafe, going.Withdrawn)
PREPARING: Final = (going.Requested, going.Reopened)
WAITING: Final = (moving.Offered, moving.Delivered, moving.Acknowledged)
RUNNING: Final = (helping.Preparing, helping.Crisis, helping.Active, helping.Suspended)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """Nothing to do before this instant."""

    until: datetime


Step: TypeAlias = Ask | Wait


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What the person wants: with whom it begins, to whom it goes, how the last leg is travelled.

    `route` begins with the first custodian; with `travels` its last leg is a return.
    `shares_with` meets one need beside the custodian; who `dawdles` is late everywhere.
    """

    route: tuple[Organisation, ...]
    age: AgeBand
    travels: bool
    destination: Destination
    declines_reflection: bool
    lead_days: int
    declines_contact: bool
    shares_with: Organisation | None
    dawdles: bool

    def next_receiver(self, custodian: UUID) -> Organisation | None:
        """Give the organisation after the custodian on the route."""
        names = [one.id for one in self.route]
        if custodian not in names:
            return self.route[-1]
        place = names.index(custodian) + 1  # type: ignore[arg-type]
        return self.route[place] if place < len(self.route) else None


@dataclass(frozen=True, slots=True)
class View:
    """What all services together know of a case; people see it on their screens."""

    world: World
    case: UUID
    plan: Plan

    @property
    def signs(self) -> Any:
        """What identification knows."""
        return self.world.state("identification", self.case)

    @property
    def moves(self) -> Any:
        """What referral knows."""
        return self.world.state("referral", self.case)

    @property
    def cares(self) -> Any:
        """What assistance knows."""
        return self.world.state("assistance", self.case)

    @property
    def returns(self) -> Any:
        """What return knows."""
        return self.world.state("return", self.case)

    @property
    def child(self) -> bool:
        """Whether the person is treated as a child."""
        return self.moves.age is not AgeBand.ADULT

    @property
    def custodian(self) -> Organisation:
        """Who answers for the case."""
        return BY_ID[self.moves.custodian]

    def desk(self, who: UUID | Organisation, number: int = 1) -> Desk:
        """Sit down as a worker of an organisation."""
        one = who if isinstance(who, Organisation) else BY_ID[who]  # type: ignore[index]
        return Desk(self.world, self.case, one.worker(number))

    def journey(self) -> Any | None:
        """Give the return that is on its way."""
        open_ones = (one for one in self.returns.returns.values() if not isinstance(one, ENDED))
        return next(open_ones, None)

    def arrived(self) -> bool:
        """Say whether some return reached its end in the right place."""
        there = (going.Arrived, going.Done)
        return any(isinstance(one, there) for one in self.returns.returns.values())


def consent_for(view: View, to: Organisation, purpose: Purpose) -> UUID | None:
    """Give a consent that lets an organisation know, for at least another day."""
    for key, consent in view.moves.consents.items():
        given = consent.given
        if (
            isinstance(consent, moving.Granted)
            and given.recipient == to.id
            and given.purpose is purpose
            and given.categories >= TOLD
            and given.until.at > view.world.now + DAY
        ):
            return UUID(str(key))
    return None
