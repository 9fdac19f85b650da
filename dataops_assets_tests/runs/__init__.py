"""Runs that are asked for: of which assets, of which partitions, in which order, and whether they were made."""
