"""What `dataops status` says below its table: what failed and why, what that holds back, what is stale and missing.

First what failed, because all the rest may come from it; each part ends with the commands that mend it.
"""

import re
from collections.abc import Callable, Collection, Mapping, Sequence

from dataops_assets.commands.layout import say, say_command
from dataops_assets.commands.shared import out
from dataops_assets.commands.summaries import AssetSummary
from dataops_assets.interrupts import WORDS
from dataops_assets.model.partitions import TimePartitions
from dataops_assets.model.spans import options, spans_text

_REASONS = 5  # shown of a table; each of its partitions may have another one
_COMMANDS = 3
_KEY = "\0"

Calendars = Mapping[str, TimePartitions | None]


def print_details(
    found: Sequence[AssetSummary],
    calendars: Calendars,
    staging: str,
    plain: Mapping[str, Mapping[str, str]] | None = None,
) -> None:
    """Print them. calendars: of all assets. staging: the schema of the ledger, which can be asked for more.
    plain: the plain assets that failed, with the reason by partition.
    """
    failed = {each.asset: each.failed for each in found if each.failed}
    stale = {each.asset: each.stale for each in found if each.stale}
    if failed:
        _heading("failed")
        for each in found:
            _failed(each, staging)
        judged = any(_by_itself(each) - each.errors for each in found)
        words = "correct the source or the contract" if judged else "mend what the error names"
        _commands(f"{words}, then", _upstream(found, _by_itself), calendars)
        _commands("run what was interrupted again", _upstream(found, _interrupted), calendars)
        accepted = {each.asset: keys for each in found if (keys := each.accepted & each.failed.keys())}
        _commands("write what was accepted", accepted, calendars)
    if plain:
        _plain(plain)
    if any(each.held for each in found):
        _heading("held back")
        for each in found:
            _held_back(each, calendars)
        mended = {each.asset: each.mended for each in found if each.mended}
        _commands("what held them back is mended; build them", _first(mended), calendars)
    if stale:
        _heading("stale: what made them has changed since")
        for asset, reasons in stale.items():
            for words in dict.fromkeys(reasons.values()):
                keys = [key for key, found in reasons.items() if found == words]
                _line(asset, spans_text(keys, calendars[asset]), words)
        _commands("build them again", _first({asset: set(keys) for asset, keys in stale.items()}), calendars)
    if any(each.flagged or each.unusual for each in found):
        _heading("written, and flagged by checks that hold nothing back")
        for each in found:
            for check, reasons in each.unusual.items():
                more = f"{max(reasons)}: " if len(reasons) > 1 else ""
                _line(each.asset, spans_text(reasons, each.calendar), f"{check} (warn): {more}{reasons[max(reasons)]}")
            for flagged in each.flagged:
                words = f"{flagged.check} ({flagged.severity}): {sum(flagged.rows.values())} rows"
                _line(each.asset, spans_text(flagged.rows, each.calendar), words)
    if any(each.late for each in found):
        _heading("late")
        for each in found:
            if each.late:
                _line(each.asset, each.late, f"owner: {', '.join(each.owners)}" if each.owners else "")
    _quarantine(found)
    _missing(found, calendars)
    if not plain and not any(each.failed or each.held or each.stale or each.missing for each in found):
        out.print()
        say("nothing failed, nothing is stale, nothing is missing")


def _interrupted(summary: AssetSummary) -> set[str]:
    return {key for key, words in summary.failed.items() if words.endswith(WORDS)}


def _by_itself(summary: AssetSummary) -> set[str]:
    """Those that failed, and are to be mended."""
    return summary.failed.keys() - _interrupted(summary) - summary.accepted


def _upstream(
    found: Sequence[AssetSummary], which: Callable[[AssetSummary], Collection[str]]
) -> dict[str, Collection[str]]:
    """These partitions of the assets, under what `--select` is told.

    What failed in between may have to be extracted again; an extraction has nothing before it.
    """
    selects = {}
    for each in found:
        if keys := which(each):
            selects[each.asset if each.asset.startswith("raw/") else f"+{each.asset}"] = keys
    return selects


def _failed(summary: AssetSummary, staging: str) -> None:
    groups = _alike(summary.failed)
    for keys in groups[:_REASONS]:
        there = [key for key in keys if key in summary.loaded]
        some = f" for {spans_text(there, summary.calendar)}" if len(there) < len(keys) else ""
        stand = f"what was there before stands{some}" if there else "nothing is there"
        _line(summary.asset, spans_text(keys, summary.calendar), stand)
        reasons = [summary.failed[key] for key in keys]
        newest = f"{max(keys)}: " if len(set(reasons)) > 1 else ""
        say(f"{newest}{summary.failed[max(keys)]}", 6, style="red")
    if stopped := summary.stopped & summary.failed.keys():
        say("the rows for which it was stopped:", 6)
        say_command(_rows_command(summary.asset, max(stopped)), 6)
    if summary.failed and summary.owners:
        say(f"owner: {', '.join(summary.owners)}", 6)
    left = [key for keys in groups[_REASONS:] for key in keys]
    if left:
        _line(summary.asset, spans_text(left, summary.calendar), "for other reasons:")
        sql = f"select partition, reason from {staging}._ledger where asset = '{summary.asset}' and verdict = 'failed'"
        raw = summary.asset.startswith("raw/")
        if raw:
            say("see the check 'extraction' in the UI", 6)
        else:
            say_command(f'dataops query "{sql}"', 6)


def _plain(failed: Mapping[str, Mapping[str, str]]) -> None:
    _heading("failed, of plain assets")
    for asset, reasons in failed.items():
        groups = _alike(reasons)
        for keys in groups[:_REASONS]:
            few = ", ".join(sorted(keys)[:_COMMANDS]) + (
                f" and {len(keys) - _COMMANDS} more" if keys[_COMMANDS:] else ""
            )
            _line(asset, few if keys[0] else "the whole table")
            say(reasons[max(keys)], 6, style="red")
        if groups[_REASONS:]:
            _line(asset, f"and {sum(map(len, groups[_REASONS:]))} more partitions, for other reasons")
    say("correct what failed, then:", 2)
    for asset, reasons in failed.items():
        for key in sorted(reasons)[-_COMMANDS:]:
            say_command(f"dataops run --select {asset}" + (f" --partitions '{key}'" if key else ""))
        if len(reasons) > _COMMANDS:
            say(f"and so on for the {len(reasons) - _COMMANDS} earlier ones", 4)


def _quarantine(found: Sequence[AssetSummary]) -> None:
    concerned = [each for each in found if each.quarantine]
    if not concerned:
        return
    _heading("rows in quarantine")
    for each in concerned:
        _line(each.asset, spans_text(each.quarantine, each.calendar), f"{sum(each.quarantine.values()):,} rows")
    say("see them:", 2)
    for each in concerned[:_COMMANDS]:
        say_command(_rows_command(each.asset, max(each.quarantine)))


def _rows_command(asset: str, key: str) -> str:
    return f"dataops quarantine show {asset.partition('/')[2]}{f' --partition {key}' if key else ''}"


def _held_back(summary: AssetSummary, calendars: Calendars) -> None:
    groups: dict[str, list[str]] = {}
    for key, held in sorted(summary.held.items()):
        groups.setdefault(held.words.replace(key, _KEY) if key else held.words, []).append(key)
    for words, keys in groups.items():
        roots = {at for key in keys if (at := summary.held[key].at) is not None}
        if roots - set(keys):  # it began in other partitions than these
            words += f": {spans_text(roots, calendars.get(words.split(' ')[0]))}"
        words = words.replace(f" --partitions {_KEY}", options(keys, summary.calendar)[0])
        words = words.replace(_KEY, keys[0]) if len(keys) == 1 else words.replace(f" {_KEY}", "").replace(_KEY, "…")
        _line(summary.asset, spans_text(keys, summary.calendar), f"because {words}")


def _missing(found: Sequence[AssetSummary], calendars: Calendars) -> None:
    lacking = [each for each in found if each.untried]
    if not lacking:
        return
    if len(found) == len(calendars) and not any(each.loaded or each.failed or each.held for each in found):
        keys = {key for each in lacking for key in each.untried if key}
        span = f" --partitions {min(keys)}..{max(keys)}" if keys else ""
        out.print()
        say("nothing is loaded yet; load it all:")
        say_command(f"dataops run{span}")
        return
    _heading("missing" + (", beside what failed or is held back" if any(e.failed or e.held for e in found) else ""))
    selects = {each.asset: each.untried for each in lacking}
    for assets, keys in _alike_in_time(selects, calendars):
        _line(spans_text(keys, calendars[assets[0]]), ", ".join(assets))
    _commands("load them", selects, calendars, downstream=False)


def _commands(
    words: str, selects: Mapping[str, Collection[str]], calendars: Calendars, downstream: bool = True
) -> None:
    """The commands that run these partitions of these assets, and of all that is built on them."""
    if not selects:
        return
    say(f"{words}:", 2)
    timed = sum(calendar is not None for calendar in calendars.values())
    for chosen, keys in _alike_in_time(selects, calendars):
        calendar = calendars[chosen[0].strip("+")]
        every = not downstream and calendar is not None and len(chosen) == timed
        select = "" if every else " --select " + ",".join(f"{one}+" if downstream else one for one in chosen)
        spans = options(keys, calendar)
        for option in spans[-_COMMANDS:]:
            say_command(f"dataops run{select}{option}")
        if len(spans) > _COMMANDS:
            say(f"and so on for the {len(spans) - _COMMANDS} earlier ranges", 4)


def _alike_in_time(
    selects: Mapping[str, Collection[str]], calendars: Calendars
) -> list[tuple[list[str], Collection[str]]]:
    """The assets that are concerned with the same partitions of one calendar, and these partitions."""
    groups: dict[object, tuple[list[str], Collection[str]]] = {}
    for select, keys in selects.items():
        calendar = calendars[select.strip("+")]
        same = (calendar.unit if calendar else None, frozenset(keys))
        groups.setdefault(same, ([], keys))[0].append(select)
    return list(groups.values())


def _first(concerned: Mapping[str, set[str]]) -> dict[str, set[str]]:
    """Without what is published of tables that are concerned themselves: they are followed by it."""

    def follows(asset: str) -> bool:
        layer, _, name = asset.partition("/")
        return layer == "production" and concerned[asset] <= concerned.get(f"transformed/{name}", set())

    return {asset: keys for asset, keys in concerned.items() if not follows(asset)}


def _alike(reasons: Mapping[str, str]) -> list[list[str]]:
    """Partitions whose reasons differ in nothing but their own key and in figures; those with the newest first."""
    groups: dict[str, list[str]] = {}
    for key, reason in sorted(reasons.items(), reverse=True):
        pattern = re.sub(r"\d+", "#", reason.replace(key, _KEY) if key else reason)
        groups.setdefault(pattern, []).append(key)
    return list(groups.values())


def _heading(text: str) -> None:
    out.print()
    say(text, style="bold")


def _line(what: str, *words: str) -> None:
    say("  ".join([f"{what:<24}", *words]), 2)
