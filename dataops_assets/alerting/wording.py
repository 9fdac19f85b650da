"""What messages say: dataset, partitions, check, figure against threshold, since when, owners, link, command."""

import re
from collections.abc import Mapping, Sequence
from urllib.parse import quote, urlencode

from dataops_assets.alerting.alert import ERROR, Alert
from dataops_assets.alerting.book import utc
from dataops_assets.alerting.decide import Notice
from dataops_assets.alerting.firing import Firing
from dataops_assets.alerting.routes import BUDGET_DAYS
from dataops_assets.interrupts import WORDS
from dataops_assets.ledger.entry import CAUSES
from dataops_assets.ledger.measuring import command_to
from dataops_assets.model.partitions import UNPARTITIONED, TimePartitions
from dataops_assets.model.spans import options, spans, spans_text
from dataops_assets.model.statistics import Freshness

Calendars = Mapping[str, TimePartitions | None]
"""Of all assets; of a plain asset none is known."""

_NO_CHECKS: Mapping[str, str] = {**CAUSES, ERROR: "has a write that failed"}
"""What is said of alerts that no check has given."""
_LONGEST = 600
_LISTED = 20
_SPANS = 3
_CONTROL = re.compile(r"[\x00-\x1f\x7f\u2028\u2029]+")


def subject(notice: Notice, calendars: Calendars) -> str:
    """One line: what, where."""
    alert = notice.alert
    where = _where(alert.asset, alert.partitions, calendars)
    words, says = f"check {alert.check} of {alert.asset}{where}", "fails" if alert.severity == "stop" else "warns"
    if alert.severity == "stop" and alert.check in _NO_CHECKS:
        words, says = f"{alert.asset}{where}", _NO_CHECKS[alert.check]
    if notice.kind == "budget":
        words = f"check {alert.check} of {alert.asset} {says} on {notice.days} of the last {BUDGET_DAYS} days"
        return f"[{alert.severity}] {words}: adjust or accept it"
    if notice.kind == "resolved":
        return f"[resolved] {words} no longer {says}" + (": it came and went" if notice.new else "")
    again, more = "still " if notice.kind == "reminder" else "", ""
    if notice.kind == "alert" and notice.new and not set(notice.new) >= set(alert.partitions):
        more = f"; new: {_named(alert.asset, notice.new, calendars)}"
    return f"[{alert.severity}] {words} {again}{says}{more}"


def text(notice: Notice, firing: Firing, calendars: Calendars, ui_url: str) -> str:
    """All of it, in lines; the first is the subject."""
    alert = notice.alert
    lines = [subject(notice, calendars), *about(alert, calendars, ui_url)[1:]]
    if notice.kind != "resolved" and (gone := sorted(set(notice.new) - set(alert.partitions))):
        lines.append(f"passed again meanwhile: {_named(alert.asset, gone, calendars)}")
    if notice.kind == "budget":
        lines.append("until these are fewer, no alert of it is sent here; all there are: dataops alerts")
    if notice.kind != "resolved":
        lines += commands(alert, calendars)
    elif unbuilt := _unbuilt(alert, firing):
        lines.append(f"what it held back is not built yet ({', '.join(unbuilt)}): dataops run --plan")
    return "\n".join(lines)


def about(alert: Alert, calendars: Calendars, ui_url: str) -> list[str]:
    """What is known of an alert, in lines; the first names it."""
    lines = [subject(Notice("alert", alert), calendars)]
    if alert.reason:
        newest = f"{alert.partitions[-1]}: " if len(alert.partitions) > 1 else ""
        lines += [short(each) for each in (f"{newest}{alert.reason}", *alert.others)]
    if figure := figure_text(alert):
        lines.append(figure)
    owners = f"; owners: {', '.join(alert.owners)}" if alert.owners else ""
    lines.append(f"{'it was so ' if alert.mended else ''}since {utc(alert.since)}{owners}")
    if alert.held:
        lines.append(f"holds back {held_text(alert, calendars)}")
    if ui_url:
        lines.append(link(alert, ui_url))
    return lines


def summary_subject(notices: Sequence[Notice]) -> str:
    """Of a storm."""
    counts: dict[str, int] = {}
    for each in notices:
        words = f"{each.alert.severity}" if each.kind == "alert" else each.kind
        counts[words] = counts.get(words, 0) + 1
    assets = len({each.alert.asset for each in notices})
    return f"{len(notices)} alerts of {assets} assets: " + ", ".join(f"{n} {word}" for word, n in counts.items())


def summary_text(notices: Sequence[Notice], calendars: Calendars, ui_url: str) -> str:
    """Of a storm: a line for each, of many the first, the gravest first; and where all of it is."""
    order = sorted(notices, key=lambda each: (each.kind == "resolved", each.alert.severity != "stop"))
    lines = [summary_subject(notices), *(f"- {subject(each, calendars)}" for each in order[:_LISTED])]
    if order[_LISTED:]:
        lines.append(f"and {len(order) - _LISTED} more")
    return "\n".join([*lines, *([ui_url] if ui_url else []), "dataops status", "dataops alerts"])


def figure_text(alert: Alert) -> str:
    """The figure, against its threshold where there is one."""
    if alert.value is None:
        return ""
    if alert.threshold is not None:
        return f"value {alert.value:.4g}, threshold {alert.threshold:.4g}"
    return f"{alert.value:.0f} row{'' if alert.value == 1 else 's'}"


def held_text(alert: Alert, calendars: Calendars) -> str:
    """What it holds back."""
    return "; ".join(f"{asset}{_where(asset, keys, calendars)}" for asset, keys in sorted(alert.held.items()))


def link(alert: Alert, ui_url: str) -> str:
    """Its asset's page in Dagster's UI: of one partition, or of the checks."""
    path = "/".join(quote(part, safe="") for part in alert.asset.split("/"))
    query = {"view": "checks" if alert.severity == "warn" else "partitions"}
    if alert.severity == "stop" and alert.partitions[-1] != UNPARTITIONED:
        query["partition"] = alert.partitions[-1]
    return f"{ui_url}/assets/{path}?{urlencode(query)}"


def commands(alert: Alert, calendars: Calendars) -> list[str]:
    """What is to be typed for it, each after what for; of many ranges the newest."""
    own = alert.asset.startswith("raw/") or alert.asset not in calendars
    select = f"{'' if own else '+'}{alert.asset}{'+' if alert.asset in calendars else ''}"
    ranges = options(alert.partitions, calendars.get(alert.asset))
    newest, table = ranges[-1], alert.asset.partition("/")[2]
    match alert.check:
        case "not_approved":
            why = f"dataops approve {table}{newest} --reason …"
            return [f"look at it: dataops diff {table}{newest}", f"if it is right: {why}"]
        case "rolled_back":
            return [f"when it may be published again: dataops release {table}{newest} --reason …"]
        case Freshness.name if alert.severity == "warn":
            return ["when the source has it: dataops run --plan"]
        case "history" if alert.severity == "warn":
            return ["once what it reads is loaded: dataops run --plan"]
    lines = []
    if alert.severity == "warn":
        lines.append(f"look at it: dataops checks --select {alert.asset}{newest} --failed")
    elif alert.value is not None and not alert.statistical and alert.asset.startswith("staged/"):
        at = f" --partition {alert.partitions[-1]}" if alert.partitions[-1] != UNPARTITIONED else ""
        lines.append(f"look at the rows: dataops quarantine show {table}{at}")
        lines.append(f"put corrected ones in: dataops quarantine replay {table}{at} FILE --reason …")
    if alert.statistical:
        what = command_to("accept", alert.asset, alert.partitions[-1], alert.check)
        lines.append(f"if this is how it is: {what}")
    if alert.reason.endswith(WORDS):
        first = "run it again"
    elif alert.check == ERROR:
        first = "mend what the error names, then"
    else:
        first = "correct the source or the contract, then"
    lines += [f"{first}: dataops run --select {select}{each}" for each in ranges[-_SPANS:]]
    if ranges[_SPANS:]:
        lines.append(f"and so on for {len(ranges) - _SPANS} earlier ranges: dataops status --select {alert.asset}")
    return lines


def short(words: str) -> str:
    """In one line, and not too long."""
    line = _CONTROL.sub(" ", " ".join(words.split()))
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…"


def _where(asset: str, keys: Sequence[str], calendars: Calendars) -> str:
    return "" if list(keys) == [UNPARTITIONED] else f" {_named(asset, keys, calendars)}"


def _named(asset: str, keys: Sequence[str], calendars: Calendars) -> str:
    if calendar := calendars.get(asset):
        return spans_text(keys, calendar)
    few = [key for first, last, _ in spans(keys, None) for key in (first,)][:_SPANS]
    return ", ".join(few) + (f" and {len(keys) - len(few)} more" if len(keys) > len(few) else "")


def _unbuilt(alert: Alert, firing: Firing) -> list[str]:
    found: dict[str, int] = {}
    table = alert.asset.partition("/")[2]
    for (asset, key), held in firing.unbuilt.items():
        same = asset == alert.asset or (alert.asset.startswith("raw/") and asset == f"staged/{table}")
        if same and key in alert.partitions:
            for name, keys in held.items():
                found[name] = found.get(name, 0) + len(keys)
    return [f"{name}: {count} partition{'s' if count > 1 else ''}" for name, count in sorted(found.items())]
