"""Loads that go on from others: an entry names the attempts it added, and the entry whose attempts come before.

If each named all of them, the ledger would grow with the square of the loads of an incremental table.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import msgspec

from dataops_assets.ledger.entry import State

Links = Mapping[str, tuple[str, Sequence[Mapping[str, Any]]]]
"""By the id of an entry: `follows` and `attempts`."""


def links_query(entries: str, known: Collection[str]) -> str:
    """A query for the entries that passed, of each partition whose loads go on from others, since its last whole load.

    entries: FROM and WHERE, for entries AS l. known: the columns of the ledger.
    """
    sequence = "COALESCE(l.sequence, 0)" if "sequence" in known else "0"
    follows, partition = "COALESCE(l.follows, '')", "OVER (PARTITION BY l.asset, l.partition)"
    return (
        f"SELECT l.id, {follows} AS follows, l.attempts FROM {entries} AND l.verdict = 'passed' "
        f"QUALIFY MAX({follows}) {partition} > '' "
        f"AND {sequence} >= MAX(CASE WHEN {follows} = '' THEN {sequence} ELSE 0 END) {partition}"
    )


def links(rows: Iterable[Iterable[str]]) -> Links:
    """Of the rows of that query; one that somebody has made unreadable is as one that is gone."""
    found: dict[str, tuple[str, list[dict[str, Any]]]] = {}
    for entry, follows, attempts in rows:
        try:
            found[entry] = follows, msgspec.json.decode(attempts, type=list[dict[str, Any]])
        except (msgspec.MsgspecError, TypeError):
            continue
    return found


def whole(state: State, found: Links) -> State:
    """The state with all attempts that the rows come from in its entry that passed.

    What is left in `follows` is the entry that is not there any more.
    """
    entry = state.passed
    if entry is None or not entry.follows:
        return state
    parts, seen, before = [entry.attempts], {entry.id}, entry.follows
    while before in found and before not in seen:
        seen.add(before)
        before, attempts = found[before]
        parts.append(attempts)
    joined = replace(entry, attempts=[attempt for part in reversed(parts) for attempt in part], follows=before)
    return State(joined if state.latest.id == entry.id else state.latest, joined)
