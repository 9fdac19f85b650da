"""A sensor that loads files when they arrive, for every source of files with a path for each partition.

It is stopped until somebody starts it. What it has seen is in its cursor, which Dagster stores together with the runs
it asks for, before any is launched: it survives restarts, and no file is started twice. A file that has changed (by
name, size or time of modification) is loaded again. Of files that are not in the cursor, the raw lake tells whether
this very content was loaded, by whomever: so also before the first tick, and after the cursor was reset, which starts
again what has failed.
"""

import base64
import hashlib
import json
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import dagster as dg

from dataops_assets.automation.flows import source_keys
from dataops_assets.automation.jobs import AssetJob, run_request
from dataops_assets.lake.history import attempts_of
from dataops_assets.lake.manifest import Manifest
from dataops_assets.lake.store import Store
from dataops_assets.model.partitions import Partition, contiguous
from dataops_assets.model.tables import Source
from dataops_assets.sources.files import Files
from dataops_assets.sources.folders import Entry, MakeClient

RUNS_A_TICK = 5
COMPARED_A_TICK = 1000
_LISTED = 5
_INTERVAL = 60


@dataclass(frozen=True)
class Seen:
    """What a sensor has seen, as its cursor keeps it.

    files: a digest of the files of each partition that were started, or were found to be loaded, by partition key; a
    file that is gone stays.
    strangers: a digest of the files that were reported as belonging to no partition.
    """

    files: Mapping[str, str] = field(default_factory=dict)
    strangers: str = ""

    def cursor(self) -> str:
        """As text. Dagster keeps a copy with every tick, so it is packed: 10 bytes a partition."""
        text = json.dumps({"files": dict(self.files), "strangers": self.strangers}, separators=(",", ":"))
        return base64.b85encode(zlib.compress(text.encode(), 9)).decode()

    @classmethod
    def of(cls, cursor: str) -> "Seen":
        """Raises ValueError if the text is not a cursor of this sensor."""
        try:
            return cls(**json.loads(zlib.decompress(base64.b85decode(cursor))))
        except (ValueError, TypeError, zlib.error) as error:
            raise ValueError(
                f"the cursor cannot be read ({error}); reset it in the UI: the lake tells what is loaded"
            ) from error


def watched(sources: Sequence[Source]) -> list[Source]:
    """The sources whose files tell which partition they belong to."""
    return [s for s in sources if s.partition and isinstance(s.extract, Files) and s.extract.by_partition]


def file_sensor(
    source: Source,
    job: AssetJob,
    partitions_per_run: int,
    lake: Callable[[], Store],
    storage_client: MakeClient | None = None,
) -> dg.SensorDefinition:
    """Starts `job` for the partitions of `source` whose files are new or have changed; adjacent ones in one run.

    lake: opens the raw lake, which tells what was loaded. storage_client: as in a `Request`.
    """

    @dg.sensor(
        name=f"{source.name}_files",
        job=job,
        minimum_interval_seconds=_INTERVAL,
        default_status=dg.DefaultSensorStatus.STOPPED,
        description=(
            f"Loads {source.name} when a file arrives or changes: at most {RUNS_A_TICK} runs a tick, of at most "
            f"{partitions_per_run} partitions each. Files whose content is loaded already count as "
            "seen."
        ),
    )
    def sensor(context: dg.SensorEvaluationContext) -> dg.SensorResult:
        files, calendar = source.extract, source.partition
        arrivals = files.arrivals(source.name, calendar, storage_client)
        digests = {partition: _digest(entries) for partition, entries in arrivals.files.items()}
        seen = Seen.of(context.cursor) if context.cursor else Seen()
        now = datetime.now(UTC)
        # A partition that is not over has no key in Dagster yet; its file is loaded once it is.
        unseen = [p for p, digest in digests.items() if seen.files.get(p.key) != digest and p.end <= now]
        looked_at = unseen[: max(COMPARED_A_TICK, RUNS_A_TICK * partitions_per_run)]
        manifests = _newest_manifests(context.instance, lake, source, looked_at)
        loaded = {p for p, manifest in manifests.items() if _same(source, p, arrivals.files[p], manifest)}
        new = [p for p in looked_at if p not in loaded]
        chunks = [
            run[i : i + partitions_per_run] for run in contiguous(new) for i in range(0, len(run), partitions_per_run)
        ]
        started = chunks[:RUNS_A_TICK]
        known = dict(seen.files) | {p.key: digests[p] for p in (*loaded, *(p for chunk in started for p in chunk))}
        if left := len(unseen) - len(loaded) - sum(map(len, started)):
            context.log.info(f"{source.name}: {left} more partitions with new files wait for the next tick")
        if arrivals.strangers and seen.strangers != (reported := _digest_of(sorted(arrivals.strangers))):
            context.log.warning(_strangers(source, arrivals.strangers))
        else:
            reported = seen.strangers
        cursor = Seen(known, reported if arrivals.strangers else "").cursor()
        if not started:
            waiting = f"{len(digests)} are known" if digests else "there are none"
            return dg.SensorResult(skip_reason=f"{source.name}: no new or changed file; {waiting}", cursor=cursor)
        return dg.SensorResult(
            run_requests=[
                run_request(_unused(context.instance, _run_key(source, chunk, digests, manifests)), chunk)
                for chunk in started
            ],
            cursor=cursor,
        )

    return sensor


def _newest_manifests(
    instance: dg.DagsterInstance, lake: Callable[[], Store], source: Source, partitions: Sequence[Partition]
) -> dict[Partition, Manifest]:
    """The attempt that was committed last, of those of these partitions that were loaded after they were extracted.

    Others have to be run in any case.
    """
    if not partitions:
        return {}
    extracted, staged = (
        instance.get_latest_storage_id_by_partition(
            dg.AssetKey(key.split("/")), dg.DagsterEventType.ASSET_MATERIALIZATION
        )
        for key in source_keys([source])
    )
    loaded = [p for p in partitions if p.key in extracted and extracted[p.key] < staged.get(p.key, -1)]
    if not loaded:
        return {}
    found = attempts_of(lake(), source.name, loaded, recent=True)
    return {partition: found[partition][-1] for partition in loaded if found[partition]}


def _same(source: Source, partition: Partition, entries: Sequence[Entry], manifest: Manifest) -> bool:
    """Whether an attempt has these files as they are now. One that did not note their versions is taken as another."""
    content = source.extract.content(source.name, partition, entries)
    return content == {(file.name, file.bytes, file.source_version) for file in manifest.files}


def _run_key(
    source: Source,
    chunk: Sequence[Partition],
    digests: Mapping[Partition, str],
    manifests: Mapping[Partition, Manifest],
) -> str:
    """Also of what is replaced: Dagster starts no second run with a key, and a file may become what it was before."""
    content = _digest_of([f"{digests[p]} {manifests[p].attempt if p in manifests else ''}" for p in chunk])
    return f"{source.name} {chunk[0].key}..{chunk[-1].key} {content}"


def _unused(instance: dg.DagsterInstance, run_key: str) -> str:
    """The key, or one of another attempt if its run is over: it has not loaded what it was to, or it was undone."""
    key, attempt = run_key, 1
    while any(run.is_finished for run in instance.get_runs(dg.RunsFilter(tags={"dagster/run_key": key}), limit=1)):
        attempt += 1
        key = f"{run_key} attempt {attempt}"
    return key


def _digest(entries: Sequence[Entry]) -> str:
    return _digest_of([part for entry in entries for part in (entry.path, str(entry.size), entry.version)])


def _digest_of(texts: Sequence[str]) -> str:
    return hashlib.blake2b("\0".join(texts).encode(), digest_size=4).hexdigest()


def _strangers(source: Source, strangers: Mapping[str, str]) -> str:
    listed = [f"{path}: {reason}" for path, reason in sorted(strangers.items())[:_LISTED]]
    more = f"; and {len(strangers) - _LISTED} more" if len(strangers) > _LISTED else ""
    return (
        f"{source.name}: files that belong to no partition are left alone, {len(strangers)} in all: "
        f"{'; '.join(listed)}{more}. Rename them, or widen the calendar of the dataset"
    )
