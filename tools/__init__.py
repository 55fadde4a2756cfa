"""Tools of the repository: what writes generated files."""
