"""Tasks and reminders for organisations and their workers, with quiet content only."""
