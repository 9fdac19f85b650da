"""transformed → production: exactly the version that a receipt vouches for, or nothing.

A version is published if its own validation passed, if each version it was made of has a receipt too, back to the
staged tables, and if the rows that stand in staging are still the ones that were validated. That is asked of the
ledger and of the rows themselves each time, so it holds in any run, on any day.
"""

from collections.abc import Mapping, Sequence

from dataops_assets.lake.parallel import batched
from dataops_assets.lake.store import Store
from dataops_assets.lake.versions import Version, copy_versions, point_to_versions
from dataops_assets.ledger import entries as ledger
from dataops_assets.ledger.entries import Entry, State, command, key_of, version_of
from dataops_assets.ledger.integrity import counted, damaged, standing
from dataops_assets.ledger.outcome import CheckOutcome, Outcome, RunInfo
from dataops_assets.model.partitions import Partition
from dataops_assets.warehouse.base import Session, Warehouse
from dataops_assets.warehouse.conflicts import again
from dataops_assets.warehouse.replace import replace_rows
from dataops_assets.warehouse.schema import ensure_table
from dataops_assets.warehouse.slices import Slices
from dataops_assets.warehouse.tables import DerivedTable


def publish(
    warehouse: Warehouse,
    staging_store: Store,
    production_store: Store,
    table: DerivedTable,
    partitions: Sequence[Partition | None],
    run: RunInfo,
) -> list[Outcome]:
    """Publish partitions of a derived table; `[None]` for one without partitions. Returns an outcome for each."""
    asset = published(table)
    by_key = {key_of(partition): partition for partition in partitions}
    with warehouse.session() as session:
        with session.reading():
            receipts = ledger.states(session, warehouse.staging, table.asset, by_key)
            sources, refused = _vouch(session, warehouse.staging, table, by_key, receipts)
        vouched = {key: receipts[key].latest for key in by_key if key not in refused}
        new = {key: _published(asset, key, receipt, sources, run) for key, receipt in vouched.items()}

        versions = (
            Version(table.relation, by_key[key], vouched[key].version, _provenance(new[key])) for key in vouched
        )
        for some in batched(versions):
            copy_versions(staging_store, production_store, some)

        def swap_in() -> tuple[dict[str, Entry], list[str]]:
            with session.swapping(asset, reads=[table.asset]) as swap:
                before = ledger.states(session, warehouse.staging, asset, by_key)
                shown = {k: vouched[k] for k in vouched if version_of(before.get(k)) == vouched[k].version}
                lost = damaged(session, warehouse.production, table, shown, map(by_key.get, shown))
                # The last to look at `_parts`, which `_validated` reads.
                held = refused | _moved(session, warehouse.staging, table, by_key, vouched)
                entries = {
                    key: _refused(asset, key, before.get(key), held[key], run) if key in held else new[key]
                    for key in by_key
                }
                changed = [k for k in by_key if k not in held and (k not in shown or k in lost)]
                ledger.stage(session, list(entries.values()))
                ledger.create(session, swap, warehouse.staging)
                if changed:
                    slices = table.slices([p for key in changed if (p := by_key[key])])
                    rows = {key: vouched[key].rows for key in changed}
                    ensure_table(session, swap, warehouse.production, table, published=True)
                    target = session.relation(warehouse.production, table.relation)
                    source = _validated(session, warehouse.staging, table, slices)
                    replace_rows(session, swap, target, table.spec.names, slices, source, rows)
                ledger.append(session, swap, warehouse.staging, list(entries.values()))
            return entries, changed

        entries, changed = again(swap_in)
        good = [key for key, entry in entries.items() if entry.verdict == "passed"]

        def point_to_what_is_shown() -> dict[str, int]:
            """Returns how many rows are shown, as counted in the table."""
            # Somebody else may have published since, or does it just now: then once more.
            with session.swapping(asset):
                newest = ledger.newest(session, warehouse.staging, asset, good)
                others = [key for key in good if newest[key] != entries[key].id]
                states = ledger.states(session, warehouse.staging, asset, others) if others else {}
                shown = ((key, states[key].passed if key in states else entries[key]) for key in good)
                versions = (Version(table.relation, by_key[key], e.version, _provenance(e)) for key, e in shown if e)
                for some in batched(versions):
                    point_to_versions(production_store, some)
                rows = counted(session, warehouse.production, table, [by_key[key] for key in good if key not in others])
            return {key: rows.get(key, entries[key].rows) for key in good}

        shown = again(point_to_what_is_shown)
    return [_outcome(entries[key], shown.get(key, 0), key in changed) for key in by_key]


def published(table: DerivedTable) -> str:
    """The asset of a derived table in production."""
    return f"production/{table.derived.name}"


def _label(table: DerivedTable, key: str) -> str:
    return f"{published(table)} {key}".strip()


def _vouch(
    session: Session,
    schema: str,
    table: DerivedTable,
    keys: Mapping[str, Partition | None],
    receipts: Mapping[str, State],
) -> tuple[dict[tuple[str, str, str], Entry], dict[str, str]]:
    """The receipts of everything these partitions were made of, and the partitions to refuse, with the reason."""
    refused: dict[str, str] = {}
    for key in keys:
        label, state, again = _label(table, key), receipts.get(key), command(f"+{table.asset}", key)
        if state is None:
            refused[key] = f"{label}: {table.asset} has no validated version; {again}"
        elif state.latest.verdict != "passed":
            refused[key] = (
                f"{label}: the last validation of {table.asset} says {state.latest.verdict}: {state.latest.reason}"
            )
        elif state.latest.contract != table.spec.fingerprint:
            refused[key] = f"{label}: {table.asset} was validated under another contract than the one in force; {again}"
    known: dict[tuple[str, str, str], Entry] = {}
    todo = {
        key: {(a, p, v) for a, ps in receipts[key].latest.inputs.items() for p, v in ps.items()}
        for key in keys
        if key not in refused
    }
    while open_ := {wanted for needed in todo.values() for wanted in needed} - known.keys():
        found = ledger.receipts(session, schema, open_)
        lost = open_ - found.keys()
        for key, needed in list(todo.items()):
            if missing := sorted(needed & lost):
                asset, partition, version = missing[0]
                refused[key] = (
                    f"{_label(table, key)}: no receipt for {asset} {partition} version {version}, which "
                    f"{table.asset} was made of; {command(f'+{table.asset}', key)}"
                )
                del todo[key]
                continue
            for wanted in list(needed & found.keys()):
                needed |= {(a, p, v) for a, ps in found[wanted].inputs.items() for p, v in ps.items()}
        known |= found
    return known, refused


def _moved(
    session: Session,
    schema: str,
    table: DerivedTable,
    keys: Mapping[str, Partition | None],
    vouched: Mapping[str, Entry],
) -> dict[str, str]:
    """Partitions whose rows in staging are not those of the receipt, with the reason. Inside a swap."""
    found = standing(session, schema, table, [keys[key] for key in vouched])
    return {
        key: f"{_label(table, key)}: the rows in {schema}.{table.relation} are version {found[key][1]}, the receipt "
        f"vouches for {receipt.version}; {command(table.asset, key)}"
        for key, receipt in vouched.items()
        if found[key][1] != receipt.version
    }


def _validated(session: Session, schema: str, table: DerivedTable, slices: Slices) -> str:
    """A query, in brackets, for the rows of these partitions in staging; `_moved` has put them into `_parts`."""
    columns = session.dialect.columns(table.spec.names, "t.")
    if not session.exists(schema, table.relation):  # nothing but empty partitions so far
        fields = ", ".join(
            f"CAST(NULL AS {session.dialect.type_of(c.type)}) AS {session.dialect.quote(c.name)}"
            for c in table.spec.columns
        )
        return f"(SELECT {fields}, '' AS _slice LIMIT 0)"
    relation = session.relation(schema, table.relation)
    return f"(SELECT {columns}, p.partition AS _slice FROM {relation} AS t {slices.join(session, 't', '_parts')})"


def _published(
    asset: str, key: str, receipt: Entry, sources: Mapping[tuple[str, str, str], Entry], run: RunInfo
) -> Entry:
    attempts: dict[str, list[str]] = {}
    contracts = {receipt.asset: receipt.contract}
    todo = [(a, p, v) for a, ps in receipt.inputs.items() for p, v in ps.items()]
    seen: set[tuple[str, str, str]] = set()
    while todo:
        wanted = todo.pop()
        if wanted in seen:
            continue
        seen.add(wanted)
        source = sources[wanted]
        contracts[source.asset] = source.contract
        if source.attempts:
            name = source.asset.partition("/")[2]
            attempts.setdefault(f"raw/{name} {source.partition}".strip(), []).extend(
                attempt["attempt"] for attempt in source.attempts if not attempt.get("refused")
            )
        todo += [(a, p, v) for a, ps in source.inputs.items() for p, v in ps.items()]
    return Entry(
        asset=asset,
        partition=key,
        verdict="passed",
        version=receipt.version,
        rows=receipt.rows,
        rows_read=receipt.rows,
        attempts=[{"raw": raw, "attempts": sorted(set(used))} for raw, used in sorted(attempts.items())],
        inputs={receipt.asset: {key: receipt.version}},
        checks=[
            {
                "receipt": receipt.id,
                "validated_at": receipt.recorded_at.isoformat(),
                "contracts": dict(sorted(contracts.items())),
            }
        ],
        contract=receipt.contract,
        code_version=receipt.code_version,
        run_id=run.run_id,
    )


def _provenance(entry: Entry) -> dict[str, object]:
    receipt = dict(entry.checks[0])
    return {
        "contracts": receipt.pop("contracts", {}),
        "receipt": receipt,
        "raw": list(entry.attempts),
        "code_version": entry.code_version,
        "run_id": entry.run_id,
    }


def _refused(asset: str, key: str, before: State | None, reason: str, run: RunInfo) -> Entry:
    standing = before.passed if before else None
    return Entry(
        asset=asset,
        partition=key,
        verdict="held",
        version=standing.version if standing else "",
        rows=standing.rows if standing else 0,
        reason=reason,
        code_version=run.code_version,
        run_id=run.run_id,
    )


def _outcome(entry: Entry, shown: int, changed: bool) -> Outcome:
    vouched = entry.verdict == "passed"
    words = f"receipt {entry.checks[0]['receipt']} vouches for version {entry.version}" if vouched else entry.reason
    return Outcome.of_table(
        entry,
        [
            CheckOutcome("receipt", vouched, True, words),
            CheckOutcome(
                "conservation",
                not vouched or shown == entry.rows,
                True,
                "rows published = rows of the validated version",
                {"rows_published": shown, "rows_validated": entry.rows} if vouched else {},
            ),
        ],
        changed,
    )
