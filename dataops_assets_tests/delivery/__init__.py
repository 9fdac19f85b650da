"""What a user or a machine starts the project with: set-up, CI, image, Dagster's instance, the repository."""
