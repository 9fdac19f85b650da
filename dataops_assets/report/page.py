"""The page that `dataops report` writes: one HTML file that needs nothing else, neither scripts nor the network.

Whatever is put into it is text, and is escaped; the charts are the only markup that comes from outside the templates.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from itertools import islice
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from dataops_assets.report.charts import check_chart, rows_chart, strip
from dataops_assets.report.facts import Facts
from dataops_assets.report.slots import NEWEST, Slot
from dataops_assets.report.spreads import bins_of, spread_chart
from dataops_assets.report.tables import Table, columns, figures, history, row_checks, rulings

_CHARTS = 24
"""Columns that have a picture; of all there is a line in the table."""


@dataclass(frozen=True)
class Tile:
    """One figure."""

    name: str
    value: str
    more: str = ""


@dataclass(frozen=True)
class Trouble:
    """Something that is wrong. kind: "stop", "warn" or "held". commands: what is typed for it, with what for."""

    what: str
    kind: str
    lines: Sequence[str] = ()
    commands: Sequence[str] = ()


@dataclass(frozen=True)
class Health:
    """An asset in the overview. state: in words; kind: "good", "bad", "held" or "warn", its colour.

    slots: the newest partitions; flagged: keys of those of which a check warns.
    """

    asset: str
    state: str
    kind: str
    newest: str = ""
    rows: str = ""
    quarantined: str = ""
    owners: str = ""
    last: str = ""
    slots: Sequence[Slot] = ()
    flagged: Sequence[str] = ()


@dataclass(frozen=True)
class About:
    """What a page about a table says beside its `Facts`. kind: of its state, as of `Health`.

    quarantine, versions: None where it has none of its own.
    """

    description: str
    verdict: str
    kind: str
    tiles: Sequence[Tile] = ()
    troubles: Sequence[Trouble] = ()
    quarantine: Table | None = None
    quarantine_command: str = ""
    versions: Table | None = None
    row_checks: dict[str, str] = field(default_factory=dict)


def gravest(kinds: Iterable[str]) -> str:
    """Of the kinds of some assets that of all of them."""
    found = set(kinds)
    return next((kind for kind in ("bad", "held", "warn") if kind in found), "good")


def overview_page(
    health: Sequence[Health],
    troubles: Sequence[Trouble],
    verdict: str,
    tiles: Sequence[Tile],
    command: str,
    at: datetime,
) -> str:
    """Of all tables. at: UTC."""
    lines = [{**vars(each), "strip": strip(each.slots, each.flagged) if each.slots else ""} for each in health]
    return _rendered(
        "overview.html",
        command,
        at,
        title="Data health",
        verdict=verdict,
        kind=gravest(each.kind for each in health),
        tiles=tiles,
        found=troubles,
        lines=lines,
        newest=NEWEST,
    )


def table_page(facts: Facts, about: About, command: str, at: datetime) -> str:
    """Of one table. at: UTC."""
    compared = (
        f"Bars: {facts.newest or 'the newest write'}. Line: the {facts.compared} partitions before, together. "
        "What has drifted most comes first."
        if facts.compared
        else "There is nothing yet that they could be compared with."
    )
    what = "partitions" if facts.partitioned else "writes"
    return _rendered(
        "table.html",
        command,
        at,
        title=facts.asset,
        description=about.description,
        verdict=about.verdict,
        kind=about.kind,
        tiles=about.tiles,
        found=about.troubles,
        rows=rows_chart(facts) if facts.slots else "",
        rows_caption=f"The newest {len(facts.slots)} {what}.",
        history=history(facts),
        checks=[check_chart(facts, each) for each in facts.checks],
        check_tables=[each for each in (figures(facts), row_checks(facts, about.row_checks)) if each.rows],
        spreads=[spread_chart(facts, each) for each in islice(filter(bins_of, facts.spreads), _CHARTS)],
        spread_caption=compared,
        newest=facts.newest,
        columns=columns(facts),
        quarantine=about.quarantine,
        quarantine_command=about.quarantine_command,
        versions=about.versions,
        rulings=rulings(facts),
    )


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("dataops_assets.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _rendered(template: str, command: str, at: datetime, **given: Any) -> str:
    made_at = f"{at:%Y-%m-%d %H:%M}"
    text = _environment().get_template(template).render(command=command, made_at=made_at, **given)
    return text.encode("utf-8", "replace").decode()
