"""Charts of a column: how its values are spread in the newest partition, against those before."""

import bisect
import math
from collections.abc import Sequence

import numpy as np

from dataops_assets.report.charts import BOTTOM, HALF, LEFT, RIGHT, TOP, cut, grid
from dataops_assets.report.drawing import element, label, line, picture, short, ticks, titled
from dataops_assets.report.facts import Facts, Spread
from dataops_assets.report.slots import PRIVATE
from dataops_assets.validation.profile import ColumnProfile, bucket_value

_BINS = 24
_VALUES = 8
_LONGEST = 18


def spread_chart(facts: Facts, spread: Spread, titles: bool = True) -> str:
    """How the values are spread in the newest partition (bars), and in those before (line)."""
    width, height = HALF, 148
    bins = bins_of(spread)
    head = [label(cut(spread.column, 30), LEFT, 14, "heading")]
    if spread.drift and spread.drift.value is not None:
        drift = spread.drift
        head.append(
            label(f"PSI {drift.value:.3f}", width - RIGHT, 14, "bad" if drift.verdict == "failed" else "label", "end")
        )
    title = f"Values of {spread.column} in {facts.asset} {facts.newest}".rstrip()
    if not bins:
        words = PRIVATE if spread.private else "no value" if not spread.now.filled else "not counted one by one"
        return picture(title, f"{words}.", width, height, *head, label(words, width / 2, height / 2, anchor="middle"))
    draw = _text_bars if spread.now.kind == "text" else _histogram
    compared = f"compared with the {facts.compared} partitions before" if spread.before else "nothing to compare with"
    top = max(bins, key=lambda each: each[1])
    description = f"{spread.now.filled:,} values, {compared}. Most in {top[0]}: {top[1]:.1%}."
    return picture(title, description, width, height, *head, *draw(bins, width, height, titles, bool(spread.before)))


Bin = tuple[str, float, float]
"""What is in it, and the share of the rows now and before."""


def bins_of(spread: Spread) -> list[Bin]:
    """Shares of the rows that have a value; nothing where no value may be shown, or none is known."""
    if spread.private or not spread.now.filled:
        return []
    now, before = spread.now, spread.before
    if now.kind == "number":
        return _number_bins(now, before)
    if now.kind == "time" and now.values:
        hours = [f"{hour:02}" for hour in range(24)]
        return [(f"{hour} h", _share(now, hour), _share(before, hour)) for hour in hours]
    if now.kind != "text" or not now.values:
        return []
    names = dict.fromkeys([*now.values, *(before.values if before else ())])
    ranked = sorted(names, key=lambda v: (-max(_share(now, v), _share(before, v)), v))
    found = [(value, _share(now, value), _share(before, value)) for value in ranked[:_VALUES]]
    if len(ranked) > _VALUES or not now.complete:
        rest = (1 - sum(each[1] for each in found), 1 - sum(each[2] for each in found) if before else 0.0)
        found.append(("all others", max(rest[0], 0.0), max(rest[1], 0.0)))
    return found


def _share(column: ColumnProfile | None, value: str) -> float:
    return column.values.get(value, 0) / column.filled if column and column.filled else 0.0


def _number_bins(now: ColumnProfile, before: ColumnProfile | None) -> list[Bin]:
    """Of equal width over the middle of both, a twentieth left out at either end; the outermost have what is beyond."""
    low, high = 0.0, 0.0
    for outside in (0.05, 0.01, 0.0):  # most may be the same
        sides = [each.quantile(q) for each in (now, before) if each for q in (outside, 1 - outside)]
        ends = [end for end in sides if end is not None]
        if not ends or not all(map(math.isfinite, ends)):
            return []
        low, high = min(ends), max(ends)
        if high > low:
            break
    whole = now.whole and high - low < _BINS
    count = int(high - low) + 1 if whole else _BINS if high > low else 1
    wide = 1.0 if whole else (high - low) / count
    edges = [low + n * wide for n in range(count)]
    names = [short(edge) if whole or not wide else f"{short(edge)} to {short(edge + wide)}" for edge in edges]
    if count > 1:
        names[0], names[-1] = f"up to {short(low if whole else low + wide)}", f"{short(edges[-1])} and more"
    shares = [_binned(each, edges) if each else np.zeros(count) for each in (now, before)]
    return [(name, float(a), float(b)) for name, a, b in zip(names, *shares, strict=True)]


def _binned(column: ColumnProfile, edges: Sequence[float]) -> np.ndarray:
    found = np.zeros(len(edges))
    for bucket, rows in zip(*column.buckets, strict=True):
        value = bucket_value(int(bucket), column.whole)
        found[max(bisect.bisect_right(edges, value + 1e-9) - 1, 0)] += rows
    return found / max(found.sum(), 1)


def _histogram(bins: Sequence[Bin], width: int, height: int, titles: bool, compared: bool) -> list[str]:
    floor, step = height - BOTTOM, (width - LEFT - RIGHT) / len(bins)
    axis = ticks(max(max(now, before) for _, now, before in bins) * 100, 3)

    def y(share: float) -> float:
        return floor - share * 100 / axis[-1] * (floor - TOP)

    parts = [grid(axis, lambda percent: y(percent / 100), width, "%")]
    outline: list[tuple[float, float] | None] = []
    for place, (name, now, before) in enumerate(bins):
        x = LEFT + place * step
        bar = element("rect", x=x + 0.5, y=y(now), width=max(step - 1, 0.6), height=floor - y(now), class_="rows")
        parts.append(titled(_said_of_bin(name, now, before, compared), bar) if titles else bar)
        outline += [(x, y(before)), (x + step, y(before))]
    if compared:
        parts.append(line(outline, "reference"))
    parts.append(label(bins[0][0], LEFT, height - 6))
    if len(bins) > 1:
        parts.append(label(bins[-1][0], width - RIGHT, height - 6, anchor="end"))
    return parts


def _text_bars(bins: Sequence[Bin], width: int, height: int, titles: bool, compared: bool) -> list[str]:
    left, step = 116, (height - TOP - 4) / len(bins)
    most = max(max(now, before) for _, now, before in bins) or 1.0
    parts = []
    for place, (name, now, before) in enumerate(bins):
        y, thick = TOP + place * step, min(step - 2, 14.0)
        length, was = (share / most * (width - left - RIGHT - 44) for share in (now, before))
        inside = [
            label(cut(name, _LONGEST), left - 5, y + thick / 2 + 3.5, anchor="end"),
            element("rect", x=left, y=y, width=max(length, 0.6), height=thick, class_="rows"),
            label(f"{now:.1%}", left + max(length, was) + 5, y + thick / 2 + 3.5),
        ]
        if compared:
            inside.append(element("path", d=f"M{left + was:.1f} {y - 1:.1f}v{thick + 2:.1f}", class_="reference"))
        parts.append(titled(_said_of_bin(name, now, before, compared), *inside) if titles else "".join(inside))
    return parts


def _said_of_bin(name: str, now: float, before: float, compared: bool) -> str:
    return f"{name}: {now:.2%}" + (f", before {before:.2%}" if compared else "")
