"""Dagster's doors to storage: the IO managers, which alone write, and what they report."""
