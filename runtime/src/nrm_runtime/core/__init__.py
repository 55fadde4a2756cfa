"""The pure core that every state machine stands on; it imports the standard library only."""

from nrm_runtime.core.actor import Actor, Automatic, Worker
from nrm_runtime.core.command import Command, Event, FallDue, worker
from nrm_runtime.core.decider import Decider
from nrm_runtime.core.due import Due
from nrm_runtime.core.refused import Refused, TooEarly

__all__ = [
    "Actor",
    "Automatic",
    "Command",
    "Decider",
    "Due",
    "Event",
    "FallDue",
    "Refused",
    "TooEarly",
    "Worker",
    "worker",
]
