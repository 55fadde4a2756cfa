"""The nrm command: written cases, the ledger offline, and the acts of operators."""
