"""The code location that Dagster loads."""

import dagster as dg

from dataops_assets.build import load_project


@dg.definitions
def defs() -> dg.Definitions:
    """All assets, checks, jobs, schedules and sensors."""
    return load_project().definitions()
