"""Which attempts a partition is made of, and which of them nothing can do without."""

from collections.abc import Sequence

from dataops_assets.lake.history import readable
from dataops_assets.lake.manifest import DamagedManifest, Manifest
from dataops_assets.model.tables import Source


def whole(source: Source, manifests: Sequence[Manifest]) -> list[Manifest]:
    """The attempts that a partition is made of if all of it is loaded: the newest, or with "merge" and "append" all.

    A full refresh of an incremental source is merged into what was there: rows that it leaves out stay.
    """
    return list(manifests[-1:]) if source.write == "replace" else _changes(manifests)


def newest_with_rows(manifests: Sequence[Manifest]) -> Manifest | None:
    """By which an answer without rows is judged."""
    return next((manifest for manifest in reversed(manifests) if manifest.rows), None)


def needed_attempts(source: Source, manifests: Sequence[Manifest]) -> set[str]:
    """Those without which the next extraction or load would not come to the same: by its rows, or by what it refuses.

    manifests: all of a partition, the newest last. What the table holds now may come from others besides.
    """
    if source.write != "replace":
        return {each.attempt for each in manifests}  # a load counts them to know how far it has come
    judged_by, damaged = newest_with_rows(manifests), [m for m in manifests if isinstance(m, DamagedManifest)]
    needed = [*whole(source, manifests), *readable(manifests)[-1:], *([judged_by] if judged_by else []), *damaged]
    # One that came to the same refers to the objects of the attempt before.
    holders = {each.same_as for each in needed if each.same_as}
    return {each.attempt for each in needed} | holders


def _changes(manifests: Sequence[Manifest]) -> list[Manifest]:
    """The last of those that say the same one after the other: what a killed run kept counts once with its rerun."""
    following = (*manifests[1:], None)
    pairs = zip(manifests, following, strict=True)
    return [one for one, after in pairs if after is None or after.content_sha256 != one.content_sha256]
