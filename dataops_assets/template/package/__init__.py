"""The datasets of this repository."""
