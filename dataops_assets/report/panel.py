"""The panel of a table: its three kinds of charts in one picture, as Markdown for the metadata of an asset in Dagster.

Dagster's UI (dagster-webserver 1.13) shows Markdown by react-markdown and rehype-sanitize, and adds "data" to the
protocols that `src` may have: an image within the text is shown, SVG as well as PNG. Elements of SVG or HTML are not,
nor is any script or style. Markdown of a thousand characters and more is behind a button, "[Show Markdown]".
"""

import base64
import re
from functools import cache
from itertools import islice
from pathlib import Path

from dataops_assets.report.charts import HALF, WIDE, check_chart, rows_chart, said_of
from dataops_assets.report.drawing import element, escaped
from dataops_assets.report.facts import Facts
from dataops_assets.report.spreads import bins_of, spread_chart

MOST_BYTES = 60_000
"""Of the Markdown; charts are left out until it fits."""
_MOST_CHECKS, _MOST_SPREADS = 12, 8
_GAP, _MARGIN = 16, 12
_BAD = 5
_LONGEST = 300
_MARKUP, _ESCAPED = re.compile(r"([\\`*_{}\[\]<>()#!|~&:])"), r"\\\1"


def image(svg: str, alt: str) -> str:
    """A picture in Markdown. The one place that says in which form."""
    words = alt.translate(str.maketrans("[]\n\\", "()  "))
    return f"![{words}](data:image/svg+xml;base64,{base64.b64encode(svg.encode()).decode()})"


def panel(facts: Facts) -> str:
    """Markdown: the picture, and in words the partitions that are not as they should be. An empty text of nothing."""
    if not facts.slots:
        return ""
    alt = f"{facts.asset}: {said_of(facts.slots[-1])}"
    bad = [slot for slot in facts.slots if slot.state != "written"]
    words = [_item(said_of(slot), slot.reason) for slot in bad[-_BAD:][::-1]]
    failed = [
        _item(f"{slot.label}: {check.check} failed", point.reason)
        for slot, at in zip(reversed(facts.slots), reversed(range(len(facts.slots))), strict=True)
        for check in facts.checks
        if (point := check.points[at]) and point.verdict == "failed"
    ]
    text = "\n".join([*words, *failed[: 2 * _BAD]])
    for checks, spreads in _fewer():
        found = f"{image(drawn(facts, checks, spreads), alt)}\n\n{text}".strip()
        if len(found.encode()) <= MOST_BYTES:
            return found
    return text


def _item(words: str, reason: str) -> str:
    """A line of a list, in which nothing is markup: a value in a reason may look like an image of another site."""
    line = " ".join(f"{words}: {reason}".split()) if reason else words
    return f"- {_MARKUP.sub(_ESCAPED, line if len(line) <= _LONGEST else f'{line[: _LONGEST - 1]}…')}"


def _fewer() -> list[tuple[int, int]]:
    """How many charts of either kind, fewer and fewer."""
    return [(_MOST_CHECKS, count) for count in range(_MOST_SPREADS, 0, -2)] + [
        (count, 0) for count in range(_MOST_CHECKS, -1, -4)
    ]


def drawn(facts: Facts, checks: int = _MOST_CHECKS, spreads: int = _MOST_SPREADS) -> str:
    """The picture, which stands alone. checks, spreads: how many charts of either kind at most."""
    halves = [check_chart(facts, each, titles=False) for each in facts.checks[:checks]]
    shown = islice(filter(bins_of, facts.spreads), spreads)
    halves += [spread_chart(facts, each, titles=False) for each in shown]
    y = _MARGIN
    placed = [_placed(rows_chart(facts, titles=False), _MARGIN, y)]
    y += 220 + _GAP
    for place in range(0, len(halves), 2):
        for column, each in enumerate(halves[place : place + 2]):
            placed.append(_placed(each, _MARGIN + column * (HALF + _GAP), y))
        y += 148 + _GAP
    width = WIDE + 2 * _MARGIN
    return element(
        "svg",
        element("title", escaped(facts.asset)),
        f"<style>{style()}</style>",
        element("rect", width=width, height=y, class_="paper"),
        *placed,
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {width} {y}",
        width=width,
        height=y,
        role="img",
    )


def _placed(chart: str, x: int, y: int) -> str:
    return chart.replace("<svg ", f'<svg x="{x}" y="{y}" ', 1)


@cache
def style() -> str:
    """Colours, light and dark, and what has which."""
    folder = Path(__file__).parent / "templates"
    return "".join((folder / name).read_text().replace("\n", "") for name in ("colors.css", "chart.css"))
