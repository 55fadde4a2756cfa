"""Who may do what: access tokens, scopes, tickets, and a caller's own side of them."""

from nrm_runtime.access.client import ClientCredentials, TokenRefused
from nrm_runtime.access.keys import KeysAway, RemoteKeys
from nrm_runtime.access.principal import Principal
from nrm_runtime.access.scopes import (
    APPLY,
    AUDIT,
    ISSUE,
    JOIN,
    OPERATE,
    READ,
    WRITE,
    Allow,
    Answer,
    Deny,
    may,
)
from nrm_runtime.access.tickets import (
    Ticket,
    TicketCheck,
    TicketOffice,
    TicketRefused,
    key_file,
)
from nrm_runtime.access.tokens import Tokens, Unauthorised

__all__ = [
    "APPLY",
    "AUDIT",
    "ISSUE",
    "JOIN",
    "OPERATE",
    "READ",
    "WRITE",
    "Allow",
    "Answer",
    "ClientCredentials",
    "Deny",
    "KeysAway",
    "Principal",
    "RemoteKeys",
    "Ticket",
    "TicketCheck",
    "TicketOffice",
    "TicketRefused",
    "TokenRefused",
    "Tokens",
    "Unauthorised",
    "key_file",
    "may",
]
