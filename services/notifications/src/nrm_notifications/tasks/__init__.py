"""What the worker of notifications does beside hearing and telling: it delivers."""
