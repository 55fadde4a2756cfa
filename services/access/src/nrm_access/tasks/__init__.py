"""What the worker of access does beside telling: the first import of a development copy."""
