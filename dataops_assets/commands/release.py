"""`dataops release`: let the next publication of what was rolled back through."""

from argparse import Namespace

from dataops_assets.commands.decide import decided
from dataops_assets.publish.rollback import release as release_partitions


def release(options: Namespace) -> int:
    """Returns 0."""
    return decided(
        options,
        lambda loaded, table, partitions, who, run: release_partitions(loaded.storage, table, partitions, who, run),
        "released, and still holds",
        "publish what is validated",
    )
