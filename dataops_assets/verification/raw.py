"""Raw attempts, read again byte by byte."""

from collections.abc import Sequence

from dataops_assets.lake.attempts import file_problems, read_again
from dataops_assets.lake.copies import damaged_copies
from dataops_assets.lake.corrections import corrections_of
from dataops_assets.lake.history import attempts
from dataops_assets.lake.manifest import Manifest
from dataops_assets.lake.store import Store
from dataops_assets.ledger.entry import key_of
from dataops_assets.model.partitions import Partition, TimePartitions
from dataops_assets.model.tables import Source
from dataops_assets.sources.base import full_refresh
from dataops_assets.verification.report import Report, rebuild, run


def verify_raw(store: Store, source: Source, report: Report) -> None:
    """Each attempt of each partition. One that is damaged is a problem unless later ones have read the same again."""
    asset = f"raw/{source.name}"
    for partition in raw_partitions(store, source.partition, source.name):
        found = attempts(store, source.name, partition)
        damaged: dict[str, str] = {}
        for manifest in found:
            report.checked["raw attempts"] += 1
            report.checked["raw files"] += 0 if manifest.same_as else len(manifest.files)
            if problem := next(file_problems(store, manifest, reread=True), None):
                damaged[manifest.attempt] = problem
        for place, manifest in enumerate(found):
            if manifest.attempt not in damaged:
                continue
            words = f"attempt {manifest.attempt}: {damaged[manifest.attempt]}"
            if read_again(manifest, _sound(found[place + 1 :], damaged), found):
                report.checked["damaged raw attempts that later ones have taken the place of"] += 1
                report.notes.append(f"{f'{asset} {key_of(partition)}'.strip()}: {words}; later attempts have it all")
            else:
                report.add(asset, partition, words, extract_again(source, key_of(partition)))
        said = corrections_of(store, source.name, partition)
        report.checked["corrections"] += len(said.names)
        if said.problem:
            report.add(asset, partition, said.problem, run(f"staged/{source.name}", key_of(partition)))
        for problem in damaged_copies(store, source.name, partition):
            report.add(asset, partition, problem, rebuild(asset))


def extract_again(source: Source, key: str) -> str:
    """The command that makes a raw attempt which needs no other, and loads it."""
    return full_refresh(source.name) if source.incremental else run(f"+staged/{source.name}", key)


def raw_partitions(store: Store, calendar: TimePartitions | None, name: str) -> list[Partition | None]:
    """Those that have a folder in the lake; of a source without partitions the one."""
    if calendar is None:
        return [None]
    return [partition for folder in store.folders(f"raw_{name}/") if (partition := calendar.of_folder(folder))]


def _sound(manifests: Sequence[Manifest], damaged: dict[str, str]) -> list[Manifest]:
    return [manifest for manifest in manifests if manifest.attempt not in damaged]
