"""`dataops alerts`: what is wrong, whom it is told, what waits; with --send, what a tick of the daemon does."""

import json
import logging
from argparse import Namespace
from datetime import UTC, datetime

from dataops_assets.alerting import wording
from dataops_assets.alerting.alert import Alert
from dataops_assets.alerting.book import Message
from dataops_assets.alerting.judge import Unjudged
from dataops_assets.alerting.routes import Route, read_routes
from dataops_assets.alerting.tick import Desk, Report, behind, peek, tick
from dataops_assets.build import Project, load_project
from dataops_assets.commands.dagster_files import may_know
from dataops_assets.commands.layout import say, say_command
from dataops_assets.commands.shared import Unusable, err, out
from dataops_assets.staleness.snapshot import tables_of


def alerts(options: Namespace) -> int:
    """Returns 0; with --send 1 if a message could not be sent, and waits for the next time."""
    loaded = load_project()
    routes = read_routes(loaded.settings.alerts)
    if options.send and not routes:
        raise Unusable(
            "DATAOPS_ALERTS names no file with routes, and so there is nobody to be told; see docs/alerts.md"
        )
    desk = Desk.of(loaded.settings, loaded.storage.warehouse, loaded.catalog, routes)
    now = datetime.now(UTC)
    asked = unjudged_of(loaded, now)
    report = tick(desk, asked, now, _log) if options.send else peek(desk, asked, now)
    code = 1 if options.send and report.waiting else 0
    if options.format == "json":
        print(json.dumps(_record(report, routes), indent=1, ensure_ascii=False))  # noqa: T201
        return code
    for alert in report.firing.alerts.values():
        _say_alert(alert, desk, routes)
    if not report.firing.alerts:
        out.print(loaded.emptiness or "nothing is wrong")
    for message in report.sent:
        say(f"sent to {message.route}: {message.subject}")
    if report.waiting:
        out.print()
        say("not sent yet", style="bold")
        for message in report.waiting:
            say(f"{message.route}: {message.subject}", 2)
            if words := _why(report, message, routes):
                say(words, 6, style="red")
    if not routes:
        out.print()
        say("nobody is told: DATAOPS_ALERTS names no file with routes (docs/alerts.md)")
    return code


def _why(report: Report, message: Message, routes: list[Route]) -> str:
    if message.route not in [route.name for route in routes]:
        return "the route is no longer in the table"
    return message.error or next((b.error for b in behind(report.waiting, routes) if b.route == message.route), "")


def _say_alert(alert: Alert, desk: Desk, routes: list[Route]) -> None:
    out.print()
    calendars = desk.calendars
    what, *more = wording.about(alert, calendars, desk.ui_url)
    say(what, style="bold")
    for line in more:
        say(line, 4)
    to = [route.name for route in routes if route.takes(alert.asset, alert.owners, alert.severity)]
    if routes:
        say(f"told to: {', '.join(to)}" if to else "told to nobody: no route takes it", 4)
    for line in wording.commands(alert, calendars):
        words, _, command = line.partition(": dataops ")
        say(f"{words}:", 4)
        say_command(f"dataops {command}", 6)


def _record(report: Report, routes: list[Route]) -> dict[str, object]:
    """As JSON has it."""
    return {
        "alerts": [
            {
                "asset": alert.asset,
                "check": alert.check,
                "severity": alert.severity,
                "partitions": list(alert.partitions),
                "since": alert.since.isoformat(),
                "reason": alert.reason,
                "value": alert.value,
                "threshold": alert.threshold,
                "owners": list(alert.owners),
                "held": {asset: list(keys) for asset, keys in alert.held.items()},
                "routes": [route.name for route in routes if route.takes(alert.asset, alert.owners, alert.severity)],
            }
            for alert in report.firing.alerts.values()
        ],
        "sent": [message.subject for message in report.sent],
        "unsent": [
            {
                "id": message.id,
                "route": message.route,
                "subject": message.subject,
                "created_at": message.created_at.isoformat(),
                "tries": message.tries,
                "error": message.error,
            }
            for message in report.waiting
        ],
        "behind": {
            each.route: {"since": each.since.isoformat(), "messages": each.messages, "error": each.error}
            for each in behind(report.waiting, routes)
        },
    }


def _log(level: int, line: str) -> None:
    err.print(f"{logging.getLevelName(level)} {line}")


def unjudged_of(loaded: Project, now: datetime) -> Unjudged:
    """What Dagster alone knows; it is imported only where it may know something."""
    every = [*(f"raw/{name}" for name in loaded.catalog.staged), *tables_of(loaded.catalog)]
    if not may_know(loaded.settings, None if loaded.datasets.plain else every):
        return Unjudged()
    from dataops_assets.alerting.event_log import unjudged
    from dataops_assets.runs import runner

    with runner.instance_to_read(loaded.settings) as instance:
        return unjudged(instance, loaded.catalog, loaded.datasets.plain, bool(loaded.settings.cloud), now)
