"""What runs the system: engines, images, the local runner, the development identity provider."""
