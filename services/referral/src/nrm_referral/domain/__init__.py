"""What may happen to a case: opening, consents, custody, referrals, closing; pure functions."""
