"""What one organisation does for one person: risks, needs, plans and supports."""
