"""What `dataops report` says in words: the state of each table, what needs somebody, and what to type for it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from dataops_assets.alerting import wording
from dataops_assets.alerting.alert import Alert
from dataops_assets.alerting.routes import read_routes
from dataops_assets.alerting.tick import Desk, peek
from dataops_assets.build import Project
from dataops_assets.commands.alerts import unjudged_of
from dataops_assets.commands.history import COLUMNS as VERSION_COLUMNS
from dataops_assets.commands.history import row_of
from dataops_assets.commands.status import add_unusual, ask_dagster
from dataops_assets.commands.summaries import AssetSummary, summaries
from dataops_assets.ledger.history import history, turns
from dataops_assets.load.load_checks import load_checks
from dataops_assets.load.set_aside import counted
from dataops_assets.model.spans import spans_text
from dataops_assets.report.facts import Facts
from dataops_assets.report.page import About, Health, Tile, Trouble, gravest
from dataops_assets.report.slots import Slot, newest_slots, public
from dataops_assets.report.tables import Table
from dataops_assets.staleness.judge import judge
from dataops_assets.staleness.snapshot import tables_of, take
from dataops_assets.warehouse.tables import DerivedTable, StagedTable

_LISTED = 40
"""Lines of quarantine and of versions."""
_PARTITIONS = 14
"""Of the newest so many the versions are listed."""


@dataclass(frozen=True)
class Seen:
    """All that is known of the project at one moment. slots: the newest of each stored table that has partitions.

    calendars: of all assets.
    """

    summaries: Mapping[str, AssetSummary]
    alerts: Sequence[Alert]
    slots: Mapping[str, Sequence[Slot]]
    calendars: wording.Calendars


def look_at(loaded: Project, now: datetime) -> Seen:
    """As `dataops status` and `dataops alerts` look at it. now: UTC."""
    asked = ask_dagster(loaded)
    snapshot = take(loaded.storage, loaded.catalog, asked.extractions)
    judged = judge(loaded.catalog, snapshot)
    found = summaries(loaded.catalog, loaded.storage.staging, snapshot, judged, asked.writes)
    add_unusual(loaded, found)
    routes = read_routes(loaded.settings.alerts)
    desk = Desk.of(loaded.settings, loaded.storage.warehouse, loaded.catalog, routes)
    alerts = peek(desk, unjudged_of(loaded, now), now).firing.alerts.values()
    tables = tables_of(loaded.catalog)
    slots = {asset: newest_slots(table, snapshot.states[asset], now) for asset, table in tables.items()}
    alerts = [_public(each, tables.get(each.asset)) for each in alerts]
    gravest_first = sorted(alerts, key=lambda each: (each.severity != "stop", each.asset, each.check))
    return Seen({each.asset: each for each in found}, gravest_first, slots, desk.calendars)


def _public(alert: Alert, table: StagedTable | DerivedTable | None) -> Alert:
    if table is None:
        return alert
    others = tuple(public(table, each) for each in alert.others)
    return replace(alert, reason=public(table, alert.reason), others=others)


def health_of(loaded: Project, seen: Seen) -> list[Health]:
    """Of each asset."""
    return [_health(summary, seen.slots.get(asset, ())) for asset, summary in seen.summaries.items()]


def _health(summary: AssetSummary, slots: Sequence[Slot]) -> Health:
    shown = {slot.key for slot in slots}
    unusual = {key for keys in summary.unusual.values() for key in keys}
    flagged = unusual & shown if summary.calendar else unusual
    words = [f"{len(some)} {word}" for some, word in _counts(summary, flagged) if some]
    words += ["late"] if summary.late else []
    kind = "bad" if summary.failed else "held" if summary.held else "warn" if words else "good"
    newest = max(summary.loaded, default="")
    return Health(
        summary.asset,
        ", ".join(words) or ("as it should be" if summary.loaded else "nothing there yet"),
        kind,
        newest if summary.calendar else "whole" if summary.loaded else "",
        "" if summary.rows is None else f"{summary.rows:,}",
        f"{summary.quarantined:,}" if summary.quarantined else "",
        ", ".join(summary.owners),
        summary.last[:16],
        slots,
        sorted(flagged),
    )


def _counts(summary: AssetSummary, flagged: set[str]) -> Iterator[tuple[Sequence[str], str]]:
    yield list(summary.failed), "failed"
    yield list(summary.held), "held back"
    yield list(summary.untried), "missing"
    yield list(summary.stale), "stale"
    yield list(flagged), "unusual"


def verdict_of(health: Sequence[Health]) -> str:
    """One sentence about all of them."""
    bad = sum(each.kind in ("bad", "held") for each in health)
    warn = sum(each.kind == "warn" for each in health)
    if not bad and not warn:
        return f"All {len(health)} assets are as they should be."
    some = [f"{bad} of {len(health)} assets have something that failed or is held back"] if bad else []
    some += [f"{warn} {'others' if bad else f'of {len(health)} assets'} want a look"] if warn else []
    return "; ".join(some) + "."


def overview_tiles(seen: Seen) -> list[Tile]:
    """The figures at the head of the overview."""
    every = list(seen.summaries.values())
    stored = [each for each in every if not each.asset.startswith("raw/")]

    def total(name: str) -> str:
        return f"{sum(len(getattr(each, name)) for each in every):,}"

    return [
        Tile("assets", f"{len(every):,}"),
        Tile("partitions there", f"{sum(len(each.loaded) for each in stored):,}", "of staged, transformed, production"),
        Tile("failed", total("failed")),
        Tile("held back", total("held")),
        Tile("missing", total("untried")),
        Tile("stale", total("stale")),
        Tile("rows in quarantine", f"{sum(each.quarantined or 0 for each in stored):,}"),
        Tile("alerts", f"{len(seen.alerts):,}"),
    ]


def troubles_of(seen: Seen) -> list[Trouble]:
    """What is wrong with all of them, the gravest first, and what is to be made."""
    found = [_trouble(each, seen.calendars) for each in seen.alerts]
    for name, words in (("stale", "Stale: what made them has changed since"), ("untried", "Not there yet")):
        lines = [
            f"{each.asset}: {spans_text(keys, each.calendar)}"
            for each in seen.summaries.values()
            if (keys := getattr(each, name))
        ]
        if lines:
            found.append(Trouble(words, "warn", lines, ["dataops run --plan"]))
    return found


def _trouble(alert: Alert, calendars: wording.Calendars) -> Trouble:
    what, *lines = wording.about(alert, calendars, "")
    commands = []
    for line in wording.commands(alert, calendars):
        words, _, command = line.partition(": dataops ")
        commands += [f"# {words}", f"dataops {command}"]
    return Trouble(what, alert.severity, lines, commands)


def about_table(loaded: Project, seen: Seen, table: StagedTable | DerivedTable, facts: Facts) -> About:
    """Of one table: of what it is made, and what is made of it in production, too."""
    name = table.asset.partition("/")[2]
    kin = [f"{layer}/{name}" for layer in ("raw", "staged", "transformed", "production")]
    kin = [asset for asset in kin if asset in seen.summaries and _is_kin(asset, table)]
    concerned = [each for each in seen.alerts if each.asset in kin or each.held.keys() & {*kin}]
    health = [_health(seen.summaries[asset], seen.slots.get(asset, ())) for asset in kin]
    words = [f"{each.asset}: {each.state}" for each in health if each.kind != "good"]
    summary = seen.summaries[table.asset]
    owners = f" Owner: {', '.join(summary.owners)}." if summary.owners else ""
    own = load_checks(table) if isinstance(table, StagedTable) else []
    quarantine = _quarantine(loaded, table) if isinstance(table, StagedTable) else None
    return About(
        description=f"{table.spec.description}{owners}",
        verdict="; ".join(words) or ("As it should be." if summary.loaded else "Nothing is there yet."),
        kind=gravest(each.kind for each in health),
        tiles=_tiles(summary, facts),
        troubles=[_trouble(each, seen.calendars) for each in concerned],
        quarantine=quarantine,
        quarantine_command=f"dataops quarantine show {name}",
        versions=_versions(loaded, table, facts),
        row_checks={check.id: check.description for check in (*own, *table.spec.checks)},
    )


def _is_kin(asset: str, table: StagedTable | DerivedTable) -> bool:
    """A source and a derived table may have the same name."""
    layers = ("raw", "staged") if isinstance(table, StagedTable) else ("transformed", "production")
    return asset.partition("/")[0] in layers


def _tiles(summary: AssetSummary, facts: Facts) -> list[Tile]:
    there = [slot for slot in facts.slots if slot.rows is not None]
    newest = there[-1] if there else None
    usual = f"{newest.usual[0]:,.0f} to {newest.usual[1]:,.0f} are usual" if newest and newest.usual else ""
    points = [check.points[facts.slots.index(newest)] for check in facts.checks] if newest else []
    measured = [point for point in points if point]
    failed = sum(point.verdict == "failed" for point in measured)
    tiles = [
        Tile("newest", newest.label if newest else "none"),
        Tile("rows in it", f"{newest.rows:,}" if newest else "0", usual),
        Tile(
            "rows in all", f"{summary.rows or 0:,}", f"{len(summary.loaded):,} partitions" if summary.calendar else ""
        ),
    ]
    if summary.asset.startswith("staged/"):
        tiles.append(Tile("in quarantine", f"{summary.quarantined or 0:,}"))
    if facts.checks:
        tiles.append(Tile("checks failed", f"{failed}", f"of {len(measured)} that measured the newest"))
    return tiles


def _quarantine(loaded: Project, table: StagedTable) -> Table:
    """How many rows; what is in them may be anything."""
    found = sorted(counted(loaded.storage.warehouse, table).items(), key=lambda each: each[0], reverse=True)
    rows = [[key or "the table", check, state, f"{count:,}"] for (key, check, state), count in found[:_LISTED]]
    left = f" {len(found) - _LISTED} older lines are not listed." if found[_LISTED:] else ""
    return Table(f"Rows by partition and check.{left}", ["partition", "check", "state", "rows"], rows, numbers=(3,))


def _versions(loaded: Project, table: StagedTable | DerivedTable, facts: Facts) -> Table | None:
    """Of the newest partitions; None of a table that is not published."""
    if isinstance(table, StagedTable) or not table.derived.publish:
        return None
    warehouse, asset = loaded.storage.warehouse, f"production/{table.derived.name}"
    keys = list(dict.fromkeys(slot.key for slot in facts.slots))[-_PARTITIONS:]
    with warehouse.session() as session, session.reading():
        entries = history(session, warehouse.staging, asset, keys) if keys else {}
    rows = [[key or "the table", *row_of(entry)] for key in reversed(keys) for entry in turns(entries.get(key, ()))]
    left = f" {len(rows) - _LISTED} older ones are not listed." if rows[_LISTED:] else ""
    caption = f"Which version stood when in the newest {len(keys)} partitions, and who decided it.{left}"
    return Table(caption, ["partition", *VERSION_COLUMNS], rows[:_LISTED], words=(7,))
