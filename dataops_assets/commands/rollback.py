"""`dataops rollback`: put an earlier published version in the place of what stands in production, and hold it there."""

from argparse import Namespace

from dataops_assets.commands.decide import decided
from dataops_assets.publish.rollback import roll_back


def rollback(options: Namespace) -> int:
    """Returns 0."""
    return decided(
        options,
        lambda loaded, table, partitions, who, run: roll_back(loaded.storage, table, partitions, options.to, who, run),
        "holds",
    )
