"""Erasure: everything of one person, gone from everywhere."""
