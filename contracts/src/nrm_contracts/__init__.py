"""What the services of NRM say to each other and to other countries' systems."""
