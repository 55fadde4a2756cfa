"""Requests with usual values, and whole stretches of a story over HTTP."""

from typing import Any
from uuid import UUID

from services.referral.tests.conftest import Caller, organisation

CATEGORIES = ["story", "needs", "risks", "travel"]


def consent(**changes: Any) -> dict[str, Any]:
    """The person lets the origin NGO know story, needs, risks and travel."""
    usual = {
        "recipient": str(organisation("ngo-o").id),
        "purpose": "safe_return",
        "categories": CATEGORIES,
        "blocked": ["family"],
        "form": "verbal",
        "days": 200,
        "private": {"statement": "She said: yes, tell them.", "language": "ro"},
    }
    return {**usual, **changes}


def offer(consented: str, **changes: Any) -> dict[str, Any]:
    """Offer a transfer of custody on a consent's path."""
    usual = {
        "receiver": str(organisation("ngo-o").id),
        "kind": "transfer_of_custody",
        "needs": ["reception"],
        "purpose": "safe_return",
        "categories": CATEGORIES,
        "consent": consented.rsplit("/", 1)[-1],
        "gender": "Feminine",
        "languages": ["ro"],
        "medical": "no",
        "threat": "yes",
        "private": {
            "note": {"note": "She is afraid of the cousin."},
            "pick_up": {"place": "Gate 4", "brought_by": "G. of Porto Aperto"},
        },
    }
    return {**usual, **changes}


async def offered(case: UUID, sender: Caller, **changes: Any) -> str:
    """Consent and offer; give the referral's path."""
    consented = await sender.new(f"/cases/{case}/consents", consent())
    return await sender.new(f"/cases/{case}/referrals", offer(consented, **changes))


async def accepted(case: UUID, sender: Caller, receiver: Caller, **changes: Any) -> str:
    """... and accept."""
    path = await offered(case, sender, **changes)
    await receiver.does(path, "accept")
    return path


async def handed(case: UUID, sender: Caller, receiver: Caller, **changes: Any) -> str:
    """... and confirm by both."""
    path = await accepted(case, sender, receiver, **changes)
    await receiver.does(path, "confirm", {"accompanied": "yes"})
    await sender.does(path, "confirm")
    return path
