"""Charts along the partitions: how many rows each has, and the figures of a check against its threshold."""

from collections.abc import Callable, Sequence

from dataops_assets.report.drawing import area, element, label, line, marker, picture, short, ticks, titled
from dataops_assets.report.facts import CheckLine, Facts
from dataops_assets.report.slots import Slot
from dataops_assets.validation.measured import Figure

WIDE, HALF = 720, 352
LEFT, RIGHT, TOP, BOTTOM = 46, 8, 26, 22
_NAMED = 5
_MOST_OVER = 3.0
"""What is farther above its threshold is drawn at this multiple of it."""


Place = Callable[[float], float]
"""Where a value is drawn."""


def said_of(slot: Slot) -> str:
    """A partition in a sentence: what a bar of the chart says."""
    rows = "no rows" if slot.rows is None else f"{slot.rows:,} rows"
    parts = [f"{slot.label}: {rows}"]
    if slot.quarantined:
        parts.append(f"{slot.quarantined:,} in quarantine")
    if slot.usual:
        parts.append(f"{slot.usual[0]:,.0f} to {slot.usual[1]:,.0f} are usual")
    if slot.state != "written":
        parts.append(slot.state)
    return ", ".join(parts)


def said_of_figure(check: str, slot: str, figure: Figure) -> str:
    """A figure in a sentence."""
    of = f" of {figure.column}" if figure.column else ""
    value, threshold = ("unknown" if n is None else f"{n:.4g}" for n in (figure.value, figure.threshold))
    return f"{slot}: {check}{of} {value}, threshold {threshold}, {figure.verdict}"


def rows_chart(facts: Facts, titles: bool = True) -> str:
    """Rows of each partition, those in quarantine on top, and how many are usual behind them."""
    slots, height = facts.slots, 220
    most = max(
        [(slot.rows or 0) + slot.quarantined for slot in slots] + [slot.usual[1] for slot in slots if slot.usual] + [1]
    )
    axis = ticks(most)
    floor, step = height - BOTTOM, (WIDE - LEFT - RIGHT) / max(len(slots), 1)

    def y(rows: float) -> float:
        return floor - rows / axis[-1] * (floor - TOP)

    behind, edges = _band(slots, step, y)
    parts = [grid(axis, y, WIDE), *behind]
    wide = max(min(step - 1, 28.0), 0.6)
    for place, slot in enumerate(slots):
        middle = LEFT + (place + 0.5) * step
        rows, x = slot.rows or 0, middle - wide / 2
        bars = [element("rect", x=x, y=y(rows), width=wide, height=floor - y(rows), class_="rows")] if rows else []
        if slot.quarantined:
            top = y(rows + slot.quarantined)
            bars.append(
                element(
                    "rect", x=x, y=min(top, y(rows) - 1), width=wide, height=max(y(rows) - top, 1.0), class_="aside"
                )
            )
        if slot.state != "written":
            bars.append(marker(slot.state, middle, min(y(rows + slot.quarantined), floor) - 6))
        if bars:
            parts.append(titled(said_of(slot), *bars) if titles else "".join(bars))
    parts += edges
    parts += _times([slot.label for slot in slots], step, WIDE, height - 6)
    what = "partition" if facts.partitioned else "write"
    parts += [label(f"Rows by {what}", LEFT, 14, "heading"), *_legend(slots)]
    bad = [slot for slot in slots if slot.state != "written"]
    description = (
        f"{len(slots)} {what}s, {slots[0].label} to {slots[-1].label}; the newest: {said_of(slots[-1])}. "
        f"{len(bad)} are not as they should be{': ' + ', '.join(s.label for s in bad[-_NAMED:]) if bad else ''}."
        if slots
        else "Nothing is there."
    )
    return picture(f"Rows of {facts.asset} by {what}", description, WIDE, height, *parts)


def check_chart(facts: Facts, check: CheckLine, titles: bool = True) -> str:
    """The figure of a check, in units of its threshold; what is above 1 has failed, unless it was accepted."""
    height, width, slots = 132, HALF, facts.slots
    floor, step = height - BOTTOM, (HALF - LEFT - RIGHT) / max(len(slots), 1)
    excess = [None if point is None else min(over(point), _MOST_OVER) for point in check.points]
    top = max([each for each in excess if each is not None] + [1.25])

    def y(value: float) -> float:
        return floor - value / top * (floor - TOP)

    parts = [element("rect", x=LEFT, y=y(1), width=width - LEFT - RIGHT, height=floor - y(1), class_="band")]
    for value, words in ((0.0, "0"), (1.0, "limit")):
        parts.append(label(words, LEFT - 5, y(value) + 3.5, anchor="end"))
        parts.append(element("path", d=f"M{LEFT} {y(value):.1f}H{width - RIGHT}", class_="limit" if value else "axis"))
    middles = [LEFT + (place + 0.5) * step for place in range(len(slots))]
    parts.append(line([None if v is None else (x, y(v)) for x, v in zip(middles, excess, strict=True)], "measured"))
    known = sum(point is not None for point in check.points)
    for slot, x, value, point in zip(slots, middles, excess, check.points, strict=True):
        if point is None or value is None:
            continue
        inside = [marker(point.verdict, x, y(value))] if point.verdict in ("failed", "accepted") else []
        if known == 1 and not inside:
            inside.append(element("circle", cx=x, cy=y(value), r=3, class_="point"))
        if titles:
            hit = element("rect", x=x - step / 2, y=TOP, width=step, height=floor - TOP, class_="hit")
            parts.append(titled(said_of_figure(check.check, slot.label, point), *inside, hit))
        else:
            parts += inside
    parts += _times([slot.label for slot in slots], step, width, height - 6, named=3)
    parts.append(label(cut(check.check, 36), LEFT, 14, "heading"))
    failed = [s.label for s, p in zip(slots, check.points, strict=True) if p and p.verdict == "failed"]
    words = "no history" if not known else f"{len(failed)} failed" if failed else "as usual"
    parts.append(label(words, width - RIGHT, 14, "bad" if failed else "label", "end"))
    description = f"{check.description} {known} of {len(slots)} are measured, {words}"
    more = f": {', '.join(failed[-_NAMED:])}." if failed else "."
    return picture(f"Check {check.check} of {facts.asset}", description + more, width, height, *parts)


def over(figure: Figure) -> float:
    """The value in units of the threshold; where nothing is allowed, 2 if there is something."""
    if figure.threshold:
        return figure.excess
    return 2.0 if figure.value else 0.0


def strip(slots: Sequence[Slot], flagged: Sequence[str] = ()) -> str:
    """The states of the newest partitions in a line of small bars, as high as there are rows. flagged: keys of those of
    which a check warns.
    """
    width, height = 2 * len(slots) + 2, 24
    most = max([slot.rows or 0 for slot in slots] + [1])
    parts = []
    for place, slot in enumerate(slots):
        state = "flagged" if slot.state == "written" and slot.key in flagged else slot.state
        high = max((slot.rows or 0) / most * (height - 2), 2.0) if state in ("written", "flagged") else height - 2.0
        rect = element("rect", x=1 + 2 * place, y=height - 1 - high, width=1.6, height=high, class_=f"cell {state}")
        parts.append(titled(said_of(slot) + (", flagged" if state == "flagged" else ""), rect))
    bad = sum(slot.state != "written" for slot in slots)
    words = f"{len(slots)} newest partitions, {bad} not as they should be"
    return picture("Rows by partition", f"{words}.", width, height, *parts)


def grid(axis: Sequence[float], y: Place, width: int, unit: str = "") -> str:
    """Lines at the ticks of the vertical axis."""
    lines = [
        label(f"{short(value)}{unit}", LEFT - 5, y(value) + 3.5, anchor="end")
        + element("path", d=f"M{LEFT} {y(value):.1f}H{width - RIGHT}", class_="axis")
        for value in axis
    ]
    return "".join(lines)


def _band(slots: Sequence[Slot], step: float, y: Place) -> tuple[list[str], list[str]]:
    """How many rows are usual, for each stretch of partitions of which it is known: what is between, and its edges."""
    behind: list[str] = []
    edges: list[str] = []
    upper: list[tuple[float, float]] = []
    lower: list[tuple[float, float]] = []
    for place, slot in enumerate([*slots, None]):
        if slot and slot.usual:
            for x in (LEFT + place * step, LEFT + (place + 1) * step):
                lower.append((x, y(slot.usual[0])))
                upper.append((x, y(slot.usual[1])))
        elif upper:
            behind.append(area(upper, lower, "band"))
            edges += [line(upper, "usual"), line(lower, "usual")]
            upper, lower = [], []
    return behind, edges


def _times(labels: Sequence[str], step: float, width: int, y: float, named: int = _NAMED) -> list[str]:
    """The first, the last, and some between."""
    if not labels:
        return []
    last = len(labels) - 1
    fitting = max(min(named, len(labels), int((width - LEFT) / (7 * len(labels[0]) + 12))), 1)
    places = sorted({round(n * last / max(fitting - 1, 1)) for n in range(fitting)})
    found = []
    for place in places:
        anchor = "start" if place == 0 and last else "end" if place == last and last else "middle"
        x = LEFT if anchor == "start" else width - RIGHT if anchor == "end" else LEFT + (place + 0.5) * step
        found.append(label(labels[place], x, y, anchor=anchor))
    return found


def _legend(slots: Sequence[Slot]) -> list[str]:
    shown = [("rows", "rows")]
    if any(slot.quarantined for slot in slots):
        shown.append(("aside", "in quarantine"))
    if any(slot.usual for slot in slots):
        shown.append(("band", "usual"))
    shown += [(s, s) for s in ("failed", "held", "missing") if any(slot.state == s for slot in slots)]
    found, x = [], float(WIDE - RIGHT)
    for class_, words in reversed(shown):
        x -= 6.2 * len(words)
        found.append(label(words, x, 14))
        x -= 14
        sign = class_ in ("failed", "held", "missing")
        found.append(
            marker(class_, x + 5, 10) if sign else element("rect", x=x, y=5, width=10, height=10, class_=class_)
        )
        x -= 12
    return found


def cut(text: str, longest: int) -> str:
    """A text that fits."""
    return text if len(text) <= longest else f"{text[: longest - 1]}…"
