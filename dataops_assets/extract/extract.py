"""source → raw: each answer of a source is kept as it came, as an immutable attempt.

A few partitions are asked for at a time. One that the source cannot give is refused with the reason, and the others
are kept.
"""

import logging
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import cast

from dataops_assets.extract.suppress import Suppression
from dataops_assets.lake.attempts import commit_extraction
from dataops_assets.lake.history import current
from dataops_assets.lake.manifest import Manifest
from dataops_assets.lake.paths import attempt_prefix
from dataops_assets.lake.store import Store
from dataops_assets.ledger.entry import Entry, key_of
from dataops_assets.ledger.outcome import CheckOutcome, Outcome, RunInfo
from dataops_assets.model.partitions import Partition
from dataops_assets.model.severity import Severity
from dataops_assets.model.tables import Source
from dataops_assets.sources.base import Extraction, Request, SourceError, TransientSourceError
from dataops_assets.sources.folders import MakeClient
from dataops_assets.tracing import span

_log = logging.getLogger(__name__)
_NAMED = 5  # of what was left out


def extract(
    store: Store,
    source: Source,
    partitions: Sequence[Partition | None],
    run: RunInfo,
    full_refresh: bool = False,
    storage_client: MakeClient | None = None,
) -> list[Outcome]:
    """Ask the source for partitions, and commit each answer as it comes. Returns an outcome for each, in their order.

    The entries of the outcomes are not kept in the ledger: of raw, the manifests in the lake say what happened.
    full_refresh: an incremental source is asked for everything, and not from its watermark on. storage_client: as in a
    `Request`.
    Those that a passing fault kept from answering are asked for once more after the others. If that is all of them,
    and the run tries the whole once more after a pause (`run.tried_again`), raises the TransientSourceError of the
    first instead.
    """

    suppression = Suppression.of(store, source)

    def ask(partition: Partition | None) -> Outcome:
        last = current(store, source.name, partition) if source.incremental and not full_refresh else None
        watermark = last.watermark if last else None
        extraction = source.extract.extract(Request(source.name, partition, watermark, storage_client))
        manifest = commit_extraction(
            store,
            source.name,
            partition,
            extraction,
            follows=last.attempt if last and watermark is not None else None,
            run_id=run.run_id,
            code_version=run.code_version,
            spooled_as=partial(suppression.kept, partition) if suppression else None,
        )
        if suppression:
            suppression.look_again(partition, manifest)
        return _kept(store, source, partition, manifest, run, _tell(extraction), extraction.left_out)

    def attempt(partition: Partition | None) -> Outcome | SourceError:
        try:
            with span(f"extract {source.name}", {"dataops.partition": key_of(partition)}):
                return ask(partition)
        except SourceError as error:
            return error

    workers = max(1, source.max_parallel)
    with ThreadPoolExecutor(max_workers=workers, thread_name_prefix=source.name) as pool:
        answers = dict(zip(partitions, pool.map(attempt, partitions), strict=True))
        faults = [partition for partition, answer in answers.items() if isinstance(answer, TransientSourceError)]
        if run.tried_again and len(faults) == len(partitions):
            raise cast(TransientSourceError, answers[partitions[0]])
        answers.update(zip(faults, pool.map(attempt, faults), strict=True))
    return [_refused(source, p, a, run) if isinstance(a, SourceError) else a for p, a in answers.items()]


def _tell(extraction: Extraction) -> str:
    """Tell the source that its answer is kept. Returns why it could not be told, or an empty text.

    The answer is kept all the same, so to fail for it, or to ask once more, would be wrong.
    """
    if extraction.on_committed:
        try:
            extraction.on_committed()
        except SourceError as error:
            return str(error)
    return ""


def _kept(
    store: Store,
    source: Source,
    partition: Partition | None,
    manifest: Manifest,
    run: RunInfo,
    untold: str,
    left_out: Mapping[str, str],
) -> Outcome:
    entry = Entry(
        asset=f"raw/{source.name}",
        partition=key_of(partition),
        verdict="passed",
        version=manifest.content_sha256,
        rows=manifest.rows,
        rows_read=manifest.rows,
        code_version=run.code_version,
        run_id=run.run_id,
    )
    files = f"the same data as attempt {manifest.same_as}" if manifest.same_as else f"{len(manifest.files)} files"
    since = f", from the watermark of attempt {manifest.follows} on" if manifest.follows else ""
    description = f"attempt {manifest.attempt}: {manifest.rows} rows, {files}{since}"
    if untold:
        description += f"; the source could not be told that it is kept, and may send the same again: {untold}"
    if left_out:
        named = "; ".join(f"{name} is {reason}" for name, reason in list(left_out.items())[:_NAMED])
        more = f"; and {len(left_out) - _NAMED} more" if len(left_out) > _NAMED else ""
        description += f"; left out: {named}{more}"
        _log.warning("%s: left out: %s%s", f"{entry.asset} {entry.partition}".rstrip(), named, more)
    return Outcome(
        entry,
        [CheckOutcome("extraction", True, Severity.STOP, description)],
        changed=not manifest.same_as,
        figures={
            "attempt": manifest.attempt,
            "bytes": sum(file.bytes for file in manifest.files),
            "same_as": manifest.same_as or "",
        },
        uri=store.uri(attempt_prefix(source.name, partition, manifest.attempt)),
        origin=manifest.source,
    )


def _refused(source: Source, partition: Partition | None, error: SourceError, run: RunInfo) -> Outcome:
    entry = Entry(
        asset=f"raw/{source.name}",
        partition=key_of(partition),
        verdict="failed",
        reason=str(error),
        code_version=run.code_version,
        run_id=run.run_id,
    )
    return Outcome(entry, [CheckOutcome("extraction", False, Severity.STOP, str(error))])
