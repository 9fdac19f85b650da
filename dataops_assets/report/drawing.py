"""SVG by hand: elements with escaped texts, scales, and a frame that says what it shows to those who cannot see it."""

import html
import math
import re
from collections.abc import Sequence

_NOT_XML = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
MARK = 4.0
"""Half the size of a marker."""


def escaped(text: object) -> str:
    """As text or as an attribute's value, in SVG and in HTML."""
    return html.escape(_NOT_XML.sub("\N{REPLACEMENT CHARACTER}", str(text)))


def element(name: str, *inside: str, **attributes: object) -> str:
    """An element. inside: SVG, as it is. attributes: escaped; `_` is written `-`, and `class_` is "class"."""
    given = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{_attribute(value)}"'
        for key, value in attributes.items()
        if value is not None
    )
    return f"<{name}{given}>{''.join(inside)}</{name}>" if inside else f"<{name}{given}/>"


def _attribute(value: object) -> str:
    return number(value) if isinstance(value, float) else escaped(value)


def number(value: float) -> str:
    """With a decimal place at most: a tenth of a pixel."""
    return f"{value:.1f}".removesuffix(".0")


def label(text: object, x: float, y: float, class_: str = "label", anchor: str | None = None) -> str:
    """A line of text."""
    return element("text", escaped(text), x=x, y=y, class_=class_, text_anchor=anchor)


def titled(title: str, *inside: str) -> str:
    """A part that says what it is when it is pointed at."""
    return element("g", element("title", escaped(title)), *inside)


def picture(title: str, description: str, width: int, height: int, *inside: str, **attributes: object) -> str:
    """The whole of a chart."""
    return element(
        "svg",
        element("title", escaped(title)),
        element("desc", escaped(description)),
        *inside,
        class_="chart",
        role="img",
        viewBox=f"0 0 {width} {height}",
        width=width,
        height=height,
        **attributes,
    )


def line(points: Sequence[tuple[float, float] | None], class_: str) -> str:
    """A line through these points, with a gap where there is none."""
    commands, pen = [], "M"
    for point in points:
        if point is None:
            pen = "M"
            continue
        commands.append(f"{pen}{number(point[0])} {number(point[1])}")
        pen = "L"
    return element("path", d="".join(commands), class_=class_) if commands else ""


def area(upper: Sequence[tuple[float, float]], lower: Sequence[tuple[float, float]], class_: str) -> str:
    """What is between two lines."""
    around = " ".join(f"{number(x)},{number(y)}" for x, y in [*upper, *reversed(lower)])
    return element("polygon", points=around, class_=class_)


def marker(kind: str, x: float, y: float) -> str:
    """A sign that can be told by its shape: "failed" a triangle, "held" a square, "missing" a cross, "accepted" a
    diamond.
    """
    m, side = MARK, 2 * MARK - 2
    corner = f"M{number(x - side / 2)} {number(y - side / 2)}"
    shapes = {
        "failed": f"M{number(x)} {number(y - m)}l{m} {2 * m}h{-2 * m}z",
        "held": f"{corner}h{side}v{side}h{-side}z",
        "missing": f"{corner}l{side} {side}m0 {-side}l{-side} {side}",
        "accepted": f"M{number(x)} {number(y - m)}l{m} {m}l{-m} {m}l{-m} {-m}z",
    }
    return element("path", d=shapes[kind], class_=f"mark {kind}")


def ticks(most: float, about: int = 4) -> list[float]:
    """Round numbers from 0 up to at least `most`."""
    if not most > 0 or math.isinf(most):
        return [0.0, 1.0]
    step = 10.0 ** math.floor(math.log10(most / about))
    step *= next(factor for factor in (1, 2, 5, 10) if most / (step * factor) <= about)
    return [step * n for n in range(math.ceil(most / step - 1e-9) + 1)]


def short(value: float) -> str:
    """A number on an axis: 1200 is 1.2k."""
    for power, unit in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if abs(value) >= power:
            return f"{value / power:.3g}{unit}"
    return f"{value:.3g}"
