"""Dagster's UI as somebody sees and clicks it: Debian's Chromium, against a real `dataops ui`."""
