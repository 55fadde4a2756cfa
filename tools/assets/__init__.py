"""What the pages look like, built once: the committed result needs no Node."""
