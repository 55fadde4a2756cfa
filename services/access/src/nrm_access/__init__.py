"""Which organisations take part, who works there, with which duties and machine keys."""
