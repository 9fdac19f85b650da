"""Jobs, schedules and sensors of all datasets."""

import dagster as dg

from dataops_assets.discovery import Datasets
from dataops_assets.layers.catalog import Catalog


def automation_for(catalog: Catalog, datasets: Datasets) -> dg.Definitions:
    """Placeholder."""
    return dg.Definitions()
