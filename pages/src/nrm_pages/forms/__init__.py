"""Forms for people, made from what a service's API documents of itself."""
