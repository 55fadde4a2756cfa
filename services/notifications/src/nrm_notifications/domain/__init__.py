"""What becomes of one notice: waiting, queued, delivered, acknowledged or cancelled."""
