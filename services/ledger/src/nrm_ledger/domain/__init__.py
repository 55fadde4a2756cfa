"""What the ledger promises, as pure functions: tree, notes, tiles, proofs, and the check of all."""
