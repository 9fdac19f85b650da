"""`dataops approve`: let the validated version of partitions into production, with who and why."""

from argparse import Namespace

from dataops_assets.commands.decide import decided
from dataops_assets.publish.approve import approve as approve_versions


def approve(options: Namespace) -> int:
    """Returns 0."""
    return decided(
        options,
        lambda loaded, table, partitions, who, run: approve_versions(
            loaded.storage, table, partitions, options.version, who, run
        ),
        "approved",
        "not published yet; publish it",
    )
