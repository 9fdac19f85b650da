"""The image, built and run for real on this machine: what only that proves."""
